"""Work that follows a commit: queued in the same transaction, done at least once, given up loudly.

A worker leases a job, works it outside any transaction, and finishes it only while it still holds the lease; the lease
of a worker that died runs out. Handlers may run twice and must not mind.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from lms.kernel.db import Database, new_public_id
from lms.kernel.models import OutboxJob

Handler = Callable[[dict[str, Any]], None]

LEASE = timedelta(minutes=2)
BEAT = LEASE / 4
"""How often a job that is being worked says so, each time for another lease."""
MOST_TRIES = 8
REMEMBERED = timedelta(days=30)
"""How long it is known that a job was done, and its key asks for nothing new."""
log = structlog.get_logger("outbox")


def enqueue(
    db: Session, topic: str, key: str, payload: dict[str, Any], now: datetime, not_before: datetime | None = None
) -> None:
    """Ask for something to be done once this transaction is committed. The same key again asks for nothing new, while
    the job is remembered.
    """
    if db.scalar(select(OutboxJob.id).where(OutboxJob.key == key)) is None:
        db.add(OutboxJob(key=key, topic=topic, payload=payload, not_before=not_before or now))
        db.flush()


def work_once(database: Database, handlers: Mapping[str, Handler], clock: Callable[[], datetime]) -> bool:
    """Work the next job that is due. False when there is none."""
    lease = new_public_id()
    with database.session(write=False) as db:
        if db.scalar(_due(clock()).limit(1)) is None:
            return False
    with database.session(write=True) as db:
        job = db.scalar(
            _due(clock()).order_by(OutboxJob.not_before, OutboxJob.id).limit(1).with_for_update(skip_locked=True)
        )
        if job is None:
            return False
        if job.tries >= MOST_TRIES:  # each of its workers died with it
            job.dead_at, job.lease, job.lease_until = clock(), None, None
            db.commit()
            return True
        job.lease, job.lease_until, job.tries = lease, clock() + LEASE, job.tries + 1
        topic, payload, tries, job_id, key = job.topic, job.payload, job.tries, job.id, job.key
        db.commit()
    error: str | None = None
    try:
        with _lease_kept(database, job_id, lease, clock):
            handlers[topic](payload)
    except Exception as caught:
        log.exception("job failed", key=key, tries=tries)
        error = f"{type(caught).__name__}: {caught}"
    with database.session(write=True) as db:
        values: dict[str, Any] = {"lease": None, "lease_until": None}
        if error is None:
            # What was sent stays with whom it was sent to: addresses and words are not kept here.
            values |= {"done_at": clock(), "payload": {}}
        else:
            values |= {"last_error": error, "not_before": clock() + timedelta(seconds=2**tries * 5)}
            if tries >= MOST_TRIES:
                values["dead_at"] = clock()
        db.execute(update(OutboxJob).where(OutboxJob.id == job_id, OutboxJob.lease == lease).values(**values))
        db.commit()
    return True


@contextmanager
def _lease_kept(database: Database, job_id: int, lease: str, clock: Callable[[], datetime]) -> Iterator[None]:
    """While the block runs, nobody else takes the job for abandoned, however long it runs."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(BEAT.total_seconds()):
            try:
                with database.session(write=True) as db:
                    mine = (OutboxJob.id == job_id, OutboxJob.lease == lease)
                    db.execute(update(OutboxJob).where(*mine).values(lease_until=clock() + LEASE))
                    db.commit()
            except Exception:  # the lease holds for more beats than this one
                log.exception("heartbeat failed", job=job_id)

    heart = threading.Thread(target=keep, name="heartbeat", daemon=True)
    heart.start()
    try:
        yield
    finally:
        over.set()
        heart.join()


def forget_old(db: Session, now: datetime) -> None:
    """Let go of what was done long ago. What was given up or is held waits for a person, however old."""
    db.execute(delete(OutboxJob).where(OutboxJob.done_at < now - REMEMBERED))


def _due(now: datetime) -> Any:
    return select(OutboxJob).where(
        OutboxJob.done_at.is_(None),
        OutboxJob.dead_at.is_(None),
        OutboxJob.held_at.is_(None),
        OutboxJob.not_before <= now,
        or_(OutboxJob.lease_until.is_(None), OutboxJob.lease_until < now),
    )


class Worker:
    """A thread that works the outbox until it is stopped."""

    def __init__(self, database: Database, handlers: Mapping[str, Handler], clock: Callable[[], datetime]) -> None:
        self._database, self._handlers, self._clock = database, handlers, clock
        self._stop, self._wake = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self.run, name="outbox", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something was queued: look now instead of at the next round."""
        self._wake.set()

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def run(self) -> None:
        while not self._stop.is_set():
            try:
                worked = work_once(self._database, self._handlers, self._clock)
            except Exception:
                log.exception("outbox round failed")
                worked = False
            if not worked:
                self._wake.wait(timeout=2)
                self._wake.clear()
