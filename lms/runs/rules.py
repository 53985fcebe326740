"""Words of runs, and the days of a run as moments. Pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

LONGEST_SLUG = 100
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class RunKind(StrEnum):
    SELF_PACED = "self-paced"
    COHORT = "cohort"


class RunStage(StrEnum):
    """Where a dated run stands. A self-paced run has no stage: it is always running."""

    PLANNED = "planned"
    APPLICATIONS_OPEN = "applications-open"
    SELECTING = "selecting"
    RUNNING = "running"
    GRACE = "grace"
    """The last module is over; who is behind may still catch up."""
    CLOSED = "closed"


NEXT_RUN_STAGES: dict[RunStage, tuple[RunStage, ...]] = {
    RunStage.PLANNED: (RunStage.APPLICATIONS_OPEN, RunStage.SELECTING),
    RunStage.APPLICATIONS_OPEN: (RunStage.SELECTING, RunStage.PLANNED),
    RunStage.SELECTING: (RunStage.RUNNING, RunStage.APPLICATIONS_OPEN),
    RunStage.RUNNING: (RunStage.GRACE,),
    RunStage.GRACE: (RunStage.CLOSED, RunStage.RUNNING),
    RunStage.CLOSED: (),
}
"""The moves a coordinator may make. Closing issues certificates, so nothing leads back from it."""


class Visibility(StrEnum):
    PUBLIC = "public"
    UNLISTED = "unlisted"
    """Whoever has the address sees it."""
    CLOSED = "closed"
    """For those who are in it and those who run it."""


class Track(StrEnum):
    """How somebody came into a run."""

    OPEN = "open"
    """By an application."""
    INVITED = "invited"


def is_run_slug(text: str) -> bool:
    return len(text) <= LONGEST_SLUG and _SLUG.fullmatch(text) is not None


def start_of_day(day: date, zone: str) -> datetime:
    """The first moment of a day in a zone. Where clocks skip midnight, the moment they skip it."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def end_of_day(day: date, zone: str) -> datetime:
    """The first moment that is not of this day any more: what is due on a day is in time before it."""
    return start_of_day(day + timedelta(days=1), zone)


def today_in(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def weekly_openings(modules: Iterable[str], starts_on: date) -> dict[str, date]:
    """One module a week, the first on the first day."""
    return {module: starts_on + timedelta(weeks=week) for week, module in enumerate(modules)}


def shifted(openings: Mapping[str, date], days: int) -> dict[str, date]:
    """The same days of the week and the same distances, so many days later."""
    return {module: day + timedelta(days=days) for module, day in openings.items()}
