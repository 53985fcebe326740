"""Who may do what in the workshop. Whoever has no part in a course's translation is not told of it."""

from datetime import datetime

from lms.accounts.models import Person
from lms.accounts.policy import holds, is_administrator
from lms.accounts.rules import LEADING, Role
from lms.kernel.i18n import _, language_name
from lms.kernel.refusals import Allowed, Refused, Verdict
from lms.translation.models import GlossaryTerm

WORKING = (Role.TRANSLATOR, Role.REVIEWER, Role.AUTHOR, *LEADING)


def _any(person: Person, roles: tuple[Role, ...], slug: str, now: datetime, language: str | None = None) -> bool:
    scope = f"course:{slug}"
    return is_administrator(person, now) or any(holds(person, role, now, scope, language=language) for role in roles)


def has_part(person: Person | None, now: datetime) -> bool:
    """Whether any course's workshop exists for the person."""
    return person is not None and (
        is_administrator(person, now) or any(each.role in WORKING and each.valid_at(now) for each in person.grants)
    )


def may_enter(person: Person, slug: str, now: datetime) -> bool:
    """Whether this course's workshop exists for the person at all."""
    return _any(person, WORKING, slug, now)


def may_translate(person: Person, slug: str, language: str, now: datetime) -> Verdict:
    """See the texts of a language and write them."""
    if _any(person, WORKING, slug, now, language):
        return Allowed()
    return Refused(_("You do not work on this course in this language: %(language)s", language=language_name(language)))


def may_review(person: Person, slug: str, language: str, now: datetime) -> Verdict:
    """Approve texts or send them back. One's own are for somebody else all the same."""
    if _any(person, (Role.REVIEWER, *LEADING), slug, now, language):
        return Allowed()
    return Refused(_("Only reviewers and coordinators approve texts."))


def may_publish(person: Person, slug: str, language: str, now: datetime) -> Verdict:
    """Offer a course in a language, or withdraw it."""
    if _any(person, (Role.REVIEWER, *LEADING), slug, now, language):
        return Allowed()
    return Refused(_("Only reviewers and coordinators publish a language."))


def may_say_meaning_unchanged(person: Person, slug: str, now: datetime) -> Verdict:
    """Speak for the source: an edit did not change what a text means."""
    if _any(person, (Role.AUTHOR, *LEADING), slug, now):
        return Allowed()
    return Refused(_("Only authors and coordinators say that an edit leaves the meaning as it was."))


def may_assign(person: Person, slug: str, now: datetime) -> Verdict:
    """Give the work on a language to translators and reviewers, and take it back."""
    if _any(person, LEADING, slug, now):
        return Allowed()
    return Refused(_("Only coordinators give out translations."))


def may_read_glossary(person: Person, now: datetime) -> bool:
    """Whether the glossaries exist for the person: they are one for all courses."""
    return has_part(person, now)


def may_change_glossary(person: Person, language: str, now: datetime) -> Verdict:
    """Add terms, change and remove them."""
    if is_administrator(person, now) or any(
        each.role in (Role.REVIEWER, *LEADING) and each.language in {None, language} and each.valid_at(now)
        for each in person.grants
    ):
        return Allowed()
    return Refused(_("Only reviewers of this language and coordinators change its glossary."))


def may_confirm_term(person: Person, term: GlossaryTerm, now: datetime) -> Verdict:
    """Say as a native speaker that it is right. One's own wording is for somebody else to confirm."""
    if term.changed_by_id == person.id:
        return Refused(_("You wrote this term last; somebody else has to confirm it."))
    return may_change_glossary(person, term.language, now)
