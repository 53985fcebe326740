"""Reads of who works on what: what waits for somebody, who is at work on a course, whom to write to in the morning."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from lms.accounts.models import Person, RoleGrant
from lms.accounts.policy import is_administrator
from lms.accounts.rules import EVERYWHERE, LEADING, WORKS_ON_A_LANGUAGE, Role, is_public_id
from lms.catalog.models import Course, CourseLanguage
from lms.catalog.queries import direction
from lms.kernel.i18n import LANGUAGES, format_date, gettext, ngettext
from lms.kernel.refusals import NotFound
from lms.translation.queries import NOTHING_WAITS, Waiting, waiting
from lms.translation.rules import Passage
from lms.workshop.policy import may_assign

# -- what waits for somebody


@dataclass(frozen=True, slots=True)
class Part:
    """One language of one course: what somebody does there, and what waits for them."""

    slug: str
    title: Passage
    language: str
    state: str | None
    """Whether the course is offered in it; None: nobody has begun it."""
    translates: bool
    reviews: bool
    due_on: date | None
    counts: Waiting

    @property
    def waits(self) -> int:
        """How many texts wait for this person."""
        counts = self.counts
        translating = counts.untranslated + counts.source_changed if self.translates else 0
        return translating + counts.drafts + counts.sent_back + (counts.for_review if self.reviews else 0)

    @property
    def share(self) -> float:
        """Share of words approved, 0 to 1."""
        return self.counts.approved_words / self.counts.words if self.counts.words else 0.0


@dataclass(frozen=True, slots=True)
class LedCourse:
    """A course that somebody looks after, with all of its languages."""

    slug: str
    title: Passage
    languages: list[Part]
    may_assign: bool


@dataclass(frozen=True, slots=True)
class AtHome:
    own: list[Part]
    """Given to the person as translator or reviewer; what is asked for soonest comes first, what is done last."""
    led: list[LedCourse]


@dataclass(slots=True)
class _Course:
    slug: str
    source_language: str
    titles: dict[str, Passage]
    states: dict[str, str]

    def title(self, language: str) -> Passage:
        return self.titles.get(language) or self.titles[self.source_language]


def at_home(db: Session, person: Person, language: str, now: datetime) -> AtHome:
    """Everything the person has a part in, its titles in this language; two queries whatever their number."""
    grants = [each for each in person.grants if each.valid_at(now)]
    courses = _courses(db, None if is_administrator(person, now) else {each.scope for each in grants})
    own_languages = {course.slug: _own_languages(course, grants) for course in courses}
    wanted = {code for course in courses for code in (*course.states, *own_languages[course.slug])}
    counts = waiting(db, person.id, (course.slug for course in courses), wanted)

    def part(course: _Course, code: str, held: list[RoleGrant] | None) -> Part:
        roles = {each.role for each in held or ()}
        return Part(
            slug=course.slug,
            title=course.title(language),
            language=code,
            state=course.states.get(code),
            translates=held is None or Role.TRANSLATOR in roles,
            reviews=held is None or Role.REVIEWER in roles,
            due_on=min((each.due_on for each in held or () if each.due_on), default=None),
            counts=counts.get((course.slug, code), NOTHING_WAITS),
        )

    own = [part(course, code, held) for course in courses for code, held in own_languages[course.slug].items()]
    led = [
        LedCourse(
            course.slug,
            course.title(language),
            [part(course, code, None) for code in sorted(course.states) if code != course.source_language],
            bool(may_assign(person, course.slug, now)),
        )
        for course in courses
        if _looks_after(person, grants, course.slug, now)
    ]
    own.sort(key=lambda each: (not each.waits, each.due_on or date.max, each.title.text, each.language))
    return AtHome(own, led)


def _courses(db: Session, scopes: set[str] | None) -> list[_Course]:
    """The courses of these scopes, all where `None`; one query."""
    query = select(
        Course.slug,
        Course.source_language,
        CourseLanguage.language,
        CourseLanguage.title,
        CourseLanguage.title_language,
        CourseLanguage.state,
    ).join(CourseLanguage)
    if scopes is not None and EVERYWHERE not in scopes:
        query = query.where(Course.slug.in_(sorted(scope.removeprefix("course:") for scope in scopes)))
    found: dict[str, _Course] = {}
    for slug, source, code, title, said_in, state in db.execute(query.order_by(Course.slug)):
        course = found.setdefault(slug, _Course(slug, source, {}, {}))
        course.titles[code] = Passage(title, said_in, direction(said_in))
        course.states[code] = state
    return list(found.values())


def _own_languages(course: _Course, grants: list[RoleGrant]) -> dict[str, list[RoleGrant]]:
    """For each language of the course that is given to somebody to work on: how."""
    held: dict[str, list[RoleGrant]] = defaultdict(list)
    for grant in grants:
        if grant.role in WORKS_ON_A_LANGUAGE and grant.scope in {EVERYWHERE, f"course:{course.slug}"}:
            for code in [grant.language] if grant.language else course.states:
                if code != course.source_language:
                    held[code].append(grant)
    return held


def _looks_after(person: Person, grants: list[RoleGrant], slug: str, now: datetime) -> bool:
    return is_administrator(person, now) or any(
        each.role in {*LEADING, Role.AUTHOR} and each.scope in {EVERYWHERE, f"course:{slug}"} for each in grants
    )


def today_of(person: Person, now: datetime) -> date:
    """The day it is where the person lives."""
    return now.astimezone(ZoneInfo(person.time_zone)).date()


def due_sentence(due_on: date, today: date) -> str:
    """By when work is asked for, in the language of the moment."""
    left = (due_on - today).days
    if left < 0:
        return ngettext(
            "Was due %(day)s: %(number)s day late",
            "Was due %(day)s: %(number)s days late",
            -left,
            day=format_date(due_on),
        )
    if left == 0:
        return gettext("Due today")
    return ngettext(
        "Due %(day)s: %(number)s day left", "Due %(day)s: %(number)s days left", left, day=format_date(due_on)
    )


# -- who is at work on a course


def languages_to_work_on(course: Course) -> list[str]:
    """What a course can be translated into: the platform's languages, and those it has begun besides."""
    return [
        code
        for code in dict.fromkeys([*LANGUAGES, *sorted(row.language for row in course.languages)])
        if code != course.source_language
    ]


@dataclass(frozen=True, slots=True)
class AtWork:
    """Somebody who translates or reviews a course."""

    grant: str
    """Public id."""
    name: str
    email: str | None
    """None where the role is not given here: for every course."""
    role: str
    language: str | None
    due_on: date | None


def people_at_work(db: Session, course: Course, now: datetime) -> list[AtWork]:
    """Who translates and reviews a course, language by language, then who does so everywhere; one query."""
    query = _running(now).where(RoleGrant.scope.in_([EVERYWHERE, f"course:{course.slug}"]))
    grants = db.scalars(
        query.join(RoleGrant.person)
        .where(Person.suspended_at.is_(None))
        .options(contains_eager(RoleGrant.person))
        .order_by(
            RoleGrant.scope == EVERYWHERE,
            RoleGrant.language.is_not(None),
            RoleGrant.language,
            RoleGrant.role.desc(),
            Person.name,
            RoleGrant.id,
        )
    )
    return [
        AtWork(
            grant=each.public_id,
            name=each.person.name,
            email=each.person.email if each.scope != EVERYWHERE else None,
            role=each.role,
            language=each.language,
            due_on=each.due_on,
        )
        for each in grants
    ]


def grant_on(db: Session, course: Course, public_id: str) -> RoleGrant:
    """A translator's or reviewer's grant on this very course, with the person; NotFound for any other."""
    query = select(RoleGrant).where(
        RoleGrant.public_id == public_id,
        RoleGrant.scope == f"course:{course.slug}",
        RoleGrant.role.in_(WORKS_ON_A_LANGUAGE),
    )
    found = db.scalar(query.options(joinedload(RoleGrant.person))) if is_public_id(public_id) else None
    if found is None:
        raise NotFound
    return found


def _running(now: datetime) -> Select[RoleGrant]:
    return select(RoleGrant).where(
        RoleGrant.role.in_(WORKS_ON_A_LANGUAGE),
        RoleGrant.valid_from <= now,
        or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > now),
    )


# -- whom to write to in the morning


def who_wants_digests(db: Session, now: datetime) -> list[tuple[str, str]]:
    """(public id, time zone) of everybody who translates or reviews and wants to be told what waits."""
    query = select(Person.public_id, Person.time_zone).where(
        Person.digest,
        Person.email_confirmed_at.is_not(None),
        Person.suspended_at.is_(None),
        Person.deleted_at.is_(None),
        exists(_running(now).where(RoleGrant.person_id == Person.id)),
    )
    return [(public_id, zone) for public_id, zone in db.execute(query.order_by(Person.id))]


def person_to_write_to(db: Session, public_id: str) -> Person | None:
    """One of them, with their grants; None when they have thought better of it since."""
    query = select(Person).where(Person.public_id == public_id, Person.digest, Person.suspended_at.is_(None))
    return db.scalars(query.options(joinedload(Person.grants))).unique().one_or_none()
