"""The words of the letters about assignments. Said in the language of the moment: the caller chooses the
recipient's.
"""

from dataclasses import dataclass

from lms.accounts.letters import Words
from lms.kernel.i18n import _


@dataclass(frozen=True, slots=True)
class About:
    """What every letter about an assignment says."""

    name: str
    """Of the recipient."""
    platform: str
    assignment: str
    course: str
    run: str
    link: str
    """The page of the assignment."""


def _letter(about: About, subject: str, *paragraphs: str) -> Words:
    return Words.of(subject, _("Dear %(name)s,", name=about.name), *paragraphs, about.link, platform=about.platform)


def marked(about: About) -> Words:
    """Says nothing of the result: letters are read by others too."""
    return _letter(
        about,
        _("Your work is marked: %(assignment)s", assignment=about.assignment),
        _(
            "Your work for “%(assignment)s” in “%(course)s”, %(run)s, is marked. You find the result and what the"
            " marker says here:",
            assignment=about.assignment,
            course=about.course,
            run=about.run,
        ),
    )


def revise(about: About) -> Words:
    return _letter(
        about,
        _("Please revise your work: %(assignment)s", assignment=about.assignment),
        _(
            "Somebody has read your work for “%(assignment)s” in “%(course)s”, %(run)s, and asks you to revise it and"
            " hand it in again. What they say, and your draft to go on with, are here:",
            assignment=about.assignment,
            course=about.course,
            run=about.run,
        ),
    )
