"""Reads of discussions and announcements. A screen costs the same number of queries whatever stands on it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from lms.accounts.models import Person, RoleGrant
from lms.accounts.queries import may_be_written_to
from lms.accounts.rules import LEADING, TEACHING, LetterKind, is_public_id
from lms.catalog.models import Course
from lms.catalog.queries import Reading, direction
from lms.catalog.source.parts import ActivityKind, Package
from lms.coursework.queries import in_our_hands
from lms.discussion.models import (
    Announcement,
    AnnouncementRecipient,
    DigestMark,
    Mention,
    Post,
    PostReport,
    PostVersion,
    Thread,
)
from lms.discussion.policy import may_edit, may_read_of, may_report, may_resolve, may_see_history, may_write
from lms.discussion.rules import (
    ANNOUNCEMENTS_ON_A_PAGE,
    POSTS_ON_A_PAGE,
    THREADS_ON_A_PAGE,
    Audience,
    best_language,
    page_count,
)
from lms.discussion.source import clean_post
from lms.kernel.refusals import NotFound, require
from lms.learning.models import ActivityCompletion
from lms.learning.queries import COUNTED
from lms.runs.models import Enrolment, Run
from lms.runs.policy import teaches
from lms.runs.queries import Place, find_place, reading_of_run, run_by_slug
from lms.runs.rules import RunStage
from lms.translation.rules import Passage

NEWS_LASTS = timedelta(days=3)
"""What is older is not told by mail any more."""

# -- where somebody stands


@dataclass(frozen=True, slots=True)
class Hall:
    """The discussions of a run, as somebody stands in them: as a participant, or as one who teaches."""

    run: Run
    person: Person
    place: Place | None
    """None: they teach and take no part."""
    teaches: bool
    reading: Reading
    closed: frozenset[str]
    """Modules whose threads this person does not read yet."""

    @property
    def slug(self) -> str:
        return self.run.slug

    @property
    def writes(self) -> bool:
        return bool(may_write(self.run))


def hall(db: Session, person: Person, slug: str, language: str, now: datetime) -> Hall:
    """For participants and those who teach; NotFound for everybody else, the withdrawn too."""
    run = run_by_slug(db, slug)
    teaching = teaches(person, run.course.slug, run.slug, now)
    stand = find_place(db, person, slug, language)
    if not teaching and stand is None:
        raise NotFound
    reading = stand.reading if stand else reading_of_run(db, run, language)
    modules = [each.key for each in reading.package.modules]
    closed = {key for key in modules if not may_read_of(run, key, teaching=teaching, now=now)}
    return Hall(run, person, stand, teaching, reading, frozenset(closed))


@dataclass(frozen=True, slots=True)
class Topic:
    """What a thread can be about."""

    module: str | None
    activity: str | None
    title: Passage | None
    """None: the whole run."""

    @property
    def value(self) -> str:
        """As it stands in forms and addresses."""
        if self.activity:
            return f"activity:{self.activity}"
        return f"module:{self.module}" if self.module else ""


def topics(hall: Hall) -> list[Topic]:
    """What this person can open a thread about now: the run, its open modules, their discussions."""
    found, reading = [Topic(None, None, None)], hall.reading
    for module in reading.package.modules:
        if module.key in hall.closed:
            continue
        found.append(Topic(module.key, None, reading.text("course", module.title)))
        found += [
            Topic(module.key, each.key, reading.text("course", each.title))
            for each in module.activities
            if each.kind == ActivityKind.DISCUSSION
        ]
    return found


def topic(hall: Hall, value: str) -> Topic | None:
    return next((each for each in topics(hall) if each.value == value), None)


def _title_of(hall: Hall, thread: Thread) -> Passage | None:
    """What a thread is about; None where that is the run, or has left the course."""
    package = hall.reading.package
    for module in package.modules:
        for activity in module.activities:
            if thread.activity == activity.key:
                return hall.reading.text("course", activity.title)
        if thread.activity is None and thread.module == module.key:
            return hall.reading.text("course", module.title)
    return None


@dataclass(frozen=True, slots=True)
class Author:
    name: str | None
    """None: the account is deleted."""
    teaches: bool


def _author(person: Person, *, as_teacher: bool = False) -> Author:
    return Author(None if person.deleted_at else person.name, as_teacher)


# -- threads


@dataclass(frozen=True, slots=True)
class ThreadLine:
    public_id: str
    title: Passage
    author: Author
    about: Passage | None
    posts: int
    last_post_at: datetime
    pinned: bool
    resolved: bool
    hidden: bool


@dataclass(frozen=True, slots=True)
class Threads:
    lines: list[ThreadLine]
    number: int
    pages: int


def threads(db: Session, hall: Hall, about: Topic | None, number: int) -> Threads:
    """Those this person may read, pinned ones first, then the latest; of one topic, or all."""
    fits = _readable(hall)
    if about is not None:
        fits.append(Thread.module == about.module if about.module else Thread.module.is_(None))
    if about is not None and about.activity:
        fits.append(Thread.activity == about.activity)
    pages = page_count(db.scalar(select(func.count()).select_from(Thread).where(*fits)) or 0, THREADS_ON_A_PAGE)
    number = min(max(number, 1), pages)
    opening = select(Post.thread_id, Post.hidden_at, Post.as_teacher).where(Post.opening).subquery("opening")
    shown = select(func.count()).where(Post.thread_id == Thread.id, Post.hidden_at.is_(None)).correlate(Thread)
    query = (
        select(Thread, shown.scalar_subquery(), opening.c.hidden_at, opening.c.as_teacher)
        .join(opening, opening.c.thread_id == Thread.id)
        .options(joinedload(Thread.author))
        .where(*fits)
        .order_by(Thread.pinned_at.is_(None), Thread.last_post_at.desc(), Thread.id.desc())
        .offset((number - 1) * THREADS_ON_A_PAGE)
        .limit(THREADS_ON_A_PAGE)
    )
    lines = [
        ThreadLine(
            public_id=each.public_id,
            title=said_in(each.title, each.lang),
            author=_author(each.author, as_teacher=as_teacher),
            about=_title_of(hall, each),
            posts=posts,
            last_post_at=each.last_post_at,
            pinned=each.pinned_at is not None,
            resolved=each.resolved_at is not None,
            hidden=hidden_at is not None,
        )
        for each, posts, hidden_at, as_teacher in db.execute(query)
    ]
    return Threads(lines, number, pages)


def _readable(hall: Hall) -> list[ColumnElement[bool]]:
    """Of this run; for participants of open modules, and not hidden."""
    fits: list[ColumnElement[bool]] = [Thread.run_id == hall.run.id]
    if not hall.teaches:
        fits.append(or_(Thread.module.is_(None), Thread.module.not_in(hall.closed)))
        fits.append(~_opening_is_hidden())
    return fits


def _opening_is_hidden() -> ColumnElement[bool]:
    hidden = select(Post.id).where(Post.thread_id == Thread.id, Post.opening, Post.hidden_at.is_not(None))
    return hidden.correlate(Thread).exists()


def said_in(text: str, lang: str) -> Passage:
    """What somebody wrote, in the language they said."""
    return Passage(text, lang, direction(lang))


def thread(db: Session, hall: Hall, public_id: str, now: datetime) -> Thread:
    """One this person may read. NotFound for others and for hidden ones, Denied while its module is not open."""
    query = select(Thread).options(joinedload(Thread.author))
    query = query.where(Thread.run_id == hall.run.id, Thread.public_id == public_id)
    if not hall.teaches:
        query = query.where(~_opening_is_hidden())
    found = db.scalar(query) if is_public_id(public_id) else None
    if found is None:
        raise NotFound
    require(may_read_of(hall.run, found.module, teaching=hall.teaches, now=now))
    return found


def post(db: Session, thread: Thread, public_id: str) -> Post:
    """One of a thread's; NotFound for any other's."""
    query = select(Post).options(joinedload(Post.author), joinedload(Post.hidden_by))
    query = query.where(Post.thread_id == thread.id, Post.public_id == public_id)
    found = db.scalar(query) if is_public_id(public_id) else None
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class PostLine:
    public_id: str
    author: Author
    lang: str
    dir: str
    html: str | None
    """None: hidden from this reader."""
    written_at: datetime
    edited_at: datetime | None
    mentioned: list[Author]
    hidden: bool
    hidden_reason: str | None
    """For those who teach."""
    hidden_by: Author | None
    reported: bool
    """By this reader."""
    may_edit: bool
    may_report: bool
    may_see_history: bool


@dataclass(frozen=True, slots=True)
class ThreadShown:
    public_id: str
    title: Passage
    author: Author
    about: Passage | None
    topic: str
    pinned: bool
    resolved: bool
    may_resolve: bool
    posts: list[PostLine]
    number: int
    pages: int


def shown_thread(db: Session, hall: Hall, thread: Thread, number: int) -> ThreadShown:
    """A page of a thread, from its beginning."""
    count = db.scalar(select(func.count()).select_from(Post).where(Post.thread_id == thread.id)) or 0
    pages = page_count(count, POSTS_ON_A_PAGE)
    number = min(max(number, 1), pages)
    query = select(Post).options(joinedload(Post.author), joinedload(Post.hidden_by))
    query = query.where(Post.thread_id == thread.id).order_by(Post.id)
    found = list(db.scalars(query.offset((number - 1) * POSTS_ON_A_PAGE).limit(POSTS_ON_A_PAGE)))
    ids = [each.id for each in found]
    mentioned: dict[int, list[Author]] = {}
    spoken_to = select(Mention).options(joinedload(Mention.person)).where(Mention.post_id.in_(ids))
    for each in db.scalars(spoken_to.order_by(Mention.person_id)):
        mentioned.setdefault(each.post_id, []).append(_author(each.person))
    mine = PostReport.reporter_id == hall.person.id
    reported = set(db.scalars(select(PostReport.post_id).where(mine, PostReport.post_id.in_(ids))))
    return ThreadShown(
        public_id=thread.public_id,
        title=said_in(thread.title, thread.lang),
        author=_author(thread.author),
        about=_title_of(hall, thread),
        topic=Topic(thread.module, thread.activity, None).value,
        pinned=thread.pinned_at is not None,
        resolved=thread.resolved_at is not None,
        may_resolve=hall.writes and bool(may_resolve(hall.person, thread, teaching=hall.teaches)),
        posts=[post_line(hall, each, mentioned.get(each.id, ()), each.id in reported) for each in found],
        number=number,
        pages=pages,
    )


def post_line(hall: Hall, post: Post, mentioned: Sequence[Author] = (), reported: bool = False) -> PostLine:
    """A post as this person sees it."""
    hidden = post.hidden_at is not None
    told = hall.teaches or not hidden
    return PostLine(
        public_id=post.public_id,
        author=_author(post.author, as_teacher=post.as_teacher),
        lang=post.lang,
        dir=direction(post.lang),
        html=clean_post(post.html) if told else None,
        written_at=post.written_at,
        edited_at=post.edited_at,
        mentioned=list(mentioned) if told else [],
        hidden=hidden,
        hidden_reason=post.hidden_reason if hall.teaches else None,
        hidden_by=_author(post.hidden_by) if hall.teaches and post.hidden_by else None,
        reported=reported,
        may_edit=hall.writes and bool(may_edit(hall.person, post)),
        may_report=hall.writes and not reported and bool(may_report(hall.person, post)),
        may_see_history=told
        and post.edited_at is not None
        and bool(may_see_history(hall.person, post, teaching=hall.teaches)),
    )


def page_of(db: Session, thread: Thread, post: Post) -> int:
    """The page of a thread on which a post stands."""
    until = select(func.count()).select_from(Post).where(Post.thread_id == thread.id, Post.id <= post.id)
    return page_count(db.scalar(until) or 0, POSTS_ON_A_PAGE)


@dataclass(frozen=True, slots=True)
class VersionLine:
    html: str
    lang: str
    dir: str
    written_at: datetime


def earlier_versions(db: Session, post: Post) -> list[VersionLine]:
    """What a post said before, the latest first."""
    query = select(PostVersion).where(PostVersion.post_id == post.id).order_by(PostVersion.version.desc())
    return [
        VersionLine(clean_post(each.html), each.lang, direction(each.lang), each.written_at)
        for each in db.scalars(query)
    ]


# -- whom one can mention


@dataclass(frozen=True, slots=True)
class Known:
    person_id: int
    public_id: str
    name: str
    teaches: bool


def people_to_mention(db: Session, hall: Hall, now: datetime) -> list[Known]:
    """Those who teach in the run, and its participants: to other participants only those who have written something.

    Nobody learns a name here that they could not read in the discussions already.
    """
    teachers = _those_who_teach(hall.run, now).distinct()
    taking_part = select(Person).join(Enrolment, Enrolment.person_id == Person.id)
    taking_part = taking_part.where(Enrolment.run_id == hall.run.id, Enrolment.withdrawn_at.is_(None), *_present())
    if not hall.teaches:
        taking_part = taking_part.where(
            select(Post.id)
            .join(Thread, Thread.id == Post.thread_id)
            .where(Post.author_id == Person.id, Post.hidden_at.is_(None), *_readable(hall))
            .exists()
        )
    found = {each.id: Known(each.id, each.public_id, each.name, teaches=True) for each in db.scalars(teachers)}
    for each in db.scalars(taking_part):
        found.setdefault(each.id, Known(each.id, each.public_id, each.name, teaches=False))
    found.pop(hall.person.id, None)
    return sorted(found.values(), key=lambda each: (not each.teaches, each.name.casefold(), each.person_id))


def _present() -> tuple[ColumnElement[bool], ...]:
    return Person.suspended_at.is_(None), Person.deleted_at.is_(None)


def _those_who_teach(run: Run, now: datetime) -> Select[Person]:
    """By a role in this run or its course; who administers everything is not named to participants."""
    return (
        select(Person)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.scope.in_([f"run:{run.slug}", f"course:{run.course.slug}"]), _grant_holds(now), *_present())
    )


def _grant_holds(now: datetime) -> ColumnElement[bool]:
    still = or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > now)
    return RoleGrant.role.in_([*LEADING, *TEACHING]) & (RoleGrant.valid_from <= now) & still


# -- reports, for those who teach


@dataclass(frozen=True, slots=True)
class ReportLine:
    public_id: str
    reason: str
    reporter: Author
    reported_at: datetime
    thread: str
    title: Passage
    post: str
    author: Author
    html: str
    lang: str
    dir: str


def open_reports(db: Session, run: Run) -> list[ReportLine]:
    """What waits for somebody who teaches, the oldest first."""
    return [
        ReportLine(
            public_id=each.public_id,
            reason=each.reason,
            reporter=_author(each.reporter),
            reported_at=each.reported_at,
            thread=each.post.thread.public_id,
            title=said_in(each.post.thread.title, each.post.thread.lang),
            post=each.post.public_id,
            author=_author(each.post.author, as_teacher=each.post.as_teacher),
            html=clean_post(each.post.html),
            lang=each.post.lang,
            dir=direction(each.post.lang),
        )
        for each in db.scalars(_reports(run).where(PostReport.settled_at.is_(None)).order_by(PostReport.id))
    ]


def report(db: Session, run: Run, public_id: str) -> PostReport:
    """One about this run's posts; NotFound for any other."""
    found = db.scalar(_reports(run).where(PostReport.public_id == public_id)) if is_public_id(public_id) else None
    if found is None:
        raise NotFound
    return found


def _reports(run: Run) -> Select[PostReport]:
    to_post = joinedload(PostReport.post)
    return (
        select(PostReport)
        .join(PostReport.post)
        .join(Post.thread)
        .where(Thread.run_id == run.id)
        .options(joinedload(PostReport.reporter), to_post.joinedload(Post.thread), to_post.joinedload(Post.author))
    )


def count_of_reports(db: Session, run: Run) -> int:
    query = select(func.count()).select_from(PostReport).join(PostReport.post).join(Post.thread)
    return db.scalar(query.where(Thread.run_id == run.id, PostReport.settled_at.is_(None))) or 0


# -- announcements


@dataclass(frozen=True, slots=True)
class AnnouncementLine:
    public_id: str
    title: Passage
    html: str
    author: Author
    published_at: datetime
    audience: Audience
    audience_value: str | None
    recipients: int
    by_mail: bool
    languages: list[str]


@dataclass(frozen=True, slots=True)
class Announcements:
    lines: list[AnnouncementLine]
    number: int
    pages: int


def announcements(db: Session, hall: Hall, language: str, number: int) -> Announcements:
    """The latest first: all for those who teach, one's own for participants."""
    fits: list[ColumnElement[bool]] = [Announcement.run_id == hall.run.id]
    if not hall.teaches and hall.place:
        mine = AnnouncementRecipient.enrolment_id == hall.place.enrolment.id
        to_me = select(AnnouncementRecipient).where(AnnouncementRecipient.announcement_id == Announcement.id, mine)
        fits.append(or_(Announcement.audience == Audience.ALL, to_me.exists()))
    count = db.scalar(select(func.count()).select_from(Announcement).where(*fits)) or 0
    pages = page_count(count, ANNOUNCEMENTS_ON_A_PAGE)
    number = min(max(number, 1), pages)
    recipients = select(func.count()).where(AnnouncementRecipient.announcement_id == Announcement.id)
    query = (
        select(Announcement, recipients.correlate(Announcement).scalar_subquery())
        .options(joinedload(Announcement.author))
        .where(*fits)
        .order_by(Announcement.id.desc())
        .offset((number - 1) * ANNOUNCEMENTS_ON_A_PAGE)
        .limit(ANNOUNCEMENTS_ON_A_PAGE)
    )
    lines = [_announcement_line(each, reached, language) for each, reached in db.execute(query)]
    return Announcements(lines, number, pages)


def _announcement_line(found: Announcement, recipients: int, language: str) -> AnnouncementLine:
    lang = best_language(found.texts, language, found.source)
    said = found.texts[lang]
    return AnnouncementLine(
        public_id=found.public_id,
        title=said_in(said["title"], lang),
        html=clean_post(said["html"]),
        author=_author(found.author, as_teacher=True),
        published_at=found.published_at,
        audience=Audience(found.audience),
        audience_value=found.audience_value,
        recipients=recipients,
        by_mail=found.by_mail,
        languages=list(found.texts),
    )


def group(db: Session, run: Run, package: Package, audience: Audience, value: str | None) -> Sequence[int]:
    """The enrolments of everybody in the run whom an announcement would be for now."""
    query = select(Enrolment.id).where(Enrolment.run_id == run.id, Enrolment.withdrawn_at.is_(None))
    done = select(func.count()).where(ActivityCompletion.enrolment_id == Enrolment.id).correlate(Enrolment)
    if audience is Audience.NOT_STARTED:
        query = query.where(done.scalar_subquery() == 0)
    elif audience is Audience.TRACK:
        query = query.where(Enrolment.track == value)
    elif audience is Audience.COUNTRY:
        query = query.where(Enrolment.country == value)
    elif audience is Audience.BEHIND:
        asked = {key for module in package.modules if module.key == value for key in to_be_done(module.activities)}
        return _without_all_of(db, run, asked, db.scalars(query.order_by(Enrolment.id)).all())
    return db.scalars(query.order_by(Enrolment.id)).all()


def _without_all_of(db: Session, run: Run, asked: Collection[str], people: Sequence[int]) -> list[int]:
    """Who has not done all of it; what is handed in and waits to be marked is done."""
    did = select(ActivityCompletion.enrolment_id, ActivityCompletion.activity)
    did = did.join(Enrolment, Enrolment.id == ActivityCompletion.enrolment_id).where(Enrolment.run_id == run.id)
    done = {(enrolment, activity) for enrolment, activity in db.execute(did)}
    done |= in_our_hands(db, Enrolment.run_id == run.id)
    return [each for each in people if any((each, activity) not in done for activity in asked)]


def to_be_done(activities: Sequence[Any]) -> list[str]:
    """Keys of the activities that one can be behind with."""
    return [each.key for each in activities if each.kind in COUNTED]


def countries_of(db: Session, run: Run) -> list[str]:
    """Where the participants are from, as far as they said."""
    query = select(Enrolment.country).where(Enrolment.run_id == run.id, Enrolment.withdrawn_at.is_(None))
    return [each for each in db.scalars(query.distinct()) if each]


def count_of_recipients(db: Session, announcement: Announcement) -> int:
    reached = AnnouncementRecipient.announcement_id == announcement.id
    return db.scalar(select(func.count()).select_from(AnnouncementRecipient).where(reached)) or 0


def announcement_to_send(db: Session, public_id: str) -> Announcement:
    query = select(Announcement).options(joinedload(Announcement.run), joinedload(Announcement.author))
    return db.scalars(query.where(Announcement.public_id == public_id)).one()


def recipients_to_write_to(db: Session, announcement: Announcement, first: int, most: int) -> Sequence[Person]:
    """From one place on so many recipients; of them those who are still in the run and want such letters."""
    reached = select(AnnouncementRecipient.enrolment_id).where(AnnouncementRecipient.announcement_id == announcement.id)
    batch = reached.order_by(AnnouncementRecipient.enrolment_id).offset(first).limit(most).subquery()
    query = (
        select(Person)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(batch, batch.c.enrolment_id == Enrolment.id)
        .where(Enrolment.withdrawn_at.is_(None), may_be_written_to(LetterKind.ANNOUNCEMENTS))
    )
    return db.scalars(query.order_by(Person.id)).all()


# -- the letter of the day


def _seats(now: datetime) -> Any:
    """Who stands in which open run, and since when: participants, and those who teach by a role of their own."""
    taking_part = (
        select(Enrolment.person_id.label("person_id"), Enrolment.run_id.label("run_id"),
               Enrolment.enrolled_at.label("since"))
        .join(Run, Run.id == Enrolment.run_id)
        .where(Enrolment.withdrawn_at.is_(None), Run.stage != RunStage.CLOSED)
    )  # fmt: skip
    teaching = (
        select(RoleGrant.person_id, Run.id, RoleGrant.valid_from)
        .join(Course, Course.id == Run.course_id)
        .where(
            _grant_holds(now),
            or_(RoleGrant.scope == "run:" + Run.slug, RoleGrant.scope == "course:" + Course.slug),
            Run.stage != RunStage.CLOSED,
        )
    )
    return taking_part.union_all(teaching).subquery("seat")


def _news(seat: Any, now: datetime) -> list[ColumnElement[bool]]:
    """What a post must be to be news for who stands in a seat, their `DigestMark` joined."""
    return [
        Post.author_id != seat.c.person_id,
        Post.hidden_at.is_(None),
        Post.written_at > now - NEWS_LASTS,
        Post.written_at <= now,
        Post.written_at > seat.c.since,
        or_(DigestMark.told_until.is_(None), Post.written_at > DigestMark.told_until),
    ]


def who_has_news(db: Session, now: datetime) -> list[tuple[str, str]]:
    """(public id, time zone) of everybody for whom something was written that they were not told of."""
    if db.scalar(select(Post.id).where(Post.written_at > now - NEWS_LASTS).limit(1)) is None:
        return []
    seat = _seats(now)
    news = (  # asked once, not for each person: this runs every minute
        select(seat.c.person_id)
        .join(Thread, Thread.run_id == seat.c.run_id)
        .join(Post, Post.thread_id == Thread.id)
        .outerjoin(DigestMark, DigestMark.person_id == seat.c.person_id)
        .where(*_news(seat, now))
    )
    wanted = may_be_written_to(LetterKind.DISCUSSIONS, LetterKind.MENTIONS)
    query = select(Person.public_id, Person.time_zone).where(wanted, Person.id.in_(news))
    return [(public_id, zone) for public_id, zone in db.execute(query.order_by(Person.id))]


def person_with_news(db: Session, public_id: str) -> Person | None:
    """Somebody who still wants to be told; None when they have thought better of it."""
    wanted = may_be_written_to(LetterKind.DISCUSSIONS, LetterKind.MENTIONS)
    query = select(Person).options(joinedload(Person.grants)).where(Person.public_id == public_id, wanted)
    return db.scalars(query).unique().one_or_none()


@dataclass(frozen=True, slots=True)
class ThreadNews:
    """A thread in which something is new for somebody."""

    run: Run
    public_id: str
    title: str
    posts: int
    mentioned_by: list[str]
    """Who mentioned them in it; empty: a deleted account."""


def news_of(db: Session, person: Person, now: datetime) -> list[ThreadNews]:
    """Run by run and thread by thread; only what the person may read on the page too."""
    seat = _seats(now)
    to_me = select(Mention).where(Mention.post_id == Post.id, Mention.person_id == person.id).exists()
    query = (
        select(Thread, Post.id, Person.name, to_me)
        .select_from(seat)
        .join(Thread, Thread.run_id == seat.c.run_id)
        .join(Post, Post.thread_id == Thread.id)
        .join(Person, Person.id == Post.author_id)
        .outerjoin(DigestMark, DigestMark.person_id == seat.c.person_id)
        .options(joinedload(Thread.run).joinedload(Run.course))
        .where(seat.c.person_id == person.id, ~_opening_is_hidden(), *_news(seat, now))
        .order_by(Thread.run_id, Thread.id, Post.id)
    )
    found: dict[int, list[tuple[int, str, bool]]] = {}
    talk: dict[int, Thread] = {}
    for each, post_id, name, mentions in db.execute(query):
        run = each.run
        teaching = teaches(person, run.course.slug, run.slug, now)
        if may_read_of(run, each.module, teaching=teaching, now=now):
            talk[each.id] = each
            found.setdefault(each.id, []).append((post_id, name, mentions))
    return [
        ThreadNews(
            run=talk[key].run,
            public_id=talk[key].public_id,
            title=talk[key].title,
            posts=len({post_id for post_id, _name, _mentions in rows}),
            mentioned_by=list(dict.fromkeys(name for _post, name, mentions in rows if mentions)),
        )
        for key, rows in found.items()
    ]
