"""Screens for applicants: the form, where the application stands, the offered place."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import Response, g, request

from lms.accounts.session import current_person
from lms.intake import queries, service
from lms.intake.forms import STATES, ApplicationForm, application_form
from lms.intake.models import Application
from lms.intake.policy import may_apply, may_have_application
from lms.intake.queries import Question
from lms.intake.rules import NEXT_STATES, ApplicationState
from lms.kernel.i18n import _
from lms.kernel.refusals import Invalid, Refused, require
from lms.runs.models import Run
from lms.runs.queries import course_title, is_in_run, visible_run
from lms.runs.rules import end_of_day
from lms.translation.rules import Passage
from lms.ui.web import access, feature, go, here, page, say

screens = feature("intake")


@screens.before_request
def stand_here() -> None:
    g.place = "catalog"


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    slug: str
    title: str
    course: Passage
    application: Application | None
    state: str
    """In words; empty when there is none."""
    questions: list[Question]
    refused: str | None
    """Why nothing can be written now, where that is so."""
    is_in: bool
    call_ends: datetime | None
    starts_on: date | None
    can_withdraw: bool
    offer_stands: bool


@screens.get("/runs/<slug>/application/")
@access("signed-in")
def application(slug: str) -> Response:
    run = _enter(slug)
    return _show(run, queries.find_application(here().db, current_person(), run))


@screens.post("/runs/<slug>/application/")
@access("signed-in")
def save(slug: str) -> Response:
    """Save what is there, or hand it in when it is whole."""
    run, person, db, now = _enter(slug), current_person(), here().db, here().now
    questions = _questions(run)
    form = application_form(questions)
    if not form.validate():
        return _show(run, queries.find_application(db, person, run), form)
    try:
        if request.form.get("deed") == "submit":
            service.submit_application(db, here().settings, person, run, form.written(questions), now)
            say(_("Your application is handed in. A letter confirms it."))
        else:
            service.save_draft(db, person, run, form.written(questions), now)
            say(_("Saved. Nobody reads it before you hand it in."))
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show(run, queries.find_application(db, person, run), form)
    return go("intake.application", slug=slug)


@screens.post("/runs/<slug>/application/withdraw/")
@access("signed-in")
def withdraw(slug: str) -> Response:
    run, person, db = _enter(slug), current_person(), here().db
    service.withdraw_application(db, person, run, queries.own_application(db, person, run), here().now)
    say(_("Your application is withdrawn."))
    return go("intake.application", slug=slug)


@screens.post("/runs/<slug>/application/confirm/")
@access("signed-in")
def confirm(slug: str) -> Response:
    run, person, db = _enter(slug), current_person(), here().db
    own = queries.own_application(db, person, run)
    service.confirm_place(db, here().settings, person, run, own, here().lang, here().now)
    say(_("Your place is confirmed. Welcome!"))
    return go("intake.application", slug=slug)


@screens.post("/runs/<slug>/application/decline/")
@access("signed-in")
def decline(slug: str) -> Response:
    run, person, db = _enter(slug), current_person(), here().db
    service.decline_place(db, person, run, queries.own_application(db, person, run), here().now)
    say(_("Thank you for telling us. The place goes to somebody else."))
    return go("intake.application", slug=slug)


def _enter(slug: str) -> Run:
    """The run, if the person may have an application for it."""
    run = visible_run(here().db, current_person(), slug, here().now)
    require(may_have_application(current_person(), run, here().now))
    g.return_path = f"runs/{slug}/application/"
    return run


def _questions(run: Run) -> list[Question]:
    return queries.in_words(queries.intake_plan(here().db, run).questions, here().lang)


def _show(run: Run, found: Application | None, form: ApplicationForm | None = None) -> Response:
    db, person, now, questions = here().db, current_person(), here().now, _questions(run)
    is_in = is_in_run(db, person, run)
    verdict = may_apply(person, run, is_in=is_in, now=now)
    state = ApplicationState(found.state) if found else None
    content = ApplicationPage(
        slug=run.slug,
        title=run.title or "",
        course=course_title(db, run, here().lang),
        application=found,
        state=str(STATES[state]) if state else "",
        questions=questions,
        refused=verdict.reason if isinstance(verdict, Refused) else None,
        is_in=is_in,
        call_ends=end_of_day(run.apply_until, run.time_zone) if run.apply_until else None,
        starts_on=run.starts_on,
        can_withdraw=state is not None and ApplicationState.WITHDRAWN in NEXT_STATES[state],
        offer_stands=found is not None and found.offer_expires_at is not None and now < found.offer_expires_at,
    )
    status, form = (422, form) if form else (200, application_form(questions, formdata=None, data=_before(found)))
    return page("intake/application.html", page=content, form=form, status=status)


def _before(found: Application | None) -> dict[str, object]:
    """What stands in the form when it is opened: what was saved, or what the profile says already."""
    if found is None:
        return {"organisation": current_person().organisation, "role": current_person().job}
    names = ("years", "organisation", "role", "motivation", "hours")
    answers = {f"answer-{key}": text for key, text in found.answers.items()}
    return {name: getattr(found, name) for name in names} | answers | {"consent": found.consented_at is not None}
