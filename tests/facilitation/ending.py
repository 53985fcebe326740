"""A run that comes to its end: who did what in it, who leads it, and the outbox worked by hand."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from lms import consequences
from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import Role
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.kernel.outbox import Handler, work_once
from lms.learning.models import ActivityCompletion, CertificateDetails
from lms.runs.models import Enrolment, Run
from lms.runs.rules import RunStage
from lms.settings import Settings
from tests.factories import SLUG, make_participant, open_cohort_run
from tests.people import make_person

ALL = ("what", "how", "final", "view")
"""What the certificate of completion asks for; one lesson is enough for the other."""


def make_leader(db: Session, key: str, now: datetime) -> Person:
    """Coordinates the course of the run."""
    grant = RoleGrant(role=Role.COORDINATOR, scope=f"course:{SLUG}", valid_from=now - timedelta(days=400))
    return make_person(db, key, now=now, grants=[grant])


def open_run(db: Session, folder: Path, now: datetime, **changes: Any) -> Run:
    """A run in its time to catch up."""
    run = open_cohort_run(db, folder, now, **changes)
    run.stage = RunStage.GRACE
    db.flush()
    return run


def take_part(
    db: Session, run: Run, key: str, now: datetime, done: Iterable[str] = (), *, named: bool = True, **who: Any
) -> Enrolment:
    """Somebody in the run who did these activities, and confirmed their name or did not."""
    person = make_person(db, key, now=now, **who)
    db.flush()
    enrolment = make_participant(db, run, person, now)
    set_committed_value(enrolment, "person", person)
    db.add_all(
        ActivityCompletion(enrolment_id=enrolment.id, activity=activity, language="en", completed_at=now)
        for activity in done
    )
    if named:
        details = {"name": person.name, "language": "en", "confirmed_at": now}
        db.add(CertificateDetails(enrolment_id=enrolment.id, **details))
    db.flush()
    return enrolment


def handlers(settings: Settings, database: Database, now: datetime) -> dict[str, Handler]:
    """What the outbox does, but for printing and sending."""
    files = FileStore(settings.data_dir / "files")
    kept = consequences.after(settings, database, files, lambda: now)
    return kept | {"mail": lambda _letter: None, "certificate.render": lambda _certificate: None}


def work_off(database: Database, settings: Settings, now: datetime) -> None:
    """Everything that is in the outbox."""
    work = handlers(settings, database, now)
    while work_once(database, work, lambda: now):
        pass
