"""How runs end: overrides by two people, the closing, everybody's outcome. And drafts of what is written each week."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.facilitation.rules import Outcome, OverrideState
from lms.kernel.db import Base, PublicId, new_public_id


def _one_of(column: str, kind: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(str(each)) for each in kind)})"


class OutcomeOverride(Base):
    """Somebody proposes another outcome than the rule's for one participant; a second person confirms it or not."""

    __tablename__ = "outcome_override"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    """NULL once the participant's account is deleted."""
    state: Mapped[str] = mapped_column(String(20), default=OverrideState.PROPOSED)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    proposed_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[proposed_by_id])
    decided_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[decided_by_id])
    __table_args__ = (
        CheckConstraint(_one_of("outcome", Outcome), name="outcome"),
        CheckConstraint(_one_of("state", OverrideState), name="state"),
        CheckConstraint("decided_by_id <> proposed_by_id", name="second_person"),
        CheckConstraint("state NOT IN ('confirmed', 'declined') OR decided_by_id IS NOT NULL", name="decided"),
        CheckConstraint("state <> 'proposed' OR decided_by_id IS NULL", name="undecided"),
        CheckConstraint("(decided_by_id IS NULL) = (decided_at IS NULL)", name="decided_at"),
        Index("ix_outcome_override_enrolment", "enrolment_id"),
        Index(
            "uq_outcome_override_standing",
            "enrolment_id",
            unique=True,
            sqlite_where=(state.in_(["proposed", "confirmed"])),
            postgresql_where=(state.in_(["proposed", "confirmed"])),
        ),
    )


class RunClosing(Base):
    """A run was closed, by whom and on which edition's rule. One row a run: it is closed once."""

    __tablename__ = "run_closing"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    closed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime]


class FinalOutcome(Base):
    """One line of the final list, as it was settled when the run was closed."""

    __tablename__ = "final_outcome"
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run_closing.run_id"))
    outcome: Mapped[str] = mapped_column(String(20))
    by_rule: Mapped[str] = mapped_column(String(20))
    """What the rule alone says."""
    override_id: Mapped[int | None] = mapped_column(ForeignKey("outcome_override.id"))
    minutes: Mapped[int]
    """Of live sessions, as they counted."""
    settled_at: Mapped[datetime | None]
    """When the completion was noted and the certificate issued, or known to be none; NULL: still to be done."""
    __table_args__ = (
        CheckConstraint(_one_of("outcome", Outcome), name="outcome"),
        CheckConstraint(_one_of("by_rule", Outcome), name="by_rule"),
        CheckConstraint("outcome = by_rule OR override_id IS NOT NULL", name="override"),
        Index("ix_final_outcome_run", "run_id", "settled_at"),
    )


class SummaryDraft(Base):
    """What somebody made of a week's numbers, to be written to the participants. Nothing sends it."""

    __tablename__ = "summary_draft"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    module: Mapped[str] = mapped_column(String(100), primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime]
    changed_by: Mapped[Person] = relationship(lazy="raise")
