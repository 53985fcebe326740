"""Giving the work on a language to translators and reviewers, and taking it back; each is told by letter."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from lms.accounts import service as accounts
from lms.accounts.letters import Words
from lms.accounts.models import Person, RoleGrant
from lms.accounts.queries import person_by_email
from lms.accounts.rules import Role
from lms.accounts.service import Limit, count, refuse_too_many
from lms.catalog.models import Course
from lms.catalog.queries import title_in
from lms.catalog.service import refresh_language
from lms.kernel.db import new_public_id
from lms.kernel.i18n import LANGUAGES, SOURCE_LANGUAGE, _, use_language
from lms.kernel.mail import queue_letter
from lms.kernel.refusals import Invalid
from lms.settings import Settings
from lms.workshop import letters
from lms.workshop.queries.assignments import languages_to_work_on, today_of

MISSES = Limit("assign-misses", 20, timedelta(hours=1))
"""How often one coordinator may name an address that nobody can be given work at.

Who has an account is not for everybody to know. A coordinator finds out by giving work, never silently: the person gets
a letter and the ledger a row. What stays is the miss; it says nothing about why, and there are few.
"""
LATEST_YEAR = 2200


def assign(
    db: Session,
    settings: Settings,
    actor: Person,
    course: Course,
    *,
    email: str,
    role: Role,
    language: str,
    due_on: date | None,
    now: datetime,
) -> RoleGrant:
    """Give somebody one language of a course to translate or review, and write to them.

    A language nobody has begun is begun with it: from then on it is listed for who leads the course.
    """
    wrong = {} if language in languages_to_work_on(course) else {"language": _("Choose one from the list.")}
    wrong |= _check_due(actor, due_on, now)
    if wrong:
        raise Invalid(wrong)
    person = _somebody(db, actor, email, now)
    grant = accounts.grant_role(
        db, actor, person, role=role, scope=f"course:{course.slug}", language=language, due_on=due_on, now=now
    )
    if language not in {row.language for row in course.languages}:
        refresh_language(db, course.slug, language, now)
    with use_language(_language_of(person)):
        words = letters.assigned(
            name=person.name,
            platform=settings.platform_name,
            course=_title(course, person),
            language=language,
            role=role,
            due_on=due_on,
            link=_home(settings, person),
        )
    _send(db, person, words, now)
    return grant


def change_due_date(
    db: Session, settings: Settings, actor: Person, course: Course, grant: RoleGrant, due_on: date | None, now: datetime
) -> None:
    """Ask for the work by another day, or by none, and say so; the same day again changes nothing."""
    wrong = _check_due(actor, due_on, now)
    if wrong:
        raise Invalid(wrong)
    if grant.due_on == due_on:
        return
    accounts.change_due_date(db, actor, grant.person, grant, due_on, now)
    person = grant.person
    with use_language(_language_of(person)):
        words = letters.due_date_changed(
            name=person.name,
            platform=settings.platform_name,
            course=_title(course, person),
            language=grant.language,
            due_on=due_on,
            link=_home(settings, person),
        )
    _send(db, person, words, now)


def unassign(db: Session, settings: Settings, actor: Person, course: Course, grant: RoleGrant, now: datetime) -> None:
    """Take the work back from now on, and say so. What the person wrote stays."""
    person = grant.person
    accounts.end_grant(db, actor, person, grant, now)
    with use_language(_language_of(person)):
        words = letters.unassigned(
            name=person.name,
            platform=settings.platform_name,
            course=_title(course, person),
            language=grant.language,
        )
    _send(db, person, words, now)


def _somebody(db: Session, actor: Person, email: str, now: datetime) -> Person:
    """Who can be given work at this address; one sentence for unknown, not confirmed and suspended alike."""
    refuse_too_many(db, MISSES, actor.public_id, now)
    person = person_by_email(db, email)
    if person is None or person.email_confirmed_at is None or person.suspended_at is not None:
        count(db, MISSES, actor.public_id, now)
        raise Invalid(
            {
                "email": _(
                    "Nobody can be given work at this address."
                    " Ask the person to create an account with it and to confirm it, and try again."
                )
            }
        )
    return person


def _check_due(actor: Person, due_on: date | None, now: datetime) -> dict[str, str]:
    if due_on is None or today_of(actor, now) <= due_on < date(LATEST_YEAR, 1, 1):
        return {}
    return {"due_on": _("Choose today or a later day.")}


def _send(db: Session, person: Person, words: Words, now: datetime) -> None:
    queue_letter(
        db,
        key=new_public_id(),
        to_name=person.name,
        to_email=person.email,
        subject=words.subject,
        text=words.text,
        language=_language_of(person),
        now=now,
    )


def _language_of(person: Person) -> str:
    return person.language if person.language in LANGUAGES else SOURCE_LANGUAGE


def _title(course: Course, person: Person) -> str:
    return title_in(course, _language_of(person)).text


def _home(settings: Settings, person: Person) -> str:
    return f"{settings.base_url}/{_language_of(person)}/workshop/"
