"""The pages of a whole run in a real browser: axe finds nothing, nothing scrolls sideways, the gradebook obeys keys."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from lms.accounts.models import Person
from lms.facilitation import service
from lms.facilitation.rules import Outcome
from lms.kernel import clock
from lms.runs.models import Run
from lms.runs.rules import RunStage
from tests.facilitation.ending import ALL, make_leader, open_run, take_part
from tests.factories import RUN
from tests.people import log_in

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = ("", "summary/", "gradebook/", "closing/", "report/", "report/print/")

pytestmark = pytest.mark.browser


@pytest.fixture
def served(app: Flask, db: Session, tmp_path: Path) -> Iterator[str]:
    """A run in its second week, in which some are behind and one outcome waits for a second person."""
    now = clock.now()
    run = open_run(db, tmp_path, now, starts_on=now.date() - timedelta(days=9), time_zone="Africa/Nairobi")
    run.stage = RunStage.RUNNING
    gala, hugo = make_leader(db, "gala", now), make_leader(db, "hugo", now)
    people = [
        take_part(db, run, f"person{number}", now - timedelta(days=8 * (number % 2)), ALL[: number % 5], country="KE")
        for number in range(12)
    ]
    service.propose_outcome(db, gala, run, people[0], Outcome.COMPLETION, reason="Flood in week two", now=now)
    assert hugo
    db.commit()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def enter(app: Flask, db: Session, chromium: Browser, url: str, key: str, **context: object) -> Page:
    """A window in which this person is logged in."""
    person = db.scalars(select(Person).where(Person.email == f"{key}@example.org")).one()
    db.commit()
    cookie = log_in(app, person).get_cookie("masar")
    assert cookie
    window = chromium.new_context(**context)  # type: ignore[arg-type]
    window.add_cookies([{"name": "masar", "value": cookie.value, "url": url}])
    return window.new_page()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_accessible_on_every_page(app: Flask, db: Session, chromium: Browser, served: str, language: str) -> None:
    page = enter(app, db, chromium, served, "hugo", viewport={"width": 320, "height": 700})
    wrong = []
    for path in PAGES:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(f"{served}/{language}/teaching/{RUN}/{path}")
            found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
            wrong += [f"{path} {scheme}: {each['id']} {each['nodes'][0]['target']}" for each in found]
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        wrong += [f"{path}: {wide} px sideways"] if wide > 0 else []
    assert wrong == []
    page.context.close()


SCROLLED = """book => new Promise(done => {
  const look = frames => book.scrollLeft > 40 || !frames ? done(book.scrollLeft > 40)
    : requestAnimationFrame(() => look(frames - 1))
  look(300)
})"""
"""Scrolling is smooth and takes some frames."""


def test_the_gradebook_is_moved_by_keys_and_its_names_stay(
    app: Flask, db: Session, chromium: Browser, served: str
) -> None:
    page = enter(app, db, chromium, served, "gala", viewport={"width": 320, "height": 500})
    page.goto(f"{served}/en/teaching/{RUN}/gradebook/")
    book = page.get_by_role("region", name="Gradebook")
    book.focus()
    name = book.locator("tbody th").first
    before = name.bounding_box()
    page.keyboard.press("End")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    assert book.evaluate(SCROLLED)
    after = name.bounding_box()
    assert before
    assert after
    assert after["x"] == before["x"], "the column of names stays in sight"
    heading = book.locator("thead th").first.bounding_box()
    frame = book.bounding_box()
    assert heading
    assert frame
    assert abs(heading["y"] - frame["y"]) < 4, "and so do the headings"
    page.context.close()


def test_a_run_is_closed_without_scripts(app: Flask, db: Session, chromium: Browser, served: str) -> None:
    """By two people: the second confirms what the first proposed, then closes."""
    page = enter(app, db, chromium, served, "hugo", java_script_enabled=False)
    page.goto(f"{served}/en/teaching/{RUN}/closing/")
    assert page.get_by_role("button", name="Close the run").count() == 0, "an outcome waits"
    page.get_by_role("link", name="Person0").click()
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("link", name="Closing").click()
    page.get_by_role("button", name="Close the run and issue the certificates").click()
    assert page.get_by_text("The run is closed. Certificates are being issued").count() == 1
    assert page.get_by_text("0 of 12 outcomes are settled.").count() == 1
    db.expire_all()
    assert db.scalars(select(Run.stage)).one() == RunStage.CLOSED
    page.context.close()
