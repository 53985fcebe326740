"""Who may hold sessions and tell who attended; when a room may be entered and a clinic asked."""

from datetime import datetime, timedelta

from lms.accounts.models import Person
from lms.kernel.i18n import _
from lms.kernel.refusals import Allowed, Refused, Verdict
from lms.meetings.models import Meeting
from lms.meetings.rules import DOORS_OPEN, OVERTIME, MeetingKind
from lms.runs.models import Run
from lms.runs.policy import may_teach
from lms.runs.rules import RunStage


def may_hold(person: Person, course_slug: str, run: Run, now: datetime) -> Verdict:
    """Plan sessions, change and cancel them, answer, tell who attended: those who teach, until the run is closed."""
    verdict = may_teach(person, course_slug, run.slug, now)
    if isinstance(verdict, Refused):
        return verdict
    if run.stage == RunStage.CLOSED:
        return Refused(_("This run is closed: what was attended is settled."))
    return Allowed()


def ends_at(meeting: Meeting) -> datetime:
    return meeting.starts_at + timedelta(minutes=meeting.minutes)


def may_join(meeting: Meeting, now: datetime) -> Verdict:
    """Go to the room: from an hour before until it has taken two hours longer than planned."""
    if meeting.cancelled_at is not None:
        return Refused(_("This session is cancelled."))
    if now >= ends_at(meeting) + OVERTIME:
        return Refused(_("This session is over."))
    if meeting.link is None:
        return Refused(_("Where the session takes place is not known yet. The way there will be on this page."))
    if now < meeting.starts_at - DOORS_OPEN:
        return Refused(_("The way to the room opens here an hour before the session."))
    return Allowed()


def may_ask(meeting: Meeting, now: datetime) -> Verdict:
    """Send a question in advance, and vote."""
    if meeting.kind != MeetingKind.CLINIC:
        return Refused(_("Questions in advance are for clinics."))
    if meeting.cancelled_at is not None:
        return Refused(_("This session is cancelled."))
    if now >= ends_at(meeting):
        return Refused(_("This session is over."))
    return Allowed()


def may_tell_attendance(meeting: Meeting, now: datetime) -> Verdict:
    """Say who was there: by roll call, report or correction, once it has begun. Of a hangout nobody is listed."""
    if meeting.kind == MeetingKind.HANGOUT:
        return Refused(_("Nobody is listed in a hangout. Only how many came is counted."))
    if meeting.cancelled_at is not None:
        return Refused(_("This session is cancelled."))
    if now < meeting.starts_at:
        return Refused(_("This session has not begun yet."))
    return Allowed()
