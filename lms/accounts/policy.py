"""Who may do what to people and roles. Other floors ask `holds` for verbs of their own."""

from datetime import datetime

from lms.accounts.models import Person
from lms.accounts.rules import EVERYWHERE, LEADING, WORKS_ON_A_LANGUAGE, Role
from lms.kernel.i18n import _
from lms.kernel.refusals import Allowed, Refused, Verdict


def holds(person: Person, role: Role, now: datetime, scope: str = EVERYWHERE, *, language: str | None = None) -> bool:
    """Whether the person has this role now, everywhere or in this very scope; with `language`, for that one too."""
    return any(
        grant.role == role
        and grant.scope in {EVERYWHERE, scope}
        and (language is None or grant.language in {None, language})
        and grant.valid_at(now)
        for grant in person.grants
    )


def is_administrator(person: Person | None, now: datetime) -> bool:
    return person is not None and holds(person, Role.ADMINISTRATOR, now)


def may_change_roles(
    actor: Person | None, person: Person, now: datetime, role: str | None = None, scope: str = EVERYWHERE
) -> Verdict:
    """Grant a role or end one: this one here, or any where none is named. `actor` None is the command line.

    Who leads a course says who translates and reviews it, and nothing else.
    """
    if actor is None:
        return _may_touch(person)
    if is_administrator(actor, now):
        if actor.id == person.id:
            return Refused(_("Nobody changes their own roles; ask another administrator."))
        return _may_touch(person)
    if role not in WORKS_ON_A_LANGUAGE or not _leads(actor, scope, now):
        return Refused(_("Only administrators give and end roles."))
    if actor.id == person.id:
        return Refused(_("Nobody gives work to themselves; ask another coordinator or an administrator."))
    return _may_touch(person)


def _leads(actor: Person, scope: str, now: datetime) -> bool:
    """Coordinates or manages this very course, or every course."""
    return scope.startswith("course:") and any(holds(actor, role, now, scope) for role in LEADING)


def may_suspend(actor: Person | None, person: Person, now: datetime) -> Verdict:
    """Suspend an account or lift a suspension. `actor` None is the command line."""
    if actor is None:
        return _may_touch(person)
    if not is_administrator(actor, now):
        return Refused(_("Only administrators suspend accounts."))
    if actor.id == person.id:
        return Refused(_("Nobody suspends themselves; ask another administrator."))
    return _may_touch(person)


def _may_touch(person: Person) -> Verdict:
    if person.deleted_at is not None:
        return Refused(_("This account was deleted by the person it belonged to."))
    return Allowed()
