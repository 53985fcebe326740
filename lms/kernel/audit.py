"""Writing the audit ledger."""

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from lms.kernel.models import AuditEntry


class Actor(Protocol):
    """Whoever can be named in the ledger."""

    @property
    def public_id(self) -> Any: ...


def record_audit(
    db: Session,
    actor: Actor | None,
    action: str,
    thing: str,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Note who did what to which thing, in the transaction of the deed. `actor` None is the system itself."""
    who = f"person:{actor.public_id}" if actor else "system"
    db.add(AuditEntry(at=now, actor=who, action=action, thing=thing, before=before, after=after))
