"""Many learners who have finished a quiz, put into the tables as their attempts would be."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import exp
from random import Random
from typing import NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.assessment.models import Attempt, GradeEvent, ResponseEvent
from lms.assessment.rules import AttemptState, ClosedBy, QuizKind
from lms.catalog.models import Course, Edition
from lms.kernel.db import new_public_id
from lms.runs.models import Enrolment
from lms.runs.service import open_self_paced_run


class Taken(NamedTuple):
    """What one learner made of a quiz."""

    language: str
    shares: dict[str, str]


def rasch_crowd(
    chance: Random,
    difficulties: Mapping[str, float],
    people: Mapping[str, tuple[int, float]],
    harder: Mapping[tuple[str, str], float],
) -> list[Taken]:
    """Learners under a Rasch model: how many and how able in each language, and what is harder in which."""
    taken = []
    for language, (number, mean) in people.items():
        for _each in range(number):
            ability = chance.gauss(mean, 1)
            hard = {key: value + harder.get((key, language), 0.0) for key, value in difficulties.items()}
            right = {key: chance.random() < 1 / (1 + exp(value - ability)) for key, value in hard.items()}
            taken.append(Taken(language, {key: str(int(each)) for key, each in right.items()}))
    return taken


def seat_crowd(
    db: Session, slug: str, quiz: str, crowd: Iterable[Taken], now: datetime, kind: QuizKind = QuizKind.QUIZ
) -> None:
    """Each of them a person, enrolled, with one finished attempt and a save of every question; flushed."""
    course = db.scalars(select(Course).where(Course.slug == slug)).one()
    edition = db.scalars(
        select(Edition.id).where(Edition.course_id == course.id, Edition.number == course.edition_number)
    ).one()
    run = open_self_paced_run(db, course, now)
    first = (db.scalar(select(func.max(Person.id))) or 0) + (db.scalar(select(func.max(Attempt.id))) or 0) + 1000
    begun = now - timedelta(hours=1)
    rows: dict[type, list[dict[str, object]]] = {
        table: [] for table in (Person, Enrolment, Attempt, ResponseEvent, GradeEvent)
    }
    for number, (language, shares) in enumerate(crowd, start=first):
        score = sum(share == "1" for share in shares.values())
        rows[Person].append(
            {"id": number, "email": f"crowd{number}@example.net", "email_confirmed_at": now, "password_hash": "!",
             "name": f"Learner {number}", "language": language, "time_zone": "UTC", "folded": "", "created_at": begun}
        )  # fmt: skip
        rows[Enrolment].append(
            {"id": number, "person_id": number, "run_id": run.id, "enrolled_at": begun, "language": language}
        )
        rows[Attempt].append(
            {"id": number, "public_id": new_public_id(), "enrolment_id": number, "edition_id": edition,
             "quiz_key": quiz, "kind": kind, "number": 1, "state": AttemptState.FINISHED,
             "closed_by": ClosedBy.SUBMIT, "seed": "seed", "question_keys": list(shares), "language": language,
             "started_at": begun, "finished_at": now, "score": float(score), "max_score": len(shares),
             "passed": False if kind == QuizKind.QUIZ else None}
        )  # fmt: skip
        rows[ResponseEvent] += [
            {"attempt_id": number, "client": "crowd-phone", "client_seq": seq, "question_key": key,
             "payload": {"choice": "a"}, "language": language, "received_at": now, "given_at": now}
            for seq, key in enumerate(shares, start=1)
        ]  # fmt: skip
        rows[GradeEvent].append(
            {"attempt_id": number, "source": ClosedBy.SUBMIT, "score": float(score), "max_score": len(shares),
             "passed": False, "shares": shares, "graded_at": now}
        )  # fmt: skip
    for table, found in rows.items():
        db.execute(insert(table), found)
    db.flush()
