"""Who may do what to people and roles. Other floors ask `holds` for verbs of their own."""

from datetime import datetime

from lms.accounts.models import Person
from lms.accounts.rules import EVERYWHERE, Role


def holds(person: Person, role: Role, now: datetime, scope: str = EVERYWHERE) -> bool:
    """Whether the person has this role now, everywhere or in this very scope."""
    return any(grant.role == role and grant.scope in {EVERYWHERE, scope} and grant.valid_at(now) for grant in person.grants)


def is_administrator(person: Person | None, now: datetime) -> bool:
    return person is not None and holds(person, Role.ADMINISTRATOR, now)
