"""The page that verifies without us, in a real browser without a network; and a scanned code beside our own page."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from lms import consequences
from lms.certification import service
from lms.certification.models import Certificate
from lms.certification.rules import Verdict
from lms.certification.signing.keys import issuer_keys, key_id, read_public
from lms.certification.signing.statement import make_statement
from lms.certification.signing.verify import say
from lms.kernel.i18n import use_language
from lms.settings import Settings
from tests.certification.earning import ISSUER, earn
from tests.certification.test_signing import (
    Issued,
    genuine_statement,
    made_up_statement,
    new_keys,
    statement_behind_another_address,
    statement_of_another_key,
    statement_without_a_signature,
    tampered_statement,
)
from tests.operations.served import served
from tests.people import make_person

pytestmark = pytest.mark.browser


@pytest.fixture
def certificate(db: Session, settings: Settings, tmp_path: Path, now: datetime) -> Certificate:
    issuer = ISSUER._replace(sign=consequences.signing(settings))
    completion = earn(db, tmp_path, make_person(db, "ada"), now, local_name="أدا أوكافور")
    certificate = service.issue_if_earned(db, completion, now, issuer=issuer)
    assert certificate
    db.commit()
    return certificate


@pytest.fixture
def alone(chromium: Browser) -> Iterator[Page]:
    """A telephone that reaches nobody; whatever goes wrong in its console fails the test."""
    context = chromium.new_context(viewport={"width": 360, "height": 740}, offline=True)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert wrong == []


def try_it(page: Page, held: str, name: str = "") -> str:
    page.locator("textarea").fill(held)
    page.locator("input").fill(name)
    page.locator("button").click()
    verdict = page.locator("[data-verdict]:visible")
    expect(verdict).to_have_count(1)
    return verdict.inner_text()


def test_it_verifies_when_the_server_is_gone(
    certificate: Certificate, settings: Settings, database_url: str, tmp_path: Path, chromium: Browser, alone: Page
) -> None:
    """Saved from a running server, which is then stopped; opened as a file by a browser that is offline."""
    saved = tmp_path / "saved.html"
    with served(tmp_path, environ={"LMS_DATABASE_URL": database_url}) as server:
        online = chromium.new_context(accept_downloads=True)
        page = online.new_page()
        page.goto(f"http://127.0.0.1:{server.port}/en/verify/")
        with page.expect_download() as download:
            page.locator("a[download]").click()
        download.value.save_as(saved)
        assert download.value.suggested_filename == "verify-en.html"
        online.close()
        server.stop()
        assert not server.answers("/health/live")
    alone.goto(saved.as_uri())
    statement = certificate.frozen["statement"]
    assert try_it(alone, f"{certificate.frozen['verify_url']}#{statement}", "ada okafor") == say(Verdict.GENUINE)
    claims = alone.locator("#claims").inner_text()
    for said in (
        "Ada Okafor",
        "أدا أوكافور",
        "Cash transfers",
        "November 20, 2026",
        certificate.code,
        "Masar Learning",
    ):
        assert said in claims
    issued = Issued(issuer_keys(settings), certificate.frozen, b"", b"")
    tampered = tampered_statement(issued, None, None).decode()  # type: ignore[arg-type]  # as below
    assert try_it(alone, tampered) == say(Verdict.ALTERED)
    assert not alone.locator("#claims").is_visible()


@pytest.mark.parametrize("language", ["en", "ar", "fr", "es"])
def test_each_forgery_is_told_apart_in_each_language(
    certificate: Certificate,
    settings: Settings,
    client: FlaskClient,
    tmp_path: Path,
    alone: Page,
    language: str,
) -> None:
    answer = client.get(f"/{language}/verify/offline/")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="verify-{language}.html"'
    assert "html" not in answer.content_type
    (tmp_path / "saved.html").write_bytes(answer.data)
    alone.goto((tmp_path / "saved.html").as_uri())
    issued = Issued(issuer_keys(settings), certificate.frozen, b"", b"")
    table = {
        genuine_statement: Verdict.GENUINE,
        tampered_statement: Verdict.ALTERED,
        made_up_statement: Verdict.ALTERED,
        statement_of_another_key: Verdict.UNKNOWN_KEY,
        statement_without_a_signature: Verdict.UNREADABLE,
        statement_behind_another_address: Verdict.OTHER_CODE,
    }
    with use_language(language):
        for forge, verdict in table.items():
            held = forge(issued, None, None).decode()  # type: ignore[arg-type]  # these need neither press nor desk
            assert try_it(alone, held) == say(verdict), forge
        assert try_it(alone, issued.statement, "Eve Moreau") == say(Verdict.OTHER_NAME)
        assert try_it(alone, issued.statement, "أدا  أوكافور") == say(Verdict.GENUINE)
        assert try_it(alone, "nothing of the kind") == say(Verdict.UNREADABLE)
    assert alone.evaluate("document.documentElement.scrollWidth") <= 360, "nothing stands out at the side"
    try_it(alone, issued.statement)
    assert Axe().run(alone).violations_count == 0


def test_the_keys_are_published(client: FlaskClient, settings: Settings) -> None:
    ours = set(issuer_keys(settings).public)
    for ending in ("json", "pem"):
        answer = client.get(f"/.well-known/masar-issuer.{ending}")
        assert set(read_public(answer.data)) == ours
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "PRIVATE" not in answer.text
        assert '"d"' not in answer.text
    assert key_id(issuer_keys(settings).current) in client.get("/.well-known/masar-issuer.json").text


def test_a_scanned_code_that_says_something_else_is_noticed(
    certificate: Certificate, database_url: str, tmp_path: Path, chromium: Browser
) -> None:
    frozen = certificate.frozen
    other = make_statement(new_keys().current, frozen | {"names": {"name": "Eve Moreau", "local_name": ""}})
    with served(tmp_path, environ={"LMS_DATABASE_URL": database_url}) as server:
        context = chromium.new_context(locale="en")
        for fragment, differs in ((frozen["statement"], False), (other, True), ("a.b.c", True), ("", False)):
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{server.port}/v/{certificate.code}#{fragment}", wait_until="networkidle")
            assert page.url.endswith(f"/en/verify/{certificate.code}{'#' if fragment else ''}{fragment}")
            assert page.locator("#statement-differs").is_visible() is differs
            assert page.locator("text=This certificate is valid.").is_visible()
            page.close()
        context.close()
