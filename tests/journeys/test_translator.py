"""The English is corrected; a translator and a reviewer bring the Arabic after it, in a real browser, in Arabic.

Another translator is at the same text; learners read the last approved text until the new one is approved.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from lms.settings import ROOT
from tests.journeys.conftest import Served
from tests.journeys.steps import log_in, sideways, solid_button

pytestmark = pytest.mark.browser
SHOCK = "shock-responsive-social-protection"
LESSON = "money-and-roles"
OLD, NEW = "Never let one index decide alone.", "Never let one index, however good, decide alone."
NEW_AR = "لا تدع مؤشّرًا واحدًا يقرّر وحده مهما كان جيدًا."
THEIRS_AR = "لا تتركوا القرار لمؤشّر واحد وحده أبدًا، ولو كان جيدًا."


def _load_edited_english(served: Served, folder: Path) -> None:
    """An author corrects one sentence, and the course is loaded anew while the platform runs."""
    course = folder / SHOCK
    shutil.copytree(ROOT / "courses" / SHOCK, course)
    lesson = course / "lessons" / f"{LESSON}.md"
    text = lesson.read_text("utf-8")
    assert text.count(OLD) == 1
    lesson.write_text(text.replace(OLD, NEW), "utf-8")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")}
    environ["LMS_DATA_DIR"] = str(served.data)
    command = [sys.executable, "-m", "lms", "courses", "load", str(course)]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "edition 2" in done.stdout


@pytest.fixture
def colleague(chromium: Browser) -> Iterator[Page]:
    """Another browser, on another desk."""
    context = chromium.new_context(viewport={"width": 1100, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


def _read_in_arabic(page: Page, served: Served) -> str:
    page.goto(f"{served.url}/ar/learn/{SHOCK}/lesson/{LESSON}/")
    return page.locator("article.prose").inner_text()


def test_the_arabic_follows_the_english(
    desk: Page, colleague: Page, phone: Page, served: Served, tmp_path: Path
) -> None:
    log_in(phone, served, "amal@example.org", "ar")
    phone.goto(f"{served.url}/ar/courses/{SHOCK}/")
    solid_button(phone)
    phone.wait_for_url(f"**/learn/{SHOCK}/")
    before = _read_in_arabic(phone, served)
    _load_edited_english(served, tmp_path)
    after = _read_in_arabic(phone, served)
    assert before.splitlines()[-1] in after  # the approved text stays
    assert "تغيّر" in after  # with a notice

    log_in(desk, served, "chi@example.org", "ar")
    queue = f"{served.url}/ar/workshop/{SHOCK}/ar/?state=source-changed"
    desk.goto(queue)
    expect(desk.locator("ol.texts > li")).to_have_count(1)
    desk.locator("ol.texts > li a").first.click()
    expect(desk.locator("form.desk ins")).to_contain_text("however good")
    field = desk.locator("#text")
    assert (field.get_attribute("lang"), field.get_attribute("dir")) == ("ar", "rtl")
    approved = field.input_value()

    log_in(colleague, served, "femi@example.org", "en")
    colleague.goto(desk.url.replace("/ar/workshop/", "/en/workshop/"))

    field.fill(approved + " **جدًا**")
    expect(desk.locator(".findings .blocking").first).to_be_visible()  # the marks are looked at while one types
    field.fill(NEW_AR + approved.partition(".")[2])
    expect(desk.locator(".findings .blocking")).to_have_count(0)
    at = desk.url
    field.press("Control+Enter")
    desk.wait_for_url(lambda url: url != at)
    expect(desk.locator("[role=status]").first).to_be_visible()

    # The colleague had the text open before: they see both, and keep the other.
    colleague.fill("#text", THEIRS_AR + approved.partition(".")[2])
    colleague.click("button[value=review]")
    expect(colleague.locator("[role=alert]")).to_contain_text("Somebody else has written here")
    expect(colleague.locator("[role=alert] del").first).to_be_visible()
    assert THEIRS_AR in colleague.input_value("#text")
    colleague.get_by_role("link", name="Keep what is there").click()
    expect(colleague.locator("#text")).to_have_value(re.compile(re.escape(NEW_AR)))

    assert NEW_AR not in _read_in_arabic(phone, served)  # not approved yet
    reviewer = colleague.context.browser
    assert reviewer is not None
    _approve(reviewer, served)
    text = _read_in_arabic(phone, served)
    assert NEW_AR in text
    assert before.splitlines()[0] in text


def _approve(browser: Browser, served: Served) -> None:
    """The reviewer, on a phone without scripts, by the keyboard alone."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = context.new_page()
    log_in(page, served, "ivo@example.org")
    page.goto(f"{served.url}/en/workshop/{SHOCK}/ar/?state=in-review")
    assert sideways(page) == 0
    page.focus("ol.texts > li a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/text/**")
    assert sideways(page) == 0
    page.focus("section.rule form.inline button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/workshop/**")
    expect(page.locator("[role=status]").first).to_contain_text("Approved")
    context.close()
