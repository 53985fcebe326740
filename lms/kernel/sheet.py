"""Spreadsheets that people take along: rows of texts, written as they come. A cell is a text, never a formula."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Font
from openpyxl.xml.functions import tostring

_LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)
"""When every workbook was made: the same texts are the same bytes."""
_CORE = "docProps/core.xml"


def write_sheet(
    out: BinaryIO, title: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, widths: Sequence[int], rtl: bool
) -> None:
    """One sheet as .xlsx. No more than a row of it is in memory, however many there are."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.sheet_view.rightToLeft = rtl
    for number, width in enumerate(widths):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    sheet.append(list(_cells(sheet, head, bold=True)))
    for row in rows:
        sheet.append(list(_cells(sheet, row)))
    with tempfile.TemporaryFile() as made:
        book.save(made)
        _repack(made, out)


def _cells(sheet: Any, texts: Sequence[str], *, bold: bool = False) -> Iterator[Any]:
    for text in texts:
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
        cell.data_type = "s"  # also where it begins with =
        cell.number_format = "@"
        if bold:
            cell.font = Font(bold=True)
        yield cell


def _repack(made: Any, out: BinaryIO) -> None:
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
