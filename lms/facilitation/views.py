"""What is left of a run for anybody to read: its archive page."""

from dataclasses import dataclass

from flask import Response, g

from lms.accounts.models import Person
from lms.facilitation import queries
from lms.facilitation.queries import Archive
from lms.kernel.refusals import NotFound
from lms.runs.queries import visible_run
from lms.runs.rules import RunStage
from lms.ui.web import access, feature, here, page

screens = feature("archive", "facilitation")


@screens.before_request
def stand_here() -> None:
    g.place = "catalog"


@dataclass(frozen=True, slots=True)
class ArchivePage:
    slug: str
    title: str
    course_slug: str
    archive: Archive


@screens.get("/runs/<slug>/archive/")
@access("anyone")
def archive(slug: str) -> Response:
    """Of a closed run, for whoever may see the run."""
    person: Person | None = here().person
    run = visible_run(here().db, person, slug, here().now)
    if run.stage != RunStage.CLOSED:
        raise NotFound
    found = queries.archive(here().db, run, here().lang, here().now)
    return page("facilitation/archive.html", page=ArchivePage(slug, run.title or "", run.course.slug, found))
