"""Runs and enrolments."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.catalog.models import Course
from lms.kernel.db import Base, PublicId, append_only, new_public_id
from lms.runs.rules import LONGEST_SLUG, RunKind, RunStage, Track, Visibility


def _one_of(column: str, kind: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(str(each)) for each in kind)})"


class Run(Base):
    """One offering of a course: the self-paced one that is always open, or a dated one for a cohort."""

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    kind: Mapped[str] = mapped_column(String(20))
    slug: Mapped[str] = mapped_column(String(LONGEST_SLUG), unique=True)
    """Its name in addresses; a self-paced run has the name of its course."""
    title: Mapped[str | None] = mapped_column(String(120))
    """What tells it from other runs of the course, as in "Autumn 2026"; a self-paced run needs none."""
    stage: Mapped[str | None] = mapped_column(String(20))
    visibility: Mapped[str] = mapped_column(String(20), default=Visibility.PUBLIC)
    provisional: Mapped[bool] = mapped_column(default=False)
    """The dates may still change, and the page of the run says so."""
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    """IANA name: where its days begin and end."""
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    """The last day of the last module."""
    grace_until: Mapped[date | None]
    """The last day on which who is behind may catch up."""
    apply_from: Mapped[date | None]
    apply_until: Mapped[date | None]
    """The last day of the open call; without it people come in by invitation alone."""
    seats: Mapped[int | None]
    """NULL: as many as come."""
    taken: Mapped[int] = mapped_column(default=0)
    """Seats held by participants and by offers that stand."""
    languages: Mapped[list[Any]] = mapped_column(default=list)
    """What the run is held in; participants read in any language of the course."""
    openings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """ISO date on which each module opens, by its key. A module that is not named is open from the first day."""
    early_days: Mapped[int] = mapped_column(default=0)
    """So many days before its date a module opens already, for who wants to read ahead."""
    confirm_days: Mapped[int] = mapped_column(default=7)
    """How long an offered place is held."""
    targets: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Per cent of the seats that selection aims at, by `country`, `gender`, `organisation_type` and their values."""
    version: Mapped[int] = mapped_column(default=1)
    cloned_from_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    course: Mapped[Course] = relationship(lazy="raise")
    __table_args__ = (
        CheckConstraint("kind IN ('self-paced', 'cohort')", name="kind"),
        CheckConstraint(_one_of("stage", RunStage), name="stage"),
        CheckConstraint(_one_of("visibility", Visibility), name="visibility"),
        CheckConstraint("(kind = 'cohort') = (stage IS NOT NULL)", name="cohort_stage"),
        CheckConstraint("kind <> 'cohort' OR (title IS NOT NULL AND starts_on IS NOT NULL)", name="cohort_dates"),
        CheckConstraint("starts_on <= ends_on AND ends_on <= grace_until", name="dates"),
        CheckConstraint("apply_from <= apply_until", name="apply_dates"),
        CheckConstraint("seats IS NULL OR seats >= 1", name="seats"),
        CheckConstraint("taken >= 0 AND (seats IS NULL OR taken <= seats)", name="taken"),
        CheckConstraint("(stage = 'closed') = (closed_at IS NOT NULL)", name="closed_at"),
        Index(
            "uq_run_self_paced",
            "course_id",
            unique=True,
            sqlite_where=(kind == RunKind.SELF_PACED.value),
            postgresql_where=(kind == RunKind.SELF_PACED.value),
        ),
        Index("ix_run_course", "course_id"),
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
    track: Mapped[str | None] = mapped_column(String(20))
    """How a participant came into a dated run; NULL in a self-paced one."""
    withdrawn_at: Mapped[datetime | None]
    """When a participant left the run, or was taken out of it: their seat is free, what they did stays."""
    run: Mapped[Run] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")
    __table_args__ = (
        UniqueConstraint("person_id", "run_id"),
        CheckConstraint(_one_of("track", Track), name="track"),
        Index("ix_enrolment_run", "run_id"),
    )


@append_only
class Extension(Base):
    """More time for one participant: the latest one holds."""

    __tablename__ = "extension"
    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    until: Mapped[date]
    """The last day, in the run's zone, on which they may still work, whatever was due before."""
    reason: Mapped[str] = mapped_column(Text)
    given_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime]
    given_by: Mapped[Person] = relationship(lazy="raise")
    __table_args__ = (Index("ix_extension_enrolment", "enrolment_id"),)
