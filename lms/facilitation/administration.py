"""Screens for those who teach and lead a run, across all of it: dashboard, gradebook, outcomes, closing, report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, g, request

from lms.accounts.forms import typed
from lms.accounts.session import current_person
from lms.certification.policy import may_take_all
from lms.facilitation import letters, queries, service
from lms.facilitation.forms import (
    OUTCOMES,
    OVERRIDE_STATES,
    DecisionForm,
    OutcomeForm,
    Section,
    SummaryForm,
    funnel_steps,
    report_sheet,
    sections,
)
from lms.facilitation.models import FinalOutcome, OutcomeOverride, SummaryDraft
from lms.facilitation.policy import may_confirm, may_propose
from lms.facilitation.queries import ClosedList, Dashboard, FinalList, Gradebook, Line, Mark
from lms.facilitation.rules import Outcome, OverrideState
from lms.kernel.i18n import _, current_language
from lms.kernel.refusals import Allowed, Invalid, NotFound, Refused
from lms.kernel.sheets import Cell, Sheet, write_csv, write_xlsx
from lms.runs.models import Enrolment, Run
from lms.runs.queries import RunHead, participant, run_head, run_to_lead, run_to_teach
from lms.runs.rules import RunStage
from lms.translation.rules import Passage
from lms.ui.forms import whole_number
from lms.ui.web import access, feature, go, here, page, say

screens = feature("facilitation")
FORMATS: dict[str, tuple[Callable[[Sheet], bytes], str]] = {
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@screens.before_request
def stand_here() -> None:
    g.place = "teaching"


def _head(run: Run) -> RunHead:
    return run_head(here().db, current_person(), run, here().lang, here().now)


# -- the closing


@dataclass(frozen=True, slots=True)
class ClosingPage:
    head: RunHead
    final: FinalList | None
    """While the run is open: what closing it now would come to."""
    closed: ClosedList | None
    can_close: bool
    outcomes: Mapping[str, Any]
    takes_all: bool
    """This person may take all certificates of the closed run along as one file."""
    course_slug: str
    run: str
    """Public id."""


@screens.get("/teaching/<slug>/closing/")
@access("signed-in")
def closing(slug: str) -> Response:
    run = run_to_teach(here().db, current_person(), slug, here().now)
    head, closed = _head(run), queries.closed_list(here().db, run)
    final = None if closed else queries.final_list(here().db, run, here().lang)
    underway = run.stage in (RunStage.RUNNING, RunStage.GRACE)
    content = ClosingPage(
        head=head,
        final=final,
        closed=closed,
        can_close=head.leads and underway and not (final and final.unconfirmed),
        outcomes=OUTCOMES,
        takes_all=bool(closed and may_take_all(current_person(), f"course:{run.course.slug}", here().now)),
        course_slug=run.course.slug,
        run=run.public_id,
    )
    return page("facilitation/closing.html", page=content)


@screens.post("/teaching/<slug>/closing/")
@access("signed-in")
def close(slug: str) -> Response:
    run = run_to_lead(here().db, current_person(), slug, here().now)
    if service.close_run(here().db, current_person(), run, here().now):
        say(_("The run is closed. Certificates are being issued; this page shows how far that is."))
    else:
        say(_("The run was closed before. Nothing was changed."))
    return go("facilitation.closing", slug=slug)


@dataclass(frozen=True, slots=True)
class OutcomePage:
    head: RunHead
    line: Line
    by_rule: Outcome
    outcome: Outcome
    """Of a closed run as its final list says, whatever the rule would say by now."""
    overrides: list[OutcomeOverride]
    standing: OutcomeOverride | None
    """The one of them that is proposed or confirmed."""
    may_confirm: bool
    refused: str | None
    """Why the one that waits is not this person's to confirm."""
    may_propose: bool
    outcomes: Mapping[str, Any]
    states: Mapping[str, Any]


@screens.get("/teaching/<slug>/closing/<participant>/")
@access("signed-in")
def outcome(slug: str, participant: str) -> Response:
    run = run_to_teach(here().db, current_person(), slug, here().now)
    return _show_outcome(run, _in_run(run, participant))


@screens.post("/teaching/<slug>/closing/<participant>/")
@access("signed-in")
def propose(slug: str, participant: str) -> Response:
    run, form = run_to_lead(here().db, current_person(), slug, here().now), OutcomeForm()
    found = _in_run(run, participant)
    g.return_path = f"teaching/{slug}/closing/{participant}/"
    if not form.validate():
        return _show_outcome(run, found, form)
    chosen, reason = Outcome(form.outcome.data), typed(form.reason)
    try:
        service.propose_outcome(here().db, current_person(), run, found, chosen, reason=reason, now=here().now)
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show_outcome(run, found, form)
    say(_("It is proposed. It holds as soon as a second person confirms it."))
    return go("facilitation.outcome", slug=slug, participant=participant)


@screens.post("/teaching/<slug>/closing/<participant>/<override>/")
@access("signed-in")
def decide(slug: str, participant: str, override: str) -> Response:
    run, form = run_to_lead(here().db, current_person(), slug, here().now), DecisionForm()
    enrolment = _in_run(run, participant)
    found = queries.override_of(here().db, enrolment, override)
    if not form.validate():
        raise Invalid({"decision": _("Choose one from the list.")})
    state = OverrideState(form.decision.data or "")
    service.decide_outcome(here().db, current_person(), run, enrolment, found, state, here().now)
    say(_("This is decided."))
    return go("facilitation.outcome", slug=slug, participant=participant)


def _in_run(run: Run, public_id: str) -> Enrolment:
    """One of those on the final list: who left the run is not."""
    found = participant(here().db, run, public_id)
    if found.withdrawn_at is not None:
        raise NotFound
    return found


def _show_outcome(run: Run, enrolment: Enrolment, form: OutcomeForm | None = None) -> Response:
    db, person = here().db, current_person()
    line, overrides = queries.line_of(db, run, enrolment, here().lang), queries.overrides_of(db, enrolment)
    waits = line.override if line.override and line.override.state == OverrideState.PROPOSED else None
    verdict = may_confirm(person, run, enrolment, waits, here().now) if waits else None
    settled = db.get(FinalOutcome, enrolment.id)
    content = OutcomePage(
        head=_head(run),
        line=line,
        by_rule=Outcome(settled.by_rule) if settled else line.by_rule,
        outcome=Outcome(settled.outcome) if settled else line.outcome,
        overrides=overrides,
        standing=line.override,
        may_confirm=isinstance(verdict, Allowed),
        refused=verdict.reason if isinstance(verdict, Refused) else None,
        may_propose=run.stage != RunStage.CLOSED and bool(may_propose(person, run, enrolment, here().now)),
        outcomes=OUTCOMES,
        states=OVERRIDE_STATES,
    )
    status = 422 if form else 200
    return page("facilitation/outcome.html", page=content, form=form or OutcomeForm(formdata=None), status=status)


# -- the dashboard, the weekly summary


@dataclass(frozen=True, slots=True)
class DashboardPage:
    head: RunHead
    dashboard: Dashboard
    more_behind: int
    """Who is behind or silent and not shown here."""


@screens.get("/teaching/<slug>/")
@access("signed-in")
def dashboard(slug: str) -> Response:
    run = run_to_teach(here().db, current_person(), slug, here().now)
    found = queries.dashboard(here().db, run, here().lang, here().now)
    content = DashboardPage(_head(run), found, found.all_behind - len(found.behind))
    return page("facilitation/dashboard.html", page=content)


@dataclass(frozen=True, slots=True)
class SummaryPage:
    head: RunHead
    module: Passage
    kept: SummaryDraft | None


@screens.get("/teaching/<slug>/summary/")
@access("signed-in")
def summary(slug: str) -> Response:
    """A draft of what could be written to the participants: as it was kept, or made from the numbers of now."""
    run = run_to_teach(here().db, current_person(), slug, here().now)
    found = queries.dashboard(here().db, run, here().lang, here().now)
    kept = queries.summary_draft(here().db, run, _module(found), here().lang)
    fresh = "anew" in request.args or kept is None
    text = letters.weekly_summary(found, run) if fresh or kept is None else kept.text
    form = SummaryForm(formdata=None, data={"text": text, "version": kept.version if kept else 0})
    return page("facilitation/summary.html", page=SummaryPage(_head(run), _module_title(found), kept), form=form)


@screens.post("/teaching/<slug>/summary/")
@access("signed-in")
def keep_summary(slug: str) -> Response:
    run, form = run_to_teach(here().db, current_person(), slug, here().now), SummaryForm()
    g.return_path = f"teaching/{slug}/summary/"
    found = queries.dashboard(here().db, run, here().lang, here().now)
    module = _module(found)
    if not form.validate():
        kept = queries.summary_draft(here().db, run, module, here().lang)
        content = SummaryPage(_head(run), _module_title(found), kept)
        return page("facilitation/summary.html", page=content, form=form, status=422)
    text, version = typed(form.text), whole_number(form.version.data)
    service.keep_summary(here().db, current_person(), run, module, here().lang, text, version, here().now)
    say(_("The draft is kept. Nothing was sent."))
    return go("facilitation.summary", slug=slug)


def _module(found: Dashboard) -> str:
    """What the summary is about: NotFound before the first week and after the last."""
    if found.module is None:
        raise NotFound
    return found.module.week.module


def _module_title(found: Dashboard) -> Passage:
    assert found.module
    return found.module.title


# -- the gradebook


@dataclass(frozen=True, slots=True)
class GradebookPage:
    head: RunHead
    book: Gradebook
    modules: list[tuple[str, Passage]]
    """All of the course, to choose one."""
    module: str


@screens.get("/teaching/<slug>/gradebook/")
@access("signed-in")
def gradebook(slug: str) -> Response:
    run = run_to_teach(here().db, current_person(), slug, here().now)
    modules = queries.module_titles(here().db, run, here().lang)
    asked = request.args.get("module", "")
    module = asked if asked in dict(modules) else ""
    number = max(request.args.get("page", 1, type=int), 1)
    book = queries.gradebook(here().db, run, here().lang, number, module)
    return page("facilitation/gradebook.html", page=GradebookPage(_head(run), book, modules, module))


@screens.get("/teaching/<slug>/gradebook.<any(csv, xlsx):suffix>")
@access("signed-in")
def gradebook_file(slug: str, suffix: str) -> Response:
    """Everybody and everything, as a file."""
    run = run_to_teach(here().db, current_person(), slug, here().now)
    sheet = _gradebook_sheet(run, queries.gradebook(here().db, run, here().lang, None))
    return _file(sheet, f"{slug}-gradebook", suffix)


def _gradebook_sheet(run: Run, book: Gradebook) -> Sheet:
    head = [_("Name"), _("E-mail address"), _("Done"), *(column.title.text for column in book.columns)]
    rows = [[row.participant.name, row.participant.email, row.done, *map(_mark, row.marks)] for row in book.rows]
    return Sheet(run.title or "", head, rows, right_to_left=current_language().dir == "rtl")


def _mark(mark: Mark) -> Cell:
    """A quiz by its best score, in per cent; else 1 for what is done."""
    if mark.score is not None:
        return round(mark.score * 100, 1)
    return 1 if mark.done else None


def _file(sheet: Sheet, name: str, suffix: str) -> Response:
    write, kind = FORMATS[suffix]
    answer = Response(write(sheet), content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    return answer


# -- the report


@dataclass(frozen=True, slots=True)
class ReportPage:
    head: RunHead
    as_of: datetime
    closed: bool
    sections: list[Section]
    funnel: list[tuple[str, int]]
    """What the chart shows: everybody, step by step."""
    leaving: bool
    """For paper: small numbers are left out."""


@screens.get("/teaching/<slug>/report/")
@access("signed-in")
def report(slug: str) -> Response:
    return _show_report(slug, leaving=False)


@screens.get("/teaching/<slug>/report/print/")
@access("signed-in")
def report_print(slug: str) -> Response:
    return _show_report(slug, leaving=True)


@screens.get("/teaching/<slug>/report.csv")
@access("signed-in")
def report_file(slug: str) -> Response:
    run = run_to_teach(here().db, current_person(), slug, here().now)
    found = queries.report(here().db, run, here().lang, here().now)
    title = f"{_head(run).course.text}, {run.title}"
    return _file(report_sheet(title, found, sections(found, leaving=True), run.time_zone), f"{slug}-report", "csv")


def _show_report(slug: str, *, leaving: bool) -> Response:
    run = run_to_teach(here().db, current_person(), slug, here().now)
    found = queries.report(here().db, run, here().lang, here().now)
    content = ReportPage(
        _head(run), found.as_of, found.closed, sections(found, leaving=leaving), funnel_steps(found), leaving
    )
    return page("facilitation/report.html", page=content)
