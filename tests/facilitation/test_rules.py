"""Weeks of a run and numbers that are too small to tell."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lms.facilitation.rules import (
    NEXT_OVERRIDE_STATES,
    SMALLEST,
    Outcome,
    OverrideState,
    current_week,
    outcome_by_rule,
    weeks_of,
    withheld,
)

START = date(2026, 11, 2)


def test_the_higher_certificate_alone() -> None:
    assert outcome_by_rule({"completion", "participation"}) is Outcome.COMPLETION
    assert outcome_by_rule({"participation"}) is Outcome.PARTICIPATION
    assert outcome_by_rule(set()) is Outcome.NONE


def test_what_is_decided_never_becomes_proposed_again() -> None:
    assert set(NEXT_OVERRIDE_STATES) == set(OverrideState)
    assert all(OverrideState.PROPOSED not in ahead for ahead in NEXT_OVERRIDE_STATES.values())


def test_a_module_without_a_day_opens_with_the_run() -> None:
    weeks = weeks_of(["intro", "one", "two"], {"one": "2026-11-09", "two": "2026-11-16"}, START, date(2026, 11, 22))
    assert [(week.opens_on.day, week.ends_on.day) for week in weeks] == [(2, 8), (9, 15), (16, 22)]
    assert current_week(weeks, date(2026, 11, 1)) is None
    now = [current_week(weeks, date(2026, 11, day)) for day in (2, 8, 9, 30)]
    assert [week and week.module for week in now] == ["intro", "intro", "one", "two"]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(0, 70), st.integers(-5, 80))
def test_weeks_never_end_before_they_begin(offsets: list[int], length: int, today: int) -> None:
    modules = [f"m{number}" for number in range(len(offsets))]
    openings = {key: (START + timedelta(days=days)).isoformat() for key, days in zip(modules, offsets, strict=True)}
    weeks = weeks_of(modules, openings, START, START + timedelta(days=length))
    assert [week.module for week in weeks] == modules
    assert all(week.ends_on >= week.opens_on for week in weeks)
    found = current_week(weeks, START + timedelta(days=today))
    opened = [days for days in offsets if days <= today]
    assert (found is None) == (not opened)
    assert found is None or found.opens_on == START + timedelta(days=max(opened))


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 30), max_size=8))
def test_no_small_number_shows_and_none_can_be_reckoned(counts: dict[str, int]) -> None:
    kept = withheld(counts)
    assert all(value == counts[key] for key, value in kept.items() if value is not None)
    assert not any(0 < value < SMALLEST for value in kept.values() if value is not None)
    gaps = [key for key, value in kept.items() if value is None]
    others = [key for key in counts if counts[key] and key not in gaps]
    assert len(gaps) != 1 or not others, "the sum less the others would tell it"
