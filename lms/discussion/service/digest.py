"""One letter in the morning to everybody in whose runs something new was written, in their own language."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.links import unsubscribe_link
from lms.accounts.models import Person
from lms.accounts.queries import unwanted_letters
from lms.accounts.rules import LetterKind
from lms.discussion import letters
from lms.discussion.models import DigestMark
from lms.discussion.queries import ThreadNews, news_of, person_with_news, who_has_news
from lms.discussion.rules import MORNING, NOON
from lms.kernel.audit import record_audit
from lms.kernel.i18n import LANGUAGES, SOURCE_LANGUAGE, use_language
from lms.kernel.mail import queue_letter
from lms.kernel.models import OutboxJob
from lms.kernel.outbox import enqueue
from lms.runs.queries import course_title
from lms.settings import Settings

TOPIC = "discussion.digest"


def ask_for_news(db: Session, now: datetime) -> None:
    """Queue a look at what is new for everybody whose morning it is, once a day each."""
    wanted = {}
    for person, zone in who_has_news(db, now):
        local = now.astimezone(ZoneInfo(zone))
        if MORNING <= local.time() < NOON:
            day = local.date().isoformat()
            wanted[f"{TOPIC}:{person}:{day}"] = {"person": person, "day": day}
    asked = set(db.scalars(select(OutboxJob.key).where(OutboxJob.key.in_(wanted)))) if wanted else set()
    for key in sorted(set(wanted) - asked):
        enqueue(db, TOPIC, key, wanted[key], now)


def send_news(db: Session, settings: Settings, public_id: str, day: str, now: datetime) -> None:
    """Write to somebody what is new for them, unless they have read that letter or want no such letters."""
    person = person_with_news(db, public_id)
    if person is None:
        return
    news = news_of(db, person, now)
    mark = db.get(DigestMark, person.id)
    if mark is None:
        mark = DigestMark(person_id=person.id, told_until=now)
        db.add(mark)
    mark.told_until = now
    db.flush()
    unwanted = unwanted_letters(db, person)
    news = [each for each in news if each.mentioned_by or LetterKind.DISCUSSIONS not in unwanted]
    record_audit(db, None, "send_news" if news else "pass_over_news", f"person:{public_id}", now)
    if news:
        _send(db, settings, person, news, unwanted, day, now)


def _send(
    db: Session,
    settings: Settings,
    person: Person,
    news: list[ThreadNews],
    unwanted: set[LetterKind],
    day: str,
    now: datetime,
) -> None:
    language = person.language if person.language in LANGUAGES else SOURCE_LANGUAGE
    wanted = [each for each in (LetterKind.DISCUSSIONS, LetterKind.MENTIONS) if each not in unwanted]
    links = {each: unsubscribe_link(settings, person.public_id, [each], language) for each in wanted}
    with use_language(language):
        words = letters.digest(
            name=person.name,
            platform=settings.platform_name,
            runs=_by_run(db, settings, news, unwanted, language),
            stop=letters.Stop(links.get(LetterKind.DISCUSSIONS), links.get(LetterKind.MENTIONS)),
        )
    queue_letter(
        db,
        key=f"{TOPIC}:{person.public_id}:{day}",
        to_name=person.name,
        to_email=person.email,
        subject=words.subject,
        text=words.text,
        language=language,
        now=now,
        unsubscribe=unsubscribe_link(settings, person.public_id, wanted, language),
    )


def _by_run(
    db: Session, settings: Settings, news: list[ThreadNews], unwanted: set[LetterKind], language: str
) -> list[letters.NewsOfRun]:
    """In words of the letter: without what the recipient does not want to hear of."""
    found: dict[int, letters.NewsOfRun] = {}
    for each in news:
        if each.run.id not in found:
            course = " ".join(course_title(db, each.run, language).text.split())
            found[each.run.id] = letters.NewsOfRun(course, each.run.title or "", [])
        found[each.run.id].news.append(
            letters.News(
                title=each.title,
                posts=0 if LetterKind.DISCUSSIONS in unwanted else each.posts,
                mentioned_by=[] if LetterKind.MENTIONS in unwanted else each.mentioned_by,
                link=f"{settings.base_url}/{language}/learn/{each.run.slug}/threads/{each.public_id}/",
            )
        )
    return list(found.values())
