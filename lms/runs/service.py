"""Verbs of runs."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.catalog.models import Course
from lms.catalog.policy import may_enrol
from lms.kernel.audit import record_audit
from lms.kernel.refusals import require
from lms.runs.models import Enrolment, Run
from lms.runs.rules import RunKind


def open_self_paced_run(db: Session, course: Course, now: datetime) -> Run:
    """The course's one self-paced run, made when it is first needed."""
    query = select(Run).where(Run.course_id == course.id, Run.kind == RunKind.SELF_PACED)
    run = db.scalar(query)
    if run is not None:
        return run
    try:
        with db.begin_nested():
            run = Run(course_id=course.id, kind=RunKind.SELF_PACED, created_at=now)
            db.add(run)
            db.flush()
    except IntegrityError:  # somebody else opened it this very moment
        run = db.scalars(query).one()
    return run


def enrol(db: Session, person: Person, course: Course, language: str, now: datetime) -> Enrolment:
    """Join a self-paced course; whoever is in already stays as they are. Denied when the course takes nobody."""
    run = open_self_paced_run(db, course, now)
    query = select(Enrolment).where(Enrolment.person_id == person.id, Enrolment.run_id == run.id)
    enrolment = db.scalar(query)
    if enrolment is not None:
        return enrolment
    require(may_enrol(person, course, now))
    enrolment = Enrolment(
        person_id=person.id,
        run_id=run.id,
        country=person.country,
        gender=person.gender,
        organisation_type=person.organisation_type,
        enrolled_at=now,
        language=language,
    )
    try:
        with db.begin_nested():
            db.add(enrolment)
            db.flush()
    except IntegrityError:  # the same person pressed twice
        return db.scalars(query).one()
    record_audit(db, person, "enrol", f"course:{course.slug}", now, after={"language": language})
    return enrolment


def remember_place(db: Session, enrolment: Enrolment, activity: str, language: str) -> None:
    """Where the learner is and in which language, so that any device can go on from there."""
    if (enrolment.last_activity, enrolment.language) != (activity, language):
        enrolment.last_activity, enrolment.language = activity, language
        db.flush()
