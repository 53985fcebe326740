"""Reading the participant reports of Zoom, Teams and BigBlueButton, as each writes its CSV.

Zoom: one line a connection, "Name (Original Name), User Email, Join Time, Leave Time, Duration (Minutes), Guest, In
Waiting Room"; without the two times when lines of one user were put together; a webinar has several such tables.
Teams: UTF-16 with tabs, in numbered parts; the third has one line a connection ("Name, Join Time, Leave Time, Duration,
Email, Role"), the second one line a person. Headings are in the language of whoever asked for the report, so a part is
known by its number and a column by its place. Older ones have one table with "Full Name".
BigBlueButton: the dashboard's table of users, one line a person without any address; the headings are in the browser's
language and the values stand in fixed places, times and length in the tenth to twelfth.

Times are hours on some wall: whose, the importer says. Day and month change places from country to country: that order
is taken which brings the report nearest to the session.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from zoneinfo import ZoneInfo

from lms.accounts.rules import LONGEST_NAME, fold_email, is_email, is_public_id, tidy
from lms.meetings.rules import OVERTIME, Span, merged

LARGEST = 2_000_000
"""Bytes of a report."""
MOST_ROWS = 5_000


class Provider(StrEnum):
    ZOOM = "zoom"
    TEAMS = "teams"
    BIGBLUEBUTTON = "bigbluebutton"


class Unreadable(StrEnum):
    """Why a file cannot be taken."""

    UNKNOWN = "unknown"
    EMPTY = "empty"
    TOO_LONG = "too-long"
    TIMES = "times"
    ANOTHER_TIME = "another-time"
    """None of it falls into the session: another session's report, or another zone's hours."""


class UnreadableReport(ValueError):
    def __init__(self, why: Unreadable) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody in a report, all their connections together."""

    name: str
    addresses: tuple[str, ...]
    """Folded e-mail addresses that the report gives for them."""
    registration: str | None
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Report:
    provider: Provider
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    email: str = ""
    other_email: str = ""
    registration: str = ""
    joined: str = ""
    left: str = ""
    length: timedelta | None = None


def read_report(data: bytes, zone: str, session: Span) -> Report:
    """Everybody in the report of a session. Raises UnreadableReport."""
    rows = _rows(_text(data)) if len(data) <= LARGEST else []
    if len(data) > LARGEST or len(rows) > MOST_ROWS:
        raise UnreadableReport(Unreadable.TOO_LONG)
    provider, found = _recognise(rows)
    moments = _moments([text for row in found for text in (row.joined, row.left)], zone, session[0])
    timed = [(row, span) for row in found if row.name and (span := _span(row, moments, session))]
    if not timed:
        raise UnreadableReport(Unreadable.EMPTY)
    if all(end <= session[0] - OVERTIME / 4 or begin >= session[1] + OVERTIME for _row, (begin, end) in timed):
        raise UnreadableReport(Unreadable.ANOTHER_TIME)
    return Report(provider, tuple(_together(timed)))


# -- the table


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _rows(text: str) -> list[list[str]]:
    """Cells between commas, semicolons or tabs, whichever are most; quoted ones may hold those and line ends."""
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    mark = max("\t;,", key=text.count)
    cells, rows, parts = [""], [], text.split('"')
    for number, part in enumerate(parts):
        if number % 2:
            cells[-1] += part
        elif part == "" and 0 < number < len(parts) - 1:  # two quotes in a quoted cell are one
            cells[-1] += '"'
        else:
            first, *lines = part.split("\n")
            _add(cells, first, mark)
            for line in lines:
                rows.append([cell.strip() for cell in cells])
                cells = [""]
                _add(cells, line, mark)
    return [*rows, [cell.strip() for cell in cells]]


def _add(cells: list[str], text: str, mark: str) -> None:
    first, *more = text.split(mark)
    cells[-1] += first
    cells += more


def _heading(cells: Iterable[str]) -> list[str]:
    return [" ".join(cell.casefold().split()) for cell in cells]


# -- Zoom

_NAME = ("name (original name)", "user name (original name)", "name", "user name", "full name")
_EMAIL = ("user email", "email", "email address")
_LENGTH = ("duration (minutes)", "total duration (minutes)", "time in session (minutes)")
_REGISTRATION = ("registrant id", "registration id", "customer key")


def _zoom(rows: list[list[str]]) -> list[_Row] | None:
    found: list[_Row] = []
    columns: Mapping[str, int] | None = None
    known = False
    for cells in rows:
        heading = _heading(cells)
        if _first(_NAME, heading) is not None and _first(_EMAIL, heading) is not None:
            columns = {name: place for place, name in reversed(list(enumerate(heading)))}
            known = known or _first(_LENGTH, heading) is not None
        elif len([cell for cell in cells if cell]) <= 1:
            columns = None
        elif columns is not None:
            found += _zoom_row(cells, columns)
    return found if known else None


def _zoom_row(cells: list[str], columns: Mapping[str, int]) -> Iterator[_Row]:
    def cell(*names: str) -> str:
        place = next((columns[name] for name in names if name in columns), len(cells))
        return cells[place] if place < len(cells) else ""

    if cell("in waiting room").casefold() == "yes" or cell("attended").casefold() == "no":
        return
    length = cell(*_LENGTH)
    yield _Row(
        name=cell(*_NAME),
        email=cell(*_EMAIL),
        registration=cell(*_REGISTRATION),
        joined=cell("join time"),
        left=cell("leave time"),
        length=timedelta(minutes=int(length)) if length.isdecimal() and len(length) < 5 else None,  # noqa: PLR2004 - a week
    )


def _first(names: Sequence[str], heading: list[str]) -> str | None:
    return next((name for name in names if name in heading), None)


# -- Teams


def _teams(rows: list[list[str]]) -> list[_Row] | None:
    people, connections = _part(rows, "2."), _part(rows, "3.")
    if people is not None:
        upn = {cells[0]: cells[5] for cells in people if len(cells) > 5 and cells[4] == ""}  # noqa: PLR2004 - six columns
        lines = connections or people
        return [
            _Row(
                name=cells[0],
                email=cells[4],
                other_email=upn.get(cells[0], ""),
                joined=cells[1],
                left=cells[2],
                length=None if connections else _length(cells[3]),
            )
            for cells in lines
            if len(cells) >= 5  # noqa: PLR2004 - to the address
        ]
    return _old_teams(rows)


def _part(rows: list[list[str]], number: str) -> list[list[str]] | None:
    """The lines under the heading of a numbered part; None where there is none."""
    begin = next((at for at, cells in enumerate(rows) if cells[0].startswith(f"{number} ")), None)
    if begin is None or not any(cells[0].startswith("1. ") for cells in rows[:begin]):
        return None
    return list(takewhile(any, rows[begin + 2 :]))


def _old_teams(rows: list[list[str]]) -> list[_Row] | None:
    for at, cells in enumerate(rows):
        heading = _heading(cells)
        if {"full name", "join time", "leave time", "email"} <= set(heading):
            place = {name: heading.index(name) for name in heading}
            upn = place.get("participant id (upn)", place["email"])
            lines = [line for line in rows[at + 1 :] if len(line) == len(heading)]
            return [
                _Row(
                    name=line[place["full name"]],
                    email=line[place["email"]],
                    other_email=line[upn],
                    joined=line[place["join time"]],
                    left=line[place["leave time"]],
                )
                for line in lines
            ]
    return None


# -- BigBlueButton

_BBB_COLUMNS = 12


def _bigbluebutton(rows: list[list[str]]) -> list[_Row] | None:
    people = [cells for cells in rows[1:] if len(cells) >= _BBB_COLUMNS and cells[1] in ("TRUE", "FALSE")]
    if not people or len(rows[0]) < _BBB_COLUMNS:
        return None
    return [
        _Row(name=cells[0], joined=cells[9], left=cells[10], length=_length(cells[11]))
        for cells in people
    ]  # fmt: skip


_READERS: dict[Provider, Callable[[list[list[str]]], list[_Row] | None]] = {
    Provider.TEAMS: _teams,
    Provider.BIGBLUEBUTTON: _bigbluebutton,
    Provider.ZOOM: _zoom,
}


def _recognise(rows: list[list[str]]) -> tuple[Provider, list[_Row]]:
    for provider, read in _READERS.items():
        found = read(rows)
        if found is not None:
            return provider, found
    raise UnreadableReport(Unreadable.UNKNOWN)


# -- times

_DAY = r"(\d{1,4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,4})"
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_HOUR = r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([apمص])?"
_MOMENT = re.compile(rf"{_DAY}\D{{1,3}}{_HOUR}")
_ENGLISH = re.compile(rf"({'|'.join(_MONTHS)})[a-z]*\.? (\d{{1,2}}),? (\d{{4}}),?\D{{1,3}}{_HOUR}")
_ORDERS = ((1, 0, 2), (0, 1, 2), (2, 1, 0))
"""Where day, month and year stand: as in the United States, as nearly everywhere, as in ISO 8601."""


def _moments(texts: Iterable[str], zone: str, near: datetime) -> dict[str, datetime]:
    """What each text means, all in one order of day and month: the one nearest to the session."""
    written = {text for text in texts if any(letter.isdigit() for letter in text)}
    readings = []
    for order in _ORDERS:
        reading = {text: _moment(text, order, zone) for text in written}
        if all(reading.values()):
            readings.append({text: moment for text, moment in reading.items() if moment})
    if not readings:
        raise UnreadableReport(Unreadable.TIMES)
    return min(readings, key=lambda each: min((abs(moment - near) for moment in each.values()), default=timedelta()))


def _moment(text: str, order: tuple[int, int, int], zone: str) -> datetime | None:
    plain = "".join(letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")
    plain = " ".join(plain.casefold().split())
    if english := _ENGLISH.match(plain):
        month, day, year = _MONTHS[english[1]], int(english[2]), int(english[3])
        hour = english.groups()[3:]
    elif found := _MOMENT.match(plain):
        numbers = [int(each) for each in found.groups()[:3]]
        day, month, year = (numbers[place] for place in order)
        hour = found.groups()[3:]
    else:
        return None
    try:
        local = datetime(year + 2000 if year < 100 else year, month, day, _on_24(hour), int(hour[1]), int(hour[2] or 0))  # noqa: DTZ001, PLR2004 - the zone follows; two digits of a year
    except ValueError:
        return None
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _on_24(hour: Sequence[str | None]) -> int:
    number, half = int(hour[0] or 0), hour[3]
    if half is None:
        return number
    return number % 12 + (12 if half in "pم" else 0)


_CLOCK = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})")
_UNITS = re.compile(r"(\d+)\s*(h|m|s)")


def _length(text: str) -> timedelta | None:
    """A length as "00:57:12" or "1h 2m 10s"."""
    if clock := _CLOCK.fullmatch(text.strip()):
        hours, minutes, seconds = (int(each) for each in clock.groups())
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    units = {unit: int(number) for number, unit in _UNITS.findall(text.casefold()) if len(number) < 6}  # noqa: PLR2004 - a day in seconds
    if not units:
        return None
    return timedelta(hours=units.get("h", 0), minutes=units.get("m", 0), seconds=units.get("s", 0))


def _span(row: _Row, moments: Mapping[str, datetime], session: Span) -> Span | None:
    """From when to when. A length that is told holds where lines were put together: then only the sum is right."""
    begin, end = moments.get(row.joined), moments.get(row.left)
    if begin is None:
        return (session[0], session[0] + row.length) if row.length else None
    if row.length is not None and (end is None or row.length < end - begin):
        end = begin + row.length
    return (begin, end) if end is not None and begin < end else None


# -- lines put together


def _together(timed: Iterable[tuple[_Row, Span]]) -> list[Line]:
    """One line a person. Who has no address is taken for one person under one name as long as they are not there twice
    at the same time.
    """
    found: dict[str, tuple[_Row, list[Span]]] = {}
    for row, span in timed:
        identity = _identity(row)
        key, number = identity or f"name {row.name}", 0
        while not identity and key in found and _overlaps(span, found[key][1]):
            number += 1
            key = f"name {row.name} {number}"
        found.setdefault(key, (row, []))[1].append(span)
    return [
        Line(
            name=tidy(row.name)[:LONGEST_NAME],
            addresses=tuple(each for text in (row.email, row.other_email) if is_email(each := fold_email(text))),
            registration=_registration(row),
            spans=tuple(merged(spans)),
        )
        for row, spans in found.values()
    ]


def _identity(row: _Row) -> str | None:
    for text in (row.email, row.other_email):
        if is_email(fold_email(text)):
            return fold_email(text)
    return _registration(row)


def _registration(row: _Row) -> str | None:
    """Our own number of somebody in a run: in a column of its own, or in brackets behind the name."""
    written = [row.registration, *re.findall(r"\[([\w-]+)\]", row.name)]
    return next((text for text in written if is_public_id(text)), None)


def _overlaps(span: Span, others: Iterable[Span]) -> bool:
    return any(span[0] < end and begin < span[1] for begin, end in others)
