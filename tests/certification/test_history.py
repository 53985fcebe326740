"""The history of all certificates is one chain: what is done to it behind the platform's back is found and named."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.accounts.service import delete_account
from lms.catalog.models import Edition
from lms.certification import queries, service
from lms.certification.models import Certificate, CertificateEvent, CertificateHistory
from lms.certification.rules import FIRST_LINK, link
from lms.kernel.db import Database, append_only_ddl
from lms.learning.models import CourseCompletion
from lms.operations import schema
from lms.operations.doctor import Health, Patient, check_certificates
from lms.settings import Settings
from tests.certification.earning import ISSUER, confirm, hold
from tests.factories import make_enrolment
from tests.people import make_person

HANDS = 12


def unguard(db: Session, table: str) -> None:
    """What somebody does who has the database in hand."""
    if db.get_bind().dialect.name == "sqlite":
        db.execute(text(f"DROP TRIGGER {table}_no_update"))
        db.execute(text(f"DROP TRIGGER {table}_no_delete"))
    else:
        db.execute(text(f"DROP TRIGGER {table}_append_only ON {table}"))


@pytest.fixture
def codes(db: Session, tmp_path: Path, now: datetime) -> list[str]:
    """Ada's certificate, issued, replaced, and the new one revoked: four events, unguarded."""
    first = hold(db, tmp_path, make_person(db, "ada"), now)
    second = service.reissue_certificate(db, None, first.code, name="Ada O.", now=now)
    service.revoke_certificate(db, None, second.code, reason="issued in error", now=now)
    unguard(db, "certificate_event")
    db.commit()
    assert queries.broken_certificates(db) == []
    return [first.code, second.code]


def _rows(db: Session) -> list[CertificateEvent]:
    return list(db.scalars(select(CertificateEvent).order_by(CertificateEvent.id)))


def test_each_event_names_the_one_before(db: Session, codes: list[str]) -> None:
    rows = _rows(db)
    assert [each.kind for each in rows] == ["issued", "issued", "replaced", "revoked"]
    assert [each.prev_hash for each in rows] == [FIRST_LINK, *(each.hash for each in rows[:-1])]
    assert db.execute(select(CertificateHistory.length, CertificateHistory.hash)).one() == (4, rows[-1].hash)


def test_a_changed_event_is_named(db: Session, codes: list[str]) -> None:
    last = _rows(db)[-1]
    db.execute(update(CertificateEvent).where(CertificateEvent.id == last.id).values(reason="asked for by the owner"))
    db.expire_all()
    assert queries.broken_certificates(db) == [
        f"history, event {last.id} ({codes[1]}, revoked): it was changed after it was written."
    ]


def test_a_changed_event_with_a_fitting_hash_is_missed_by_the_next(
    db: Session, codes: list[str], now: datetime
) -> None:
    third, fourth = _rows(db)[2:]
    digest = db.scalars(select(Certificate.digest).where(Certificate.code == codes[0])).one()
    forged = link(
        third.prev_hash,
        code=codes[0],
        digest=digest,
        kind=third.kind,
        reason="as the owner wished",
        successor=codes[1],
        actor=third.actor,
        at=third.at,
    )
    change = update(CertificateEvent).where(CertificateEvent.id == third.id)
    db.execute(change.values(reason="as the owner wished", hash=forged))
    db.expire_all()
    assert queries.broken_certificates(db) == [
        f"history, event {fourth.id} ({codes[1]}, revoked): what was written before it is missing or was changed."
    ]


def test_a_certificate_sealed_anew_no_longer_fits_to_its_events(db: Session, codes: list[str]) -> None:
    """Another name and a seal that fits it: the events remember the seal of old."""
    certificate = db.scalars(select(Certificate).where(Certificate.code == codes[1])).one()
    frozen = certificate.frozen | {"names": {"name": "Eve Moreau", "local_name": ""}}
    digest = queries.seal(certificate.code, frozen, certificate.template_digest)
    unguard(db, "certificate")
    db.execute(update(Certificate).where(Certificate.id == certificate.id).values(frozen=frozen, digest=digest))
    db.expire_all()
    found = queries.broken_certificates(db)
    assert [each.partition(": ")[2] for each in found] == ["it was changed after it was written."] * 2
    assert all(codes[1] in each for each in found)


def test_a_missing_event_is_named(db: Session, codes: list[str]) -> None:
    third, fourth = _rows(db)[2:]
    db.execute(delete(CertificateEvent).where(CertificateEvent.id == third.id))
    db.expire_all()
    assert queries.broken_certificates(db) == [
        f"{codes[0]}: its events do not fit to whether it counts.",
        f"history, event {fourth.id} ({codes[1]}, revoked): what was written before it is missing or was changed.",
        "history: its last events are missing, or something was put behind them.",
    ]


def test_events_that_changed_places_are_named(db: Session, codes: list[str]) -> None:
    third, fourth = (each.id for each in _rows(db)[2:])
    for old, new in ((third, 9_000), (fourth, third), (9_000, fourth)):
        db.execute(update(CertificateEvent).where(CertificateEvent.id == old).values(id=new))
    db.expunge_all()
    found = queries.broken_certificates(db)
    place = "it stands in another place than where it was written."
    assert found[:2] == [
        f"history, event {third} ({codes[1]}, revoked): {place}",
        f"history, event {fourth} ({codes[0]}, replaced): {place}",
    ]


def test_a_cut_end_is_named(db: Session, codes: list[str]) -> None:
    """The last event goes, and the certificate is made to count again."""
    last = _rows(db)[-1]
    db.execute(delete(CertificateEvent).where(CertificateEvent.id == last.id))
    enrolment, certificate = db.execute(
        select(Certificate.enrolment_id, Certificate.id).where(Certificate.code == codes[1])
    ).one()
    db.execute(
        text("INSERT INTO active_certificate (enrolment_id, kind, certificate_id) VALUES (:e, 'completion', :c)"),
        {"e": enrolment, "c": certificate},
    )
    db.expire_all()
    assert queries.broken_certificates(db) == [
        "history: its last events are missing, or something was put behind them."
    ]


def test_the_doctor_says_which(
    database: Database, db: Session, settings: Settings, codes: list[str], now: datetime
) -> None:
    patient = Patient(database, settings, now)
    assert [each.health for each in check_certificates(patient)] == [Health.WELL]
    db.execute(update(CertificateEvent).values(actor="person:somebody-else"))
    db.commit()
    said = [(each.health, each.sentence) for each in check_certificates(patient)]
    assert len(said) == 4
    assert said[0][0] is Health.PROBLEM
    assert said[0][1].startswith(f"Certificate history, event {_rows(db)[0].id} ({codes[0]}, issued)")


def test_a_deleted_account_leaves_the_chain_whole(
    db: Session, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    ada, dee = make_person(db, "ada"), make_person(db, "dee", now=now)
    certificate = hold(db, tmp_path, ada, now)
    service.revoke_certificate(db, dee, certificate.code, reason="x", now=now)
    for person in (ada, dee):
        delete_account(db, settings, person, old_hash="!", now=now)
    assert queries.broken_certificates(db) == []


def test_certificates_from_before_are_linked(db: Session, database: Database, codes: list[str]) -> None:
    before = [(each.id, each.prev_hash, each.hash) for each in _rows(db)]
    for statement in append_only_ddl("certificate_event", db.get_bind().dialect.name):
        db.execute(text(statement))
    db.commit()
    schema.undo_to(database, "0002")
    schema.migrate(database)
    db.expunge_all()
    assert [(each.id, each.prev_hash, each.hash) for each in _rows(db)] == before
    assert queries.broken_certificates(db) == []


# -- appending at the same moment


def append_together(
    database: Database, completions: list[int], append: Callable[[Session, CourseCompletion], None]
) -> list[str]:
    """Everybody waits for everybody, then each issues a certificate of their own; what went wrong."""
    together = threading.Barrier(len(completions), timeout=30)

    def one(id_: int) -> str:
        together.wait()
        with database.session(write=True) as db:
            try:
                append(db, db.get_one(CourseCompletion, id_))
                db.commit()
            except IntegrityError:
                return "refused"
        return "linked"

    with ThreadPoolExecutor(len(completions)) as hands:
        return sorted(hands.map(one, completions))


@pytest.fixture
def completions(db: Session, tmp_path: Path, now: datetime) -> list[int]:
    hold(db, tmp_path, make_person(db, "first"), now)
    edition, made = db.scalars(select(Edition.id)).one(), []
    for number in range(HANDS):
        enrolment = make_enrolment(db, make_person(db, f"p{number}"), now)
        confirm(db, enrolment, now, name="Ada Okafor")
        made.append(
            CourseCompletion(enrolment_id=enrolment.id, kind="completion", edition_id=edition, completed_at=now)
        )
    db.add_all(made)
    db.commit()
    return [each.id for each in made]


def test_those_who_append_together_make_one_chain(
    database: Database, db: Session, completions: list[int], now: datetime
) -> None:
    def append(db: Session, completion: CourseCompletion) -> None:
        service.issue_if_earned(db, completion, now, issuer=ISSUER)

    assert append_together(database, completions, append) == ["linked"] * HANDS
    assert queries.broken_certificates(db) == []
    assert db.scalar(select(CertificateHistory.length)) == HANDS + 1


def test_without_the_lock_they_would_fork(
    database: Database, db: Session, completions: list[int], now: datetime
) -> None:
    """The mutant believes the end of the chain that was there before its turn; the database refuses the fork."""
    for each in db.scalars(select(CourseCompletion).where(CourseCompletion.id.in_(completions))).all():
        service.issue_if_earned(db, each, now, issuer=ISSUER)
    end = db.scalars(select(CertificateHistory.hash)).one()
    db.commit()

    def append(db: Session, completion: CourseCompletion) -> None:
        held = queries.issued_certificate(db, completion.enrolment_id, "completion")
        assert held
        row = {"certificate_id": held.id, "kind": "revoked", "actor": "system", "at": now}
        db.execute(insert(CertificateEvent).values(row | {"prev_hash": end, "hash": held.code}))

    assert append_together(database, completions, append) == ["linked"] + ["refused"] * (HANDS - 1)
