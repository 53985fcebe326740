"""The page of a course and the one click that joins it; the dated runs that anybody may find."""

from dataclasses import dataclass
from datetime import date

from flask import Response, g

from lms.accounts.models import Person
from lms.accounts.session import current_person
from lms.catalog import queries as catalog
from lms.catalog.policy import may_enrol
from lms.catalog.queries import LanguageShare, Reading
from lms.catalog.rules import Category
from lms.catalog.source.cover import draw_cover
from lms.catalog.source.parts import Package
from lms.kernel.refusals import Refused
from lms.runs import queries, service
from lms.runs.models import Run
from lms.runs.policy import teaches
from lms.runs.queries import RunLine
from lms.translation.rules import Passage
from lms.ui.web import access, feature, go, here, page

screens = feature("runs")


@dataclass(frozen=True, slots=True)
class CoursePage:
    slug: str
    title: Passage
    summary: Passage
    audience: Passage
    objectives: list[Passage]
    package: Package
    reading: Reading
    languages: list[LanguageShare]
    size: int
    """Bytes of the whole course in this language."""
    completion: list[str]
    participation: list[str]
    enrolled: bool
    runs: list[RunLine]
    """Dated runs of an instructor-led course."""
    closed: str | None
    """Why nobody can enrol, where that is so."""
    cover: str
    stage: str


@screens.before_request
def stand_here() -> None:
    g.place = "catalog"


@screens.get("/courses/<slug>/")
@access("anyone")
def course(slug: str) -> Response:
    person: Person | None = here().person
    db, lang = here().db, here().lang
    found = catalog.course_by_slug(db, person, slug, here().now)
    reading = catalog.reading(db, catalog.edition_id_of(db, found), lang)
    package = reading.package
    enrolled = person is not None and queries.find_place(db, person, slug, lang) is not None
    verdict = may_enrol(person, found, here().now)
    shares = catalog.language_shares(found)
    content = CoursePage(
        slug=slug,
        title=reading.text("course", package.title),
        summary=reading.text("course", package.summary),
        audience=reading.text("course", package.audience),
        objectives=[reading.text("course", objective) for objective in package.objectives],
        package=package,
        reading=reading,
        languages=shares,
        size=next((each.size for each in shares if each.language == lang), shares[0].size),
        completion=catalog.requirement_sentences(reading, package.certificate.completion),
        participation=catalog.requirement_sentences(reading, package.certificate.participation)
        if package.certificate.participation
        else [],
        enrolled=enrolled,
        runs=queries.runs_of_course(db, found, lang) if found.category == Category.INSTRUCTOR_LED else [],
        closed=verdict.reason if isinstance(verdict, Refused) else None,
        cover=draw_cover(slug),
        stage=found.stage,
    )
    return page("runs/course.html", page=content)


@screens.post("/courses/<slug>/enrol")
@access("signed-in")
def enrol(slug: str) -> Response:
    person = current_person()
    found = catalog.course_by_slug(here().db, person, slug, here().now)
    service.enrol(here().db, person, found, here().lang, here().now)
    return go("learning.course_home", slug=slug)


@dataclass(frozen=True, slots=True)
class RunPage:
    slug: str
    title: str
    course_slug: str
    course: Passage
    summary: Passage
    stage: str
    starts_on: date
    ends_on: date | None
    grace_until: date | None
    apply_from: date | None
    apply_until: date | None
    time_zone: str
    languages: list[str]
    seats: int | None
    provisional: bool
    modules: list[tuple[Passage, date | None]]
    completion: list[str]
    participation: list[str]
    is_in: bool
    teaches: bool
    cover: str


@screens.get("/runs/")
@access("anyone")
def runs() -> Response:
    return page("runs/runs.html", page=queries.public_runs(here().db, here().lang))


@screens.get("/runs/<slug>/")
@access("anyone")
def run(slug: str) -> Response:
    person: Person | None = here().person
    db, lang, now = here().db, here().lang, here().now
    found = queries.visible_run(db, person, slug, now)
    return page("runs/run.html", page=_run_page(found, person, queries.reading_of_run(db, found, lang)))


def _run_page(run: Run, person: Person | None, reading: Reading) -> RunPage:
    package = reading.package
    assert run.starts_on
    return RunPage(
        slug=run.slug,
        title=run.title or "",
        course_slug=run.course.slug,
        course=reading.text("course", package.title),
        summary=reading.text("course", package.summary),
        stage=run.stage or "",
        starts_on=run.starts_on,
        ends_on=run.ends_on,
        grace_until=run.grace_until,
        apply_from=run.apply_from,
        apply_until=run.apply_until,
        time_zone=run.time_zone,
        languages=list(run.languages),
        seats=run.seats,
        provisional=run.provisional,
        modules=[(reading.text("course", each.title), _day(run.openings.get(each.key))) for each in package.modules],
        completion=catalog.requirement_sentences(reading, package.certificate.completion),
        participation=catalog.requirement_sentences(reading, package.certificate.participation)
        if package.certificate.participation
        else [],
        is_in=person is not None and queries.is_in_run(here().db, person, run),
        teaches=person is not None and teaches(person, run.course.slug, run.slug, here().now),
        cover=draw_cover(run.course.slug),
    )


def _day(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None
