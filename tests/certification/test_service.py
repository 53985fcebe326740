"""A certificate's life: earned once, printed once, perhaps revoked or replaced, never rewritten."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.accounts.service import delete_account
from lms.certification import queries, service
from lms.certification.models import (
    ActiveCertificate,
    Certificate,
    CertificateEvent,
    CertificateTemplate,
    PrintedCertificate,
)
from lms.certification.rules import Status
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.kernel.i18n import format_date, use_language
from lms.kernel.models import AuditEntry, OutboxJob
from lms.kernel.refusals import Conflict, Denied, Invalid, NotFound
from lms.learning.models import CourseCompletion
from lms.runs.models import Enrolment
from lms.settings import Settings
from tests.accounts.visitor import letters
from tests.certification.earning import ISSUER, confirm, earn, hold
from tests.people import make_person


@pytest.fixture
def ada(db: Session) -> Person:
    return make_person(db, "ada")


def _count(db: Session, model: type) -> int:
    return db.scalar(select(func.count()).select_from(model)) or 0


def test_issued_once_with_everything_frozen(db: Session, tmp_path: Path, now: datetime, ada: Person) -> None:
    completion = earn(db, tmp_path, ada, now, local_name="أدا أوكافور", language="ar")
    issued_at = now + timedelta(days=2)
    certificate = service.issue_if_earned(db, completion, issued_at, issuer=ISSUER)
    assert certificate
    again = service.issue_if_earned(db, completion, issued_at + timedelta(days=1), issuer=ISSUER)
    assert again is certificate
    frozen = certificate.frozen
    assert frozen["names"] == {"name": "Ada Okafor", "local_name": "أدا أوكافور"}
    assert (frozen["language"], frozen["direction"], frozen["course_language"]) == ("ar", "rtl", "ar")
    assert frozen["course_title"] == "عربي Cash transfers: the first steps"
    assert (frozen["completed_on"], frozen["issued_on"]) == ("2026-11-20", "2026-11-22")
    assert frozen["verify_url"] == f"https://learn.example.org/v/{certificate.code}"
    assert len(frozen["partners"]) == 2
    assert [_count(db, model) for model in (Certificate, ActiveCertificate, CertificateEvent, CertificateTemplate)] == [
        1
    ] * 4
    jobs = db.scalars(select(OutboxJob.key).order_by(OutboxJob.id)).all()
    assert jobs == [f"certificate.render:{certificate.code}", f"mail:certificate.issued:{certificate.code}"]
    assert db.scalar(select(func.count()).where(AuditEntry.action == "issue_certificate")) == 1
    assert queries.broken_certificates(db) == []


def test_nothing_is_issued_before_the_name_is_confirmed(
    db: Session, tmp_path: Path, now: datetime, ada: Person
) -> None:
    completion = earn(db, tmp_path, ada, now, name=None)
    assert service.issue_if_earned(db, completion, now, issuer=ISSUER) is None
    assert _count(db, Certificate) == 0
    confirm(db, db.get_one(Enrolment, completion.enrolment_id), now, name="Ada O.")
    assert service.issue_if_earned(db, completion, now, issuer=ISSUER)


def test_a_local_name_our_type_lacks_is_left_out(db: Session, tmp_path: Path, now: datetime, ada: Person) -> None:
    certificate = hold(db, tmp_path, ada, now, local_name="王秀英")
    assert certificate.frozen["names"] == {"name": "Ada Okafor", "local_name": ""}


def test_a_course_in_a_language_it_lacks_keeps_its_own_title(
    db: Session, tmp_path: Path, now: datetime, ada: Person
) -> None:
    certificate = hold(db, tmp_path, ada, now, language="fr")
    assert (certificate.frozen["language"], certificate.frozen["course_language"]) == ("fr", "en")


def test_revoked_stays_revoked(db: Session, tmp_path: Path, now: datetime, ada: Person) -> None:
    dee, certificate = make_person(db, "dee", now=now), hold(db, tmp_path, ada, now)
    later = now + timedelta(days=3)
    with pytest.raises(Invalid):
        service.revoke_certificate(db, dee, certificate.code, reason=" ", now=later)
    service.revoke_certificate(db, dee, certificate.code.lower().replace("-", " "), reason="issued in error", now=later)
    found = queries.certificate_by_code(db, certificate.code)
    assert found
    assert (found.status, found.ended_on) == (Status.REVOKED, later.date())
    with pytest.raises(Conflict):
        service.revoke_certificate(db, dee, certificate.code, reason="again", now=later)
    with pytest.raises(Conflict):
        service.reissue_certificate(db, dee, certificate.code, name="Ada", now=later)
    claimed = service.issue_if_earned(db, _completion(db), later, issuer=ISSUER)
    assert claimed
    assert claimed.id == certificate.id, "a claim after the revocation makes no new one"
    assert _count(db, Certificate) == 1
    assert _count(db, ActiveCertificate) == 0
    assert queries.broken_certificates(db) == []


def test_reissued_with_another_name(db: Session, tmp_path: Path, now: datetime, ada: Person) -> None:
    certificate = hold(db, tmp_path, ada, now, local_name="أدا")
    later = now + timedelta(days=3)
    with pytest.raises(Invalid):
        service.reissue_certificate(db, None, certificate.code, name="Ada 王", now=later)
    new = service.reissue_certificate(db, None, certificate.code, name=" Ada  Okafor-Mensah ", now=later)
    assert new.code != certificate.code
    kept = ("course_title", "completed_on", "hours", "issuer", "language")
    assert {key: new.frozen[key] for key in kept} == {key: certificate.frozen[key] for key in kept}
    assert new.frozen["names"] == {"name": "Ada Okafor-Mensah", "local_name": "أدا"}
    assert new.frozen["issued_on"] == later.date().isoformat()
    assert "Ada Okafor-Mensah" in new.frozen["words"]["document_title"]
    old = queries.certificate_by_code(db, certificate.code)
    assert old
    assert (old.status, old.replaced_by, old.values.name) == (Status.REPLACED, new.code, "Ada Okafor")
    assert [view.values.code for view in queries.certificates_of(db, ada)] == [new.code]
    assert queries.broken_certificates(db) == []
    with pytest.raises(Conflict):
        service.reissue_certificate(db, None, certificate.code, name="Ada", now=later)


@pytest.mark.parametrize(
    ("zone", "completed", "issued", "reissued"),
    [
        ("UTC", "November 20, 2026", "November 22, 2026", "November 24, 2026"),
        ("Pacific/Auckland", "November 21, 2026", "November 22, 2026", "November 25, 2026"),
        ("America/Bogota", "November 20, 2026", "November 21, 2026", "November 24, 2026"),
    ],
)
def test_days_are_those_of_the_learners_calendar(
    db: Session, tmp_path: Path, now: datetime, zone: str, completed: str, issued: str, reissued: str
) -> None:
    """Just before midnight UTC, just after it, and in the middle of a day that has begun in Auckland only."""
    ada = make_person(db, "ada", time_zone=zone)
    completion = earn(db, tmp_path, ada, now.replace(hour=23, minute=59))
    certificate = service.issue_if_earned(db, completion, now.replace(day=22, hour=0, minute=1), issuer=ISSUER)
    assert certificate
    new = service.reissue_certificate(db, None, certificate.code, name="Ada O.", now=now.replace(day=24, hour=12))
    for each, day in ((certificate, issued), (new, reissued)):
        assert [fact["text"] for fact in each.frozen["facts"][1:]] == [completed, day]
        found = queries.certificate_by_code(db, each.code)
        assert found
        assert [format_date(each) for each in (found.values.completed_on, found.values.issued_on)] == [completed, day]
    ada.time_zone = "Pacific/Honolulu"
    db.flush()
    found = queries.certificate_by_code(db, certificate.code)
    assert found
    assert format_date(found.values.completed_on) == completed, "frozen, wherever the learner moves"
    assert found.ended_on == now.replace(day=24).date()


def test_the_owner_is_told_in_their_own_language(db: Session, tmp_path: Path, now: datetime) -> None:
    ada = make_person(db, "ada", language="ar", name="Ada Eze", time_zone="Pacific/Auckland")
    certificate = hold(db, tmp_path, ada, now, language="en")
    with use_language("fr"):  # of whoever does it
        new = service.reissue_certificate(db, None, certificate.code, name="Ada O. Okafor", now=now)
        reason = "The quiz was taken by somebody else.\nTwo people said so."
        service.revoke_certificate(db, None, new.code, reason=reason, now=now.replace(hour=23))
    told = letters(db)
    assert [(each["key"], each["to_name"], each["to_email"], each["language"]) for each in told] == [
        (key, "Ada Eze", "ada@example.org", "ar")
        for key in (
            f"certificate.issued:{certificate.code}",
            f"certificate.replaced:{certificate.code}",
            f"certificate.revoked:{new.code}",
        )
    ]
    site = "https://learn.example.org"
    for letter, code in zip(told, (certificate.code, certificate.code, new.code), strict=True):
        assert {f"{site}/ar/certificates/", f"{site}/v/{code}", "Masar"} <= set(letter["text"].splitlines())
        assert "Cash transfers: the first steps" in letter["subject"]
    assert new.code in told[1]["text"]
    with use_language("ar"):
        assert format_date(now.date()) in told[2]["text"]
    assert reason in told[2]["text"]


def test_a_letter_for_each_kind(db: Session, tmp_path: Path, now: datetime, ada: Person) -> None:
    hold(db, tmp_path, ada, now, kind="participation")
    [letter] = letters(db)
    assert "You have taken part in the course" in letter["text"]


def test_deleted_people_get_no_letter(
    db: Session, settings: Settings, tmp_path: Path, now: datetime, ada: Person
) -> None:
    certificate = hold(db, tmp_path, ada, now)
    delete_account(db, settings, ada, old_hash="!", now=now)
    before = letters(db)
    new = service.reissue_certificate(db, None, certificate.code, name="Ada O.", now=now)
    service.revoke_certificate(db, None, new.code, reason="x", now=now)
    assert letters(db) == before


def test_who_may_end_a_certificate(db: Session, tmp_path: Path, now: datetime, ada: Person) -> None:
    certificate = hold(db, tmp_path, ada, now)
    dee, eve = make_person(db, "dee", now=now), make_person(db, "eve")
    for actor in (ada, eve):
        with pytest.raises(Denied):
            service.revoke_certificate(db, actor, certificate.code, reason="x", now=now)
    with pytest.raises(NotFound):
        service.revoke_certificate(db, dee, "0" * 28, reason="x", now=now)
    db.execute(update(Enrolment).values(person_id=dee.id))
    with pytest.raises(Denied, match="own certificate"):
        service.revoke_certificate(db, dee, certificate.code, reason="x", now=now)
    assert _count(db, ActiveCertificate) == 1


def test_the_database_itself_refuses_changes(db: Session, tmp_path: Path, now: datetime, ada: Person) -> None:
    hold(db, tmp_path, ada, now)
    for statement in (
        "UPDATE certificate SET language = 'fr'",
        "DELETE FROM certificate_event",
        "UPDATE certificate_template SET files = '{}'",
    ):
        with pytest.raises(DBAPIError), db.begin_nested():
            db.execute(text(statement))
    row = {"certificate_id": 1, "actor": "system", "at": now, "prev_hash": "a", "hash": "b"}
    with pytest.raises(IntegrityError), db.begin_nested():
        db.execute(insert(CertificateEvent).values(row | {"kind": "replaced"}))


def test_tampering_is_found(db: Session, tmp_path: Path, now: datetime, ada: Person) -> None:
    """Somebody with the database in hand takes the triggers away and changes a name."""
    certificate = hold(db, tmp_path, ada, now)
    if db.get_bind().dialect.name == "sqlite":
        db.execute(text("DROP TRIGGER certificate_no_update"))
    else:
        db.execute(text("DROP TRIGGER certificate_append_only ON certificate"))
    db.execute(
        update(Certificate).values(frozen=certificate.frozen | {"names": {"name": "Eve Moreau", "local_name": ""}})
    )
    db.expire_all()
    assert queries.broken_certificates(db) == [
        f"{certificate.code}: what is printed on it was changed after it was issued."
    ]


def test_printed_once_and_kept(db: Session, database: Database, tmp_path: Path, now: datetime, ada: Person) -> None:
    certificate_id, files = hold(db, tmp_path, ada, now).id, FileStore(tmp_path / "files")
    digest = service.print_certificate(database, files, certificate_id)
    assert files.get(digest).startswith(b"%PDF-1.7")
    assert service.print_certificate(database, files, certificate_id) == digest
    files.path(digest).unlink()
    assert service.print_certificate(database, files, certificate_id) == digest, "lost and printed anew: the same bytes"
    assert queries.printed_files(db) == {digest}
    assert _count(db, PrintedCertificate) == 1


def test_my_data_holds_my_certificates(
    db: Session, database: Database, tmp_path: Path, now: datetime, ada: Person
) -> None:
    """Replaced ones too; with the PDF of each that is printed."""
    certificate, files = hold(db, tmp_path, ada, now), FileStore(tmp_path / "files")
    digest = service.print_certificate(database, files, certificate.id)
    new = service.reissue_certificate(db, None, certificate.code, name="Ada O.", now=now)
    data = service.personal_data(db, ada, files)
    name = f"certificate-{certificate.code}.pdf"
    assert data["files"] == {name: files.get(digest)}
    assert isinstance(data["certificates"], list)
    told = [(each["code"], each["status"], each["replaced_by"], each["file"]) for each in data["certificates"]]
    assert told == [(new.code, "valid", None, None), (certificate.code, "replaced", new.code, name)]
    assert service.personal_data(db, make_person(db, "eve"), files) == {
        "certificates": [],
        "corrections": [],
        "files": {},
    }
    files.path(digest).unlink()
    assert service.personal_data(db, ada, files)["files"] == {}, "lost, and no reason to refuse the rest"


def _completion(db: Session) -> CourseCompletion:
    return db.scalars(select(CourseCompletion)).one()
