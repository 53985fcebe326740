"""Sessions are planned, changed and cancelled; who attended is told by evidence alone; clinics are asked."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from lms import consequences
from lms.accounts.models import Person
from lms.accounts.rules import Role
from lms.kernel.events import finish
from lms.kernel.models import AuditEntry
from lms.kernel.refusals import Conflict, Denied, Invalid, NotFound
from lms.learning.models import ActivityCompletion
from lms.meetings import queries
from lms.meetings.models import AttendanceEvidence, AttendanceLine, Meeting, Question
from lms.meetings.rules import EvidenceKind, MeetingKind, Unmatched
from lms.meetings.service import attendance, clinic, people, planning
from lms.operations.logical import logical_contents
from lms.runs.models import Enrolment, Run
from lms.runs.rules import RunStage
from lms.runs.service import clone_run, withdraw_participant
from lms.settings import Settings
from tests.factories import make_participant
from tests.meetings.holding import details, led_run, make_tutor, plan
from tests.meetings.test_reports import BBB, REGISTRATION, ZOOM, ZOOM_WITH_SUMMARY
from tests.people import make_person

BEGIN = datetime.fromisoformat("2026-11-25T12:00:00+00:00")
AFTER = BEGIN + timedelta(minutes=90)


@pytest.fixture
def run(db: Session, tmp_path: Path, now: datetime) -> Run:
    return led_run(db, tmp_path, now)


@pytest.fixture
def bo(db: Session, run: Run, now: datetime) -> Person:
    return make_tutor(db, run, now)


@pytest.fixture
def ada(db: Session, run: Run, now: datetime) -> Enrolment:
    return make_participant(db, run, make_person(db, "ada"), now)


def actions(db: Session) -> list[str]:
    return list(db.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_who_teaches_plans_changes_and_cancels(db: Session, run: Run, bo: Person, now: datetime) -> None:
    eve = make_person(db, "eve")
    stranger = make_tutor(db, run, now, "gus")
    stranger.grants[0].scope = "run:another"
    db.flush()
    for person in (eve, stranger):
        with pytest.raises(Denied):
            plan(db, person, run, now)
    meeting = plan(db, bo, run, now)
    assert (meeting.starts_at, meeting.sequence) == (BEGIN, 0)
    with pytest.raises(Denied):
        planning.change_meeting(db, eve, run, meeting, 0, details(), now)
    planning.change_meeting(db, bo, run, meeting, 0, details(), now)
    assert meeting.sequence == 0, "nothing was changed"
    planning.change_meeting(db, bo, run, meeting, 0, details(link="https://rooms.example.org/j/2"), now)
    assert meeting.sequence == 0, "calendars do not show the link"
    later = now + timedelta(hours=1)
    planning.change_meeting(db, bo, run, meeting, 0, details(hour=time(16)), later)
    assert (meeting.sequence, meeting.changed_at, meeting.starts_at) == (1, later, BEGIN + timedelta(hours=1))
    with pytest.raises(Conflict, match="Somebody else changed"):
        planning.change_meeting(db, bo, run, meeting, 0, details(hour=time(17)), now)
    planning.change_meeting(db, bo, run, meeting, 1, details(hour=time(16), kind=MeetingKind.HANGOUT), now)
    assert meeting.kind == MeetingKind.LIVE, "what it is, it stays"
    with pytest.raises(Denied):
        planning.cancel_meeting(db, eve, run, meeting, reason="No", now=now)
    with pytest.raises(Invalid):
        planning.cancel_meeting(db, bo, run, meeting, reason=" ", now=now)
    with pytest.raises(Conflict, match="over"):
        planning.cancel_meeting(db, bo, run, meeting, reason="Ill", now=BEGIN + timedelta(hours=3))
    planning.cancel_meeting(db, bo, run, meeting, reason="The speaker is ill.", now=now)
    assert (meeting.sequence, meeting.cancelled_at, meeting.cancel_reason) == (2, now, "The speaker is ill.")
    with pytest.raises(Conflict, match="cancelled"):
        planning.change_meeting(db, bo, run, meeting, 2, details(hour=time(9)), now)
    with pytest.raises(Conflict, match="cancelled"):
        planning.cancel_meeting(db, bo, run, meeting, reason="Again", now=now)
    assert actions(db)[-4:] == ["plan_meeting", "change_meeting", "change_meeting", "cancel_meeting"]
    run.stage, run.closed_at = RunStage.CLOSED, now
    with pytest.raises(Denied, match="closed"):
        plan(db, bo, run, now)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("activity", {"activity": "what"}),
        ("title", {"activity": None}),
        ("minutes", {"minutes": 4}),
        ("minutes", {"minutes": 721}),
        ("link", {"link": "javascript:alert(1)"}),
        ("link", {"link": "rooms.example.org"}),
        ("link", {"link": "https://[::1"}),
        ("time_zone", {"time_zone": "Mars/Olympus"}),
        ("hour", {"held_on": date(2027, 3, 28), "hour": time(2, 30), "time_zone": "Europe/Paris"}),
    ],
)
def test_what_cannot_be_planned(
    db: Session, run: Run, bo: Person, now: datetime, field: str, change: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as wrong:
        plan(db, bo, run, now, **change)
    assert list(wrong.value.fields) == [field]


def test_an_hour_that_does_not_exist_is_refused_with_the_next_that_does(
    db: Session, run: Run, bo: Person, now: datetime
) -> None:
    with pytest.raises(Invalid, match=r"Europe/Paris are put forward over it.*3:30"):
        plan(db, bo, run, now, held_on=date(2027, 3, 28), hour=time(2, 30), time_zone="Europe/Paris")
    twice = plan(db, bo, run, now, held_on=date(2026, 10, 25), hour=time(2, 30), time_zone="Europe/Paris")
    assert twice.starts_at == datetime.fromisoformat("2026-10-25T00:30:00+00:00"), "the first of two"


def test_a_copied_run_has_its_sessions_at_the_same_hour_on_the_wall(
    db: Session, settings: Settings, run: Run, now: datetime
) -> None:
    lead = make_tutor(db, run, now, "gala", Role.COORDINATOR)
    lead.grants[0].scope = "course:cash-first-steps"
    plan(db, lead, run, now, time_zone="Europe/Paris", hour=time(2, 30), held_on=date(2026, 11, 25), minutes=45)
    gone = plan(db, lead, run, now, activity="open-hour")
    planning.cancel_meeting(db, lead, run, gone, reason="Ill", now=now)
    days = (date(2027, 3, 28) - date(2026, 11, 25)).days
    copy = clone_run(
        db, lead, run, slug="spring", title="Spring", starts_on=date(2026, 11, 2) + timedelta(days=days), now=now
    )
    finish(db, consequences.within(settings), now)
    [meeting] = queries.meetings_of(db, copy)
    assert (meeting.held_on, meeting.hour, meeting.link, meeting.minutes) == (
        date(2027, 3, 28), time(2, 30), None, 45,
    )  # fmt: skip
    assert meeting.starts_at == datetime.fromisoformat("2027-03-28T01:30:00+00:00"), "the hour it skips to"


def test_a_click_is_noted_and_credits_nothing(db: Session, run: Run, bo: Person, ada: Enrolment, now: datetime) -> None:
    meeting, person = plan(db, bo, run, now), db.get_one(Person, ada.person_id)
    for wrong in (now, BEGIN + timedelta(hours=3, seconds=1)):
        with pytest.raises(Denied):
            attendance.enter_room(db, person, ada, meeting, wrong)
    assert attendance.enter_room(db, person, ada, meeting, BEGIN - timedelta(minutes=5)) == meeting.link
    assert queries.minutes_of(db, meeting, ada) == 0
    [row] = queries.attendance(db, run, meeting)
    assert (row.clicked, row.absent, row.told) == (True, False, (EvidenceKind.CLICK,))
    no_link = plan(db, bo, run, now, activity="open-hour", link=None)
    with pytest.raises(Denied, match="not known yet"):
        attendance.enter_room(db, person, ada, no_link, BEGIN)


def test_a_report_credits_exact_addresses_and_registrations_and_nobody_else(
    db: Session, settings: Settings, run: Run, bo: Person, ada: Enrolment, now: datetime
) -> None:
    meeting = plan(db, bo, run, now)
    near = make_participant(db, run, make_person(db, "late", name="iPhone"), now)
    with pytest.raises(Denied, match="not begun"):
        attendance.import_report(db, bo, run, meeting, ZOOM.encode(), "Africa/Nairobi", now)
    with pytest.raises(Invalid) as wrong:
        attendance.import_report(db, bo, run, meeting, ZOOM.encode(), "America/Lima", AFTER)
    assert list(wrong.value.fields) == ["time_zone"]
    came = attendance.import_report(db, bo, run, meeting, ZOOM.encode(), "Africa/Nairobi", AFTER)
    assert (came.people, came.credited, came.waiting) == (3, 1, 2)
    assert queries.minutes_attended(db, [ada.id, near.id]) == {ada.id: 60, near.id: 0}, "a name is nobody"
    assert [(each.name, each.why) for each in queries.waiting_lines(db, meeting)] == [
        ("iPhone", Unmatched.NO_ADDRESS), ("iPhone", Unmatched.NO_ADDRESS),
    ]  # fmt: skip
    with pytest.raises(Conflict, match="already"):
        attendance.import_report(db, bo, run, meeting, ZOOM.encode(), "Africa/Nairobi", AFTER)
    finish(db, consequences.within(settings), now)
    done = db.execute(select(ActivityCompletion.enrolment_id, ActivityCompletion.activity)).all()
    assert [tuple(each) for each in done] == [(ada.id, "live")]

    ada.public_id = REGISTRATION
    other = plan(db, bo, run, now, activity="open-hour")
    came = attendance.import_report(db, bo, run, other, BBB.encode(), "Africa/Nairobi", AFTER)
    assert (came.people, came.credited) == (2, 1)
    assert queries.minutes_attended(db, [ada.id]) == {ada.id: 60 + 42}


@pytest.mark.parametrize(
    "address", ["ada@example.com", "ada@example.org.evil.example", "a.da@example.org", "ada+x@example.org"]
)
def test_nearly_the_same_address_is_another(
    db: Session, run: Run, bo: Person, ada: Enrolment, now: datetime, address: str
) -> None:
    meeting = plan(db, bo, run, now)
    text = ZOOM_WITH_SUMMARY.replace("ada@example.org", address)
    came = attendance.import_report(db, bo, run, meeting, text.encode(), "Africa/Nairobi", AFTER)
    assert (came.people, came.credited) == (1, 0)
    [line] = queries.waiting_lines(db, meeting)
    assert (line.name, line.email, line.why, line.minutes) == ("Ada Okafor", address, Unmatched.UNKNOWN, 59)


def test_waiting_lines_are_decided_once(db: Session, run: Run, bo: Person, ada: Enrolment, now: datetime) -> None:
    meeting, other = plan(db, bo, run, now), plan(db, bo, run, now, activity="open-hour")
    attendance.import_report(db, bo, run, meeting, ZOOM.encode(), "Africa/Nairobi", AFTER)
    first, second = queries.waiting_lines(db, meeting)
    px = make_participant(db, run, make_person(db, "px"), now)
    with pytest.raises(NotFound):
        queries.line_of(db, other, first.public_id)
    with pytest.raises(Denied):
        attendance.credit_line(
            db,
            make_person(db, "eve", grants=[]),
            run,
            meeting,
            queries.line_of(db, meeting, first.public_id),
            px,
            AFTER,
        )
    attendance.credit_line(db, bo, run, meeting, queries.line_of(db, meeting, first.public_id), px, AFTER)
    db.flush()
    assert queries.minutes_of(db, meeting, px) in (30, 35)
    with pytest.raises(Conflict):
        attendance.dismiss_line(db, bo, run, meeting, first, AFTER)
    attendance.dismiss_line(db, bo, run, meeting, second, AFTER)
    assert queries.waiting_lines(db, meeting) == []
    assert queries.minutes_of(db, meeting, px) in (30, 35)
    assert actions(db)[-2:] == ["credit_line", "dismiss_line"]


def test_who_had_left_waits_too(db: Session, run: Run, bo: Person, ada: Enrolment, now: datetime) -> None:
    meeting, person = plan(db, bo, run, now), db.get_one(Person, ada.person_id)
    withdraw_participant(db, person, run, ada, reason="", now=now)
    came = attendance.import_report(db, bo, run, meeting, ZOOM_WITH_SUMMARY.encode(), "Africa/Nairobi", AFTER)
    assert came.credited == 0
    assert [each.why for each in queries.waiting_lines(db, meeting)] == [Unmatched.LEFT]
    assert queries.attendance(db, run, meeting) == [], "who had left was not expected"


def test_roll_call_correction_and_what_is_left_of_them(
    db: Session, run: Run, bo: Person, ada: Enrolment, now: datetime
) -> None:
    meeting = plan(db, bo, run, now)
    px = make_participant(db, run, make_person(db, "px"), now)
    for early in (now, BEGIN - timedelta(seconds=1)):
        with pytest.raises(Denied, match="not begun"):
            attendance.call_roll(db, bo, run, meeting, {ada.public_id}, early)
    attendance.call_roll(db, bo, run, meeting, {ada.public_id, "nobody"}, AFTER)
    attendance.call_roll(db, bo, run, meeting, {ada.public_id}, AFTER)
    assert queries.minutes_attended(db, [ada.id, px.id]) == {ada.id: 60, px.id: 0}
    assert [each.person.name for each in queries.attendance(db, run, meeting) if each.absent] == ["Px"]
    assert len(db.scalars(select(AttendanceEvidence)).all()) == 2, "calling again tells nothing new"
    with pytest.raises(Invalid):
        attendance.correct_attendance(db, bo, run, meeting, ada, minutes=30, reason=" ", now=AFTER)
    with pytest.raises(Invalid):
        attendance.correct_attendance(db, bo, run, meeting, ada, minutes=61, reason="Long", now=AFTER)
    with pytest.raises(Denied):
        attendance.correct_attendance(
            db, make_person(db, "eve", grants=[]), run, meeting, ada, minutes=1, reason="x", now=AFTER
        )
    attendance.correct_attendance(db, bo, run, meeting, ada, minutes=20, reason="Left early", now=AFTER)
    attendance.import_report(db, bo, run, meeting, ZOOM_WITH_SUMMARY.encode(), "Africa/Nairobi", AFTER)
    db.flush()
    assert queries.minutes_attended(db, [ada.id]) == {ada.id: 20}
    assert [(each.kind, each.minutes, each.reason) for each in queries.evidence_about(db, meeting, ada)] == [
        ("roll-call", 60, None), ("correction", 20, "Left early"), ("report", 59, None),
    ]  # fmt: skip
    planning_of_cancelled = plan(db, bo, run, now, activity="open-hour")
    planning_of_cancelled.cancelled_at = AFTER
    with pytest.raises(Denied, match="cancelled"):
        attendance.call_roll(db, bo, run, planning_of_cancelled, {ada.public_id}, AFTER)


def test_evidence_is_never_changed_nor_deleted(
    db: Session, run: Run, bo: Person, ada: Enrolment, now: datetime
) -> None:
    meeting = plan(db, bo, run, now)
    attendance.call_roll(db, bo, run, meeting, {ada.public_id}, AFTER)
    db.commit()
    for statement in (update(AttendanceEvidence).values(minutes=1), delete(AttendanceEvidence)):
        with pytest.raises(DatabaseError, match="append-only"):
            db.execute(statement)
        db.rollback()


def test_a_hangout_is_counted_and_lists_nobody(
    db: Session, run: Run, bo: Person, ada: Enrolment, now: datetime
) -> None:
    meeting, person = plan(db, bo, run, now, kind=MeetingKind.HANGOUT), db.get_one(Person, ada.person_id)
    before = actions(db)
    assert attendance.enter_room(db, person, ada, meeting, BEGIN) == meeting.link
    assert actions(db) == before
    for deed in (
        lambda: attendance.call_roll(db, bo, run, meeting, {ada.public_id}, AFTER),
        lambda: attendance.import_report(db, bo, run, meeting, ZOOM.encode(), "Africa/Nairobi", AFTER),
        lambda: attendance.correct_attendance(db, bo, run, meeting, ada, minutes=1, reason="x", now=AFTER),
    ):
        with pytest.raises(Denied, match="Nobody is listed"):
            deed()
    with pytest.raises(Denied, match="never recorded"):
        planning.set_materials(db, bo, run, meeting, planning.Materials("https://x.org/r", 5, None, None), AFTER)
    with pytest.raises(Conflict):
        planning.count_heads(db, bo, run, meeting, 7, now)
    planning.count_heads(db, bo, run, meeting, 7, AFTER)
    assert meeting.headcount == 7
    db.commit()
    assert db.scalars(select(AttendanceEvidence)).all() == []
    evidence = AttendanceEvidence(
        meeting_id=meeting.id, enrolment_id=ada.id, kind="roll-call", minutes=5, spans=[], told_by_id=bo.id, told_at=now
    )
    for pretended in ("hangout", "live"):  # the database itself refuses, whatever kind is pretended
        evidence.meeting_kind = pretended
        db.add(evidence)
        with pytest.raises(IntegrityError):
            db.commit()
        db.rollback()
    meeting.recording_url = "https://x.org/r"
    with pytest.raises(IntegrityError):
        db.commit()
    db.rollback()


def test_recording_and_slides_come_with_their_size(db: Session, run: Run, bo: Person, now: datetime) -> None:
    meeting = plan(db, bo, run, now)
    with pytest.raises(Invalid) as wrong:
        planning.set_materials(db, bo, run, meeting, planning.Materials("https://x.org/r", None, "x", 1), AFTER)
    assert set(wrong.value.fields) == {"recording_size", "slides"}
    planning.set_materials(db, bo, run, meeting, planning.Materials("https://x.org/r", 3_000_000_000, None, 5), AFTER)
    assert (meeting.recording_bytes, meeting.slides_url, meeting.slides_bytes) == (3_000_000_000, None, None)
    with pytest.raises(Denied, match="by name"):
        planning.count_heads(db, bo, run, meeting, 7, AFTER)


def test_a_clinic_is_asked_in_advance(db: Session, run: Run, bo: Person, ada: Enrolment, now: datetime) -> None:
    meeting = plan(db, bo, run, now, kind=MeetingKind.CLINIC, resource_persons="Chi Haddad")
    person, px = db.get_one(Person, ada.person_id), make_participant(db, run, make_person(db, "px"), now)
    live = plan(db, bo, run, now, activity="open-hour")
    with pytest.raises(Denied, match="clinics"):
        clinic.ask_question(db, person, ada, live, "Why?", now)
    with pytest.raises(Invalid):
        clinic.ask_question(db, person, ada, meeting, " ", now)
    first = clinic.ask_question(db, person, ada, meeting, "Who pays?", now)
    second = clinic.ask_question(db, person, ada, meeting, "Who is left out?", now)
    voter = db.get_one(Person, px.person_id)
    with pytest.raises(Denied, match="own question"):
        clinic.set_vote(db, person, ada, meeting, first, wanted=True, now=now)
    for _again in range(2):
        clinic.set_vote(db, voter, px, meeting, second, wanted=True, now=now)
    lines = queries.questions_of(db, meeting, px)
    assert [(each.text, each.votes, each.voted, each.mine) for each in lines] == [
        ("Who is left out?", 1, True, False), ("Who pays?", 0, False, False),
    ]  # fmt: skip
    clinic.set_vote(db, voter, px, meeting, second, wanted=False, now=now)
    assert [each.votes for each in queries.questions_of(db, meeting)] == [0, 0]
    with pytest.raises(Denied):
        clinic.answer_question(db, voter, run, meeting, first, "We do.", now)
    clinic.answer_question(db, bo, run, meeting, first, "The fund.", AFTER)
    [answered, _open] = queries.questions_of(db, meeting, ada)
    assert (answered.answer, answered.answered_by, answered.mine) == ("The fund.", "Bo Lindqvist", True)
    with pytest.raises(Denied, match="over"):
        clinic.ask_question(db, person, ada, meeting, "Late?", AFTER)
    with pytest.raises(NotFound):
        queries.question_of(db, live, first.public_id)


def test_a_deleted_person_leaves_attendance_without_words(
    db: Session, run: Run, bo: Person, ada: Enrolment, now: datetime
) -> None:
    meeting, person = plan(db, bo, run, now, kind=MeetingKind.CLINIC), db.get_one(Person, ada.person_id)
    clinic.ask_question(db, person, ada, meeting, "Who pays?", now)
    attendance.import_report(db, bo, run, meeting, ZOOM.encode(), "Africa/Nairobi", AFTER)
    line = queries.line_of(db, meeting, queries.waiting_lines(db, meeting)[0].public_id)
    attendance.credit_line(db, bo, run, meeting, line, ada, AFTER)
    db.flush()
    told = people.personal_data(db, person)
    assert [each["kind"] for each in told["attendance"]] == ["report", "report"]  # type: ignore[attr-defined]
    assert [each["text"] for each in told["clinic_questions"]] == ["Who pays?"]  # type: ignore[attr-defined]
    people.forget_person(db, person, now)
    assert db.scalars(select(Question.text)).all() == [""]
    assert queries.questions_of(db, meeting) == []
    assert "" in db.scalars(select(AttendanceLine.name)).all()
    assert queries.minutes_attended(db, [ada.id]) == {ada.id: 60}


def test_another_runs_sessions_are_not_found(db: Session, tmp_path: Path, run: Run, bo: Person, now: datetime) -> None:
    meeting = plan(db, bo, run, now)
    other = led_run(db, tmp_path, now, "other")
    with pytest.raises(NotFound):
        queries.meeting_in(db, other, meeting.public_id)
    assert queries.meetings_of(db, other) == []


def test_backups_sum_up_hours_on_the_wall(db: Session, run: Run, bo: Person, now: datetime) -> None:
    meeting = plan(db, bo, run, now)
    before = logical_contents(db.connection()).checksum
    db.execute(update(Meeting).where(Meeting.id == meeting.id).values(hour=time(15, 1)))
    assert logical_contents(db.connection()).checksum != before
