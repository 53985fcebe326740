"""What time alone brings about, looked after once a minute: attempts and offered places whose time is over, live
sessions that come near, mornings with letters about translations and discussions, files of many certificates that are
old, rate windows and done jobs nobody needs.
"""

import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from lms.assessment.service import close_expired
from lms.certification.archives import look_after_archives
from lms.discussion.service.digest import ask_for_news
from lms.intake.service import expire_offers
from lms.kernel.db import Database
from lms.kernel.events import Within, finish
from lms.kernel.outbox import forget_old
from lms.kernel.rates import forget_old_windows
from lms.meetings.service.calendars import ask_for_reminders
from lms.workshop.service.digest import ask_for_digests

EVERY_SECONDS = 60
log = structlog.get_logger("rounds")


def go_round(database: Database, within: Within, now: datetime) -> int:
    """One round; how many attempts were closed. Several processes may go at once."""
    with database.session(write=True) as db:
        closed = close_expired(db, now)
        expire_offers(db, now)
        ask_for_reminders(db, now)
        ask_for_digests(db, now)
        ask_for_news(db, now)
        look_after_archives(db, now)
        forget_old_windows(db, now)
        forget_old(db, now)
        finish(db, within, now)
    return closed


class Rounds:
    """A thread that goes round until it is stopped."""

    def __init__(self, database: Database, within: Within, clock: Callable[[], datetime]) -> None:
        self._database, self._within, self._clock = database, within, clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rounds", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            try:
                go_round(self._database, self._within, self._clock())
            except Exception:
                log.exception("round failed")
