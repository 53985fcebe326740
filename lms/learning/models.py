"""What a learner has done."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import Base


class ActivityCompletion(Base):
    """An activity is done: a lesson read to its end, a self-test taken, a quiz passed, the evaluation handed in.

    A fact: it stays when the course changes.
    """

    __tablename__ = "activity_completion"
    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    activity: Mapped[str] = mapped_column(String(100))
    """Its key in the course."""
    language: Mapped[str] = mapped_column(String(10))
    """The language it was done in."""
    completed_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("enrolment_id", "activity"),)


class CourseCompletion(Base):
    """The rule for a certificate was met: by which edition's rule, and when. Never taken back."""

    __tablename__ = "course_completion"
    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    kind: Mapped[str] = mapped_column(String(20))
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    completed_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("enrolment_id", "kind"),
        CheckConstraint("kind IN ('completion', 'participation')", name="kind"),
    )


class CertificateDetails(Base):
    """What the learner confirmed before the certificate: the name as printed and the language."""

    __tablename__ = "certificate_details"
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    local_name: Mapped[str | None] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(10))
    confirmed_at: Mapped[datetime]


class Evaluation(Base):
    """A learner's view of the course at its end; numbers from 1 (not at all) to 5 (fully)."""

    __tablename__ = "evaluation"
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    satisfaction: Mapped[int]
    expectations: Mapped[int]
    equipped: Mapped[int]
    comment: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(10))
    handed_in_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction"),
        CheckConstraint("expectations BETWEEN 1 AND 5", name="expectations"),
        CheckConstraint("equipped BETWEEN 1 AND 5", name="equipped"),
    )
