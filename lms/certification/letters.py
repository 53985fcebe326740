"""The words of the letters about certificates. Said in the language of the moment: the caller chooses the owner's."""

from dataclasses import dataclass
from datetime import date

from lms.accounts.letters import Words
from lms.certification.rules import CertificateKind
from lms.kernel.i18n import _, format_date


@dataclass(frozen=True, slots=True)
class About:
    """What every letter about a certificate says."""

    name: str
    """Of the owner's account."""
    platform: str
    course: str
    """As printed."""
    code: str
    own_certificates: str
    """Address of the owner's certificates."""
    verification: str
    """Address at which anyone verifies this one."""


def issued(about: About, kind: CertificateKind) -> Words:
    earned = (
        _("You have completed the course “%(course)s”, and your certificate is issued.", course=about.course)
        if kind is CertificateKind.COMPLETION
        else _("You have taken part in the course “%(course)s”, and your certificate is issued.", course=about.course)
    )
    return Words.of(
        _("Your certificate: %(course)s", course=about.course),
        _("Dear %(name)s,", name=about.name),
        earned,
        _("Open it and keep it here:"),
        about.own_certificates,
        _("Whoever you give this address to can verify it, without logging in. Its code is %(code)s.", code=about.code),
        about.verification,
        platform=about.platform,
    )


def replaced(about: About, new_code: str, answer: str | None) -> Words:
    """`answer` is what whoever decided about the owner's request says, if they say anything."""
    told = [_("Whoever decided about your request writes:"), answer] if answer else []
    return Words.of(
        _("Your certificate was replaced: %(course)s", course=about.course),
        _("Dear %(name)s,", name=about.name),
        _(
            "Your certificate with the code %(code)s for the course “%(course)s” was replaced by a corrected one with"
            " the code %(new)s. Please use only the new one from now on.",
            code=about.code,
            course=about.course,
            new=new_code,
        ),
        *told,
        _("Open it and keep it here:"),
        about.own_certificates,
        _("Whoever verifies the old one is led to the new one:"),
        about.verification,
        platform=about.platform,
    )


def revoked(about: About, day: date, reason: str) -> Words:
    return Words.of(
        _("Your certificate was revoked: %(course)s", course=about.course),
        _("Dear %(name)s,", name=about.name),
        _(
            "Your certificate with the code %(code)s for the course “%(course)s” was revoked on %(day)s. It is no"
            " longer valid. The reason:",
            code=about.code,
            course=about.course,
            day=format_date(day),
        ),
        reason,
        _("Whoever verifies it is told the day and not the reason:"),
        about.verification,
        _("Your certificates:"),
        about.own_certificates,
        _("Please write to the organisation that runs the site if you think this is a mistake."),
        platform=about.platform,
    )


def declined(about: About, answer: str) -> Words:
    return Words.of(
        _("Your certificate stays as it is: %(course)s", course=about.course),
        _("Dear %(name)s,", name=about.name),
        _(
            "You asked for another name on your certificate with the code %(code)s for the course “%(course)s”. It was"
            " decided that it stays as it is; it is valid as before. Whoever decided about your request writes:",
            code=about.code,
            course=about.course,
        ),
        answer,
        _("You can ask again, with what was missing, from the page of your certificate:"),
        about.own_certificates,
        platform=about.platform,
    )
