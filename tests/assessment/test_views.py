"""Quizzes as a browser meets them, without scripts and with."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from lms.accounts.models import Person
from lms.assessment import queries
from lms.assessment.models import Attempt, ResponseEvent
from lms.kernel.db import Database
from tests.assessment.courses import load, right_fields, seat
from tests.assessment.questions import EXAMPLES
from tests.people import log_in, make_person

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def hidden_token(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def words_of(page: TestResponse) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


@dataclass
class Browser:
    """Somebody's browser, logged in."""

    client: FlaskClient
    database: Database
    person: Person
    attempt: str = ""

    def get(self, path: str, status: int = 200) -> TestResponse:
        page = self.client.get(path)
        assert page.status_code == status, (path, page.status_code, page.text)
        return page

    def post(self, path: str, fields: dict[str, Any] | None = None, status: int = 303) -> TestResponse:
        token = hidden_token(self.client.get("/en/accessibility/"))
        page = self.client.post(path, data=(fields or {}) | {"csrf_token": token})
        assert page.status_code == status, (path, page.status_code, page.text)
        return page

    def send(self, body: dict[str, Any], status: int = 200, **headers: str) -> dict[str, Any]:
        token = hidden_token(self.client.get("/en/accessibility/"))
        reply = self.client.post(f"{self.at()}answers", json=body, headers={"X-CSRFToken": token} | headers)
        assert reply.status_code == status, (reply.status_code, reply.text)
        told: dict[str, Any] = reply.get_json()
        return told

    def start(self, kind: str = "quiz", key: str = "final") -> None:
        where = self.post(f"/en/learn/floors/{kind}/{key}/start").location
        self.attempt = where.rstrip("/").rpartition("/")[2]

    def at(self, rest: str = "", language: str = "en") -> str:
        return f"/{language}/learn/attempts/{self.attempt}/{rest}"

    def right(self, number: int) -> dict[str, list[str]]:
        with self.database.session(write=False) as db:
            sitting = queries.sitting(db, self.person, self.attempt, "en")
            return right_fields(sitting, sitting.attempt.question_keys[number - 1])

    def answer_all(self, count: int) -> None:
        for number in range(1, count + 1):
            self.post(self.at(f"{number}/"), self.right(number))


@dataclass
class School:
    app: Flask
    database: Database
    folder: Path

    def set_up(self, **rules: Any) -> None:
        with self.database.session(write=True) as db:
            load(db, self.folder, START, **rules)
            db.commit()

    def enter(self, key: str = "ada", *, enrolled: bool = True) -> Browser:
        with self.database.session(write=True) as db:
            person = make_person(db, key)
            if enrolled:
                seat(db, person, START)
            db.commit()
        return Browser(log_in(self.app, person), self.database, person)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def school(app: Flask, database: Database, tmp_path: Path, clock: time_machine.Traveller) -> School:
    return School(app, database, tmp_path)


def test_a_quiz_from_start_to_result_without_scripts(school: School) -> None:
    school.set_up(draw=None, attempts=3, wait_minutes=10, minutes=30)
    ada = school.enter()
    words = words_of(ada.get("/en/learn/floors/quiz/final/"))
    for sentence in (
        "There are 7 questions.",
        "You pass with 70% of the points.",
        "You have 3 attempts; the best one counts.",
        "a pause of 10 minutes",
        "You have 30 minutes from the start",
        "Right answers are shown when you have handed in.",
    ):
        assert sentence in words
    ada.start()
    assert ada.get(ada.at(), 303).location.endswith(f"/{ada.attempt}/1/")
    first = ada.get(ada.at("1/"))
    assert "Question 1 of 7" in words_of(first)
    assert "Final quiz · attempt 1 · 70% to pass" in words_of(first)
    assert ada.post(ada.at("1/"), ada.right(1)).location.endswith("/2/")
    again = ada.get(ada.at("1/"))
    assert "✓ Saved at" in again.text
    assert again.text.count(" checked") == 1
    assert 'aria-label="Question 1, answered"' in again.text
    for number in range(2, 7):
        ada.post(ada.at(f"{number}/"), ada.right(number))
    before = ada.get(ada.at("hand-in/"))
    assert "1 question has no answer yet" in words_of(before)
    assert ada.post(ada.at("7/"), ada.right(7)).location.endswith("/hand-in/")
    assert "All 7 questions are answered." in words_of(ada.get(ada.at("hand-in/")))
    assert ada.get(ada.at("result/"), 303).location.endswith("/hand-in/")
    assert ada.post(ada.at("hand-in/"), {"sent": ""}).location.endswith("/result/")
    assert ada.post(ada.at("hand-in/")).location.endswith("/result/")
    result = ada.get(ada.at("result/"))
    assert "Passed" in words_of(result)
    assert "You earned 100%; 70% were needed." in words_of(result)
    assert "8 of 8 points. 7 of 7 questions fully right." in words_of(result)
    assert "Over the life course." in result.text
    assert "You can begin the next attempt in 10 minutes." in words_of(result)
    assert ada.get(ada.at("3/"), 303).location.endswith("/result/")
    overview = words_of(ada.get("/en/learn/floors/quiz/final/"))
    assert "You have passed this quiz." in overview
    assert "Attempt 1" in overview
    ada.post("/en/learn/floors/quiz/final/start", status=403)


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_every_kind_can_be_asked_answered_and_reviewed(school: School, name: str) -> None:
    school.set_up(questions=[EXAMPLES[name]])
    ada = school.enter()
    ada.start()
    for fields, verdict in (({}, "Not answered."), (None, "Right.")):
        sent = ada.right(1) if fields is None else fields
        ada.post(ada.at("1/"), sent)
        asked = ada.get(ada.at("1/"))
        for field in re.findall(r'<(?:select|input type="text") id="([^"]+)"', asked.text):
            assert f'<label for="{field}"' in asked.text or f'for="{field}"' in asked.text
        filled = len(re.findall(r" checked| selected", asked.text)) or len(
            re.findall(r'value="[^"]+" (?:inputmode|dir)', asked.text)
        )
        assert filled == sum(len(values) for values in sent.values())
        ada.post(ada.at("hand-in/"))
        assert verdict in words_of(ada.get(ada.at("result/")))
        ada.start()


CANARIES = [
    "Over the life course.",
    "Floors are defined nationally.",
    "It strikes one household.",
    "Unconditional transfer",
]


OPTION_KEYS = [
    part["key"]
    for example in EXAMPLES.values()
    for name in ("choices", "pairs", "items", "extra")
    for part in example.get(name, ())
]


@pytest.mark.parametrize("review", ["after-submit", "after-pass", "never"])
def test_nothing_tells_an_answer_before_it_may(school: School, review: str) -> None:
    """Neither feedback nor accepted answers nor the keys of options are in any page or reply."""
    school.set_up(review=review)
    ada = school.enter()

    def look(page: str) -> None:
        assert not [canary for canary in CANARIES if canary in page]
        assert not [key for key in OPTION_KEYS if f'"{key}"' in page]
        assert "correct" not in page
        assert not re.search(r"12[.,]5", page)

    def look_everywhere() -> None:
        for language in ("en", "ar"):
            for number in range(1, 8):
                look(ada.get(ada.at(f"{number}/", language)).text)
            look(ada.get(ada.at("hand-in/", language)).text)
            look(ada.get(f"/{language}/learn/floors/quiz/final/").text)

    ada.start()
    look_everywhere()
    told = ada.send(
        {"client": "page-0001", "client_seq": 1, "question": 1, "answer": {"choice": ["1"]}, "language": "en"}
    )
    assert set(told) == {"acknowledged", "saved_at", "said", "counts"}
    ada.post(ada.at("2/"), {"choice": ["1", "2"]})
    look_everywhere()
    ada.post(ada.at("hand-in/"))
    failed = ada.get(ada.at("result/"))
    assert "Not passed this time" in words_of(failed)
    if review == "after-submit":
        assert CANARIES[1] in failed.text
        return
    look(failed.text)
    first = ada.attempt
    ada.start()
    ada.answer_all(7)
    ada.post(ada.at("hand-in/"))
    passed = ada.get(ada.at("result/"))
    assert "You earned 100%" in words_of(passed)
    ada.attempt = first
    if review == "after-pass":
        assert CANARIES[1] in passed.text
        assert CANARIES[1] in ada.get(ada.at("result/")).text
    else:
        assert not [canary for canary in CANARIES if canary in passed.text]
        look(ada.get(ada.at("result/")).text)


def test_the_script_is_told_what_happened_to_each_answer(school: School) -> None:
    school.set_up()
    ada = school.enter()
    ada.start()
    body = {"client": "page-0001", "client_seq": 1, "question": 1, "answer": {"choice": ["2"]}, "language": "ar"}
    first = ada.send(body)
    assert first["acknowledged"] == 1
    assert first["saved_at"] == START.isoformat()
    assert ada.send(body) == first
    assert "error" in ada.send(body | {"answer": {"choice": ["1"]}}, 409)
    number = body | {"client_seq": 2, "question": 4, "answer": {"answer": ["twelve"]}}
    assert "Write a number" in ada.send(number, 422)["error"]
    for wrong in (
        body | {"score": 9},
        body | {"client": "x"},
        body | {"client_seq": 0},
        body | {"client_seq": True},
        body | {"language": "xx"},
        body | {"answer": {"choice": "2"}},
        body | {"client_seq": 2, "answer": {"choice": ["99"]}},
        *(body | {"client_seq": 2, "waited": waited} for waited in (-1, "5", 1.5, True, None, [])),
        {},
    ):
        ada.send(wrong, 422)
    ada.send(body | {"client_seq": 2, "question": 99}, 404)
    assert ada.client.post(ada.at("answers"), json=body).status_code == 403
    with school.database.session(write=False) as db:
        (kept,) = db.scalars(select(ResponseEvent)).all()
        assert (kept.language, kept.client) == ("ar", "page-0001")
    ada.post(ada.at("hand-in/"), {"sent": '{"page-0001": 3}'}, 409)
    ada.post(ada.at("hand-in/"), {"sent": '{"page-0001": "3"}'}, 422)
    ada.post(ada.at("hand-in/"), {"sent": '{"page-0001": 1}'})
    assert ada.send(body) == first
    ada.send(body | {"client_seq": 2}, 409)


def test_two_devices_and_one_line_that_was_down(school: School, clock: time_machine.Traveller) -> None:
    school.set_up()
    ada = school.enter()
    ada.start()
    phone = {"client": "phone-0001", "client_seq": 1, "question": 1, "answer": {"choice": ["1"]}, "language": "en"}
    clock.move_to(START + 60 * MINUTE)
    assert ada.send(phone | {"client": "laptop-01", "answer": {"choice": ["2"]}})["counts"]
    clock.move_to(START + 70 * MINUTE)
    late = ada.send(phone | {"waited": 30 * 60_000})
    assert (late["acknowledged"], late["counts"]) == (1, False)
    assert "later" in late["said"]
    assert 'value="2" checked' in ada.get(ada.at("1/")).text
    assert ada.send(phone | {"client_seq": 2, "waited": 10**40})["acknowledged"] == 2, "before it began: as it began"
    clock.move_to(START + 71 * MINUTE)
    ada.post(ada.at("1/"), {"choice": "1"})
    assert 'value="1" checked' in ada.get(ada.at("1/")).text, "without a script an answer is given as it comes"


def test_strange_letters_are_kept_without_harm(school: School) -> None:
    school.set_up(questions=[EXAMPLES["short-text"]])
    ada = school.enter()
    ada.start()
    body = {"client": "page-0001", "client_seq": 1, "question": 1, "language": "en"}
    ada.send(body | {"answer": {"answer": ["a\ud800b"]}}, 422)
    ada.send(body | {"answer": {"answer": ["a\x00b\u200bc ضَمان"]}})
    assert 'value="a b\u200bc ضَمان"' in ada.get(ada.at("1/")).text


def test_a_lost_log_in_leaves_the_answer_with_its_sender(school: School, app: Flask) -> None:
    school.set_up()
    ada = school.enter()
    ada.start()
    body = {"client": "page-0001", "client_seq": 1, "question": 1, "answer": {"choice": ["2"]}, "language": "en"}
    stranger = app.test_client()
    token = hidden_token(ada.client.get("/en/accessibility/"))
    with ada.client.session_transaction() as cookie:
        kept = cookie.pop("_user_id")
    reply = ada.client.post(ada.at("answers"), json=body, headers={"X-CSRFToken": token})
    assert reply.status_code == 401
    assert stranger.get(ada.at("1/")).status_code == 302
    with ada.client.session_transaction() as cookie:
        cookie["_user_id"] = kept
    assert ada.send(body)["acknowledged"] == 1


def test_the_language_changes_in_the_middle_and_nothing_else_does(school: School) -> None:
    school.set_up()
    ada = school.enter()
    ada.start()
    ada.post(ada.at("1/"), ada.right(1))
    english, arabic = ada.get(ada.at("1/")), ada.get(ada.at("1/", "ar"))
    assert f'href="/ar/learn/attempts/{ada.attempt}/1/"' in english.text
    assert "ما هي أرضية الحماية الاجتماعية؟" in arabic.text
    assert '<html lang="ar" dir="rtl">' in arabic.text
    assert '<span lang="en" dir="ltr">A pension for everyone</span>' in arabic.text
    order = re.compile(r'value="(\d)"( checked)?><span>(?:<span[^>]*>)?([^<]+)')
    names = {"ضمانات أساسية": "Basic guarantees"}
    assert [(v, c, names.get(t, t)) for v, c, t in order.findall(arabic.text)] == order.findall(english.text)
    assert ada.post(ada.at("1/", "ar"), ada.right(1)).location.startswith("/ar/")


def test_others_attempts_and_courses_do_not_exist(school: School, client: FlaskClient) -> None:
    school.set_up()
    ada, eve = school.enter(), school.enter("eve", enrolled=False)
    ada.start()
    eve.attempt = ada.attempt
    for path in ("", "1/", "hand-in/", "result/"):
        eve.get(eve.at(path), 404)
        assert client.get(ada.at(path)).status_code == 302
    eve.get("/en/learn/floors/quiz/final/", 404)
    eve.post("/en/learn/floors/quiz/final/start", status=404)
    eve.post(eve.at("1/"), {"choice": "1"}, 404)
    eve.post(eve.at("hand-in/"), status=404)
    eve.send({"client": "page-0001", "client_seq": 1, "question": 1, "answer": {}, "language": "en"}, 404)
    for wrong in ("quiz/check", "self-test/final", "quiz/why", "quiz/nothing"):
        ada.get(f"/en/learn/floors/{wrong}/", 404)
        ada.post(f"/en/learn/floors/{wrong}/start", status=404)
    ada.get(ada.at("0/"), 404)
    ada.get(ada.at("8/"), 404)
    with school.database.session(write=False) as db:
        assert db.scalar(select(func.count()).select_from(Attempt)) == 1


def test_what_cannot_be_read_comes_back_with_a_sentence(school: School) -> None:
    school.set_up(questions=[EXAMPLES["number"]])
    ada = school.enter()
    ada.start()
    page = ada.post(ada.at("1/"), {"answer": "about twelve"}, 422)
    assert "Write a number, such as 12.5 or 12,5." in words_of(page)
    assert 'value="about twelve"' in page.text
    assert 'aria-invalid="true"' in page.text


def test_a_self_test_answers_at_once(school: School) -> None:
    school.set_up()
    ada = school.enter()
    words = words_of(ada.get("/en/learn/floors/self-test/check/"))
    assert "It is not graded" in words
    ada.start("self-test", "check")
    assert "Over the life course." not in ada.get(ada.at("1/")).text
    assert ada.post(ada.at("1/"), ada.right(1)).location.endswith("/1/")
    told = ada.get(ada.at("1/"))
    assert "✓ Right." in told.text
    assert "Over the life course." in told.text
    ada.post(ada.at("2/"), {"answer": "99"})
    told = ada.get(ada.at("2/"))
    assert "Not right." in told.text
    assert "12.5" in told.text
    assert "quiz.js" not in told.text
    assert ada.post(ada.at("hand-in/")).location.endswith("/result/")
    assert "1 of 2 questions right" in words_of(ada.get(ada.at("result/")))
    ada.start("self-test", "check")


def test_when_the_time_is_over_what_was_saved_counts(school: School, clock: time_machine.Traveller) -> None:
    school.set_up(minutes=30)
    ada = school.enter()
    ada.start()
    assert "You have time until" in words_of(ada.get(ada.at("1/")))
    ada.post(ada.at("1/"), ada.right(1))
    clock.move_to(START + 31 * MINUTE)
    refused = ada.post(ada.at("2/"), ada.right(2), 409)
    assert "The time of this attempt is over." in words_of(refused)
    body = {"client": "page-0001", "client_seq": 1, "question": 2, "answer": ada.right(2), "language": "en"}
    assert "time of this attempt is over" in ada.send(body, 409)["error"]
    assert ada.get(ada.at("2/"), 303).location.endswith("/hand-in/")
    assert "See the result" in ada.get(ada.at("hand-in/")).text
    ada.post(ada.at("hand-in/"))
    assert "The time was over" in words_of(ada.get(ada.at("result/")))
    assert ada.post(ada.at("2/"), ada.right(2), 409).text.count("<h1") == 1


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_pages_ask_the_database_as_often_however_much_there_is(school: School) -> None:
    school.set_up()
    ada = school.enter()
    ada.start()

    def cost(path: str) -> int:
        ada.get(path)
        with counted(school.database) as statements:
            ada.get(path)
        return len([each for each in statements if not each.startswith(("BEGIN", "PRAGMA"))])

    pages = [ada.at("1/"), ada.at("hand-in/"), "/en/learn/floors/quiz/final/"]
    before = [cost(path) for path in pages]
    for number in range(1, 8):
        for _ in range(3):
            ada.post(ada.at(f"{number}/"), ada.right(number))
    assert [cost(path) for path in pages] == before
    assert max(before) <= 4
    ada.post(ada.at("hand-in/"))
    result = ada.at("result/")
    once = cost(result)
    for _ in range(4):
        ada.start()
        ada.post(ada.at("hand-in/"))
    assert cost(result) == once
    assert cost("/en/learn/floors/quiz/final/") == before[2]
    assert once <= 6
