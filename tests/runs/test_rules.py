"""The days of a run as moments: in every zone, over every change of the clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from lms.accounts.rules import time_zones
from lms.runs.rules import (
    NEXT_RUN_STAGES,
    RunStage,
    end_of_day,
    is_run_slug,
    shifted,
    start_of_day,
    today_in,
    weekly_openings,
)

ZONES = st.sampled_from(sorted(time_zones()))
DAYS = st.dates(date(2015, 1, 1), date(2037, 12, 31))


@given(ZONES, DAYS)
def test_a_day_begins_with_its_first_moment_and_ends_before_the_next(zone: str, day: date) -> None:
    start, end = start_of_day(day, zone), end_of_day(day, zone)
    assert timedelta(0) < end - start <= timedelta(hours=26)
    assert today_in(zone, start) == day
    assert today_in(zone, end - timedelta(microseconds=1)) == day
    assert today_in(zone, end) == day + timedelta(days=1)
    assert today_in(zone, start - timedelta(microseconds=1)) < day


def test_where_clocks_skip_midnight_the_day_begins_when_they_skip_it() -> None:
    """Beirut, 28 March 2027: midnight does not exist, the day begins at one."""
    start = start_of_day(date(2027, 3, 28), "Asia/Beirut")
    assert start == datetime(2027, 3, 27, 22, tzinfo=UTC)
    assert start.astimezone(ZoneInfo("Asia/Beirut")).hour == 1


@given(DAYS, st.integers(-4000, 4000), st.integers(1, 12))
def test_modules_open_a_week_apart_and_move_together(first: date, days: int, count: int) -> None:
    keys = [f"m{number}" for number in range(count)]
    openings = weekly_openings(keys, first)
    assert [openings[key] for key in keys] == [first + timedelta(days=7 * number) for number in range(count)]
    moved = shifted(openings, days)
    assert {key: (moved[key] - openings[key]).days for key in keys} == dict.fromkeys(keys, days)


@given(ZONES, DAYS, st.integers(1, 400))
def test_the_opening_hour_is_the_same_on_the_wall_whatever_the_clocks_did(zone: str, first: date, days: int) -> None:
    """A week later is the same hour on the wall, not 168 hours later."""
    later = first + timedelta(days=days)
    moment = start_of_day(later, zone)
    assert moment.astimezone(ZoneInfo(zone)).date() == later
    wall = moment.astimezone(ZoneInfo(zone)).time()
    exists = datetime.combine(later, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))
    assert wall == exists.time()


def test_every_stage_leads_somewhere_but_the_last() -> None:
    assert set(NEXT_RUN_STAGES) == set(RunStage)
    assert [stage for stage, ahead in NEXT_RUN_STAGES.items() if not ahead] == [RunStage.CLOSED]
    assert all(RunStage.CLOSED not in ahead or stage is RunStage.GRACE for stage, ahead in NEXT_RUN_STAGES.items())


def test_names_in_addresses() -> None:
    assert is_run_slug("floors-2027-autumn")
    for wrong in ("", "Floors", "a--b", "-a", "a-", "a b", "ä", "a" * 101):
        assert not is_run_slug(wrong), wrong
