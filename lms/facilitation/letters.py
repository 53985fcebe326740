"""The words of the letters about the end of a run. Said in the language of the moment: the caller chooses it."""

from lms.accounts.letters import Words
from lms.facilitation.queries import Dashboard
from lms.kernel.i18n import _, format_date, ngettext
from lms.runs.models import Run


def confirm_name(*, name: str, platform: str, course: str, run: str, link: str) -> Words:
    """To who earned a certificate that waits until they confirm how their name is printed."""
    return Words.of(
        _("Your certificate waits for your name: %(course)s, %(run)s", course=course, run=run),
        _("Dear %(name)s,", name=name),
        _("“%(course)s”, %(run)s, is over, and you have earned a certificate.", course=course, run=run),
        _("It is issued as soon as you confirm how your name is printed and in which language:"),
        link,
        platform=platform,
    )


def weekly_summary(dashboard: Dashboard, run: Run) -> str:
    """A draft in the language of the moment, from the numbers alone: whoever teaches makes it their own."""
    module, numbers = dashboard.module, dashboard.numbers
    assert module
    said = [
        _("Dear participants,"),
        _(
            "this week's module is “%(module)s”. It goes until %(day)s.",
            module=module.title.text,
            day=format_date(module.week.ends_on),
        ),
        ngettext(
            "%(people)s of %(number)s participant has begun it, and %(finished)s has finished it.",
            "%(people)s of %(number)s participants have begun it, and %(finished)s have finished it.",
            numbers.participants,
            people=module.people,
            finished=module.finished,
        ),
        ngettext(
            "1 participant was at work in the course in the last seven days.",
            "%(number)s participants were at work in the course in the last seven days.",
            numbers.active,
        ),
    ]
    if dashboard.following and dashboard.following_title:
        opening = format_date(dashboard.following.opens_on)
        said.append(_("“%(module)s” opens on %(day)s.", module=dashboard.following_title.text, day=opening))
    if numbers.behind and run.grace_until:
        said.append(
            _(
                "If something of an earlier module is still open: there is time to catch up until %(day)s, and we help."
                " Just answer this message.",
                day=format_date(run.grace_until),
            )
        )
    return "\n\n".join(said)
