"""Who may decide outcomes. Reading is for all who teach in the run (`runs.policy.may_teach`)."""

from datetime import datetime

from lms.accounts.models import Person
from lms.facilitation.models import OutcomeOverride
from lms.kernel.i18n import _
from lms.kernel.refusals import Refused, Verdict
from lms.runs.models import Enrolment, Run
from lms.runs.policy import may_lead


def may_propose(person: Person, run: Run, enrolment: Enrolment, now: datetime) -> Verdict:
    """Propose another outcome than the rule's: who leads, never for themselves."""
    verdict = may_lead(person, run.course.slug, run.slug, now)
    if verdict and person.id == enrolment.person_id:
        return Refused(_("Somebody else has to decide about your own certificate."))
    return verdict


def may_confirm(person: Person, run: Run, enrolment: Enrolment, override: OutcomeOverride, now: datetime) -> Verdict:
    """Confirm or decline it: the same, and never who proposed it."""
    verdict = may_propose(person, run, enrolment, now)
    if verdict and person.id == override.proposed_by_id:
        return Refused(_("You proposed this. A second person has to confirm it."))
    return verdict
