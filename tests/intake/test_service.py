"""From a draft to a confirmed place, with every refusal on the way; seats move on, invitations are taken up."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lms import consequences
from lms.accounts.models import Person
from lms.accounts.rules import Role
from lms.accounts.service import confirm_email, delete_account
from lms.intake import queries, service
from lms.intake.exchange import read_invitees
from lms.intake.models import Application, Invitation
from lms.intake.queries import Filters
from lms.intake.rules import NEXT_STATES, ApplicationState, Outcome
from lms.kernel.events import finish
from lms.kernel.models import AuditEntry, OutboxJob
from lms.kernel.refusals import Conflict, Denied, Invalid, NotFound
from lms.runs.models import Enrolment, Run
from lms.runs.queries import is_in_run
from lms.runs.rules import RunStage
from lms.runs.service import withdraw_participant
from lms.settings import Settings
from tests.intake.applying import WRITTEN, apply, letters_to, make_worker, open_call
from tests.people import make_person

A = ApplicationState
SCORES = {"role": 4, "motivation": 3, "experience": 2, "chance": 1}
Finish = Callable[[], None]


@pytest.fixture
def run(db: Session, tmp_path: Path, now: datetime) -> Run:
    return open_call(db, tmp_path, now, seats=2)


@pytest.fixture
def lead(db: Session, run: Run, now: datetime) -> Person:
    return make_worker(db, "lea", run, Role.COORDINATOR, now)


@pytest.fixture
def done(db: Session, settings: Settings, now: datetime) -> Finish:
    """Let everything follow that follows, and commit."""
    return lambda: finish(db, consequences.within(settings), now)


def _decide(
    db: Session, settings: Settings, lead: Person, run: Run, each: list[Application], to: A, now: datetime, **more: bool
) -> dict[A, int]:
    rest = more.get("rest_waits", False)
    return service.decide(db, settings, lead, run, each, to, message="Well done", rest_waits=rest, now=now)


def test_a_draft_becomes_an_application(db: Session, settings: Settings, run: Run, now: datetime) -> None:
    ada = make_person(db, "ada", language="ar")
    draft = service.save_draft(db, ada, run, replace(WRITTEN, motivation="", consent=False), now)
    with pytest.raises(Invalid) as missing:
        service.submit_application(
            db, settings, ada, run, replace(WRITTEN, motivation=" ", years=None, consent=False), now
        )
    assert set(missing.value.fields) == {"motivation", "years", "consent"}
    assert draft.state == A.DRAFT
    handed_in = service.submit_application(db, settings, ada, run, WRITTEN, now)
    assert (handed_in.id, handed_in.state, handed_in.submitted_at) == (draft.id, A.SUBMITTED, now)
    assert len(letters_to(db, ada)) == 1
    assert db.scalars(select(OutboxJob.payload).where(OutboxJob.topic == "mail")).one()["language"] == "ar"
    with pytest.raises(Conflict):
        service.save_draft(db, ada, run, WRITTEN, now)
    service.withdraw_application(db, ada, run, handed_in, now)
    assert service.save_draft(db, ada, run, WRITTEN, now).state == A.DRAFT
    assert db.scalar(select(func.count()).select_from(Application)) == 1


def test_only_in_the_call_on_the_days_of_the_run(db: Session, run: Run, now: datetime) -> None:
    ada = make_person(db, "ada")
    assert run.apply_until
    # the last day in Nairobi ends three hours before the last day in London
    last = datetime(run.apply_until.year, run.apply_until.month, run.apply_until.day, 20, 59, tzinfo=now.tzinfo)
    service.save_draft(db, ada, run, WRITTEN, last)
    with pytest.raises(Denied):
        service.save_draft(db, ada, run, WRITTEN, last + timedelta(minutes=1))
    with pytest.raises(Denied):
        service.save_draft(db, ada, run, WRITTEN, now - timedelta(days=2))
    run.stage = RunStage.SELECTING
    with pytest.raises(Denied):
        service.save_draft(db, ada, run, WRITTEN, now)
    with pytest.raises(Denied):
        service.save_draft(db, make_worker(db, "bo", run, Role.TRAINER, now), run, WRITTEN, now)


def test_own_questions_must_be_answered(db: Session, settings: Settings, run: Run, lead: Person, now: datetime) -> None:
    asked = [{"key": "q1", "texts": {"en": "Which programme?", "ar": "أي برنامج؟"}}]
    service.set_intake_plan(db, lead, run, 0, questions=asked, criteria=[], now=now)
    ada = make_person(db, "ada")
    with pytest.raises(Invalid) as missing:
        service.submit_application(db, settings, ada, run, replace(WRITTEN, answers={"q9": "stray"}), now)
    assert set(missing.value.fields) == {"answer-q1"}
    handed_in = service.submit_application(db, settings, ada, run, replace(WRITTEN, answers={"q1": "Cash"}), now)
    assert handed_in.answers == {"q1": "Cash"}
    with pytest.raises(Conflict):
        service.set_intake_plan(db, lead, run, 0, questions=asked, criteria=[], now=now)
    with pytest.raises(Conflict):
        service.set_intake_plan(db, lead, run, 1, questions=[], criteria=[], now=now)
    service.set_intake_plan(
        db, lead, run, 1, questions=[{"key": "q1", "texts": {"en": "Which?"}}], criteria=[], now=now
    )
    assert queries.intake_plan(db, run).version == 2


def test_scores_are_blind(db: Session, settings: Settings, run: Run, lead: Person, now: datetime) -> None:
    ada = apply(db, settings, run, "ada", now)
    bo, chi = (make_worker(db, key, run, Role.E_TUTOR, now) for key in ("bo", "chi"))

    def seen(viewer: Person) -> tuple[bool, int]:
        [line] = queries.board(db, viewer, run, Filters(), now).lines
        return line.person is not None and line.standing is not None, len(line.given)

    service.score_application(db, bo, run, ada, SCORES, now)
    assert (seen(bo), seen(chi), seen(lead)) == ((True, 1), (False, 0), (False, 0))
    with pytest.raises(Conflict):
        service.score_application(db, bo, run, ada, SCORES, now)
    with pytest.raises(Invalid) as wrong:
        service.score_application(db, chi, run, ada, SCORES | {"role": 5, "chance": None}, now)
    assert set(wrong.value.fields) == {"score-role", "score-chance"}
    service.score_application(db, chi, run, ada, dict.fromkeys(SCORES, 4), now)
    [line] = queries.board(db, lead, run, Filters(), now).lines
    assert line.standing
    assert (line.person, line.standing.mean, line.standing.spread) == (db.get(Person, ada.person_id), 13, 6)
    with pytest.raises(Denied):
        service.score_application(db, make_person(db, "eve"), run, ada, SCORES, now)


def test_who_decides(db: Session, settings: Settings, run: Run, lead: Person, now: datetime) -> None:
    ada = apply(db, settings, run, "ada", now)
    with pytest.raises(Denied):
        _decide(db, settings, make_worker(db, "bo", run, Role.TRAINER, now), run, [ada], A.ACCEPTED, now)
    own = Application(
        run_id=run.id, person_id=lead.id, state=A.SUBMITTED, answers={}, consented_at=now, created_at=now,
        changed_at=now, submitted_at=now,
    )  # fmt: skip
    db.add(own)
    db.flush()
    with pytest.raises(Denied):
        _decide(db, settings, lead, run, [own], A.ACCEPTED, now)
    with pytest.raises(Denied):
        service.score_application(db, lead, run, own, SCORES, now)
    run.stage = RunStage.GRACE
    with pytest.raises(Conflict):
        _decide(db, settings, lead, run, [ada], A.ACCEPTED, now)


def test_never_more_offers_than_seats(db: Session, settings: Settings, run: Run, lead: Person, now: datetime) -> None:
    three = [apply(db, settings, run, key, now) for key in ("ada", "px", "kai")]
    with pytest.raises(Invalid):
        _decide(db, settings, lead, run, three, A.ACCEPTED, now)
    assert [each.state for each in three] == [A.SUBMITTED] * 3
    assert run.taken == 0
    became = _decide(db, settings, lead, run, three, A.ACCEPTED, now, rest_waits=True)
    assert became == {A.ACCEPTED: 2, A.WAITING_LIST: 1, A.NOT_SELECTED: 0}
    assert [(each.state, each.rank) for each in three] == [(A.ACCEPTED, None), (A.ACCEPTED, None), (A.WAITING_LIST, 1)]
    assert run.taken == 2
    assert [len(letters_to(db, db.get_one(Person, each.person_id))) for each in three] == [2, 2, 2]
    decisions = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "decide_application")
    assert db.scalar(decisions) == 3
    with pytest.raises(Conflict):
        _decide(db, settings, lead, run, three[:1], A.NOT_SELECTED, now)


def test_a_confirmed_place(
    db: Session, settings: Settings, run: Run, lead: Person, now: datetime, done: Finish
) -> None:
    ada = apply(db, settings, run, "ada", now)
    _decide(db, settings, lead, run, [ada], A.ACCEPTED, now)
    person = db.get_one(Person, ada.person_id)
    # seven days of Nairobi after today are over at nine in the evening, UTC
    assert ada.offer_expires_at == datetime(2026, 11, 27, 21, 0, tzinfo=now.tzinfo)
    with pytest.raises(NotFound):
        service.confirm_place(db, settings, make_person(db, "eve"), run, ada, "en", now)
    with pytest.raises(Conflict):
        service.confirm_place(db, settings, person, run, ada, "en", ada.offer_expires_at)
    service.confirm_place(db, settings, person, run, ada, "en", now)
    done()
    assert (ada.state, run.taken, is_in_run(db, person, run)) == (A.CONFIRMED, 1, True)
    with pytest.raises(Conflict):
        service.decline_place(db, person, run, ada, now)
    service.withdraw_application(db, person, run, ada, now)
    done()
    assert (ada.state, run.taken, is_in_run(db, person, run)) == (A.WITHDRAWN, 0, False)


@pytest.mark.parametrize("way", ["decline", "withdraw", "expire", "taken out", "account deleted"])
def test_a_free_seat_goes_to_the_next(
    db: Session, settings: Settings, run: Run, lead: Person, now: datetime, way: str, done: Finish
) -> None:
    ada, px, kai, lou = (apply(db, settings, run, key, now) for key in ("ada", "px", "kai", "lou"))
    _decide(db, settings, lead, run, [ada, px], A.ACCEPTED, now)
    _decide(db, settings, lead, run, [kai, lou], A.WAITING_LIST, now)
    service.rank_waiting_list(db, lead, run, {kai.public_id: 2, lou.public_id: 1}, now)
    person = db.get_one(Person, ada.person_id)
    service.confirm_place(db, settings, db.get_one(Person, px.person_id), run, px, "en", now)
    expected = {"decline": A.DECLINED, "expire": A.EXPIRED}.get(way, A.WITHDRAWN)
    if way == "decline":
        service.decline_place(db, person, run, ada, now)
    elif way == "withdraw":
        service.withdraw_application(db, person, run, ada, now)
    elif way == "expire":
        assert ada.offer_expires_at
        assert service.expire_offers(db, ada.offer_expires_at - timedelta(seconds=1)) == 0
        assert service.expire_offers(db, ada.offer_expires_at) == 1
    elif way == "taken out":
        service.confirm_place(db, settings, person, run, ada, "en", now)
        enrolment = db.scalars(select(Enrolment).where(Enrolment.person_id == person.id)).one()
        withdraw_participant(db, lead, run, enrolment, reason="Left the ministry", now=now)
    else:
        delete_account(db, settings, person, old_hash="!", now=now)
    done()
    for each in (ada, kai, lou, run):
        db.refresh(each)
    assert (ada.state, lou.state, kai.state, run.taken) == (expected, A.ACCEPTED, A.WAITING_LIST, 2)
    assert letters_to(db, db.get_one(Person, lou.person_id))[-1].startswith("A place has become free for you")
    if way == "expire":
        assert letters_to(db, person)[-1].startswith("The place was not confirmed")
    if way == "account deleted":
        assert (ada.motivation, ada.organisation, ada.answers) == (None, None, {})


def test_nobody_is_moved_up_once_the_run_is_well_under_way(
    db: Session, settings: Settings, run: Run, lead: Person, now: datetime, done: Finish
) -> None:
    ada, px = (apply(db, settings, run, key, now) for key in ("ada", "px"))
    _decide(db, settings, lead, run, [ada], A.ACCEPTED, now)
    _decide(db, settings, lead, run, [px], A.WAITING_LIST, now)
    run.stage, run.starts_on = RunStage.RUNNING, now.date() - timedelta(days=7)
    service.decline_place(db, db.get_one(Person, ada.person_id), run, ada, now)
    done()
    db.refresh(px)
    assert (px.state, run.taken) == (A.WAITING_LIST, 0)
    assert service.offer_free_seats(db, settings, lead, run, now) == 1, "people decide, the clock does not"


def test_invitations_line_by_line(
    db: Session, settings: Settings, run: Run, lead: Person, now: datetime, done: Finish
) -> None:
    ada = make_person(db, "ada")
    kai = make_person(db, "kai", email_confirmed_at=None)
    text = "ada@example.org\nnobody\nlea@example.org\nKai <kai@example.org>\nfull@example.org\n"
    report = service.invite(db, settings, lead, run, read_invitees(text), "fr", now)
    outcomes = [each.outcome for each in report]
    assert outcomes == [Outcome.ENROLLED, Outcome.NOT_AN_ADDRESS, Outcome.ONESELF, Outcome.INVITED, Outcome.NO_SEAT]
    assert (is_in_run(db, ada, run), is_in_run(db, kai, run), run.taken) == (True, False, 2)
    again = service.invite(db, settings, lead, run, read_invitees(text), "fr", now)
    assert [again[0].outcome, again[3].outcome] == [Outcome.ALREADY_IN, Outcome.ALREADY_INVITED]
    assert len(letters_to(db, kai)) == 1
    confirm_email(db, kai, now)
    done()
    assert (is_in_run(db, kai, run), run.taken) == (True, 2)
    invitation = db.scalars(select(Invitation).where(Invitation.email == kai.email)).one()
    assert invitation.person_id == kai.id
    with pytest.raises(Conflict):
        service.take_back_invitation(db, lead, run, invitation, now)
    with pytest.raises(Denied):
        service.invite(db, settings, ada, run, [], "en", now)


def test_a_kept_seat_is_taken_back(
    db: Session, settings: Settings, run: Run, lead: Person, now: datetime, done: Finish
) -> None:
    service.invite(db, settings, lead, run, read_invitees("a@example.org\nb@example.org"), "en", now)
    px = apply(db, settings, run, "px", now)
    _decide(db, settings, lead, run, [px], A.WAITING_LIST, now)
    service.take_back_invitation(db, lead, run, queries.invitations(db, run)[0], now)
    done()
    db.refresh(px)
    assert (px.state, run.taken) == (A.ACCEPTED, 2), "the seat went to who waited"


def test_an_invitation_takes_the_place_of_an_application(
    db: Session, settings: Settings, run: Run, lead: Person, now: datetime, done: Finish
) -> None:
    ada = apply(db, settings, run, "ada", now)
    _decide(db, settings, lead, run, [ada], A.ACCEPTED, now)
    [told] = service.invite(db, settings, lead, run, read_invitees("ada@example.org"), "en", now)
    done()
    assert (told.outcome, ada.state, run.taken) == (Outcome.ENROLLED, A.WITHDRAWN, 1)


@pytest.mark.parametrize("state", list(ApplicationState))
def test_no_way_leads_where_the_table_has_none(
    db: Session, settings: Settings, run: Run, lead: Person, now: datetime, state: A
) -> None:
    """Every verb from every state: what is not in the table is refused, and what is, is where it should be."""
    person = make_person(db, "ada")
    ada = service.submit_application(db, settings, person, run, WRITTEN, now)
    verbs: dict[A, Callable[[], object]] = {
        A.SUBMITTED: lambda: service.submit_application(db, settings, person, run, WRITTEN, now),
        A.ACCEPTED: lambda: _decide(db, settings, lead, run, [ada], A.ACCEPTED, now),
        A.WAITING_LIST: lambda: _decide(db, settings, lead, run, [ada], A.WAITING_LIST, now),
        A.NOT_SELECTED: lambda: _decide(db, settings, lead, run, [ada], A.NOT_SELECTED, now),
        A.CONFIRMED: lambda: service.confirm_place(db, settings, person, run, ada, "en", now),
        A.DECLINED: lambda: service.decline_place(db, person, run, ada, now),
    }
    for to, verb in verbs.items():
        db.execute(delete(Enrolment))
        ada.state, ada.rank, ada.offer_expires_at = state, 1 if state == A.WAITING_LIST else None, None
        run.taken = 0
        if state == A.ACCEPTED:
            ada.offer_expires_at, run.taken = now + timedelta(days=1), 1
        db.flush()
        # who withdrew hands in by way of a draft
        may = to in NEXT_STATES[state] or (state == A.WITHDRAWN and to == A.SUBMITTED)
        try:
            verb()
        except Conflict:
            assert not may, (state, to)
        else:
            assert may, (state, to)
            assert ada.state == to
            assert run.taken == (1 if to in {A.ACCEPTED, A.CONFIRMED} else 0)


def test_what_one_takes_along(db: Session, settings: Settings, run: Run, lead: Person, now: datetime) -> None:
    ada = make_person(db, "ada")
    service.submit_application(db, settings, ada, run, WRITTEN, now)
    service.invite(db, settings, lead, run, read_invitees("ada@example.org, Ada"), "en", now)
    data = service.personal_data(db, ada)
    [told], [invited] = data["applications"], data["invitations"]  # type: ignore[misc]
    assert (told["run"], told["state"], told["motivation"]) == (run.slug, A.WITHDRAWN, WRITTEN.motivation)
    assert (invited["run"], invited["email"]) == (run.slug, "ada@example.org")
    assert service.personal_data(db, lead) == {"applications": [], "invitations": []}
