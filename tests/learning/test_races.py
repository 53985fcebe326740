"""Two last steps at the same moment: the course is completed by the second, never by neither."""

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.kernel.db import Database
from lms.learning import service
from lms.learning.models import CourseCompletion
from lms.runs.models import Enrolment
from tests.factories import load, make_enrolment
from tests.people import make_person

OVERLAP_SECONDS = 0.7


@pytest.fixture
def nearly_there(database: Database, tmp_path: Path, now: datetime) -> Iterator[tuple[int, int]]:
    """Ada has read everything; the quiz and the evaluation are missing. Ids of her and of her enrolment."""
    with database.session(write=True) as db:
        load(db, tmp_path, now)
        ada = make_person(db, "ada")
        enrolment = make_enrolment(db, ada, now)
        for key in ("what", "how"):
            service.complete_activity(db, ada, enrolment, key, "en", now)
        db.commit()
        yield ada.id, enrolment.id


def _finish_both_at_once(database: Database, ids: tuple[int, int], now: datetime) -> list[str]:
    """The evaluation is handed in while the quiz is not committed yet; give the completions there are in the end."""

    def do(db: Session, key: str) -> None:
        ada, enrolment = db.get_one(Person, ids[0]), db.get_one(Enrolment, ids[1])
        service.complete_activity(db, ada, enrolment, key, "en", now)

    def second() -> None:
        with database.session(write=True) as db:
            do(db, "view")
            db.commit()

    other = threading.Thread(target=second)
    with database.session(write=True) as db:
        do(db, "final")
        other.start()
        other.join(timeout=OVERLAP_SECONDS)
        db.commit()
    other.join()
    with database.session(write=False) as db:
        return sorted(db.scalars(select(CourseCompletion.kind)))


def test_two_last_steps_complete_the_course(database: Database, nearly_there: tuple[int, int], now: datetime) -> None:
    assert _finish_both_at_once(database, nearly_there, now) == ["completion", "participation"]


def test_the_mutant_that_does_not_hold_the_enrolment_completes_nothing(
    database: Database, nearly_there: tuple[int, int], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite lets one writer in at a time, with or without the guard")
    monkeypatch.setattr(service, "hold", lambda _db, _enrolment: None)
    assert _finish_both_at_once(database, nearly_there, now) == ["participation"]
