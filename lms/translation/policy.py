"""Who may approve a text. Who works on which language of what is for the floors above to say."""

from lms.accounts.models import Person
from lms.kernel.i18n import _
from lms.kernel.refusals import Allowed, Refused, Verdict
from lms.translation.models import Translation


def may_approve_text(person: Person, translation: Translation) -> Verdict:
    """Nobody approves their own text, whatever their role."""
    if translation.translated_by_id == person.id:
        return Refused(_("You wrote this text yourself; somebody else has to approve it."))
    return Allowed()
