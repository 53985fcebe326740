"""What somebody holds, a file or a line of text, checked with public keys alone: nobody is asked, nothing is kept."""

from lms.certification.rules import Verdict
from lms.certification.signing.badge import check_badge
from lms.certification.signing.desk import Desk
from lms.certification.signing.keys import Public, public_pem
from lms.certification.signing.statement import Proof, check_statement
from lms.kernel.i18n import _


def verify(held: bytes, keys: Public, desk: Desk, *, name: str | None = None) -> Proof:
    """What a PDF, a badge or a statement is worth, for the person named where one is. Raises ChildStopped."""
    if b"%PDF-" not in held[:1024]:
        text = held.decode("utf-8", "replace")
        return check_badge(text, keys, name=name) or check_statement(text, keys, name=name)
    found = desk.check(held, [public_pem(key) for key in keys.values()])
    if found.verdict is not Verdict.GENUINE:
        return Proof(found.verdict, {})
    return check_statement(str((found.credential or {}).get("statement", "")), keys, name=name)


def say(verdict: Verdict) -> str:
    """A verdict as a sentence for whoever asked, in the language of the moment."""
    return {
        Verdict.GENUINE: _("It is genuine: the issuer signed exactly this."),
        Verdict.UNREADABLE: _("This is neither a certificate nor a signed statement. Perhaps a part of it is missing."),
        Verdict.ALTERED: _("The statement was altered after it was signed, or somebody made it up. Do not trust it."),
        Verdict.UNKNOWN_KEY: _(
            "The statement is signed with a key that is none of this issuer’s. Do not trust it, unless you get a newer"
            " list of keys from the issuer and the key is in it."
        ),
        Verdict.OTHER_CODE: _(
            "The statement is genuine and belongs to another certificate: the code in the address is not its own."
        ),
        Verdict.OTHER_NAME: _(
            "The statement is genuine and was issued to somebody else: the name is not the one that you gave."
        ),
        Verdict.NOT_SIGNED: _("The file is not signed. Check the statement in its square code, or its code online."),
        Verdict.FILE_ALTERED: _("The file was altered after it was signed. Do not trust it."),
        Verdict.SIGNED_BY_ANOTHER: _(
            "The file is signed with a key that is none of this issuer’s: somebody signed a copy of their own."
            " Do not trust it."
        ),
        Verdict.ATTACHMENT_SWAPPED: _(
            "The data attached to the file were exchanged after it was signed. Do not trust them."
        ),
        Verdict.CHANGED_LATER: _(
            "Something was added to the file after it was signed. Do not trust it; ask for the file as it was issued."
        ),
    }[verdict]
