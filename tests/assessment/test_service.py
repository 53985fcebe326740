"""Stories of the verbs: what each does, and each way it refuses."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.assessment import queries, service
from lms.assessment.models import Attempt, GradeEvent, ResponseEvent
from lms.assessment.question_types.marking import mark
from lms.assessment.rules import GRACE, AttemptState, ClosedBy
from lms.kernel.models import AuditEntry
from lms.kernel.refusals import Conflict, Denied, NotFound
from lms.runs.queries import Place
from tests.assessment.courses import load, seat
from tests.assessment.questions import EXAMPLES
from tests.people import make_person

MINUTE = timedelta(minutes=1)


@dataclass
class Room:
    """Ada in the quiz, and the session she acts in."""

    db: Session
    ada: Person
    folder: Path
    now: datetime
    seq: int = 0

    def set_up(self, **rules: Any) -> None:
        load(self.db, self.folder, self.now, **rules)

    def place(self, language: str = "en") -> Place:
        return seat(self.db, self.ada, self.now, language)

    def start(self, key: str = "final", now: datetime | None = None) -> Attempt:
        return service.start_attempt(self.db, self.ada, self.place(), key, now or self.now)

    def save(
        self, attempt: Attempt, key: str, payload: dict[str, Any] | None, now: datetime | None = None, **how: Any
    ) -> service.Saved:
        self.seq += 1
        values: dict[str, Any] = {"client": "phone-1234", "client_seq": self.seq, "language": "en"} | how
        return service.save_answer(self.db, attempt, question_key=key, payload=payload, now=now or self.now, **values)

    def answer_right(self, attempt: Attempt, *keys: str) -> None:
        sitting = queries.sitting(self.db, self.ada, attempt.public_id, "en")
        for key in keys or attempt.question_keys:
            asked = sitting.asked(key)
            self.save(attempt, key, asked.rules.right_answer(asked.question))

    def submit(self, attempt: Attempt, sent: dict[str, int] | None = None, now: datetime | None = None) -> Attempt:
        return service.submit_attempt(self.db, self.ada, attempt, sent or {}, now or self.now)

    def count(self, model: Any) -> int:
        return self.db.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def room(db: Session, tmp_path: Path, now: datetime) -> Room:
    return Room(db, make_person(db, "ada", now=now), tmp_path, now)


def test_an_attempt_is_begun_once_and_gone_on_with(room: Room) -> None:
    room.set_up(draw=4)
    attempt = room.start()
    assert (attempt.number, attempt.state, attempt.kind, attempt.expires_at) == (1, "open", "quiz", None)
    assert len(attempt.question_keys) == 4
    assert room.start().public_id == attempt.public_id
    assert room.count(Attempt) == 1
    assert [entry.action for entry in room.db.scalars(select(AuditEntry).order_by(AuditEntry.id))][
        -1
    ] == "start_attempt"
    with pytest.raises(NotFound):
        room.start("nothing")
    with pytest.raises(NotFound):
        room.start("why")


def test_another_persons_attempt_does_not_exist(room: Room) -> None:
    room.set_up()
    attempt = room.start()
    eve = make_person(room.db, "eve")
    with pytest.raises(NotFound):
        queries.sitting(room.db, eve, attempt.public_id, "en")


def test_limits_and_pauses_are_kept(room: Room) -> None:
    room.set_up(attempts=2, wait_minutes=30)
    room.submit(room.start())
    with pytest.raises(Denied, match="in 30 minutes"):
        room.start()
    with pytest.raises(Denied, match="in 1 minute\\."):
        room.start(now=room.now + 29 * MINUTE + timedelta(seconds=30))
    later = room.now + 30 * MINUTE
    room.submit(room.start(now=later), now=later)
    with pytest.raises(Denied, match="used all your attempts"):
        room.start(now=later + 1000 * MINUTE)
    self_tests = [room.submit(room.start("check")).number for _ in range(5)]
    assert self_tests == [1, 2, 3, 4, 5]


def test_a_saved_answer_is_acknowledged_as_often_as_it_is_sent(room: Room) -> None:
    room.set_up()
    attempt = room.start()
    first = room.save(attempt, "floor", {"choice": "pension"}, client_seq=1)
    again = room.save(attempt, "floor", {"choice": "pension"}, client_seq=1, now=room.now + MINUTE)
    assert first == again
    assert room.count(ResponseEvent) == 1
    with pytest.raises(Conflict, match="under this number"):
        room.save(attempt, "floor", {"choice": "guarantees"}, client_seq=1)
    with pytest.raises(Conflict, match="under this number"):
        room.save(attempt, "every", {"choice": "pension"}, client_seq=1)
    room.save(attempt, "floor", {"choice": "guarantees"}, client="laptop-12", client_seq=1)
    with pytest.raises(NotFound):
        room.save(attempt, "not-asked", None)
    assert queries.answers_of(room.db, attempt)["floor"].payload == {"choice": "guarantees"}
    room.save(attempt, "floor", None)
    assert queries.answers_of(room.db, attempt) == {}
    room.submit(attempt)
    assert room.save(attempt, "floor", {"choice": "pension"}, client_seq=1) == first
    with pytest.raises(Conflict, match="handed in"):
        room.save(attempt, "floor", {"choice": "pension"}, client_seq=99)


def test_an_answer_kept_offline_does_not_undo_a_later_one_from_another_device(room: Room) -> None:
    room.set_up()
    attempt, days = room.start(), timedelta(days=3)
    laptop = room.save(attempt, "floor", {"choice": "guarantees"}, client="laptop-12", now=room.now + 2 * days)
    assert laptop.counts
    kept = {"client": "phone-1234", "client_seq": 1, "waited": 2 * days // timedelta(milliseconds=1)}
    phone = room.save(attempt, "floor", {"choice": "pension"}, **kept, now=room.now + 3 * days)
    assert (phone.seq, phone.saved_at, phone.counts) == (1, room.now + 3 * days, False), "kept and acknowledged"
    assert room.save(attempt, "floor", {"choice": "pension"}, **kept, now=room.now + 4 * days) == phone
    assert queries.answers_of(room.db, attempt)["floor"].payload == {"choice": "guarantees"}
    assert [(each.client, each.given_at - room.now) for each in room.db.scalars(select(ResponseEvent))] == [
        ("laptop-12", 2 * days),
        ("phone-1234", days),
    ]
    other = room.save(attempt, "every", {"answer": True}, client="phone-1234", client_seq=2, waited=10**30)
    assert other.counts, "of another question"
    assert queries.answers_of(room.db, attempt)["every"].given_at == attempt.started_at
    room.save(attempt, "floor", {"choice": "pension"}, client_seq=3, now=room.now + 3 * days)
    assert queries.answers_of(room.db, attempt)["floor"].payload == {"choice": "pension"}, "given anew on the phone"


def test_an_answer_taken_back_later_stays_taken_back(room: Room) -> None:
    room.set_up()
    attempt = room.start()
    room.save(attempt, "floor", None, client="laptop-12", now=room.now + 2 * MINUTE)
    late = room.save(attempt, "floor", {"choice": "pension"}, waited=120_000, now=room.now + 3 * MINUTE)
    assert not late.counts
    assert queries.answers_of(room.db, attempt) == {}


def test_handing_in_grades_once(room: Room) -> None:
    room.set_up()
    attempt = room.start()
    room.answer_right(attempt)
    finished = room.submit(attempt)
    assert (finished.state, finished.closed_by, finished.passed) == ("finished", "submit", True)
    assert (finished.score, finished.max_score, finished.finished_at) == (8.0, 8, room.now)
    told = [(name, facts) for name, facts in room.db.info["events"] if name != "translations.loaded"]
    assert told == [("attempt.finished", {"attempt": attempt})]
    again = room.submit(attempt, now=room.now + MINUTE)
    assert again.finished_at == room.now
    assert room.count(GradeEvent) == 1
    grade = room.db.scalars(select(GradeEvent)).one()
    assert set(grade.shares.values()) == {"1"}
    assert float(mark(queries.asked_questions(room.db, attempt).questions).points) == grade.score
    audit = room.db.scalars(select(AuditEntry).where(AuditEntry.action == "finish_attempt")).one()
    assert audit.actor == f"person:{room.ada.public_id}"


def test_parts_count_and_the_pass_mark_is_exact(room: Room) -> None:
    """7 of 10 is 70 per cent; a hair less is not."""
    room.set_up(pass_mark=70, questions=[EXAMPLES["multiple"] | {"key": f"m{n}", "points": 1} for n in range(10)])
    for halves, passed in ((6, True), (7, False)):
        attempt = room.start()
        for n in range(10):
            right = ["flood"] if n < halves else ["flood", "drought"]
            room.save(attempt, f"m{n}", {"choices": right})
        finished = room.submit(attempt)
        assert (finished.score, finished.passed) == (10 - halves / 2, passed)
        assert queries.percent_of(finished) == (70 if passed else 65)


def test_nothing_answered_earns_nothing(room: Room) -> None:
    room.set_up()
    finished = room.submit(room.start())
    assert (finished.score, finished.passed) == (0, False)


def test_a_self_test_is_not_passed_or_failed(room: Room) -> None:
    room.set_up()
    attempt = room.start("check")
    room.answer_right(attempt, "floor")
    finished = room.submit(attempt)
    assert (finished.score, finished.max_score, finished.passed) == (1, 2, None)


def test_translated_answers_count_beside_those_of_the_source(room: Room) -> None:
    room.set_up(questions=[EXAMPLES["short-text"], EXAMPLES["true-false"]])
    for typed, language, right in [
        ("منحه نقديه", "ar", 1),
        ("Cash Grant", "ar", 1),
        ("منحة نقدية", "en", 0),
        ("cash-grant", "en", 1),
    ]:
        attempt = room.start()
        room.save(attempt, "word", {"text": typed}, language=language)
        assert room.submit(attempt).score == right, typed


def test_what_never_arrived_keeps_an_attempt_open(room: Room) -> None:
    room.set_up()
    attempt = room.start()
    room.save(attempt, "floor", {"choice": "guarantees"}, client_seq=1)
    room.save(attempt, "every", {"answer": True}, client_seq=3)
    with pytest.raises(Conflict) as refused:
        room.submit(attempt, {"phone-1234": 4, "other-page": 1})
    assert refused.value.details == {"missing": {"phone-1234": [2, 4], "other-page": [1]}}
    assert attempt.state == AttemptState.OPEN
    room.save(attempt, "share", {"number": "12", "typed": "12"}, client_seq=2)
    assert room.submit(attempt, {"phone-1234": 3}).state == "finished"


def test_time_runs_out_with_a_short_grace_and_what_was_saved_counts(room: Room) -> None:
    room.set_up(minutes=30)
    attempt = room.start()
    end = room.now + 30 * MINUTE
    assert attempt.expires_at == end
    room.save(attempt, "floor", {"choice": "guarantees"}, now=end + GRACE)
    with pytest.raises(Conflict, match="time of this attempt is over"):
        room.save(attempt, "every", {"answer": True}, now=end + GRACE + timedelta(seconds=1))
    assert service.close_expired(room.db, end + GRACE) == 0
    assert service.close_expired(room.db, end + 5 * MINUTE) == 1
    assert service.close_expired(room.db, end + 6 * MINUTE) == 0
    room.db.refresh(attempt)
    assert (attempt.closed_by, attempt.finished_at, attempt.score) == (ClosedBy.EXPIRY, end, 1)
    audit = room.db.scalars(select(AuditEntry).where(AuditEntry.action == "finish_attempt")).one()
    assert audit.actor == "system"


def test_handing_in_late_is_closing_by_time(room: Room) -> None:
    room.set_up(minutes=30)
    attempt = room.start()
    late = room.now + 40 * MINUTE
    finished = room.submit(attempt, {"phone-1234": 7}, now=late)
    assert (finished.closed_by, finished.finished_at) == ("expiry", room.now + 30 * MINUTE)
    attempt = room.start(now=late)
    assert attempt.number == 2
    assert room.start(now=late + 60 * MINUTE).closed_by == "expiry"


def test_extra_time_holds_for_attempts_begun_afterwards(room: Room) -> None:
    room.set_up(minutes=30)
    before = room.start()
    enrolment = room.place().enrolment
    dee = make_person(room.db, "dee")
    service.grant_extra_time(room.db, dee, enrolment, 25, room.now)
    service.grant_extra_time(room.db, dee, enrolment, 50, room.now, quiz_key="final")
    assert before.expires_at == room.now + 30 * MINUTE
    room.submit(before)
    assert room.start().expires_at == room.now + 45 * MINUTE
    service.grant_extra_time(room.db, dee, enrolment, 0, room.now, quiz_key="final")
    assert queries.extra_percent(room.db, enrolment.id, "final") == 25
    assert room.start("check").expires_at is None


def test_an_attempt_is_graded_on_the_edition_it_was_begun_with(room: Room) -> None:
    room.set_up(questions=[EXAMPLES["true-false"]])
    attempt = room.start()
    room.set_up(questions=[EXAMPLES["true-false"] | {"answer": False}, EXAMPLES["single"]])
    room.save(attempt, "every", {"answer": True})
    finished = room.submit(attempt)
    assert (finished.score, finished.max_score) == (1, 1)
    assert len(room.start().question_keys) == 2


def test_personal_data_holds_every_answer(room: Room) -> None:
    room.set_up()
    attempt = room.start()
    room.save(attempt, "floor", {"choice": "pension"})
    (told,) = service.personal_data(room.db, room.ada)["attempts"]  # type: ignore[misc]
    assert told["answers"][0]["answer"] == {"choice": "pension"}


FINISHED = {"state": "finished", "finished_at": 1, "closed_by": "submit", "score": 1, "max_score": 1, "passed": True}


def _insert_attempt(room: Room, attempt: Attempt, **values: Any) -> None:
    fields = {column.key: getattr(attempt, column.key) for column in Attempt.__table__.columns if column.key != "id"}
    room.db.add(Attempt(**(fields | {"public_id": "x" * 22, "number": 9} | values)))
    room.db.flush()


@pytest.mark.parametrize(
    "values",
    [
        {},
        FINISHED | {"number": 1},
        {"state": "finished"},
        FINISHED | {"score": 2},
        FINISHED | {"passed": None},
        FINISHED | {"finished_at": -1},
        {"state": "lost"},
        {"kind": "exam", "quiz_key": "other"},
        {"score": 1, "quiz_key": "other"},
    ],
)
def test_the_database_refuses_what_must_never_be(room: Room, values: dict[str, Any]) -> None:
    room.set_up()
    attempt = room.start()
    if "finished_at" in values:
        values = values | {"finished_at": room.now + values["finished_at"] * MINUTE}
    with pytest.raises(IntegrityError):
        _insert_attempt(room, attempt, **values)


@pytest.mark.parametrize("statement", ["UPDATE response_event SET payload = NULL", "DELETE FROM response_event"])
def test_saved_answers_and_grades_cannot_be_changed(room: Room, statement: str) -> None:
    room.set_up()
    attempt = room.start()
    room.save(attempt, "floor", {"choice": "pension"})
    room.submit(attempt)
    room.db.commit()
    with pytest.raises(DatabaseError, match="append-only"):
        room.db.execute(text(statement))
    room.db.rollback()
    with pytest.raises(DatabaseError, match="append-only"):
        room.db.execute(text(statement.replace("response_event", "grade_event").replace("payload = NULL", "score = 9")))
