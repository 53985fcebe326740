"""A sheet for volunteers: the source and its translation side by side, everything else hidden or locked.

Cells are texts, never formulas. A workbook from outside is unpacked here, with limits that count bytes really read, and
packed anew before the spreadsheet library sees it.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from babel import Locale
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.xml.functions import tostring

from lms.catalog.source.problems import Flaw, Unreadable
from lms.kernel.i18n import LANGUAGES, _, current_language, format_number, format_size, language_name, use_language
from lms.translation.rules import Standing
from lms.workshop.exchange.bundle import Bundle, Incoming, IncomingUnit, Unit

LARGEST_UNPACKED = 24_000_000
MOST_MEMBERS = 200
MOST_ROWS = 20_000
_PIECE = 65_536
_MARK = "masar"
"""Begins the cell that says what the sheet belongs to, above the hidden ids."""
_ID = re.compile(r"([A-Za-z0-9_-]{1,40}) (\d{1,18})")
_WIDTH = 60
_STALE = PatternFill("solid", start_color="FDF3D7")
_LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)
"""When every workbook was made: the same texts are the same bytes."""
_RIGHT_TO_LEFT = 2
_CORE = "docProps/core.xml"


def write(bundle: Bundle) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = bundle.language
    sheet.append([f"{_MARK} {bundle.collection} {bundle.source_language} {bundle.language}", *_head(bundle)])
    aligned = [_alignment(code) for code in (bundle.source_language, bundle.language)]
    for cell, alignment in zip(sheet[1][1:], aligned, strict=True):
        cell.font, cell.alignment = Font(bold=True), alignment
    for row, unit in enumerate(bundle.units, 2):
        _write_row(sheet, row, unit, aligned)
    sheet.freeze_panes = "A2"
    sheet.sheet_view.rightToLeft = Locale.parse(bundle.language).text_direction == "rtl"
    sheet.column_dimensions["A"].hidden = True
    for column in ("B", "C"):
        sheet.column_dimensions[column].width = _WIDTH
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False  # whether that is locked
    made = BytesIO()
    book.save(made)
    properties = tostring(DocumentProperties(creator="", created=_LONG_AGO, modified=_LONG_AGO).to_tree())
    return _packed(_members(made.getvalue()) | {_CORE: properties}, zipfile.ZIP_DEFLATED)


def _head(bundle: Bundle) -> tuple[str, str]:
    """Both columns' names in the volunteer's language, where the platform speaks it."""
    with use_language(bundle.language if bundle.language in LANGUAGES else current_language().code):
        return (
            _("Source: %(language)s", language=language_name(bundle.source_language)),
            _("Translation: %(language)s", language=language_name(bundle.language)),
        )


def _alignment(language: str) -> Alignment:
    if Locale.parse(language).text_direction == "rtl":
        return Alignment(horizontal="right", vertical="top", wrap_text=True, readingOrder=_RIGHT_TO_LEFT)
    return Alignment(horizontal="left", vertical="top", wrap_text=True, readingOrder=1)


def _write_row(sheet: Any, row: int, unit: Unit, aligned: list[Alignment]) -> None:
    name, source, target = sheet.cell(row, 1), sheet.cell(row, 2), sheet.cell(row, 3)
    name.value = f"{unit.id} {unit.base}"
    for cell, text, alignment in zip((source, target), (unit.source, unit.target or None), aligned, strict=True):
        cell.value = text
        if text is not None:
            cell.data_type = "s"  # also where it begins with =
        cell.number_format, cell.alignment = "@", alignment
    target.protection = Protection(locked=False)
    if unit.standing == Standing.SOURCE_CHANGED:
        source.fill = target.fill = _STALE
        if unit.previous_source is not None:
            source.comment = _comment(_("The source has changed. It said: %(text)s", text=unit.previous_source))
    if unit.note:
        target.comment = _comment(unit.note)


def _comment(text: str) -> Comment:
    return Comment(text, "", height=160, width=320)


# -- reading


def read(data: bytes) -> Incoming:
    try:
        book = load_workbook(BytesIO(_packed(_members(data), zipfile.ZIP_STORED)), read_only=True, keep_links=False)
        return _read_book(book)
    except Unreadable:
        raise
    except Exception as error:  # whatever the library trips over, the file is at fault
        raise Unreadable([Flaw(1, 1, _not_a_workbook())]) from error


def _not_a_workbook() -> str:
    return _("This is not an Excel workbook (.xlsx).")


def _read_book(book: Any) -> Incoming:
    for sheet in book.worksheets:
        rows = sheet.iter_rows(max_col=3, max_row=MOST_ROWS + 1)
        first = next(rows, ())
        said = str(first[0].value).split() if first else []
        if len(said) == 4 and said[0] == _MARK:  # noqa: PLR2004 - the mark, and what the sheet belongs to
            return Incoming(said[1], said[2], said[3], tuple(_units(rows)))
    raise Unreadable(
        [
            Flaw(
                1,
                1,
                _("The hidden first column with the names of the texts is gone; take the sheet as it was exported."),
            )
        ]
    )


def _units(rows: Iterator[Any]) -> Iterator[IncomingUnit]:
    for line, row in enumerate(rows, 2):
        cells = [*row, None, None, None][:3]
        if all(cell is None or cell.value is None for cell in cells):
            continue
        if line > MOST_ROWS:
            sentence = _("The sheet has more than %(number)s rows.", number=format_number(MOST_ROWS))
            raise Unreadable([Flaw(line, 1, sentence)])
        found = _ID.fullmatch(str(cells[0].value)) if cells[0] is not None else None
        flaws = [
            sentence for cell, name in zip(cells[1:], "BC", strict=True) for sentence in _flaws(cell, f"{name}{line}")
        ]
        yield IncomingUnit(
            id=found[1] if found else "",
            source=_text(cells[1]),
            target=_text(cells[2]),
            line=line,
            base=int(found[2]) if found else None,
            flaws=tuple(flaws),
        )


def _flaws(cell: Any, name: str) -> Iterator[str]:
    if cell is None or cell.value is None:
        return
    if cell.data_type == "f":
        yield _("Cell %(cell)s holds a formula; write the text itself.", cell=name)
    elif not isinstance(cell.value, str) and type(cell.value) is not int:
        yield _("Cell %(cell)s does not hold a text; format it as text.", cell=name)


def _text(cell: Any) -> str:
    """The cell's text with plain line ends, however the spreadsheet program wrote them."""
    if cell is None or cell.value is None:
        return ""
    return str(cell.value).replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")


def _members(data: bytes) -> dict[str, bytes]:
    """The files of a workbook that a stranger may have made."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > MOST_MEMBERS or len({info.filename for info in infos}) < len(infos):
                raise Unreadable([Flaw(1, 1, _not_a_workbook())])
            left = LARGEST_UNPACKED
            members = {}
            for info in infos:
                members[info.filename] = _read_member(archive, info, left)
                left -= len(members[info.filename])
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise Unreadable([Flaw(1, 1, _not_a_workbook())]) from error
    return members


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    pieces, size = [], 0
    with archive.open(info) as opened:
        while piece := opened.read(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > left:
                sentence = _("The workbook unpacks to more than %(size)s.", size=format_size(LARGEST_UNPACKED))
                raise Unreadable([Flaw(1, 1, sentence)])
    data = b"".join(pieces)
    if info.filename.endswith((".xml", ".rels", ".vml")) and (b"<!DOCTYPE" in data or b"\0" in data):
        sentence = _("The file has a document type (DTD); such files are not read.")
        raise Unreadable([Flaw(1, 1, sentence)])
    return data


def _packed(members: Mapping[str, bytes], how: int) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", how) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO.timetuple()[:6]), data, how)
    return packed.getvalue()
