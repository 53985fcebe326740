"""What follows from what. `within`: in the same transaction, before the commit. `after`: from the outbox, after it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from lms.accounts import service as accounts
from lms.accounts.models import Person
from lms.assessment import service as assessment
from lms.assessment.models import Attempt
from lms.catalog import service as catalog
from lms.certification import archives
from lms.certification import service as certification
from lms.certification.rules import Issuer, Sign
from lms.certification.signing.keys import issuer_keys
from lms.certification.signing.statement import make_statement
from lms.kernel.db import Database
from lms.kernel.events import Within, finish
from lms.kernel.files import FileStore
from lms.kernel.mail import send_letter
from lms.kernel.outbox import Handler, enqueue
from lms.learning import service as learning
from lms.learning.models import CourseCompletion
from lms.settings import Settings
from lms.workshop.service.checking import check_every_course, check_language
from lms.workshop.service.digest import send_digest


def _progress_by_attempt(db: Session, *, attempt: Attempt, now: datetime) -> None:
    learning.take_attempt(db, attempt, now)


def _forget_learning(db: Session, *, person: Person, now: datetime) -> None:  # noqa: ARG001 - every consequence is told the time
    learning.forget_person(db, person)


def _count_language(db: Session, *, collection: str, language: str, now: datetime) -> None:
    catalog.refresh_language(db, collection, language, now)


def _check_language_later(db: Session, *, collection: str, language: str, revision: int, now: datetime) -> None:
    payload = {"course": collection, "language": language}
    enqueue(db, "translation.check", f"translation.check:{collection}:{language}:{revision}", payload, now)


def _check_every_course_later(db: Session, *, language: str, now: datetime) -> None:
    payload = {"language": language}
    enqueue(db, "glossary.check", f"glossary.check:{language}:{now.isoformat()}", payload, now)


def _forget_corrections(db: Session, *, person: Person, now: datetime) -> None:
    certification.forget_person(db, person, now)


def signing(settings: Settings) -> Sign:
    """What makes the statement of a new certificate, with the key that the platform signs with now."""
    return partial(make_statement, issuer_keys(settings).current)


def within(settings: Settings) -> Within:
    """What happens in the same transaction, before the commit."""
    issuer = Issuer(settings.issuer_name, settings.platform_name, settings.base_url, signing(settings))

    def certificate_by_completion(db: Session, *, completion: CourseCompletion, now: datetime) -> None:
        certification.issue_if_earned(db, completion, now, issuer=issuer)

    return {
        "attempt.finished": [_progress_by_attempt],
        "course.completed": [certificate_by_completion],
        "person.deleted": [_forget_learning, _forget_corrections],
        "translation.approved": [_count_language],
        "glossary.changed": [_check_every_course_later],
        "translations.loaded": [_check_language_later],
    }


def after(
    settings: Settings, database: Database, files: FileStore, clock: Callable[[], datetime]
) -> dict[str, Handler]:
    """What is worked once a transaction is committed, by topic; each may run twice without harm."""
    keys = issuer_keys(settings)

    def send(payload: dict[str, Any]) -> None:
        send_letter(settings, payload)

    def render(payload: dict[str, Any]) -> None:
        certification.print_certificate(database, files, payload["certificate"], keys=keys)

    def deed(work: Callable[[Session, dict[str, Any], datetime], object]) -> Handler:
        """A job that is one transaction, with everything that follows from it."""

        def handle(payload: dict[str, Any]) -> None:
            now = clock()
            with database.session(write=True) as db:
                work(db, payload, now)
                finish(db, within(settings), now)

        return handle

    def write(do: Callable[[Session, datetime], None]) -> None:
        deed(lambda db, _said, now: do(db, now))({})

    def pack(payload: dict[str, Any]) -> None:
        archives.work_archive(database, files, write, payload["archive"], payload["after"], keys=keys)

    return {
        "mail": send,
        "certificate.render": render,
        "certificate.archive": pack,
        "archive.remove": lambda payload: files.remove(payload["sha256"]),
        "course.measure": deed(
            lambda db, said, _now: catalog.measure_language(db, said["course"], said["language"], said["revision"])
        ),
        "translation.check": deed(lambda db, said, _now: check_language(db, said["course"], said["language"])),
        "glossary.check": deed(lambda db, said, _now: check_every_course(db, said["language"])),
        "digest": deed(lambda db, said, now: send_digest(db, settings, said["person"], said["day"], now)),
    }


def personal_data(files: FileStore) -> list[Callable[[Session, Person], dict[str, object]]]:
    """What "export my data" gathers: each floor gives its own part under names of its own."""

    def certificates(db: Session, person: Person) -> dict[str, object]:
        return certification.personal_data(db, person, files)

    return [accounts.personal_data, learning.personal_data, assessment.personal_data, certificates]
