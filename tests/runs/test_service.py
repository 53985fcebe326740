"""A run is planned, changed, copied and moved on; people come in, get more time and leave."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import Role
from lms.assessment.service import start_attempt
from lms.catalog.models import Course
from lms.kernel.db import Database
from lms.kernel.models import AuditEntry
from lms.kernel.refusals import Conflict, Denied, Invalid, NotFound
from lms.learning.models import CourseCompletion
from lms.learning.service import complete_activity
from lms.runs import queries, service
from lms.runs.models import Run
from lms.runs.policy import may_open, may_work, opens_at
from lms.runs.rules import RunStage, Track, Visibility, start_of_day
from tests.factories import RUN, SLUG, make_enrolment, make_participant, open_cohort_run, run_details
from tests.people import make_person


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session(write=True) as db:
        yield db


def coordinator(db: Session, now: datetime, scope: str = f"course:{SLUG}", key: str = "gala") -> Person:
    return make_person(db, key, grants=[RoleGrant(role=Role.COORDINATOR, scope=scope, valid_from=now)])


def test_a_run_is_planned_and_changed(db: Session, tmp_path: Path, now: datetime) -> None:
    open_cohort_run(db, tmp_path, now)
    gala, eve = coordinator(db, now), make_person(db, "eve")
    db.flush()
    course = db.scalars(select(Course)).one()
    with pytest.raises(Denied):
        service.open_run(db, eve, course, "mine", run_details(), now)
    with pytest.raises(Invalid, match="Another run or course"):
        service.open_run(db, gala, course, RUN, run_details(), now)
    with pytest.raises(Invalid, match="Another run or course"):
        service.open_run(db, gala, course, SLUG, run_details(), now)
    run = service.open_run(db, gala, course, "cash-spring", run_details(seats=2), now)
    assert (run.stage, run.starts_on, run.ends_on, run.grace_until) == (
        RunStage.PLANNED,
        date(2026, 11, 2),
        date(2026, 11, 15),
        date(2026, 11, 22),
    )
    assert run.openings == {"start": "2026-11-02", "reach": "2026-11-09"}
    service.set_openings(db, gala, run, run.version, {"start": date(2026, 11, 2), "reach": date(2026, 11, 11)}, now)
    seen = run.version
    service.change_run(db, gala, run, seen, run_details(starts_on=date(2026, 11, 3), seats=5), now)
    assert run.openings == {"start": "2026-11-03", "reach": "2026-11-12"}, "the openings move with the first day"
    with pytest.raises(Conflict, match="Somebody else changed"):
        service.change_run(db, gala, run, seen, run_details(), now)
    with pytest.raises(Denied):
        service.change_run(db, eve, run, run.version, run_details(), now)
    with pytest.raises(Invalid, match="while the run takes place"):
        service.set_openings(db, gala, run, run.version, {"reach": date(2027, 1, 1)}, now)
    with pytest.raises(Invalid, match="while the run takes place"):
        service.set_openings(db, gala, run, run.version, {"nowhere": date(2026, 11, 4)}, now)
    told = db.scalars(select(AuditEntry.action).where(AuditEntry.thing == "run:cash-spring")).all()
    assert told == ["open_run", "set_openings", "change_run"]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("title", {"title": " "}),
        ("time_zone", {"time_zone": "Mars/Olympus"}),
        ("languages", {"languages": ()}),
        ("languages", {"languages": ("xx",)}),
        ("apply_until", {"apply_until": None}),
        ("apply_until", {"apply_from": date(2026, 10, 2)}),
        ("apply_until", {"apply_until": date(2027, 10, 2)}),
    ],
)
def test_a_plan_that_does_not_hold_together(
    db: Session, tmp_path: Path, now: datetime, field: str, change: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as wrong:
        open_cohort_run(db, tmp_path, now, **change)
    assert list(wrong.value.fields) == [field]


def test_a_run_moves_through_its_life_one_step_at_a_time(db: Session, tmp_path: Path, now: datetime) -> None:
    run = open_cohort_run(db, tmp_path, now)
    gala = coordinator(db, now, f"run:{RUN}")
    db.flush()
    with pytest.raises(Conflict):
        service.move_run(db, gala, run, RunStage.RUNNING, now)
    for stage in (RunStage.APPLICATIONS_OPEN, RunStage.SELECTING, RunStage.RUNNING, RunStage.GRACE):
        service.move_run(db, gala, run, stage, now)
        assert run.stage == stage
    with pytest.raises(Conflict, match="closing page"):
        service.move_run(db, gala, run, RunStage.CLOSED, now)
    service.close_run(db, gala, run, now)
    assert run.closed_at == now
    with pytest.raises(Conflict):
        service.move_run(db, gala, run, RunStage.RUNNING, now)


def test_a_copy_has_every_date_moved(db: Session, tmp_path: Path, now: datetime) -> None:
    run = open_cohort_run(db, tmp_path, now, seats=20, early_days=2)
    gala = coordinator(db, now)
    db.flush()
    make_participant(db, run, make_person(db, "ada"), now)
    copy = service.clone_run(db, gala, run, slug="cash-2027", title="2027", starts_on=date(2027, 3, 1), now=now)
    days = (date(2027, 3, 1) - date(2026, 11, 2)).days
    for name in ("starts_on", "ends_on", "grace_until", "apply_from", "apply_until"):
        assert (getattr(copy, name) - getattr(run, name)).days == days, name
    assert copy.openings == {"start": "2027-03-01", "reach": "2027-03-08"}
    assert (copy.seats, copy.taken, copy.early_days, copy.stage, copy.provisional) == (20, 0, 2, RunStage.PLANNED, True)
    assert queries.participants(db, copy) == []


def test_seats_are_held_one_by_one_and_never_more(db: Session, tmp_path: Path, now: datetime) -> None:
    run = open_cohort_run(db, tmp_path, now, seats=2)
    gala = coordinator(db, now)
    ada, bo, chi = (make_person(db, key) for key in ("ada", "bo", "chi"))
    db.flush()
    enrolment = make_participant(db, run, ada, now)
    make_participant(db, run, bo, now)
    assert not service.take_seat(db, run)
    with pytest.raises(Conflict, match="in the run already"):
        service.enrol_participant(db, None, ada, run, Track.OPEN, "en", now)
    with pytest.raises(Invalid, match="places are taken"):
        service.change_run(db, gala, run, run.version, run_details(seats=1), now)
    with pytest.raises(Invalid, match="Say why"):
        service.withdraw_participant(db, gala, run, enrolment, reason=" ", now=now)
    with pytest.raises(Denied):
        service.withdraw_participant(db, chi, run, enrolment, reason="I want it", now=now)
    service.withdraw_participant(db, ada, run, enrolment, reason="", now=now)
    with pytest.raises(Conflict):
        service.withdraw_participant(db, ada, run, enrolment, reason="", now=now)
    assert run.taken == 1
    assert queries.find_place(db, ada, RUN, "en") is None
    assert service.take_seat(db, run)
    again = service.enrol_participant(db, gala, ada, run, Track.INVITED, "en", now)
    assert again.id == enrolment.id
    with pytest.raises(IntegrityError), db.begin_nested():
        db.execute(Run.__table__.update().where(Run.id == run.id).values(taken=3))  # type: ignore[attr-defined]


def test_modules_open_on_their_day_in_the_zone_of_the_run(db: Session, tmp_path: Path, now: datetime) -> None:
    run = open_cohort_run(db, tmp_path, now, early_days=2)
    opening = start_of_day(date(2026, 11, 7), "Africa/Nairobi")
    assert opens_at(run, "reach") == opening
    assert not may_open(run, "reach", opening - timedelta(seconds=1))
    assert may_open(run, "reach", opening)
    ada = make_person(db, "ada")
    make_participant(db, run, ada, now)
    place = queries.place(db, ada, RUN, "en")
    with pytest.raises(Denied, match="opens on November 7"):
        start_attempt(db, ada, place, "final", opening - timedelta(seconds=1))
    attempt = start_attempt(db, ada, place, "final", opening)
    assert attempt.expires_at == start_of_day(date(2026, 11, 23), "Africa/Nairobi"), "the run's last day ends it"


def test_more_time_for_one(db: Session, tmp_path: Path, now: datetime) -> None:
    run = open_cohort_run(db, tmp_path, now)
    gala, ada, bo = coordinator(db, now), make_person(db, "ada"), make_person(db, "bo")
    db.flush()
    enrolment = make_participant(db, run, ada, now)
    place = queries.place(db, ada, RUN, "en")
    over = start_of_day(date(2026, 11, 23), "Africa/Nairobi")
    assert queries.may_work_here(db, place, over - timedelta(seconds=1))
    assert not queries.may_work_here(db, place, over)
    with pytest.raises(Denied):
        service.give_extension(db, bo, run, enrolment, until=date(2026, 11, 30), reason="ill", now=now)
    with pytest.raises(Invalid) as wrong:
        service.give_extension(db, gala, run, enrolment, until=date(2026, 1, 1), reason="", now=now)
    assert set(wrong.value.fields) == {"until", "reason"}
    service.give_extension(db, gala, run, enrolment, until=date(2026, 11, 30), reason="ill", now=now)
    assert queries.may_work_here(db, place, over)
    assert queries.works_until(db, place) == start_of_day(date(2026, 12, 1), "Africa/Nairobi")
    service.move_run(db, gala, run, RunStage.APPLICATIONS_OPEN, now)
    for stage in (RunStage.SELECTING, RunStage.RUNNING, RunStage.GRACE):
        service.move_run(db, gala, run, stage, now)
    service.close_run(db, gala, run, now)
    assert not may_work(run, date(2027, 1, 1), now), "a closed run is closed for everybody"
    with pytest.raises(Conflict):
        service.give_extension(db, gala, run, enrolment, until=date(2026, 12, 30), reason="ill", now=now)


def test_nothing_is_completed_before_a_dated_run_is_closed(db: Session, tmp_path: Path, now: datetime) -> None:
    run = open_cohort_run(db, tmp_path, now)
    ada = make_person(db, "ada")
    enrolment = make_participant(db, run, ada, now)
    for key in ("what", "check", "how", "final", "view"):
        complete_activity(db, ada, enrolment, key, "en", now)
    assert db.scalars(select(CourseCompletion)).all() == []


def test_who_finds_a_run(db: Session, tmp_path: Path, now: datetime) -> None:
    run = open_cohort_run(db, tmp_path, now, visibility=Visibility.CLOSED)
    gala, ada, eve = coordinator(db, now, f"run:{RUN}"), make_person(db, "ada"), make_person(db, "eve")
    elsewhere = coordinator(db, now, "run:another", "hugo")
    db.flush()
    make_participant(db, run, ada, now)
    for person in (None, eve, elsewhere):
        with pytest.raises(NotFound):
            queries.visible_run(db, person, RUN, now)
    assert queries.visible_run(db, ada, RUN, now) is run
    assert queries.run_to_lead(db, gala, RUN, now) is run
    with pytest.raises(Denied):
        queries.run_to_teach(db, ada, RUN, now)
    for person in (eve, elsewhere):
        with pytest.raises(NotFound):
            queries.run_to_teach(db, person, RUN, now)
    assert queries.public_runs(db, "en") == []
    gala.grants[0].valid_until = now + timedelta(hours=1)
    with pytest.raises(NotFound):
        queries.run_to_teach(db, gala, RUN, now + timedelta(hours=1))


def test_an_instructor_led_course_is_joined_through_its_runs_alone(db: Session, tmp_path: Path, now: datetime) -> None:
    open_cohort_run(db, tmp_path, now)
    with pytest.raises(Denied, match="dated runs"):
        make_enrolment(db, make_person(db, "ada"), now)
