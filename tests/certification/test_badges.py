"""Certificates as Open Badges, read by others: openbadgeslib verifies them, pyld expands them, PyJWT opens them.

No package holds the official JSON schema, so what the specification's data model requires is written here once more.
"""

import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

import jwt
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier, OpenBadgeCredential
from openbadgeslib.ob3.contexts import document_loader
from openbadgeslib.ob3.status import set_indices
from pyld import jsonld
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.catalog.models import Course
from lms.catalog.rules import Stage
from lms.certification import service
from lms.certification.models import Certificate
from lms.certification.rules import Verdict
from lms.certification.signing.badge import Addresses, check_badge, credential, sign
from lms.certification.signing.keys import issuer_keys, read_public
from lms.certification.signing.statement import check_statement
from lms.certification.signing.status import LIST_LENGTH, Place, encode_list, place_of
from lms.factory import create_app
from lms.kernel.db import Database
from lms.settings import Settings
from tests.certification.earning import WITH_PARTNERS, hold
from tests.certification.test_sharing import BUDGET, weigh
from tests.certification.test_signing import run
from tests.factories import SLUG, course_files, load, translated_fully
from tests.people import log_in, make_person

HERE = "http://localhost"


@pytest.fixture(autouse=True)
def in_the_moment(now: datetime) -> Iterator[None]:
    """Others look at the real clock."""
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def ada(db: Session) -> Person:
    return make_person(db, "ada")


@pytest.fixture
def certificate(db: Session, tmp_path: Path, now: datetime, ada: Person) -> Certificate:
    return hold(db, tmp_path, ada, now, name="Ada Okafor", local_name="أدا أوكافور", language="ar")


def take(app: Flask, person: Person, certificate: Certificate) -> str:
    answer = log_in(app, person).get(f"/en/certificates/{certificate.code}.jwt")
    assert answer.status_code == 200, answer.text
    return answer.text


def opened(token: str, client: FlaskClient) -> dict[str, Any]:
    """The payload, the signature checked with the key that the token names, fetched where it says."""
    header = jwt.get_unverified_header(token)
    key = jwt.PyJWK(fetch(client, header["kid"]).json)
    said: dict[str, Any] = jwt.decode(token, key, algorithms=["ES256"], options={"verify_aud": False})
    return said


def fetch(client: FlaskClient, address: str) -> Any:
    assert address.startswith(HERE)
    answer = client.get(address.removeprefix(HERE))
    assert answer.status_code == 200, address
    return answer


def outsider(client: FlaskClient) -> OB3Verifier:
    """Somebody with nothing but the published keys."""
    return OB3Verifier(client.get("/.well-known/masar-issuer.pem").text)


def judged(token: str, client: FlaskClient) -> OpenBadgeCredential:
    """What openbadgeslib says of it, the status list with its signature included. Raises OB3VerificationError."""

    def download(address: str) -> bytes:
        data: bytes = fetch(client, address).data
        return data

    return outsider(client).verify(token, check_status=True, download=download)


def parts(token: str) -> list[str]:
    return token.split(".")


def packed(said: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def unpacked(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=="))


def bits_set(client: FlaskClient, address: str) -> set[int]:
    """The list decoded by hand."""
    said = opened(fetch(client, address).text, client)["credentialSubject"]["encodedList"]
    assert said[0] == "u"
    assert "=" not in said
    data = gzip.decompress(base64.urlsafe_b64decode(said[1:] + "=="))
    assert len(data) * 8 >= 131_072
    return {place for place in range(len(data) * 8) if data[place // 8] >> (7 - place % 8) & 1}


# -- read by others


def test_an_outside_verifier_accepts_it(app: Flask, client: FlaskClient, ada: Person, certificate: Certificate) -> None:
    found = judged(take(app, ada, certificate), client)
    assert found.issuer.id == f"{HERE}/badges/issuer"
    assert found.issuer.name == certificate.frozen["issuer"]
    assert found.achievement.name == certificate.frozen["course_title"]
    assert [each.identity_hash for each in found.identifiers][:2] == ["Ada Okafor", "أدا أوكافور"]


@pytest.mark.parametrize(
    ("kind", "achievement"), [("completion", "CertificateOfCompletion"), ("participation", "Achievement")]
)
def test_it_says_what_the_specification_requires(
    app: Flask,
    client: FlaskClient,
    db: Session,
    tmp_path: Path,
    now: datetime,
    ada: Person,
    kind: str,
    achievement: str,
) -> None:
    """Open Badges 3.0, appendix B (data model) and section 8.2 (VC-JWT)."""
    certificate = hold(db, tmp_path, ada, now, kind=kind, language="ar")
    answer = log_in(app, ada).get(f"/en/certificates/{certificate.code}.jwt")
    assert answer.mimetype == "text/plain"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="badge-{certificate.code}.jwt"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    token = answer.text
    header = unpacked(parts(token)[0])
    assert header == {"alg": "ES256", "typ": "JWT", "kid": header["kid"]}
    said, frozen = opened(token, client), certificate.frozen
    assert said["@context"][:2] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    assert said["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert said["id"] == said["jti"] == frozen["verify_url"]
    assert said["issuer"]["id"] == said["iss"]
    assert said["issuer"]["type"] == ["Profile"]
    assert datetime.fromisoformat(said["validFrom"]) == now
    assert said["nbf"] == int(now.timestamp())
    assert {"exp", "vc", "iat", "proof"}.isdisjoint(said)
    assert said["name"] == f"{frozen['words']['heading']}: {frozen['course_title']}"
    subject = said["credentialSubject"]
    assert subject["type"] == ["AchievementSubject"]
    assert subject["id"] == said["sub"] == f"{frozen['verify_url']}#holder"
    assert subject["activityEndDate"] == f"{frozen['completed_on']}T00:00:00Z"
    awarded = subject["achievement"]
    assert awarded["type"] == ["Achievement"]
    assert awarded["achievementType"] == achievement
    assert awarded["name"] == frozen["course_title"]
    assert awarded["inLanguage"] == "ar"
    assert frozen["words"]["description"] in awarded["description"]
    assert frozen["facts"][0]["text"] in awarded["description"]
    assert awarded["criteria"]["id"] == awarded["id"]
    for identity in subject["identifier"]:
        assert identity["type"] == "IdentityObject"
        assert isinstance(identity["hashed"], bool)
        assert identity["identityType"] in {"name", "emailAddress"}
        assert isinstance(identity["identityHash"], str)
    status = said["credentialStatus"]
    assert status["type"] == "BitstringStatusListEntry"
    assert status["statusPurpose"] == "revocation"
    assert status["statusListIndex"].isdecimal()
    assert status["id"] == f"{status['statusListCredential']}#{status['statusListIndex']}"


def test_every_word_has_its_meaning(app: Flask, client: FlaskClient, ada: Person, certificate: Certificate) -> None:
    """A term that no context defines is dropped when it is expanded, and missing when it is compacted again."""
    badge = opened(take(app, ada, certificate), client)
    status_list = opened(fetch(client, badge["credentialStatus"]["statusListCredential"]).text, client)
    for said in (badge, status_list):
        plain = {name: value for name, value in said.items() if name not in {"iss", "jti", "sub", "nbf", "exp"}}
        options = {"documentLoader": document_loader()}
        compacted = jsonld.compact(jsonld.expand(plain, options), plain["@context"], options)
        assert _listed(compacted) == _listed(plain)
    strange = {**plain, "nobodyDefinedThis": "x"}
    compacted = jsonld.compact(jsonld.expand(strange, options), plain["@context"], options)
    assert _listed(compacted) == _listed(plain)


def _listed(value: Any) -> Any:
    """One thing and a list of one thing are the same in JSON-LD."""
    if isinstance(value, dict):
        return {name: _listed(each if isinstance(each, list) else [each]) for name, each in value.items()}
    if isinstance(value, list):
        return [_listed(each) for each in value]
    return value


def test_what_earned_it_is_said_in_its_language(
    app: Flask, client: FlaskClient, ada: Person, certificate: Certificate
) -> None:
    """Whatever language the owner reads at the moment."""
    narrative = opened(take(app, ada, certificate), client)["credentialSubject"]["achievement"]["criteria"]["narrative"]
    lines = narrative.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("- ") for line in lines)
    assert "Read all" not in narrative
    assert "عربي" in narrative


def test_a_certificate_from_before_there_were_badges_says_where_to_read(
    client: FlaskClient, settings: Settings, certificate: Certificate
) -> None:
    frozen = {name: value for name, value in certificate.frozen.items() if name != "criteria"}
    addresses = Addresses(HERE)
    said = credential(frozen, SLUG, Place(0, 7), email="ada@example.org", salt="x", addresses=addresses)
    assert said["credentialSubject"]["achievement"]["criteria"] == {"id": addresses.achievement(SLUG, "completion")}
    outsider(client).verify(sign(said, issuer_keys(settings).current, addresses))


def test_the_e_mail_address_is_only_recognised(
    app: Flask, client: FlaskClient, ada: Person, certificate: Certificate
) -> None:
    salts = set()
    for _again in range(2):
        token = take(app, ada, certificate)
        assert ada.email not in json.dumps(opened(token, client))
        hashed = judged(token, client).identifiers[-1]
        assert hashed.identity_type == "emailAddress"
        assert hashed.identity_hash == f"sha256${sha256(f'ada@example.org{hashed.salt}'.encode()).hexdigest()}"
        salts.add(hashed.salt)
    assert len(salts) == 2


HOSTILE = [
    '"},"issuer":{"id":"https://evil.example.org',
    "<script>alert(1)</script>",
    "Robert'); DROP TABLE certificate;--",
    "O\\u0022Neil \\ Ŵ",
    "sha256$0000",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_survive(
    app: Flask, client: FlaskClient, db: Session, tmp_path: Path, now: datetime, ada: Person, name: str
) -> None:
    certificate = hold(db, tmp_path, ada, now, name=name, local_name=name[::-1])
    found = judged(take(app, ada, certificate), client)
    assert [each.identity_hash for each in found.identifiers][:2] == [name, name[::-1]]
    assert not any(each.hashed for each in found.identifiers[:2])
    assert found.issuer.id == f"{HERE}/badges/issuer"


# -- forged


def test_an_altered_badge_is_refused(app: Flask, client: FlaskClient, ada: Person, certificate: Certificate) -> None:
    header, payload, signature = parts(take(app, ada, certificate))
    said = unpacked(payload)
    said["credentialSubject"]["identifier"][0]["identityHash"] = "Eve Moreau"
    unsigned = packed({"alg": "none", "typ": "JWT"})
    shared = packed({"alg": "HS256", "typ": "JWT"})
    forged = {
        "altered": f"{header}.{packed(said)}.{signature}",
        "unsigned": f"{unsigned}.{payload}.",
        "another kind of key": f"{shared}.{payload}.{signature}",
        "cut": f"{header}.{payload}.{signature[:-6]}",
    }
    for token in forged.values():
        with pytest.raises(OB3VerificationError):
            outsider(client).verify(token)
        proof = check_badge(token, read_public(client.get("/.well-known/masar-issuer.pem").data))
        assert proof is None or proof.verdict is not Verdict.GENUINE
    outsider(client).verify(f"{header}.{payload}.{signature}")


def test_a_badge_signed_with_another_key_is_refused(
    app: Flask, client: FlaskClient, ada: Person, certificate: Certificate
) -> None:
    """Even if it names one of ours."""
    header, payload, _signature = parts(take(app, ada, certificate))
    stranger = ECKey.generate_key("P-256", private=True)
    ours = unpacked(header)["kid"]

    class AsOurs(Addresses):
        def key(self, key: ECKey) -> str:
            return str(ours)

    keys = read_public(client.get("/.well-known/masar-issuer.json").data)
    for addresses, verdict in ((Addresses(HERE), Verdict.UNKNOWN_KEY), (AsOurs(HERE), Verdict.ALTERED)):
        token = sign(unpacked(payload), stranger, addresses)
        with pytest.raises(OB3VerificationError):
            outsider(client).verify(token)
        proof = check_badge(token, keys)
        assert proof
        assert proof.verdict is verdict


def test_neither_passes_for_the_other(
    app: Flask, client: FlaskClient, settings: Settings, ada: Person, certificate: Certificate
) -> None:
    """Statements, badges and status lists are signed with one key: none is taken for another."""
    keys = issuer_keys(settings)
    badge = take(app, ada, certificate)
    status_list = client.get("/badges/status/0").text
    assert check_statement(badge, keys.public).verdict is not Verdict.GENUINE
    assert check_statement(status_list, keys.public).verdict is not Verdict.GENUINE
    assert check_badge(status_list, keys.public) is None
    with pytest.raises(OB3VerificationError):
        outsider(client).verify(status_list)


def test_the_command_line_reads_badges(
    app: Flask,
    client: FlaskClient,
    ada: Person,
    certificate: Certificate,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    key, file = tmp_path / "issuer.pem", tmp_path / "badge.jwt"
    key.write_bytes(client.get("/.well-known/masar-issuer.pem").data)
    token = take(app, ada, certificate)
    header, payload, signature = parts(token)
    said = unpacked(payload)
    said["credentialSubject"]["achievement"]["name"] = "Brain surgery"
    for held, name, code in [
        (token, None, 0),
        (f" {token}\n", "ada okafor", 0),
        (token, "أدا أوكافور", 0),
        (token, "Eve Moreau", 1),
        (f"{header}.{packed(said)}.{signature}", None, 1),
    ]:
        file.write_text(held)
        command = ["certificates", "verify", str(file), "--key", str(key), *(["--name", name] if name else [])]
        assert run(command) == code
        out = capsys.readouterr().out
        assert ("Ada Okafor" in out) == (held != f"{header}.{packed(said)}.{signature}")
        assert "Brain surgery" not in out


# -- what still counts


def test_one_bit_says_that_it_was_revoked(
    app: Flask, client: FlaskClient, db: Session, tmp_path: Path, now: datetime, ada: Person, certificate: Certificate
) -> None:
    eve = make_person(db, "eve")
    other = hold(db, tmp_path, eve, now, name="Eve Moreau")
    badge, others = take(app, ada, certificate), take(app, eve, other)
    entry = opened(badge, client)["credentialStatus"]
    assert bits_set(client, entry["statusListCredential"]) == set()
    service.revoke_certificate(db, None, certificate.code, reason="x", now=now)
    db.commit()
    assert bits_set(client, entry["statusListCredential"]) == {int(entry["statusListIndex"])}
    with pytest.raises(OB3VerificationError, match="revocation"):
        judged(badge, client)
    judged(others, client)
    refused = log_in(app, ada).get(f"/en/certificates/{certificate.code}.jwt")
    assert refused.status_code == 409


def test_a_replaced_one_does_not_count_either(
    app: Flask, client: FlaskClient, db: Session, now: datetime, ada: Person, certificate: Certificate
) -> None:
    badge = take(app, ada, certificate)
    new = service.reissue_certificate(db, None, certificate.code, name="Ada Okafor-Mensah", now=now)
    db.commit()
    with pytest.raises(OB3VerificationError, match="revocation"):
        judged(badge, client)
    found = judged(take(app, ada, new), client)
    assert found.identifiers[0].identity_hash == "Ada Okafor-Mensah"
    entry = opened(badge, client)["credentialStatus"]
    assert bits_set(client, entry["statusListCredential"]) == {int(entry["statusListIndex"])}


def test_the_list_is_a_signed_credential(client: FlaskClient, now: datetime, certificate: Certificate) -> None:
    answer = client.get("/badges/status/0")
    assert answer.mimetype == "application/vc+jwt"
    assert answer.headers["Cache-Control"] == "max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    said = opened(answer.text, client)
    assert said["@context"] == ["https://www.w3.org/ns/credentials/v2"]
    assert said["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert said["id"] == said["jti"] == f"{HERE}/badges/status/0"
    assert said["issuer"] == said["iss"] == f"{HERE}/badges/issuer"
    assert datetime.fromisoformat(said["validFrom"]) == now
    assert said["exp"] == datetime.fromisoformat(said["validUntil"]).timestamp() > now.timestamp()
    assert said["credentialSubject"]["type"] == "BitstringStatusList"
    assert said["credentialSubject"]["statusPurpose"] == "revocation"
    with time_machine.travel(now + timedelta(days=2)), pytest.raises(jwt.ExpiredSignatureError):
        opened(answer.text, client)


def test_there_are_only_lists_that_are_needed(client: FlaskClient, db: Session, certificate: Certificate) -> None:
    assert client.get("/badges/status/1").status_code == 404
    assert client.get(f"/badges/status/{10**40}").status_code == 404
    assert client.get("/badges/status/-1").status_code == 404


def test_without_certificates_there_is_no_list(client: FlaskClient) -> None:
    assert client.get("/badges/status/0").status_code == 404


def test_the_list_asks_the_database_the_same_whatever_is_in_it(
    database: Database, client: FlaskClient, db: Session, tmp_path: Path, now: datetime, ada: Person
) -> None:
    codes = [hold(db, tmp_path, ada, now).code]
    codes += [hold(db, tmp_path, make_person(db, f"p{number}"), now).code for number in range(4)]
    asked: list[list[str]] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked[-1].append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    for ended in range(len(codes)):
        asked.append([])
        assert len(bits_set(client, f"{HERE}/badges/status/0")) == ended
        asked.append([])
        service.revoke_certificate(db, None, codes[ended], reason="x", now=now)
        db.commit()
    event.remove(database.engine, "before_cursor_execute", note)
    assert len({len(each) for each in asked[::2]}) == 1


def test_no_two_certificates_share_a_bit() -> None:
    for key in ("one key", "another"):
        places = [place_of(number, key) for number in range(LIST_LENGTH)]
        assert {each.number for each in places} == {0}
        assert {each.index for each in places} == set(range(LIST_LENGTH))
    beside = sum(abs(places[n].index - places[n + 1].index) == 1 for n in range(1000))
    assert beside < 10
    assert place_of(1, "one key") != place_of(1, "another")
    assert place_of(LIST_LENGTH, "one key").number == 1


@given(st.sets(st.integers(0, LIST_LENGTH - 1), max_size=40))
def test_what_is_set_is_read(indexes: set[int]) -> None:
    data = gzip.decompress(base64.urlsafe_b64decode(encode_list(indexes)[1:] + "=="))
    assert len(data) * 8 == LIST_LENGTH
    assert set_indices(data) == indexes


# -- years later


def test_a_badge_from_before_another_key_verifies_after_it(
    settings: Settings, database: Database, app: Flask, ada: Person, certificate: Certificate, tmp_path: Path
) -> None:
    before = take(app, ada, certificate)
    path = tmp_path / "next.pem"
    path.write_bytes(ECKey.generate_key("P-256", private=True).as_pem(private=True))
    later = create_app(replace(settings, signing_key=path), database)
    client = later.test_client()
    after = take(later, ada, certificate)
    assert unpacked(parts(before)[0])["kid"] != unpacked(parts(after)[0])["kid"]
    for token in (before, after, client.get("/badges/status/0").text):
        opened(token, client)
    published = read_public(client.get("/.well-known/masar-issuer.json").data)
    for token in (before, after):
        proof = check_badge(token, published)
        assert proof
        assert proof.verdict is Verdict.GENUINE
    assert client.get("/.well-known/masar-issuer/nobodys1.json").status_code == 404


def test_it_says_the_same_when_the_course_has_another_name(
    app: Flask, client: FlaskClient, db: Session, tmp_path: Path, now: datetime, ada: Person, certificate: Certificate
) -> None:
    before = opened(take(app, ada, certificate), client)
    renamed = WITH_PARTNERS.replace("Cash transfers: the first steps", "Vouchers").replace(
        "lessons: all", "lessons: 50"
    )
    renamed = renamed.replace("summary: What", "summary: Whatever a voucher is, and what")
    load(db, tmp_path, now, translated_fully(course_files(course=renamed), "ar", "آخر"))
    db.commit()
    after = opened(take(app, ada, certificate), client)
    for said in (before, after):
        said["credentialSubject"]["identifier"].pop()
    assert after == before
    address = before["credentialSubject"]["achievement"]["id"]
    assert "Vouchers" in fetch(client, address).json["name"]


# -- for people and programs


def test_nobody_else_gets_it(
    app: Flask, client: FlaskClient, db: Session, certificate: Certificate, ada: Person
) -> None:
    eve, dee = make_person(db, "eve"), make_person(db, "dee")
    db.commit()
    address = f"/en/certificates/{certificate.code}.jwt"
    assert client.get(address).status_code == 302
    for other in (eve, dee):
        assert log_in(app, other).get(address).status_code == 404
    assert log_in(app, ada).get("/en/certificates/0000.jwt").status_code == 404


def test_what_a_badge_names_is_there(app: Flask, client: FlaskClient, ada: Person, certificate: Certificate) -> None:
    """For programs as data, for people as a page in their language, at the same address."""
    token = take(app, ada, certificate)
    said = opened(token, client)
    issuer, awarded = said["issuer"], said["credentialSubject"]["achievement"]
    for thing in (issuer, awarded):
        for accepted in (None, "application/json", "application/ld+json, */*;q=0.1", "*/*"):
            answer = client.get(thing["id"].removeprefix(HERE), headers={"Accept": accepted} if accepted else {})
            assert answer.status_code == 200
            assert answer.json["id"] == thing["id"]
            assert answer.json["type"] == thing["type"]
            assert "Accept" in answer.vary
        browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "fr"}
        led = client.get(thing["id"].removeprefix(HERE), headers=browser)
        assert led.status_code == 303
        assert led.location.startswith("/fr/")
        assert client.get(led.location).status_code == 200
    assert {**fetch(client, issuer["id"]).json, "@context": None} == {**issuer, "@context": None}
    assert issuer["name"] in client.get("/en/issuer/").text
    assert key_name(token) in client.get("/en/issuer/").text


def key_name(token: str) -> str:
    return str(unpacked(parts(token)[0])["kid"]).rpartition("/")[2].removesuffix(".json")


@pytest.mark.parametrize("lang", ["en", "ar", "fr", "es"])
def test_the_page_of_an_achievement_says_what_earns_it(
    client: FlaskClient, certificate: Certificate, lang: str
) -> None:
    for kind in ("completion", "participation"):
        page = client.get(f"/{lang}/achievements/{SLUG}/{kind}/").text
        said = client.get(f"/badges/achievements/{SLUG}/{kind}", headers={"Accept-Language": lang}).json
        assert said["inLanguage"] == lang
        for sentence in said["criteria"]["narrative"].splitlines():
            assert escape(sentence.removeprefix("- ")) in page
        assert escape(said["name"]) in page
        assert weigh(client, f"/{lang}/achievements/{SLUG}/{kind}/") <= BUDGET
    assert weigh(client, f"/{lang}/issuer/") <= BUDGET


def test_achievements_of_courses_that_nobody_may_see(
    app: Flask, client: FlaskClient, db: Session, tmp_path: Path, now: datetime, ada: Person
) -> None:
    """They are no news, unless somebody holds a certificate of the course: it goes on saying what it stands for."""
    load(db, tmp_path, now, translated_fully(course_files(course=WITH_PARTNERS), "ar", "عربي"))
    course = db.scalars(select(Course)).one()
    course.stage = Stage.DRAFT
    db.commit()
    addresses = [f"/en/achievements/{SLUG}/completion/", f"/badges/achievements/{SLUG}/completion"]
    for address in (*addresses, "/en/achievements/nothing/completion/", f"/en/achievements/{SLUG}/honour/"):
        assert client.get(address).status_code == 404, address
    course.stage = Stage.OPEN
    db.flush()
    hold(db, tmp_path, ada, now)
    course.stage = Stage.PILOT
    db.commit()
    page = client.get(addresses[0])
    assert page.status_code == 200
    assert f"/courses/{SLUG}/" not in page.text
    assert client.get(f"/en/achievements/{SLUG}/participation/").status_code == 404


def test_a_kind_that_is_not_awarded_any_more(
    client: FlaskClient, db: Session, tmp_path: Path, now: datetime, ada: Person
) -> None:
    hold(db, tmp_path, ada, now, kind="participation")
    without = WITH_PARTNERS.replace("  participation: {lessons: 50}\n", "")
    load(db, tmp_path, now, course_files(course=without))
    db.commit()
    page = client.get(f"/en/achievements/{SLUG}/participation/")
    assert page.status_code == 200
    assert "does not award this certificate any more" in page.text
    assert "narrative" not in client.get(f"/badges/achievements/{SLUG}/participation").json["criteria"]


def test_the_owner_finds_it(app: Flask, db: Session, now: datetime, ada: Person, certificate: Certificate) -> None:
    owner = log_in(app, ada)
    address = f"/en/certificates/{certificate.code}"
    page = owner.get(f"{address}/").text
    assert f'href="{address}.jwt" download' in page
    assert f'href="/en/achievements/{SLUG}/completion/"' in page
    service.revoke_certificate(db, None, certificate.code, reason="x", now=now)
    db.commit()
    assert f"{address}.jwt" not in owner.get(f"{address}/").text
