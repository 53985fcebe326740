"""Who may do what inside a course they are enrolled in."""

from lms.catalog.models import CourseLanguage
from lms.kernel.i18n import _
from lms.kernel.refusals import Allowed, Refused, Verdict
from lms.learning.models import CertificateDetails, Evaluation


def may_hand_in_evaluation(handed_in: Evaluation | None) -> Verdict:
    if handed_in is not None:
        return Refused(_("You have given your view already. Thank you."))
    return Allowed()


def may_confirm_details(details: CertificateDetails | None, *, issued: bool) -> Verdict:
    """Name and language can be changed until a certificate carries them."""
    if details is not None and issued:
        return Refused(
            _("Your certificate is issued already. You can ask for a correction on its page, under “My certificates”.")
        )
    return Allowed()


def certificate_languages(languages: list[CourseLanguage]) -> list[str]:
    """The languages a certificate of the course can be in: those the course is complete in."""
    return [row.language for row in languages if row.offered]
