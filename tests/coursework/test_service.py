"""From a draft to a released grade, and every way in which that is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from lms import consequences
from lms.accounts.models import Person
from lms.accounts.rules import Role
from lms.coursework import service
from lms.coursework.models import Grade, GradeRelease, Submission, Work
from lms.coursework.queries import (
    Handed,
    MyWork,
    my_work,
    review_counts,
    review_here,
    reviews_by,
    works_of_run,
)
from lms.coursework.rules import Outcome, WorkState
from lms.coursework.service import Seen
from lms.kernel.events import finish
from lms.kernel.refusals import Conflict, Denied, Invalid, NotFound
from lms.learning.queries import done_activities
from lms.runs.models import Run
from lms.runs.rules import RunStage
from lms.runs.service import give_extension
from lms.settings import Settings
from tests.coursework.handing_in import (
    BEST,
    IN_TIME,
    WORST,
    Desk,
    letters_to,
    make_marker,
    make_participants,
    open_run,
    place_of,
    written,
)


@pytest.fixture
def run(db: Session, tmp_path: Path, now: datetime) -> Run:
    return open_run(db, tmp_path, now)


@pytest.fixture
def desk(db: Session, settings: Settings, run: Run) -> Desk:
    return Desk(db, settings, run)


@pytest.fixture
def ada(db: Session, run: Run, now: datetime) -> Person:
    return make_participants(db, run, now, "ada", language="ar")[0]


@pytest.fixture
def bo(db: Session, run: Run, now: datetime) -> Person:
    return make_marker(db, "bo", now)


def mine(db: Session, person: Person, now: datetime) -> MyWork:
    found = my_work(db, place_of(db, person), "gap", now)
    assert found
    return found


def latest(db: Session, person: Person, now: datetime) -> Handed:
    return mine(db, person, now).handed[0]


def test_from_a_draft_to_a_released_grade(
    db: Session, settings: Settings, desk: Desk, ada: Person, bo: Person, now: datetime
) -> None:
    desk.save(ada, written("Payments"), now)
    assert (mine(db, ada, now).text, mine(db, ada, now).handed) == ("Payments", [])
    assert works_of_run(db, desk.run) == [], "a draft is nobody else's"
    work = desk.hand_in(ada, now, written("Payments arrive late.", 1))
    with pytest.raises(Conflict, match="waits to be marked"):
        desk.save(ada, written("Changed", 2), now)
    assert [(line.name, line.state, line.late) for line in works_of_run(db, desk.run)] == [
        ("Ada Okafor", WorkState.HANDED_IN, False)
    ]
    desk.grade(bo, work, now, BEST, feedback="Clear and short.")
    finish(db, consequences.within(settings), now)
    assert (work.state, work.marker_id) == (WorkState.GRADED, bo.id)
    assert latest(db, ada, now).marks == [], "not before the release"
    assert done_activities(db, place_of(db, ada).enrolment) == set()
    assert letters_to(db, ada) == []

    assert desk.release(bo, now) == 1
    finish(db, consequences.within(settings), now)
    [mark] = latest(db, ada, now).marks
    assert (mark.points, mark.most_points, mark.passed, mark.feedback) == (6, 6, True, "Clear and short.")
    assert [level.points for _title, level in mark.chosen] == [4, 2]
    assert done_activities(db, place_of(db, ada).enrolment) == {"gap"}
    assert [language for _subject, language in letters_to(db, ada)] == ["ar"]
    assert desk.release(bo, now) == 0, "nothing waits any more"
    with pytest.raises(Conflict, match="passed"):
        desk.save(ada, written("More", 2), now)


def test_who_does_not_pass_may_hand_in_again_as_often_as_the_course_says(
    db: Session, settings: Settings, desk: Desk, ada: Person, bo: Person, now: datetime
) -> None:
    desk.hand_in(ada, now)
    for number in (1, 2):  # the course gives two more
        desk.grade(bo, desk.work(ada), now, WORST)
        desk.release(bo, now)
        assert not mine(db, ada, now).refused
        assert mine(db, ada, now).left == 3 - number
        desk.hand_in(ada, now, written(f"Again {number}", number))
    work = desk.grade(bo, desk.work(ada), now, WORST) and desk.work(ada)
    desk.release(bo, now)
    finish(db, consequences.within(settings), now)
    assert done_activities(db, place_of(db, ada).enrolment) == set()
    assert "as often as" in str(mine(db, ada, now).refused)
    with pytest.raises(Conflict, match="as often as"):
        desk.hand_in(ada, now, written("Once more", 3))
    assert [each.number for each in mine(db, ada, now).handed] == [3, 2, 1]
    assert (work.submissions, work.grades) == (3, 3)


def test_please_revise_is_told_at_once(db: Session, desk: Desk, ada: Person, bo: Person, now: datetime) -> None:
    work = desk.hand_in(ada, now)
    with pytest.raises(Invalid, match="Say what"):
        desk.grade(bo, work, now, outcome=Outcome.REVISE, feedback=" ")
    desk.revise(bo, work, now)
    [mark] = latest(db, ada, now).marks
    assert (mark.outcome, mark.points, mark.feedback) == (Outcome.REVISE, None, "Where are the figures?")
    assert mine(db, ada, now).asked_to_revise
    assert [language for _subject, language in letters_to(db, ada)] == ["ar"]
    with pytest.raises(Denied, match="still working"):
        desk.grade(bo, work, now)
    assert mine(db, ada, now).text == "Payments arrive late.", "one goes on from what was handed in"
    work = desk.hand_in(ada, now + timedelta(days=5), written("40 of 100 arrive late.", 1))
    assert not latest(db, ada, now).late, "who was in time at first is not late"
    assert desk.grade(bo, work, now).passed
    work.submissions = 3
    with pytest.raises(Denied, match="only be graded"):
        desk.revise(bo, work, now)


def test_late_is_counted_in_the_zone_of_the_run_and_by_ones_own_extension(
    db: Session, desk: Desk, now: datetime, bo: Person
) -> None:
    ada, px, zed = make_participants(db, desk.run, now, "ada", "px", "zed", time_zone="Asia/Manila")
    # It began on Tuesday the 17th; the week ends with Monday the 23rd, and midnight in Nairobi is 21:00 UTC.
    due = datetime(2026, 11, 23, 21, tzinfo=UTC)
    assert mine(db, ada, now).due_at == due
    give_extension(
        db, bo, desk.run, place_of(db, zed).enrolment, until=due.date() + timedelta(days=2), reason="Ill", now=now
    )
    late = {}
    for person, moment in ((ada, due - timedelta(seconds=1)), (px, due), (zed, due)):
        desk.hand_in(person, moment)
        late[person.email] = latest(db, person, now).late
    assert late == {"ada@example.org": False, "px@example.org": True, "zed@example.org": False}
    assert mine(db, zed, now).due_at == due + timedelta(days=2)


def test_the_coordinator_sets_another_day(db: Session, desk: Desk, ada: Person, bo: Person, now: datetime) -> None:
    lea = make_marker(db, "lea", now, Role.COORDINATOR)
    opens = now.date() - timedelta(days=3)
    with pytest.raises(Denied):
        service.set_coursework_plan(db, bo, desk.run, 0, {}, [], now)
    for wrong in (opens - timedelta(days=1), opens + timedelta(days=90)):
        with pytest.raises(Invalid):
            service.set_coursework_plan(db, lea, desk.run, 0, {"gap": wrong}, [], now)
    service.set_coursework_plan(db, lea, desk.run, 0, {"gap": opens + timedelta(days=9)}, ["gap", "none"], now)
    assert mine(db, ada, now).last_day == opens + timedelta(days=9)
    with pytest.raises(Conflict):
        service.set_coursework_plan(db, lea, desk.run, 0, {}, [], now)
    service.set_coursework_plan(db, lea, desk.run, 1, {"gap": None}, [], now)
    assert mine(db, ada, now).last_day == opens + timedelta(days=6)


def test_what_is_refused(db: Session, desk: Desk, ada: Person, bo: Person, now: datetime) -> None:
    with pytest.raises(Invalid, match="nothing to hand in"):
        desk.hand_in(ada, now, written("  "))
    with pytest.raises(Conflict, match="saved on another page"):
        desk.save(ada, written("Other page", 0), now)
    work = desk.hand_in(ada, now, written("Mine", 1))
    eve, zed = make_marker(db, "eve", now, run="another-run"), make_marker(db, "zed", now)
    with pytest.raises(Denied):
        desk.grade(eve, work, now)
    for levels in ({"problem": 1}, {"problem": 3, "proposal": 0}, {"problem": -1, "proposal": 0}):
        with pytest.raises(Invalid, match="level for each"):
            desk.grade(bo, work, now, levels)
    desk.grade(bo, work, now)
    with pytest.raises(Denied, match="Take it over"):
        desk.grade(zed, work, now)
    with pytest.raises(Conflict, match="in the meantime"):
        desk.grade(zed, work, now, seen=Seen(1, 0))
    with pytest.raises(Denied):
        desk.release(eve, now)
    desk.run.stage, desk.run.closed_at = RunStage.CLOSED, now
    with pytest.raises(Conflict, match="closed"):
        desk.release(bo, now)
    with pytest.raises(Denied, match="closed"):
        desk.grade(bo, work, now)


def test_work_is_handed_over(db: Session, desk: Desk, ada: Person, bo: Person, now: datetime) -> None:
    chi, eve = make_marker(db, "chi", now), make_marker(db, "eve", now, run="another-run")
    work = desk.hand_in(ada, now)

    def marker() -> list[str | None]:
        return [line.marker for line in works_of_run(db, desk.run)]

    service.hand_over(db, bo, desk.run, [work], chi.public_id, now)
    assert marker() == ["Chi Haddad"]
    with pytest.raises(Denied, match="Take it over"):
        desk.grade(bo, work, now)
    for to in (eve.public_id, ada.public_id, "none"):
        with pytest.raises(Invalid, match="teaches in this run"):
            service.hand_over(db, bo, desk.run, [work], to, now)
    with pytest.raises(Invalid, match="Tick"):
        service.hand_over(db, bo, desk.run, [], chi.public_id, now)
    with pytest.raises(Denied):
        service.hand_over(db, eve, desk.run, [work], eve.public_id, now)
    service.hand_over(db, chi, desk.run, [work], None, now)
    assert marker() == [None]
    assert desk.grade(bo, work, now).passed


def test_a_grade_is_corrected_by_another_and_none_is_ever_changed(
    db: Session, settings: Settings, desk: Desk, ada: Person, bo: Person, now: datetime
) -> None:
    work = desk.hand_in(ada, now)
    desk.grade(bo, work, now, WORST)
    desk.grade(bo, work, now, BEST, feedback="I had missed the second page.")
    desk.release(bo, now)
    assert [mark.points for mark in latest(db, ada, now).marks] == [6], "the latest of them is released"
    desk.grade(bo, work, now, WORST)
    assert [mark.points for mark in latest(db, ada, now).marks] == [6], "a correction waits for its release"
    desk.release(bo, now)
    finish(db, consequences.within(settings), now)
    assert [mark.points for mark in latest(db, ada, now).marks] == [2, 6]
    assert done_activities(db, place_of(db, ada).enrolment) == {"gap"}, "what was passed stays passed"
    assert list(db.scalars(select(Grade.points).order_by(Grade.number))) == [2, 6, 2]
    for statement in (update(Grade).values(points=0), delete(Grade), delete(GradeRelease)):
        with pytest.raises(DBAPIError, match="append-only"), db.begin_nested():
            db.execute(statement)
    with pytest.raises(DBAPIError), db.begin_nested():
        db.execute(text("UPDATE work SET state = 'draft'"))


def test_grades_are_released_together_and_not_for_who_has_left(
    db: Session, desk: Desk, bo: Person, now: datetime
) -> None:
    people = make_participants(db, desk.run, now, "ada", "px", "kai", "zed")
    for person in people:
        desk.hand_in(person, now)
    for person in people[:3]:
        desk.grade(bo, desk.work(person), now)
    place_of(db, people[0]).enrolment.withdrawn_at = now
    db.flush()
    assert desk.release(bo, now) == 2
    assert [len(letters_to(db, person)) for person in people] == [0, 1, 1, 0]


def test_what_a_deleted_account_leaves(
    db: Session, desk: Desk, ada: Person, bo: Person, now: datetime, settings: Settings
) -> None:
    work = desk.hand_in(ada, now)
    desk.grade(bo, work, now)
    [told] = service.personal_data(db, ada)["assignments"]  # type: ignore[misc]
    assert told["handed_in"][0]["text"] == "Payments arrive late."
    assert told["marks"] == [], "not released yet"
    desk.release(bo, now)
    [told] = service.personal_data(db, ada)["assignments"]  # type: ignore[misc]
    assert [(each["points"], each["feedback"]) for each in told["marks"]] == [(6, "Good.")]
    service.forget_person(db, ada)
    db.expire_all()
    assert db.scalars(select(Submission.text)).all() == [""]
    assert db.scalars(select(Grade.points)).all() == [6]
    assert [mark.feedback for mark in latest(db, ada, now).marks] == [""]


def test_participants_review_each_other(db: Session, settings: Settings, tmp_path: Path, now: datetime) -> None:
    run = open_run(db, tmp_path, now, f"peer_reviews: 2\n{IN_TIME}")
    desk, lea = Desk(db, settings, run), make_marker(db, "lea", now)
    people, eve = make_participants(db, run, now, "ada", "px", "kai", "zed"), make_marker(db, "eve", now, run="another")
    desk.hand_in(people[0], now)
    with pytest.raises(Conflict, match="at least two"):
        service.allocate_reviews(db, lea, run, "gap", now)
    for person in people[1:3]:
        desk.hand_in(person, now)
    with pytest.raises(Denied):
        service.allocate_reviews(db, eve, run, "gap", now)
    assert service.allocate_reviews(db, lea, run, "gap", now) == 6
    assert service.allocate_reviews(db, lea, run, "gap", now) == 0, "pressed twice"
    desk.hand_in(people[3], now)
    assert service.allocate_reviews(db, lea, run, "gap", now) == 2, "who hands in late reviews two as well"

    ada, place = people[0], place_of(db, people[0])
    [line, other] = reviews_by(db, place.enrolment, "gap")
    with pytest.raises(NotFound):
        review_here(db, place_of(db, people[1]), "gap", line.public_id)
    review, submission = review_here(db, place, "gap", line.public_id)
    for levels, feedback in ((WORST, " "), ({"problem": 1}, "Clear.")):
        with pytest.raises(Invalid):
            service.give_review(db, ada, place, "gap", review, levels=levels, feedback=feedback, now=now)
    service.give_review(db, ada, place, "gap", review, levels=WORST, feedback="Add figures.", now=now)
    with pytest.raises(Conflict):
        service.give_review(db, ada, place, "gap", review, levels=BEST, feedback="Perfect.", now=now)
    assert [each.given for each in reviews_by(db, place.enrolment, "gap")] == [True, False]
    assert other.given is False
    assert review_counts(db, run) == {"gap": (8, 1)}

    author_id = db.get_one(Work, submission.work_id).enrolment_id
    author = next(each for each in people if place_of(db, each).enrolment.id == author_id)

    def shown() -> list[str]:
        return [each.feedback for each in latest(db, author, now).reviews]

    assert shown() == []
    desk.grade(lea, desk.work(author), now)
    assert shown() == [], "with what the marker says, not before"
    desk.release(lea, now)
    assert shown() == ["Add figures."]
    service.forget_person(db, ada)
    db.expire_all()
    assert shown() == [""]
