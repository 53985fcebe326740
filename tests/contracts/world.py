"""A small world with one of everything, for tests that walk over all routes."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import MetaData, func, select
from sqlalchemy.orm import Session

from lms import consequences
from lms.accounts.models import LoginSession, Person
from lms.assessment.models import Attempt
from lms.assessment.service import start_attempt
from lms.certification.models import Certificate
from lms.certification.service import ask_correction
from lms.coursework.models import PeerReview, Submission, Work
from lms.coursework.rules import WorkState
from lms.discussion.models import Post, PostReport
from lms.discussion.queries import Topic
from lms.discussion.queries import hall as discussion_hall
from lms.discussion.service import talking
from lms.facilitation.models import OutcomeOverride
from lms.intake.models import Application, Invitation
from lms.intake.rules import ApplicationState
from lms.kernel import clock
from lms.kernel.db import Base, Database
from lms.kernel.events import finish
from lms.kernel.files import FileStore
from lms.kernel.models import AuditEntry, RateWindow
from lms.learning.service import complete_activity, confirm_certificate_details, hand_in_evaluation
from lms.meetings.exchange.reports import Provider
from lms.meetings.links import feed_address
from lms.meetings.models import AttendanceLine, AttendanceReport
from lms.meetings.rules import MeetingKind, Unmatched
from lms.meetings.service.calendars import make_feed
from lms.meetings.service.clinic import ask_question
from lms.meetings.service.planning import MeetingDetails, plan_meeting
from lms.runs.models import Run
from lms.runs.queries import place, run_by_slug
from lms.runs.rules import RunStage
from lms.runs.service import take_seat
from lms.settings import Settings
from lms.translation.models import Segment
from tests.factories import (
    RUN,
    SLUG,
    course_files,
    handing_in_files,
    load,
    make_enrolment,
    make_participant,
    make_term,
    open_cohort_run,
    translated_fully,
)
from tests.people import log_in, make_person

GUIDED = "cash-with-guides"
"""The course that has a dated run."""
NOT_WATCHED = {RateWindow.__tablename__, "alembic_version"}
"""Counting tries of those who are refused is meant."""


@dataclass(slots=True)
class World:
    app: Flask
    database: Database
    people: dict[str, Person]
    clients: dict[str, FlaskClient]
    values: dict[str, str]
    """What stands for each variable part of an address: always Ada's."""
    canaries: dict[str, str]
    """Words that stand in what only Ada (and administrators, for some) may see."""

    def token(self, client: FlaskClient) -> str:
        """A CSRF token of this browser."""
        found = re.search(
            r'name="csrf_token" value="([^"]+)"', client.get("/en/log-in/").text + client.get("/en/privacy/").text
        )
        assert found
        return found[1]

    def fingerprint(self) -> str:
        """Changes with any change of any watched table."""
        with self.database.session(write=False) as db:
            return _fingerprint(db)

    def audited(self) -> int:
        with self.database.session(write=False) as db:
            return db.scalar(select(func.count()).select_from(AuditEntry)) or 0


def _fingerprint(db: Session) -> str:
    digest = sha256()
    metadata: MetaData = Base.metadata
    for name, table in sorted(metadata.tables.items()):
        if name not in NOT_WATCHED:
            rows = sorted(repr(tuple(row)) for row in db.execute(select(table)))
            digest.update(f"{name}{rows}".encode())
    return digest.hexdigest()


def build_world(app: Flask, database: Database, settings: Settings, folder: Path) -> World:
    """Ada finished the course and is in an attempt; Px is enrolled; Eve is not; Dee administers; Sus is suspended."""
    now = clock.now()
    with database.session(write=True) as db:
        load(db, folder, now, translated_fully(course_files(), "ar", "ع"))
        people = {key: make_person(db, key) for key in ("ada", "px", "eve", "dee", "sus")}
        people["ada"].organisation = "Canary Ministry"
        ada = people["ada"]
        values = _ada_learns(db, ada, settings, now)
        make_enrolment(db, people["px"], now)
        values |= _a_run(db, folder, [people["ada"], people["px"]], now)
        values |= _its_sessions(db, settings, people, now)
        finish(db, consequences.within(settings), now)
    clients = {key: log_in(app, person) for key, person in people.items()}
    with database.session(write=True) as db:
        db.get_one(Person, people["sus"].id).suspended_at = now
        login = db.scalars(select(LoginSession).where(LoginSession.person_id == ada.id)).one()
        values["login"] = login.public_id
        lesson = select(Segment.public_id).where(Segment.document == "lesson what").order_by(Segment.position)
        values["segment"] = db.scalars(lesson).first() or ""
        values["term"] = make_term(db, "cash transfer", "تحويل نقدي", now, forbidden=["حوالة"]).public_id
        codes = db.scalars(select(Certificate.code).order_by(Certificate.id)).all()
        values["code"] = codes[0]
        asked = ask_correction(
            db, people["ada"], codes[1], name="Ada Okafor-Eze", local_name=None, reason="Canary reason", now=now
        )
        values["correction"] = asked.public_id
        db.commit()
    clients["an"] = app.test_client()
    values |= {"person": people["eve"].public_id}
    return World(
        app,
        database,
        people,
        clients,
        values,
        {"email": ada.email, "organisation": "Canary Ministry", "reason": "Canary reason"},
    )


def _ada_learns(db: Session, ada: Person, settings: Settings, now: datetime) -> dict[str, str]:
    enrolment = make_enrolment(db, ada, now)
    for key in ("what", "how", "final"):
        complete_activity(db, ada, enrolment, key, "en", now)
    hand_in_evaluation(
        db, ada, enrolment, "view", satisfaction=5, expectations=5, equipped=5, comment=None, language="en", now=now
    )
    confirm_certificate_details(db, ada, enrolment, name="Ada Okafor", local_name=None, language="en", now=now)
    finish(db, consequences.within(settings), now)
    attempt: Attempt = start_attempt(db, ada, place(db, ada, SLUG, "en"), "final", now + timedelta(seconds=1))
    db.flush()
    return {"slug": SLUG, "attempt": attempt.public_id}


def _talk(db: Session, run: Run, writer: Person, other: Person, now: datetime) -> dict[str, str]:
    """A thread with an answer that was reported."""
    hall = discussion_hall(db, writer, run.slug, "en", now)
    written = {"text": "Γεια", "lang": "en", "mentioned": (), "now": now}
    thread = talking.open_thread(db, hall, Topic(None, None, None), title="Ω", **written)
    post = db.scalars(select(Post).where(Post.thread_id == thread.id)).one()
    theirs = discussion_hall(db, other, run.slug, "en", now)
    answer = talking.answer_thread(db, theirs, thread, **(written | {"text": "Και"}))
    talking.report_post(db, hall, answer, reason="Ψ", now=now)
    report = db.scalars(select(PostReport)).one()
    found = {"thread": thread, "post": post, "answer": answer, "report": report}
    return {name: each.public_id for name, each in found.items()}


def _a_run(db: Session, folder: Path, people: list[Person], now: datetime) -> dict[str, str]:
    """A dated run of a course with facilitators, in which these people take part."""
    load(db, folder, now, handing_in_files(), GUIDED)
    run = open_cohort_run(db, folder, now, course=GUIDED)
    run.stage = RunStage.RUNNING
    enrolments = [make_participant(db, run, person, now) for person in people]
    applicant = make_person(db, "zed", name="Ζ", password_hash="zed-has-none")
    application = Application(
        run_id=run.id, person_id=applicant.id, state=ApplicationState.SUBMITTED, motivation="Ω", answers={},
        consented_at=now, created_at=now, changed_at=now, submitted_at=now,
    )  # fmt: skip
    assert take_seat(db, run)
    invitation = Invitation(run_id=run.id, email="kai@example.org", invited_by_id=applicant.id, invited_at=now)
    override = OutcomeOverride(
        enrolment_id=enrolments[0].id, outcome="completion", reason="Ψ", proposed_by_id=applicant.id, proposed_at=now
    )
    db.add_all([application, invitation, override])
    db.flush()
    digest = FileStore(folder / "files").put(b"Canary work")
    file = {"digest": digest, "name": "work.txt", "type": "text/plain; charset=utf-8", "size": 11}
    work = Work(
        enrolment_id=enrolments[0].id, activity="gap", state=WorkState.HANDED_IN, text="Ω", files=[file], version=1,
        submissions=1, changed_at=now,
    )  # fmt: skip
    db.add(work)
    db.flush()
    submission = Submission(
        work_id=work.id, number=1, text="Ω", files=[file], language="en", handed_in_at=now, due_at=None, late=False
    )
    db.add(submission)
    db.flush()
    review = PeerReview(
        work_id=work.id, submission_id=submission.id, reviewer_id=enrolments[1].id, allocated_at=now, levels={}
    )
    db.add(review)
    db.flush()
    return _talk(db, run, people[0], people[1], now) | {
        "work": work.public_id,
        "review": review.public_id,
        "digest": digest,
        "run": run.slug,
        "guided": GUIDED,
        "participant": enrolments[0].public_id,
        "application": application.public_id,
        "invitation": invitation.public_id,
        "override": override.public_id,
    }


def _its_sessions(db: Session, settings: Settings, people: dict[str, Person], now: datetime) -> dict[str, str]:
    """A clinic that has just begun, with a question of Ada's and a line of a report that waits, and a hangout."""
    run, began = run_by_slug(db, RUN), now - timedelta(minutes=5)
    held = [
        plan_meeting(
            db, people["dee"], run,
            MeetingDetails(kind, None, "Ω", None, None, began.date(), began.time(), "UTC", 60, "https://rooms.example.org/"),
            now,
        )
        for kind in (MeetingKind.CLINIC, MeetingKind.HANGOUT)
    ]  # fmt: skip
    enrolment = place(db, people["ada"], RUN, "en").enrolment
    question = ask_question(db, people["ada"], enrolment, held[0], "Ω?", now)
    report = AttendanceReport(
        meeting_id=held[0].id, provider=Provider.ZOOM.value, digest="0" * 64, time_zone="UTC", people=1, credited=0,
        imported_by_id=people["dee"].id, imported_at=now,
    )  # fmt: skip
    db.add(report)
    db.flush()
    line = AttendanceLine(report_id=report.id, name="Ω", spans=[], minutes=5, why=Unmatched.NO_ADDRESS.value)
    db.add(line)
    db.flush()
    address = feed_address(settings, people["ada"].public_id, make_feed(db, people["ada"], now).number)
    return {
        "meeting": held[0].public_id,
        "hangout": held[1].public_id,
        "question": question.public_id,
        "line": line.public_id,
        "feed": address.rpartition("/")[2].removesuffix(".ics"),
    }
