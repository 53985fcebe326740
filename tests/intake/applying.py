"""Short ways to applications in any state."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import Role
from lms.intake import service
from lms.intake.models import Application
from lms.intake.service import Written
from lms.kernel.models import OutboxJob
from lms.runs.models import Run
from lms.runs.rules import RunStage
from lms.settings import Settings
from tests.factories import open_cohort_run
from tests.people import make_person

WRITTEN = Written(
    years=4,
    organisation="Ministry of Labour",
    role="Registry officer",
    motivation="I enrol households and want to do it better.",
    hours=5,
    consent=True,
    answers={},
)


def open_call(db: Session, folder: Path, now: datetime, *, seats: int | None = 20, **changes: Any) -> Run:
    """A run whose open call began yesterday and ends in a week, on the days of Nairobi; the run begins in a month."""
    today = now.date()
    days: dict[str, Any] = {
        "title": "Spring 2027",
        "starts_on": today + timedelta(days=30),
        "apply_from": today - timedelta(days=1),
        "apply_until": today + timedelta(days=7),
    }
    run = open_cohort_run(db, folder, now, seats=seats, **(days | changes))
    run.stage = RunStage.APPLICATIONS_OPEN
    db.flush()
    return run


def make_worker(db: Session, key: str, run: Run, role: Role, now: datetime) -> Person:
    """Somebody who works in this run."""
    grant = RoleGrant(role=role, scope=f"run:{run.slug}", valid_from=now - timedelta(days=30))
    return make_person(db, key, now=now - timedelta(days=30), grants=[grant])


def apply(db: Session, settings: Settings, run: Run, key: str, now: datetime, **values: Any) -> Application:
    """Somebody new who has handed in an application."""
    return service.submit_application(db, settings, make_person(db, key, **values), run, WRITTEN, now)


def letters_to(db: Session, person: Person) -> list[str]:
    """The subjects of the letters that wait for somebody, the oldest first."""
    jobs = db.scalars(select(OutboxJob).where(OutboxJob.topic == "mail").order_by(OutboxJob.id))
    return [job.payload["subject"] for job in jobs if job.payload["to_email"] == person.email]
