"""Reads of runs and enrolments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from lms.accounts.models import Person
from lms.catalog.models import Course, CourseLanguage, Edition
from lms.catalog.queries import SOURCE_ONLY, Reading, package_of, reading_of, title_in
from lms.catalog.rules import LanguageState
from lms.catalog.source.parts import Package
from lms.kernel.refusals import NotFound, Verdict, require
from lms.runs.models import Enrolment, Extension, Run
from lms.runs.policy import leads, may_lead, may_open, may_see_run, may_teach, may_work, teaches
from lms.runs.rules import RunKind, RunStage, Visibility, end_of_day
from lms.translation.rules import Passage


@dataclass(frozen=True, slots=True)
class Place:
    """A learner in a run of a course: their enrolment, and the course as they read it now."""

    enrolment: Enrolment
    course: Course
    run: Run
    reading: Reading

    @property
    def slug(self) -> str:
        """What stands for the course in the learner's addresses: the run's name."""
        return self.run.slug


# Asked with every page of a course, so it is put together once.
_PLACE = (
    select(
        Enrolment, Course, Run, Edition.id, CourseLanguage.revision, CourseLanguage.state, CourseLanguage.state_since
    )
    .join(Run, Run.id == Enrolment.run_id)
    .join(Course, Course.id == Run.course_id)
    .join(Edition, (Edition.course_id == Course.id) & (Edition.number == Course.edition_number))
    .outerjoin(
        CourseLanguage, (CourseLanguage.course_id == Course.id) & (CourseLanguage.language == bindparam("language"))
    )
    .where(Enrolment.person_id == bindparam("person"), Run.slug == bindparam("slug"), Enrolment.withdrawn_at.is_(None))
)


def find_place(db: Session, person: Person, slug: str, language: str) -> Place | None:
    """The person's place in a run, read in a language; one query, two on a cold start.

    A self-paced run has the name of its course. Who had enrolled before a language was withdrawn goes on reading in it.
    """
    row = db.execute(_PLACE, {"person": person.id, "slug": slug, "language": language}).one_or_none()
    if row is None:
        return None
    enrolment, course, run, edition_id, revision, state, since = row
    if state == LanguageState.WITHDRAWN and enrolment.enrolled_at > since:
        revision = SOURCE_ONLY
    return Place(enrolment, course, run, reading_of(db, edition_id, language, revision or 0))


def place(db: Session, person: Person, slug: str, language: str) -> Place:
    """The same; NotFound for who is not in."""
    found = find_place(db, person, slug, language)
    if found is None:
        raise NotFound
    return found


def extended_until(db: Session, enrolment: Enrolment) -> date | None:
    """The last day of a participant's own that holds now."""
    query = select(Extension.until).where(Extension.enrolment_id == enrolment.id)
    return db.scalar(query.order_by(Extension.id.desc()).limit(1))


def may_open_activity(place: Place, activity: str, now: datetime) -> Verdict:
    """Whether the module that an activity stands in is open to the participants."""
    modules = place.reading.package.modules
    module = next((each.key for each in modules if any(one.key == activity for one in each.activities)), "")
    return may_open(place.run, module, now)


def may_work_here(db: Session, place: Place, now: datetime) -> Verdict:
    """Whether what the learner does still counts: in a dated run until its last day, or their own."""
    return may_work(place.run, extended_until(db, place.enrolment) if place.run.stage else None, now)


def works_until(db: Session, place: Place) -> datetime | None:
    """When that ends; None in a self-paced run."""
    last = max(filter(None, [place.run.grace_until, extended_until(db, place.enrolment)]), default=None)
    return end_of_day(last, place.run.time_zone) if place.run.stage and last else None


# -- dated runs


def run_by_slug(db: Session, slug: str) -> Run:
    """A dated run with its course. Raises NotFound."""
    query = select(Run).options(joinedload(Run.course)).where(Run.slug == slug, Run.kind == RunKind.COHORT)
    found = db.scalar(query)
    if found is None:
        raise NotFound
    return found


def is_in_run(db: Session, person: Person, run: Run) -> bool:
    """Takes part in it now."""
    query = select(Enrolment.id).where(
        Enrolment.run_id == run.id, Enrolment.person_id == person.id, Enrolment.withdrawn_at.is_(None)
    )
    return db.scalar(query) is not None


def visible_run(db: Session, person: Person | None, slug: str, now: datetime) -> Run:
    """A run as far as it exists for this person. Raises NotFound."""
    run = run_by_slug(db, slug)
    works = person is not None and teaches(person, run.course.slug, run.slug, now)
    is_in = person is not None and is_in_run(db, person, run)
    if not may_see_run(run, is_in=is_in, works_in_it=works):
        raise NotFound
    return run


def run_to_teach(db: Session, person: Person, slug: str, now: datetime) -> Run:
    """For the pages of those who teach. NotFound for strangers, Denied for participants."""
    run = run_by_slug(db, slug)
    _part_in(db, person, run, now)
    require(may_teach(person, run.course.slug, run.slug, now))
    return run


def run_to_lead(db: Session, person: Person, slug: str, now: datetime) -> Run:
    """For the pages of those who lead. NotFound for strangers, Denied for participants and who only teaches."""
    run = run_by_slug(db, slug)
    _part_in(db, person, run, now)
    require(may_lead(person, run.course.slug, run.slug, now))
    return run


def _part_in(db: Session, person: Person, run: Run, now: datetime) -> None:
    if not teaches(person, run.course.slug, run.slug, now) and not is_in_run(db, person, run):
        raise NotFound


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in a list."""

    slug: str
    title: str
    course: Passage
    stage: RunStage
    starts_on: date
    ends_on: date | None
    apply_until: date | None
    time_zone: str
    languages: tuple[str, ...]
    provisional: bool
    visibility: Visibility


def public_runs(db: Session, language: str) -> list[RunLine]:
    """What anybody may find, the next to begin first, closed ones at the end and the latest of them first."""
    query = _runs().where(Run.visibility == Visibility.PUBLIC, Run.stage != RunStage.PLANNED)
    lines = [_line(each, language) for each in db.scalars(query.order_by(Run.starts_on, Run.id)).unique()]
    over = [line for line in lines if line.stage is RunStage.CLOSED]
    return [line for line in lines if line.stage is not RunStage.CLOSED] + over[::-1]


def runs_of_course(db: Session, course: Course, language: str) -> list[RunLine]:
    """The public ones, the latest first."""
    query = _runs().where(Run.course_id == course.id, Run.visibility == Visibility.PUBLIC)
    found = db.scalars(query.where(Run.stage != RunStage.PLANNED).order_by(Run.starts_on.desc())).unique()
    return [_line(each, language) for each in found]


def runs_in_hand(db: Session, person: Person, language: str, now: datetime) -> list[RunLine]:
    """Those the person teaches or leads, the latest first."""
    found = db.scalars(_runs().order_by(Run.starts_on.desc(), Run.id)).unique()
    return [_line(each, language) for each in found if teaches(person, each.course.slug, each.slug, now)]


def courses_to_lead(db: Session, person: Person, now: datetime) -> Sequence[Course]:
    """Instructor-led courses in which the person may open a run."""
    query = select(Course).options(joinedload(Course.languages)).where(Course.category == "instructor-led")
    return [each for each in db.scalars(query.order_by(Course.slug)).unique() if leads(person, each.slug, None, now)]


def _runs() -> Select[Run]:
    return select(Run).options(joinedload(Run.course).joinedload(Course.languages)).where(Run.kind == RunKind.COHORT)


def _line(run: Run, language: str) -> RunLine:
    assert run.starts_on
    return RunLine(
        slug=run.slug,
        title=run.title or "",
        course=title_in(run.course, language),
        stage=RunStage(run.stage or ""),
        starts_on=run.starts_on,
        ends_on=run.ends_on,
        apply_until=run.apply_until,
        time_zone=run.time_zone,
        languages=tuple(run.languages),
        provisional=run.provisional,
        visibility=Visibility(run.visibility),
    )


def course_title(db: Session, run: Run, language: str) -> Passage:
    """What the course of a run is called."""
    query = select(Course).options(joinedload(Course.languages)).where(Course.id == run.course_id)
    return title_in(db.scalars(query.execution_options(populate_existing=True)).unique().one(), language)


@dataclass(frozen=True, slots=True)
class RunHead:
    """What stands above every page of a run."""

    slug: str
    title: str
    course: Passage
    stage: RunStage
    starts_on: date
    ends_on: date
    grace_until: date
    time_zone: str
    seats: int | None
    taken: int
    leads: bool


def run_head(db: Session, person: Person, run: Run, language: str, now: datetime) -> RunHead:
    """For any page of the run that this person may open."""
    assert run.starts_on
    assert run.ends_on
    assert run.grace_until
    return RunHead(
        slug=run.slug,
        title=run.title or "",
        course=course_title(db, run, language),
        stage=RunStage(run.stage or ""),
        starts_on=run.starts_on,
        ends_on=run.ends_on,
        grace_until=run.grace_until,
        time_zone=run.time_zone,
        seats=run.seats,
        taken=run.taken,
        leads=leads(person, run.course.slug, run.slug, now),
    )


def package_of_run(db: Session, run: Run) -> Package:
    """The course of a run as it stands now."""
    query = select(Edition).join(Course, (Course.id == Edition.course_id) & (Course.edition_number == Edition.number))
    return package_of(db, db.scalars(query.where(Course.id == run.course_id)).one())


def reading_of_run(db: Session, run: Run, language: str) -> Reading:
    """The same, as somebody reads it in a language."""
    query = (
        select(Edition.id, CourseLanguage.revision)
        .join(Course, (Course.id == Edition.course_id) & (Course.edition_number == Edition.number))
        .outerjoin(CourseLanguage, (CourseLanguage.course_id == Course.id) & (CourseLanguage.language == language))
        .where(Course.id == run.course_id)
    )
    edition, revision = db.execute(query).one()
    return reading_of(db, edition, language, revision or 0)


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in a run, as those who teach it see them."""

    enrolment_id: int
    public_id: str
    """Of the enrolment."""
    person_id: int
    name: str
    local_name: str | None
    email: str
    country: str | None
    gender: str | None
    organisation_type: str | None
    language: str
    time_zone: str
    track: str | None
    enrolled_at: datetime
    withdrawn_at: datetime | None


def participants(db: Session, run: Run, *, withdrawn: bool = False) -> list[Participant]:
    """Everybody in a run by name; with `withdrawn`, those who left too."""
    query = (
        select(Enrolment, Person)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.run_id == run.id)
        .order_by(Person.folded, Enrolment.id)
    )
    if not withdrawn:
        query = query.where(Enrolment.withdrawn_at.is_(None))
    return [
        Participant(
            enrolment_id=enrolment.id,
            public_id=enrolment.public_id,
            person_id=person.id,
            name=person.name,
            local_name=person.local_name,
            email=person.email,
            country=enrolment.country,
            gender=enrolment.gender,
            organisation_type=enrolment.organisation_type,
            language=enrolment.language,
            time_zone=person.time_zone,
            track=enrolment.track,
            enrolled_at=enrolment.enrolled_at,
            withdrawn_at=enrolment.withdrawn_at,
        )
        for enrolment, person in db.execute(query)
    ]


def participant(db: Session, run: Run, public_id: str) -> Enrolment:
    """One of a run's participants; NotFound for anybody else's."""
    query = select(Enrolment).options(joinedload(Enrolment.person))
    found = db.scalar(query.where(Enrolment.run_id == run.id, Enrolment.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def extensions_of(db: Session, run: Run) -> dict[int, Extension]:
    """The one that holds for each enrolment of a run that has any."""
    latest = select(func.max(Extension.id)).join(Enrolment, Enrolment.id == Extension.enrolment_id)
    latest = latest.where(Enrolment.run_id == run.id).group_by(Extension.enrolment_id)
    query = select(Extension).options(joinedload(Extension.given_by)).where(Extension.id.in_(latest))
    return {each.enrolment_id: each for each in db.scalars(query)}
