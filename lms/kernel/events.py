"""How a lower floor tells a higher one: it records a fact; the table in `lms.consequences` says what follows.

`finish` is the one place that commits.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

Consequence = Callable[..., None]
"""Called as consequence(db, now=…, **facts), inside the transaction that recorded the event."""
Within = Mapping[str, Sequence[Consequence]]


def record(db: Session, name: str, **facts: Any) -> None:
    """Something happened that others may care about. Unknown names fail when the transaction finishes."""
    db.info.setdefault("events", []).append((name, facts))


def finish(db: Session, within: Within, now: datetime) -> None:
    """Let everything follow that must follow, then commit. Any exception leaves nothing done."""
    follow(db, within, now)
    db.commit()


def follow(db: Session, within: Within, now: datetime) -> None:
    """What must follow from what was done so far, in the same transaction."""
    events = db.info.setdefault("events", [])
    while events:
        name, facts = events.pop(0)
        for consequence in within[name]:
            consequence(db, now=now, **facts)
