"""Two who mark the same work at the same moment: one is kept, the other is told. Without the guard both believe it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from lms import consequences
from lms.accounts.models import Person
from lms.coursework.models import Feedback, Grade, Work
from lms.coursework.queries import work_to_mark
from lms.coursework.rules import WorkState
from lms.coursework.service import Seen
from lms.kernel.db import Database
from lms.kernel.events import finish
from lms.kernel.refusals import Conflict
from lms.runs.queries import run_by_slug
from lms.settings import Settings
from tests.coursework.handing_in import BEST, WORST, Desk, make_marker, make_participants, open_run
from tests.factories import RUN

KEYS = ("bo", "chi", "kai", "lea")
Say = Callable[[Desk, Person, Work, Seen, datetime], object]


@pytest.fixture
def work_id(db: Session, settings: Settings, tmp_path: Path, now: datetime) -> str:
    """Ada's work, and four who mark."""
    run = open_run(db, tmp_path, now)
    for key in KEYS:
        make_marker(db, key, now)
    work = Desk(db, settings, run).hand_in(*make_participants(db, run, now, "ada"), now)
    db.commit()
    return work.public_id


def race(database: Database, settings: Settings, work_id: str, say: Say, now: datetime) -> tuple[int, int]:
    """Everybody looks, everybody waits for everybody, everybody marks: how many were told that theirs is kept, and that
    it is not.
    """
    together = threading.Barrier(len(KEYS), timeout=30)

    def one(key: str) -> bool:
        with database.session(write=False) as db:
            work = work_to_mark(db, run_by_slug(db, RUN), work_id)
            seen = Seen(work.submissions, work.grades)
        together.wait()
        with database.session(write=True) as db:
            run = run_by_slug(db, RUN)
            query = select(Person).options(joinedload(Person.grants)).where(Person.email == f"{key}@example.org")
            marker = db.scalars(query).unique().one()
            try:
                say(Desk(db, settings, run), marker, work_to_mark(db, run, work_id), seen, now)
            except Conflict:
                return False
            finish(db, consequences.within(settings), now)
        return True

    with ThreadPoolExecutor(len(KEYS)) as hands:
        told = list(hands.map(one, KEYS))
    return told.count(True), told.count(False)


def _give(desk: Desk, marker: Person, work: Work, seen: Seen, now: datetime) -> None:
    levels = BEST if marker.email.startswith("bo") else WORST
    desk.grade(marker, work, now, levels, seen=seen, feedback=marker.email)


def _give_whatever_was_seen(desk: Desk, marker: Person, work: Work, seen: Seen, now: datetime) -> None:
    """The mutant believes that the work is as it was on the page: it sets back who marks, and counts anew."""
    desk.db.execute(
        update(Work).where(Work.id == work.id).values(marker_id=None, state=WorkState.HANDED_IN, grades=Work.grades)
    )
    desk.db.refresh(work, ["marker_id", "state", "grades"])
    _give(desk, marker, work, Seen(work.submissions, work.grades), now)


def test_of_all_who_mark_at_once_one_is_kept(
    database: Database, db: Session, settings: Settings, work_id: str, now: datetime
) -> None:
    assert race(database, settings, work_id, _give, now) == (1, len(KEYS) - 1)
    grade = db.scalars(select(Grade)).one()
    marker = db.get_one(Person, grade.marker_id)
    assert db.get_one(Feedback, grade.id).text == marker.email, "what the first wrote is kept whole"
    work = db.scalars(select(Work)).one()
    assert (work.grades, work.marker_id) == (1, marker.id)


def test_the_race_bites(database: Database, db: Session, settings: Settings, work_id: str, now: datetime) -> None:
    kept, told = race(database, settings, work_id, _give_whatever_was_seen, now)
    assert kept > 1
    assert len(db.scalars(select(Grade)).all()) == kept > told
