"""Certificates of a whole run as one file: how long it takes, and what it leaves in memory."""

import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import selectinload

from lms import consequences
from lms.accounts.models import Person
from lms.catalog.models import Course
from lms.certification.archives import ask_archive
from lms.certification.models import CertificateArchive
from lms.certification.rules import ArchiveState, Issuer
from lms.certification.service import issue_if_earned
from lms.kernel import clock
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.kernel.models import OutboxJob
from lms.kernel.outbox import work_once
from lms.operations.schema import migrate
from lms.runs.models import Run
from lms.settings import Settings
from tests.certification.earning import earn
from tests.people import make_person

MANY, FEW = 200, 20


@dataclass(frozen=True, slots=True)
class Hall:
    """A run whose people all hold a certificate, none of them printed."""

    settings: Settings
    database: Database
    files: FileStore

    def make(self) -> CertificateArchive:
        """The file, from asking until it can be taken."""
        with self.database.session(write=True) as db:
            db.execute(delete(OutboxJob))
            course, run, now = db.scalars(select(Course)).one(), db.scalars(select(Run)).one(), clock.now()
            dee = select(Person).where(Person.email == "dee@example.org").options(selectinload(Person.grants))
            asker = db.scalars(dee).one()
            made = ask_archive(db, asker, course, run, language="en", now=now).id
            db.commit()
        handlers = consequences.after(self.settings, self.database, self.files, clock.now)
        while work_once(self.database, handlers, clock.now):
            pass
        with self.database.session(write=False) as db:
            archive = db.get_one(CertificateArchive, made)
        assert archive.state == ArchiveState.DONE, archive.state
        return archive


@contextmanager
def hall(people: int) -> Iterator[Hall]:
    with tempfile.TemporaryDirectory(prefix="masar-bench-") as folder:
        url = f"sqlite:///{folder}/lms.sqlite3"
        settings = Settings(Path(folder), url, base_url="http://localhost", secret_key="b" * 40)
        database, now = Database(url), clock.now()
        migrate(database)
        issuer = Issuer("Masar Learning", "Masar", settings.base_url, consequences.signing(settings))
        with database.session(write=True) as db:
            make_person(db, "dee", now=now)
            for number in range(people):
                person = make_person(db, f"p{number}")
                earned = earn(
                    db, Path(folder), person, now, name=f"Fatima Zahra El Mansouri {'abcdefghij'[number % 10]}"
                )
                issue_if_earned(db, earned, now, issuer=issuer)
            db.commit()
        yield Hall(settings, database, FileStore(Path(folder) / "files"))
        database.close()


@dataclass(frozen=True, slots=True)
class Measured:
    seconds: float
    """Until the file was there, with every certificate to be printed and signed."""
    again: float
    """With all of them printed already."""
    megabytes: float
    peak: float
    """Megabytes that Python held more at most while it was put together."""


def measure(people: int) -> Measured:
    with hall(people) as held:
        started = time.perf_counter()
        size = held.make().size or 0
        seconds = time.perf_counter() - started
        started = time.perf_counter()
        held.make()
        again = time.perf_counter() - started
        tracemalloc.start()
        held.make()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return Measured(seconds, again, size / 1e6, peak / 1e6)
