"""Screens for those who teach: a run's live sessions, what hour they are for whom, who attended, what is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask import Response, g, request

from lms.accounts.forms import typed
from lms.accounts.session import current_person
from lms.kernel.i18n import _, ngettext
from lms.kernel.refusals import Invalid, Refused, require
from lms.meetings import queries
from lms.meetings.exchange.reports import LARGEST
from lms.meetings.forms import (
    KINDS,
    MB,
    WHY_WAITING,
    AnswerForm,
    CancelForm,
    CorrectionForm,
    HeadcountForm,
    LineForm,
    MaterialsForm,
    MeetingForm,
    ReportForm,
    RollForm,
)
from lms.meetings.models import AttendanceEvidence, AttendanceLine, AttendanceReport, Meeting
from lms.meetings.policy import may_hold, may_tell_attendance
from lms.meetings.queries import Attended, MeetingLine, QuestionLine
from lms.meetings.rules import Local, MeetingKind, Slot, Wall, better_slots, local_hours, on_the_wall, starts_at
from lms.meetings.service import attendance, clinic, planning
from lms.meetings.service.planning import MeetingDetails
from lms.runs.models import Enrolment, Run
from lms.runs.queries import RunHead, participants, reading_of_run, run_head, run_to_teach
from lms.runs.queries import participant as participant_of
from lms.ui.forms import Form
from lms.ui.web import access, feature, go, here, page, say, takes_files

screens = feature("meeting_management", "meetings")


@screens.before_request
def stand_here() -> None:
    g.place = "teaching"


def _run(slug: str) -> Run:
    return run_to_teach(here().db, current_person(), slug, here().now)


def _held(slug: str, meeting: str) -> tuple[Run, Meeting]:
    run = _run(slug)
    g.return_path = f"teaching/{slug}/sessions/{meeting}/"
    return run, queries.meeting_in(here().db, run, meeting)


def _head(run: Run) -> RunHead:
    return run_head(here().db, current_person(), run, here().lang, here().now)


# -- all sessions of a run


@dataclass(frozen=True, slots=True)
class SessionList:
    head: RunHead
    lines: list[MeetingLine]
    kinds: Mapping[str, Any]
    may_plan: bool


@screens.get("/teaching/<slug>/sessions/")
@access("signed-in")
def sessions(slug: str) -> Response:
    run = _run(slug)
    content = SessionList(
        head=_head(run),
        lines=queries.meeting_lines(here().db, run, reading_of_run(here().db, run, here().lang), here().now),
        kinds=KINDS,
        may_plan=bool(may_hold(current_person(), run.course.slug, run, here().now)),
    )
    return page("meetings/session_list.html", page=content)


# -- plan and change one


@dataclass(frozen=True, slots=True)
class Hours:
    """What hour a session would be for the people in the run."""

    local: list[Local]
    sleepless: int
    twice: bool
    """Clocks are put back to this hour: it comes twice on that day, and the first one is meant."""
    better: list[Slot]

    @property
    def warn(self) -> bool:
        return bool(self.sleepless or self.twice)


@dataclass(frozen=True, slots=True)
class PlanPage:
    head: RunHead
    meeting: str | None
    """Public id of the one that is changed."""
    hours: Hours | None


@screens.route("/teaching/<slug>/sessions/new/", methods=["GET", "POST"])
@access("signed-in")
def plan(slug: str) -> Response:
    run = _run(slug)
    g.return_path = f"teaching/{slug}/sessions/new/"
    require(may_hold(current_person(), run.course.slug, run, here().now))

    def deed(details: MeetingDetails) -> Response:
        meeting = planning.plan_meeting(here().db, current_person(), run, details, here().now)
        say(_("The session is planned. Everybody in the run gets a letter with it for their calendar."))
        return go("meeting_management.session", slug=slug, meeting=meeting.public_id)

    return _plan(run, None, deed, {"time_zone": run.time_zone, "minutes": 60})


@screens.route("/teaching/<slug>/sessions/<meeting>/plan/", methods=["GET", "POST"])
@access("signed-in")
def change(slug: str, meeting: str) -> Response:
    run, held = _held(slug, meeting)
    require(may_hold(current_person(), run.course.slug, run, here().now))

    def deed(details: MeetingDetails) -> Response:
        sent = request.form.get("sequence", "")
        sequence = int(sent) if sent.isdecimal() and len(sent) < 10 else -1  # noqa: PLR2004 - as many digits as it has
        planning.change_meeting(here().db, current_person(), run, held, sequence, details, here().now)
        say(_("The session is changed."))
        return go("meeting_management.session", slug=slug, meeting=meeting)

    return _plan(run, held, deed, asdict(planning.details_of(held)) | {"sequence": held.sequence})


def _plan(
    run: Run, meeting: Meeting | None, deed: Callable[[MeetingDetails], Response], known: dict[str, Any]
) -> Response:
    """The form; on request, and before anything is planned in somebody's night, with what hour it is for whom."""
    activities = queries.activities_to_hold(reading_of_run(here().db, run, here().lang))
    if request.method == "GET":
        form = MeetingForm(activities, formdata=None, data={key: value or "" for key, value in known.items()})
        return page("meetings/plan.html", page=PlanPage(_head(run), _public_id(meeting), None), form=form)
    form, hours = MeetingForm(activities), None
    if form.validate():
        details = form.details()
        hours = _hours(run, details)
        only_look = request.form.get("deed") == "look"
        if not only_look and (form.anyway.data or not hours.warn):
            try:
                return deed(details)
            except Invalid as wrong:
                form.refuse(wrong.fields)
    elif request.form.get("deed") == "look":
        hours = None
    looked = request.form.get("deed") == "look" and not form.errors
    return page(
        "meetings/plan.html", page=PlanPage(_head(run), _public_id(meeting), hours), form=form,
        status=200 if looked else 422,
    )  # fmt: skip


def _public_id(meeting: Meeting | None) -> str | None:
    return meeting.public_id if meeting else None


def _hours(run: Run, details: MeetingDetails) -> Hours:
    roster = queries.zones_of_roster(here().db, run)
    local = local_hours(starts_at(details.held_on, details.hour, details.time_zone), details.minutes, roster)
    return Hours(
        local=local,
        sleepless=sum(each.people for each in local if each.night),
        twice=on_the_wall(details.held_on, details.hour, details.time_zone) is Wall.TWICE,
        better=better_slots(details.held_on, details.hour, details.time_zone, details.minutes, roster),
    )


# -- one session


@dataclass(frozen=True, slots=True)
class SessionPage:
    head: RunHead
    line: MeetingLine
    link: str | None
    kinds: Mapping[str, Any]
    headcount: int | None
    people: list[Attended]
    reports: Sequence[AttendanceReport]
    waiting: Sequence[AttendanceLine]
    why: Mapping[str, Any]
    questions: list[QuestionLine]
    may_change: bool
    refused: str | None
    """Why nobody's attendance can be told, where that is so."""

    @property
    def absent(self) -> list[Attended]:
        return [each for each in self.people if each.absent]


@screens.get("/teaching/<slug>/sessions/<meeting>/")
@access("signed-in")
def session(slug: str, meeting: str) -> Response:
    return _show(*_held(slug, meeting))


def _show(run: Run, meeting: Meeting, **sent: Form) -> Response:
    db, now = here().db, here().now
    hold, tell = may_hold(current_person(), run.course.slug, run, now), may_tell_attendance(meeting, now)
    listed = meeting.kind != MeetingKind.HANGOUT
    content = SessionPage(
        head=_head(run),
        line=queries.meeting_line(meeting, reading_of_run(db, run, here().lang), now),
        link=meeting.link,
        kinds=KINDS,
        headcount=meeting.headcount,
        people=queries.attendance(db, run, meeting) if listed else [],
        reports=queries.reports_of(db, meeting) if listed else [],
        waiting=queries.waiting_lines(db, meeting) if listed else [],
        why=WHY_WAITING,
        questions=queries.questions_of(db, meeting) if meeting.kind == MeetingKind.CLINIC else [],
        may_change=bool(hold) and meeting.cancelled_at is None,
        refused=next((each.reason for each in (hold, tell) if isinstance(each, Refused)), None),
    )
    forms: dict[str, Form] = {
        "cancellation": CancelForm(formdata=None),
        "materials": MaterialsForm(formdata=None, data=_materials(meeting)),
        "heads": HeadcountForm(formdata=None, data={"heads": meeting.headcount}),
        "report": ReportForm(formdata=None, data={"time_zone": meeting.time_zone}),
        "answer": AnswerForm(formdata=None),
    }
    return page("meetings/session_held.html", page=content, status=422 if sent else 200, **(forms | sent))


def _materials(meeting: Meeting) -> dict[str, Any]:
    return {
        "recording": meeting.recording_url,
        "recording_size": meeting.recording_bytes / MB if meeting.recording_bytes else None,
        "slides": meeting.slides_url,
        "slides_size": meeting.slides_bytes / MB if meeting.slides_bytes else None,
    }


def _try(run: Run, meeting: Meeting, name: str, form: Form, deed: Callable[[], object], said: str) -> Response:
    """Do it if what was sent is right; else the page again, with what is to be mended beside the form of this name."""
    try:
        if form.validate():
            deed()
            say(said)
            return go("meeting_management.session", slug=run.slug, meeting=meeting.public_id)
    except Invalid as wrong:
        form.refuse(wrong.fields)
    return _show(run, meeting, **{name: form})


@screens.post("/teaching/<slug>/sessions/<meeting>/cancel/")
@access("signed-in")
def cancel(slug: str, meeting: str) -> Response:
    (run, held), form = _held(slug, meeting), CancelForm()

    def deed() -> None:
        planning.cancel_meeting(here().db, current_person(), run, held, reason=typed(form.reason), now=here().now)

    return _try(run, held, "cancellation", form, deed, _("The session is cancelled, and everybody is told."))


@screens.post("/teaching/<slug>/sessions/<meeting>/materials/")
@access("signed-in")
def materials(slug: str, meeting: str) -> Response:
    (run, held), form = _held(slug, meeting), MaterialsForm()

    def deed() -> None:
        planning.set_materials(here().db, current_person(), run, held, form.materials(), here().now)

    return _try(run, held, "materials", form, deed, _("The participants find it on the page of the session."))


@screens.post("/teaching/<slug>/sessions/<meeting>/headcount/")
@access("signed-in")
def headcount(slug: str, meeting: str) -> Response:
    (run, held), form = _held(slug, meeting), HeadcountForm()

    def deed() -> None:
        planning.count_heads(here().db, current_person(), run, held, form.heads.data or 0, here().now)

    return _try(run, held, "heads", form, deed, _("The number is kept."))


@screens.post("/teaching/<slug>/sessions/<meeting>/answers/<question>/")
@access("signed-in")
def answer(slug: str, meeting: str, question: str) -> Response:
    (run, held), form = _held(slug, meeting), AnswerForm()
    asked = queries.question_of(here().db, held, question)

    def deed() -> None:
        clinic.answer_question(here().db, current_person(), run, held, asked, typed(form.answer), here().now)

    return _try(run, held, "answer", form, deed, _("The answer is on the page of the session."))


# -- who attended


@screens.post("/teaching/<slug>/sessions/<meeting>/report/")
@access("signed-in")
@takes_files
def import_report(slug: str, meeting: str) -> Response:
    (run, held), form, db = _held(slug, meeting), ReportForm(), here().db
    data = form.report.data.read(LARGEST + 1) if form.report.data else b""
    try:
        if not form.validate() or not data:
            form.refuse({"report": _("Choose the file.")})
            return _show(run, held, report=form)
        came = attendance.import_report(db, current_person(), run, held, data, form.time_zone.data or "", here().now)
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show(run, held, report=form)
    say(ngettext("%(number)s person is credited.", "%(number)s people are credited.", came.credited))
    if came.waiting:
        say(ngettext("%(number)s line waits for you.", "%(number)s lines wait for you.", came.waiting))
    return go("meeting_management.session", slug=slug, meeting=meeting)


@screens.post("/teaching/<slug>/sessions/<meeting>/roll/")
@access("signed-in")
def call_roll(slug: str, meeting: str) -> Response:
    run, held = _held(slug, meeting)
    present = RollForm().present.data or []
    attendance.call_roll(here().db, current_person(), run, held, set(present), here().now)
    say(_("The roll is kept. What reports measured, and corrections, count before it."))
    return go("meeting_management.session", slug=slug, meeting=meeting)


@dataclass(frozen=True, slots=True)
class PersonPage:
    head: RunHead
    line: MeetingLine
    public_id: str
    name: str
    minutes: int
    evidence: Sequence[AttendanceEvidence]
    refused: str | None


@screens.route("/teaching/<slug>/sessions/<meeting>/attendance/<participant>/", methods=["GET", "POST"])
@access("signed-in")
def person(slug: str, meeting: str, participant: str) -> Response:
    """All that was told about one participant, and a correction."""
    run, held = _held(slug, meeting)
    g.return_path = f"teaching/{slug}/sessions/{meeting}/attendance/{participant}/"
    found, form = participant_of(here().db, run, participant), CorrectionForm()
    if request.method == "GET":
        return _show_person(run, held, found, CorrectionForm(formdata=None))
    try:
        if form.validate():
            attendance.correct_attendance(
                here().db, current_person(), run, held, found,
                minutes=form.minutes.data or 0, reason=typed(form.reason), now=here().now,
            )  # fmt: skip
            say(_("The correction counts from now on. What was told before is kept."))
            return go("meeting_management.session", slug=slug, meeting=meeting)
    except Invalid as wrong:
        form.refuse(wrong.fields)
    return _show_person(run, held, found, form, 422)


def _show_person(run: Run, meeting: Meeting, found: Enrolment, form: Form, status: int = 200) -> Response:
    hold = may_hold(current_person(), run.course.slug, run, here().now)
    tell = may_tell_attendance(meeting, here().now)
    content = PersonPage(
        head=_head(run),
        line=queries.meeting_line(meeting, reading_of_run(here().db, run, here().lang), here().now),
        public_id=found.public_id,
        name=found.person.name,
        minutes=queries.minutes_of(here().db, meeting, found),
        evidence=queries.evidence_about(here().db, meeting, found),
        refused=next((each.reason for each in (hold, tell) if isinstance(each, Refused)), None),
    )
    return page("meetings/attended.html", page=content, form=form, status=status)


@dataclass(frozen=True, slots=True)
class LinePage:
    head: RunHead
    line: MeetingLine
    waiting: AttendanceLine
    why: str


@screens.route("/teaching/<slug>/sessions/<meeting>/waiting/<line>/", methods=["GET", "POST"])
@access("signed-in")
def waiting(slug: str, meeting: str, line: str) -> Response:
    """Whose a line of a report is, that names nobody for certain."""
    run, held = _held(slug, meeting)
    g.return_path = f"teaching/{slug}/sessions/{meeting}/waiting/{line}/"
    found = queries.line_of(here().db, held, line)
    form = LineForm(participants(here().db, run, withdrawn=True))
    if request.method == "POST" and form.validate() and form.whose.data != "?":
        db, actor, now = here().db, current_person(), here().now
        if form.whose.data:
            whose = participant_of(db, run, form.whose.data)
            attendance.credit_line(db, actor, run, held, found, whose, now)
        else:
            attendance.dismiss_line(db, actor, run, held, found, now)
        say(_("It is decided whose this line is."))
        return go("meeting_management.session", slug=slug, meeting=meeting)
    shown = queries.meeting_line(held, reading_of_run(here().db, run, here().lang), here().now)
    content = LinePage(_head(run), shown, found, str(WHY_WAITING[found.why]))
    return page("meetings/waiting.html", page=content, form=form, status=422 if request.method == "POST" else 200)


@dataclass(frozen=True, slots=True)
class Sheet:
    head: RunHead
    line: MeetingLine
    people: list[Attended]


@screens.get("/teaching/<slug>/sessions/<meeting>/sheet/")
@access("signed-in")
def sheet(slug: str, meeting: str) -> Response:
    """For paper: everybody who was expected, with what counts, and room to sign. Of a hangout there is none."""
    run, held = _held(slug, meeting)
    if held.kind == MeetingKind.HANGOUT:
        require(may_tell_attendance(held, here().now))
    line = queries.meeting_line(held, reading_of_run(here().db, run, here().lang), here().now)
    return page("meetings/sheet.html", page=Sheet(_head(run), line, queries.attendance(here().db, run, held)))
