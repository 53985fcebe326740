"""A translator's home, and who works on which language of a course."""

from dataclasses import dataclass
from datetime import date

from flask import Response, g

from lms.accounts.rules import Role
from lms.accounts.session import current_person
from lms.catalog.models import Course
from lms.catalog.queries import title_in
from lms.kernel.i18n import _
from lms.kernel.refusals import Conflict, Invalid, NotFound, require
from lms.translation.rules import Passage
from lms.ui.web import access, feature, go, here, page, say
from lms.workshop.forms.assignments import AssignForm, DueDateForm
from lms.workshop.policy import has_part, may_assign
from lms.workshop.queries import assignments as queries
from lms.workshop.queries.assignments import AtHome, AtWork, due_sentence
from lms.workshop.queries.desk import course_at_work
from lms.workshop.service import assigning

screens = feature("assignments", "workshop")


@screens.before_request
def stand_here() -> None:
    g.place = "workshop"


@dataclass(frozen=True, slots=True)
class HomePage:
    home: AtHome
    today: date

    @property
    def waits(self) -> bool:
        return any(part.waits for part in self.home.own)


@screens.get("/workshop/")
@access("signed-in")
def home() -> Response:
    """What waits for the person. Who has no part in any translation is not told of it."""
    person = current_person()
    if not has_part(person, here().now):
        raise NotFound
    found = queries.at_home(here().db, person, here().lang, here().now)
    content = HomePage(found, queries.today_of(person, here().now))
    return page("assignments/home.html", page=content, due_sentence=due_sentence)


@dataclass(frozen=True, slots=True)
class PeoplePage:
    slug: str
    title: Passage
    people: list[AtWork]
    today: date


@screens.get("/workshop/<slug>/people/")
@access("signed-in")
def people(slug: str) -> Response:
    return _show(_led(slug))


@screens.post("/workshop/<slug>/people/")
@access("signed-in")
def assign(slug: str) -> Response:
    course = _led(slug)
    form = AssignForm(queries.languages_to_work_on(course))
    if not form.validate():
        return _show(course, form=form)
    try:
        assigning.assign(
            here().db,
            here().settings,
            current_person(),
            course,
            email=form.email.data or "",
            role=Role(form.role.data),
            language=form.language.data,
            due_on=form.due_on.data,
            now=here().now,
        )
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show(course, form=form)
    except Conflict as there_already:
        form.refuse({"": there_already.reason})
        return _show(course, form=form, status=409)
    say(_("The work is given, and a letter is on its way."))
    return go("assignments.people", slug=slug)


@screens.post("/workshop/<slug>/people/<grant_id>/due/")
@access("signed-in")
def change_due_date(slug: str, grant_id: str) -> Response:
    course, form = _led(slug), DueDateForm()
    grant = queries.grant_on(here().db, course, grant_id)
    if not form.validate():
        raise Invalid({"due_on": _("Choose today or a later day.")})
    assigning.change_due_date(here().db, here().settings, current_person(), course, grant, form.due_on.data, here().now)
    say(_("The due date is changed, and a letter is on its way."))
    return go("assignments.people", slug=slug)


@screens.post("/workshop/<slug>/people/<grant_id>/end/")
@access("signed-in")
def end(slug: str, grant_id: str) -> Response:
    course = _led(slug)
    grant = queries.grant_on(here().db, course, grant_id)
    assigning.unassign(here().db, here().settings, current_person(), course, grant, here().now)
    say(_("The work is taken back, and a letter is on its way."))
    return go("assignments.people", slug=slug)


def _led(slug: str) -> Course:
    """The course, for who gives out its work."""
    course = course_at_work(here().db, current_person(), slug, here().now)
    require(may_assign(current_person(), slug, here().now))
    return course


def _show(course: Course, *, form: AssignForm | None = None, status: int = 422) -> Response:
    """Who works on the course; with a form that was refused, what is wrong with it."""
    g.return_path = f"workshop/{course.slug}/people/"
    content = PeoplePage(
        slug=course.slug,
        title=title_in(course, here().lang),
        people=queries.people_at_work(here().db, course, here().now),
        today=queries.today_of(current_person(), here().now),
    )
    return page(
        "assignments/people.html",
        status=status if form else 200,
        page=content,
        form=form or AssignForm(queries.languages_to_work_on(course), formdata=None),
        due_sentence=due_sentence,
    )
