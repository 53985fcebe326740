"""The page of a course, and the one click that joins it."""

from dataclasses import dataclass

from flask import Response, g

from lms.accounts.models import Person
from lms.accounts.session import current_person
from lms.catalog import queries as catalog
from lms.catalog.policy import may_enrol
from lms.catalog.queries import LanguageShare, Reading
from lms.catalog.source.cover import draw_cover
from lms.catalog.source.parts import Package
from lms.kernel.refusals import Refused
from lms.runs import queries, service
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
