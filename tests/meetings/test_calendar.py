"""What goes out to calendars, read back by two parsers that know nothing of each other: icalendar and vobject.

icalendar knows zones by their names; vobject takes them from what the file says about their clocks.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from lms.meetings.exchange.calendar import Entry, Mailbox, Method, write_calendar
from lms.meetings.rules import starts_at
from tests.meetings.holding import EDGES, ZONES

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def entry(**changes: object) -> Entry:
    values: dict[str, object] = {
        "uid": "x@example.org",
        "sequence": 0,
        "summary": "Floors: Questions, and; answers",
        "description": "Bring one.\n\nhttps://example.org/",
        "url": "https://example.org/en/learn/x/sessions/y/",
        "starts_at": datetime(2026, 11, 25, 12, 0, tzinfo=UTC),
        "zone": "Africa/Nairobi",
        "minutes": 60,
        "cancelled": False,
        "changed_at": NOW,
    }
    return Entry(**(values | changes))  # type: ignore[arg-type]


def read_icalendar(text: str) -> list[tuple[Any, ...]]:
    calendar = icalendar.Calendar.from_ical(text)
    return [
        (
            str(event["uid"]),
            int(event["sequence"]),
            str(event["status"]),
            event["dtstart"].dt.astimezone(UTC),
            event["duration"].dt,
            str(event["summary"]),
        )
        for event in calendar.walk("VEVENT")
    ]


def read_vobject(text: str) -> list[tuple[Any, ...]]:
    """By what the file says about its zones, not by what the machine knows of zones with these names."""
    calendar = vobject.readOne(text)
    zones = {each.tzid.value: each.gettzinfo() for each in getattr(calendar, "vtimezone_list", [])}
    return [
        (
            event.uid.value,
            int(event.sequence.value),
            event.status.value,
            _moment(event.dtstart, zones),
            event.duration.value,
            event.summary.value,
        )
        for event in calendar.vevent_list
    ]


def _moment(line: Any, zones: dict[str, Any]) -> datetime:
    named = line.params.get("X-VOBJ-ORIGINAL-TZID") or line.params.get("TZID")
    moment: datetime = line.value.replace(tzinfo=zones[named[0]]) if named else line.value
    return moment.astimezone(UTC)


def expected(*entries: Entry, status: str = "CONFIRMED") -> list[tuple[Any, ...]]:
    return [
        (each.uid, each.sequence, status, each.starts_at, timedelta(minutes=each.minutes), each.summary)
        for each in entries
    ]


@given(
    ZONES,
    st.dates(date(2026, 1, 1), date(2036, 12, 31)),
    st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45])),
    st.integers(5, 720),
)
def test_any_hour_in_any_zone_comes_back_as_the_same_moment(zone: str, day: date, hour: time, minutes: int) -> None:
    written = entry(starts_at=starts_at(day, hour, zone), zone=zone, minutes=minutes)
    text = write_calendar([written], method=Method.PUBLISH)
    assert read_icalendar(text) == expected(written)
    assert read_vobject(text) == expected(written)


@pytest.mark.parametrize(("zone", "change"), EDGES, ids=str)
def test_at_every_change_of_the_clocks(zone: str, change: datetime) -> None:
    """Sessions that begin in the minutes and hours around it, as they are planned on the wall."""
    around = [change + timedelta(minutes=each) for each in (-121, -61, -60, -31, -30, -1, 0, 1, 30, 59, 60, 61, 120)]
    entries = [
        entry(uid=f"{number}@example.org", starts_at=_first(moment, zone), zone=zone)
        for number, moment in enumerate(around)
    ]
    text = write_calendar(entries, method=Method.PUBLISH)
    assert read_icalendar(text) == expected(*entries)
    assert read_vobject(text) == expected(*entries)


def _first(moment: datetime, zone: str) -> datetime:
    """The first moment at which the wall shows the hour of this one: sessions never begin at the second."""
    wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    return starts_at(wall.date(), wall.time(), zone)


def test_an_invitation_a_change_and_a_cancellation() -> None:
    sender, to = Mailbox("Masar", "no-reply@example.org"), Mailbox("Ada, Okafor", "ada@example.org")
    first = write_calendar([entry()], method=Method.REQUEST, sender=sender, to=to)
    later = entry(sequence=1, starts_at=datetime(2026, 11, 26, 12, 0, tzinfo=UTC))
    second = write_calendar([later], method=Method.REQUEST, sender=sender, to=to)
    gone = entry(sequence=2, cancelled=True)
    third = write_calendar([gone], method=Method.CANCEL, sender=sender, to=to)
    for text, method, status, told in (
        (first, "REQUEST", "CONFIRMED", entry()),
        (second, "REQUEST", "CONFIRMED", later),
        (third, "CANCEL", "CANCELLED", gone),
    ):
        assert read_icalendar(text) == read_vobject(text) == expected(told, status=status)
        assert str(icalendar.Calendar.from_ical(text)["method"]) == vobject.readOne(text).method.value == method
        event = vobject.readOne(text).vevent
        assert event.attendee.value == "mailto:ada@example.org"
        assert event.attendee.params["CN"] == ["Ada, Okafor"]
        assert event.organizer.value == "mailto:no-reply@example.org"
        assert event.dtstart.serialize().strip() in text, "on the wall, with the zone"
        assert event.description.value == told.description
    assert "DTSTART;TZID=Africa/Nairobi:20261125T150000\r\n" in first
    assert all(len(line.encode()) <= 75 for line in first.split("\r\n")), "folded"


def test_a_feed_of_many_zones() -> None:
    entries = [
        entry(
            uid=f"{zone}@example.org", zone=zone, starts_at=starts_at(date(2027, 3, 28), time(15), zone), cancelled=gone
        )
        for zone, gone in (("UTC", False), ("Europe/Paris", True), ("America/Lima", False), ("Asia/Kathmandu", False))
    ]
    text = write_calendar(entries, method=Method.PUBLISH, name="Masar: sessions")
    assert read_icalendar(text) == read_vobject(text)
    assert [each[2] for each in read_vobject(text)] == ["CONFIRMED", "CANCELLED", "CONFIRMED", "CONFIRMED"]
    assert text.count("BEGIN:VTIMEZONE") == 3
    assert "DTSTART:20270328T150000Z" in text


def test_an_empty_calendar_is_one_too() -> None:
    text = write_calendar([], method=Method.PUBLISH, name="Masar")
    assert read_icalendar(text) == []
    assert vobject.readOne(text).prodid.value.startswith("-//Masar")
