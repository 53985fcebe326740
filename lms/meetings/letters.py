"""The words of the letters about live sessions, in the language of the moment: the caller chooses the recipient's."""

from dataclasses import dataclass

from lms.accounts.letters import Words
from lms.kernel.i18n import _


@dataclass(frozen=True, slots=True)
class About:
    """What every letter about sessions says."""

    name: str
    platform: str
    course: str
    run: str
    link: str
    """The page of the session, or of all sessions: the way to the room is there."""


@dataclass(frozen=True, slots=True)
class When:
    """One session."""

    title: str
    your_time: str
    """In the recipient's zone."""
    session_time: str
    """In the session's."""
    zone: str


def _letter(about: About, subject: str, *paragraphs: str) -> Words:
    return Words.of(subject, _("Dear %(name)s,", name=about.name), *paragraphs, platform=about.platform)


def _when(when: When) -> list[str]:
    return [
        _("Your time: %(moment)s", moment=when.your_time)
        + "\n"
        + _("Session time: %(moment)s (%(zone)s)", moment=when.session_time, zone=when.zone)
    ]


def _way(about: About) -> list[str]:
    return [_("The way to the room is on this page. It opens an hour before:"), about.link]


def invited(about: About, when: When, note: str | None) -> Words:
    return _letter(
        about,
        _("Live session: %(title)s, %(moment)s", title=when.title, moment=when.your_time),
        _("You are invited to “%(title)s”, a live session of “%(course)s”.", title=when.title, course=about.course),
        *_when(when),
        *([note] if note else []),
        *_way(about),
    )


def changed(about: About, when: When, note: str | None) -> Words:
    return _letter(
        about,
        _("Changed: %(title)s, %(moment)s", title=when.title, moment=when.your_time),
        _(
            "Something has changed about “%(title)s”, a live session of “%(course)s”. This holds now:",
            title=when.title,
            course=about.course,
        ),
        *_when(when),
        *([note] if note else []),
        *_way(about),
    )


def cancelled(about: About, when: When, reason: str) -> Words:
    return _letter(
        about,
        _("Cancelled: %(title)s, %(moment)s", title=when.title, moment=when.your_time),
        _(
            "“%(title)s”, a live session of “%(course)s”, does not take place.",
            title=when.title,
            course=about.course,
        ),
        *_when(when),
        reason,
    )


def reminder(about: About, when: When) -> Words:
    return _letter(
        about,
        _("Soon: %(title)s, %(moment)s", title=when.title, moment=when.your_time),
        _("“%(title)s”, a live session of “%(course)s”, begins soon.", title=when.title, course=about.course),
        *_when(when),
        *_way(about),
    )


def welcome(about: About, coming: list[When]) -> Words:
    """To who comes into a run: all its sessions at once."""
    return _letter(
        about,
        _("Live sessions: %(course)s, %(run)s", course=about.course, run=about.run),
        _("These are the live sessions of “%(course)s”, %(run)s, in your time:", course=about.course, run=about.run),
        "\n".join(_("%(moment)s: %(title)s", moment=each.your_time, title=each.title) for each in coming),
        _("They are attached for your calendar. The way to each room is on this page:"),
        about.link,
    )


def farewell(about: About) -> Words:
    """To who has left a run: its sessions leave their calendar."""
    return _letter(
        about,
        _("No more live sessions: %(course)s, %(run)s", course=about.course, run=about.run),
        _(
            "You are no longer in “%(course)s”, %(run)s. The attached file takes its live sessions out of your"
            " calendar.",
            course=about.course,
            run=about.run,
        ),
    )
