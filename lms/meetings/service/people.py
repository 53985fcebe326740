"""What is kept about a person on this floor: for them to take along, and to forget."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.meetings.models import (
    AttendanceEvidence,
    AttendanceLine,
    CalendarFeed,
    Meeting,
    Question,
    QuestionVote,
)
from lms.runs.models import Enrolment, Run


def personal_data(db: Session, person: Person) -> dict[str, object]:
    """The person's part of this floor, for "export my data"."""
    evidence = db.execute(
        select(AttendanceEvidence, Meeting.public_id, Run.slug)
        .join(Meeting, Meeting.id == AttendanceEvidence.meeting_id)
        .join(Enrolment, Enrolment.id == AttendanceEvidence.enrolment_id)
        .join(Run, Run.id == Enrolment.run_id)
        .where(Enrolment.person_id == person.id)
        .order_by(AttendanceEvidence.id)
    )
    questions = db.execute(
        select(Question, Meeting.public_id)
        .join(Meeting, Meeting.id == Question.meeting_id)
        .join(Enrolment, Enrolment.id == Question.enrolment_id)
        .where(Enrolment.person_id == person.id)
        .order_by(Question.id)
    )
    votes = db.execute(
        select(Question.public_id, QuestionVote.voted_at)
        .join(QuestionVote, QuestionVote.question_id == Question.id)
        .join(Enrolment, Enrolment.id == QuestionVote.enrolment_id)
        .where(Enrolment.person_id == person.id)
        .order_by(QuestionVote.voted_at)
    )
    names = ("kind", "minutes", "spans", "reason", "told_at")
    feed = db.get(CalendarFeed, person.id)
    return {
        "attendance": [
            {"run": run, "session": meeting} | {name: getattr(each, name) for name in names}
            for each, meeting, run in evidence
        ],
        "clinic_questions": [
            {"session": meeting, "text": each.text, "asked_at": each.asked_at, "answer": each.answer}
            for each, meeting in questions
        ],
        "clinic_votes": [{"question": question, "voted_at": at} for question, at in votes],
        "calendar_address": {"active": feed.active, "since": feed.changed_at} if feed else None,
    }


def forget_person(db: Session, person: Person, now: datetime) -> None:  # noqa: ARG001 - every consequence is told the time
    """What a deleted account leaves here: that somebody attended, without name, address or words."""
    mine = select(Enrolment.id).where(Enrolment.person_id == person.id)
    for question in db.scalars(select(Question).where(Question.enrolment_id.in_(mine))):
        question.text = ""
    for line in db.scalars(select(AttendanceLine).where(AttendanceLine.enrolment_id.in_(mine))):
        line.name, line.email = "", None
    db.execute(delete(CalendarFeed).where(CalendarFeed.person_id == person.id))
    db.flush()
