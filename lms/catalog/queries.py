"""Reads of the catalogue: courses to choose from, and a course in a reader's language."""

from dataclasses import dataclass, field
from datetime import datetime

from babel import Locale
from sqlalchemy import ColumnElement, Select, String, and_, cast, func, select
from sqlalchemy.orm import Session, selectinload

from lms.accounts.models import Person
from lms.catalog.models import Course, CourseLanguage, Edition
from lms.catalog.policy import may_see
from lms.catalog.rules import WHOLE, LanguageState, Stage, lessons_needed
from lms.catalog.source.inline import Links, words
from lms.catalog.source.lesson import Labels, render_lesson
from lms.catalog.source.parts import Activity, ActivityKind, Assignment, Package, Requirement
from lms.kernel.i18n import (
    LANGUAGES,
    SOURCE_LANGUAGE,
    format_list,
    format_number,
    format_percent,
    format_size,
    gettext,
    ngettext,
    use_language,
)
from lms.kernel.refusals import NotFound
from lms.kernel.shelf import Shelf
from lms.kernel.text import fold
from lms.translation.queries import ApprovedText, approved_texts
from lms.translation.rules import Passage, Say

PAGE = 24

_packages: Shelf[Package] = Shelf(64)
_readings: Shelf["Reading"] = Shelf(128)


@dataclass(frozen=True, slots=True)
class Reading:
    """An edition of a course in one language: every text of it, and in which language it really is."""

    package: Package
    edition: int
    """Id of the edition."""
    language: str
    passages: dict[tuple[str, str], Passage]
    """Only the texts that have a translation, by (document, source text)."""
    links: Links | None = None
    """Where the links of a lesson lead; None: to the pages of the learner's own run."""
    _lessons: dict[str, str] = field(default_factory=dict)

    def text(self, document: str, source: str) -> Passage:
        """A text of a document in the reader's language, else in the source language."""
        found = self.passages.get((document, source))
        return found or Passage(source, self.package.language, direction(self.package.language))

    def say(self, document: str) -> Say:
        return lambda source: self.text(document, source)

    def lesson_html(self, key: str) -> str:
        """The lesson as safe HTML, drawn once and kept."""
        if key not in self._lessons:
            self._lessons[key] = self._draw(key)
        return self._lessons[key]

    def lesson_marks(self, key: str) -> "Marks":
        """Whether a lesson has passages of an earlier source, or none in the reader's language."""
        said = [self.text(f"lesson {key}", source) for source in self.package.documents[f"lesson {key}"]]
        return Marks(
            stale=any(passage.stale for passage in said),
            untranslated=any(passage.lang != self.language for passage in said),
        )

    def _learning(self) -> Links:
        """Seen from an activity's own page: the same text is read in every run of the course."""
        base = "../.."
        media = {name: f"{base}/media/{each.sha256}/{name}" for name, each in self.package.media.items()}
        kinds = {activity.key: activity for module in self.package.modules for activity in module.activities}
        return Links(
            term=lambda term: f"{base}/glossary/#{term}",
            activity=lambda name: activity_path(base, kinds[name]),
            media=lambda name: media[name],
        )

    def _draw(self, key: str) -> str:
        with use_language(self.language if self.language in LANGUAGES else SOURCE_LANGUAGE):
            labels = Labels(
                table=gettext("Table"),
                transcript=gettext("Transcript"),
                sizes={name: format_size(each.size) for name, each in self.package.media.items()},
            )
            return render_lesson(
                self.package.lessons[key].body,
                self.say(f"lesson {key}"),
                language=self.language,
                links=self.links or self._learning(),
                labels=labels,
                figure=lambda name: (self.package.figures[name], self.say(f"figure {name}")),
                pictures=self.package.media,
            )


@dataclass(frozen=True, slots=True)
class Marks:
    stale: bool
    """Some passage translates what the source said earlier."""
    untranslated: bool
    """Some passage is shown in the source language."""


def activity_path(base: str, activity: Activity) -> str:
    """Where an activity of a course is, below the course's own address."""
    word = "session" if activity.kind is ActivityKind.MEETING else activity.kind
    return f"{base}/{word}/{activity.key}/"


WORDS_A_MINUTE = 130
"""A careful reader of a training text in a second language."""


def lesson_minutes(package: Package, activity: Activity) -> int | None:
    """How long an activity takes: as its author says, else from the length of the lesson."""
    if activity.minutes is not None or activity.kind is not ActivityKind.LESSON:
        return activity.minutes
    return max(1, round(words(package.lessons[activity.key].body) / WORDS_A_MINUTE))


def direction(language: str) -> str:
    known = LANGUAGES.get(language)
    return known.dir if known else Locale.parse(language).text_direction


SOURCE_ONLY = -1
"""In place of a language's revision: nothing of it is shown, because it was withdrawn."""


def reading(db: Session, edition_id: int, language: str) -> Reading:
    """An edition as those read it who come new; one query when it is on the shelf already."""
    query = (
        select(CourseLanguage.revision, CourseLanguage.state)
        .join(Edition, Edition.course_id == CourseLanguage.course_id)
        .where(Edition.id == edition_id, CourseLanguage.language == language)
    )
    revision, state = db.execute(query).one_or_none() or (0, "")
    return reading_of(db, edition_id, language, SOURCE_ONLY if state == LanguageState.WITHDRAWN else revision)


def reading_of(db: Session, edition_id: int, language: str, revision: int) -> Reading:
    """The same for who knows the language's revision already."""
    return _readings.get(
        (db.get_bind().engine.url, edition_id, language, revision),
        lambda: _read(db, edition_id, language, translated=revision != SOURCE_ONLY),
    )


def _read(db: Session, edition_id: int, language: str, *, translated: bool) -> Reading:
    edition = db.get_one(Edition, edition_id)
    package = package_of(db, edition)
    if not translated:
        return Reading(package, edition.id, language, {})
    return read_in(db, db.get_one(Course, edition.course_id), edition, package, language)


def package_of(db: Session, edition: Edition) -> Package:
    name = (db.get_bind().engine.url, edition.id)
    return _packages.get(name, lambda: Package.model_validate_json(edition.content))


def read_in(
    db: Session,
    course: Course,
    edition: Edition,
    package: Package,
    language: str,
    document: str | None = None,
    *,
    with_drafts: bool = False,
) -> Reading:
    """An edition in a language, or one document of it, as the database has it now, nothing kept."""
    passages: dict[tuple[str, str], Passage] = {}
    if language != package.language:
        approved = approved_texts(db, course.slug, language, document, with_drafts=with_drafts)
        for name, texts in package.documents.items():
            if document not in {None, name}:
                continue
            for source, (segment, revision) in zip(texts, edition.segments[name], strict=True):
                if segment in approved:
                    passages[name, source] = _passage(approved[segment], language, revision)
    return Reading(package, edition.id, language, passages)


def _passage(approved: ApprovedText, language: str, revision: int) -> Passage:
    return Passage(approved.text, language, direction(language), stale=approved.from_revision != revision)


# -- one course


def course_by_slug(db: Session, person: Person | None, slug: str, now: datetime) -> Course:
    """The course with its languages, if it exists for this person; NotFound otherwise."""
    course = db.scalar(select(Course).where(Course.slug == slug).options(selectinload(Course.languages)))
    if course is None or not may_see(person, course, now):
        raise NotFound
    return course


def current_edition(db: Session, course: Course) -> Edition:
    """The edition that new enrolments read, whole."""
    return db.scalars(
        select(Edition).where(Edition.course_id == course.id, Edition.number == course.edition_number)
    ).one()


def language_row(db: Session, course: Course, language: str) -> CourseLanguage | None:
    return db.scalar(
        select(CourseLanguage).where(CourseLanguage.course_id == course.id, CourseLanguage.language == language)
    )


def edition_id_of(db: Session, course: Course) -> int:
    """The edition that new enrolments read."""
    return db.scalars(
        select(Edition.id).where(Edition.course_id == course.id, Edition.number == course.edition_number)
    ).one()


@dataclass(frozen=True, slots=True)
class LanguageShare:
    language: str
    share: float
    complete: bool
    size: int


def language_shares(course: Course) -> list[LanguageShare]:
    """How far each language has come, the source first; languages that are only begun come last."""
    rows = sorted(course.languages, key=lambda row: (row.language != course.source_language, -row.share, row.language))
    shown = [row for row in rows if row.texts_done and row.state != LanguageState.WITHDRAWN]
    return [LanguageShare(row.language, row.share, row.complete, row.size) for row in shown]


def requirement_sentences(reading: Reading, requirement: Requirement) -> list[str]:
    """What earns a certificate, as sentences to be read as a list, in the language of the moment."""
    package = reading.package
    lessons = sum(activity.kind is ActivityKind.LESSON for activity in package.activities)
    sentences = []
    if requirement.lessons == WHOLE:
        sentences.append(ngettext("Read the lesson.", "Read all %(number)s lessons.", lessons))
    elif requirement.lessons:
        needed = lessons_needed(lessons, requirement.lessons)
        sentences.append(
            gettext("Read at least %(needed)s of the %(lessons)s lessons.", needed=needed, lessons=lessons)
        )
    titles = {activity.key: activity.title for activity in package.activities}
    marks: dict[int, list[str]] = {}
    for key in requirement.quizzes:
        marks.setdefault(package.quizzes[key].pass_mark or 0, []).append(reading.text("course", titles[key]).text)
    sentences += [_quizzes_sentence(mark, quizzes) for mark, quizzes in marks.items()]
    for key in requirement.assignments:
        sentences.append(_assignment_sentence(package.assignments[key], reading.text("course", titles[key]).text))
    if requirement.attendance_minutes:
        sentences.append(
            ngettext(
                "Attend at least %(number)s minute of live sessions.",
                "Attend at least %(number)s minutes of live sessions.",
                requirement.attendance_minutes,
            )
        )
    if requirement.evaluation:
        sentences.append(gettext("Give your view of the course in a short evaluation."))
    return sentences


def _quizzes_sentence(mark: int, titles: list[str]) -> str:
    """Of the quizzes with the same pass mark, in %."""
    share = format_percent(mark / WHOLE)
    if len(titles) == 1:
        return gettext(
            "Reach %(share)s or more in “%(quiz)s”. You may try again; your best attempt counts.",
            share=share,
            quiz=titles[0],
        )
    return gettext(
        "Reach %(share)s or more in each of %(quizzes)s. You may try again; your best attempts count.",
        share=share,
        quizzes=format_list([gettext("“%(title)s”", title=title) for title in titles]),
    )


def _assignment_sentence(assignment: Assignment, title: str) -> str:
    needed = ngettext(
        "Hand in “%(assignment)s” and earn at least %(number)s of %(most)s point.",
        "Hand in “%(assignment)s” and earn at least %(number)s of %(most)s points.",
        assignment.pass_points,
        assignment=title,
        most=format_number(assignment.most_points),
    )
    if not assignment.resubmissions:
        return needed
    again = ngettext(
        "You may hand it in again once after feedback.",
        "You may hand it in again up to %(number)s times after feedback.",
        assignment.resubmissions,
    )
    return f"{needed} {again}"


# -- the catalogue


@dataclass(frozen=True, slots=True)
class Filters:
    search: str = ""
    language: str = ""
    category: str = ""
    series: str = ""

    @property
    def any(self) -> bool:
        return bool(self.search or self.language or self.category or self.series)


@dataclass(frozen=True, slots=True)
class Card:
    slug: str
    title: Passage
    summary: Passage
    category: str
    minutes: int
    series: str | None
    series_number: int | None
    languages: list[LanguageShare]
    stage: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    cards: list[Card]
    total: int
    page: int
    pages: int
    filters: Filters
    languages: list[str]
    """Languages that some course is offered in, for the filter."""
    series: list[str]
    partial: list[Card]
    """With a language filter: courses that are begun in it but not published."""


_STATE = select(
    func.aggregate_strings(
        CourseLanguage.language
        + cast(CourseLanguage.course_id, String)
        + Course.stage
        + CourseLanguage.state
        + cast(CourseLanguage.revision, String),
        " ",
    )
).join(Course)


def catalogue_state(db: Session) -> str:
    """Differs whenever the catalogue says something else: names what may be kept of it. One query."""
    return db.scalar(_STATE) or ""


def catalogue(db: Session, language: str, filters: Filters, page: int = 1) -> Catalogue:
    """Open courses that fit, in the order of their series; a constant number of queries."""
    query = _fitting(filters)
    total = db.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(Course.series.is_(None), Course.series, Course.series_number, Course.slug)
    courses = db.scalars(ordered.options(selectinload(Course.languages)).limit(PAGE).offset((page - 1) * PAGE)).all()
    partial: list[Card] = []
    if filters.language:
        begun = db.scalars(_begun(filters.language).options(selectinload(Course.languages)).limit(PAGE))
        partial = [_card(course, language) for course in begun]
    offered = db.scalars(
        select(CourseLanguage.language)
        .join(Course)
        .where(
            Course.stage == Stage.OPEN,
            CourseLanguage.texts_done > 0,
            CourseLanguage.state != LanguageState.WITHDRAWN,
        )
        .distinct()
        .order_by(CourseLanguage.language)
    )
    series = db.scalars(
        select(Course.series)
        .where(Course.stage == Stage.OPEN, Course.series.is_not(None))
        .distinct()
        .order_by(Course.series)
    )
    return Catalogue(
        cards=[_card(course, language) for course in courses],
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE)),
        filters=filters,
        languages=list(offered),
        series=[name for name in series if name],
        partial=partial,
    )


def _fitting(filters: Filters) -> Select[Course]:
    query = select(Course).where(Course.stage == Stage.OPEN)
    if filters.category:
        query = query.where(Course.category == filters.category)
    if filters.series:
        query = query.where(Course.series == filters.series)
    if filters.language:
        query = query.where(
            _has(CourseLanguage.language == filters.language, CourseLanguage.state == LanguageState.PUBLISHED)
        )
    for word in fold(filters.search).split()[:8]:
        query = query.where(_has(CourseLanguage.folded.contains(word, autoescape=True)))
    return query


def _begun(language: str) -> Select[Course]:
    return (
        select(Course)
        .where(
            Course.stage == Stage.OPEN,
            _has(
                CourseLanguage.language == language,
                CourseLanguage.texts_done > 0,
                CourseLanguage.state == LanguageState.IN_PREPARATION,
            ),
        )
        .order_by(Course.slug)
    )


def _has(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return Course.languages.any(and_(*conditions))


def title_in(course: Course, language: str) -> Passage:
    """What the course is called in a language, or in its own where that is not translated."""
    rows = {row.language: row for row in course.languages}
    row = rows.get(language) or rows[course.source_language]
    return Passage(row.title, row.title_language, direction(row.title_language))


def _card(course: Course, language: str) -> Card:
    rows = {row.language: row for row in course.languages if row.state != LanguageState.WITHDRAWN}
    row = rows.get(language) or rows[course.source_language]
    return Card(
        slug=course.slug,
        title=Passage(row.title, row.title_language, direction(row.title_language)),
        summary=Passage(row.summary, row.title_language, direction(row.title_language)),
        category=course.category,
        minutes=course.minutes,
        series=row.series,
        series_number=course.series_number,
        languages=language_shares(course),
        stage=course.stage,
    )


# -- administration


@dataclass(frozen=True, slots=True)
class EditionLine:
    number: int
    digest: str
    created_at: datetime


def all_courses(db: Session, language: str) -> list[Card]:
    """Every course whatever its stage, for administrators."""
    courses = db.scalars(select(Course).options(selectinload(Course.languages)).order_by(Course.slug))
    return [_card(course, language) for course in courses]


def course_scopes(db: Session, language: str) -> dict[str, str]:
    """What a role can be limited to, besides the whole platform: each course, as a scope and its title."""
    return {f"course:{card.slug}": card.title.text for card in all_courses(db, language)}


def editions_of(db: Session, course: Course) -> list[EditionLine]:
    rows = db.execute(
        select(Edition.number, Edition.digest, Edition.created_at)
        .where(Edition.course_id == course.id)
        .order_by(Edition.number.desc())
    )
    return [EditionLine(*row) for row in rows]
