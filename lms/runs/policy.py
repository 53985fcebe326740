"""Who may see a run, work in it, teach it and lead it. Floors above ask here for verbs of their own."""

from datetime import date, datetime, timedelta

from lms.accounts.models import Person
from lms.accounts.policy import holds, is_administrator
from lms.accounts.rules import LEADING, TEACHING, Role
from lms.kernel.i18n import _, format_date
from lms.kernel.refusals import Allowed, Refused, Verdict
from lms.runs.models import Run
from lms.runs.rules import RunKind, RunStage, Visibility, end_of_day, start_of_day

OVER = (RunStage.CLOSED,)


def leads(person: Person, course_slug: str, run_slug: str | None, now: datetime) -> bool:
    """Coordinates or manages the run, its course or everything; administrators do."""
    return is_administrator(person, now) or _any(person, LEADING, course_slug, run_slug, now)


def teaches(person: Person, course_slug: str, run_slug: str, now: datetime) -> bool:
    """Teaches in the run, or leads it."""
    return leads(person, course_slug, run_slug, now) or _any(person, TEACHING, course_slug, run_slug, now)


def _any(person: Person, roles: tuple[Role, ...], course_slug: str, run_slug: str | None, now: datetime) -> bool:
    scopes = [f"course:{course_slug}", *([f"run:{run_slug}"] if run_slug else [])]
    return any(holds(person, role, now, scope) for role in roles for scope in scopes)


def works_in_runs(person: Person | None, now: datetime) -> bool:
    """Teaches or leads anything at all: whether the page of one's runs is shown."""
    return person is not None and (
        is_administrator(person, now)
        or any(grant.role in (*LEADING, *TEACHING) and grant.valid_at(now) for grant in person.grants)
    )


def may_see_run(run: Run, *, is_in: bool, works_in_it: bool) -> bool:
    """Whether the run exists for this person at all."""
    return works_in_it or is_in or (run.kind == RunKind.COHORT and run.visibility != Visibility.CLOSED)


def may_lead(person: Person, course_slug: str, run_slug: str | None, now: datetime) -> Verdict:
    """Open, change, clone, move and close runs; decide who takes part."""
    if leads(person, course_slug, run_slug, now):
        return Allowed()
    return Refused(_("Only coordinators of the course and administrators do this."))


def may_teach(person: Person, course_slug: str, run_slug: str, now: datetime) -> Verdict:
    """See the participants and what they do, hold sessions, mark attendance and work, write to them."""
    if teaches(person, course_slug, run_slug, now):
        return Allowed()
    return Refused(_("Only those who teach in this run do this."))


def opens_at(run: Run, module: str) -> datetime | None:
    """When a module opens to the participants; None: from the first day they are in."""
    day = run.openings.get(module)
    if day is None:
        return None
    return start_of_day(date.fromisoformat(day) - timedelta(days=run.early_days), run.time_zone)


def may_open(run: Run, module: str, now: datetime) -> Verdict:
    """Whether a module is open: in a self-paced run always, in a dated one from its date on, for good."""
    opening = opens_at(run, module)
    if opening is None or now >= opening:
        return Allowed()
    day = date.fromisoformat(run.openings[module]) - timedelta(days=run.early_days)
    return Refused(_("This module opens on %(day)s.", day=format_date(day)))


def may_work(run: Run, extended_until: date | None, now: datetime) -> Verdict:
    """Whether a participant may still hand in, answer and complete: until the run's last day, or their own."""
    if run.kind == RunKind.SELF_PACED:
        return Allowed()
    if run.stage in OVER:
        return Refused(_("This run is closed. You can still read everything."))
    last = max(filter(None, [run.grace_until, extended_until]), default=None)
    if last is not None and now >= end_of_day(last, run.time_zone):
        return Refused(
            _("The time to catch up ended on %(day)s. You can still read everything.", day=format_date(last))
        )
    return Allowed()
