"""Work that is given and done, for tests: grants without a detour, texts written and approved."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms import consequences
from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import Role
from lms.kernel.events import finish
from lms.settings import Settings
from lms.translation.models import Segment, Translation
from lms.translation.queries import history_of
from lms.translation.service import Draft, Seen, approve_translation, save_translation
from tests.factories import SLUG

HERE = f"course:{SLUG}"


def give(
    db: Session,
    person: Person,
    role: Role,
    now: datetime,
    *,
    scope: str = HERE,
    language: str | None = None,
    due_on: date | None = None,
) -> RoleGrant:
    """A role that the person has had for an hour."""
    since = now - timedelta(hours=1)
    grant = RoleGrant(person_id=person.id, role=role, scope=scope, language=language, due_on=due_on, valid_from=since)
    db.add(grant)
    db.flush()
    return grant


def segments(db: Session, slug: str = SLUG) -> list[Segment]:
    """What the course says now, in order."""
    query = select(Segment).where(Segment.collection == slug, Segment.position.is_not(None))
    return list(db.scalars(query.order_by(Segment.position)))


def write(
    db: Session, who: Person, segment: Segment, language: str, now: datetime, *, review: bool = True, text: str = ""
) -> Translation:
    """A text as somebody hands it over after having looked at what is there."""
    draft = Draft(text or f"{language.upper()} {segment.public_id}", for_review=review, warnings=0)
    return save_translation(db, who, segment, language, draft, seen(db, segment, language), now)


def seen(db: Session, segment: Segment, language: str) -> Seen:
    newest = db.scalars(history_of(segment, language)).first()
    return Seen(newest.id if newest else 0, segment.revision)


def approve(
    db: Session,
    settings: Settings,
    writer: Person,
    reviewer: Person,
    chosen: Iterable[Segment],
    language: str,
    now: datetime,
    say: Callable[[Segment], str] = lambda segment: f"FR {segment.public_id}",
) -> None:
    """Written by one, approved by the other, with all that follows; committed."""
    for segment in chosen:
        write(db, writer, segment, language, now, text=say(segment))
        approve_translation(db, reviewer, segment, language, seen(db, segment, language), now)
    finish(db, consequences.within(settings), now)
