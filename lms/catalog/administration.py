"""Courses as administrators see them: stage, languages, editions."""

from dataclasses import dataclass

from flask import Response, g
from wtforms import HiddenField
from wtforms.validators import AnyOf

from lms.accounts.session import current_person
from lms.catalog import queries, service
from lms.catalog.models import Course
from lms.catalog.queries import EditionLine, LanguageShare
from lms.catalog.rules import NEXT_STAGES, Stage
from lms.kernel.i18n import _
from lms.translation.rules import Passage
from lms.ui.forms import Form
from lms.ui.web import access, feature, go, here, page, say

screens = feature("course_administration", "catalog")


class StageForm(Form):
    stage = HiddenField(validators=[AnyOf([str(each) for each in Stage])])


@dataclass(frozen=True, slots=True)
class CoursePage:
    slug: str
    title: Passage
    stage: str
    moves: tuple[Stage, ...]
    languages: list[LanguageShare]
    editions: list[EditionLine]


@screens.before_request
def stand_here() -> None:
    g.place = "administration"


@screens.get("/administration/courses/")
@access("administrator")
def courses() -> Response:
    return page("course_administration/courses.html", page=queries.all_courses(here().db, here().lang))


@screens.get("/administration/courses/<slug>/")
@access("administrator")
def course(slug: str) -> Response:
    return _show(queries.course_by_slug(here().db, current_person(), slug, here().now))


@screens.post("/administration/courses/<slug>/stage")
@access("administrator")
def change_stage(slug: str) -> Response:
    found = queries.course_by_slug(here().db, current_person(), slug, here().now)
    form = StageForm()
    if not form.validate():
        return _show(found, status=422)
    service.change_stage(here().db, current_person(), found, Stage(form.stage.data or ""), here().now)
    say(_("The course has moved on."))
    return go("course_administration.course", slug=slug)


def _show(found: Course, status: int = 200) -> Response:
    content = CoursePage(
        slug=found.slug,
        title=queries.title_in(found, here().lang),
        stage=found.stage,
        moves=NEXT_STAGES[Stage(found.stage)],
        languages=queries.language_shares(found),
        editions=queries.editions_of(here().db, found),
    )
    return page("course_administration/course.html", status=status, page=content)
