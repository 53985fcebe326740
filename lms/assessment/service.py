"""Verbs of attempts: begin, save an answer, hand in, close when the time is over. The only writer of attempts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.assessment.models import Attempt, ExtraTime, GradeEvent, ResponseEvent
from lms.assessment.policy import may_answer, may_start
from lms.assessment.queries import QuizSheet, asked_questions, attempts_at, extra_percent, quiz_sheet
from lms.assessment.question_types.kind import Payload
from lms.assessment.question_types.marking import mark
from lms.assessment.rules import (
    A_MOMENT,
    ALL_QUIZZES,
    GRACE,
    MOST_SAVES,
    OUTCOMES,
    AttemptState,
    ClosedBy,
    Command,
    Outcome,
    QuizKind,
    deadline,
    draw_questions,
    is_over,
    missing_saves,
    reaches,
    when_given,
)
from lms.catalog.models import Course
from lms.kernel.audit import record_audit
from lms.kernel.db import new_public_id
from lms.kernel.events import record
from lms.kernel.i18n import _
from lms.kernel.refusals import Conflict, NotFound, Refused, require
from lms.runs.models import Enrolment, Run
from lms.runs.queries import Place, may_open_activity, may_work_here, works_until
from lms.runs.service import remember_place


@dataclass(frozen=True, slots=True)
class Saved:
    """A save that will have reached the disk when the transaction is committed."""

    seq: int
    saved_at: datetime
    counts: bool = True
    """False: an answer to the same question that was given later has arrived before."""


def start_attempt(db: Session, person: Person, place: Place, quiz_key: str, now: datetime) -> Attempt:
    """Begin an attempt, or go on with the open one; give the closed one when its time is over meanwhile.

    Denied when the rules of the quiz do not allow another.
    """
    sheet = quiz_sheet(place.reading, quiz_key)
    history = attempts_at(db, place.enrolment, quiz_key)
    going_on = next((attempt for attempt in history if attempt.state == AttemptState.OPEN), None)
    if going_on is not None:
        over = is_over(going_on.expires_at, now)
        return close_attempt(db, None, going_on, ClosedBy.EXPIRY, now) if over else going_on
    require(may_start(sheet.kind, sheet.quiz, history, now))
    require(may_open_activity(place, quiz_key, now))
    require(may_work_here(db, place, now))
    seed = new_public_id()
    extra = extra_percent(db, place.enrolment.id, quiz_key)
    attempt = Attempt(
        enrolment_id=place.enrolment.id,
        edition_id=place.reading.edition,
        quiz_key=quiz_key,
        kind=sheet.kind,
        number=len(history) + 1,
        state=AttemptState.OPEN,
        seed=seed,
        question_keys=draw_questions(seed, [source.key for source in sheet.quiz.questions], sheet.quiz.draw),
        language=place.reading.language,
        started_at=now,
        expires_at=_expires_at(db, place, sheet, extra, now),
    )
    try:
        with db.begin_nested():
            db.add(attempt)
            db.flush()
    except IntegrityError:  # pressed twice: the other one has begun it
        return next(each for each in attempts_at(db, place.enrolment, quiz_key) if each.state == AttemptState.OPEN)
    record_audit(db, person, "start_attempt", f"attempt:{attempt.public_id}", now, after={"quiz": quiz_key})
    remember_place(db, place.enrolment, quiz_key, place.reading.language)
    return attempt


def _expires_at(db: Session, place: Place, sheet: QuizSheet, extra: int, now: datetime) -> datetime | None:
    """When the time of an attempt is over: its own time, and in a dated run never later than the learner may work."""
    if sheet.kind != QuizKind.QUIZ:
        return None
    ends = [deadline(now, sheet.quiz.minutes, extra), works_until(db, place)]
    return min(filter(None, ends), default=None)


# Asked with every save, so put together once: keep what was not sent under this number before, else what that was; and
# where the attempt stands now.
_TABLE = cast("Table", ResponseEvent.__table__)
_KEEP = {
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing(),
}
_EARLIER = select(ResponseEvent).where(
    ResponseEvent.attempt_id == bindparam("attempt"),
    ResponseEvent.client == bindparam("client"),
    ResponseEvent.client_seq == bindparam("client_seq"),
)
_NOW = (
    select(Attempt.state, select(func.count()).where(ResponseEvent.attempt_id == Attempt.id).scalar_subquery())
    .where(Attempt.id == bindparam("attempt"))
    .with_for_update(of=Attempt)
)


def save_answer(
    db: Session,
    attempt: Attempt,
    *,
    client: str,
    client_seq: int,
    question_key: str,
    payload: Payload | None,
    language: str,
    now: datetime,
    waited: int = 0,
) -> Saved:
    """Keep one answer that waited so many milliseconds for a connection. One that was given later, on another device,
    goes on counting. Sent again, it is acknowledged again; under a number used for something else, it is refused.

    The row of response_event is the record of who answered what and when; no audit row repeats it.
    """
    if question_key not in attempt.question_keys:
        raise NotFound
    saves = _lock(db, attempt)
    given_at = when_given(attempt.started_at, now, waited)
    verdict = may_answer(attempt, now)
    if verdict and saves < MOST_SAVES:
        values = {
            "attempt_id": attempt.id,
            "client": client,
            "client_seq": client_seq,
            "question_key": question_key,
            "payload": payload,
            "language": language,
            "received_at": now,
            "given_at": given_at,
        }
        kept = db.execute(_KEEP[db.get_bind().dialect.name], values)
        if kept.rowcount == 1:  # type: ignore[attr-defined]
            fresh = now - given_at < A_MOMENT
            return Saved(client_seq, now, fresh or _counts(db, attempt, client, question_key, given_at))
    before = db.scalar(_EARLIER, {"attempt": attempt.id, "client": client, "client_seq": client_seq})
    if before is None:
        sentence = _("This attempt was saved too often. Hand it in.")
        raise Conflict(verdict.reason if isinstance(verdict, Refused) else sentence)
    if (before.question_key, before.payload) != (question_key, payload):
        raise Conflict(_("Another answer was saved under this number. Reload the page and answer again."))
    return Saved(client_seq, before.received_at, _counts(db, attempt, client, question_key, before.given_at))


def _counts(db: Session, attempt: Attempt, client: str, question_key: str, given_at: datetime) -> bool:
    """Whether no other client has given an answer to the same question since."""
    later = select(ResponseEvent.id).where(
        ResponseEvent.attempt_id == attempt.id,
        ResponseEvent.question_key == question_key,
        ResponseEvent.client != client,
        ResponseEvent.given_at > given_at,
    )
    return db.scalar(later.limit(1)) is None


def submit_attempt(db: Session, person: Person, attempt: Attempt, sent: Mapping[str, int], now: datetime) -> Attempt:
    """Hand in. `sent` tells for each client the last number it knows to be saved.

    Conflict, with the missing numbers, when one of them never arrived. An attempt that is finished stays as it is.
    """
    _lock(db, attempt)
    if OUTCOMES[AttemptState(attempt.state), Command.SUBMIT] is Outcome.SAME:
        return attempt
    late = attempt.expires_at is not None and now > attempt.expires_at
    missing = {client: numbers for client, last in sent.items() if (numbers := _missing(db, attempt, client, last))}
    if missing and not is_over(attempt.expires_at, now):
        raise Conflict(_("Some of your answers have not arrived yet. Nothing is handed in."), {"missing": missing})
    return close_attempt(db, person, attempt, ClosedBy.EXPIRY if late else ClosedBy.SUBMIT, now)


def close_expired(db: Session, now: datetime) -> int:
    """Close every attempt whose time is over; how many there were."""
    due = db.scalars(
        select(Attempt)
        .where(Attempt.state == AttemptState.OPEN, Attempt.expires_at < now - GRACE)
        .order_by(Attempt.id)
        .limit(500)
    ).all()
    for attempt in due:
        close_attempt(db, None, attempt, ClosedBy.EXPIRY, now)
    return len(due)


def close_attempt(db: Session, actor: Person | None, attempt: Attempt, by: ClosedBy, now: datetime) -> Attempt:
    """Finish an attempt and grade it: the one function that does, whoever asks. The first to come does it."""
    _lock(db, attempt)
    asked = asked_questions(db, attempt)
    marks = mark(asked.questions)
    passed = reaches(marks.share, asked.pass_mark) if attempt.kind == QuizKind.QUIZ else None
    finished_at = min(now, attempt.expires_at) if attempt.expires_at else now
    values: dict[str, Any] = {
        "state": AttemptState.FINISHED,
        "closed_by": by,
        "finished_at": max(attempt.started_at, finished_at),
        "score": round(float(marks.points), 6),
        "max_score": marks.max_points,
        "passed": passed,
    }
    if not _finish(db, attempt, values):
        db.refresh(attempt)
        return attempt
    db.refresh(attempt)
    db.add(
        GradeEvent(
            attempt_id=attempt.id,
            source=by,
            score=values["score"],
            max_score=marks.max_points,
            passed=passed,
            shares={key: str(share) for key, share in marks.shares.items()},
            graded_at=now,
        )
    )
    db.flush()
    record_audit(
        db,
        actor,
        "finish_attempt",
        f"attempt:{attempt.public_id}",
        now,
        before={"state": AttemptState.OPEN},
        after={"state": AttemptState.FINISHED, "by": by, "score": values["score"], "passed": passed},
    )
    record(db, "attempt.finished", attempt=attempt)
    return attempt


def grant_extra_time(
    db: Session, actor: Person | None, enrolment: Enrolment, percent: int, now: datetime, *, quiz_key: str = ALL_QUIZZES
) -> ExtraTime:
    """Give a person more time for attempts that begin from now on; 0 takes it back."""
    query = select(ExtraTime).where(ExtraTime.enrolment_id == enrolment.id, ExtraTime.quiz_key == quiz_key)
    extra = db.scalar(query.with_for_update())
    before = {"percent": extra.percent} if extra else None
    if extra is None:
        extra = ExtraTime(enrolment_id=enrolment.id, quiz_key=quiz_key)
        db.add(extra)
    extra.percent, extra.granted_at, extra.granted_by_id = percent, now, actor.id if actor else None
    db.flush()
    after = {"percent": percent, "quiz": quiz_key}
    record_audit(db, actor, "grant_extra_time", f"enrolment:{enrolment.public_id}", now, before, after)
    return extra


def personal_data(db: Session, person: Person) -> dict[str, object]:
    """What this floor keeps of a person: attempts, every saved answer, results, extra time."""
    courses = _courses_of(db, person)
    attempts = db.scalars(select(Attempt).where(Attempt.enrolment_id.in_(courses)).order_by(Attempt.id)).all()
    extra = db.scalars(select(ExtraTime).where(ExtraTime.enrolment_id.in_(courses)).order_by(ExtraTime.id))
    saves: dict[int, list[ResponseEvent]] = {}
    for event in db.scalars(
        select(ResponseEvent)
        .where(ResponseEvent.attempt_id.in_([attempt.id for attempt in attempts]))
        .order_by(ResponseEvent.id)
    ):
        saves.setdefault(event.attempt_id, []).append(event)
    return {
        "attempts": [
            {
                "course": courses[attempt.enrolment_id],
                "quiz": attempt.quiz_key,
                "kind": attempt.kind,
                "number": attempt.number,
                "state": attempt.state,
                "language": attempt.language,
                "started_at": attempt.started_at.isoformat(),
                "expires_at": attempt.expires_at.isoformat() if attempt.expires_at else None,
                "finished_at": attempt.finished_at.isoformat() if attempt.finished_at else None,
                "score": attempt.score,
                "max_score": attempt.max_score,
                "passed": attempt.passed,
                "answers": [
                    {
                        "question": event.question_key,
                        "answer": event.payload,
                        "language": event.language,
                        "given_at": event.given_at.isoformat(),
                        "saved_at": event.received_at.isoformat(),
                    }
                    for event in saves.get(attempt.id, [])
                ],
            }
            for attempt in attempts
        ],
        "extra_time": [
            {
                "course": courses[each.enrolment_id],
                "quiz": each.quiz_key,
                "percent": each.percent,
                "granted_at": each.granted_at.isoformat(),
            }
            for each in extra
        ],
    }


def _courses_of(db: Session, person: Person) -> dict[int, str]:
    """The course of each enrolment of a person."""
    query = select(Enrolment.id, Course.slug).join(Run, Run.id == Enrolment.run_id)
    rows = db.execute(query.join(Course, Course.id == Run.course_id).where(Enrolment.person_id == person.id))
    return {enrolment: slug for enrolment, slug in rows}  # noqa: C416 - a dict of rows is not one of strings to the type checker


def _lock(db: Session, attempt: Attempt) -> int:
    """Hold the attempt until the end of the transaction and see its state as it is now; how many saves it has."""
    row = db.execute(_NOW, {"attempt": attempt.id}).one()
    if row[0] != attempt.state:
        db.refresh(attempt)
    return int(row[1])


def _finish(db: Session, attempt: Attempt, values: Mapping[str, Any]) -> bool:
    """Compare and swap: true for the one who found the attempt open."""
    result = db.execute(
        update(Attempt)
        .where(Attempt.id == attempt.id, Attempt.state == AttemptState.OPEN)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def _missing(db: Session, attempt: Attempt, client: str, last: int) -> list[int]:
    known = db.scalars(
        select(ResponseEvent.client_seq).where(ResponseEvent.attempt_id == attempt.id, ResponseEvent.client == client)
    )
    return missing_saves(known, last)
