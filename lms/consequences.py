"""What follows from what. `within`: in the same transaction, before the commit. `after`: from the outbox, after it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lms.accounts import service as accounts
from lms.accounts.models import Person
from lms.assessment import service as assessment
from lms.assessment.models import Attempt
from lms.catalog import queries as catalog_queries
from lms.catalog import service as catalog
from lms.certification import service as certification
from lms.certification.rules import Issuer
from lms.kernel.db import Database
from lms.kernel.events import Within, finish
from lms.kernel.files import FileStore
from lms.kernel.mail import send_letter
from lms.kernel.outbox import Handler, enqueue
from lms.learning import service as learning
from lms.learning.models import CourseCompletion
from lms.settings import Settings
from lms.workshop.service.checking import check_language
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


def _check_courses_later(db: Session, *, language: str, now: datetime) -> None:
    for slug in catalog_queries.courses_in(db, language):
        key = f"translation.check:{slug}:{language}:glossary:{now.isoformat()}"
        enqueue(db, "translation.check", key, {"course": slug, "language": language}, now)


def within(settings: Settings) -> Within:
    """What happens in the same transaction, before the commit."""
    issuer = Issuer(settings.issuer_name, settings.platform_name, settings.base_url)

    def certificate_by_completion(db: Session, *, completion: CourseCompletion, now: datetime) -> None:
        certification.issue_if_earned(db, completion, now, issuer=issuer)

    return {
        "attempt.finished": [_progress_by_attempt],
        "course.completed": [certificate_by_completion],
        "person.deleted": [_forget_learning],
        "translation.approved": [_count_language],
        "translations.loaded": [_check_language_later],
        "glossary.changed": [_check_courses_later],
    }


def after(
    settings: Settings, database: Database, files: FileStore, clock: Callable[[], datetime]
) -> dict[str, Handler]:
    """What is worked once a transaction is committed, by topic; each may run twice without harm."""

    def send(payload: dict[str, Any]) -> None:
        send_letter(settings, payload)

    def render(payload: dict[str, Any]) -> None:
        certification.print_certificate(database, files, payload["certificate"])

    def measure(payload: dict[str, Any]) -> None:
        with database.session(write=True) as db:
            catalog.measure_language(db, payload["course"], payload["language"], payload["revision"])
            finish(db, within(settings), clock())

    def check(payload: dict[str, Any]) -> None:
        with database.session(write=True) as db:
            check_language(db, payload["course"], payload["language"])
            finish(db, within(settings), clock())

    def digest(payload: dict[str, Any]) -> None:
        now = clock()
        with database.session(write=True) as db:
            send_digest(db, settings, payload["person"], payload["day"], now)
            finish(db, within(settings), now)

    return {
        "mail": send,
        "certificate.render": render,
        "course.measure": measure,
        "translation.check": check,
        "digest": digest,
    }


def personal_data(files: FileStore) -> list[Callable[[Session, Person], dict[str, object]]]:
    """What "export my data" gathers: each floor gives its own part under names of its own."""

    def certificates(db: Session, person: Person) -> dict[str, object]:
        return certification.personal_data(db, person, files)

    return [accounts.personal_data, learning.personal_data, assessment.personal_data, certificates]
