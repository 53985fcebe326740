"""Two hundred claims at the same moment make one certificate. Without the guard they make several."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.certification import service
from lms.certification.models import ActiveCertificate, Certificate
from lms.certification.queries import issued_certificate
from lms.kernel.db import Database
from lms.learning.models import CertificateDetails, CourseCompletion
from tests.certification.earning import ISSUER, earn
from tests.people import make_person

CLAIMS, HANDS = 200, 40

Look = Callable[[Session, CourseCompletion], object]
Claim = Callable[[Session, CourseCompletion, object, datetime], str]


def race(database: Database, completion_id: int, look: Look, claim: Claim, now: datetime) -> Counter[str]:
    """Everybody looks, everybody waits for everybody, everybody claims; which codes they were told."""
    together = threading.Barrier(HANDS, timeout=30)

    def one(_: int) -> str:
        with database.session(write=False) as db:
            seen = look(db, db.get_one(CourseCompletion, completion_id))
        together.wait()
        with database.session(write=True) as db:
            code = claim(db, db.get_one(CourseCompletion, completion_id), seen, now)
            db.commit()
        return code

    with ThreadPoolExecutor(HANDS) as hands:
        return Counter(hands.map(one, range(CLAIMS)))


@pytest.fixture
def completion_id(db: Session, tmp_path: Path, now: datetime) -> int:
    completion = earn(db, tmp_path, make_person(db, "ada"), now)
    db.commit()
    return completion.id


def _look(db: Session, completion: CourseCompletion) -> object:
    return issued_certificate(db, completion.enrolment_id, completion.kind)


def test_two_hundred_claims_one_certificate(database: Database, db: Session, completion_id: int, now: datetime) -> None:
    def claim(db: Session, completion: CourseCompletion, _: object, now: datetime) -> str:
        certificate = service.issue_if_earned(db, completion, now, issuer=ISSUER)
        assert certificate
        return certificate.code

    told = race(database, completion_id, _look, claim, now)
    assert list(told.values()) == [CLAIMS]
    assert db.scalar(select(func.count()).select_from(Certificate)) == 1
    assert db.scalar(select(func.count()).select_from(ActiveCertificate)) == 1


def test_the_race_bites(database: Database, db: Session, completion_id: int, now: datetime) -> None:
    """The mutant believes what it saw before it came to its turn, and asks no constraint."""

    def claim(db: Session, completion: CourseCompletion, seen: object, now: datetime) -> str:
        if isinstance(seen, Certificate):
            return seen.code
        details = db.get_one(CertificateDetails, completion.enrolment_id)
        frozen = service._freeze(db, completion, details, ISSUER, now)
        return service._write_certificate(db, completion.enrolment_id, completion.kind, frozen, None, now).code

    assert len(race(database, completion_id, _look, claim, now)) > 1
    assert (db.scalar(select(func.count()).select_from(Certificate)) or 0) > 1
