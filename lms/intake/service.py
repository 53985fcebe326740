"""Verbs of intake: apply, score, decide, confirm, hand on, invite.

Whatever moves seats holds the run first (`_hold`), so that seats of one run move one after the other; confirming moves
none, because the offer holds the seat already.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from lms.accounts.letters import Words
from lms.accounts.models import Person
from lms.accounts.rules import is_public_id, tidy
from lms.intake import letters
from lms.intake.exchange import Invitee
from lms.intake.letters import About
from lms.intake.models import Application, IntakePlan, Invitation, Review
from lms.intake.policy import (
    SELECTING,
    may_apply,
    may_decide,
    may_review,
    offer_ends,
    still_hands_on,
)
from lms.intake.queries import (
    anybody_applied,
    anybody_scored,
    criterion_keys,
    find_application,
    intake_plan,
    last_rank,
    next_waiting,
    open_invitations_of,
)
from lms.intake.rules import (
    HIGHEST_SCORE,
    NEXT_STATES,
    ApplicationState,
    Outcome,
)
from lms.kernel import events
from lms.kernel.audit import record_audit
from lms.kernel.db import new_public_id
from lms.kernel.i18n import LANGUAGES, SOURCE_LANGUAGE, _, current_language, format_datetime, use_language
from lms.kernel.mail import queue_letter
from lms.kernel.refusals import Conflict, Invalid, NotFound, require
from lms.runs.models import Enrolment, Run
from lms.runs.policy import may_lead, teaches
from lms.runs.queries import course_title, is_in_run
from lms.runs.rules import RunStage, Track
from lms.runs.service import enrol_participant, free_seat, take_seat, withdraw_participant
from lms.settings import Settings

# -- applying


@dataclass(frozen=True, slots=True)
class Written:
    """What an applicant writes; anything may be missing in a draft."""

    years: int | None
    organisation: str
    role: str
    motivation: str
    hours: int | None
    consent: bool
    answers: dict[str, str]
    """To the run's own questions, by their keys."""


def save_draft(db: Session, person: Person, run: Run, written: Written, now: datetime) -> Application:
    """Keep what is written so far. Who had withdrawn begins again. Raises Denied, and Conflict once it is handed in."""
    require(may_apply(person, run, is_in=is_in_run(db, person, run), now=now))
    application = find_application(db, person, run) or _begin(db, person, run, now)
    if application.state == ApplicationState.WITHDRAWN:
        _move(db, application, ApplicationState.DRAFT)
    known = {each["key"] for each in intake_plan(db, run).questions}
    change = update(Application).where(Application.id == application.id, Application.state == ApplicationState.DRAFT)
    values: dict[str, Any] = {
        "years": written.years,
        "organisation": tidy(written.organisation) or None,
        "role": tidy(written.role) or None,
        "motivation": written.motivation.strip() or None,
        "hours": written.hours,
        "answers": {key: text.strip() for key, text in written.answers.items() if key in known and text.strip()},
        "consented_at": (application.consented_at or now) if written.consent else None,
        "changed_at": now,
    }
    if not db.execute(change.values(**values).returning(Application.id)).all():
        raise Conflict(_("Your application is handed in already. Withdraw it if you want to change it."))
    db.refresh(application)
    record_audit(db, person, "save_application", f"run:{run.slug}", now)
    return application


def submit_application(
    db: Session, settings: Settings, person: Person, run: Run, written: Written, now: datetime
) -> Application:
    """Save and hand in. Raises as `save_draft` does, and Invalid for what is missing: what was written is kept then."""
    application = save_draft(db, person, run, written, now)
    missing = _missing(application, [each["key"] for each in intake_plan(db, run).questions])
    if missing:
        raise Invalid(missing)
    _move(db, application, ApplicationState.SUBMITTED, submitted_at=now, decided_at=None, message=None)
    record_audit(db, person, "submit_application", f"run:{run.slug}", now, after=_who(person))
    _write(db, settings, run, person, letters.received, now)
    return application


def _begin(db: Session, person: Person, run: Run, now: datetime) -> Application:
    try:
        with db.begin_nested():
            application = Application(run_id=run.id, person_id=person.id, answers={}, created_at=now, changed_at=now)
            db.add(application)
            db.flush()
    except IntegrityError:  # the same person pressed twice
        query = select(Application).where(Application.run_id == run.id, Application.person_id == person.id)
        return db.scalars(query).one()
    return application


def _missing(application: Application, questions: Sequence[str]) -> dict[str, str]:
    missing = {}
    if application.years is None:
        missing["years"] = _("Write how many years of experience you have; 0 is fine.")
    if not application.organisation:
        missing["organisation"] = _("Write where you work, or that you work for yourself.")
    if not application.role:
        missing["role"] = _("Write what you do there.")
    if not application.motivation:
        missing["motivation"] = _("Say why you want to take part.")
    if application.hours is None:
        missing["hours"] = _("Write how many hours a week you have for the course.")
    for key in questions:
        if not application.answers.get(key):
            missing[f"answer-{key}"] = _("Please answer this question.")
    if application.consented_at is None:
        missing["consent"] = _("Without your consent nobody may read the application.")
    return missing


def withdraw_application(db: Session, person: Person, run: Run, application: Application, now: datetime) -> None:
    """The applicant does not want the place, at any time. A seat that was held goes to the next.

    Raises Denied for anybody else, and Conflict when there is nothing to withdraw any more.
    """
    _require_own(person, application)
    _hold(db, run)
    held = application.state
    if held == ApplicationState.CONFIRMED:
        query = select(Enrolment).where(Enrolment.run_id == run.id, Enrolment.person_id == person.id)
        withdraw_participant(db, person, run, db.scalars(query).one(), reason="", now=now)
    _move(db, application, ApplicationState.WITHDRAWN, rank=None)
    record_audit(db, person, "withdraw_application", f"run:{run.slug}", now, before={"state": held}, after=_who(person))
    if held == ApplicationState.ACCEPTED:
        _give_back(db, run)


# -- the offered place


def confirm_place(
    db: Session, settings: Settings, person: Person, run: Run, application: Application, language: str, now: datetime
) -> None:
    """Take the offered place: the seat is held already. Raises Denied, and Conflict when the offer stands no more."""
    _require_own(person, application)
    if application.state == ApplicationState.ACCEPTED and not _offer_stands(application, now):
        raise Conflict(_("The time to confirm this place is over."))
    if run.stage == RunStage.CLOSED:
        raise Conflict(_("This run is closed."))
    _move(db, application, ApplicationState.CONFIRMED)
    record_audit(db, person, "confirm_place", f"run:{run.slug}", now, after=_who(person))
    enrol_participant(db, person, person, run, Track.OPEN, language, now)
    _write(db, settings, run, person, letters.confirmed, now, page=f"learn/{run.slug}/")


def decline_place(db: Session, person: Person, run: Run, application: Application, now: datetime) -> None:
    """Leave the offered place to somebody else. Raises Denied, and Conflict when none is offered any more."""
    _require_own(person, application)
    _hold(db, run)
    _move(db, application, ApplicationState.DECLINED)
    record_audit(db, person, "decline_place", f"run:{run.slug}", now, after=_who(person))
    _give_back(db, run)


def expire_offers(db: Session, now: datetime) -> int:
    """Offers whose time is over end, and their seats go on; how many ended."""
    due = (Application.state == ApplicationState.ACCEPTED, Application.offer_expires_at <= now)
    count = 0
    for run in db.scalars(select(Run).where(Run.id.in_(select(Application.run_id).where(*due))).order_by(Run.id)):
        _hold(db, run)
        change = update(Application).where(Application.run_id == run.id, *due).values(state=ApplicationState.EXPIRED)
        for application_id in db.scalars(change.returning(Application.id)).all():
            application = db.get_one(Application, application_id, populate_existing=True)
            person = db.get_one(Person, application.person_id)
            record_audit(db, None, "expire_offer", f"run:{run.slug}", now, after=_who(person))
            events.record(db, "offer.expired", run=run, person=person)
            _give_back(db, run)
            count += 1
    db.flush()
    return count


def tell_expired(db: Session, settings: Settings, run: Run, person: Person, now: datetime) -> None:
    """The letter to whoever did not confirm in time."""
    _write(db, settings, run, person, letters.expired, now)


def offer_next(db: Session, settings: Settings, run: Run, now: datetime) -> Application | None:
    """A seat became free: offer it to the next on the waiting list, in the same transaction."""
    if not still_hands_on(run, now):
        return None
    _hold(db, run)
    return _promote(db, settings, None, run, now)


def offer_free_seats(db: Session, settings: Settings, actor: Person, run: Run, now: datetime) -> int:
    """Offer every free seat to the waiting list in its order; how many were offered. Raises Denied and Conflict."""
    require(may_lead(actor, run.course.slug, run.slug, now))
    _require_selecting(run)
    _hold(db, run)
    count = 0
    while _promote(db, settings, actor, run, now):
        count += 1
    return count


def _promote(db: Session, settings: Settings, actor: Person | None, run: Run, now: datetime) -> Application | None:
    application = next_waiting(db, run)
    if application is None or (actor and actor.id == application.person_id) or not take_seat(db, run):
        return None
    _move(db, application, ApplicationState.ACCEPTED, rank=None, decided_at=now, offer_expires_at=offer_ends(run, now))
    person = db.get_one(Person, application.person_id)
    record_audit(db, actor, "promote_application", f"run:{run.slug}", now, after=_who(person))
    _write(db, settings, run, person, letters.promoted, now, until=application.offer_expires_at)
    return application


def _give_back(db: Session, run: Run) -> None:
    """A seat that an offer or an invitation held is free; `seat.freed` offers it to the next before the commit."""
    free_seat(db, run)
    events.record(db, "seat.freed", run=run)


def end_application(db: Session, run: Run, person: Person, now: datetime) -> None:
    """A participant left the run, or was taken out: their application is over too."""
    application = find_application(db, person, run)
    if application is not None and application.state == ApplicationState.CONFIRMED:
        _move(db, application, ApplicationState.WITHDRAWN)
        record_audit(db, None, "end_application", f"run:{run.slug}", now, after=_who(person))


# -- selecting


def score_application(
    db: Session, actor: Person, run: Run, application: Application, scores: Mapping[str, int | None], now: datetime
) -> Review:
    """Score an application once and for good, before seeing what others gave. Raises Denied, Invalid and Conflict."""
    require(may_review(actor, run, application, now))
    keys = criterion_keys(intake_plan(db, run))
    kept = {key: score for key in keys if (score := scores.get(key)) is not None and 0 <= score <= HIGHEST_SCORE}
    wrong = {f"score-{key}": _("Choose a score from 0 to 4.") for key in keys if key not in kept}
    if wrong:
        raise Invalid(wrong)
    review = Review(application_id=application.id, reviewer_id=actor.id, scores=kept, given_at=now)
    try:
        with db.begin_nested():
            db.add(review)
            db.flush()
    except IntegrityError as error:
        raise Conflict(_("You have scored this application already.")) from error
    record_audit(db, actor, "score_application", f"application:{application.public_id}", now)
    return review


_LETTER_OF: dict[ApplicationState, Callable[[About], Words]] = {
    ApplicationState.ACCEPTED: letters.offered,
    ApplicationState.WAITING_LIST: letters.waiting,
    ApplicationState.NOT_SELECTED: letters.not_selected,
}


def decide(
    db: Session,
    settings: Settings,
    actor: Person,
    run: Run,
    applications: Sequence[Application],
    to: ApplicationState,
    *,
    message: str,
    rest_waits: bool,
    now: datetime,
) -> dict[ApplicationState, int]:
    """Accept, put on the waiting list in the order given, or not select; all or none. How many became what.

    Accepting offers a seat and holds it. Raises Denied, Conflict when one of them has moved meanwhile, and Invalid when
    the seats do not suffice, unless the rest is to wait.
    """
    require(may_lead(actor, run.course.slug, run.slug, now))
    for application in applications:
        require(may_decide(actor, run, application, now))
    _require_selecting(run)
    _hold(db, run)
    if to is ApplicationState.ACCEPTED and not rest_waits and _free_seats(db, run) < len(applications):
        raise Invalid({"": _("There are not enough free seats for all you chose. Nothing was decided.")})
    became = [(each, _decide_one(db, run, each, to, message, now)) for each in applications]
    for application, state in became:
        person = db.get_one(Person, application.person_id)
        after = _who(person, state=state.value)
        record_audit(db, actor, "decide_application", f"run:{run.slug}", now, after=after)
        until = application.offer_expires_at if state is ApplicationState.ACCEPTED else None
        _write(db, settings, run, person, _LETTER_OF[state], now, until=until, message=application.message)
    return {state: sum(1 for _each, one in became if one is state) for state in _LETTER_OF}


def _free_seats(db: Session, run: Run) -> float:
    """Exact while the run is held."""
    db.refresh(run, ["seats", "taken"])
    return inf if run.seats is None else run.seats - run.taken


def _decide_one(
    db: Session, run: Run, application: Application, to: ApplicationState, message: str, now: datetime
) -> ApplicationState:
    said = {"decided_at": now, "message": message.strip() or None}
    if to is ApplicationState.ACCEPTED:
        if _is_participant(db, application):
            raise Conflict(_("Somebody you chose came into the run by an invitation."))
        if take_seat(db, run):
            _move(db, application, to, rank=None, offer_expires_at=offer_ends(run, now), **said)
            return to
        to = ApplicationState.WAITING_LIST
        if application.state == to:
            return to
    rank = last_rank(db, run) + 1 if to is ApplicationState.WAITING_LIST else None
    _move(db, application, to, rank=rank, **said)
    return to


def _is_participant(db: Session, application: Application) -> bool:
    query = select(Enrolment.id).where(
        Enrolment.run_id == application.run_id,
        Enrolment.person_id == application.person_id,
        Enrolment.withdrawn_at.is_(None),
    )
    return db.scalar(query) is not None


def rank_waiting_list(db: Session, actor: Person, run: Run, ranks: Mapping[str, int], now: datetime) -> None:
    """Put the waiting list in another order. Raises Denied, and Conflict when somebody is not on it any more."""
    require(may_lead(actor, run.course.slug, run.slug, now))
    _hold(db, run)
    for public_id, rank in ranks.items():
        waits = (Application.run_id == run.id, Application.state == ApplicationState.WAITING_LIST)
        change = update(Application).where(Application.public_id == public_id, *waits).values(rank=rank)
        if not is_public_id(public_id) or not db.execute(change.returning(Application.id)).all():
            raise Conflict(_("The waiting list has changed since you opened the page. Look at it again."))
    record_audit(db, actor, "rank_waiting_list", f"run:{run.slug}", now, after=dict(ranks))


def set_intake_plan(
    db: Session,
    actor: Person,
    run: Run,
    version: int,
    *,
    questions: Sequence[Mapping[str, Any]],
    criteria: Sequence[Mapping[str, Any]],
    now: datetime,
) -> None:
    """Say what the run asks and scores by. Once somebody has applied, or scored, only the wording may change.

    Raises Denied, and Conflict when somebody else changed it, or when it is too late.
    """
    require(may_lead(actor, run.course.slug, run.slug, now))
    before = intake_plan(db, run)
    if before.version != version:
        raise Conflict(_("Somebody else changed this run since you opened the page. Look at it again."))
    if _keys(questions) != _keys(before.questions) and anybody_applied(db, run):
        raise Conflict(_("Somebody has applied already: questions can be worded better, not added or taken away."))
    if _keys(criteria) != _keys(before.criteria) and anybody_scored(db, run):
        raise Conflict(_("Somebody has scored already: criteria can be worded better, not added or taken away."))
    values = {"questions": [dict(each) for each in questions], "criteria": [dict(each) for each in criteria]}
    change = update(IntakePlan).where(IntakePlan.run_id == run.id, IntakePlan.version == version)
    if version == 0:
        db.add(IntakePlan(run_id=run.id, version=1, **values))
        db.flush()
    elif not db.execute(change.values(version=version + 1, **values).returning(IntakePlan.run_id)).all():
        raise Conflict(_("Somebody else changed this run since you opened the page. Look at it again."))
    record_audit(db, actor, "set_intake_plan", f"run:{run.slug}", now, after=values)


def copy_intake_plan(db: Session, run: Run, copy: Run) -> None:
    """A cloned run asks and scores the same."""
    plan = intake_plan(db, run)
    if plan.version:
        db.add(IntakePlan(run_id=copy.id, questions=plan.questions, criteria=plan.criteria, version=1))
        db.flush()


def _keys(written: Sequence[Mapping[str, Any]]) -> list[str]:
    return [each["key"] for each in written]


# -- inviting


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one line."""

    written: str
    outcome: Outcome


def invite(
    db: Session, settings: Settings, actor: Person, run: Run, invitees: Sequence[Invitee], language: str, now: datetime
) -> list[Report]:
    """Enrol who has an account, keep a seat for the address of who has none; line by line, each for itself.

    `language` is that of letters to people we do not know yet. Raises Denied, and Conflict when the run is over.
    """
    require(may_lead(actor, run.course.slug, run.slug, now))
    if run.stage == RunStage.CLOSED:
        raise Conflict(_("This run is closed."))
    _hold(db, run)
    return [Report(each.written, _invite_one(db, settings, actor, run, each, language, now)) for each in invitees]


def _invite_one(
    db: Session, settings: Settings, actor: Person, run: Run, invitee: Invitee, language: str, now: datetime
) -> Outcome:
    if not invitee.email:
        return Outcome.NOT_AN_ADDRESS
    if invitee.email == actor.email:
        return Outcome.ONESELF
    query = select(Person).options(joinedload(Person.grants)).where(Person.email == invitee.email)
    person = db.scalars(query.where(Person.email_confirmed_at.is_not(None), Person.suspended_at.is_(None))).unique()
    known = person.one_or_none()
    if known is not None and (is_in_run(db, known, run) or teaches(known, run.course.slug, run.slug, now)):
        return Outcome.ALREADY_IN
    earlier = db.scalar(select(Invitation).where(Invitation.run_id == run.id, Invitation.email == invitee.email))
    if earlier is not None and earlier.joined_at is None:
        return Outcome.ALREADY_INVITED
    if not (known and _hand_over_offer(db, run, known)) and not take_seat(db, run):
        return Outcome.NO_SEAT
    invitation = earlier or Invitation(run_id=run.id, email=invitee.email)
    invitation.name, invitation.invited_by_id, invitation.invited_at = invitee.name or None, actor.id, now
    invitation.joined_at = invitation.person_id = None
    db.add(invitation)
    db.flush()
    record_audit(db, actor, "invite", f"run:{run.slug}", now, after={"invitation": invitation.public_id})
    if known is not None:
        _join(db, settings, actor, run, invitation, known, now)
        return Outcome.ENROLLED
    _write_to_address(db, settings, run, invitation, language, now)
    return Outcome.INVITED


def _hand_over_offer(db: Session, run: Run, person: Person) -> bool:
    """An invitation takes the place of an application that is under way; the seat of an offer goes over to it."""
    application = find_application(db, person, run)
    if application is None or ApplicationState.WITHDRAWN not in NEXT_STATES[ApplicationState(application.state)]:
        return False
    had_seat = application.state == ApplicationState.ACCEPTED
    _move(db, application, ApplicationState.WITHDRAWN, rank=None)
    return had_seat


def _join(
    db: Session,
    settings: Settings,
    actor: Person | None,
    run: Run,
    invitation: Invitation,
    person: Person,
    now: datetime,
) -> None:
    invitation.joined_at, invitation.person_id = now, person.id
    language = person.language if person.language in LANGUAGES else SOURCE_LANGUAGE
    enrol_participant(db, actor, person, run, Track.INVITED, language, now)
    _write(db, settings, run, person, letters.enrolled, now, page=f"learn/{run.slug}/")


def take_up_invitations(db: Session, settings: Settings, person: Person, now: datetime) -> None:
    """The person has shown that the address is theirs: every place kept for it is theirs too."""
    for invitation, run in open_invitations_of(db, person.email):
        if run.stage == RunStage.CLOSED:
            continue
        _hold(db, run)
        db.refresh(invitation)
        if is_in_run(db, person, run):
            invitation.joined_at, invitation.person_id = now, person.id
            _give_back(db, run)
            continue
        if _hand_over_offer(db, run, person):
            _give_back(db, run)
        _join(db, settings, None, run, invitation, person, now)
    db.flush()


def take_back_invitation(db: Session, actor: Person, run: Run, invitation: Invitation, now: datetime) -> None:
    """Keep the seat no longer. Raises Denied, and Conflict when somebody came by the invitation already."""
    require(may_lead(actor, run.course.slug, run.slug, now))
    _hold(db, run)
    db.refresh(invitation)
    if invitation.joined_at is not None:
        raise Conflict(_("This person is in the run already."))
    after = {"invitation": invitation.public_id}
    record_audit(db, actor, "take_back_invitation", f"run:{run.slug}", now, after=after)
    db.delete(invitation)
    db.flush()
    _give_back(db, run)


# -- taking along, leaving


def personal_data(db: Session, person: Person) -> dict[str, object]:
    """The person's part of this floor, for "export my data"."""
    applications = db.execute(
        select(Application, Run.slug).join(Run, Run.id == Application.run_id).where(Application.person_id == person.id)
    )
    invited = db.execute(
        select(Invitation, Run.slug).join(Run, Run.id == Invitation.run_id).where(Invitation.person_id == person.id)
    )
    names = ("state", "years", "organisation", "role", "motivation", "hours", "answers", "message", "consented_at")
    moments = ("created_at", "changed_at", "submitted_at", "decided_at", "offer_expires_at")
    return {
        "applications": [
            {"run": slug} | {name: getattr(each, name) for name in (*names, *moments)} for each, slug in applications
        ],
        "invitations": [
            {"run": slug, "email": each.email, "name": each.name, "invited_at": each.invited_at}
            for each, slug in invited
        ],
    }


def forget_person(db: Session, person: Person, now: datetime) -> None:
    """What a deleted account leaves here: that somebody applied and what was decided, without their words."""
    query = select(Application).where(Application.person_id == person.id).order_by(Application.run_id)
    for application in db.scalars(query):
        run = db.get_one(Run, application.run_id)
        _hold(db, run)
        db.refresh(application)
        if application.state in {
            ApplicationState.DRAFT,
            ApplicationState.SUBMITTED,
            ApplicationState.WAITING_LIST,
            ApplicationState.ACCEPTED,
        }:
            held = application.state == ApplicationState.ACCEPTED
            _move(db, application, ApplicationState.WITHDRAWN, rank=None)
            record_audit(db, None, "end_application", f"run:{run.slug}", now, after=_who(person))
            if held:
                _give_back(db, run)
        application.organisation = application.role = application.motivation = application.message = None
        application.answers = {}
    for invitation in db.scalars(select(Invitation).where(Invitation.person_id == person.id)):
        invitation.email, invitation.name = f"{invitation.public_id.lower()}-{invitation.id}@deleted.invalid", None
    db.flush()


# -- smaller steps


def _hold(db: Session, run: Run) -> None:
    """Whoever moves seats of the same run waits here until we are done. On SQLite one writer is alone anyway."""
    db.execute(select(Run.id).where(Run.id == run.id).with_for_update(key_share=True))


def _move(db: Session, application: Application, to: ApplicationState, **more: Any) -> None:
    """Compare and swap: of two who move an application at once, the second is told."""
    ahead = [state for state, moves in NEXT_STATES.items() if to in moves]
    change = update(Application).where(
        Application.id == application.id, Application.state == application.state, Application.state.in_(ahead)
    )
    if not db.execute(change.values(state=to, **more).returning(Application.id)).all():
        raise Conflict(_("The application is not where it was when you opened the page. Look at it again."))
    db.refresh(application)


def _offer_stands(application: Application, now: datetime) -> bool:
    return application.offer_expires_at is not None and now < application.offer_expires_at


def _require_own(person: Person, application: Application) -> None:
    if application.person_id != person.id:
        raise NotFound


def _require_selecting(run: Run) -> None:
    if run.stage not in SELECTING:
        raise Conflict(_("Nobody is selected while the run is in this stage."))


def _who(person: Person, **more: str) -> dict[str, str]:
    return {"person": person.public_id, **more}


def _write(
    db: Session,
    settings: Settings,
    run: Run,
    person: Person,
    say: Callable[[About], Words],
    now: datetime,
    *,
    page: str = "",
    until: datetime | None = None,
    message: str | None = None,
) -> None:
    """Queue a letter in the recipient's language, with times in their zone; deleted people get none."""
    if person.deleted_at is not None:
        return
    with use_language(person.language if person.language in LANGUAGES else SOURCE_LANGUAGE):
        language = current_language().code
        about = About(
            name=person.name,
            platform=settings.platform_name,
            course=_course(db, run),
            run=run.title or "",
            link=f"{settings.base_url}/{language}/{page or f'runs/{run.slug}/application/'}",
            message=message,
            until=format_datetime(until, person.time_zone) if until else "",
        )
        _queue(db, person.name, person.email, say(about), now)


def _write_to_address(
    db: Session, settings: Settings, run: Run, invitation: Invitation, language: str, now: datetime
) -> None:
    with use_language(language if language in LANGUAGES else SOURCE_LANGUAGE):
        about = About(
            name=invitation.name or "",
            platform=settings.platform_name,
            course=_course(db, run),
            run=run.title or "",
            link=f"{settings.base_url}/{current_language().code}/register/",
        )
        _queue(db, invitation.name or "", invitation.email, letters.invited(about), now)


def _course(db: Session, run: Run) -> str:
    return " ".join(course_title(db, run, current_language().code).text.split())  # a subject is one line


def _queue(db: Session, name: str, email: str, words: Words, now: datetime) -> None:
    queue_letter(
        db,
        key=new_public_id(),
        to_name=name,
        to_email=email,
        subject=words.subject,
        text=words.text,
        language=current_language().code,
        now=now,
    )
