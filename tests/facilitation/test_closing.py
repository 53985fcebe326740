"""Outcomes decided by two people, the final list, the closing: once, whole, whatever dies in the middle."""

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from lms import consequences
from lms.accounts.models import Person
from lms.certification.models import Certificate
from lms.facilitation import queries, service
from lms.facilitation.models import FinalOutcome, OutcomeOverride, RunClosing
from lms.facilitation.rules import Outcome, OverrideState
from lms.kernel.db import Database
from lms.kernel.events import finish
from lms.kernel.models import AuditEntry, OutboxJob
from lms.kernel.outbox import LEASE, work_once
from lms.kernel.refusals import Conflict, Denied, Invalid
from lms.learning.models import CourseCompletion
from lms.learning.service import confirm_certificate_details
from lms.runs.models import Run
from lms.runs.queries import run_by_slug
from lms.runs.rules import RunStage
from lms.runs.service import withdraw_participant
from lms.settings import Settings
from tests.facilitation.ending import ALL, handlers, make_leader, open_run, take_part, work_off
from tests.factories import RUN
from tests.people import make_person


def test_the_final_list_says_what_closing_would_come_to(db: Session, tmp_path: Path, now: datetime) -> None:
    run = open_run(db, tmp_path, now)
    take_part(db, run, "ada", now, ALL)
    take_part(db, run, "bo", now, ("what", "final"), named=False)
    take_part(db, run, "chi", now)
    found = queries.final_list(db, run, "en")
    assert [(line.participant.name.split()[0], line.outcome) for line in found.lines] == [
        ("Ada", Outcome.COMPLETION),
        ("Bo", Outcome.PARTICIPATION),
        ("Chi", Outcome.NONE),
    ]
    assert [line.missing for line in found.lines] == [
        [],
        ["1 lesson", "the evaluation"],
        ["2 lessons", "the quiz “Final quiz”", "the evaluation"],
    ]
    assert (found.counts, found.unconfirmed, found.unnamed) == (
        {"completion": 1, "participation": 1, "none": 1},
        0,
        1,
    )


def test_an_outcome_against_the_rule_takes_two_people(db: Session, tmp_path: Path, now: datetime) -> None:
    run = open_run(db, tmp_path, now)
    gala, hugo, eve = make_leader(db, "gala", now), make_leader(db, "hugo", now), make_person(db, "eve")
    chi = take_part(db, run, "chi", now)
    hers = take_part(db, run, "hana", now, grants=list(make_leader(db, "nobody", now).grants))
    db.flush()
    with pytest.raises(Denied, match="Only coordinators"):
        service.propose_outcome(db, eve, run, chi, Outcome.COMPLETION, reason="Kind", now=now)
    with pytest.raises(Denied, match="Somebody else"):
        service.propose_outcome(db, hers.person, run, hers, Outcome.COMPLETION, reason="Mine", now=now)
    with pytest.raises(Invalid):
        service.propose_outcome(db, gala, run, chi, Outcome.COMPLETION, reason="  ", now=now)
    override = service.propose_outcome(db, gala, run, chi, Outcome.COMPLETION, reason="Ill in week two", now=now)
    with pytest.raises(Conflict, match="Another outcome"):
        service.propose_outcome(db, hugo, run, chi, Outcome.PARTICIPATION, reason="Less", now=now)
    assert queries.line_of(db, run, chi, "en").outcome is Outcome.NONE, "nothing holds before it is confirmed"
    with pytest.raises(Denied, match="second person"):
        service.decide_outcome(db, gala, run, chi, override, OverrideState.CONFIRMED, now)
    with pytest.raises(Conflict, match="waits for a second person"):
        service.close_run(db, gala, run, now)
    service.decide_outcome(db, hugo, run, chi, override, OverrideState.CONFIRMED, now)
    line = queries.line_of(db, run, chi, "en")
    assert (line.outcome, line.by_rule) == (Outcome.COMPLETION, Outcome.NONE)
    with pytest.raises(Conflict, match="decided in the meantime"):
        service.decide_outcome(db, hugo, run, chi, override, OverrideState.DECLINED, now)
    service.decide_outcome(db, gala, run, chi, override, OverrideState.WITHDRAWN, now)
    assert queries.line_of(db, run, chi, "en").outcome is Outcome.NONE
    again = service.propose_outcome(db, gala, run, chi, Outcome.PARTICIPATION, reason="After all", now=now)
    service.decide_outcome(db, hugo, run, chi, again, OverrideState.DECLINED, now)
    said = db.scalars(select(AuditEntry.after).where(AuditEntry.action == "decide_outcome")).all()
    assert [each["decision"] for each in said if each] == ["confirmed", "withdrawn", "declined"]


def test_the_database_itself_wants_a_second_person(db: Session, tmp_path: Path, now: datetime) -> None:
    run = open_run(db, tmp_path, now)
    gala, chi = make_leader(db, "gala", now), take_part(db, run, "chi", now)
    db.flush()
    override = service.propose_outcome(db, gala, run, chi, Outcome.COMPLETION, reason="Kind", now=now)
    for values in (
        {"state": "confirmed", "decided_by_id": gala.id, "decided_at": now},
        {"state": "confirmed"},
        {"decided_by_id": make_leader(db, "hugo", now).id},
    ):
        db.flush()
        with pytest.raises(IntegrityError), db.begin_nested():
            db.execute(update(OutcomeOverride).where(OutcomeOverride.id == override.id).values(**values))
    same = {"enrolment_id": chi.id, "reason": "Twice", "proposed_by_id": gala.id, "proposed_at": now}
    db.add(OutcomeOverride(outcome=Outcome.NONE, **same))
    with pytest.raises(IntegrityError):
        db.flush()


def test_closing_gives_everybody_what_they_earned_once(
    db: Session, database: Database, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    run = open_run(db, tmp_path, now)
    run.stage = RunStage.RUNNING
    gala, hugo = make_leader(db, "gala", now), make_leader(db, "hugo", now)
    ada = take_part(db, run, "ada", now, ALL)
    bo = take_part(db, run, "bo", now, ALL, named=False)
    chi, dan = take_part(db, run, "chi", now, ["what"]), take_part(db, run, "dan", now)
    fay, gone = take_part(db, run, "fay", now), take_part(db, run, "gone", now, ALL)
    withdraw_participant(db, gala, run, gone, reason="Left the ministry", now=now)
    override = service.propose_outcome(db, gala, run, fay, Outcome.PARTICIPATION, reason="Power cuts", now=now)
    service.decide_outcome(db, hugo, run, fay, override, OverrideState.CONFIRMED, now)
    with pytest.raises(Denied):
        service.close_run(db, ada.person, run, now)
    assert service.close_run(db, gala, run, now)
    assert not service.close_run(db, hugo, run, now), "a second press does nothing"
    with pytest.raises(Conflict, match="settled"):
        service.propose_outcome(db, gala, run, dan, Outcome.COMPLETION, reason="Late", now=now)
    finish(db, consequences.within(settings), now)
    assert (run.stage, run.closed_at) == (RunStage.CLOSED, now)
    before = queries.closed_list(db, run)
    assert before
    assert (before.progress.settled, before.progress.over) == (0, False)
    db.commit()

    work_off(database, settings, now)
    outcomes = dict(db.execute(select(FinalOutcome.enrolment_id, FinalOutcome.outcome)).all())
    assert outcomes == {
        ada.id: "completion", bo.id: "completion", chi.id: "participation", dan.id: "none", fay.id: "participation",
    }  # fmt: skip
    assert set(db.execute(select(CourseCompletion.enrolment_id, CourseCompletion.kind)).all()) == {
        (ada.id, "completion"), (bo.id, "completion"), (chi.id, "participation"), (fay.id, "participation"),
    }  # fmt: skip
    held = {(ada.id, "completion"), (chi.id, "participation"), (fay.id, "participation")}
    assert set(db.execute(select(Certificate.enrolment_id, Certificate.kind)).all()) == held
    asked = db.scalars(select(OutboxJob.key).where(OutboxJob.key.like("mail:run.settle:%"))).all()
    assert asked == [f"mail:run.settle:{bo.public_id}"], "Bo is told that his certificate waits for his name"
    after = queries.closed_list(db, run)
    assert after
    assert after.progress.over
    assert (after.progress.certificates, after.progress.unnamed, after.progress.printed) == (3, 1, 0)
    db.commit()
    confirm_certificate_details(db, bo.person, bo, name="Bo Lindqvist", local_name=None, language="en", now=now)
    finish(db, consequences.within(settings), now)
    assert db.scalars(select(Certificate.kind).where(Certificate.enrolment_id == bo.id)).all() == ["completion"]


class Killed(BaseException):
    """As the kernel ends a process: nothing that catches errors sees it."""


def closed_run(db: Session, settings: Settings, folder: Path, now: datetime, people: int) -> Run:
    run, gala = open_run(db, folder, now), make_leader(db, "gala", now)
    for number in range(people):
        take_part(db, run, f"person{number}", now, ALL)
    service.close_run(db, gala, run, now)
    finish(db, consequences.within(settings), now)
    return run


def dying(settings: Settings, *, after: int) -> Any:
    """The consequences, in a process that dies when it has issued so many certificates, the last not committed yet."""
    left = [after]

    def die(_db: Session, **_facts: object) -> None:
        left[0] -= 1
        if not left[0]:
            raise Killed

    within = dict(consequences.within(settings))
    return within | {"course.completed": [*within["course.completed"], die]}


def settle_carelessly(database: Database, settings: Settings, run_id: int, within: Any, clock: Any) -> None:
    """The mutant: says that somebody is settled before their certificate is kept."""
    with database.session(write=False) as db:
        query = select(FinalOutcome.enrolment_id).where(
            FinalOutcome.run_id == run_id, FinalOutcome.settled_at.is_(None)
        )
        waiting = db.scalars(query.order_by(FinalOutcome.enrolment_id)).all()
    for enrolment in waiting:
        with database.session(write=True) as db:
            one = update(FinalOutcome).where(FinalOutcome.enrolment_id == enrolment)
            db.execute(one.values(settled_at=clock()))
            db.commit()
        with database.session(write=True) as db:
            db.execute(update(FinalOutcome).where(FinalOutcome.enrolment_id == enrolment).values(settled_at=None))
            service.settle_outcome(db, settings, enrolment, clock())
            finish(db, within, clock())


@pytest.mark.parametrize(("settle", "lost"), [(service.settle_outcomes, 0), (settle_carelessly, 3)])
def test_killed_in_the_middle_and_begun_again_nobody_is_left_out(
    db: Session, database: Database, settings: Settings, tmp_path: Path, now: datetime, settle: Any, lost: int
) -> None:
    run = closed_run(db, settings, tmp_path, now, people=7)
    for _ in range(3):
        with pytest.raises(Killed):
            settle(database, settings, run.id, dying(settings, after=2), lambda: now)
    settle(database, settings, run.id, consequences.within(settings), lambda: now)
    settle(database, settings, run.id, consequences.within(settings), lambda: now)
    held = db.scalars(select(Certificate.enrolment_id)).all()
    assert len(held) == len(set(held)), "nobody has two"
    assert 7 - len(held) == lost


def test_one_who_cannot_be_settled_does_not_keep_the_others_waiting(
    db: Session, database: Database, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    run = closed_run(db, settings, tmp_path, now, people=3)
    first = db.scalars(select(FinalOutcome.enrolment_id).order_by(FinalOutcome.enrolment_id)).first()
    db.commit()
    well = dict(consequences.within(settings))

    def stumble(_db: Session, *, completion: CourseCompletion, **_facts: object) -> None:
        if completion.enrolment_id == first:
            raise ValueError("a name that cannot be printed")

    with pytest.raises(RuntimeError, match="1 outcomes"):
        service.settle_outcomes(
            database, settings, run.id, well | {"course.completed": [stumble, *well["course.completed"]]}, lambda: now
        )
    assert db.scalar(select(func.count()).select_from(Certificate)) == 2
    db.commit()
    service.settle_outcomes(database, settings, run.id, well, lambda: now)
    assert db.scalar(select(func.count()).select_from(Certificate)) == 3


def test_the_job_goes_on_where_its_worker_was_killed(
    db: Session, database: Database, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    closed_run(db, settings, tmp_path, now, people=4)
    work = handlers(settings, database, now)

    def die(payload: dict[str, Any]) -> None:
        service.settle_outcomes(database, settings, payload["run"], dying(settings, after=3), lambda: now)

    with pytest.raises(Killed):
        work_once(database, work | {"run.settle": die}, lambda: now)
    assert not work_once(database, {"run.settle": work["run.settle"]}, lambda: now - timedelta(seconds=1)), (
        "the dead worker's lease still holds"
    )
    later = now + LEASE + timedelta(seconds=1)
    while work_once(database, work, lambda: later):
        pass
    assert db.scalar(select(func.count()).select_from(Certificate)) == 4
    assert db.scalars(select(OutboxJob.tries).where(OutboxJob.topic == "run.settle")).one() == 2


def test_of_many_who_press_at_once_one_closes(
    db: Session, database: Database, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    run, gala = open_run(db, tmp_path, now), make_leader(db, "gala", now)
    for number in range(5):
        take_part(db, run, f"person{number}", now, ALL)
    run_id, gala_id = run.id, gala.id
    db.commit()
    start, said = threading.Barrier(6), []

    def press() -> None:
        with database.session(write=True) as mine:
            start.wait(timeout=10)
            leader = mine.scalars(select(Person).options(joinedload(Person.grants)).where(Person.id == gala_id))
            said.append(service.close_run(mine, leader.unique().one(), run_by_slug(mine, RUN), now))
            finish(mine, consequences.within(settings), now)

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [False] * 5 + [True]
    assert db.scalars(select(RunClosing.run_id)).all() == [run_id]
    assert db.scalar(select(func.count()).select_from(FinalOutcome)) == 5
    db.commit()
    work_off(database, settings, now)
    assert db.scalar(select(func.count()).select_from(Certificate)) == 5


def test_of_a_deleted_account_no_words_are_left(db: Session, settings: Settings, tmp_path: Path, now: datetime) -> None:
    run, gala = open_run(db, tmp_path, now), make_leader(db, "gala", now)
    chi = take_part(db, run, "chi", now)
    service.propose_outcome(db, gala, run, chi, Outcome.COMPLETION, reason="Ill in week two", now=now)
    told = service.personal_data(db, chi.person)
    assert told["outcomes"] == []
    [override] = told["outcome_overrides"]  # type: ignore[misc]
    assert (override["run"], override["outcome"], override["reason"]) == (RUN, "completion", "Ill in week two")
    service.forget_person(db, chi.person)
    db.expire_all()
    assert db.scalars(select(OutcomeOverride.reason)).one() is None
