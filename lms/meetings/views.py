"""A participant's live sessions: when they are, the way to the room, questions in advance, one's own attendance, one's
own calendar.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, make_response, request

from lms.accounts.forms import typed
from lms.accounts.models import Person
from lms.accounts.session import current_person
from lms.kernel.i18n import LANGUAGES, SOURCE_LANGUAGE, _, use_language
from lms.kernel.refusals import Invalid, Refused
from lms.meetings import queries
from lms.meetings.exchange.calendar import Method, write_calendar
from lms.meetings.forms import KINDS, QuestionForm
from lms.meetings.links import feed_address
from lms.meetings.models import AttendanceEvidence, Meeting
from lms.meetings.policy import may_ask
from lms.meetings.queries import MeetingLine, QuestionLine
from lms.meetings.rules import MeetingKind
from lms.meetings.service import attendance, calendars, clinic
from lms.runs.queries import Place, place
from lms.translation.rules import Passage
from lms.ui.web import access, feature, go, here, page, say

screens = feature("meetings")
feed = Blueprint("calendar", __name__, url_prefix="/calendar")


@dataclass(frozen=True, slots=True)
class Head:
    """Where one is: above each of these pages."""

    slug: str
    course: Passage
    run: str


@dataclass(frozen=True, slots=True)
class SessionsPage:
    head: Head
    coming: list[MeetingLine]
    over: list[MeetingLine]
    minutes: Mapping[str, int]
    """The reader's own, by session."""
    total: int
    kinds: Mapping[str, Any]


def _place(slug: str) -> tuple[Place, Head]:
    """NotFound for who is not in, and for self-paced courses, which have no sessions."""
    found = place(here().db, current_person(), slug, here().lang)
    return found, Head(slug, found.reading.text("course", found.reading.package.title), found.run.title or "")


@screens.get("/learn/<slug>/sessions/")
@access("signed-in")
def sessions(slug: str) -> Response:
    found, head = _place(slug)
    db, enrolment = here().db, found.enrolment
    lines = queries.meeting_lines(db, found.run, found.reading, here().now)
    credited = queries.minutes_by_meeting(db, [enrolment.id]).get(enrolment.id, {})
    public = {each.id: each.public_id for each in queries.meetings_of(db, found.run)}
    content = SessionsPage(
        head=head,
        coming=[each for each in lines if not each.over],
        over=[each for each in lines if each.over][::-1],
        minutes={public[meeting]: minutes for meeting, minutes in credited.items()},
        total=sum(credited.values()),
        kinds=KINDS,
    )
    return page("meetings/sessions.html", page=content)


@dataclass(frozen=True, slots=True)
class SessionPage:
    head: Head
    line: MeetingLine
    kinds: Mapping[str, Any]
    evidence: Sequence[AttendanceEvidence]
    """All that was told about the reader."""
    minutes: int
    registration: str
    """What the reader may write behind their name in a room that asks for no address."""
    questions: list[QuestionLine]
    refused: str | None
    """Why nothing can be asked, where that is so."""


@screens.get("/learn/<slug>/sessions/<meeting>/")
@access("signed-in")
def session(slug: str, meeting: str) -> Response:
    found, head = _place(slug)
    return _show(found, head, queries.meeting_in(here().db, found.run, meeting))


def _show(found: Place, head: Head, meeting: Meeting, form: QuestionForm | None = None) -> Response:
    db, verdict = here().db, may_ask(meeting, here().now)
    content = SessionPage(
        head=head,
        line=queries.meeting_line(meeting, found.reading, here().now),
        kinds=KINDS,
        evidence=queries.evidence_about(db, meeting, found.enrolment),
        minutes=queries.minutes_of(db, meeting, found.enrolment),
        registration=found.enrolment.public_id,
        questions=queries.questions_of(db, meeting, found.enrolment) if meeting.kind == MeetingKind.CLINIC else [],
        refused=verdict.reason if isinstance(verdict, Refused) else None,
    )
    status, form = (422, form) if form else (200, QuestionForm(formdata=None))
    return page("meetings/session.html", page=content, form=form, status=status)


@dataclass(frozen=True, slots=True)
class Door:
    head: Head
    title: Passage
    link: str
    noted: bool


@screens.post("/learn/<slug>/sessions/<meeting>/join/")
@access("signed-in")
def join(slug: str, meeting: str) -> Response:
    """Our policy lets no form lead to another site, so the answer is a page that does."""
    found, head = _place(slug)
    g.return_path = f"learn/{slug}/sessions/{meeting}/"
    held = queries.meeting_in(here().db, found.run, meeting)
    link = attendance.enter_room(here().db, current_person(), found.enrolment, held, here().now)
    title = queries.title_of(held, found.reading)
    return page("meetings/door.html", page=Door(head, title, link, held.kind != MeetingKind.HANGOUT))


@screens.post("/learn/<slug>/sessions/<meeting>/questions/")
@access("signed-in")
def ask(slug: str, meeting: str) -> Response:
    found, head = _place(slug)
    g.return_path = f"learn/{slug}/sessions/{meeting}/"
    held, form = queries.meeting_in(here().db, found.run, meeting), QuestionForm()
    try:
        if not form.validate():
            return _show(found, head, held, form)
        clinic.ask_question(here().db, current_person(), found.enrolment, held, typed(form.text), here().now)
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show(found, head, held, form)
    say(_("Your question is with the resource persons."))
    return go("meetings.session", slug=slug, meeting=meeting)


@screens.post("/learn/<slug>/sessions/<meeting>/questions/<question>/vote/")
@access("signed-in")
def vote(slug: str, meeting: str, question: str) -> Response:
    found, _head = _place(slug)
    db, held = here().db, queries.meeting_in(here().db, found.run, meeting)
    asked, wanted = queries.question_of(db, held, question), request.form.get("wanted") != "no"
    clinic.set_vote(db, current_person(), found.enrolment, held, asked, wanted=wanted, now=here().now)
    return go("meetings.session", slug=slug, meeting=meeting)


# -- one's own calendar


@dataclass(frozen=True, slots=True)
class CalendarPage:
    address: str | None


@screens.get("/profile/calendar/")
@access("signed-in")
def own_calendar() -> Response:
    found = queries.feed_of(here().db, current_person())
    address = feed_address(here().settings, current_person().public_id, found.number) if found else None
    return page("meetings/calendar.html", page=CalendarPage(address))


@screens.post("/profile/calendar/")
@access("signed-in")
def change_calendar() -> Response:
    if request.form.get("deed") == "revoke":
        calendars.revoke_feed(here().db, current_person(), here().now)
        say(_("The address is dead: no calendar gets your sessions any more."))
    else:
        calendars.make_feed(here().db, current_person(), here().now)
        say(_("This is your address. An older one is dead from now on."))
    return go("meetings.own_calendar")


@feed.get("/<token>.ics")
@access("anyone")
def subscribed(token: str) -> Response:
    """For calendars, which cannot log in: whoever has the address sees when the person's sessions are."""
    person: Person = queries.who_subscribes(here().db, here().settings, token)
    with use_language(person.language if person.language in LANGUAGES else SOURCE_LANGUAGE):
        entries = queries.calendar_of(here().db, here().settings, person, here().now)
        name = _("%(platform)s: live sessions", platform=here().settings.platform_name)
        answer = make_response(write_calendar(entries, method=Method.PUBLISH, name=name))
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
