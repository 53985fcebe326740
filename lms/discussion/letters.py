"""The words of the letters about discussions and announcements. Said in the language of the moment: the caller chooses
the recipient's. What people wrote is given as they wrote it.
"""

from dataclasses import dataclass

from lms.accounts.letters import Words
from lms.kernel.i18n import _, ngettext


def announcement(
    *, name: str, platform: str, author: str, course: str, run: str, title: str, text: str, link: str, stop: str
) -> Words:
    """`title` and `text` are in the best language there is for the recipient."""
    return Words.of(
        _("%(run)s: %(title)s", run=run, title=title),
        _("Dear %(name)s,", name=name),
        _("%(author)s announces in “%(course)s”, %(run)s:", author=author, course=course, run=run),
        title,
        text,
        _("It also stands here:"),
        link,
        _("To get no more announcements by e-mail, open this link:"),
        stop,
        platform=platform,
    )


@dataclass(frozen=True, slots=True)
class News:
    """What is new in one thread."""

    title: str
    posts: int
    """0 where the recipient wants to hear of mentions alone."""
    mentioned_by: list[str]
    link: str


@dataclass(frozen=True, slots=True)
class NewsOfRun:
    course: str
    run: str
    news: list[News]


@dataclass(frozen=True, slots=True)
class Stop:
    """The links that stop letters; None where the recipient has stopped them before."""

    discussions: str | None
    mentions: str | None


def digest(*, name: str, platform: str, runs: list[NewsOfRun], stop: Stop) -> Words:
    """Run by run what is new; where the recipient was mentioned first of all."""
    every = [each for run in runs for each in run.news]
    mentions, posts = [each for each in every if each.mentioned_by], sum(each.posts for each in every)
    subject = (
        ngettext(
            "%(number)s new post in the discussions of your runs",
            "%(number)s new posts in the discussions of your runs",
            posts,
        )
        if posts
        else _("You were mentioned in a discussion")
    )
    told = ["\n".join([_mentioned(each), each.link]) for each in mentions]
    for run in runs:
        new = ["\n".join([_new(each), each.link]) for each in run.news if each.posts]
        if new:
            told += [_("New in “%(course)s”, %(run)s:", course=run.course, run=run.run), *new]
    return Words.of(subject, _("Dear %(name)s,", name=name), *told, *_how_to_stop(stop), platform=platform)


def _mentioned(news: News) -> str:
    people = ", ".join(news.mentioned_by)
    return _("%(people)s mentioned you in “%(title)s”:", people=people, title=news.title)


def _new(news: News) -> str:
    return ngettext(
        "“%(title)s”: %(number)s new post", "“%(title)s”: %(number)s new posts", news.posts, title=news.title
    )


def _how_to_stop(stop: Stop) -> list[str]:
    said = [_("This letter comes once a day when there is something new.")]
    if stop.discussions:
        said.append("\n".join([_("To hear no more of new posts, open this link:"), stop.discussions]))
    if stop.mentions:
        said.append("\n".join([_("To hear no more of mentions, open this link:"), stop.mentions]))
    return said
