"""Verbs of learning. What is done is noted once; what follows from it is decided in the same transaction."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.accounts.rules import is_latin_name
from lms.assessment.models import Attempt
from lms.assessment.rules import QuizKind
from lms.catalog.models import Course, Edition
from lms.catalog.queries import package_of
from lms.kernel import events
from lms.kernel.audit import record_audit
from lms.kernel.i18n import _
from lms.kernel.refusals import Invalid, require
from lms.learning.models import ActivityCompletion, CertificateDetails, CourseCompletion, Evaluation
from lms.learning.policy import may_confirm_details, may_hand_in_evaluation
from lms.learning.queries import (
    done_activities,
    earned_completions,
    requirements,
    weigh_requirement,
)
from lms.learning.rules import CompletionKind
from lms.runs.models import Enrolment, Run
from lms.runs.rules import RunKind


def complete_activity(
    db: Session, person: Person, enrolment: Enrolment, activity: str, language: str, now: datetime
) -> None:
    """Note that an activity is done, then see whether the course is completed.

    Doing it again adds nothing, but looks again: the course may ask for less than it did the first time.
    """
    hold(db, enrolment)
    values = {"enrolment_id": enrolment.id, "activity": activity, "language": language, "completed_at": now}
    insert = sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
    added = db.execute(
        insert(ActivityCompletion).values(**values).on_conflict_do_nothing().returning(ActivityCompletion.id)
    ).all()
    if added:
        thing = f"enrolment:{enrolment.public_id}"
        record_audit(db, person, "complete_activity", thing, now, after={"activity": activity})
    refresh_progress(db, enrolment, now)


def hold(db: Session, enrolment: Enrolment) -> None:
    """One verb at a time for one learner: what two of them complete together, the second sees whole."""
    db.execute(select(Enrolment.id).where(Enrolment.id == enrolment.id).with_for_update())


def take_attempt(db: Session, attempt: Attempt, now: datetime) -> None:
    """A quiz that is passed, or a self-test that is taken, is an activity done."""
    if attempt.passed or attempt.kind == QuizKind.SELF_TEST:
        enrolment = db.get_one(Enrolment, attempt.enrolment_id)
        person = db.get_one(Person, enrolment.person_id)
        complete_activity(db, person, enrolment, attempt.quiz_key, attempt.language, now)


def take_assignment(db: Session, enrolment: Enrolment, activity: str, now: datetime) -> None:
    """An assignment whose released grade passed is an activity done."""
    person = db.get_one(Person, enrolment.person_id)
    complete_activity(db, person, enrolment, activity, enrolment.language, now)


def refresh_progress(db: Session, enrolment: Enrolment, now: datetime) -> None:
    """Decide whether the learner has earned a completion they do not have yet; tell the floors above.

    In a dated run nothing is decided before its coordinator closes it.
    """
    if db.scalar(select(Run.kind).where(Run.id == enrolment.run_id)) == RunKind.COHORT:
        return
    edition = db.scalars(
        select(Edition)
        .join(Course, (Course.id == Edition.course_id) & (Course.edition_number == Edition.number))
        .join(Run, Run.course_id == Course.id)
        .where(Run.id == enrolment.run_id)
    ).one()
    package = package_of(db, edition)
    done, no_sessions = done_activities(db, enrolment), 0
    for kind, requirement in requirements(package).items():
        if weigh_requirement(package, requirement, done, no_sessions).met:
            complete_course(db, enrolment, kind, edition, now)


def complete_course(db: Session, enrolment: Enrolment, kind: CompletionKind, edition: Edition, now: datetime) -> None:
    """A fact, noted once and never taken back; certificates follow from it."""
    values = {"enrolment_id": enrolment.id, "kind": kind.value, "edition_id": edition.id, "completed_at": now}
    insert = sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
    found = db.execute(
        insert(CourseCompletion).values(**values).on_conflict_do_nothing().returning(CourseCompletion.id)
    ).scalar()
    if found is None:
        return
    record_audit(db, None, "complete_course", f"enrolment:{enrolment.public_id}", now, after={"kind": kind.value})
    events.record(db, "course.completed", completion=db.get_one(CourseCompletion, found))


def hand_in_evaluation(
    db: Session,
    person: Person,
    enrolment: Enrolment,
    activity: str,
    *,
    satisfaction: int,
    expectations: int,
    equipped: int,
    comment: str | None,
    language: str,
    now: datetime,
) -> None:
    """Keep the learner's view of the course; Denied when it was handed in before."""
    hold(db, enrolment)
    require(may_hand_in_evaluation(db.get(Evaluation, enrolment.id, populate_existing=True)))
    db.add(
        Evaluation(
            enrolment_id=enrolment.id,
            satisfaction=satisfaction,
            expectations=expectations,
            equipped=equipped,
            comment=comment,
            language=language,
            handed_in_at=now,
        )
    )
    db.flush()
    complete_activity(db, person, enrolment, activity, language, now)


def confirm_certificate_details(
    db: Session,
    person: Person,
    enrolment: Enrolment,
    *,
    name: str,
    local_name: str | None,
    language: str,
    now: datetime,
) -> None:
    """Settle how the name is printed and in which language; certificates that waited for it are issued now."""
    hold(db, enrolment)
    details = db.get(CertificateDetails, enrolment.id, populate_existing=True)
    require(may_confirm_details(details, issued=bool(earned_completions(db, enrolment))))
    name, local_name = " ".join(name.split()), " ".join((local_name or "").split()) or None
    if not is_latin_name(name):
        raise Invalid(
            {"name": _("Write your name in Latin letters, with spaces, hyphens, apostrophes and points only.")}
        )
    if local_name and not local_name.isprintable():
        raise Invalid({"local_name": _("This name holds signs that cannot be printed.")})
    if details is None:
        details = CertificateDetails(enrolment_id=enrolment.id)
        db.add(details)
    details.name, details.local_name, details.language, details.confirmed_at = name, local_name, language, now
    db.flush()
    record_audit(
        db, person, "confirm_certificate_details", f"enrolment:{enrolment.public_id}", now, after={"language": language}
    )
    for completion in db.scalars(select(CourseCompletion).where(CourseCompletion.enrolment_id == enrolment.id)):
        events.record(db, "course.completed", completion=completion)


def correct_certificate_name(db: Session, enrolment_id: int, *, name: str, local_name: str | None) -> None:
    """Certificates that are still to be issued carry the corrected name too; without a local name the old one stays."""
    details = db.get(CertificateDetails, enrolment_id)
    if details is not None:
        details.name, details.local_name = name, local_name or details.local_name
        db.flush()


def forget_person(db: Session, person: Person) -> None:
    """What a deleted account leaves here: free words go, numbers stay without a name."""
    enrolments = select(Enrolment.id).where(Enrolment.person_id == person.id)
    for evaluation in db.scalars(select(Evaluation).where(Evaluation.enrolment_id.in_(enrolments))):
        evaluation.comment = None
    for details in db.scalars(select(CertificateDetails).where(CertificateDetails.enrolment_id.in_(enrolments))):
        db.delete(details)
    db.flush()


def personal_data(db: Session, person: Person) -> dict[str, object]:
    """The person's part of this floor, for "export my data"."""
    rows = db.execute(
        select(Enrolment, Course.slug, Run.title)
        .join(Run, Run.id == Enrolment.run_id)
        .join(Course, Course.id == Run.course_id)
        .where(Enrolment.person_id == person.id)
    ).all()
    return {"courses": [_enrolment_data(db, enrolment, slug, run) for enrolment, slug, run in rows]}


def _enrolment_data(db: Session, enrolment: Enrolment, slug: str, run: str | None) -> dict[str, object]:
    done = db.scalars(select(ActivityCompletion).where(ActivityCompletion.enrolment_id == enrolment.id))
    completed = db.scalars(select(CourseCompletion).where(CourseCompletion.enrolment_id == enrolment.id))
    details, evaluation = db.get(CertificateDetails, enrolment.id), db.get(Evaluation, enrolment.id)
    return {
        "course": slug,
        "run": run,
        "track": enrolment.track,
        "enrolled_at": enrolment.enrolled_at.isoformat(),
        "withdrawn_at": enrolment.withdrawn_at and enrolment.withdrawn_at.isoformat(),
        "country": enrolment.country,
        "gender": enrolment.gender,
        "organisation_type": enrolment.organisation_type,
        "language": enrolment.language,
        "last_activity": enrolment.last_activity,
        "done": {each.activity: each.completed_at.isoformat() for each in done},
        "completed": {each.kind: each.completed_at.isoformat() for each in completed},
        "certificate_details": details
        and {
            "name": details.name,
            "local_name": details.local_name,
            "language": details.language,
            "confirmed_at": details.confirmed_at.isoformat(),
        },
        "evaluation": evaluation
        and {
            "satisfaction": evaluation.satisfaction,
            "expectations": evaluation.expectations,
            "equipped": evaluation.equipped,
            "comment": evaluation.comment,
            "language": evaluation.language,
            "handed_in_at": evaluation.handed_in_at.isoformat(),
        },
    }
