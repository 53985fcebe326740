"""Who may do what with certificates. Verifying asks for nobody; downloading is the owner's alone (`queries`)."""

from datetime import datetime

from lms.accounts.models import Person
from lms.accounts.policy import is_administrator
from lms.kernel.i18n import _
from lms.kernel.refusals import Allowed, Refused, Verdict


def may_end_certificate(actor: Person | None, owner_id: int, now: datetime) -> Verdict:
    """Revoke or replace: administrators, never for themselves. Nobody at all means the command line."""
    if actor is None:
        return Allowed()
    if not is_administrator(actor, now):
        return Refused(_("Only administrators revoke or replace certificates."))
    if actor.id == owner_id:
        return Refused(_("Somebody else has to decide about your own certificate."))
    return Allowed()
