"""Until when work is in time, who may hand in, who marks, who sees whose work it is."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from lms.accounts.models import Person
from lms.catalog.source.parts import Assignment, Package
from lms.coursework.models import Work
from lms.coursework.rules import MARKABLE, WRITABLE, WorkState
from lms.kernel.i18n import _
from lms.kernel.refusals import Allowed, Refused, Verdict
from lms.runs.models import Run
from lms.runs.policy import OVER, may_teach
from lms.runs.rules import end_of_day


def opens_on(run: Run, package: Package, activity: str) -> date | None:
    """The day from which the time for an assignment counts: its module's, or the run's first."""
    module = next(each.key for each in package.modules if any(one.key == activity for one in each.activities))
    opening = run.openings.get(module)
    return date.fromisoformat(opening) if opening else run.starts_on


def due_day(run: Run, due_days: Mapping[str, int], package: Package, activity: str) -> date | None:
    """The last day in time: so many days after its module opens as the coordinator set or the course says, and never
    after the last day on which one may work at all.
    """
    opening = opens_on(run, package, activity)
    if opening is None:
        return None
    day = opening + timedelta(days=due_days.get(activity, package.assignments[activity].due_days))
    return min(day, run.grace_until) if run.grace_until else day


def due_at(run: Run, day: date | None, extended_until: date | None) -> datetime | None:
    """The first moment that is too late, in the run's zone; somebody's own last day counts where it is later."""
    if day is None:
        return None
    return end_of_day(max(day, extended_until) if extended_until else day, run.time_zone)


def may_write(work: Work | None, assignment: Assignment, working: Verdict, *, passed: bool) -> Verdict:
    """Write, save and hand in: while it is not handed in, and again where that is asked for or not passed.

    `working`: whether what the participant does still counts in the run.
    """
    if not working or work is None:
        return working
    if work.state not in WRITABLE:
        return Refused(_("Your work is handed in and waits to be marked."))
    if work.state == WorkState.RELEASED and passed:
        return Refused(_("You have passed this assignment."))
    if work.submissions > assignment.resubmissions:
        return Refused(_("You have handed in as often as this assignment allows."))
    return Allowed()


def may_ask_to_revise(work: Work, assignment: Assignment) -> Verdict:
    """Only where the participant can hand in once more."""
    if work.submissions > assignment.resubmissions:
        return Refused(_("This work cannot be handed in again, so it can only be graded."))
    return Allowed()


def may_mark(person: Person, run: Run, work: Work, author_id: int, now: datetime) -> Verdict:
    """Say something of a work: whoever teaches in the run, never of their own, and only of what nobody else marks."""
    teaching = may_teach(person, run.course.slug, run.slug, now)
    if not teaching:
        return teaching
    if author_id == person.id:
        return Refused(_("Nobody marks their own work."))
    if run.stage in OVER:
        return Refused(_("This run is closed. Nothing is marked any more."))
    if work.state not in MARKABLE:
        return Refused(_("The participant is still working on this."))
    if work.marker_id not in (None, person.id):
        return Refused(_("Somebody else marks this work. Take it over first."))
    return Allowed()


def may_see_whose(work: Work, *, blind: bool) -> bool:
    """In blind marking names are shown once the grade is released."""
    return not blind or work.state == WorkState.RELEASED
