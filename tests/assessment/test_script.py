"""The script of the question pages in a real browser: offline, logged out, handing in."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select, update
from werkzeug.serving import make_server

from lms.accounts.models import Person
from lms.assessment.models import Attempt, ResponseEvent
from lms.factory import create_app
from lms.kernel import clock
from lms.kernel.db import Database
from lms.settings import Settings
from tests.assessment.courses import load, seat
from tests.people import log_in, make_person

pytestmark = pytest.mark.browser


class Desk:
    """Ada before a browser, the platform served to it, the line between them in our hands."""

    def __init__(self, app: Flask, address: str, context: BrowserContext, database: Database, ada: Person) -> None:
        self.app, self.address, self.context, self.database, self.ada = app, address, context, database, ada
        self.page: Page = context.new_page()
        self.page.set_default_timeout(15_000)

    def log_in(self) -> None:
        cookie = log_in(self.app, self.ada).get_cookie("masar")
        assert cookie is not None
        self.context.add_cookies([{"name": "masar", "value": cookie.value, "url": self.address}])

    def start(self) -> None:
        self.page.goto(f"{self.address}/en/learn/floors/quiz/final/")
        self.page.get_by_role("button", name="Start").click()
        self.page.wait_for_url("**/1/")

    def says(self, sentence: str, *, timeout: int = 10_000) -> None:
        expect(self.page.locator("[data-status]")).to_contain_text(sentence, timeout=timeout)

    def go_on(self, rest: str) -> None:
        self.page.get_by_role("button", name="Save and continue").click()
        self.page.wait_for_url(f"**/{rest}/")

    def kept(self) -> dict[str, object]:
        """The last payload of each question, as the database has it."""
        with self.database.session(write=False) as db:
            events = db.scalars(select(ResponseEvent).order_by(ResponseEvent.id))
            return {event.question_key: event.payload for event in events}

    def begun_earlier(self, by: timedelta) -> None:
        with self.database.session(write=True) as db:
            db.execute(update(Attempt).values(started_at=clock.now() - by))
            db.commit()

    def close_attempt_in_time(self, now: datetime) -> None:
        with self.database.session(write=False) as db:
            assert db.scalar(select(func.count()).select_from(Attempt).where(Attempt.finished_at <= now)) == 1


@pytest.fixture
def desk(settings: Settings, database: Database, tmp_path: Path, chromium: Browser) -> Iterator[Desk]:
    now = clock.now()
    with database.session(write=True) as db:
        load(db, tmp_path, now, minutes=30)
        ada = make_person(db, "ada")
        seat(db, ada, now)
        db.commit()
    server = make_server("127.0.0.1", 0, create_app(settings, database), threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    app = create_app(replace(settings, base_url=address), database)
    server.app = app
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    desk = Desk(app, address, context, database, ada)
    desk.log_in()
    yield desk
    context.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_no_answer_is_lost_on_a_broken_line(desk: Desk) -> None:
    desk.start()
    desk.page.get_by_text("A pension for everyone").click()
    desk.says("✓ Saved at")
    assert desk.kept() == {"floor": {"choice": "pension"}}

    desk.context.set_offline(True)
    desk.page.get_by_text("An insurance workers buy").click()
    desk.says("1 answer waits for the connection.")
    desk.page.get_by_text("Basic guarantees").click()
    desk.says("2 answers wait for the connection.")
    desk.page.get_by_role("button", name="Save and continue").click()
    desk.says("2 answers wait for the connection.")
    assert desk.page.url.endswith("/1/")
    assert desk.kept() == {"floor": {"choice": "pension"}}
    desk.context.set_offline(False)
    desk.says("✓ Saved at")
    assert desk.kept() == {"floor": {"choice": "guarantees"}}
    desk.go_on("2")

    desk.context.clear_cookies()
    desk.page.get_by_text("A flood").click()
    desk.says("Log in again, then it is sent by itself.")
    desk.log_in()
    desk.page.reload()
    desk.says("✓ Saved at")
    assert desk.kept()["shocks"] == {"choices": ["flood"]}
    expect(desk.page.get_by_label("A flood")).to_be_checked()
    desk.go_on("3")
    desk.go_on("4")

    answer = desk.page.locator("#answer")
    answer.fill("about twelve")
    desk.page.get_by_role("button", name="Save and continue").click()
    expect(desk.page.locator("[data-mistake]")).to_have_text("Write a number, such as 12.5 or 12,5.")
    assert desk.page.url.endswith("/4/")
    desk.page.get_by_role("link", name="Question 5").click()
    desk.page.wait_for_url("**/5/")
    expect(desk.page.locator("[data-status]")).to_be_empty()
    desk.page.get_by_role("link", name="Question 4").click()
    desk.page.wait_for_url("**/4/")
    expect(answer).to_have_value("")
    answer.fill("١٢٫٥")
    desk.go_on("5")
    desk.page.goto(desk.page.url.replace("/en/", "/ar/"))
    desk.page.locator("#answer").fill("منحة نقدية")
    desk.page.locator("button.button").last.click()
    desk.page.wait_for_url("**/ar/**/6/")
    desk.page.goto(desk.page.url.replace("/ar/", "/en/").replace("/6/", "/hand-in/"))
    desk.page.get_by_role("button", name="Hand in").click()
    desk.page.wait_for_url("**/result/")
    expect(desk.page.get_by_text("✓ Your answer, right").first).to_be_visible()
    assert desk.page.evaluate("localStorage.length") == 0
    desk.close_attempt_in_time(clock.now())


def test_an_answer_typed_on_the_way_out_is_sent_on_the_next_page(desk: Desk) -> None:
    desk.start()
    desk.page.goto(desk.page.url.replace("/1/", "/5/"))
    desk.context.route("**/answers", lambda route: route.abort())
    desk.page.locator("#answer").press_sequentially("cash grant")
    desk.page.get_by_role("link", name="Question 1").click()
    desk.page.wait_for_url("**/1/")
    assert desk.kept() == {}
    desk.context.unroute("**/answers")
    desk.says("✓ Saved at")
    assert desk.kept() == {"word": {"text": "cash grant"}}


def test_what_waited_on_this_device_does_not_hide_what_was_answered_on_another(desk: Desk) -> None:
    desk.start()
    desk.begun_earlier(timedelta(minutes=20))
    desk.page.clock.install(time=clock.now())
    desk.page.reload()
    desk.context.route("**/answers", lambda route: route.abort())
    desk.page.get_by_text("A pension for everyone").click()
    desk.says("1 answer waits for the connection.")
    desk.page.clock.fast_forward("10:00")
    other = desk.context.browser.new_context(java_script_enabled=False)
    other.add_cookies(desk.context.cookies())
    laptop = other.new_page()
    laptop.goto(desk.page.url)
    laptop.get_by_label("Basic guarantees").check()
    laptop.get_by_role("button", name="Save and continue").click()
    laptop.wait_for_url("**/2/")
    other.close()
    desk.context.unroute("**/answers")
    desk.page.reload()
    expect(desk.page.get_by_label("Basic guarantees")).to_be_checked()
    expect(desk.page.get_by_label("A pension for everyone")).not_to_be_checked()
    assert desk.page.evaluate("Object.keys(localStorage).filter((key) => key.includes('answer')).length") == 0
    assert desk.kept() == {"floor": {"choice": "pension"}}, "the last that arrived, and not the one that counts"


def test_the_clock_says_when_it_is_over(desk: Desk) -> None:
    desk.start()
    expect(desk.page.locator("[data-left]")).to_contain_text("29:")
    desk.page.clock.install(time=clock.now())
    desk.page.reload()
    desk.page.clock.fast_forward("25:30")
    expect(desk.page.locator("[data-aloud]")).to_have_text("Five minutes are left.")
    desk.page.clock.fast_forward("10:00")
    expect(desk.page.locator("[data-aloud]")).to_have_text("The time is over. The answers saved until now count.")
