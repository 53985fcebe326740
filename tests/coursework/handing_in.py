"""Short ways to a run in which work is handed in, and to work in any state."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import Role
from lms.coursework import service
from lms.coursework.models import Grade, Work
from lms.coursework.queries import work_to_mark
from lms.coursework.rules import Outcome
from lms.coursework.service import Seen, Written
from lms.kernel.files import FileStore
from lms.kernel.models import OutboxJob
from lms.runs.models import Run
from lms.runs.queries import Place, place, run_by_slug
from lms.runs.rules import RunStage
from lms.settings import Settings
from tests.factories import RUBRIC, RUN, handing_in_files, load, make_participant, open_cohort_run
from tests.people import make_person

BEST = {"problem": 2, "proposal": 1}
"""The best level of each criterion: 6 points, 4 pass."""
WORST = {"problem": 1, "proposal": 0}
IN_TIME = RUBRIC.replace("due_days: 10\n", "")
"""Due at the end of the week of its module."""


def open_run(db: Session, folder: Path, now: datetime, rubric: str = IN_TIME, **changes: Any) -> Run:
    """A run that began three days ago on the days of Nairobi, with an assignment in its first week."""
    load(db, folder, now, handing_in_files(rubric))
    run = open_cohort_run(db, folder, now, **({"starts_on": now.date() - timedelta(days=3)} | changes))
    run.stage = RunStage.RUNNING
    db.flush()
    return run_by_slug(db, RUN)


def make_participants(db: Session, run: Run, now: datetime, *keys: str, **values: Any) -> list[Person]:
    people = [make_person(db, key, **values) for key in keys]
    for person in people:
        make_participant(db, run, person, now)
    return people


def make_marker(db: Session, key: str, now: datetime, role: Role = Role.E_TUTOR, run: str = RUN) -> Person:
    grant = RoleGrant(role=role, scope=f"run:{run}", valid_from=now - timedelta(days=30))
    return make_person(db, key, now=now - timedelta(days=30), grants=[grant])


def written(text: str = "Payments arrive late.", version: int = 0, **more: Any) -> Written:
    return Written(**({"text": text, "uploads": (), "dropped": (), "version": version} | more))


def place_of(db: Session, person: Person, language: str = "en") -> Place:
    return place(db, person, RUN, language)


class Desk:
    """The verbs with what is always the same."""

    def __init__(self, db: Session, settings: Settings, run: Run) -> None:
        self.db, self.settings, self.run = db, settings, run
        self.files = FileStore(settings.data_dir / "files")

    def save(self, person: Person, sent: Written, now: datetime) -> Work:
        return service.save_draft(
            self.db, self.files, self.settings, person, place_of(self.db, person), "gap", sent, now
        )

    def hand_in(self, person: Person, now: datetime, sent: Written | None = None) -> Work:
        found = place_of(self.db, person)
        service.hand_in(self.db, self.files, self.settings, person, found, "gap", sent or written(), now)
        return self.work(person)

    def work(self, person: Person) -> Work:
        found = place_of(self.db, person)
        query = select(Work.public_id).where(Work.enrolment_id == found.enrolment.id)
        return work_to_mark(self.db, self.run, self.db.scalars(query).one())

    def grade(self, marker: Person, work: Work, now: datetime, levels: Any = None, **more: Any) -> Grade:
        seen = more.pop("seen", Seen(work.submissions, work.grades))
        said: dict[str, Any] = {"outcome": Outcome.GRADED, "levels": levels or BEST, "feedback": "Good."}
        return service.give_grade(self.db, self.settings, marker, self.run, work, seen, **(said | more), now=now)

    def revise(self, marker: Person, work: Work, now: datetime) -> Grade:
        return self.grade(marker, work, now, {}, outcome=Outcome.REVISE, feedback="Where are the figures?")

    def release(self, actor: Person, now: datetime) -> int:
        return service.release_grades(self.db, self.settings, actor, self.run, "gap", now)


def letters_to(db: Session, person: Person) -> list[tuple[str, str]]:
    """Subject and language of the letters that wait for somebody, the oldest first."""
    jobs = db.scalars(select(OutboxJob).where(OutboxJob.topic == "mail").order_by(OutboxJob.id))
    return [
        (job.payload["subject"], job.payload["language"]) for job in jobs if job.payload["to_email"] == person.email
    ]
