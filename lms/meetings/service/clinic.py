"""Questions that participants send to a clinic, votes, and answers."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.kernel.audit import record_audit
from lms.kernel.i18n import _
from lms.kernel.refusals import Denied, Invalid, require
from lms.meetings.models import Meeting, Question, QuestionVote
from lms.meetings.policy import may_ask, may_hold
from lms.meetings.rules import MeetingKind
from lms.runs.models import Enrolment, Run

LONGEST_QUESTION, LONGEST_ANSWER = 1000, 8000
MOST_QUESTIONS = 10
"""From one participant to one clinic."""


def ask_question(
    db: Session, person: Person, enrolment: Enrolment, meeting: Meeting, text: str, now: datetime
) -> Question:
    """Send a question in advance. Raises Denied, and Invalid for none, or too many."""
    require(may_ask(meeting, now))
    mine = select(func.count()).select_from(Question)
    asked = db.scalar(mine.where(Question.meeting_id == meeting.id, Question.enrolment_id == enrolment.id)) or 0
    if not text.strip() or len(text) > LONGEST_QUESTION:
        raise Invalid({"text": _("Write your question, in at most %(most)s letters.", most=LONGEST_QUESTION)})
    if asked >= MOST_QUESTIONS:
        raise Invalid({"text": _("You have sent %(most)s questions already. Vote for those of others.", most=asked)})
    question = Question(meeting_id=meeting.id, enrolment_id=enrolment.id, text=text.strip(), asked_at=now)
    db.add(question)
    db.flush()
    record_audit(
        db, person, "ask_question", f"meeting:{meeting.public_id}", now, after={"question": question.public_id}
    )
    return question


def set_vote(
    db: Session, person: Person, enrolment: Enrolment, meeting: Meeting, question: Question, *, wanted: bool,
    now: datetime,
) -> None:  # fmt: skip
    """Want a question answered, or not any more. Nobody votes for their own."""
    require(may_ask(meeting, now))
    if question.enrolment_id == enrolment.id:
        raise Denied(_("This is your own question."))
    if wanted:
        insert = sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
        values = {"question_id": question.id, "enrolment_id": enrolment.id, "voted_at": now}
        db.execute(insert(QuestionVote).values(**values).on_conflict_do_nothing())
    else:
        mine = (QuestionVote.question_id == question.id, QuestionVote.enrolment_id == enrolment.id)
        db.execute(delete(QuestionVote).where(*mine))
    told = {"question": question.public_id, "wanted": wanted}
    record_audit(db, person, "vote_for_question", f"meeting:{meeting.public_id}", now, after=told)


def answer_question(
    db: Session, actor: Person, run: Run, meeting: Meeting, question: Question, answer: str, now: datetime
) -> None:
    """What a resource person says, in writing; a later answer takes the place of the first."""
    require(may_hold(actor, run.course.slug, run, now))
    if meeting.kind != MeetingKind.CLINIC:
        raise Denied(_("Questions in advance are for clinics."))
    if not answer.strip() or len(answer) > LONGEST_ANSWER:
        raise Invalid({"": _("Write the answer, in at most %(most)s letters.", most=LONGEST_ANSWER)})
    question.answer, question.answered_by, question.answered_at = answer.strip(), actor, now
    db.flush()
    record_audit(db, actor, "answer_question", f"run:{run.slug}", now, after={"question": question.public_id})
