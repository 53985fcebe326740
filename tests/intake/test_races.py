"""Five hundred people at the same moment for twenty seats: twenty have one. Without the guard they are more."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, joinedload

from lms import consequences
from lms.accounts.models import Person
from lms.intake import service
from lms.intake.models import Application
from lms.intake.rules import ApplicationState
from lms.kernel.db import Database
from lms.kernel.events import finish
from lms.kernel.models import OutboxJob
from lms.kernel.refusals import Invalid
from lms.runs.models import Enrolment, Run
from lms.runs.rules import Track
from lms.runs.service import enrol_participant
from lms.settings import Settings
from tests.intake.applying import open_call
from tests.people import make_person

PEOPLE, SEATS, HANDS = 500, 20, 25

Claim = Callable[[Session, Run, Application, int], bool]


@pytest.fixture
def run_id(db: Session, tmp_path: Path, now: datetime) -> int:
    """A run of twenty seats for which five hundred have applied; Dee decides."""
    run = open_call(db, tmp_path, now, seats=SEATS)
    make_person(db, "dee", now=now - timedelta(days=1))
    people = [
        Person(
            email=f"p{number}@example.org", email_confirmed_at=now, password_hash="!", name="P", language="en",
            created_at=now, grants=[],
        )
        for number in range(PEOPLE)
    ]  # fmt: skip
    db.add_all(people)
    db.flush()
    db.add_all(
        Application(
            run_id=run.id, person_id=person.id, state=ApplicationState.SUBMITTED, answers={}, consented_at=now,
            created_at=now, changed_at=now, submitted_at=now,
        )
        for person in people
    )  # fmt: skip
    db.commit()
    return run.id


def race(database: Database, run_id: int, claim: Claim, settings: Settings, now: datetime) -> int:
    """Everybody looks, everybody waits for everybody, everybody claims; how many were told that they are in."""
    together = threading.Barrier(HANDS, timeout=30)
    within = consequences.within(settings)
    with database.session(write=False) as db:
        ids = db.scalars(select(Application.id).where(Application.run_id == run_id)).all()

    def one(application_id: int) -> bool:
        with database.session(write=False) as db:
            seen = _count(db, Enrolment.run_id == run_id)
        together.wait()
        with database.session(write=True) as db:
            run = db.scalars(select(Run).options(joinedload(Run.course)).where(Run.id == run_id)).one()
            told = claim(db, run, db.get_one(Application, application_id), seen)
            finish(db, within, now)
        return told

    with ThreadPoolExecutor(HANDS) as hands:
        return sum(hands.map(one, ids))


def _count(db: Session, which: object) -> int:
    return db.scalar(select(func.count()).select_from(Enrolment).where(which)) or 0  # type: ignore[arg-type]


def _accept_and_confirm(settings: Settings, now: datetime) -> Claim:
    def claim(db: Session, run: Run, application: Application, _seen: int) -> bool:
        dee = db.scalars(select(Person).options(joinedload(Person.grants)).where(Person.name == "Dee Fernández"))
        accepted = ApplicationState.ACCEPTED
        try:
            service.decide(
                db, settings, dee.unique().one(), run, [application], accepted, message="", rest_waits=False, now=now
            )
        except Invalid:
            return False
        person = db.get_one(Person, application.person_id)
        service.confirm_place(db, settings, person, run, application, "en", now)
        return True

    return claim


def _believe_what_was_seen(now: datetime) -> Claim:
    """The mutant counts who is in, then writes, and asks no seat."""

    def claim(db: Session, run: Run, application: Application, seen: int) -> bool:
        if seen >= SEATS:
            return False
        person = db.get_one(Person, application.person_id)
        enrol_participant(db, person, person, run, Track.OPEN, "en", now)
        return True

    return claim


def _in_the_run(db: Session, run_id: int) -> tuple[int, int, int]:
    """Participants, confirmed applications, seats taken."""
    confirmed = select(func.count()).select_from(Application).where(Application.state == ApplicationState.CONFIRMED)
    taken = db.scalars(select(Run.taken).where(Run.id == run_id)).one()
    return _count(db, Enrolment.run_id == run_id), db.scalar(confirmed) or 0, taken


def test_twenty_seats_for_five_hundred(
    database: Database, db: Session, run_id: int, settings: Settings, now: datetime
) -> None:
    assert race(database, run_id, _accept_and_confirm(settings, now), settings, now) == SEATS
    assert _in_the_run(db, run_id) == (SEATS, SEATS, SEATS)


def test_the_race_bites(database: Database, db: Session, run_id: int, settings: Settings, now: datetime) -> None:
    assert race(database, run_id, _believe_what_was_seen(now), settings, now) > SEATS
    assert _in_the_run(db, run_id)[0] > SEATS


@pytest.mark.slow
def test_twenty_rounds(database: Database, run_id: int, settings: Settings, now: datetime) -> None:
    for _round in range(20):
        assert race(database, run_id, _accept_and_confirm(settings, now), settings, now) == SEATS
        with database.session(write=True) as db:
            assert _in_the_run(db, run_id) == (SEATS, SEATS, SEATS)
            for table in (Enrolment, OutboxJob):
                db.execute(delete(table))
            db.execute(update(Application).values(state=ApplicationState.SUBMITTED, rank=None))
            db.execute(update(Run).values(taken=0))
            db.commit()
