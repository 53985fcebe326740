"""Who may apply, who reads and scores applications, who decides about them. Never about oneself."""

from datetime import date, datetime, timedelta

from lms.accounts.models import Person
from lms.intake.models import Application
from lms.intake.rules import SCORES_EXPECTED, ApplicationState
from lms.kernel.i18n import _, format_date
from lms.kernel.refusals import Allowed, Refused, Verdict
from lms.runs.models import Run
from lms.runs.policy import leads, teaches
from lms.runs.rules import RunStage, end_of_day, start_of_day, today_in

SELECTING = (RunStage.APPLICATIONS_OPEN, RunStage.SELECTING, RunStage.RUNNING)
"""While people are chosen; a free place can still be given away when the run has begun."""


def may_have_application(person: Person, run: Run, now: datetime) -> Verdict:
    """Whether the page of one's application is for this person at all."""
    if teaches(person, run.course.slug, run.slug, now):
        return Refused(_("You teach or lead in this run, so you do not apply for a place in it."))
    return Allowed()


def may_apply(person: Person, run: Run, *, is_in: bool, now: datetime) -> Verdict:
    """Write, save and hand in an application: in the open call, on the days of the run's own zone."""
    if not (own := may_have_application(person, run, now)):
        return own
    if is_in:
        return Refused(_("You are in this run already."))
    if run.apply_from is None or run.apply_until is None:
        return Refused(_("People come into this run by invitation; there is no open call."))
    if now >= end_of_day(run.apply_until, run.time_zone):
        return Refused(_("Applications for this run ended on %(day)s.", day=format_date(run.apply_until)))
    if now < start_of_day(run.apply_from, run.time_zone):
        return Refused(_("Applications for this run open on %(day)s.", day=format_date(run.apply_from)))
    if run.stage != RunStage.APPLICATIONS_OPEN:
        return Refused(_("Applications for this run are not open."))
    return Allowed()


def may_review(person: Person, run: Run, application: Application, now: datetime) -> Verdict:
    """Score an application: whoever teaches in the run, once, and not their own."""
    if application.person_id == person.id:
        return Refused(_("Nobody scores their own application."))
    if not teaches(person, run.course.slug, run.slug, now):
        return Refused(_("Only those who teach in this run do this."))
    if application.state != ApplicationState.SUBMITTED:
        return Refused(_("This application is not waiting for a decision any more."))
    return Allowed()


def may_decide(person: Person, run: Run, application: Application, now: datetime) -> Verdict:
    """Accept, put on the waiting list or not select: who leads, and never about oneself."""
    if not leads(person, run.course.slug, run.slug, now):
        return Refused(_("Only coordinators of the course and administrators do this."))
    if application.person_id == person.id:
        return Refused(_("Nobody decides about their own application."))
    return Allowed()


def may_see_whose(*, scored_it: bool, decided: bool, leading: bool, scores: int) -> bool:
    """Scoring is blind: names, and what others gave, are shown to who has scored it, and to everybody once it is
    decided. Who decides sees them when the expected scores are in.
    """
    return scored_it or decided or (leading and scores >= SCORES_EXPECTED)


def still_hands_on(run: Run, now: datetime) -> bool:
    """Whether a seat that becomes free is offered to the next by itself: until the first week is over."""
    if run.stage != RunStage.RUNNING:
        return run.stage in SELECTING
    return run.starts_on is not None and today_in(run.time_zone, now) < run.starts_on + timedelta(days=7)


def offer_ends(run: Run, now: datetime) -> datetime:
    """Until when an offer made now is held: so many whole days in the run's zone."""
    last: date = today_in(run.time_zone, now) + timedelta(days=run.confirm_days)
    return end_of_day(last, run.time_zone)
