"""Those who run a course look after its certificates: who sees what, who decides, and never for oneself."""

from datetime import datetime
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import Role
from lms.certification import service
from lms.certification.models import Certificate, CorrectionRequest
from lms.certification.rules import new_code
from lms.runs.models import Enrolment
from tests.certification.earning import hold
from tests.certification.test_corrections import ask, make_staff
from tests.factories import SLUG, make_enrolment
from tests.people import log_in, make_person

LIST, CORRECTIONS = "/en/administration/certificates/", "/en/administration/corrections/"


@pytest.fixture
def ada(db: Session) -> Person:
    return make_person(db, "ada")


@pytest.fixture
def certificate(db: Session, tmp_path: Path, now: datetime, ada: Person) -> Certificate:
    return hold(db, tmp_path, ada, now, local_name="أدا")


def _token(client: FlaskClient) -> str:
    page = client.get("/en/privacy/").text
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]


def send(client: FlaskClient, address: str, **fields: str) -> int:
    return client.post(address, data={**fields, "csrf_token": _token(client)}).status_code


@pytest.mark.parametrize(
    ("role", "scope", "listed", "one", "decides", "revokes"),
    [
        (Role.COORDINATOR, f"course:{SLUG}", 200, 200, 200, 303),
        (Role.COORDINATOR, "*", 200, 200, 200, 303),
        (Role.PROGRAMME_MANAGER, f"course:{SLUG}", 200, 200, 200, 303),
        (Role.TRAINER, f"course:{SLUG}", 200, 200, 403, 403),
        (Role.TRAINER, "course:another", 200, 404, 404, 404),
        (Role.COORDINATOR, "course:another", 200, 404, 404, 404),
        (Role.PROGRAMME_MANAGER, "course:another", 200, 404, 404, 404),
        (Role.AUTHOR, f"course:{SLUG}", 404, 404, 404, 404),
        (Role.TRANSLATOR, "*", 404, 404, 404, 404),
        (Role.REVIEWER, "*", 404, 404, 404, 404),
    ],
)
def test_by_the_matrix(
    app: Flask, db: Session, now: datetime, ada: Person, certificate: Certificate,
    role: Role, scope: str, listed: int, one: int, decides: int, revokes: int,
) -> None:  # fmt: skip
    actor = make_staff(db, "co", role, now, scope)
    request = ask(db, ada, certificate.code, now)
    db.commit()
    client, code = log_in(app, actor), certificate.code
    assert client.get(LIST).status_code == listed
    assert client.get(f"{LIST}{code}/").status_code == one
    assert client.get(f"{LIST}{new_code()}/").status_code == 404
    assert client.get(f"{CORRECTIONS}{request.public_id}/").status_code == decides
    assert send(client, f"{LIST}{code}/revoke/", reason="Issued in error") == revokes
    seen = client.get(LIST, query_string={"q": code}).text + client.get(LIST, query_string={"q": ada.email}).text
    assert (seen.count("Ada Okafor</bdi>") == 2) == (one == 200), "found in one's own courses only"


def test_a_role_that_is_over_opens_nothing(app: Flask, db: Session, now: datetime, certificate: Certificate) -> None:
    over = RoleGrant(role=Role.COORDINATOR, scope="*", valid_from=now, valid_until=now)
    former = make_person(db, "former", grants=[over])
    db.commit()
    client = log_in(app, former)
    for address in (LIST, CORRECTIONS, f"{LIST}{certificate.code}/"):
        assert client.get(address).status_code == 404


def test_a_coordinator_who_learns_decides_for_others_only(
    app: Flask, db: Session, now: datetime, ada: Person, certificate: Certificate
) -> None:
    """Whoever looks after the course and holds its certificate sees it, and leaves it to somebody else."""
    request = ask(db, ada, certificate.code, now)
    ada.grants = [RoleGrant(role=Role.COORDINATOR, scope=f"course:{SLUG}", valid_from=now)]
    db.commit()
    client = log_in(app, ada)
    page = client.get(f"{LIST}{certificate.code}/").text
    assert "Somebody else has to decide about your own certificate." in page
    assert "/revoke/" not in page
    page = client.get(f"{CORRECTIONS}{request.public_id}/").text
    assert "Somebody else has to decide about your own certificate." in page
    assert "Decide</button>" not in page
    assert send(client, f"{LIST}{certificate.code}/revoke/", reason="x") == 403
    decision = {"decision": "accepted", "answer": ""}
    assert send(client, f"{CORRECTIONS}{request.public_id}/", **decision) == 403
    db.expire_all()
    assert db.scalars(select(CorrectionRequest.state)).all() == ["open"]


def test_a_learner_without_a_part_is_refused(app: Flask, db: Session, now: datetime, certificate: Certificate) -> None:
    px, eve = make_person(db, "px"), make_person(db, "eve")
    make_enrolment(db, px, now)
    db.commit()
    for person, status in ((px, 403), (eve, 404)):
        assert log_in(app, person).get(f"{LIST}{certificate.code}/").status_code == status


def test_from_asking_to_the_new_certificate(
    app: Flask, db: Session, now: datetime, ada: Person, certificate: Certificate
) -> None:
    co = make_staff(db, "co", Role.COORDINATOR, now)
    db.commit()
    owner, decider = log_in(app, ada), log_in(app, co)
    mine = f"/en/certificates/{certificate.code}/"
    assert "Ask for a correction" in owner.get(mine).text
    form = owner.get(f"{mine}correction/").text
    assert 'value="Ada Okafor"' in form
    wrong = owner.post(f"{mine}correction/", data={"name": "Άδα", "reason": "x", "csrf_token": _token(owner)})
    assert wrong.status_code == 422
    assert 'id="name-error"' in wrong.text
    assert 'value="Άδα"' in wrong.text
    asked = {"name": "Ada <b> Mensah", "reason": "x"}
    assert send(owner, f"{mine}correction/", **asked) == 422
    assert send(owner, f"{mine}correction/", name="Ada O'Mensah", reason="<i>passport</i>") == 303
    assert send(owner, f"{mine}correction/", name="Ada O'Mensah", reason="again") == 409
    assert "Take the request back" in owner.get(mine).text
    listed = unescape(decider.get(CORRECTIONS).text)
    for said in ("Ada Okafor", "Ada O'Mensah", "<i>passport</i>", ada.name):
        assert said in listed
    public_id = db.scalars(select(CorrectionRequest.public_id)).one()
    db.commit()  # lets others write
    one = f"{CORRECTIONS}{public_id}/"
    assert "<i>passport" not in decider.get(one).text
    assert send(decider, one) == 422
    assert send(decider, one, decision="withdrawn", answer="x") == 422
    assert send(decider, one, decision="declined", answer=" ") == 422
    assert send(decider, one, decision="accepted", answer="Seen.") == 303
    assert send(decider, one, decision="accepted", answer="Seen.") == 409
    assert "Nothing waits" in decider.get(CORRECTIONS).text
    history = decider.get(f"{LIST}{certificate.code}/").text
    assert "replaced by" in history
    assert f"correction {public_id}" in history
    assert ">Co</bdi>" in history
    new = db.scalars(select(Certificate.code).order_by(Certificate.id.desc())).first()
    db.commit()
    assert f'/certificates/{new}/"' in history
    history = decider.get(f"{LIST}{new}/").text
    assert "issued instead of" in history
    assert f'/certificates/{certificate.code}/"' in history
    assert "was replaced by another" in owner.get(mine).text
    assert "Ada O&#39;Mensah" in owner.get(f"/en/certificates/{new}/").text


def test_the_owner_reads_why_it_was_declined(
    app: Flask, db: Session, now: datetime, ada: Person, certificate: Certificate
) -> None:
    dee = make_person(db, "dee", now=now)
    request = ask(db, ada, certificate.code, now)
    db.commit()
    decider, owner = log_in(app, dee), log_in(app, ada)
    sent = {"decision": "declined", "answer": "Please ask with a passport."}
    assert send(decider, f"{CORRECTIONS}{request.public_id}/", **sent) == 303
    page = owner.get(f"/en/certificates/{certificate.code}/").text
    assert "declined" in page
    assert "Please ask with a passport." in page
    assert "Ask for a correction" in page


def test_revoked_from_the_page_with_reason_and_day(
    app: Flask, client: FlaskClient, db: Session, now: datetime, ada: Person, certificate: Certificate
) -> None:
    dee = make_person(db, "dee", now=now)
    db.commit()
    administrator, one = log_in(app, dee), f"{LIST}{certificate.code}/"
    assert send(administrator, f"{one}revoke/", reason=" ") == 422
    assert send(administrator, f"{one}revoke/", reason="Taken by somebody else") == 303
    page = administrator.get(one).text
    assert "revoked on" in page
    assert "Taken by somebody else" in page
    assert dee.name in page
    assert "/revoke/" not in page
    assert send(administrator, f"{one}revoke/", reason="again") == 409
    verified = client.get(f"/en/verify/{certificate.code}").text
    assert "was revoked on" in verified
    assert "Taken by" not in verified


def test_only_exact_searches_find(
    app: Flask, db: Session, now: datetime, ada: Person, certificate: Certificate
) -> None:
    dee = make_person(db, "dee", now=now)
    db.commit()
    client = log_in(app, dee)
    for typed, found in (
        (certificate.code.lower().replace("-", ""), True),
        (f"https://learn.example.org/v/{certificate.code}", True),
        (f" {ada.email.upper()} ", True),
        (ada.email[:-1], False),
        ("Ada", False),
        ("%", False),
        ("", False),
        ("\0", False),
    ):
        assert (certificate.code in client.get(LIST, query_string={"q": typed}).text) is found, typed
    db.execute(update(Enrolment).values(person_id=dee.id))
    db.commit()
    assert certificate.code not in client.get(LIST, query_string={"q": ada.email}).text


def test_coordinators_find_their_way(
    app: Flask, db: Session, now: datetime, ada: Person, certificate: Certificate
) -> None:
    """From their own certificates, which everybody has in the bar; administrators from administration."""
    co, bo = make_staff(db, "co", Role.COORDINATOR, now), make_staff(db, "bo", Role.TRAINER, now)
    elsewhere = make_staff(db, "elsewhere", Role.COORDINATOR, now, "course:another")
    ask(db, ada, certificate.code, now)
    db.commit()
    for person, told in ((co, True), (bo, False), (elsewhere, False), (ada, False)):
        page = log_in(app, person).get("/en/certificates/").text
        assert ("1 request to correct a certificate waits" in page) is told
    assert LIST in log_in(app, co).get("/en/certificates/").text
    assert CORRECTIONS in log_in(app, co).get(LIST).text
    assert LIST not in log_in(app, ada).get("/en/certificates/").text
    trainers = log_in(app, bo)
    assert CORRECTIONS not in trainers.get(LIST).text
    assert trainers.get(CORRECTIONS).status_code == 403
    service.revoke_certificate(db, None, certificate.code, reason="x", now=now)
    db.commit()
    assert "/revoke/" not in log_in(app, co).get(f"{LIST}{certificate.code}/").text
