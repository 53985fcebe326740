"""A hundred at once at one attempt: it is graded once, and every acknowledged answer is in the grade."""

import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.assessment import queries, service
from lms.assessment.models import Attempt, GradeEvent, ResponseEvent
from lms.assessment.question_types.marking import mark
from lms.kernel.db import Database
from lms.kernel.events import finish
from lms.kernel.refusals import Conflict
from tests.assessment.courses import load, seat
from tests.assessment.questions import EXAMPLES
from tests.people import make_person

PEOPLE = 100


@dataclass
class Race:
    """What a hundred were told, and what was there when the attempt was closed."""

    replies: set[tuple[Any, ...]] = field(default_factory=set)
    acknowledged: int = 0
    broken: list[str] = field(default_factory=list)
    saves_when_closed: list[int] = field(default_factory=list)
    grades: int = 0
    saves: int = 0
    score: float | None = None
    score_again: float | None = None

    @property
    def fair(self) -> bool:
        return (
            not self.broken
            and self.grades == 1
            and len(self.replies) == 1
            and self.saves_when_closed == [self.acknowledged] == [self.saves]
            and self.score == self.score_again
        )


def run(database: Database, folder: Path, now: datetime, seed: int) -> Race:
    with database.session(write=True) as db:
        load(db, folder, now, minutes=30, questions=[EXAMPLES["true-false"]])
        ada = make_person(db, "ada")
        attempt = service.start_attempt(db, ada, seat(db, ada, now), "final", now)
        db.commit()
    race, together = Race(), threading.Barrier(PEOPLE)
    deeds = ["submit", "save", "save", "expire"] * (PEOPLE // 4)
    random.Random(seed).shuffle(deeds)

    def closing(db: Session, *, attempt: Attempt, now: datetime) -> None:
        race.saves_when_closed.append(_count(db, ResponseEvent))

    def act(number: int) -> None:
        # Everybody looked while it was open; what they know is old by the time it is their turn to write.
        with database.session(write=False) as db:
            known = db.scalars(select(Attempt).where(Attempt.id == attempt.id)).one()
            db.expunge(known)
        together.wait()
        with database.session(write=True) as db:
            try:
                _do(db, deeds[number], db.merge(known, load=False), ada, number, race, now)
                finish(db, {"attempt.finished": [closing]}, now)
            except Conflict:
                return
            except Exception as error:
                race.broken.append(repr(error))
                return
            race.acknowledged += deeds[number] == "save"

    with ThreadPoolExecutor(PEOPLE) as pool:
        list(pool.map(act, range(PEOPLE)))
    with database.session(write=False) as db:
        attempt = db.scalars(select(Attempt)).one()
        race.grades, race.saves, race.score = _count(db, GradeEvent), _count(db, ResponseEvent), attempt.score
        race.score_again = float(mark(queries.asked_questions(db, attempt).questions).points)
    return race


def _do(db: Session, deed: str, known: Attempt, ada: Person, number: int, race: Race, now: datetime) -> None:
    if deed == "save":
        service.save_answer(
            db,
            known,
            client=f"client-{number:04}",
            client_seq=1,
            question_key="every",
            payload={"answer": number % 3 == 0},
            language="en",
            now=now,
        )
        return
    if deed == "expire":
        service.close_expired(db, now + timedelta(hours=1))
        return
    finished = service.submit_attempt(db, ada, known, {}, now)
    race.replies.add((finished.state, finished.score, finished.passed, finished.closed_by, finished.finished_at))


def _count(db: Session, model: Any) -> int:
    return db.scalar(select(func.count()).select_from(model)) or 0


def test_an_attempt_is_closed_once_and_loses_nothing(database: Database, tmp_path: Path, now: datetime) -> None:
    race = run(database, tmp_path, now, seed=random.randrange(10**6))
    assert race.fair, race


def _finish_without_comparing(db: Session, attempt: Attempt, values: Mapping[str, Any]) -> bool:
    db.execute(update(Attempt).where(Attempt.id == attempt.id).values(**values))
    return True


def _do_not_lock(_db: Session, _attempt: Attempt) -> int:
    return 0


MUTANTS: dict[str, dict[str, Callable[..., Any]]] = {
    "saves without the lock": {"_lock": _do_not_lock},
    "closes without lock and comparing": {"_lock": _do_not_lock, "_finish": _finish_without_comparing},
}


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=list(MUTANTS))
def test_the_race_is_lost_without_its_guards(
    database: Database,
    tmp_path: Path,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    mutant: dict[str, Callable[..., Any]],
) -> None:
    """Without the lock, answers are acknowledged that no grade saw; without comparing too, an attempt closes twice."""
    for guard, variant in mutant.items():
        monkeypatch.setattr(service, guard, variant)
    race = run(database, tmp_path, now, seed=1)
    assert not race.fair
    if "_finish" in mutant:
        assert race.broken
