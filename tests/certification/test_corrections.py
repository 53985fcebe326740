"""A name is corrected: asked for by the owner, decided once by somebody else, and the old code leads to the new one."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from lms import consequences
from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import Role
from lms.accounts.service import delete_account
from lms.certification import queries, service
from lms.certification.models import Certificate, CertificateEvent, CorrectionRequest
from lms.certification.rules import NEXT_STATES, CorrectionState, Status
from lms.kernel.db import Database
from lms.kernel.events import finish
from lms.kernel.files import FileStore
from lms.kernel.i18n import use_language
from lms.kernel.models import AuditEntry
from lms.kernel.refusals import Conflict, Denied, Invalid, NotFound
from lms.learning.models import CertificateDetails
from lms.settings import Settings
from tests.accounts.visitor import letters
from tests.certification.earning import hold
from tests.factories import SLUG
from tests.people import make_person

ACCEPTED, DECLINED = CorrectionState.ACCEPTED, CorrectionState.DECLINED
HANDS = 8


@pytest.fixture
def ada(db: Session) -> Person:
    return make_person(db, "ada", language="ar")


@pytest.fixture
def certificate(db: Session, tmp_path: Path, now: datetime, ada: Person) -> Certificate:
    return hold(db, tmp_path, ada, now, local_name="أدا")


def make_staff(db: Session, key: str, role: Role, now: datetime, scope: str = f"course:{SLUG}") -> Person:
    return make_person(db, key, now=now, grants=[RoleGrant(role=role, scope=scope, valid_from=now)])


def ask(db: Session, person: Person, code: str, now: datetime, **changes: str | None) -> CorrectionRequest:
    wanted = {"name": "Ada Okafor-Mensah", "local_name": None, "reason": "I married.\nMy passport says so."} | changes
    return service.ask_correction(db, person, code, now=now, **wanted)  # type: ignore[arg-type]


def _states(db: Session) -> list[str]:
    db.expire_all()
    return list(db.scalars(select(CorrectionRequest.state).order_by(CorrectionRequest.id)))


def _audited(db: Session, action: str) -> int:
    return db.scalar(select(func.count()).where(AuditEntry.action == action)) or 0


def test_asked_accepted_and_issued_anew(db: Session, now: datetime, ada: Person, certificate: Certificate) -> None:
    co, later = make_staff(db, "co", Role.COORDINATOR, now), now + timedelta(days=1)
    request = ask(db, ada, certificate.code, now)
    [waiting] = queries.open_corrections(db, frozenset({f"course:{SLUG}"}))
    assert (waiting.certificate.name, waiting.name, waiting.asked_by) == ("Ada Okafor", "Ada Okafor-Mensah", ada.name)
    assert queries.open_corrections(db, frozenset({"course:another"})) == []
    service.decide_correction(db, co, request.public_id, ACCEPTED, answer=" Seen in the passport. ", now=later)
    old = queries.certificate_by_code(db, certificate.code)
    assert old
    assert old.status is Status.REPLACED
    assert old.replaced_by
    new = queries.certificate_by_code(db, old.replaced_by)
    assert new
    assert (new.status, new.values.name, new.values.local_name) == (Status.VALID, "Ada Okafor-Mensah", "أدا")
    assert _states(db) == [ACCEPTED]
    assert queries.open_corrections(db, frozenset({"*"})) == []
    assert [_audited(db, each) for each in ("ask_correction", "decide_correction", "reissue_certificate")] == [1, 1, 1]
    told = letters(db)[-1]
    assert (told["key"], told["language"]) == (f"certificate.replaced:{certificate.code}", "ar")
    assert "Seen in the passport." in told["text"]
    details = db.scalars(select(CertificateDetails)).one()
    assert (details.name, details.local_name) == ("Ada Okafor-Mensah", "أدا"), "what is issued later carries it too"
    events = db.scalars(select(CertificateEvent.reason).order_by(CertificateEvent.id)).all()
    assert events == [None, None, f"correction {request.public_id}"], "the owner's words are not in the ledger"
    assert queries.broken_certificates(db) == []


def test_declined_with_a_sentence(db: Session, now: datetime, ada: Person, certificate: Certificate) -> None:
    manager = make_staff(db, "ma", Role.PROGRAMME_MANAGER, now)
    request = ask(db, ada, certificate.code, now)
    with pytest.raises(Invalid):
        service.decide_correction(db, manager, request.public_id, DECLINED, answer=" ", now=now)
    service.decide_correction(db, manager, request.public_id, DECLINED, answer="Please send your passport.", now=now)
    found = queries.certificate_by_code(db, certificate.code)
    assert found
    assert found.status is Status.VALID
    told = letters(db)[-1]
    assert (told["to_email"], told["language"]) == (ada.email, "ar")
    assert "Please send your passport." in told["text"]
    for decision in (ACCEPTED, DECLINED):
        with pytest.raises(Conflict):
            service.decide_correction(db, manager, request.public_id, decision, answer="again", now=now)
    again = ask(db, ada, certificate.code, now)
    service.decide_correction(db, manager, again.public_id, DECLINED, answer="Still missing.", now=now)
    assert "Still missing." in letters(db)[-1]["text"], "each decision has a letter of its own"
    assert _states(db) == [DECLINED, DECLINED]


def test_one_open_request_a_certificate(db: Session, now: datetime, ada: Person, certificate: Certificate) -> None:
    ask(db, ada, certificate.code, now)
    with pytest.raises(Conflict):
        ask(db, ada, certificate.code, now, name="Ada Else")
    with pytest.raises(IntegrityError), db.begin_nested():
        db.execute(insert(CorrectionRequest).values(certificate_id=certificate.id, name="x", reason="x", asked_at=now))
    service.withdraw_correction(db, ada, certificate.code, now)
    with pytest.raises(Conflict):
        service.withdraw_correction(db, ada, certificate.code, now)
    ask(db, ada, certificate.code, now)
    assert _states(db) == ["withdrawn", "open"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "Адa Okafor"}, "name"),
        ({"name": "A" * 121}, "name"),
        ({"name": " Ada  Okafor "}, "name"),
        ({"name": "Ada Okafor", "local_name": "أدا"}, "name"),
        ({"local_name": "王秀英"}, "local_name"),
        ({"local_name": "أ" * 121}, "local_name"),
        ({"reason": " \n "}, "reason"),
    ],
)
def test_what_cannot_be_printed_is_said_at_its_field(
    db: Session, now: datetime, ada: Person, certificate: Certificate, changes: dict[str, str | None], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(db, ada, certificate.code, now, **changes)
    assert set(refused.value.fields) == {field}
    assert _states(db) == []


def test_only_the_local_name_can_be_asked_for(
    db: Session, now: datetime, ada: Person, certificate: Certificate
) -> None:
    dee = make_person(db, "dee", now=now)
    request = ask(db, ada, certificate.code, now, name="Ada Okafor", local_name="أدا أوكافور")
    service.decide_correction(db, dee, request.public_id, ACCEPTED, answer="", now=now)
    [view] = queries.certificates_of(db, ada)
    assert (view.values.name, view.values.local_name) == ("Ada Okafor", "أدا أوكافور")


def test_who_may_ask_and_who_decides(db: Session, now: datetime, ada: Person, certificate: Certificate) -> None:
    eve = make_person(db, "eve")
    with pytest.raises(NotFound):
        ask(db, eve, certificate.code, now)
    with pytest.raises(NotFound):
        service.withdraw_correction(db, eve, certificate.code, now)
    request = ask(db, ada, certificate.code, now)
    dee = make_person(db, "dee", now=now)
    with pytest.raises(NotFound):
        service.decide_correction(db, dee, "nothing", ACCEPTED, answer="", now=now)
    elsewhere = make_staff(db, "elsewhere", Role.COORDINATOR, now, "course:another")
    trainer = make_staff(db, "bo", Role.TRAINER, now)
    for actor in (ada, eve, elsewhere, trainer):
        with pytest.raises(Denied):
            service.decide_correction(db, actor, request.public_id, ACCEPTED, answer="", now=now)
    ada.grants = [RoleGrant(role=role, scope="*", valid_from=now) for role in (Role.ADMINISTRATOR, Role.COORDINATOR)]
    db.flush()
    with pytest.raises(Denied, match="own certificate"):
        service.decide_correction(db, ada, request.public_id, ACCEPTED, answer="", now=now)
    assert _states(db) == ["open"]


def test_when_the_certificate_ends_nobody_decides(
    db: Session, now: datetime, ada: Person, certificate: Certificate
) -> None:
    request = ask(db, ada, certificate.code, now)
    new = service.reissue_certificate(db, None, certificate.code, name="Ada O.", now=now)
    ask(db, ada, new.code, now)
    service.revoke_certificate(db, None, new.code, reason="x", now=now)
    assert _states(db) == ["withdrawn", "withdrawn"]
    dee = make_person(db, "dee", now=now)
    with pytest.raises(Conflict):
        service.decide_correction(db, dee, request.public_id, ACCEPTED, answer="", now=now)
    for code in (certificate.code, new.code):
        with pytest.raises(Conflict):
            ask(db, ada, code, now)


def test_a_deleted_account_leaves_no_words(
    db: Session, settings: Settings, now: datetime, ada: Person, certificate: Certificate
) -> None:
    dee = make_person(db, "dee", now=now)
    first = ask(db, ada, certificate.code, now)
    service.decide_correction(db, dee, first.public_id, DECLINED, answer="Ada, which passport?", now=now)
    ask(db, ada, certificate.code, now, local_name="أدا م")
    held = service.personal_data(db, ada, FileStore(settings.data_dir / "files"))["corrections"]
    assert isinstance(held, list)
    assert [(each["state"], each["answer"]) for each in held] == [("open", None), ("declined", "Ada, which passport?")]
    delete_account(db, settings, ada, old_hash="!", now=now)
    finish(db, consequences.within(settings), now)
    assert _states(db) == ["declined", "withdrawn"]
    for each in db.scalars(select(CorrectionRequest)):
        assert (each.name, each.local_name, each.reason, each.answer) == (None, None, None, None)
    assert queries.broken_certificates(db) == []


def test_only_an_open_request_moves() -> None:
    assert {state for state, ahead in NEXT_STATES.items() if ahead} == {CorrectionState.OPEN}
    assert set(NEXT_STATES) == set(CorrectionState)


def test_letters_say_all_in_every_language(db: Session, now: datetime, ada: Person, certificate: Certificate) -> None:
    dee = make_person(db, "dee", now=now)
    with use_language("fr"):  # of whoever decides
        request = ask(db, ada, certificate.code, now)
        service.decide_correction(db, dee, request.public_id, DECLINED, answer="Non.", now=now)
    told = letters(db)[-1]
    assert certificate.code in told["text"]
    assert "https://learn.example.org/ar/certificates/" in told["text"]


# -- two who decide at once

Decide = Callable[[Session, Person, str, datetime], None]


def race(database: Database, public_id: str, deciders: list[int], decide: Decide, now: datetime) -> Counter[str]:
    together = threading.Barrier(len(deciders), timeout=30)

    def one(id_: int) -> str:
        together.wait()
        with database.session(write=True) as db:
            query = select(Person).where(Person.id == id_).options(joinedload(Person.grants))
            try:
                decide(db, db.scalars(query).unique().one(), public_id, now)
                db.commit()
            except Conflict:
                return "too late"
        return "decided"

    with ThreadPoolExecutor(len(deciders)) as hands:
        return Counter(hands.map(one, deciders))


@pytest.fixture
def asked(db: Session, now: datetime, ada: Person, certificate: Certificate) -> tuple[str, list[int]]:
    """An open request, and those who will decide about it."""
    public_id = ask(db, ada, certificate.code, now).public_id
    deciders = [make_staff(db, f"co{number}", Role.COORDINATOR, now) for number in range(HANDS)]
    db.flush()
    ids = [each.id for each in deciders]
    db.commit()
    return public_id, ids


def test_who_decide_at_once_issue_one_certificate(
    database: Database, db: Session, asked: tuple[str, list[int]], now: datetime
) -> None:
    def decide(db: Session, person: Person, public_id: str, now: datetime) -> None:
        decision = ACCEPTED if person.id % 2 else DECLINED
        service.decide_correction(db, person, public_id, decision, answer="Seen.", now=now)

    assert race(database, *asked, decide, now) == {"decided": 1, "too late": HANDS - 1}
    [state] = _states(db)
    assert db.scalar(select(func.count()).select_from(Certificate)) == (2 if state == ACCEPTED else 1)
    assert len(letters(db)) == 2, "issued, and one decision"
    assert queries.broken_certificates(db) == []


def test_the_race_bites(database: Database, db: Session, asked: tuple[str, list[int]], now: datetime) -> None:
    """The mutant writes its decision without asking whether the request is still open."""

    def decide(db: Session, person: Person, public_id: str, now: datetime) -> None:
        change = update(CorrectionRequest).where(CorrectionRequest.public_id == public_id)
        db.execute(change.values(state=DECLINED, ended_at=now, decided_by_id=person.id, answer="Seen."))

    assert race(database, *asked, decide, now) == {"decided": HANDS}
