"""What the platform counts about itself, in the words of Prometheus."""

import os
from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.kernel.models import OutboxJob

HERE = CollectorRegistry()
REQUESTS = Counter("masar_requests", "Requests answered.", ["endpoint", "method", "status"], registry=HERE)
DURATION = Histogram(
    "masar_request_seconds",
    "Time from the arrival of a request to its answer.",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=HERE,
)


METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}
"""Whatever else a client invents is counted as one."""


def count_request(endpoint: str, method: str, status: int, seconds: float) -> None:
    REQUESTS.labels(endpoint, method if method in METHODS else "other", str(status)).inc()
    DURATION.labels(endpoint).observe(seconds)


class Outbox(Collector):
    """Work that waits, as the database has it now."""

    def __init__(self, db: Session, now: datetime) -> None:
        self._db, self._now = db, now

    def collect(self) -> Iterable[GaugeMetricFamily]:
        waiting = (OutboxJob.done_at.is_(None), OutboxJob.dead_at.is_(None), OutboxJob.held_at.is_(None))
        depth, oldest = self._db.execute(
            select(func.count(), func.min(OutboxJob.not_before)).where(*waiting, OutboxJob.not_before <= self._now)
        ).one()
        dead = self._db.scalar(select(func.count()).where(OutboxJob.dead_at.is_not(None)))
        held = self._db.scalar(select(func.count()).where(OutboxJob.held_at.is_not(None), OutboxJob.done_at.is_(None)))
        age = (self._now - oldest).total_seconds() if oldest else 0
        yield GaugeMetricFamily("masar_outbox_due", "Jobs that are due and not done.", value=depth)
        yield GaugeMetricFamily("masar_outbox_oldest_seconds", "How long the oldest of them has been due.", value=age)
        yield GaugeMetricFamily("masar_outbox_dead", "Jobs given up after too many tries.", value=dead or 0)
        yield GaugeMetricFamily("masar_outbox_held", "Jobs held back after a restore.", value=held or 0)


def all_numbers(db: Session, now: datetime) -> bytes:
    """Everything, as Prometheus reads it; of all processes of this server where there are several."""
    counted = HERE
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    waiting = CollectorRegistry()
    waiting.register(Outbox(db, now))
    return generate_latest(counted) + generate_latest(waiting)
