"""A worker that is killed in the middle of a job: the job is done, once its lease has run out."""

import os
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from lms.kernel import outbox
from lms.kernel.db import Database
from lms.kernel.models import OutboxJob, RateWindow
from lms.kernel.outbox import LEASE, MOST_TRIES, REMEMBERED, enqueue, work_once
from lms.operations.jobs import drop_jobs, jobs_in_doubt
from lms.operations.numbers import all_numbers
from lms.operations.rounds import go_round


def test_a_job_outlives_its_worker(database: Database, database_url: str, tmp_path: Path, now: datetime) -> None:
    with database.session(write=True) as db:
        enqueue(db, "mail", "mail:welcome", {"to": "ada"}, now - timedelta(days=1))
        enqueue(db, "mail", "mail:welcome", {"to": "nobody: the same key again"}, now)
        db.commit()
    begun = tmp_path / "begun"
    command = [sys.executable, "-m", "tests.operations.dying_worker", database_url, str(begun)]
    worker = subprocess.Popen(command, env=os.environ)
    patience = time.perf_counter() + 30
    while not begun.exists() and time.perf_counter() < patience:
        time.sleep(0.02)
    worker.kill()
    worker.wait()
    assert begun.exists()

    done: list[dict[str, Any]] = []
    with database.session(write=False) as db:
        leased_until = db.scalars(select(OutboxJob.lease_until)).one()
    assert leased_until is not None
    assert not work_once(database, {"mail": done.append}, lambda: leased_until - timedelta(seconds=1))
    assert done == []
    assert work_once(database, {"mail": done.append}, lambda: leased_until + timedelta(seconds=1))
    assert done == [{"to": "ada"}]
    assert not work_once(database, {"mail": done.append}, lambda: leased_until + LEASE)
    with database.session(write=False) as db:
        job = db.scalars(select(OutboxJob)).one()
        assert (job.tries, job.done_at) == (2, leased_until + timedelta(seconds=1))


def test_a_worker_that_lost_its_lease_does_not_finish(database: Database, now: datetime) -> None:
    """It was too slow: somebody else has the job, and says what became of it."""
    with database.session(write=True) as db:
        enqueue(db, "mail", "mail:slow", {}, now)
        db.commit()
    times = iter([now, now, now, now])

    def slow(_payload: dict[str, Any]) -> None:
        later = now + LEASE + timedelta(seconds=1)
        assert work_once(database, {"mail": lambda _: None}, lambda: later)
        raise ConnectionError("too late")

    assert work_once(database, {"mail": slow}, lambda: next(times, now))
    with database.session(write=False) as db:
        job = db.scalars(select(OutboxJob)).one()
        assert (job.last_error, job.done_at) == (None, now + LEASE + timedelta(seconds=1))


def test_a_job_that_works_longer_than_its_lease_is_not_begun_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    with database.session(write=True) as db:
        enqueue(db, "print", "print:long", {}, now)
        db.commit()
    monkeypatch.setattr(outbox, "BEAT", timedelta(milliseconds=1))
    hours, beaten = [now], threading.Semaphore(0)
    begun: list[int] = []

    def watch() -> datetime:
        if threading.current_thread().name == "heartbeat":
            beaten.release()
        return hours[-1]

    def slow(_payload: dict[str, Any]) -> None:
        begun.append(len(begun))
        if len(begun) > 1:
            return
        for _ in range(3):
            hours.append(hours[-1] + LEASE - timedelta(seconds=1))
            while beaten.acquire(blocking=False):
                pass
            for _ in range(3):  # one may have looked at the clock before; after the third the second is committed
                assert beaten.acquire(timeout=30), "no beat"
            assert not work_once(database, {"print": slow}, lambda: hours[-1]), "somebody else looks for work"

    assert work_once(database, {"print": slow}, watch)
    assert begun == [0]
    with database.session(write=False) as db:
        job = db.scalars(select(OutboxJob)).one()
        assert (job.tries, job.done_at, job.lease_until, job.last_error) == (1, hours[-1], None, None)
    assert not any(thread.name == "heartbeat" for thread in threading.enumerate())


def test_a_job_is_given_up_loudly(database: Database, now: datetime) -> None:
    def fail(_payload: dict[str, Any]) -> None:
        raise ConnectionError("the mail server is away")

    with database.session(write=True) as db:
        enqueue(db, "mail", "mail:hopeless", {}, now)
        db.commit()
    days = [now + timedelta(days=each) for each in range(20)]
    tries = sum(work_once(database, {"mail": fail}, partial(lambda day: day, day)) for day in days)
    with database.session(write=False) as db:
        job = db.scalars(select(OutboxJob)).one()
        assert (tries, job.tries, job.done_at) == (8, 8, None)
        assert job.dead_at is not None
        assert "the mail server is away" in str(job.last_error)
        assert b"masar_outbox_dead 1.0" in all_numbers(db, now)


def test_a_job_that_kills_its_workers_is_given_up(database: Database, now: datetime) -> None:
    """Nobody came back to say that it failed: the count of tries tells."""
    with database.session(write=True) as db:
        enqueue(db, "deadly", "deadly", {}, now)
        db.flush()
        job = db.scalars(select(OutboxJob)).one()
        job.tries, job.lease, job.lease_until = MOST_TRIES, "a dead worker", now
        db.commit()
    worked: list[dict[str, Any]] = []
    assert work_once(database, {"deadly": worked.append}, lambda: now + LEASE)
    with database.session(write=False) as db:
        assert db.scalars(select(OutboxJob)).one().dead_at is not None
    assert worked == []
    assert not work_once(database, {"deadly": worked.append}, lambda: now + LEASE)


def test_a_dropped_letter_keeps_no_address(database: Database, now: datetime) -> None:
    """One that was given up keeps it: it may still be released."""
    with database.session(write=True) as db:
        for key in ("mail:dead", "mail:dropped"):
            enqueue(db, "mail", key, {"to_email": "ada@example.org"}, now)
        for job in db.scalars(select(OutboxJob)):
            job.dead_at = now
        db.flush()
        drop_jobs(db, jobs_in_doubt(db, ["mail:dropped"]), now)
        db.commit()
    with database.session(write=False) as db:
        kept = {job.key: job.payload for job in db.scalars(select(OutboxJob))}
    assert kept == {"mail:dead": {"to_email": "ada@example.org"}, "mail:dropped": {}}


def test_a_round_forgets_what_was_done_long_ago(database: Database, now: datetime) -> None:
    long_ago = now - REMEMBERED - timedelta(seconds=1)
    with database.session(write=True) as db:
        for key in ("old", "recent", "given up", "waiting"):
            enqueue(db, "mail", key, {}, long_ago)
        jobs = {job.key: job for job in db.scalars(select(OutboxJob))}
        jobs["old"].done_at, jobs["recent"].done_at, jobs["given up"].dead_at = long_ago, now - REMEMBERED, long_ago
        db.add(RateWindow(key="log-in", starts_at=long_ago, count=1))
        db.commit()
    go_round(database, {}, now)
    with database.session(write=False) as db:
        assert set(db.scalars(select(OutboxJob.key))) == {"recent", "given up", "waiting"}
        assert db.scalars(select(RateWindow)).all() == []
