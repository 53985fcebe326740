"""The report on questions: which answers count, in which language, and what the pages say."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import Role
from lms.assessment import queries, service
from lms.assessment.models import Attempt, GradeEvent, ResponseEvent
from lms.assessment.psychometrics import Difference
from lms.assessment.queries import QuestionLine
from lms.assessment.rules import QuizKind
from lms.catalog.models import Course
from lms.kernel.db import Database
from lms.kernel.refusals import NotFound
from lms.runs.queries import Place
from tests import factories
from tests.assessment.courses import ARABIC, SLUG, load, seat
from tests.assessment.crowd import Taken, rasch_crowd, seat_crowd
from tests.assessment.questions import EXAMPLES
from tests.contracts.html import problems
from tests.people import log_in, make_person

FLOOR, EVERY, SHARE, SHOCKS = (EXAMPLES[name] for name in ("single", "true-false", "number", "multiple"))
RIGHT: dict[str, dict[str, Any]] = {
    "floor": {"choice": "guarantees"},
    "every": {"answer": True},
    "shocks": {"choices": ["flood", "drought"]},
}


@dataclass
class Class:
    """A course that people take a quiz in."""

    db: Session
    folder: Path
    now: datetime
    seq: int = 0

    def set_up(self, *questions: dict[str, Any], **rules: Any) -> None:
        load(self.db, self.folder, self.now, questions=list(questions), **rules)

    def begin(self, person: Person, language: str = "en", key: str = "final") -> Attempt:
        place: Place = seat(self.db, person, self.now, language)
        return service.start_attempt(self.db, person, place, key, self.now)

    def save(self, attempt: Attempt, key: str, payload: dict[str, Any], language: str, **how: Any) -> None:
        self.seq += 1
        values = {"client": "phone-1234", "client_seq": self.seq, "now": self.now} | how
        service.save_answer(self.db, attempt, question_key=key, payload=payload, language=language, **values)

    def hand_in(self, person: Person, attempt: Attempt) -> None:
        service.submit_attempt(self.db, person, attempt, {}, self.now)

    def person(self, key: str) -> Person:
        return make_person(self.db, key, now=self.now)

    def course(self) -> Course:
        return self.db.scalars(select(Course).where(Course.slug == SLUG)).one()

    def lines(self, language: str = "en") -> dict[str, QuestionLine]:
        page = queries.questions_page(self.db, self.course(), "final", language)
        return {line.key: line for line in page.lines}


@pytest.fixture
def room(db: Session, tmp_path: Path, now: datetime) -> Class:
    return Class(db, tmp_path, now)


def _in(line: QuestionLine) -> dict[str, tuple[int, float]]:
    """Answers and facility of a question in each language."""
    return {each.language: (each.answers, each.facility) for each in line.languages}


def test_each_answer_counts_in_the_language_it_was_last_read_in(room: Class) -> None:
    room.set_up(FLOOR, EVERY, SHOCKS)
    ada, bo = room.person("ada"), room.person("bo")
    attempt = room.begin(ada)
    for key, payload in RIGHT.items():
        room.save(attempt, key, payload, "en")
    room.hand_in(ada, attempt)

    attempt = room.begin(bo)  # begun in English, went on in Arabic, and back for one question
    room.save(attempt, "floor", {"choice": "pension"}, "en")
    room.save(attempt, "every", RIGHT["every"], "ar")
    room.save(attempt, "floor", RIGHT["floor"], "ar")
    room.save(attempt, "every", {"answer": False}, "en", client="laptop-99", client_seq=1)
    room.hand_in(bo, attempt)  # `shocks` is left open

    lines = room.lines()
    assert _in(lines["floor"]) == {"en": (1, 1.0), "ar": (1, 1.0)}
    assert _in(lines["every"]) == {"en": (2, 0.5)}
    assert _in(lines["shocks"]) == {"en": (2, 0.5)}
    assert [each.behaviour and each.behaviour.answers for each in lines.values()] == [2, 2, 2]


def test_a_save_that_was_overtaken_does_not_count(room: Class) -> None:
    room.set_up(FLOOR, EVERY)
    ada = room.person("ada")
    attempt = room.begin(ada)
    room.save(attempt, "floor", RIGHT["floor"], "fr", client_seq=9)
    room.save(attempt, "floor", {"choice": "pension"}, "en", client_seq=8)
    room.hand_in(ada, attempt)
    assert _in(room.lines()["floor"]) == {"fr": (1, 1.0)}


def test_shares_are_exact_and_open_questions_earned_nothing(room: Class) -> None:
    room.set_up(FLOOR, EVERY, SHOCKS)
    for key, chosen in (("ada", ["flood"]), ("bo", ["flood", "drought"]), ("chi", [])):
        person = room.person(key)
        attempt = room.begin(person, "ar")
        if chosen:
            room.save(attempt, "shocks", {"choices": chosen}, "ar")
        room.hand_in(person, attempt)
    grades = list(room.db.scalars(select(GradeEvent.shares).order_by(GradeEvent.id)))
    assert [each["shocks"] for each in grades] == ["1/2", "1", "0"]
    assert _in(room.lines()["shocks"]) == {"ar": (3, 0.5)}
    assert _in(room.lines()["floor"]) == {"ar": (3, 0.0)}


def test_only_first_finished_attempts_at_the_quiz_count(room: Class) -> None:
    room.set_up(FLOOR, EVERY)
    ada, bo = room.person("ada"), room.person("bo")
    for payload in ({"choice": "pension"}, RIGHT["floor"]):
        attempt = room.begin(ada)
        room.save(attempt, "floor", payload, "en")
        room.hand_in(ada, attempt)
    room.save(room.begin(bo), "floor", RIGHT["floor"], "en")  # never handed in
    trial = room.begin(bo, key="check")
    room.save(trial, "floor", RIGHT["floor"], "en")
    room.hand_in(bo, trial)
    assert _in(room.lines()["floor"]) == {"en": (1, 0.0)}
    found = queries.quizzes_page(room.db, room.course(), "en")
    assert [(each.key, each.questions, each.learners, each.share, each.languages) for each in found.lines] == [
        ("final", 2, 1, 0.0, [("en", 1)])
    ]


def test_answers_to_earlier_editions_count_where_the_question_is_still_asked(room: Class) -> None:
    room.set_up(FLOOR, EVERY)
    ada = room.person("ada")
    attempt = room.begin(ada)
    room.save(attempt, "floor", RIGHT["floor"], "en")
    room.hand_in(ada, attempt)
    room.set_up(FLOOR | {"prompt": "What is a floor?"}, SHOCKS)
    lines = room.lines()
    assert list(lines) == ["floor", "shocks"]
    assert lines["floor"].prompt.text == "What is a floor?"
    assert _in(lines["floor"]) == {"en": (1, 1.0)}
    assert lines["shocks"].behaviour is None
    assert lines["shocks"].languages == ()


def test_other_courses_and_quizzes_do_not_count(room: Class, tmp_path: Path) -> None:
    room.set_up(FLOOR, EVERY)
    factories.load(room.db, tmp_path, room.now)
    one = [Taken("en", {"floor": "1", "every": "1"})]
    seat_crowd(room.db, factories.SLUG, "final", one, room.now)
    seat_crowd(room.db, SLUG, "another", one, room.now)
    seat_crowd(room.db, SLUG, "final", one, room.now, QuizKind.SELF_TEST)  # what it was in an earlier edition
    assert room.lines()["floor"].behaviour is None
    for key in ("check", "why", "nothing"):
        with pytest.raises(NotFound):
            queries.questions_page(room.db, room.course(), key, "en")


def _bank(*keys: str) -> list[dict[str, Any]]:
    return [EVERY | {"key": key, "prompt": f"About {key}"} for key in keys]


KEYS = ("floor", *(f"q{n}" for n in range(1, 10)))
DIFFICULTIES = dict(zip(KEYS, (0.0, -1.2, -0.9, -0.5, -0.2, 0.2, 0.5, 0.9, 1.2, 0.0), strict=True))


def _crowd(people: dict[str, tuple[int, float]], harder: float) -> list[Taken]:
    return rasch_crowd(Random(7), DIFFICULTIES, people, {("floor", "ar"): harder})


def test_a_question_harder_in_arabic_is_found_among_learners_of_unequal_knowledge(room: Class) -> None:
    room.set_up(FLOOR, *_bank(*KEYS[1:]))
    people = {"en": (300, 0.0), "ar": (300, -0.8), "fr": (20, 0.0)}
    seat_crowd(room.db, SLUG, "final", _crowd(people, harder=1.6), room.now)
    page = queries.questions_page(room.db, room.course(), "final", "en")
    assert (page.learners, page.source, page.compared) == (620, "en", True)
    assert [line.key for line in page.suspects] == ["floor"]
    line = page.suspects[0]
    assert line.document == "quiz final floor"
    assert [each.language for each in line.languages] == ["en", "ar", "fr"]
    assert [each.language for each in line.suspects] == ["ar"]
    french = line.languages[2].comparison
    assert french is not None
    assert (french.other, french.difference) == (20, None)
    others = [each.comparison.difference for line in page.lines for each in line.languages if each.comparison]
    assert others.count(Difference.LARGE) == 1


@contextmanager
def _statements(database: Database) -> Iterator[list[str]]:
    told: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        told.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield told
    event.remove(database.engine, "before_cursor_execute", note)


def test_pages_ask_the_same_few_queries_however_many_there_are(room: Class, database: Database) -> None:
    room.set_up(FLOOR, *_bank(*KEYS[1:]))
    asked: dict[int, list[str]] = {}
    for number in (3, 2500):  # more than are read at one time
        crowd = _crowd({"en": (number, 0.0), "ar": (number, 0.0)}, harder=0.0)
        seat_crowd(room.db, SLUG, "final", crowd, room.now)
        room.db.commit()
        with database.session(write=False) as db:
            course = db.scalars(select(Course).where(Course.slug == SLUG)).one()
            queries.questions_page(db, course, "final", "en")  # the course is on the shelf now
            with _statements(database) as told:
                found = queries.questions_page(db, course, "final", "en")
                queries.quizzes_page(db, course, "en")
            asked[number] = [each for each in told if "FETCH" not in each]
            assert not [each for each in db if isinstance(each, Attempt | GradeEvent | ResponseEvent)]
    assert found.learners == 2 * 2503
    assert asked[3] == asked[2500]
    assert len(asked[3]) == 7
    wide = ("payload", "seed", "question_keys", "received_at")
    assert [column for each in asked[3] for column in wide if column in each] == []


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def test_the_pages_say_it_in_words(app: Flask, room: Class) -> None:
    room.set_up(FLOOR, *_bank(*KEYS[1:]), EVERY)
    seat_crowd(room.db, SLUG, "final", _crowd({"en": (200, 0.0), "ar": (200, 0.0), "fr": (9, 0.0)}, 2.5), room.now)
    dee = room.person("dee")
    room.db.commit()
    client = log_in(app, dee)
    base = f"/administration/courses/{SLUG}/questions/"
    assert f'href="/en{base}"' in client.get(f"/en/administration/courses/{SLUG}/").text

    overview = client.get(f"/en{base}")
    assert f'href="/en{base}final/"' in overview.text
    assert "English: 200 · Arabic: 200 · French: 9" in _words(overview.text)
    english = client.get(f"/en{base}final/")
    words = _words(english.text)
    assert "The first attempts of 409 learners" in words
    assert "1 question differs by language" in words
    assert words.count("Harder in Arabic than in English for people of equal score: look at the translation.") == 2
    assert "Too few answers to tell: 9 beside" in words
    assert "Each language needs 30 learners" in words
    assert "Learners who read the question in another language are compared" in words
    assert 'href="#question-floor"' in english.text

    arabic = client.get(f"/ar{base}final/")
    assert ARABIC["What is a social protection floor?"] in arabic.text
    assert '<span lang="en" dir="ltr">About q1</span>' in arabic.text
    for page, language in ((overview, "en"), (english, "en"), (arabic, "ar"), (client.get(f"/ar{base}"), "ar")):
        assert page.status_code == 200
        assert problems(page.text, language) == []
    assert client.get(f"/en{base}check/").status_code == 404
    assert client.get(f"/en{base}nothing/").status_code == 404
    assert client.get("/en/administration/courses/nothing/questions/").status_code == 404


def test_nothing_to_tell_is_said_too(app: Flask, room: Class) -> None:
    room.set_up(FLOOR, EVERY)
    dee = room.person("dee")
    room.db.commit()
    client = log_in(app, dee)
    base = f"/en/administration/courses/{SLUG}/questions/"
    assert "Nobody has finished this quiz yet." in _words(client.get(f"{base}final/").text)
    room.db.rollback()
    few = [Taken("en", {"floor": "1", "every": "0"}), Taken("ar", {"floor": "0", "every": "0"})]
    seat_crowd(room.db, SLUG, "final", few, room.now)
    room.db.commit()
    assert "There are too few answers yet to compare languages." in _words(client.get(f"{base}final/").text)
    enough = [Taken(code, {"floor": "1", "every": str(n % 2)}) for n in range(80) for code in ("en", "ar")]
    seat_crowd(room.db, SLUG, "final", enough, room.now)
    room.db.commit()
    words = _words(client.get(f"{base}final/").text)
    assert "No question stands out in any language." in words
    assert "About as hard as in English." in words


def test_who_looks_after_the_course_reads_it_and_nobody_else(app: Flask, room: Class) -> None:
    room.set_up(FLOOR, EVERY)
    scope = f"course:{SLUG}"
    held = {"bo": (Role.TRAINER, scope), "rim": (Role.REVIEWER, scope), "chi": (Role.TRANSLATOR, scope)}
    held |= {"far": (Role.TRAINER, "course:another"), "femi": (Role.PROGRAMME_MANAGER, "*")}
    people = {key: room.person(key) for key in (*held, "eve")}
    for key, (role, where) in held.items():
        room.db.add(RoleGrant(person_id=people[key].id, role=role, scope=where, valid_from=people[key].created_at))
    room.db.commit()
    pages = [f"/en/administration/courses/{SLUG}/questions/{quiz}" for quiz in ("", "final/")]
    found = {key: {log_in(app, person).get(page).status_code for page in pages} for key, person in people.items()}
    assert found == {"bo": {200}, "rim": {200}, "femi": {200}, "chi": {404}, "far": {404}, "eve": {404}}
