"""Outcomes of a run and who decides them, where a run stands in its weeks, small numbers that must not show. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

SMALLEST = 5
"""In what leaves the platform, fewer people than this are not told apart."""
SILENT_AFTER = timedelta(days=7)
"""Who did nothing for so long while the run is on is silent."""


class Outcome(StrEnum):
    """What a run comes to for one participant: the higher certificate alone, or none."""

    COMPLETION = "completion"
    PARTICIPATION = "participation"
    NONE = "none"


class OverrideState(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    """By a second person: it holds against the rule."""
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """Taken back before the run was closed: the rule holds again."""


NEXT_OVERRIDE_STATES: dict[OverrideState, tuple[OverrideState, ...]] = {
    OverrideState.PROPOSED: (OverrideState.CONFIRMED, OverrideState.DECLINED, OverrideState.WITHDRAWN),
    OverrideState.CONFIRMED: (OverrideState.WITHDRAWN,),
    OverrideState.DECLINED: (),
    OverrideState.WITHDRAWN: (),
}


class Phase(StrEnum):
    """Of those who run it: what they do is different in each."""

    BEFORE = "before"
    MODULE = "module"
    AFTER = "after"


def outcome_by_rule(met: Collection[str]) -> Outcome:
    """The highest of the kinds of certificate whose rule is met."""
    return next((each for each in (Outcome.COMPLETION, Outcome.PARTICIPATION) if each.value in met), Outcome.NONE)


@dataclass(frozen=True, slots=True)
class Week:
    """A module on the calendar of a run."""

    module: str
    opens_on: date
    ends_on: date
    """The last day before the next module opens, or the run's last."""


def weeks_of(modules: Sequence[str], openings: Mapping[str, str], starts_on: date, ends_on: date) -> list[Week]:
    """Every module in the order of the course; one without a day of its own opens with the run."""
    days = [date.fromisoformat(openings[each]) if each in openings else starts_on for each in modules]

    def last_day(day: date) -> date:
        following = min((later for later in days if later > day), default=None)
        return following - timedelta(days=1) if following else max(day, ends_on)

    return [Week(module, day, last_day(day)) for module, day in zip(modules, days, strict=True)]


def current_week(weeks: Sequence[Week], today: date) -> Week | None:
    """The one that opened last; None before the first."""
    open_now = [each for each in weeks if each.opens_on <= today]
    return max(open_now, key=lambda each: each.opens_on, default=None)


def told(count: int) -> int | None:
    """The number as it may leave the platform; None: some, and too few."""
    return None if 0 < count < SMALLEST else count


Value = TypeVar("Value")


def withheld(counts: Mapping[Value, int]) -> dict[Value, int | None]:
    """The same with small numbers left out (None), and one more where a single gap could be reckoned from the sum."""
    kept = {key: told(count) for key, count in counts.items()}
    gaps = [key for key, count in kept.items() if count is None]
    rest = [key for key, count in kept.items() if count]
    if len(gaps) == 1 and rest:
        kept[min(rest, key=lambda key: counts[key])] = None
    return kept
