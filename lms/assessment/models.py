"""Tables of attempts: what was asked, every answer that arrived, every grade that was given."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.assessment.rules import ALL_QUIZZES, AttemptState, ClosedBy, QuizKind
from lms.kernel.db import Base, PublicId, append_only, new_public_id


def _one_of(column: str, kind: type[AttemptState | ClosedBy | QuizKind]) -> str:
    return f"{column} IN ({', '.join(repr(str(each)) for each in kind)})"


class Attempt(Base):
    """One go of one person at one quiz or self-test, on the edition it was begun with."""

    __tablename__ = "attempt"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    """The content it was begun with and is graded on, whatever is loaded later."""
    quiz_key: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(10))
    number: Mapped[int]
    """1 for a person's first attempt at this quiz."""
    state: Mapped[str] = mapped_column(String(10), default=AttemptState.OPEN)
    closed_by: Mapped[str | None] = mapped_column(String(10))
    seed: Mapped[str] = mapped_column(String(32))
    """Decides which questions were drawn and the order of their options, in every language alike."""
    question_keys: Mapped[list[Any]]
    """Drawn, in their order."""
    language: Mapped[str] = mapped_column(String(10))
    """In which it was begun."""
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    """Fixed at the start, extra time included; NULL: no limit."""
    finished_at: Mapped[datetime | None]
    """Never later than `expires_at`."""
    score: Mapped[float | None]
    """Points earned, rounded to a millionth; whether it passed was decided on the exact value."""
    max_score: Mapped[int | None]
    passed: Mapped[bool | None]
    """NULL while open, and for self-tests."""
    __table_args__ = (
        UniqueConstraint("enrolment_id", "quiz_key", "number"),
        Index(
            "uq_attempt_one_open",
            "enrolment_id",
            "quiz_key",
            unique=True,
            sqlite_where=(state == AttemptState.OPEN.value),
            postgresql_where=(state == AttemptState.OPEN.value),
        ),
        Index("ix_attempt_open_until", "state", "expires_at"),
        CheckConstraint(_one_of("state", AttemptState), name="state"),
        CheckConstraint(_one_of("closed_by", ClosedBy), name="closed_by"),
        CheckConstraint(_one_of("kind", QuizKind), name="kind"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint(
            "(state = 'open') = (finished_at IS NULL) AND (state = 'open') = (closed_by IS NULL) "
            "AND (state = 'open') = (score IS NULL) AND (state = 'open') = (max_score IS NULL)",
            name="finished_whole",
        ),
        CheckConstraint("passed IS NULL OR (state = 'finished' AND kind = 'quiz')", name="passed"),
        CheckConstraint("kind = 'self-test' OR state = 'open' OR passed IS NOT NULL", name="decided"),
        CheckConstraint("score IS NULL OR (score >= 0 AND score <= max_score AND max_score > 0)", name="score"),
        CheckConstraint("finished_at IS NULL OR finished_at >= started_at", name="finished_after_start"),
        CheckConstraint("expires_at IS NULL OR (expires_at > started_at)", name="expires_after_start"),
        CheckConstraint(
            "finished_at IS NULL OR expires_at IS NULL OR finished_at <= expires_at", name="finished_in_time"
        ),
    )


@append_only
class ResponseEvent(Base):
    """One save of one answer. The answers of an attempt are what these add up to; none is ever changed."""

    __tablename__ = "response_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    client: Mapped[str] = mapped_column(String(40))
    """Which page, on which device, sent it."""
    client_seq: Mapped[int]
    """Counted by that page from 1; sent again, it is acknowledged again and kept once."""
    question_key: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """In the keys of the package; NULL: the answer was taken back."""
    language: Mapped[str] = mapped_column(String(10))
    """On screen when it was given."""
    received_at: Mapped[datetime]
    given_at: Mapped[datetime]
    """Earlier than received by as long as its page says it waited for a connection: of two answers the one given later
    counts, whichever arrived first."""
    __table_args__ = (
        UniqueConstraint("attempt_id", "client", "client_seq"),
        CheckConstraint("client_seq >= 1", name="client_seq"),
        CheckConstraint("given_at <= received_at", name="given_before_received"),
    )


@append_only
class GradeEvent(Base):
    """What an attempt earned when it was closed, question by question."""

    __tablename__ = "grade_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), unique=True)
    """An attempt is closed once, so it is graded once."""
    source: Mapped[str] = mapped_column(String(10))
    score: Mapped[float]
    max_score: Mapped[int]
    passed: Mapped[bool | None]
    shares: Mapped[dict[str, Any]]
    """For each question the exact share of its points, like `2/3`."""
    graded_at: Mapped[datetime]
    __table_args__ = (CheckConstraint(_one_of("source", ClosedBy), name="source"),)


class ExtraTime(Base):
    """More time for one person, because they need it."""

    __tablename__ = "extra_time"
    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    quiz_key: Mapped[str] = mapped_column(String(80), default=ALL_QUIZZES)
    percent: Mapped[int]
    """Added to the time of attempts that begin from now on: 50 makes 30 minutes 45."""
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """NULL: given from the command line."""
    granted_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("enrolment_id", "quiz_key"),
        CheckConstraint("percent BETWEEN 0 AND 400", name="percent"),
    )
