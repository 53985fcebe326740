"""What tests of live sessions share: zones and their edges, a run with a session."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from sqlalchemy.orm import Session

from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import Role, time_zones
from lms.meetings.exchange.calendar import changes_of_clocks
from lms.meetings.models import Meeting
from lms.meetings.rules import MeetingKind
from lms.meetings.service.planning import MeetingDetails, plan_meeting
from lms.runs.models import Run
from lms.runs.rules import RunStage
from tests.factories import RUN, SLUG, led_files, load, open_cohort_run
from tests.people import make_person

ZONES = st.sampled_from(sorted(time_zones()))
YEAR = (date(2026, 6, 1), date(2027, 12, 31))


def _edges() -> list[tuple[str, datetime]]:
    """Every change of clocks in eighteen months, in one zone of those that change together."""
    by_changes: dict[tuple[tuple[datetime, str], ...], str] = {}
    for zone in sorted(time_zones()):
        changes = tuple(
            (change, change.astimezone(ZoneInfo(zone)).isoformat()) for change in changes_of_clocks(zone, *YEAR)
        )
        if changes:
            by_changes.setdefault(changes, zone)
    return [(zone, change) for changes, zone in by_changes.items() for change, _local in changes]


EDGES = _edges()


def details(**changes: object) -> MeetingDetails:
    """An hour at three in the afternoon in Nairobi, on Wednesday 25 November 2026."""
    values: dict[str, object] = {
        "kind": MeetingKind.LIVE,
        "activity": "live",
        "title": None,
        "note": None,
        "resource_persons": None,
        "held_on": date(2026, 11, 25),
        "hour": time(15),
        "time_zone": "Africa/Nairobi",
        "minutes": 60,
        "link": "https://rooms.example.org/j/1",
    }
    return MeetingDetails(**(values | changes))  # type: ignore[arg-type]


def led_run(db: Session, folder: Path, now: datetime, slug: str = RUN, **changes: object) -> Run:
    """A running run of a course with live sessions; flushed, not committed."""
    load(db, folder, now, led_files())
    run = open_cohort_run(db, folder, now, slug, course=SLUG, **changes)
    run.stage = RunStage.RUNNING
    db.flush()
    return run


def make_tutor(db: Session, run: Run, now: datetime, key: str = "bo", role: Role = Role.E_TUTOR) -> Person:
    """Somebody who teaches in the run."""
    grant = RoleGrant(role=role, scope=f"run:{run.slug}", valid_from=now - timedelta(days=1))
    tutor = make_person(db, key, grants=[grant])
    db.flush()
    return tutor


def plan(db: Session, actor: Person, run: Run, now: datetime, **changes: object) -> Meeting:
    return plan_meeting(db, actor, run, details(**changes), now)
