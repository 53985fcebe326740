"""The one way tables leave as files, CSV and XLSX: what people typed stays text and never becomes a formula."""

import csv
import re
import shutil
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO, StringIO
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.xml.functions import tostring

Cell = str | int | float | None
_BEGINS_A_FORMULA = frozenset("=+-@|%\t\r\n")
_NOT_WRITTEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""Signs that no spreadsheet can hold."""
_LONGEST_TITLE = 31
_NOT_IN_TITLES = re.compile(r"[\\/*?:\[\]]")
_LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)
"""When every workbook was made."""
_CORE = "docProps/core.xml"


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    right_to_left: bool = False
    widths: Sequence[int] = (24,)
    """Of the first columns, in characters."""


def write_csv(sheet: Sheet) -> bytes:
    """UTF-8 with a mark, so that spreadsheet programs read every script."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([safe_text(each) for each in sheet.head])
    writer.writerows([safe_text(cell) if isinstance(cell, str) else cell for cell in row] for row in sheet.rows)
    return text.getvalue().encode("utf-8-sig")


def safe_text(text: str) -> str:
    """The text as a CSV may hold it: an apostrophe before what a program could take for a formula.

    Programs pass over white space and invisible signs, and some read full-width signs as the plain ones.
    """
    text = _NOT_WRITTEN.sub("", text)
    seen = "".join(sign for sign in text if not sign.isspace() and unicodedata.category(sign) != "Cf")
    first = unicodedata.normalize("NFKC", seen[:1])[:1]
    return f"'{text}" if text[:1] in _BEGINS_A_FORMULA or first in _BEGINS_A_FORMULA else text


def write_xlsx(sheet: Sheet) -> bytes:
    """The head stays in sight; texts are typed as texts."""
    made = BytesIO()
    stream_xlsx(sheet, made)
    return made.getvalue()


def stream_xlsx(sheet: Sheet, out: IO[bytes]) -> None:
    """The same, written as it comes: no more than a row is in memory. The same rows are the same bytes."""
    book = Workbook(write_only=True)
    page = book.create_sheet(_NOT_IN_TITLES.sub(" ", _NOT_WRITTEN.sub("", sheet.title))[:_LONGEST_TITLE] or "1")
    page.freeze_panes = "B2"
    page.sheet_view.rightToLeft = sheet.right_to_left
    for number, width in enumerate(sheet.widths, start=1):
        page.column_dimensions[get_column_letter(number)].width = width
    page.append([_typed(page, each, bold=True) for each in sheet.head])
    for row in sheet.rows:
        page.append([_typed(page, cell) if isinstance(cell, str) else cell for cell in row])
    with tempfile.TemporaryFile() as made:
        book.save(made)
        _repack(made, out)


def _typed(page: object, text: str, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(page, _NOT_WRITTEN.sub("", text))
    cell.data_type = "s"  # also where it begins with =
    cell.number_format = "@"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _repack(made: IO[bytes], out: IO[bytes]) -> None:
    """The same workbook without the moment it was made."""
    properties = tostring(DocumentProperties(creator="", created=_LONG_AGO, modified=_LONG_AGO).to_tree())
    with zipfile.ZipFile(made) as workbook, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in workbook.namelist():
            member = zipfile.ZipInfo(name, _LONG_AGO.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            with packed.open(member, "w") as to:
                if name == _CORE:
                    to.write(properties)
                else:
                    with workbook.open(name) as source:
                        shutil.copyfileobj(source, to)
