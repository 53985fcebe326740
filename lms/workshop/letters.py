"""The words of the letters about translations, in the language of the moment: the caller chooses the recipient's."""

from datetime import date

from lms.accounts.letters import Words
from lms.accounts.rules import Role
from lms.kernel.i18n import _, format_date, language_name, ngettext
from lms.workshop.queries.assignments import Part, due_sentence


def assigned(
    *, name: str, platform: str, course: str, language: str, role: str, due_on: date | None, link: str
) -> Words:
    if role == Role.TRANSLATOR:
        subject, asked = _("A course to translate"), _("You are asked to translate a course.")
    else:
        subject, asked = _("A translation to review"), _("You are asked to review the translation of a course.")
    work = [*_work(course, language), *_due(due_on)]
    begin = _("What waits for you there, and where to begin:")
    return _letter(subject, name, asked, "\n".join(work), begin, link, platform=platform)


def due_date_changed(
    *, name: str, platform: str, course: str, language: str | None, due_on: date | None, link: str
) -> Words:
    changed = (
        _("The work on a translation is now asked for by another day.")
        if due_on
        else _("The work on a translation is no longer asked for by a certain day.")
    )
    work = [*_work(course, language), *_due(due_on)]
    return _letter(_("Another due date"), name, changed, "\n".join(work), link, platform=platform)


def unassigned(*, name: str, platform: str, course: str, language: str | None) -> Words:
    return _letter(
        _("Your work on a translation is over"),
        name,
        _("Somebody who leads this course has ended your work on its translation. What you wrote stays. Thank you."),
        "\n".join(_work(course, language)),
        platform=platform,
    )


def digest(*, name: str, platform: str, parts: list[Part], today: date, link: str, profile: str) -> Words:
    number = sum(part.waits for part in parts)
    return _letter(
        ngettext("%(number)s text waits for you", "%(number)s texts wait for you", number),
        name,
        _("This waits for you in the translation workshop:"),
        *("\n".join(_lines(part, today)) for part in parts),
        _("Go on here:"),
        link,
        _("You get this letter on mornings when something has changed. You can stop these letters in your profile:"),
        profile,
        platform=platform,
    )


def _lines(part: Part, today: date) -> list[str]:
    """One language of one course: what waits, as a list."""
    counts = part.counts
    lines = []
    if part.translates and counts.untranslated:
        lines.append(ngettext("%(number)s text to translate", "%(number)s texts to translate", counts.untranslated))
    if part.translates and counts.source_changed:
        changed = counts.source_changed
        lines.append(
            ngettext(
                "%(number)s text whose original has changed", "%(number)s texts whose original has changed", changed
            )
        )
    if counts.sent_back:
        lines.append(
            ngettext("%(number)s text sent back to you", "%(number)s texts sent back to you", counts.sent_back)
        )
    if counts.drafts:
        lines.append(ngettext("%(number)s draft of yours", "%(number)s drafts of yours", counts.drafts))
    if part.reviews and counts.for_review:
        lines.append(ngettext("%(number)s text to review", "%(number)s texts to review", counts.for_review))
    if part.due_on:
        lines.append(due_sentence(part.due_on, today))
    return [*_work(part.title.text, part.language), *(f"- {line}" for line in lines)]


def _work(course: str, language: str | None) -> list[str]:
    said = language_name(language) if language else _("Every language")
    return [_("Course: %(course)s", course=course), _("Language: %(language)s", language=said)]


def _due(due_on: date | None) -> list[str]:
    return [_("Due date: %(day)s", day=format_date(due_on))] if due_on else []


def _letter(subject: str, name: str, *paragraphs: str, platform: str) -> Words:
    return Words(subject, "\n\n".join([_("Dear %(name)s,", name=name), *paragraphs, platform]) + "\n")
