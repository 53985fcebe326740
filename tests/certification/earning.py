"""Somebody on the way to a certificate: the course, their enrolment, what they confirmed, what they completed."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.catalog.models import Edition
from lms.certification.models import Certificate
from lms.certification.rules import Issuer
from lms.certification.service import issue_if_earned
from lms.learning.models import CertificateDetails, CourseCompletion
from lms.runs.models import Enrolment
from tests.factories import COURSE, course_files, load, make_enrolment, translated_fully

ISSUER = Issuer("Masar Learning", "Masar", "https://learn.example.org")
WITH_PARTNERS = COURSE.replace("licence:", "partners: [Food Agency, Cash Alliance]\nlicence:")


def earn(
    db: Session,
    folder: Path,
    person: Person,
    now: datetime,
    *,
    name: str | None = "Ada Okafor",
    local_name: str | None = None,
    language: str = "en",
    kind: str = "completion",
) -> CourseCompletion:
    """The person completed the course; without a name they have confirmed nothing yet."""
    files = translated_fully(course_files(course=WITH_PARTNERS), "ar", "عربي")
    load(db, folder, now, files)
    enrolment = make_enrolment(db, person, now)
    if name is not None:
        confirm(db, enrolment, now, name=name, local_name=local_name, language=language)
    completion = CourseCompletion(
        enrolment_id=enrolment.id, kind=kind, edition_id=db.scalars(select(Edition.id)).one(), completed_at=now
    )
    db.add(completion)
    db.flush()
    return completion


def confirm(
    db: Session, enrolment: Enrolment, now: datetime, *, name: str, local_name: str | None = None, language: str = "en"
) -> None:
    details = CertificateDetails(
        enrolment_id=enrolment.id, name=name, local_name=local_name, language=language, confirmed_at=now
    )
    db.add(details)
    db.flush()


def hold(db: Session, folder: Path, person: Person, now: datetime, **details: str) -> Certificate:
    """The person holds a certificate; committed."""
    certificate = issue_if_earned(db, earn(db, folder, person, now, **details), now, issuer=ISSUER)  # type: ignore[arg-type]
    assert certificate
    db.commit()
    return certificate
