"""Screens of those who mark: the queue, one work with its rubric, who marks what, release, due days."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, g, request

from lms.accounts.forms import typed
from lms.accounts.session import current_person
from lms.coursework import queries, service
from lms.coursework.forms import (
    NOBODY,
    STATES,
    AssignmentForm,
    HandOverForm,
    MarkForm,
    plan_form,
    with_rubric,
)
from lms.coursework.models import Submission, Work
from lms.coursework.policy import may_ask_to_revise, may_mark, may_see_whose
from lms.coursework.queries import CriterionLine, Mark, PeerWords, Tally, WorkLine
from lms.coursework.rules import TO_MARK, Outcome
from lms.kernel.i18n import _, ngettext
from lms.kernel.refusals import Conflict, Invalid, Refused
from lms.runs.models import Run
from lms.runs.queries import RunHead, reading_of_run, run_head, run_to_lead, run_to_teach
from lms.translation.rules import Passage
from lms.ui.forms import Form, whole_number
from lms.ui.web import access, attach, feature, go, here, page, say

screens = feature("marking", "coursework")

ON_A_PAGE = 100


@screens.before_request
def stand_here() -> None:
    g.place = "teaching"


def _run(slug: str) -> Run:
    return run_to_teach(here().db, current_person(), slug, here().now)


def _head(run: Run) -> RunHead:
    return run_head(here().db, current_person(), run, here().lang, here().now)


# -- the queue


@dataclass(frozen=True, slots=True)
class Filters:
    """Which works are shown."""

    assignment: str
    """Empty: all."""
    whose: str
    """`mine`, `free` or empty."""
    state: str
    """Empty: what waits to be marked."""

    def takes(self, line: WorkLine, person_id: int) -> bool:
        return (
            self.assignment in {"", line.activity}
            and (not self.whose or line.marker_id == (person_id if self.whose == "mine" else None))
            and (line.state in TO_MARK if not self.state else self.state in {"all", line.state})
        )


@dataclass(frozen=True, slots=True)
class Queue:
    head: RunHead
    tallies: list[Tally]
    titles: dict[str, Passage]
    lines: Sequence[WorkLine]
    filters: Filters
    number: int
    pages: int
    states: dict[str, Any]
    chosen: frozenset[str]
    me: int


@screens.get("/teaching/<slug>/marking/")
@access("signed-in")
def queue(slug: str) -> Response:
    return _show_queue(_run(slug))


@screens.post("/teaching/<slug>/marking/hand-over/")
@access("signed-in")
def hand_over(slug: str) -> Response:
    run, form = _run(slug), HandOverForm()
    form.validate()
    works = queries.works_by_public_id(here().db, run, form.chosen.data or [])
    to = typed(form.to)
    try:
        service.hand_over(here().db, current_person(), run, works, None if to == NOBODY else to, here().now)
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show_queue(run, form)
    say(_("It is noted who marks these works."))
    return go("marking.queue", slug=slug)


@screens.post("/teaching/<slug>/marking/release/")
@access("signed-in")
def release(slug: str) -> Response:
    run, form = _run(slug), AssignmentForm()
    key = typed(form.assignment)
    queries.assignment_of(reading_of_run(here().db, run, here().lang), key)
    count = service.release_grades(here().db, here().settings, current_person(), run, key, here().now)
    say(
        ngettext(
            "%(number)s grade is released. The participant sees it now, and a letter is on its way.",
            "%(number)s grades are released. The participants see them now, and letters are on their way.",
            count,
        )
    )
    return go("marking.queue", slug=slug)


@screens.post("/teaching/<slug>/marking/reviews/")
@access("signed-in")
def allocate(slug: str) -> Response:
    run, form = _run(slug), AssignmentForm()
    key = typed(form.assignment)
    queries.assignment_of(reading_of_run(here().db, run, here().lang), key)
    count = service.allocate_reviews(here().db, current_person(), run, key, here().now)
    say(ngettext("%(number)s review is asked for.", "%(number)s reviews are asked for.", count))
    return go("marking.queue", slug=slug)


def _show_queue(run: Run, form: HandOverForm | None = None) -> Response:
    g.return_path = f"teaching/{run.slug}/marking/"
    db, asked, status = here().db, request.args, 422 if form else 200
    filters = Filters(asked.get("assignment", ""), asked.get("whose", ""), asked.get("state", ""))
    works, reviews = queries.works_of_run(db, run), queries.review_counts(db, run)
    tallies = queries.tallies(
        run, queries.coursework_plan(db, run), reading_of_run(db, run, here().lang), works, reviews
    )
    shown = [line for line in works if filters.takes(line, current_person().id)]
    pages = max(1, -(-len(shown) // ON_A_PAGE))
    number = min(max(1, whole_number(asked.get("page"))), pages)
    form = form or HandOverForm(formdata=None)
    form.offer(queries.colleagues(db, run, here().now))
    content = Queue(
        head=_head(run),
        tallies=tallies,
        titles={each.key: each.title for each in tallies},
        lines=shown[(number - 1) * ON_A_PAGE : number * ON_A_PAGE],
        filters=filters,
        number=number,
        pages=pages,
        states=STATES,
        chosen=frozenset(form.chosen.data or ()),
        me=current_person().id,
    )
    return page("marking/queue.html", page=content, form=form, status=status)


# -- one work


@dataclass(frozen=True, slots=True)
class WorkPage:
    head: RunHead
    public_id: str
    number: int
    name: str | None
    """None while marking is blind."""
    title: Passage
    assignment: str
    state: str
    submissions: list[Submission]
    """The latest first."""
    grades: int
    files: dict[str, str]
    """What each file is called here, by its digest."""
    marks: list[Mark]
    reviews: list[PeerWords]
    """What classmates said."""
    rubric: list[CriterionLine]
    pass_points: int
    most_points: int
    marker: str | None
    refused: str | None
    can_take: bool
    may_revise: bool
    conflict: str | None
    """What happened meanwhile, where that kept something from being written."""
    states: dict[str, Any]
    next: str | None
    """The work that waits longest for this marker."""


@screens.get("/teaching/<slug>/marking/<work>/")
@access("signed-in")
def one(slug: str, work: str) -> Response:
    run = _run(slug)
    return _show_one(run, queries.work_to_mark(here().db, run, work))


@screens.post("/teaching/<slug>/marking/<work>/")
@access("signed-in")
def mark(slug: str, work: str) -> Response:
    run, db, person = _run(slug), here().db, current_person()
    found = queries.work_to_mark(db, run, work)
    form = with_rubric(MarkForm, queries.rubric(reading_of_run(db, run, here().lang), found.activity))
    if not form.validate():
        return _show_one(run, found, form, 422)
    said = {"outcome": Outcome(form.outcome.data or ""), "levels": form.levels(), "feedback": typed(form.feedback)}
    try:
        service.give_grade(db, here().settings, person, run, found, form.seen(), **said, now=here().now)  # type: ignore[arg-type]
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show_one(run, found, form, 422)
    except Conflict as meanwhile:
        return _show_one(run, found, form, 409, meanwhile.reason)
    say(_("What you said is kept. Grades are shown to the participants when they are released."))
    return go("marking.queue", slug=slug)


@screens.post("/teaching/<slug>/marking/<work>/take/")
@access("signed-in")
def take(slug: str, work: str) -> Response:
    """I mark this one, whoever was to do it."""
    run = _run(slug)
    found = queries.work_to_mark(here().db, run, work)
    service.hand_over(here().db, current_person(), run, [found], current_person().public_id, here().now)
    say(_("You mark this work now."))
    return go("marking.one", slug=slug, work=work)


@screens.get("/teaching/<slug>/marking/<work>/files/<digest>/")
@access("signed-in")
def file(slug: str, work: str, digest: str) -> Response:
    run = _run(slug)
    found = queries.work_to_mark(here().db, run, work)
    kept = queries.file_of(here().db, found, digest, drafts=False)
    name = _file_names(found, queries.submissions_of(here().db, found), blind=_is_blind(run, found))[digest]
    return attach(here().files.get(digest), kept["type"], name)


def _is_blind(run: Run, work: Work) -> bool:
    blind = queries.coursework_plan(here().db, run).blind
    return not may_see_whose(work, blind=work.activity in blind)


def _file_names(work: Work, submissions: Sequence[Submission], *, blind: bool) -> dict[str, str]:
    """In blind marking by number: names of files tell names of people."""
    files = {file["digest"]: file["name"] for each in reversed(submissions) for file in each.files}
    if not blind:
        return files
    endings = {digest: name.rpartition(".")[2] for digest, name in files.items()}
    return {digest: f"{work.id}-{place}.{ending}" for place, (digest, ending) in enumerate(endings.items(), 1)}


def _show_one(
    run: Run, work: Work, form: MarkForm | None = None, status: int = 200, conflict: str | None = None
) -> Response:
    g.return_path = f"teaching/{run.slug}/marking/{work.public_id}/"
    db, person, blind = here().db, current_person(), _is_blind(run, work)
    reading = reading_of_run(db, run, here().lang)
    assignment = queries.assignment_of(reading, work.activity)
    verdict = may_mark(person, run, work, work.enrolment.person_id, here().now)
    activity, rubric = reading.package.activity(work.activity), queries.rubric(reading, work.activity)
    submissions, marks = queries.submissions_of(db, work), queries.marks_of(db, run, work, here().lang)
    assert activity
    content = WorkPage(
        head=_head(run),
        public_id=work.public_id,
        number=work.id,
        name=None if blind else work.enrolment.person.name,
        title=reading.text("course", activity.title),
        assignment=work.activity,
        state=work.state,
        submissions=submissions,
        grades=work.grades,
        files=_file_names(work, submissions, blind=blind),
        marks=marks,
        reviews=queries.reviews_of(db, work, reading),
        rubric=rubric,
        pass_points=assignment.pass_points,
        most_points=assignment.most_points,
        marker=queries.name_of(db, work.marker_id),
        refused=verdict.reason if isinstance(verdict, Refused) else None,
        can_take=work.marker_id not in (None, person.id) and work.enrolment.person_id != person.id,
        may_revise=bool(may_ask_to_revise(work, assignment)),
        conflict=conflict,
        states=STATES,
        next=queries.next_to_mark(db, run, person, work),
    )
    return page("marking/one.html", page=content, form=form or _begun(rubric, marks), status=status)


def _begun(rubric: Sequence[CriterionLine], marks: Sequence[Mark]) -> MarkForm:
    """Empty, or what was said last where that is corrected."""
    last = marks[0] if marks and marks[0].outcome is Outcome.GRADED else None
    levels = {f"level-{key}": str(level) for key, level in last.levels.items()} if last else {}
    return with_rubric(MarkForm, rubric, formdata=None, data={"feedback": last.feedback if last else "", **levels})


# -- due days


@dataclass(frozen=True, slots=True)
class PlanPage:
    head: RunHead
    tallies: list[Tally]
    version: int


@screens.get("/teaching/<slug>/marking/days/")
@access("signed-in")
def plan(slug: str) -> Response:
    return _show_plan(run_to_lead(here().db, current_person(), slug, here().now))


@screens.post("/teaching/<slug>/marking/days/")
@access("signed-in")
def set_plan(slug: str) -> Response:
    run, db = run_to_lead(here().db, current_person(), slug, here().now), here().db
    keys = list(reading_of_run(db, run, here().lang).package.assignments)
    form = plan_form(keys)
    if not form.validate():
        return _show_plan(run, form)
    days, blind = {key: form[f"due-{key}"].data for key in keys}, form["blind"].data or []
    try:
        service.set_coursework_plan(
            db, current_person(), run, whole_number(form["version"].data), days, blind, here().now
        )
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show_plan(run, form)
    say(_("When assignments are due is saved."))
    return go("marking.queue", slug=slug)


def _show_plan(run: Run, form: Form | None = None) -> Response:
    g.return_path = f"teaching/{run.slug}/marking/days/"
    plan = queries.coursework_plan(here().db, run)
    tallies = queries.tallies(run, plan, reading_of_run(here().db, run, here().lang), [], {})
    written = {f"due-{each.key}": each.due_on for each in tallies}
    status = 422 if form else 200
    form = form or plan_form([each.key for each in tallies], formdata=None, data={**written, "blind": list(plan.blind)})
    return page("marking/plan.html", page=PlanPage(_head(run), tallies, plan.version), form=form, status=status)
