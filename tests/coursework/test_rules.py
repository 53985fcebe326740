"""When work is due in every zone of the world, and what a file is."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.accounts.rules import time_zones
from lms.assessment.question_types import KINDS
from lms.catalog.source.package import read_package
from lms.coursework.exchange import ENDINGS, kind_of, name_with
from lms.coursework.policy import due_at, due_day
from lms.coursework.rules import LONGEST_NAME, NEXT_WORK_STATES, WorkState, allocation, points_of
from lms.runs.models import Run
from tests.factories import SLUG, handing_in_files

PACKAGE = read_package(SLUG, handing_in_files(), KINDS)
DAYS = st.dates(date(2000, 1, 1), date(2099, 1, 1))


@given(st.sampled_from(sorted(time_zones())), DAYS)
def test_due_is_the_first_moment_that_is_not_of_the_day(zone: str, day: date) -> None:
    due = due_at(Run(time_zone=zone), day, None)
    assert due
    there = ZoneInfo(zone)
    assert due.astimezone(there).date() > day
    assert (due - timedelta(seconds=1)).astimezone(there).date() <= day


@given(st.sampled_from(sorted(time_zones())), DAYS, DAYS)
def test_more_time_never_makes_it_less(zone: str, day: date, extended: date) -> None:
    run = Run(time_zone=zone)
    due, later = due_at(run, day, None), due_at(run, day, extended)
    assert due
    assert later == max(due, due_at(run, extended, None) or due)


@given(DAYS, st.integers(0, 60), st.integers(-400, 400))
def test_due_days_move_with_the_run(opens: date, days: int, shift: int) -> None:
    first = Run(time_zone="UTC", openings={"start": opens.isoformat()})
    second = Run(time_zone="UTC", openings={"start": (opens + timedelta(days=shift)).isoformat()})
    one, other = (due_day(run, {"gap": days}, PACKAGE, "gap") for run in (first, second))
    assert one
    assert other
    assert (one - opens, other - one) == (timedelta(days=days), timedelta(days=shift))


def test_without_a_word_it_is_what_the_course_says_but_never_after_the_run() -> None:
    run = Run(time_zone="UTC", openings={"start": "2026-11-02"}, grace_until=date(2026, 11, 30))
    assert due_day(run, {}, PACKAGE, "gap") == date(2026, 11, 12)
    assert due_day(run, {"gap": 60}, PACKAGE, "gap") == date(2026, 11, 30)
    assert due_day(Run(starts_on=date(2026, 11, 2), openings={}), {}, PACKAGE, "gap") == date(2026, 11, 12)
    assert due_at(run, None, None) is None
    assert due_at(run, date(2026, 11, 12), None) == datetime(2026, 11, 13, tzinfo=UTC)


def test_levels_add_up_and_every_state_is_reached() -> None:
    assert points_of({"a": 2, "b": 0}, {"a": (0, 2, 4), "b": (1, 3)}) == 5
    assert {to for moves in NEXT_WORK_STATES.values() for to in moves} | {WorkState.DRAFT} == set(WorkState)


@given(st.integers(2, 40), st.integers(1, 20))
def test_everybody_reviews_as_much_as_they_are_reviewed(people: int, each: int) -> None:
    pairs = allocation(range(people), each)
    most = min(each, people - 1)
    assert len(set(pairs)) == len(pairs) == people * most
    assert all(reviewer != author for reviewer, author in pairs)
    for place in (0, 1):
        assert set(Counter(pair[place] for pair in pairs).values()) == {most}


@given(st.integers(2, 20), st.integers(1, 20), st.integers(1, 8))
def test_who_hands_in_late_reviews_too_and_nobody_reads_twice(first: int, late: int, each: int) -> None:
    had: dict[int, set[int]] = {}
    for reviewer, author in allocation(range(first), each):
        had.setdefault(reviewer, set()).add(author)
    more = allocation(range(first + late), each, had)
    for reviewer, author in more:
        assert author not in had.setdefault(reviewer, set())
        had[reviewer].add(author)
    assert all(reviewer not in authors for reviewer, authors in had.items())
    assert {len(authors) for authors in had.values()} == {min(each, first + late - 1)}
    assert set(had) == set(range(first + late))
    assert allocation(range(first + late), each, had) == []


def packed(*names: str, mimetype: str = "") -> bytes:
    data = BytesIO()
    with ZipFile(data, "w", ZIP_DEFLATED) as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, "<x/>")
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (b"%PDF-1.7 ...", "pdf"),
        (b"\x89PNG\r\n\x1a\n...", "png"),
        (b"\xff\xd8\xff\xe0...", "jpg"),
        ("Ein Entwurf\nمسودة".encode(), "txt"),
        (packed("[Content_Types].xml", "word/document.xml"), "docx"),
        (packed("xl/workbook.xml"), "xlsx"),
        (packed("ppt/presentation.xml"), "pptx"),
        (packed("content.xml", mimetype="application/vnd.oasis.opendocument.text"), "odt"),
        (packed("content.xml", mimetype="application/vnd.oasis.opendocument.spreadsheet"), "ods"),
        (packed("content.xml", mimetype="application/vnd.oasis.opendocument.presentation"), "odp"),
    ],
)
def test_a_file_is_what_is_in_it(data: bytes, ending: str) -> None:
    kind = kind_of(data)
    assert kind
    assert kind.ending == ending
    assert ending in ENDINGS
    assert name_with("work.exe", kind).endswith(f".{ending}")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"  \n",
        b"MZ\x90\x00",
        b"\x7fELF",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"GIF89a\x01\x00",
        b"a\x00b",
        b"\xff\xfe\x00",
        b"PK\x03\x04 broken",
        packed("evil.exe"),
        packed("word/document.xml", "word/vbaProject.bin"),
        packed("word/document.xml", mimetype="application/x-evil"),
        packed("word/document.xml", mimetype="application/vnd.oasis.opendocument.text" + " " * 300)[:-30],
    ],
)
def test_nothing_else_is_taken(data: bytes) -> None:
    assert kind_of(data) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_looked_at_without_harm(data: bytes) -> None:
    for start in (b"", b"PK\x03\x04"):
        kind = kind_of(start + data)
        assert kind is None or kind.ending in ENDINGS


@given(st.text(max_size=300))
def test_any_name_becomes_one_that_can_be_kept(name: str) -> None:
    kind = kind_of(b"%PDF-1.7")
    assert kind
    kept = name_with(name, kind)
    assert kept.endswith(".pdf")
    assert len(kept) <= LONGEST_NAME
    assert kept.isprintable()
    assert not set(kept) & set('/\\<>:"|?*;%\0')
    assert kept == name_with(kept, kind)


def test_names_keep_their_words() -> None:
    pdf = kind_of(b"%PDF-1.7")
    assert pdf
    assert name_with("C:\\Users\\ada\\Mon rapport.PDF", pdf) == "Mon rapport.pdf"
    assert name_with("../../etc/passwd", pdf) == "passwd.pdf"
    assert name_with("تقرير\u202e gpj.exe", pdf) == "تقرير gpj.exe.pdf"
    assert name_with("", pdf) == name_with("...", pdf) == "file.pdf"
