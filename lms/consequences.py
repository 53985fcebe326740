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
from lms.coursework import service as coursework
from lms.discussion.service import leaving as discussion
from lms.discussion.service.announcing import send_announcement
from lms.discussion.service.digest import send_news
from lms.facilitation import service as facilitation
from lms.intake import service as intake
from lms.kernel.db import Database
from lms.kernel.events import Within, finish
from lms.kernel.files import FileStore
from lms.kernel.mail import send_letter
from lms.kernel.outbox import Handler, enqueue
from lms.learning import service as learning
from lms.learning.models import CourseCompletion
from lms.meetings.service import calendars, people
from lms.meetings.service.planning import copy_meetings
from lms.runs.models import Enrolment, Run
from lms.settings import Settings
from lms.workshop.service.checking import check_every_course, check_language
from lms.workshop.service.digest import send_digest


def _progress_by_attempt(db: Session, *, attempt: Attempt, now: datetime) -> None:
    learning.take_attempt(db, attempt, now)


def _assignment_done(db: Session, *, enrolment: Enrolment, activity: str, now: datetime) -> None:
    learning.take_assignment(db, enrolment, activity, now)


def _forget_work(db: Session, *, person: Person, now: datetime) -> None:  # noqa: ARG001 - every consequence is told the time
    coursework.forget_person(db, person)


def _same_coursework_plan(db: Session, *, run: Run, copy: Run, days: int, now: datetime) -> None:  # noqa: ARG001 - every consequence is told all
    coursework.copy_plan(db, run, copy)


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


def _forget_applications(db: Session, *, person: Person, now: datetime) -> None:
    intake.forget_person(db, person, now)


def _forget_discussions(db: Session, *, person: Person, now: datetime) -> None:  # noqa: ARG001 - every consequence is told the time
    discussion.forget_person(db, person)


def _forget_outcomes(db: Session, *, person: Person, now: datetime) -> None:  # noqa: ARG001 - every consequence is told the time
    facilitation.forget_person(db, person)


def _same_application_form(db: Session, *, run: Run, copy: Run, days: int, now: datetime) -> None:  # noqa: ARG001 - every consequence is told all
    intake.copy_intake_plan(db, run, copy)


def _same_sessions(db: Session, *, run: Run, copy: Run, days: int, now: datetime) -> None:
    copy_meetings(db, run, copy, days, now)


def _sessions_of_participant(db: Session, *, run: Run, enrolment: Enrolment, person: Person, now: datetime) -> None:  # noqa: ARG001 - every consequence is told all
    calendars.ask_to_tell_participant(db, enrolment, now)


def _session_attended(db: Session, *, enrolment_id: int, activity: str, now: datetime) -> None:
    enrolment = db.get_one(Enrolment, enrolment_id)
    person = db.get_one(Person, enrolment.person_id)
    learning.complete_activity(db, person, enrolment, activity, enrolment.language, now)


def _forget_sessions(db: Session, *, person: Person, now: datetime) -> None:
    people.forget_person(db, person, now)


def signing(settings: Settings) -> Sign:
    """What makes the statement of a new certificate, with the key that the platform signs with now."""
    return partial(make_statement, issuer_keys(settings).current)


def within(settings: Settings) -> Within:
    """What happens in the same transaction, before the commit."""
    issuer = Issuer(settings.issuer_name, settings.platform_name, settings.base_url, signing(settings))

    def certificate_by_completion(db: Session, *, completion: CourseCompletion, now: datetime) -> None:
        certification.issue_if_earned(db, completion, now, issuer=issuer)

    def next_on_waiting_list(db: Session, *, run: Run, now: datetime) -> None:
        intake.offer_next(db, settings, run, now)

    def seat_of_participant(db: Session, *, run: Run, enrolment: Enrolment, person: Person, now: datetime) -> None:  # noqa: ARG001 - every consequence is told all
        intake.end_application(db, run, person, now)
        intake.offer_next(db, settings, run, now)

    def offer_expired(db: Session, *, run: Run, person: Person, now: datetime) -> None:
        intake.tell_expired(db, settings, run, person, now)

    def invited_by_address(db: Session, *, person: Person, now: datetime) -> None:
        intake.take_up_invitations(db, settings, person, now)

    return {
        "attempt.finished": [_progress_by_attempt],
        "assignment.passed": [_assignment_done],
        "course.completed": [certificate_by_completion],
        "person.deleted": [
            _forget_learning,
            _forget_corrections,
            _forget_applications,
            _forget_sessions,
            _forget_work,
            _forget_discussions,
            _forget_outcomes,
        ],
        "email.confirmed": [invited_by_address],
        "translation.approved": [_count_language],
        "glossary.changed": [_check_every_course_later],
        "translations.loaded": [_check_language_later],
        "run.cloned": [_same_application_form, _same_sessions, _same_coursework_plan],
        "participant.enrolled": [_sessions_of_participant],
        "participant.withdrew": [seat_of_participant, _sessions_of_participant],
        "meeting.attended": [_session_attended],
        "seat.freed": [next_on_waiting_list],
        "offer.expired": [offer_expired],
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

    def settle(payload: dict[str, Any]) -> None:
        facilitation.settle_outcomes(database, settings, payload["run"], within(settings), clock)

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
        "run.settle": settle,
        "certificate.archive": pack,
        "archive.remove": lambda payload: files.remove(payload["sha256"]),
        "course.measure": deed(
            lambda db, said, _now: catalog.measure_language(db, said["course"], said["language"], said["revision"])
        ),
        "translation.check": deed(lambda db, said, _now: check_language(db, said["course"], said["language"])),
        "glossary.check": deed(lambda db, said, _now: check_every_course(db, said["language"])),
        "meeting.tell": deed(
            lambda db, said, now: calendars.tell_meeting(db, settings, said["meeting"], said["sequence"], now)
        ),
        "meeting.remind": deed(
            lambda db, said, now: calendars.remind(db, settings, said["meeting"], said["sequence"], said["which"], now)
        ),
        "meeting.participant": deed(
            lambda db, said, now: calendars.tell_participant(db, settings, said["enrolment"], now)
        ),
        "digest": deed(lambda db, said, now: send_digest(db, settings, said["person"], said["day"], now)),
        "announcement": deed(
            lambda db, said, now: send_announcement(db, settings, said["announcement"], said["first"], now)
        ),
        "discussion.digest": deed(lambda db, said, now: send_news(db, settings, said["person"], said["day"], now)),
    }


def personal_data(files: FileStore) -> list[Callable[[Session, Person], dict[str, object]]]:
    """What "export my data" gathers: each floor gives its own part under names of its own."""

    def certificates(db: Session, person: Person) -> dict[str, object]:
        return certification.personal_data(db, person, files)

    return [
        accounts.personal_data,
        intake.personal_data,
        people.personal_data,
        assessment.personal_data,
        coursework.personal_data,
        learning.personal_data,
        discussion.personal_data,
        certificates,
        facilitation.personal_data,
    ]
