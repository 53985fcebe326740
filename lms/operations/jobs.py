"""Jobs that wait for a person: given up after too many tries, or held back since a restore."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lms.kernel.audit import record_audit
from lms.kernel.models import OutboxJob

DROPPED = "dropped by hand"


def jobs_in_doubt(db: Session, keys: Sequence[str] = ()) -> Sequence[OutboxJob]:
    """Dead and held jobs, the oldest first; only those of `keys` where there are any."""
    query = select(OutboxJob).where(
        OutboxJob.done_at.is_(None), or_(OutboxJob.dead_at.is_not(None), OutboxJob.held_at.is_not(None))
    )
    if keys:
        query = query.where(OutboxJob.key.in_(keys))
    return db.scalars(query.order_by(OutboxJob.id)).all()


def release_jobs(db: Session, jobs: Sequence[OutboxJob], now: datetime) -> None:
    """Let them be worked, from the first try on."""
    for job in jobs:
        job.dead_at = job.held_at = None
        job.tries, job.not_before = 0, now
        record_audit(db, None, "release_job", f"job:{job.key}", now)


def drop_jobs(db: Session, jobs: Sequence[OutboxJob], now: datetime) -> None:
    """Count them as done: they were done before, or shall not be. Nobody needs their addresses and words any more."""
    for job in jobs:
        job.done_at, job.held_at, job.dead_at, job.last_error = now, None, None, DROPPED
        job.payload = {}
        record_audit(db, None, "drop_job", f"job:{job.key}", now)
