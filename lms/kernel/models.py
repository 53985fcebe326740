"""Tables that belong to no feature: the audit ledger, the outbox, rate windows."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import Base, append_only


@append_only
class AuditEntry(Base):
    """Who did what to which thing. Written in the transaction of the deed; never changed, never deleted."""

    __tablename__ = "audit_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(40))
    """`person:<public id>`, or `system`."""
    action: Mapped[str] = mapped_column(String(60))
    """The verb, like `enrol` or `grant_role`."""
    thing: Mapped[str] = mapped_column(String(200))
    """What it was done to, like `course:shock-responsive-social-protection`."""
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    __table_args__ = (Index("ix_audit_entry_thing", "thing"), Index("ix_audit_entry_actor", "actor"))


class OutboxJob(Base):
    """Something to do after the commit that asked for it, at least once."""

    __tablename__ = "outbox_job"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    """Names the effect: the same effect is never queued twice."""
    topic: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]]
    not_before: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(22))
    """Who works it now; only that worker may finish it."""
    lease_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    """Given up after too many tries; `lms doctor` shows it."""
    held_at: Mapped[datetime | None]
    """Held back after a restore: it may have been done before the backup was put back."""
    last_error: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        CheckConstraint("tries >= 0", name="tries"),
        Index("ix_outbox_job_due", "done_at", "not_before"),
    )


class RateWindow(Base):
    """How often something was tried in one window of time."""

    __tablename__ = "rate_window"
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class Epoch(Base):
    """One row: how often this database was restored from a backup. Log-in sessions of an earlier epoch are over."""

    __tablename__ = "epoch"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
