"""The same screens with a thousand and with a hundred thousand enrolments: CPU, and how many queries each asks."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from statistics import median
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from bench.client import Client
from bench.ground import Ground, enrol, first_course, lesson_of, new_ground
from bench.server import Server, cpu_each
from bench.table import Table, middle_ratio, verdict
from lms.accounts.models import LoginSession, Person, PersonWord, search_text, search_words
from lms.assessment.models import Attempt, ResponseEvent
from lms.assessment.rules import AttemptState, ClosedBy, QuizKind
from lms.catalog.models import Course, Edition
from lms.catalog.queries import package_of
from lms.factory import create_app
from lms.kernel import clock
from lms.kernel.db import Base, new_public_id
from lms.kernel.models import AuditEntry
from lms.learning.models import ActivityCompletion
from lms.runs.models import Enrolment
from lms.runs.service import open_self_paced_run

FEW, MANY = 1_000, 100_000
ROUNDS, REQUESTS, WARM = 7, 40, 30
MUST, AIM = 1.2, 1.1
BATCH = 5_000
FIRST = ("Amal", "Bo", "Chi", "Dina", "Efua", "Fatou", "Grace", "Hana", "Ivo", "Jun")
LAST = ("Haddad", "Okafor", "Moreau", "Fernández", "Lindqvist", "Traoré", "Sato", "Nguyen", "Petrova", "Mensah")


@dataclass(frozen=True, slots=True)
class Grown:
    ground: Ground
    server: Server
    learner: str
    administrator: str


def main() -> None:
    table = Table(
        f"Growth from {FEW:,} to {MANY:,} enrolments",
        ["screen", "ms at few", "ms at many", "many / few", "must", "aim", "", "queries at few", "queries at many"],
    )
    with ExitStack() as stack:
        few, many = (stack.enter_context(_grown(size)) for size in (FEW, MANY))
        slug = first_course()
        with Client(few.server.port, few.learner) as client:
            lesson = lesson_of(client, slug)
        screens = [
            ("lesson", lesson, False),
            ("course home", f"/en/learn/{slug}/", False),
            ("my learning", "/en/learn/", False),
            ("people, newest", "/en/administration/people/", True),
            ("people, by a letter", "/en/administration/people/?q=e", True),
            ("people, three common words", "/en/administration/people/?q=fatou+moreau+4", True),
            ("people, one person", "/en/administration/people/?q=fatou+moreau+464", True),
        ]
        for name, path, administrator in screens:
            table.add(name, *_row(few, many, path, administrator=administrator))
    print(table)


def _row(few: Grown, many: Grown, path: str, *, administrator: bool) -> list[str]:
    spent: list[list[float]] = [[], []]
    with ExitStack() as stack:
        both = []
        for grown in (few, many):
            cookie = grown.administrator if administrator else grown.learner
            client = stack.enter_context(Client(grown.server.port, cookie))
            both.append((grown.server, client, client.request("GET", path)))
        for asked in both:
            cpu_each(*asked, WARM)
        for _ in range(ROUNDS):
            for place, asked in enumerate(both):
                spent[place].append(cpu_each(*asked, REQUESTS))
    ratio = middle_ratio(spent[1], spent[0])
    queries = [_queries(grown, path, administrator=administrator) for grown in (few, many)]
    fits = verdict(ratio, MUST, AIM) if queries[0] == queries[1] else "OVER"
    cells = [f"{median(spent[0]):.2f}", f"{median(spent[1]):.2f}", f"{ratio:.2f}", f"{MUST}", f"{AIM}", fits]
    return [*cells, *map(str, queries)]


def _queries(grown: Grown, path: str, *, administrator: bool) -> int:
    """How many statements a screen asks, its courses being on the shelf."""
    app = create_app(grown.ground.settings)
    asked: list[str] = []
    name, _, value = (grown.administrator if administrator else grown.learner).partition("=")
    browser: FlaskClient = app.test_client()
    browser.set_cookie(name, value)
    assert browser.get(path).status_code == 200
    engine = app.extensions["lms.database"].engine

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    assert browser.get(path).status_code == 200
    app.extensions["lms.database"].close()
    return len(asked)


@contextmanager
def _grown(size: int) -> Iterator[Grown]:
    with new_ground() as ground:
        database = ground.database
        with database.session(write=True) as db:
            _fill(db, size)
            db.commit()
        database.close()
        learner, administrator = ground.cookie("ada"), ground.cookie("dee", administrator=True)
        with ground.serving() as server:
            with Client(server.port, learner) as client:
                enrol(client, first_course())
            yield Grown(ground, server, learner, administrator)


def _fill(db: Session, size: int) -> None:
    """As many people, each enrolled, half-way through, with an attempt behind them: the tables a busy platform has."""
    chance, now = Random(1), clock.now()  # the same people each time
    course = db.scalars(select(Course).where(Course.slug == first_course())).one()
    edition = db.scalars(select(Edition).where(Edition.course_id == course.id)).one()
    run = open_self_paced_run(db, course, now)
    package = package_of(db, edition)
    lessons = list(package.lessons)
    key, quiz = next(iter(package.quizzes.items()))
    questions = [each.key for each in quiz.questions[:8]]
    for start in range(1, size + 1, BATCH):
        numbers = range(start, min(start + BATCH, size + 1))
        people = [_person(number, chance, now) for number in numbers]
        _add(db, Person, iter(people))
        _add(db, PersonWord, (word for person in people for word in _words(person)))
        _add(db, LoginSession, (_log_in(number, now) for number in numbers))
        _add(db, Enrolment, (_enrolment(number, run.id, chance, now) for number in numbers))
        done = [(number, lesson) for number in numbers for lesson in lessons[: chance.randint(0, len(lessons))]]
        _add(
            db,
            ActivityCompletion,
            (
                {"enrolment_id": each, "activity": lesson, "language": "en", "completed_at": now}
                for each, lesson in done
            ),
        )
        _add(db, Attempt, (_attempt(number, edition.id, key, questions, now) for number in numbers))
        _add(db, ResponseEvent, (_save(number, question, now) for number in numbers for question in questions[:4]))
        _add(db, AuditEntry, (_noted(number, now) for number in numbers))


def _add(db: Session, table: type[Base], rows: Iterator[dict[str, Any]]) -> None:
    found = list(rows)
    if found:
        db.execute(insert(table), found)


def _person(number: int, chance: Random, now: Any) -> dict[str, Any]:
    name, email = f"{chance.choice(FIRST)} {chance.choice(LAST)} {number}", f"person{number}@example.net"
    return {
        "id": number,
        "public_id": new_public_id(),
        "email": email,
        "email_confirmed_at": now,
        "password_hash": "!",
        "name": name,
        "language": "en",
        "time_zone": "UTC",
        "folded": search_text(email, name, None),
        "created_at": now - timedelta(minutes=number),
    }


def _words(person: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"person_id": person["id"], "word": word} for word in search_words(person["email"], person["name"], None)]


def _log_in(number: int, now: Any) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "token_hash": f"{number:064d}",
        "person_id": number,
        "device": "bench",
        "epoch": 1,
        "created_at": now,
        "expires_at": now + timedelta(days=30),
    }


def _enrolment(number: int, run: int, chance: Random, now: Any) -> dict[str, Any]:
    return {
        "id": number,
        "public_id": new_public_id(),
        "person_id": number,
        "run_id": run,
        "country": chance.choice(("KE", "JO", "SN", "CO")),
        "enrolled_at": now - timedelta(minutes=number),
        "language": chance.choice(("en", "ar", "fr", "es")),
    }


def _done(enrolment: int, lesson: str, now: Any) -> dict[str, Any]:
    return {"enrolment_id": enrolment, "activity": lesson, "language": "en", "completed_at": now}


def _attempt(number: int, edition: int, quiz: str, questions: list[str], now: Any) -> dict[str, Any]:
    return {
        "id": number,
        "public_id": new_public_id(),
        "enrolment_id": number,
        "edition_id": edition,
        "quiz_key": quiz,
        "kind": QuizKind.SELF_TEST,
        "number": 1,
        "state": AttemptState.FINISHED,
        "closed_by": ClosedBy.SUBMIT,
        "seed": new_public_id(),
        "question_keys": questions,
        "language": "en",
        "started_at": now - timedelta(hours=1),
        "finished_at": now,
        "score": 3.0,
        "max_score": 8,
    }


def _save(number: int, question: str, now: Any) -> dict[str, Any]:
    return {
        "attempt_id": number,
        "client": f"client-{question}"[:40],
        "client_seq": 1,
        "question_key": question,
        "payload": {"choice": "a"},
        "language": "en",
        "received_at": now,
        "given_at": now,
    }


def _noted(number: int, now: Any) -> dict[str, Any]:
    return {"at": now, "actor": f"person:{number}", "action": "enrol", "thing": f"course:{number % 50}", "after": {}}
