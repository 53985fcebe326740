"""What verifiers see, what owners get, and what nobody else learns."""

import re
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.certification import service
from lms.certification.models import Certificate
from lms.certification.rules import new_code
from lms.certification.views import MOST_MISSES
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from tests.certification.earning import hold
from tests.people import log_in, make_person


@pytest.fixture
def ada(db: Session) -> Person:
    return make_person(db, "ada", local_name="CANARY-local", organisation="CANARY-organisation")


@pytest.fixture
def certificate(db: Session, tmp_path: Path, now: datetime, ada: Person) -> Certificate:
    return hold(db, tmp_path, ada, now, name="Ada Okafor", local_name="أدا أوكافور", language="ar")


def _seen(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


@pytest.mark.parametrize("lang", ["en", "ar", "fr", "es"])
def test_every_printed_field_and_nothing_else(
    client: FlaskClient, certificate: Certificate, ada: Person, lang: str
) -> None:
    answer = client.get(f"/{lang}/verify/{certificate.code}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    frozen = certificate.frozen
    for said in ("Ada Okafor", "أدا أوكافور", certificate.code, "2026", frozen["issuer"], *frozen["partners"]):
        assert said in answer.text
    assert frozen["course_title"] in answer.text
    for secret in ("CANARY", ada.email, ada.public_id, "classic"):
        assert secret not in answer.text


def test_revoked_and_replaced_say_so(client: FlaskClient, db: Session, certificate: Certificate, now: datetime) -> None:
    later = now + timedelta(days=2)
    new = service.reissue_certificate(db, None, certificate.code, name="Ada O. Mensah", reason="CANARY", now=later)
    db.commit()
    old = client.get(f"/en/verify/{certificate.code}").text
    assert "was replaced by another on November 22, 2026" in _seen(old)
    assert f"/en/verify/{new.code}" in old
    assert "is valid" in _seen(client.get(f"/en/verify/{new.code}").text)
    service.revoke_certificate(db, None, new.code, reason="CANARY", now=later)
    db.commit()
    revoked = client.get(f"/en/verify/{new.code}").text
    assert "was revoked on November 22, 2026" in _seen(revoked)
    assert "Ada O. Mensah" in revoked
    assert "CANARY" not in old + revoked


def test_codes_nobody_holds_all_get_the_same_answer(client: FlaskClient, certificate: Certificate) -> None:
    answers = [
        client.get(f"/en/verify/{code}") for code in (new_code(), new_code(), "x", "0" * 300, "../../etc", "-", "é%00")
    ]
    assert {answer.status_code for answer in answers} <= {404}
    bodies = {re.sub(r"/verify/[^\"]*", "", answer.text) for answer in answers if "No certificate" in answer.text}
    assert len(bodies) == 1
    assert all("no-store" in answer.headers["Cache-Control"] for answer in answers if "No certificate" in answer.text)


def test_guessing_ends_soon(client: FlaskClient, certificate: Certificate) -> None:
    for _ in range(MOST_MISSES):
        assert client.get(f"/en/verify/{new_code()}").status_code == 404
    refused = client.get(f"/en/verify/{certificate.code}")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0


def test_verifying_what_exists_counts_nothing(client: FlaskClient, certificate: Certificate) -> None:
    for _ in range(MOST_MISSES + 3):
        assert client.get(f"/en/verify/{certificate.code}").status_code == 200


def test_typed_scanned_and_short(client: FlaskClient, certificate: Certificate) -> None:
    page = f"/en/verify/{certificate.code}"
    assert client.get("/en/verify/").status_code == 200
    typed = certificate.code.lower().replace("-", " ")
    assert client.get("/en/verify/", query_string={"code": typed}).headers["Location"].endswith(page)
    scanned = client.get(f"/v/{typed}", headers={"Accept-Language": "fr-CH, fr;q=0.9, en;q=0.5"})
    assert scanned.headers["Location"].endswith(f"/fr/verify/{certificate.code}")
    assert client.get("/v/", headers={"Accept-Language": "ar"}).headers["Location"].endswith("/ar/verify/")
    for hostile in ("//evil.example", "%2f%2fevil.example", "%0d%0aSet-Cookie:x"):
        location = client.get(f"/v/{hostile}").headers.get("Location", "/")
        assert "evil.example" not in location.split("/")[:3]


@pytest.mark.parametrize(
    "typed",
    ["not a code", "7K3M-9QXT-2B4V-HW8R-5PNE-C6JD-01A", '"><script>alert(1)</script>', "' autofocus x='", "0" * 500],
)
def test_what_cannot_be_a_code_stays_in_its_field_with_a_sentence_beside_it(client: FlaskClient, typed: str) -> None:
    page = client.get("/en/verify/", query_string={"code": typed})
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    field = re.search(r'<input [^>]*id="code"[^>]*>', page.text)
    assert field
    shown = re.search(r'value="([^"]*)"', field[0])
    assert shown
    assert unescape(shown[1]) == typed
    assert 'aria-invalid="true"' in field[0]
    assert 'aria-describedby="code-hint code-error"' in field[0]
    assert page.text.count("This is no code of a certificate.") == 2, "beside the field and on top"
    assert "<script>alert" not in page.text
    for _ in range(MOST_MISSES):
        client.get("/en/verify/", query_string={"code": typed})
    assert client.get(f"/en/verify/{new_code()}").status_code == 404, "nobody guesses with what is no code"


def test_an_empty_field_is_asked_again_without_blame(client: FlaskClient) -> None:
    assert "error" not in client.get("/en/verify/", query_string={"code": ""}).text


def test_only_the_owner_gets_the_pdf(
    app: Flask,
    client: FlaskClient,
    db: Session,
    database: Database,
    certificate: Certificate,
    ada: Person,
    tmp_path: Path,
) -> None:
    eve, dee = make_person(db, "eve"), make_person(db, "dee")
    db.commit()
    address = f"/en/certificates/{certificate.code}.pdf"
    assert client.get(address).status_code == 302
    for other in (eve, dee):
        assert log_in(app, other).get(address).status_code == 404
    owner = log_in(app, ada)
    assert owner.get(f"/en/certificates/{new_code()}.pdf").status_code == 404
    waiting = owner.get(address)
    assert waiting.status_code == 202
    assert int(waiting.headers["Refresh"]) > 0
    assert "Ada Okafor" in waiting.text
    service.print_certificate(database, FileStore(tmp_path / "files"), certificate.id)
    ready = owner.get(address)
    assert (ready.status_code, ready.content_type) == (200, "application/pdf")
    assert ready.data.startswith(b"%PDF")
    assert "private" in ready.headers["Cache-Control"]


def test_my_certificates(
    app: Flask, client: FlaskClient, db: Session, certificate: Certificate, ada: Person, now: datetime
) -> None:
    eve = make_person(db, "eve")
    db.commit()
    assert client.get("/en/certificates/").status_code == 302
    mine = log_in(app, ada).get("/en/certificates/").text
    assert certificate.code in mine
    assert 'lang="ar" dir="rtl"' in mine
    others = log_in(app, eve).get("/en/certificates/").text
    assert certificate.code not in others
    assert "no certificate yet" in others
    service.revoke_certificate(db, None, certificate.code, reason="x", now=now)
    db.commit()
    assert "Revoked on" in log_in(app, ada).get("/en/certificates/").text
