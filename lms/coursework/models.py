"""Work of participants: drafts, submissions, grades, what was said about them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.coursework.rules import Outcome, WorkState
from lms.kernel.db import Base, PublicId, append_only, new_public_id
from lms.runs.models import Enrolment


def _one_of(column: str, kind: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(str(each)) for each in kind)})"


class CourseworkPlan(Base):
    """What the coordinator of a run set for its assignments. Without a row: what the course says."""

    __tablename__ = "coursework_plan"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    due_days: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """So many days after its module opens an assignment is due, where the course says otherwise: it moves with the
    module, and with the whole run.
    """
    blind: Mapped[list[Any]] = mapped_column(default=list)
    """Assignments that are marked without seeing whose they are."""
    version: Mapped[int] = mapped_column(default=1)


class Work(Base):
    """What one participant does for one assignment: the draft, and where it stands."""

    __tablename__ = "work"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    activity: Mapped[str] = mapped_column(String(100))
    """Key of the assignment in the course."""
    state: Mapped[str] = mapped_column(String(20), default=WorkState.DRAFT)
    text: Mapped[str] = mapped_column(Text, default="")
    """The draft."""
    files: Mapped[list[Any]] = mapped_column(default=list)
    """Of the draft, in order: {"digest", "name", "type", "size"}."""
    version: Mapped[int] = mapped_column(default=0)
    """Of the draft: one page does not overwrite another. 0: nothing was saved yet."""
    submissions: Mapped[int] = mapped_column(default=0)
    """How often it was handed in."""
    grades: Mapped[int] = mapped_column(default=0)
    """How often something was said of it: of two who mark at once, the second is told."""
    marker_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who marks it; NULL: whoever comes first."""
    changed_at: Mapped[datetime]
    enrolment: Mapped[Enrolment] = relationship(lazy="raise")
    __table_args__ = (
        UniqueConstraint("enrolment_id", "activity"),
        CheckConstraint(_one_of("state", WorkState), name="state"),
        CheckConstraint("(state = 'draft') = (submissions = 0)", name="submissions"),
        CheckConstraint("submissions >= 0 AND grades >= 0", name="counts"),
        Index("ix_work_marker", "marker_id"),
    )


class Submission(Base):
    """A work as it was handed in. Only the deletion of its author's account takes the words away."""

    __tablename__ = "submission"
    id: Mapped[int] = mapped_column(primary_key=True)
    work_id: Mapped[int] = mapped_column(ForeignKey("work.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    files: Mapped[list[Any]]
    language: Mapped[str] = mapped_column(String(10))
    """The language on screen."""
    handed_in_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """The first moment that was too late, with the author's own extension, as it stood then."""
    late: Mapped[bool]
    __table_args__ = (UniqueConstraint("work_id", "number"), CheckConstraint("number >= 1", name="number"))


@append_only
class Grade(Base):
    """What a marker said of a submission. The latest of a work holds; earlier ones stay."""

    __tablename__ = "grade"
    id: Mapped[int] = mapped_column(primary_key=True)
    work_id: Mapped[int] = mapped_column(ForeignKey("work.id"))
    number: Mapped[int]
    """Counts what was said of this work."""
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    """The rubric it was marked by."""
    marker_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str] = mapped_column(String(20))
    levels: Mapped[dict[str, Any]]
    """The place of the chosen level in its criterion, by criterion."""
    points: Mapped[int | None]
    most_points: Mapped[int | None]
    passed: Mapped[bool | None]
    given_at: Mapped[datetime]
    marker: Mapped[Person] = relationship(lazy="raise")
    __table_args__ = (
        UniqueConstraint("work_id", "number"),
        CheckConstraint(_one_of("outcome", Outcome), name="outcome"),
        CheckConstraint(
            "(outcome = 'graded') = (points IS NOT NULL AND most_points IS NOT NULL AND passed IS NOT NULL)",
            name="points",
        ),
        CheckConstraint("points >= 0 AND points <= most_points", name="range"),
        Index("ix_grade_submission", "submission_id"),
    )


class Feedback(Base):
    """The words that came with a grade; they go with the account of whom they are about."""

    __tablename__ = "feedback"
    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class PeerReview(Base):
    """A participant reads what another handed in, without knowing whose it is; the author does not know who reads."""

    __tablename__ = "peer_review"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    work_id: Mapped[int] = mapped_column(ForeignKey("work.id"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    """As it was when reviews were given out."""
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    allocated_at: Mapped[datetime]
    levels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    text: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime | None]
    """NULL: still to be written."""
    __table_args__ = (UniqueConstraint("work_id", "reviewer_id"), Index("ix_peer_review_reviewer", "reviewer_id"))


@append_only
class GradeRelease(Base):
    """From when on the participant sees a grade."""

    __tablename__ = "grade_release"
    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"), primary_key=True)
    released_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    released_at: Mapped[datetime]
