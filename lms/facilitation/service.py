"""Verbs of those who run a cohort across all of it: outcomes against the rule, closing, certificates for all."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.catalog.models import Edition
from lms.facilitation import letters
from lms.facilitation.models import FinalOutcome, OutcomeOverride, RunClosing, SummaryDraft
from lms.facilitation.policy import may_confirm, may_propose
from lms.facilitation.queries import edition_of_run, final_list
from lms.facilitation.rules import NEXT_OVERRIDE_STATES, Outcome, OverrideState
from lms.kernel.audit import record_audit
from lms.kernel.db import Database
from lms.kernel.events import Within, finish
from lms.kernel.i18n import LANGUAGES, SOURCE_LANGUAGE, _, current_language, use_language
from lms.kernel.mail import queue_letter
from lms.kernel.outbox import enqueue
from lms.kernel.refusals import Conflict, Invalid, require
from lms.learning.models import CertificateDetails
from lms.learning.rules import CompletionKind
from lms.learning.service import complete_course, hold
from lms.runs import service as runs
from lms.runs.models import Enrolment, Run
from lms.runs.policy import may_lead, may_teach
from lms.runs.queries import course_title
from lms.runs.rules import RunStage
from lms.settings import Settings

log = structlog.get_logger("facilitation")
LONGEST_REASON = 1000
LONGEST_SUMMARY = 10_000


def propose_outcome(
    db: Session, actor: Person, run: Run, enrolment: Enrolment, outcome: Outcome, *, reason: str, now: datetime
) -> OutcomeOverride:
    """Propose another outcome than the rule's for one participant; nothing changes until a second person confirms.

    Raises Denied, Invalid without a reason, and Conflict when the run is closed or another proposal stands.
    """
    require(may_propose(actor, run, enrolment, now))
    if not reason.strip():
        raise Invalid({"reason": _("Say why, so that it can be understood later.")})
    _require_open(db, run)
    override = OutcomeOverride(
        enrolment_id=enrolment.id, outcome=outcome, reason=reason.strip(), proposed_by_id=actor.id, proposed_at=now
    )
    try:
        with db.begin_nested():
            db.add(override)
            db.flush()
    except IntegrityError as error:
        raise Conflict(_("Another outcome is proposed for this person already. Decide about it first.")) from error
    _told(db, actor, "propose_outcome", run, enrolment, now, outcome=outcome.value, reason=reason.strip())
    return override


def decide_outcome(
    db: Session,
    actor: Person,
    run: Run,
    enrolment: Enrolment,
    override: OutcomeOverride,
    state: OverrideState,
    now: datetime,
) -> None:
    """A second person confirms or declines; or somebody who leads takes it back, so that the rule holds again.

    Raises Denied, and Conflict when the run is closed or somebody else was quicker.
    """
    taken_back = state is OverrideState.WITHDRAWN
    require(
        may_propose(actor, run, enrolment, now) if taken_back else may_confirm(actor, run, enrolment, override, now)
    )
    _require_open(db, run)
    before = [each for each, ahead in NEXT_OVERRIDE_STATES.items() if state in ahead]
    change = update(OutcomeOverride).where(OutcomeOverride.id == override.id, OutcomeOverride.state.in_(before))
    decided = {} if taken_back else {"decided_by_id": actor.id, "decided_at": now}
    if not db.execute(change.values(state=state, **decided).returning(OutcomeOverride.id)).all():
        raise Conflict(_("This was decided in the meantime. Look at it again."))
    db.refresh(override)
    _told(db, actor, "decide_outcome", run, enrolment, now, outcome=override.outcome, decision=state.value)


def close_run(db: Session, actor: Person, run: Run, now: datetime) -> bool:
    """Settle the final list and close the run; certificates follow from the outbox, one participant at a time.

    False when it was closed before: pressing again does nothing. Raises Denied, and Conflict while an override waits
    for its second person or the run has not begun.
    """
    require(may_lead(actor, run.course.slug, run.slug, now))
    _hold_run(db, run)
    if run.stage == RunStage.CLOSED:
        return False
    found = final_list(db, run, SOURCE_LANGUAGE)
    if found.unconfirmed:
        raise Conflict(_("An outcome still waits for a second person. Decide about it first."))
    if run.stage == RunStage.RUNNING:
        runs.move_run(db, actor, run, RunStage.GRACE, now)
    runs.close_run(db, actor, run, now)
    db.add(RunClosing(run_id=run.id, edition_id=edition_of_run(db, run), closed_by_id=actor.id, closed_at=now))
    db.flush()
    outcomes = [
        {
            "enrolment_id": line.participant.enrolment_id,
            "run_id": run.id,
            "outcome": line.outcome.value,
            "by_rule": line.by_rule.value,
            "override_id": line.override.id if line.override else None,
            "minutes": line.minutes,
        }
        for line in found.lines
    ]
    if outcomes:
        db.execute(insert(FinalOutcome), outcomes)
    record_audit(db, actor, "settle_final_list", f"run:{run.slug}", now, after=dict(found.counts))
    enqueue(db, "run.settle", f"run.settle:{run.public_id}", {"run": run.id}, now)
    return True


def settle_outcomes(
    database: Database, settings: Settings, run_id: int, within: Within, clock: Callable[[], datetime]
) -> None:
    """Give everybody on the final list what they earned, each in a transaction of their own.

    May run twice, or stop anywhere and run again: who is settled stays so, who is not is done next. Somebody in whose
    way something stands does not keep the others waiting; they are tried again with the job.
    """
    failed = []
    for enrolment_id in list(_unsettled(database, run_id)):
        try:
            with database.session(write=True) as db:
                settle_outcome(db, settings, enrolment_id, clock())
                finish(db, within, clock())
        except Exception:
            log.exception("outcome not settled", enrolment=enrolment_id)
            failed.append(enrolment_id)
    if failed:
        raise RuntimeError(f"{len(failed)} outcomes of run {run_id} could not be settled")


def _unsettled(database: Database, run_id: int) -> Iterator[int]:
    with database.session(write=False) as db:
        query = select(FinalOutcome.enrolment_id).where(FinalOutcome.run_id == run_id)
        yield from db.scalars(query.where(FinalOutcome.settled_at.is_(None)).order_by(FinalOutcome.enrolment_id)).all()


def settle_outcome(db: Session, settings: Settings, enrolment_id: int, now: datetime) -> None:
    """Note one participant's completion; the certificate follows in the same transaction. Once, however often asked."""
    enrolment = db.get_one(Enrolment, enrolment_id)
    hold(db, enrolment)
    change = update(FinalOutcome).where(FinalOutcome.enrolment_id == enrolment_id, FinalOutcome.settled_at.is_(None))
    outcome = db.scalar(change.values(settled_at=now).returning(FinalOutcome.outcome))
    if outcome is None or outcome == Outcome.NONE:
        return
    closing = select(Edition).join(RunClosing, RunClosing.edition_id == Edition.id)
    edition = db.scalars(closing.where(RunClosing.run_id == enrolment.run_id)).one()
    complete_course(db, enrolment, CompletionKind(outcome), edition, now)
    if db.get(CertificateDetails, enrolment_id) is None:
        _ask_for_name(db, settings, enrolment, now)


def keep_summary(
    db: Session, actor: Person, run: Run, module: str, language: str, text: str, version: int, now: datetime
) -> None:
    """Keep the draft of a week's summary, for whoever teaches in the run. Nothing sends it.

    Raises Denied, and Conflict when somebody else changed it since it was read.
    """
    require(may_teach(actor, run.course.slug, run.slug, now))
    values = {"text": text.replace("\0", ""), "version": version + 1, "changed_by_id": actor.id, "changed_at": now}
    at = {"run_id": run.id, "module": module, "language": language}
    if version:
        here = [getattr(SummaryDraft, name) == value for name, value in at.items()]
        change = update(SummaryDraft).where(*here, SummaryDraft.version == version).values(**values)
        kept = db.execute(change.returning(SummaryDraft.version)).all()
    else:
        row = _insert(db)(SummaryDraft).values(**at, **values).on_conflict_do_nothing()
        kept = db.execute(row.returning(SummaryDraft.version)).all()
    if not kept:
        raise Conflict(_("Somebody else has changed this draft in the meantime. Look at it again."))
    record_audit(db, actor, "keep_summary", f"run:{run.slug}", now, after={"module": module, "language": language})


def forget_person(db: Session, person: Person) -> None:
    """What a deleted account leaves here: outcomes stay, the words about the person go."""
    mine = select(Enrolment.id).where(Enrolment.person_id == person.id)
    db.execute(update(OutcomeOverride).where(OutcomeOverride.enrolment_id.in_(mine)).values(reason=None))


def personal_data(db: Session, person: Person) -> dict[str, object]:
    """The person's part of this floor, for "export my data"."""
    outcomes = select(FinalOutcome, Run.slug).join(Run, Run.id == FinalOutcome.run_id)
    outcomes = outcomes.join(Enrolment, Enrolment.id == FinalOutcome.enrolment_id)
    overrides = select(OutcomeOverride, Run.slug).join(Enrolment, Enrolment.id == OutcomeOverride.enrolment_id)
    overrides = overrides.join(Run, Run.id == Enrolment.run_id)
    return {
        "outcomes": [
            {"run": slug, "outcome": each.outcome, "by_rule": each.by_rule, "minutes": each.minutes}
            for each, slug in db.execute(outcomes.where(Enrolment.person_id == person.id))
        ],
        "outcome_overrides": [
            {
                "run": slug,
                "outcome": each.outcome,
                "reason": each.reason,
                "state": each.state,
                "proposed_at": each.proposed_at,
            }
            for each, slug in db.execute(overrides.where(Enrolment.person_id == person.id))
        ],
    }


# -- smaller steps


def _insert(db: Session) -> Any:
    return sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert


def _hold_run(db: Session, run: Run) -> None:
    """Who closes and who decides outcomes of the same run wait for each other; then the stage is what it is now."""
    db.execute(select(Run.id).where(Run.id == run.id).with_for_update(key_share=True))
    db.refresh(run, ["stage", "version", "closed_at"])


def _require_open(db: Session, run: Run) -> None:
    _hold_run(db, run)
    if run.stage == RunStage.CLOSED:
        raise Conflict(_("The run is closed: its final list is settled."))


def _ask_for_name(db: Session, settings: Settings, enrolment: Enrolment, now: datetime) -> None:
    """In the participant's language; deleted people get no letter."""
    person, run = db.get_one(Person, enrolment.person_id), db.get_one(Run, enrolment.run_id)
    if person.deleted_at is not None:
        return
    with use_language(person.language if person.language in LANGUAGES else SOURCE_LANGUAGE):
        language = current_language().code
        words = letters.confirm_name(
            name=person.name,
            platform=settings.platform_name,
            course=" ".join(course_title(db, run, language).text.split()),  # a subject is one line
            run=run.title or "",
            link=f"{settings.base_url}/{language}/learn/{run.slug}/certificate/",
        )
        queue_letter(
            db,
            key=f"run.settle:{enrolment.public_id}",
            to_name=person.name,
            to_email=person.email,
            subject=words.subject,
            text=words.text,
            language=language,
            now=now,
        )


def _told(db: Session, actor: Person, action: str, run: Run, enrolment: Enrolment, now: datetime, **after: str) -> None:
    record_audit(db, actor, action, f"run:{run.slug}", now, after={"enrolment": enrolment.public_id, **after})
