"""Who may do what with certificates. Verifying asks for nobody; downloading is the owner's alone (`queries`)."""

from datetime import datetime

from lms.accounts.models import Person
from lms.accounts.policy import is_administrator
from lms.accounts.rules import EVERYWHERE, TEACHING, Role
from lms.kernel.i18n import _
from lms.kernel.refusals import Allowed, Refused, Verdict

DECIDE = (Role.PROGRAMME_MANAGER, Role.COORDINATOR)
LOOK = (*DECIDE, *TEACHING)


def may_end_certificate(actor: Person | None, owner_id: int, scope: str, now: datetime) -> Verdict:
    """Revoke or replace, and decide about a correction: whoever runs the course, never for themselves.

    Nobody at all means the command line.
    """
    if actor is None:
        return Allowed()
    if not may_decide(actor, scope, now):
        return Refused(_("Only coordinators of the course and administrators revoke or replace certificates."))
    if actor.id == owner_id:
        return Refused(_("Somebody else has to decide about your own certificate."))
    return Allowed()


def may_design(person: Person, scope: str, now: datetime) -> Verdict:
    """Say how certificates of the course look: whoever runs it."""
    if may_decide(person, scope, now):
        return Allowed()
    return Refused(_("Only coordinators of the course and administrators design its certificates."))


def may_take_all(person: Person, scope: str, now: datetime) -> Verdict:
    """Take the certificates of a whole run along as one file: whoever runs the course. Trainers see whether one counts,
    and need nobody's PDF.
    """
    if may_decide(person, scope, now):
        return Allowed()
    return Refused(_("Only coordinators of the course and administrators take all its certificates along."))


def may_look(person: Person, scope: str, now: datetime) -> bool:
    """Whether certificates of the course are shown to this person: to whoever runs it or teaches in it."""
    return not scopes_of(person, LOOK, now).isdisjoint({EVERYWHERE, scope})


def may_decide(person: Person, scope: str, now: datetime) -> bool:
    """Whether requests to correct certificates of the course are shown to this person: to whoever runs it."""
    return not scopes_of(person, DECIDE, now).isdisjoint({EVERYWHERE, scope})


def scopes_of(person: Person, roles: tuple[Role, ...], now: datetime) -> frozenset[str]:
    """Where the person has one of these roles now; everywhere for administrators."""
    if is_administrator(person, now):
        return frozenset({EVERYWHERE})
    return frozenset(grant.scope for grant in person.grants if grant.role in roles and grant.valid_at(now))
