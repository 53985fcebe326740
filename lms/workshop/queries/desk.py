"""What translators and reviewers look at: courses, queues, one text with all that belongs to it.

Every screen takes a constant number of queries, however many texts a course has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, selectinload

from lms.accounts.models import Person
from lms.catalog.models import Course, Edition
from lms.catalog.queries import Reading, current_edition, package_of, read_in
from lms.catalog.rules import LanguageState
from lms.catalog.source.inline import plain
from lms.catalog.source.parts import Package
from lms.kernel.i18n import LANGUAGES, gettext
from lms.kernel.refusals import NotFound
from lms.translation.models import Segment, SegmentRevision, Translation
from lms.translation.queries import STANDING, Approved, Working, count_by_standing, history_of, with_texts
from lms.translation.rules import WORKING, Standing, TranslationState
from lms.translation.service import Seen
from lms.workshop.policy import may_enter
from lms.workshop.rules import UNFINISHED, Filters, part_of

ON_A_PAGE = 50
NEIGHBOURS = 2
"""How many texts before and after are shown with one."""


def course_at_work(db: Session, person: Person, slug: str, now: datetime) -> Course:
    """The course, for those who have a part in its translation; NotFound for everybody else."""
    if not may_enter(person, slug, now):
        raise NotFound
    course = db.scalar(select(Course).where(Course.slug == slug).options(selectinload(Course.languages)))
    if course is None:
        raise NotFound
    return course


def target_language(course: Course, language: str) -> str:
    """A language the course may be translated into; NotFound for any other."""
    known = {*LANGUAGES, *(row.language for row in course.languages)} - {course.source_language}
    if language not in known:
        raise NotFound
    return language


def package_at_work(db: Session, course: Course) -> Package:
    return package_of(db, current_edition(db, course))


# -- how far it is


@dataclass(frozen=True, slots=True)
class Progress:
    """How many words and texts stand where."""

    words: Mapping[Standing, int]
    texts: Mapping[Standing, int]

    @property
    def all_words(self) -> int:
        return sum(self.words.values())

    @property
    def all_texts(self) -> int:
        return sum(self.texts.values())

    @property
    def unfinished(self) -> int:
        """Texts that a translator has something to do with."""
        return sum(self.texts.get(each, 0) for each in UNFINISHED)

    @property
    def share(self) -> float:
        """Share of the words that are approved as the source is now."""
        return self.words.get(Standing.APPROVED, 0) / self.all_words if self.all_words else 1.0


@dataclass(frozen=True, slots=True)
class DocumentLine:
    name: str
    title: str
    progress: Progress


def documents_of(db: Session, course: Course, package: Package, language: str) -> list[DocumentLine]:
    """The parts of a course in their order, each with how far it is; a quiz is one, so is the glossary. One query."""
    words: dict[str, dict[Standing, int]] = {}
    texts: dict[str, dict[Standing, int]] = {}
    for each in count_by_standing(db, course.slug, language):
        part = part_of(each.document)
        mine, ours = words.setdefault(part, {}), texts.setdefault(part, {})
        mine[each.standing] = mine.get(each.standing, 0) + each.words
        ours[each.standing] = ours.get(each.standing, 0) + each.texts
    titles = part_titles(package)
    parts = dict.fromkeys(part_of(name) for name in package.documents)
    return [DocumentLine(part, titles[part], Progress(words[part], texts[part])) for part in parts if part in words]


def all_of(lines: Sequence[DocumentLine]) -> Progress:
    """The progress of several documents together."""
    words = {each: sum(line.progress.words.get(each, 0) for line in lines) for each in Standing}
    texts = {each: sum(line.progress.texts.get(each, 0) for line in lines) for each in Standing}
    return Progress(words, texts)


def part_titles(package: Package) -> dict[str, str]:
    """What people call the parts of a course, by name."""
    titles = document_titles(package)
    quizzes = {f"quiz {activity.key}": activity.title for activity in package.activities}
    return (
        {name: titles[name] for name in titles if part_of(name) == name} | quizzes | {"glossary": gettext("Glossary")}
    )


def document_titles(package: Package) -> dict[str, str]:
    """What people call the documents of a course, by name."""
    activities = {activity.key: activity.title for activity in package.activities}
    numbers = {
        f"quiz {key} {question.key}": number
        for key, quiz in package.quizzes.items()
        for number, question in enumerate(quiz.questions, 1)
    }
    terms = {term.key: term.term for term in package.glossary}
    titles = {}
    for name in package.documents:
        kind, _space, rest = name.partition(" ")
        if kind == "lesson":
            titles[name] = activities[rest]
        elif kind == "quiz":
            quiz = activities[rest.partition(" ")[0]]
            titles[name] = gettext("%(quiz)s: question %(number)s", quiz=quiz, number=numbers[name])
        elif kind == "assignment":
            titles[name] = gettext("%(assignment)s: rubric", assignment=activities[rest])
        elif kind == "figure":
            titles[name] = gettext("Figure: %(name)s", name=rest.removesuffix(".svg"))
        elif kind == "glossary":
            titles[name] = gettext("Glossary: %(term)s", term=terms[rest])
        else:
            titles[name] = gettext("About the course")
    return titles


@dataclass(frozen=True, slots=True)
class LanguageLine:
    """One language of a course."""

    language: str
    progress: Progress
    state: LanguageState | None
    """None: nothing is approved yet, nobody has begun."""


def languages_of(db: Session, course: Course) -> list[LanguageLine]:
    """Every language the course is or may be translated into; a query for each language of the platform."""
    rows = {row.language: row for row in course.languages}
    languages = sorted({*LANGUAGES, *rows} - {course.source_language})
    lines = []
    for language in languages:
        words: dict[Standing, int] = dict.fromkeys(Standing, 0)
        texts: dict[Standing, int] = dict.fromkeys(Standing, 0)
        for each in count_by_standing(db, course.slug, language):
            words[each.standing] += each.words
            texts[each.standing] += each.texts
        state = LanguageState(rows[language].state) if language in rows else None
        lines.append(LanguageLine(language, Progress(words, texts), state))
    return lines


# -- the queue


@dataclass(frozen=True, slots=True)
class QueueLine:
    public_id: str
    document: str
    source: str
    """Without marks, to be read in a list; so is the target."""
    target: str | None
    standing: Standing
    warnings: int
    comment: str | None
    text: int | None
    """Id of the text that is worked on."""
    mine: bool
    """Whether it is the reader's own."""


@dataclass(frozen=True, slots=True)
class Queue:
    lines: list[QueueLine]
    total: int
    page: int
    pages: int


_TEXT = func.coalesce(Working.text, Approved.text)
_WARNINGS: ColumnElement[int] = case((Working.id.is_not(None), Working.warnings), else_=Approved.warnings)


def queue(db: Session, course: Course, language: str, filters: Filters, person: Person, page: int = 1) -> Queue:
    """The texts that fit, in the order of the course; two queries."""
    total = db.scalar(_fitting(select(func.count()), course.slug, language, filters)) or 0
    columns = select(
        Segment.public_id,
        Segment.document,
        SegmentRevision.text,
        _TEXT,
        STANDING,
        func.coalesce(_WARNINGS, 0),
        Working.comment,
        Working.id,
        Working.translated_by_id,
    )
    rows = db.execute(
        _fitting(columns, course.slug, language, filters)
        .order_by(Segment.position)
        .limit(ON_A_PAGE)
        .offset((page - 1) * ON_A_PAGE)
    )
    lines = [
        QueueLine(
            public_id,
            document,
            plain(source),
            plain(target) if target else None,
            Standing(standing),
            warnings,
            comment,
            text,
            who == person.id,
        )
        for public_id, document, source, target, standing, warnings, comment, text, who in rows
    ]
    return Queue(lines, total, page, max(1, -(-total // ON_A_PAGE)))


def _fitting(query: Select, slug: str, language: str, filters: Filters) -> Select:  # type: ignore[type-arg]
    found = with_texts(query, slug, language).join(
        SegmentRevision,
        and_(SegmentRevision.segment_id == Segment.id, SegmentRevision.number == Segment.revision),
    )
    if filters.document:
        inside = Segment.document.startswith(f"{filters.document} ", autoescape=True)
        found = found.where(or_(Segment.document == filters.document, inside))
    if filters.state == "unfinished":
        found = found.where(STANDING.in_(UNFINISHED))
    elif filters.state == "failing":
        found = found.where(_WARNINGS > 0)
    elif filters.state:
        found = found.where(STANDING.in_([filters.state]))
    for word in filters.words:
        found = found.where(
            or_(SegmentRevision.text.icontains(word, autoescape=True), _TEXT.icontains(word, autoescape=True))
        )
    return found


def next_text(db: Session, course: Course, language: str, filters: Filters, after: Segment) -> str | None:
    """The next text of the queue behind this one, then from the start again; None when there is no other."""
    query = _fitting(select(Segment.public_id), course.slug, language, filters).where(Segment.id != after.id)
    behind = case((Segment.position > (after.position or 0), 0), else_=1)
    found: str | None = db.scalar(query.order_by(behind, Segment.position).limit(1))
    return found


# -- one text


@dataclass(frozen=True, slots=True)
class Neighbour:
    public_id: str
    source: str
    target: str | None


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier text, or the newest."""

    id: int
    text: str
    state: TranslationState
    at: datetime
    by: str | None
    """None: it came with the course."""
    approved_by: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class Text:
    """One segment in one language, with all that a translator needs to see."""

    segment: Segment
    source: str
    standing: Standing
    seen: Seen
    working: Translation | None
    approved: Translation | None
    earlier_source: str | None
    """What the source said when the text shown was written, where that is known and it says something else now."""
    before: list[Neighbour]
    after: list[Neighbour]
    history: list[Past]

    @property
    def target(self) -> str:
        """What stands in the field: what is worked on, else what is approved."""
        shown = self.working or self.approved
        return shown.text if shown else ""


def text_at_work(db: Session, course: Course, language: str, public_id: str) -> Text:
    """One text; NotFound when the course does not have it now. Four queries."""
    segment = db.scalar(
        select(Segment).where(
            Segment.public_id == public_id, Segment.collection == course.slug, Segment.position.is_not(None)
        )
    )
    if segment is None:
        raise NotFound
    history = list(db.scalars(history_of(segment, language)))
    working = next((each for each in history if each.state in WORKING), None)
    approved = next((each for each in history if each.state == TranslationState.APPROVED), None)
    said = {row.number: row.text for row in _revisions(db, segment)}
    around = _neighbours(db, course.slug, language, segment)
    shown = working or approved
    earlier = said.get(shown.from_revision) if shown and shown.from_revision != segment.revision else None
    return Text(
        segment=segment,
        source=said[segment.revision],
        standing=_standing(segment, working, approved),
        seen=Seen(history[0].id if history else 0, segment.revision),
        working=working,
        approved=approved,
        earlier_source=earlier,
        before=[each for position, each in around if position < (segment.position or 0)],
        after=[each for position, each in around if position > (segment.position or 0)],
        history=_past(db, history),
    )


def _standing(segment: Segment, working: Translation | None, approved: Translation | None) -> Standing:
    """The same that `translation.queries.STANDING` says inside a query."""
    shown = working or approved
    if shown is None:
        return Standing.UNTRANSLATED
    if shown.from_revision != segment.revision:
        return Standing.SOURCE_CHANGED
    return Standing(shown.state)


def _revisions(db: Session, segment: Segment) -> Sequence[SegmentRevision]:
    return db.scalars(select(SegmentRevision).where(SegmentRevision.segment_id == segment.id)).all()


def _neighbours(db: Session, slug: str, language: str, segment: Segment) -> list[tuple[int, Neighbour]]:
    position = segment.position or 0
    query = _fitting(
        select(Segment.position, Segment.public_id, SegmentRevision.text, _TEXT),
        slug,
        language,
        Filters(document=segment.document),
    )
    near = query.where(Segment.position.between(position - NEIGHBOURS, position + NEIGHBOURS), Segment.id != segment.id)
    return [
        (at, Neighbour(public_id, plain(source), plain(target) if target else None))
        for at, public_id, source, target in db.execute(near.order_by(Segment.position))
    ]


def _past(db: Session, history: Sequence[Translation]) -> list[Past]:
    ids = {each.translated_by_id for each in history} | {each.approved_by_id for each in history}
    rows = db.execute(select(Person.id, Person.name).where(Person.id.in_(ids - {None})))
    names: dict[int | None, str] = {person: name for person, name in rows}  # noqa: C416 - a dict of rows is not one of strings to the type checker
    return [
        Past(
            each.id,
            each.text,
            TranslationState(each.state),
            each.created_at,
            names.get(each.translated_by_id),
            names.get(each.approved_by_id),
            each.comment,
        )
        for each in history
    ]


def past_text(db: Session, segment: Segment, language: str, text_id: int) -> str:
    """An earlier text of this very segment in this language; NotFound for any other."""
    found = db.scalar(history_of(segment, language).where(Translation.id == text_id))
    if found is None:
        raise NotFound
    return found.text


def waiting_texts(db: Session, course: Course, language: str, ids: Sequence[int]) -> list[tuple[Segment, Translation]]:
    """Those of these texts that still wait for review and translate what the source says now, held until the commit."""
    rows = db.execute(
        select(Segment, Translation)
        .join(Translation, Translation.segment_id == Segment.id)
        .where(
            Segment.collection == course.slug,
            Translation.language == language,
            Translation.id.in_(ids),
            Translation.state == TranslationState.IN_REVIEW,
            Translation.from_revision == Segment.revision,
        )
        .order_by(Segment.id)
        .with_for_update()
    )
    return [(segment, text) for segment, text in rows]


# -- looking at it as a learner will, and at what changed


def draft_reading(db: Session, course: Course, language: str) -> Reading:
    """The course in a language with everything that is worked on in place of what is approved; nothing kept."""
    edition: Edition = current_edition(db, course)
    return read_in(db, course, edition, package_of(db, edition), language, with_drafts=True)


@dataclass(frozen=True, slots=True)
class Change:
    """A source that says something else than what approved translations translate."""

    public_id: str
    document: str
    earlier: str
    now: str
    revision: int
    languages: list[str]


MOST_CHANGES = 200


def changes(db: Session, course: Course) -> list[Change]:
    """Texts whose source has changed since they were approved, in the order of the course; one query."""
    old, new = SegmentRevision.__table__.alias("old"), SegmentRevision.__table__.alias("new")
    rows = db.execute(
        select(
            Segment.public_id,
            Segment.document,
            Segment.position,
            Segment.revision,
            old.c.text,
            new.c.text,
            Translation.language,
        )
        .join(Translation, Translation.segment_id == Segment.id)
        .join(new, and_(new.c.segment_id == Segment.id, new.c.number == Segment.revision))
        .join(old, and_(old.c.segment_id == Segment.id, old.c.number == Translation.from_revision))
        .where(
            Segment.collection == course.slug,
            Segment.position.is_not(None),
            Translation.state == TranslationState.APPROVED,
            Translation.from_revision != Segment.revision,
        )
        .order_by(Segment.position, Translation.language)
        .limit(MOST_CHANGES * len(LANGUAGES))
    )
    found: dict[tuple[str, str], Change] = {}
    for public_id, document, _position, revision, earlier, now, language in rows:
        change = found.setdefault((public_id, earlier), Change(public_id, document, earlier, now, revision, []))
        change.languages.append(language)
    return list(found.values())[:MOST_CHANGES]
