"""Applications, their scores, the form and rubric of a run, invitations."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.intake.rules import ApplicationState
from lms.kernel.db import Base, PublicId, append_only, new_public_id
from lms.runs.models import Run


class IntakePlan(Base):
    """What a run asks applicants beyond the common questions, and what they are scored by. Without a row: nothing
    more, and the common criteria.
    """

    __tablename__ = "intake_plan"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    questions: Mapped[list[Any]] = mapped_column(default=list)
    """In order: {"key": …, "texts": {language: text}}."""
    criteria: Mapped[list[Any]] = mapped_column(default=list)
    """The same; empty: the common criteria."""
    version: Mapped[int] = mapped_column(default=1)


class Application(Base):
    """A person asks for a place in a run."""

    __tablename__ = "application"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(20), default=ApplicationState.DRAFT)
    rank: Mapped[int | None]
    """Place on the waiting list; the lowest is offered the next free seat."""
    years: Mapped[int | None]
    """Of experience."""
    organisation: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[str | None] = mapped_column(String(200))
    motivation: Mapped[str | None] = mapped_column(Text)
    hours: Mapped[int | None]
    """A week that the applicant can give to the course."""
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """To the run's own questions, by their keys."""
    consented_at: Mapped[datetime | None]
    """When the applicant agreed that those who select read this."""
    message: Mapped[str | None] = mapped_column(Text)
    """What those who decided said in their letter."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    offer_expires_at: Mapped[datetime | None]
    run: Mapped[Run] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")
    __table_args__ = (
        UniqueConstraint("run_id", "person_id"),
        CheckConstraint(f"state IN ({', '.join(repr(str(each)) for each in ApplicationState)})", name="state"),
        CheckConstraint("(state = 'waiting-list') = (rank IS NOT NULL)", name="rank"),
        CheckConstraint("state <> 'accepted' OR offer_expires_at IS NOT NULL", name="offer"),
        CheckConstraint("state IN ('draft', 'withdrawn') OR consented_at IS NOT NULL", name="consent"),
        Index("ix_application_person", "person_id"),
        Index("ix_application_offers", "state", "offer_expires_at"),
    )


@append_only
class Review(Base):
    """How one person scored an application, before they saw whose it is. It stays as it was given."""

    __tablename__ = "review"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    scores: Mapped[dict[str, Any]]
    """0 to 4 by criterion."""
    given_at: Mapped[datetime]
    reviewer: Mapped[Person] = relationship(lazy="raise")
    __table_args__ = (UniqueConstraint("application_id", "reviewer_id"),)


class Invitation(Base):
    """A seat kept for an e-mail address, until somebody shows that it is theirs."""

    __tablename__ = "invitation"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    email: Mapped[str] = mapped_column(String(254))
    """Folded."""
    name: Mapped[str | None] = mapped_column(String(120))
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    invited_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who came by it."""
    __table_args__ = (
        UniqueConstraint("run_id", "email"),
        CheckConstraint("(joined_at IS NULL) = (person_id IS NULL)", name="joined"),
        Index("ix_invitation_email", "email"),
    )
