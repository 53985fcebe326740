"""The words of the letters about a place in a run. Said in the language of the moment: the caller chooses the
recipient's.
"""

from dataclasses import dataclass

from lms.accounts.letters import Words
from lms.kernel.i18n import _


@dataclass(frozen=True, slots=True)
class About:
    """What every letter about a place says."""

    name: str
    """Of the recipient; empty where it is not known."""
    platform: str
    course: str
    run: str
    link: str
    """The recipient's application, or where they register."""
    message: str | None = None
    """What those who decided add in their own words."""
    until: str = ""
    """When an offer ends, in the recipient's time."""


def _letter(about: About, subject: str, *paragraphs: str) -> Words:
    greeting = _("Dear %(name)s,", name=about.name) if about.name else _("Hello,")
    return Words.of(subject, greeting, *paragraphs, platform=about.platform)


def _added(about: About) -> list[str]:
    return [_("Those who selected write:"), about.message] if about.message else []


def received(about: About) -> Words:
    return _letter(
        about,
        _("We have your application: %(course)s, %(run)s", course=about.course, run=about.run),
        _("Your application for “%(course)s”, %(run)s, has arrived.", course=about.course, run=about.run),
        _("It is read when the call is over, and you get a letter. You always see where it stands here:"),
        about.link,
    )


def offered(about: About) -> Words:
    return _letter(
        about,
        _("A place for you: %(course)s, %(run)s", course=about.course, run=about.run),
        _("You are accepted for “%(course)s”, %(run)s. Congratulations!", course=about.course, run=about.run),
        *_held(about),
    )


def promoted(about: About) -> Words:
    return _letter(
        about,
        _("A place has become free for you: %(course)s, %(run)s", course=about.course, run=about.run),
        _(
            "You were on the waiting list for “%(course)s”, %(run)s, and a place has become free for you.",
            course=about.course,
            run=about.run,
        ),
        *_held(about),
    )


def _held(about: About) -> list[str]:
    return [
        *_added(about),
        _(
            "The place is held for you. Please confirm it before %(moment)s (your time); after that it goes to somebody"
            " else. Confirm or decline here:",
            moment=about.until,
        ),
        about.link,
    ]


def confirmed(about: About) -> Words:
    return _letter(
        about,
        _("Your place is confirmed: %(course)s, %(run)s", course=about.course, run=about.run),
        _("You are now a participant of “%(course)s”, %(run)s.", course=about.course, run=about.run),
        _("The course is here; its modules open by and by:"),
        about.link,
    )


def waiting(about: About) -> Words:
    return _letter(
        about,
        _("You are on the waiting list: %(course)s, %(run)s", course=about.course, run=about.run),
        _(
            "All places in “%(course)s”, %(run)s, are given to others at the moment. You are on the waiting list: when"
            " a place becomes free, the next in order is offered it by letter.",
            course=about.course,
            run=about.run,
        ),
        *_added(about),
        _("You always see where your application stands here:"),
        about.link,
    )


def not_selected(about: About) -> Words:
    return _letter(
        about,
        _("Your application: %(course)s, %(run)s", course=about.course, run=about.run),
        _(
            "Thank you for applying for “%(course)s”, %(run)s. We are sorry that we cannot offer you a place this"
            " time.",
            course=about.course,
            run=about.run,
        ),
        *_added(about),
        _("You are welcome to apply for another run. Your application is here:"),
        about.link,
    )


def expired(about: About) -> Words:
    return _letter(
        about,
        _("The place was not confirmed: %(course)s, %(run)s", course=about.course, run=about.run),
        _(
            "A place in “%(course)s”, %(run)s, was held for you, and the time to confirm it is over. It is no longer"
            " held.",
            course=about.course,
            run=about.run,
        ),
        _("Write to the people who run the course if you still want to take part. Your application is here:"),
        about.link,
    )


def enrolled(about: About) -> Words:
    return _letter(
        about,
        _("You are invited and enrolled: %(course)s, %(run)s", course=about.course, run=about.run),
        _("You were invited to “%(course)s”, %(run)s, and are a participant now.", course=about.course, run=about.run),
        _("The course is here; its modules open by and by:"),
        about.link,
    )


def invited(about: About) -> Words:
    return _letter(
        about,
        _("You are invited: %(course)s, %(run)s", course=about.course, run=about.run),
        _("You are invited to “%(course)s”, %(run)s, and a place is kept for you.", course=about.course, run=about.run),
        _("Create an account with this e-mail address and confirm the address. You are a participant from then on:"),
        about.link,
        _("If you do not want the place, ignore this letter."),
    )
