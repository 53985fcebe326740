"""Offering a course in a language, and withdrawing it."""

from dataclasses import dataclass
from datetime import datetime

from flask import Response, g

from lms.accounts.service import tidy_reason
from lms.accounts.session import current_person
from lms.catalog.models import Course
from lms.catalog.queries import title_in
from lms.catalog.service import publish_language, withdraw_language_version
from lms.kernel.i18n import _
from lms.kernel.refusals import Invalid, Refused, require
from lms.translation.rules import Passage
from lms.ui.web import access, feature, go, here, page, say
from lms.workshop.forms.publication import WithdrawForm
from lms.workshop.policy import may_publish, may_translate
from lms.workshop.queries.desk import course_at_work
from lms.workshop.queries.publication import Distance, distance, language_to_publish

screens = feature("publication", "workshop")


@screens.before_request
def stand_here() -> None:
    g.place = "workshop"


@dataclass(frozen=True, slots=True)
class PublicationPage:
    slug: str
    title: Passage
    language: str
    source_language: str
    state: str
    since: datetime
    distance: Distance
    refused: str | None
    """Why this person cannot publish or withdraw, where that is so."""


@screens.get("/workshop/<slug>/<language>/publication/")
@access("signed-in")
def standing(slug: str, language: str) -> Response:
    course = _begun(slug, language)
    require(may_translate(current_person(), slug, language, here().now))
    return _show(course, language)


@screens.post("/workshop/<slug>/<language>/publication/publish/")
@access("signed-in")
def publish(slug: str, language: str) -> Response:
    course = _for_publishing(slug, language)
    publish_language(here().db, current_person(), course, language, here().now)
    say(_("The course is offered in this language from now on."))
    return go("publication.standing", slug=slug, language=language)


@screens.post("/workshop/<slug>/<language>/publication/withdraw/")
@access("signed-in")
def withdraw(slug: str, language: str) -> Response:
    course, form = _for_publishing(slug, language), WithdrawForm()
    try:
        if not form.validate():
            return _show(course, language, form)
        reason = tidy_reason(form.reason.data or "")
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show(course, language, form)
    withdraw_language_version(here().db, current_person(), course, language, reason, here().now)
    say(_("The course is no longer offered in this language. Who had enrolled before goes on reading in it."))
    return go("publication.standing", slug=slug, language=language)


def _for_publishing(slug: str, language: str) -> Course:
    """The course, for who decides about this language of it."""
    course = _begun(slug, language)
    require(may_publish(current_person(), slug, language, here().now))
    return course


def _begun(slug: str, language: str) -> Course:
    course = course_at_work(here().db, current_person(), slug, here().now)
    language_to_publish(course, language)
    return course


def _show(course: Course, language: str, form: WithdrawForm | None = None) -> Response:
    """How far the language is; with a form that was refused, what is wrong with it."""
    row = language_to_publish(course, language)
    verdict = may_publish(current_person(), course.slug, language, here().now)
    g.return_path = f"workshop/{course.slug}/{language}/publication/"
    content = PublicationPage(
        slug=course.slug,
        title=title_in(course, here().lang),
        language=language,
        source_language=course.source_language,
        state=row.state,
        since=row.state_since,
        distance=distance(here().db, course, language),
        refused=verdict.reason if isinstance(verdict, Refused) else None,
    )
    status = 422 if form else 200
    return page("publication/standing.html", status=status, page=content, form=form or WithdrawForm(formdata=None))
