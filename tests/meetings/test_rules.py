"""The hour of a session in every zone, over every change of the clocks; whose night it is; what counts as attended."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.accounts.rules import time_zones
from lms.meetings.exchange.calendar import changes_of_clocks
from lms.meetings.rules import (
    Evidence,
    EvidenceKind,
    Wall,
    better_slots,
    credited_minutes,
    is_night,
    local_hours,
    merged,
    minutes_in,
    on_the_wall,
    sleepless,
    starts_at,
)
from tests.meetings.holding import EDGES, ZONES

DAYS = st.dates(date(2020, 1, 1), date(2037, 12, 31))
HOURS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))


@given(ZONES, DAYS, HOURS)
def test_the_clock_on_the_wall_shows_the_hour_when_the_session_begins(zone: str, day: date, hour: time) -> None:
    moment, shown = starts_at(day, hour, zone), on_the_wall(day, hour, zone)
    wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    asked = datetime.combine(day, hour)
    assert (wall == asked) == (shown is not Wall.NEVER)
    if shown is Wall.NEVER:
        assert timedelta(0) < wall - asked <= timedelta(hours=24), "as much later as the clocks skip"


@pytest.mark.parametrize(("zone", "change"), EDGES, ids=str)
def test_around_every_change_of_the_clocks(zone: str, change: datetime) -> None:
    """What the clock never shows is refused, what it shows twice begins the first time, all else is what it says."""
    place = ZoneInfo(zone)
    before, after = (change - timedelta(seconds=1)).astimezone(place).utcoffset(), change.astimezone(place).utcoffset()
    assert before is not None
    assert after is not None
    old, new = (change + before).replace(tzinfo=None), (change + after).replace(tzinfo=None)
    skipped, jump = new > old, abs(new - old)
    inside = min(old, new) + jump / 2
    assert on_the_wall(inside.date(), inside.time(), zone) is (Wall.NEVER if skipped else Wall.TWICE)
    if skipped:
        assert starts_at(inside.date(), inside.time(), zone) == change + jump / 2
    else:
        assert starts_at(inside.date(), inside.time(), zone) == change - jump / 2
    for sure in (min(old, new) - timedelta(minutes=1), max(old, new)):
        assert on_the_wall(sure.date(), sure.time(), zone) is Wall.ONCE


def test_a_week_later_is_the_same_hour_on_the_wall_not_168_hours_later() -> None:
    first = starts_at(date(2026, 10, 20), time(15), "Europe/Paris")
    second = starts_at(date(2026, 10, 27), time(15), "Europe/Paris")
    assert second - first == timedelta(hours=169)


@given(ZONES, DAYS, HOURS, st.integers(5, 720), ZONES)
def test_what_hour_it_is_for_whom(zone: str, day: date, hour: time, minutes: int, home: str) -> None:
    moment = starts_at(day, hour, zone)
    [local] = local_hours(moment, minutes, {home: 3})
    assert local.starts_at == moment
    assert local.ends_at == moment + timedelta(minutes=minutes)
    awake = all(
        time(7) <= (moment + timedelta(minutes=each)).astimezone(ZoneInfo(home)).time() < time(22)
        for each in range(minutes)
    )
    assert local.night is not awake


@given(
    DAYS,
    HOURS,
    st.sampled_from(["Africa/Nairobi", "Europe/Paris"]),
    st.integers(30, 180),
    st.dictionaries(ZONES, st.integers(1, 9), max_size=4),
)
def test_better_hours_are_better_and_there_are_none_better(
    day: date, hour: time, zone: str, minutes: int, roster: dict[str, int]
) -> None:
    asked = sleepless(starts_at(day, hour, zone), minutes, roster)
    found = better_slots(day, hour, zone, minutes, roster)
    every = [time(each // 2, each % 2 * 30) for each in range(48)]
    counted = [
        sleepless(starts_at(day, other, zone), minutes, roster)
        for other in every
        if on_the_wall(day, other, zone) is Wall.ONCE
    ]
    assert len(found) <= 3
    for slot in found:
        assert slot.sleepless == sleepless(starts_at(day, slot.hour, zone), minutes, roster) == min(counted)
        assert slot.sleepless < asked
    assert bool(found) == (min(counted) < asked)


def test_a_session_at_three_in_nairobi_is_night_in_lima() -> None:
    moment = starts_at(date(2026, 11, 25), time(9), "Africa/Nairobi")
    assert is_night(moment, 60, "America/Lima")
    assert not is_night(moment, 60, "Africa/Nairobi")
    [west, east] = local_hours(moment, 60, {"Africa/Nairobi": 2, "America/Lima": 1})
    assert (west.zone, west.starts_at.hour, east.zone, east.starts_at.hour) == ("America/Lima", 1, "Africa/Nairobi", 9)
    best = better_slots(date(2026, 11, 25), time(9), "Africa/Nairobi", 60, {"Africa/Nairobi": 2, "America/Lima": 1})
    assert [(slot.hour, slot.sleepless) for slot in best] == [
        (time(15), 0),
        (time(15, 30), 0),
        (time(16), 0),
    ]


def test_all_zones_have_changes_that_are_changes() -> None:
    for zone in time_zones():
        for change in changes_of_clocks(zone, date(2026, 1, 1), date(2027, 12, 31)):
            place = ZoneInfo(zone)
            assert (change - timedelta(seconds=1)).astimezone(place).utcoffset() != change.astimezone(place).utcoffset()


# -- minutes

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


def span(begin: float, end: float) -> tuple[datetime, datetime]:
    return AT + timedelta(minutes=begin), AT + timedelta(minutes=end)


SPANS = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)).map(lambda each: span(*each)), max_size=8)


@given(SPANS)
def test_time_is_counted_once_however_often_somebody_was_connected(spans: list[tuple[datetime, datetime]]) -> None:
    there = {each for begin, end in spans for each in range(90) if begin <= AT + timedelta(minutes=each) < end}
    assert minutes_in(spans) == len(there)
    whole = merged(spans)
    assert whole == sorted(whole)
    assert all(one[1] < two[0] for one, two in pairwise(whole))
    assert merged([*spans, *spans]) == whole


CLICK = Evidence(EvidenceKind.CLICK, None)
ROLL = Evidence(EvidenceKind.ROLL_CALL, 60)
ROLL_ABSENT = Evidence(EvidenceKind.ROLL_CALL, 0)
REPORT = Evidence(EvidenceKind.REPORT, 20, (span(0, 20),))
SECOND_REPORT = Evidence(EvidenceKind.REPORT, 30, (span(10, 40),))
CORRECTION = Evidence(EvidenceKind.CORRECTION, 45)
NO_LONGER = Evidence(EvidenceKind.CORRECTION, 0)


@pytest.mark.parametrize(
    ("told", "minutes"),
    [
        ([], 0),
        ([CLICK], 0),
        ([CLICK, ROLL], 60),
        ([ROLL, ROLL_ABSENT], 0),
        ([ROLL, REPORT], 20),
        ([REPORT, ROLL], 20),
        ([REPORT, SECOND_REPORT], 40),
        ([REPORT, REPORT], 20),
        ([REPORT, CORRECTION], 45),
        ([CORRECTION, SECOND_REPORT], 45),
        ([CORRECTION, NO_LONGER, REPORT], 0),
        ([Evidence(EvidenceKind.REPORT, 90, (span(-20, 70),))], 60),
    ],
)
def test_what_counts(told: list[Evidence], minutes: int) -> None:
    assert credited_minutes(told, 60) == minutes
