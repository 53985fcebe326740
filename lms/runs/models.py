"""Runs and enrolments."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.catalog.models import Course
from lms.kernel.db import Base, PublicId, new_public_id
from lms.runs.rules import RunKind


class Run(Base):
    """One offering of a course."""

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    kind: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    course: Mapped[Course] = relationship(lazy="raise")
    __table_args__ = (
        CheckConstraint("kind IN ('self-paced', 'cohort')", name="kind"),
        Index(
            "uq_run_self_paced",
            "course_id",
            unique=True,
            sqlite_where=(kind == RunKind.SELF_PACED.value),
            postgresql_where=(kind == RunKind.SELF_PACED.value),
        ),
    )


class Enrolment(Base):
    """A person in a run, with what reports need of them as it was on that day."""

    __tablename__ = "enrolment"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    country: Mapped[str | None] = mapped_column(String(2))
    gender: Mapped[str | None] = mapped_column(String(10))
    organisation_type: Mapped[str | None] = mapped_column(String(30))
    enrolled_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(10))
    """The language the learner last read in: where they come back to."""
    last_activity: Mapped[str | None] = mapped_column(String(100))
    """Key of the activity they were last at."""
    run: Mapped[Run] = relationship(lazy="raise")
    __table_args__ = (
        UniqueConstraint("person_id", "run_id"),
        Index("ix_enrolment_run", "run_id"),
    )
