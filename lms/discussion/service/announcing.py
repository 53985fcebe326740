"""Announcements: written once in one language or several, kept on a page, sent in each recipient's language."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from lms.accounts.links import unsubscribe_link
from lms.accounts.models import Person
from lms.accounts.rules import LetterKind
from lms.discussion import letters
from lms.discussion.models import Announcement, AnnouncementRecipient
from lms.discussion.policy import may_write
from lms.discussion.queries import announcement_to_send, group, recipients_to_write_to
from lms.discussion.rules import (
    LONGEST_POST,
    LONGEST_TITLE,
    Audience,
    Said,
    best_language,
    problems_of_texts,
    tidy_post,
    tidy_title,
)
from lms.discussion.source import draw_post
from lms.kernel.audit import record_audit
from lms.kernel.i18n import LANGUAGES, SOURCE_LANGUAGE, _, use_language
from lms.kernel.mail import queue_letter
from lms.kernel.outbox import enqueue
from lms.kernel.refusals import Invalid, require
from lms.runs.models import Run
from lms.runs.policy import may_teach
from lms.runs.queries import course_title, package_of_run
from lms.settings import Settings

A_BATCH = 50
"""Letters that are queued in one transaction."""


def publish_announcement(
    db: Session,
    actor: Person,
    run: Run,
    texts: Mapping[str, Said],
    *,
    source: str,
    audience: Audience,
    value: str | None,
    by_mail: bool,
    now: datetime,
) -> Announcement:
    """Tell the participants, or a group of them as it is now. Raises Denied, and Invalid for what is missing.

    `source` is the language for everybody in whose language there is no text; the first there is, where it has none.
    """
    require(may_teach(actor, run.course.slug, run.slug, now) and may_write(run))
    texts = {code: Said(tidy_title(said.title), tidy_post(said.text)) for code, said in texts.items()}
    texts = {code: said for code, said in texts.items() if said.title or said.text}
    _check(texts, source)
    if (value is None) != (audience in (Audience.ALL, Audience.NOT_STARTED)):
        raise Invalid({"audience": _("Choose which module, which way in or which country is meant.")})
    reached = group(db, run, package_of_run(db, run), audience, value)
    if not reached:
        raise Invalid({"audience": _("Nobody is in this group at the moment.")})
    announcement = Announcement(
        run_id=run.id,
        author_id=actor.id,
        source=source if source in texts else next(iter(texts)),
        texts={
            code: {"title": said.title, "text": said.text, "html": draw_post(said.text)} for code, said in texts.items()
        },
        audience=audience,
        audience_value=value,
        by_mail=by_mail,
        published_at=now,
    )
    db.add(announcement)
    db.flush()
    rows = [{"announcement_id": announcement.id, "enrolment_id": each} for each in reached]
    db.execute(insert(AnnouncementRecipient), rows)
    for first in range(0, len(reached), A_BATCH) if by_mail else ():
        said = {"announcement": announcement.public_id, "first": first}
        enqueue(db, "announcement", f"announcement:{announcement.public_id}:{first}", said, now)
    told = {"announcement": announcement.public_id, "audience": audience.value, "value": value, "people": len(reached)}
    record_audit(db, actor, "publish_announcement", f"run:{run.slug}", now, after=told)
    return announcement


def _check(texts: Mapping[str, Said], source: str) -> None:
    problems = {}
    for code, part in problems_of_texts(texts).items():
        sentence = _("Write the text too, or take the title away.") if part == "text" else _("Write a title too.")
        problems[f"{part}-{code}"] = sentence
    for code, said in texts.items():
        if len(said.title) > LONGEST_TITLE:
            problems[f"title-{code}"] = _("This is too long.")
        if len(said.text) > LONGEST_POST:
            problems[f"text-{code}"] = _("This is too long.")
    if not texts:
        problems[f"title-{source}"] = _("Write the announcement in one language at least.")
    if problems:
        raise Invalid(problems)


def send_announcement(db: Session, settings: Settings, public_id: str, first: int, now: datetime) -> None:
    """Queue the letters to one batch of recipients; each is queued once, however often this is done."""
    announcement = announcement_to_send(db, public_id)
    for person in recipients_to_write_to(db, announcement, first, A_BATCH):
        _send(db, settings, announcement, person, now)


def _send(db: Session, settings: Settings, announcement: Announcement, person: Person, now: datetime) -> None:
    language = person.language if person.language in LANGUAGES else SOURCE_LANGUAGE
    said = announcement.texts[best_language(announcement.texts, language, announcement.source)]
    stop = unsubscribe_link(settings, person.public_id, [LetterKind.ANNOUNCEMENTS], language)
    run = announcement.run
    with use_language(language):
        words = letters.announcement(
            name=person.name,
            platform=settings.platform_name,
            author=announcement.author.name,
            course=" ".join(course_title(db, run, language).text.split()),
            run=run.title or "",
            title=said["title"],
            text=said["text"],
            link=f"{settings.base_url}/{language}/learn/{run.slug}/announcements/",
            stop=stop,
        )
    queue_letter(
        db,
        key=f"announcement:{announcement.public_id}:{person.public_id}",
        to_name=person.name,
        to_email=person.email,
        subject=words.subject,
        text=words.text,
        language=language,
        now=now,
        unsubscribe=stop,
    )
