"""One letter in the morning to each translator and reviewer for whom something new waits, in their own language."""

import json
from datetime import date, datetime, time
from hashlib import sha256
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.kernel.audit import record_audit
from lms.kernel.i18n import LANGUAGES, SOURCE_LANGUAGE, use_language
from lms.kernel.mail import queue_letter
from lms.kernel.models import OutboxJob
from lms.kernel.outbox import enqueue
from lms.settings import Settings
from lms.workshop import letters
from lms.workshop.queries.assignments import Part, at_home, person_to_write_to, today_of, who_wants_digests

MORNING, NOON = time(7), time(12)
"""On the recipient's clock. Asked for at seven; who was not reached then, because we stood still, is until noon."""
SOON_DAYS = 3


def ask_for_digests(db: Session, now: datetime) -> None:
    """Queue a look at what waits for everybody whose morning it is, once a day each; two queries when all are asked."""
    wanted = {}
    for person, zone in who_wants_digests(db, now):
        local = now.astimezone(ZoneInfo(zone))
        if MORNING <= local.time() < NOON:
            wanted[f"digest:{person}:{local.date()}"] = {"person": person, "day": local.date().isoformat()}
    asked = set(db.scalars(select(OutboxJob.key).where(OutboxJob.key.in_(wanted)))) if wanted else set()
    for key in sorted(set(wanted) - asked):
        enqueue(db, "digest", key, wanted[key], now)


def send_digest(db: Session, settings: Settings, public_id: str, day: str, now: datetime) -> None:
    """Write to somebody what waits for them, unless nothing does or the last letter said the same."""
    person = person_to_write_to(db, public_id)
    if person is None:
        return
    language, today = person.language if person.language in LANGUAGES else SOURCE_LANGUAGE, today_of(person, now)
    parts = [part for part in at_home(db, person, language, now).own if part.waits]
    said = _fingerprint(parts, today) if parts else None
    if said == person.digest_said:
        return
    person.digest_said = said
    db.flush()
    record_audit(db, None, "send_digest" if parts else "forget_digest", f"person:{public_id}", now)
    if not parts:
        return
    base = f"{settings.base_url}/{language}"
    with use_language(language):
        words = letters.digest(
            name=person.name,
            platform=settings.platform_name,
            parts=parts,
            today=today,
            link=f"{base}/workshop/",
            profile=f"{base}/profile/#digest",
        )
    queue_letter(
        db,
        key=f"digest:{public_id}:{day}",
        to_name=person.name,
        to_email=person.email,
        subject=words.subject,
        text=words.text,
        language=language,
        now=now,
    )


def _fingerprint(parts: list[Part], today: date) -> str:
    """Differs when something else waits, or a due date was changed, has come near or has passed."""
    said = [
        (part.slug, part.language, part.translates, part.reviews, str(part.due_on), _nearness(part.due_on, today))
        + ((part.counts.untranslated, part.counts.source_changed) if part.translates else ())
        + (part.counts.drafts, part.counts.sent_back, part.counts.newest)
        + ((part.counts.for_review,) if part.reviews else ())
        for part in parts
    ]
    return sha256(json.dumps(sorted(said)).encode()).hexdigest()


def _nearness(due_on: date | None, today: date) -> str:
    if due_on is None or (due_on - today).days > SOON_DAYS:
        return "later"
    return "soon" if due_on >= today else "past"
