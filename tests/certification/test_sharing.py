"""A certificate used everywhere: shown, shared, added to a profile, verified on a slow line."""

import gzip
import re
from datetime import datetime
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import segno
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Route
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.catalog.models import Edition
from lms.certification import service
from lms.certification.models import Certificate
from lms.learning.models import CourseCompletion
from tests.certification.earning import ISSUER, hold
from tests.certification.test_corrections import ask
from tests.people import log_in, make_person

BUDGET = 15_000
"""Bytes of a first visit: a page and all that it asks for, compressed."""


@pytest.fixture
def ada(db: Session) -> Person:
    return make_person(db, "ada")


@pytest.fixture
def certificate(db: Session, tmp_path: Path, now: datetime, ada: Person) -> Certificate:
    return hold(db, tmp_path, ada, now, name="Ada Okafor", local_name="أدا أوكافور", language="ar")


def weigh(client: FlaskClient, address: str) -> int:
    """What travels: the page, its style sheet, scripts and icon, and their headers."""
    small, total, whole = {"Accept-Encoding": "gzip"}, 0, [address]
    page = client.get(address, headers=small)
    assert page.headers["Content-Encoding"] == "gzip"
    text = gzip.decompress(page.data).decode()
    whole += re.findall(r'(?:<link [^>]*href|<script [^>]*src|<img [^>]*src)="([^"]+)"', text)
    assert any(each.endswith("masar.css") for each in whole)
    for each in whole:
        answer = client.get(each, headers=small)
        assert answer.status_code == 200, each
        total += len(answer.data) + len(str(answer.headers))
    return total


@pytest.mark.parametrize("lang", ["en", "ar", "fr", "es"])
def test_verifying_is_light(client: FlaskClient, certificate: Certificate, lang: str) -> None:
    assert weigh(client, f"/{lang}/verify/{certificate.code}") <= BUDGET
    assert weigh(client, f"/{lang}/verify/") <= BUDGET


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_ones_own_are_light(
    app: Flask, db: Session, now: datetime, ada: Person, certificate: Certificate, lang: str
) -> None:
    """A shelf of them, and one with its square code and a request that waits."""
    edition = db.scalars(select(Edition.id)).one()
    ask(db, ada, certificate.code, now)
    enrolment = certificate.enrolment_id
    completion = CourseCompletion(enrolment_id=enrolment, kind="participation", edition_id=edition, completed_at=now)
    db.add(completion)
    db.flush()
    assert service.issue_if_earned(db, completion, now, issuer=ISSUER)
    db.commit()
    owner = log_in(app, ada)
    assert weigh(owner, f"/{lang}/certificates/") <= BUDGET
    assert weigh(owner, f"/{lang}/certificates/{certificate.code}/") <= BUDGET
    assert weigh(owner, f"/{lang}/certificates/{certificate.code}/correction/") <= BUDGET


def _previews(text: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:name|property)="([a-z:_]+)" content="([^"]*)"', text)
    return {name: unescape(said) for name, said in found}


def test_a_preview_says_what_never_changes(
    client: FlaskClient, db: Session, certificate: Certificate, now: datetime
) -> None:
    """Messengers keep it: no name, no word that it counts; nothing of a course once it does not."""
    followed = client.get(f"/v/{certificate.code}", headers={"Accept-Language": "en"}, follow_redirects=True)
    said = _previews(followed.text)
    assert certificate.frozen["course_title"] in said["og:title"]
    assert {"og:type", "og:site_name", "og:description", "description", "twitter:card"} <= set(said)
    assert "og:image" not in said
    preview = " ".join(said.values())
    for name in certificate.frozen["names"].values():
        assert name not in preview
    service.revoke_certificate(db, None, certificate.code, reason="x", now=now)
    db.commit()
    said = _previews(client.get(f"/en/verify/{certificate.code}").text)
    assert certificate.frozen["course_title"] not in " ".join(said.values())
    assert said["og:title"] == "Verification of a certificate"


def test_the_link_to_a_profile_carries_every_fact(
    app: Flask, db: Session, ada: Person, certificate: Certificate
) -> None:
    page = log_in(app, ada).get(f"/en/certificates/{certificate.code}/").text
    found = re.search(r'href="(https://www\.linkedin\.com/[^"]*)"', page)
    assert found
    link = urlsplit(unescape(found[1]))
    assert link.path == "/profile/add"
    assert parse_qs(link.query) == {
        "startTask": ["CERTIFICATION_NAME"],
        "name": [certificate.frozen["course_title"]],
        "organizationName": ["Masar Learning"],
        "issueYear": ["2026"],
        "issueMonth": ["11"],
        "certUrl": [f"https://learn.example.org/v/{certificate.code}"],
        "certId": [certificate.code],
    }


def test_the_page_of_ones_own(
    app: Flask, client: FlaskClient, db: Session, ada: Person, certificate: Certificate, now: datetime
) -> None:
    eve, dee = make_person(db, "eve"), make_person(db, "dee")
    db.commit()
    address = f"/en/certificates/{certificate.code}/"
    assert client.get(address).status_code == 302
    for other in (eve, dee):
        assert log_in(app, other).get(address).status_code == 404
    owner = log_in(app, ada)
    page = owner.get(address).text
    for said in ("Ada Okafor", "أدا أوكافور", certificate.code, certificate.frozen["verify_url"]):
        assert said in page
    assert 'class="sheet whole" lang="ar" dir="rtl" aria-hidden="true"' in page
    service.revoke_certificate(db, None, certificate.code, reason="x", now=now)
    db.commit()
    ended = owner.get(address).text
    assert "was revoked on" in ended
    assert "linkedin" not in ended
    assert "Ask for a correction" not in ended


def test_the_square_on_the_screen_leads_to_where_it_is_verified(
    app: Flask, db: Session, ada: Person, certificate: Certificate, chromium: Browser
) -> None:
    """Every module as a picture: the same square that segno draws for the address, with room around it."""
    page = log_in(app, ada).get(f"/en/certificates/{certificate.code}/").text
    drawn = re.search(r"<svg [^>]*viewBox=\"0 0 (\d+) \1\"[^>]*>(?:(?!</svg>).)*</svg>(?=</div>)", page)
    assert drawn
    wanted = segno.make(certificate.frozen["verify_url"], error="m", micro=False)
    side = len(wanted.matrix) + 4
    assert int(drawn[1]) == side
    shot = chromium.new_page(viewport={"width": side * 4, "height": side * 4})
    shot.set_content(f"<style>*{{margin:0}}svg{{width:{side * 4}px;display:block;background:#fff}}</style>{drawn[0]}")
    black = shot.evaluate(
        """async (side) => {
          const text = new XMLSerializer().serializeToString(document.querySelector("svg"));
          const picture = new Image(side * 4, side * 4);
          picture.src = "data:image/svg+xml," + encodeURIComponent(
            text.includes("xmlns") ? text : text.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"'));
          await picture.decode();
          const canvas = new OffscreenCanvas(side * 4, side * 4).getContext("2d");
          canvas.fillStyle = "#fff"; canvas.fillRect(0, 0, side * 4, side * 4);
          canvas.drawImage(picture, 0, 0, side * 4, side * 4);
          return [...Array(side)].map((_, y) => [...Array(side)].map((_, x) =>
            canvas.getImageData(x * 4 + 2, y * 4 + 2, 1, 1).data[0] < 128 ? 1 : 0));
        }""",
        side,
    )
    shot.close()
    assert [row[2:-2] for row in black[2:-2]] == [list(row) for row in wanted.matrix]
    assert not any(map(any, (*black[:2], *black[-2:])))


def test_the_link_is_copied_and_the_longest_name_fits(
    app: Flask, db: Session, tmp_path: Path, now: datetime, chromium: Browser
) -> None:
    """In a real browser on a small phone, the app behind it without a server."""
    eve = make_person(db, "eve")
    name, local_name = "Wilhelmina " * 10 + "W" * 10, "محمدعبدالرحمن" * 9
    certificate = hold(db, tmp_path, eve, now, name=name, local_name=local_name, language="ar")
    owner = log_in(app, eve)

    def answer(route: Route) -> None:
        found = owner.get(urlsplit(route.request.url).path)
        route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.data)

    with chromium.new_context(viewport={"width": 360, "height": 640}) as phone:
        phone.grant_permissions(["clipboard-read", "clipboard-write"])
        phone.route("**/*", answer)
        page = phone.new_page()
        for address in ("certificates/", f"certificates/{certificate.code}/", f"verify/{certificate.code}"):
            for lang in ("en", "ar"):
                page.goto(f"http://localhost/{lang}/{address}")
                assert page.evaluate("document.documentElement.scrollWidth") <= 360, (lang, address)
        page.goto(f"http://localhost/en/certificates/{certificate.code}/")
        page.click("text=Copy the link")
        page.wait_for_selector("text=The link is copied.")
        assert page.evaluate("navigator.clipboard.readText()") == certificate.frozen["verify_url"]
        page.emulate_media(media="print")
        assert not page.is_visible("text=Copy the link")
        assert page.is_visible(".sheet svg")
