"""Screens for those who run dated courses: their runs, the plan of each, who is in it, more time for one of them."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date

from flask import Response, g, request

from lms.accounts.forms import typed
from lms.accounts.session import current_person
from lms.catalog.models import Course
from lms.catalog.queries import course_by_slug, title_in
from lms.kernel.i18n import _
from lms.kernel.refusals import Invalid, NotFound
from lms.runs import queries, service
from lms.runs.forms import CloneForm, ExtensionForm, OpenRunForm, RunForm, StageForm, WithdrawForm
from lms.runs.models import Enrolment, Extension, Run
from lms.runs.policy import leads
from lms.runs.queries import Participant, RunHead, RunLine
from lms.runs.rules import NEXT_RUN_STAGES, RunStage
from lms.translation.rules import Passage
from lms.ui.forms import Form, whole_number
from lms.ui.web import access, feature, go, here, page, say

screens = feature("run_management", "runs")


@screens.before_request
def stand_here() -> None:
    g.place = "teaching"


@dataclass(frozen=True, slots=True)
class Teaching:
    runs: list[RunLine]
    courses: list[tuple[str, Passage]]
    """Courses in which the person may open a run, by slug and title."""


@screens.get("/teaching/")
@access("signed-in")
def teaching() -> Response:
    """The runs in one's hands; NotFound for who teaches nothing."""
    person, db, now = current_person(), here().db, here().now
    runs = queries.runs_in_hand(db, person, here().lang, now)
    courses = [(each.slug, title_in(each, here().lang)) for each in queries.courses_to_lead(db, person, now)]
    if not (runs or courses):
        raise NotFound
    return page("runs/teaching.html", page=Teaching(runs, courses))


# -- the plan


@dataclass(frozen=True, slots=True)
class NewRun:
    course_slug: str
    course: Passage


@screens.route("/teaching/new/<slug>/", methods=["GET", "POST"])
@access("signed-in")
def open_run(slug: str) -> Response:
    course, form = _my_course(slug), OpenRunForm()
    g.return_path = f"teaching/new/{slug}/"

    def deed() -> Response:
        details = form.details()
        run = service.open_run(here().db, current_person(), course, typed(form.slug), details, here().now)
        say(_("The run is planned. Nobody sees it before you open applications or begin to select."))
        return go("run_management.plan", slug=run.slug)

    return _try(form, deed) or page(
        "runs/new_run.html", page=NewRun(slug, title_in(course, here().lang)), form=form, status=_status(form)
    )


@dataclass(frozen=True, slots=True)
class ModuleLine:
    key: str
    title: Passage
    opens_on: str


@dataclass(frozen=True, slots=True)
class RunPlan:
    head: RunHead
    moves: tuple[RunStage, ...]
    modules: list[ModuleLine]
    version: int
    problems: dict[str, str]
    """A sentence for each opening that cannot be."""
    leads: bool


def head(run: Run) -> RunHead:
    return queries.run_head(here().db, current_person(), run, here().lang, here().now)


@screens.get("/teaching/<slug>/plan/")
@access("signed-in")
def plan(slug: str) -> Response:
    return _show_plan(queries.run_to_teach(here().db, current_person(), slug, here().now))


@screens.post("/teaching/<slug>/plan/")
@access("signed-in")
def change_run(slug: str) -> Response:
    run, form = queries.run_to_lead(here().db, current_person(), slug, here().now), RunForm()
    g.return_path = f"teaching/{slug}/plan/"

    def deed() -> Response:
        service.change_run(
            here().db, current_person(), run, whole_number(form.version.data), form.details(), here().now
        )
        say(_("The plan is saved."))
        return go("run_management.plan", slug=slug)

    return _try(form, deed) or _show_plan(run, form)


@screens.post("/teaching/<slug>/openings/")
@access("signed-in")
def set_openings(slug: str) -> Response:
    run = queries.run_to_lead(here().db, current_person(), slug, here().now)
    g.return_path = f"teaching/{slug}/plan/"
    sent = {name.removeprefix("opens-"): value for name, value in request.form.items() if name.startswith("opens-")}
    try:
        days = _read_days(sent)
        service.set_openings(
            here().db, current_person(), run, whole_number(request.form.get("version")), days, here().now
        )
    except Invalid as wrong:
        return _show_plan(run, problems=wrong.fields, sent=sent)
    say(_("The plan is saved."))
    return go("run_management.plan", slug=slug)


@screens.post("/teaching/<slug>/stage/")
@access("signed-in")
def move_run(slug: str) -> Response:
    run, form = queries.run_to_lead(here().db, current_person(), slug, here().now), StageForm()
    if not form.validate():
        return _show_plan(run, problems={"": _("Choose one from the list.")})
    service.move_run(here().db, current_person(), run, RunStage(form.stage.data or ""), here().now)
    say(_("The run has moved on."))
    return go("run_management.plan", slug=slug)


@screens.route("/teaching/<slug>/clone/", methods=["GET", "POST"])
@access("signed-in")
def clone_run(slug: str) -> Response:
    run, form = queries.run_to_lead(here().db, current_person(), slug, here().now), CloneForm()
    g.return_path = f"teaching/{slug}/clone/"

    def deed() -> Response:
        copy = service.clone_run(
            here().db,
            current_person(),
            run,
            slug=typed(form.slug),
            title=" ".join(typed(form.title).split()),
            starts_on=form.starts_on.data,  # type: ignore[arg-type]  # required
            now=here().now,
        )
        say(_("The run is copied with all its dates. Look them over; they are marked as provisional."))
        return go("run_management.plan", slug=copy.slug)

    return _try(form, deed) or page("runs/clone_run.html", page=head(run), form=form, status=_status(form))


def _show_plan(
    run: Run,
    form: RunForm | None = None,
    *,
    problems: dict[str, str] | None = None,
    sent: dict[str, str] | None = None,
) -> Response:
    status = 422 if form or problems else 200
    reading = queries.reading_of_run(here().db, run, here().lang)
    openings = dict(run.openings) | (sent or {})
    content = RunPlan(
        head=head(run),
        moves=tuple(each for each in NEXT_RUN_STAGES[RunStage(run.stage or "")] if each is not RunStage.CLOSED),
        modules=[
            ModuleLine(each.key, reading.text("course", each.title), openings.get(each.key, ""))
            for each in reading.package.modules
        ],
        version=run.version,
        problems=problems or {},
        leads=leads(current_person(), run.course.slug, run.slug, here().now),
    )
    written = asdict(service.details_of(run)) | {"version": run.version}
    form = form or RunForm(formdata=None, data=written)
    return page("runs/plan.html", page=content, form=form, status=status)


# -- who is in it


@dataclass(frozen=True, slots=True)
class Roster:
    head: RunHead
    people: list[Participant]
    extensions: dict[int, Extension]


@screens.get("/teaching/<slug>/participants/")
@access("signed-in")
def roster(slug: str) -> Response:
    run = queries.run_to_teach(here().db, current_person(), slug, here().now)
    people = queries.participants(here().db, run, withdrawn=True)
    return page("runs/roster.html", page=Roster(head(run), people, queries.extensions_of(here().db, run)))


@dataclass(frozen=True, slots=True)
class ParticipantPage:
    head: RunHead
    public_id: str
    name: str
    email: str
    withdrawn: bool
    until: date | None
    """Their own last day, where they have one."""


@screens.get("/teaching/<slug>/participants/<participant>/")
@access("signed-in")
def participant(slug: str, participant: str) -> Response:
    run = queries.run_to_teach(here().db, current_person(), slug, here().now)
    return _show_participant(run, queries.participant(here().db, run, participant))


@screens.post("/teaching/<slug>/participants/<participant>/extension/")
@access("signed-in")
def give_extension(slug: str, participant: str) -> Response:
    run = queries.run_to_teach(here().db, current_person(), slug, here().now)
    found, form = queries.participant(here().db, run, participant), ExtensionForm()
    g.return_path = f"teaching/{slug}/participants/{participant}/"

    def deed() -> Response:
        until: date = form.until.data  # type: ignore[assignment]  # required
        service.give_extension(
            here().db, current_person(), run, found, until=until, reason=typed(form.reason), now=here().now
        )
        say(_("They have more time now."))
        return go("run_management.participant", slug=slug, participant=participant)

    return _try(form, deed) or _show_participant(run, found, extension=form)


@screens.post("/teaching/<slug>/participants/<participant>/withdraw/")
@access("signed-in")
def withdraw(slug: str, participant: str) -> Response:
    run = queries.run_to_lead(here().db, current_person(), slug, here().now)
    found, form = queries.participant(here().db, run, participant), WithdrawForm()
    g.return_path = f"teaching/{slug}/participants/{participant}/"

    def deed() -> Response:
        service.withdraw_participant(here().db, current_person(), run, found, reason=typed(form.reason), now=here().now)
        say(_("They are out of the run, and their seat is free. What they did is kept."))
        return go("run_management.roster", slug=slug)

    return _try(form, deed) or _show_participant(run, found, withdrawal=form)


def _show_participant(
    run: Run, enrolment: Enrolment, *, extension: ExtensionForm | None = None, withdrawal: WithdrawForm | None = None
) -> Response:
    content = ParticipantPage(
        head=head(run),
        public_id=enrolment.public_id,
        name=enrolment.person.name,
        email=enrolment.person.email,
        withdrawn=enrolment.withdrawn_at is not None,
        until=queries.extended_until(here().db, enrolment),
    )
    status = 422 if extension or withdrawal else 200
    extension, withdrawal = extension or ExtensionForm(formdata=None), withdrawal or WithdrawForm(formdata=None)
    return page("runs/participant.html", page=content, extension=extension, withdrawal=withdrawal, status=status)


# -- smaller steps


def _my_course(slug: str) -> Course:
    course = course_by_slug(here().db, current_person(), slug, here().now)
    if not leads(current_person(), slug, None, here().now):
        raise NotFound
    return course


def _try(form: Form, deed: Callable[[], Response]) -> Response | None:
    """Do it if what was sent is right; None when there is nothing to do or something to mend on the page."""
    if request.method == "GET":
        return None
    try:
        return deed() if form.validate() else None
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return None


def _status(form: Form) -> int:
    return 422 if form.errors or request.method == "POST" else 200


def _read_days(sent: dict[str, str]) -> dict[str, date]:
    days, wrong = {}, {}
    for module, text in sent.items():
        try:
            days[module] = date.fromisoformat(text)
        except ValueError:
            wrong[module] = _("Choose a day.")
    if wrong:
        raise Invalid(wrong)
    return days
