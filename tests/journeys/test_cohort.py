"""A dated run in a real browser: chosen for it, taught in it, and what it comes to when it is closed."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Served
from tests.journeys.steps import link_in_letter, log_in, sideways, solid_button

pytestmark = pytest.mark.browser
FLOORS = "building-social-protection-floors"
ARABIC = re.compile(r"[\u0600-\u06ff]")
At = Callable[[str], Page]


@pytest.fixture
def at_desk_of(chromium: Browser, served: Served) -> Iterator[At]:
    """A browser on a desk of their own for each who works on the run."""
    windows = []

    def sit_down(key: str) -> Page:
        windows.append(chromium.new_context(viewport={"width": 1100, "height": 900}))
        page = windows[-1].new_page()
        page.set_default_timeout(15_000)
        log_in(page, served, f"{key}@example.org")
        return page

    yield sit_down
    for each in windows:
        each.close()


# -- from the application to the first lesson


def test_somebody_applies_is_chosen_and_begins(phone_without_scripts: Page, at_desk_of: At, served: Served) -> None:
    """The applicant on a phone without scripts, half of it in Arabic; two score blind, a coordinator decides."""
    gala, amal = at_desk_of("gala"), phone_without_scripts
    _open_run(gala, served, "floors-by-hand")
    _move(gala, "applications-open")
    log_in(amal, served, "amal@example.org")
    _apply(amal, f"{served.url}/en/runs/floors-by-hand/")
    _move(gala, "selecting")
    board = f"{served.url}/en/teaching/floors-by-hand/applications/"
    for number, key in enumerate(("bo", "femi")):
        _score_blind(at_desk_of(key), board, before=number)

    gala.goto(board)
    gala.get_by_role("checkbox", name="Decide about: Amal Haddad").check()
    gala.fill("[name=message]", "Bring a figure from your ministry.")
    gala.click("button[value=accepted]")
    expect(gala.locator("main tbody tr").filter(has_text="Amal")).to_contain_text("Accepted, not confirmed yet")
    gala.goto(f"{served.url}/en/teaching/floors-by-hand/plan/")
    _move(gala, "running")

    amal.goto(link_in_letter(amal, served, "amal@example.org", r"/ar/runs/floors-by-hand/application/\S*", "ministry"))
    assert (amal.locator("html").get_attribute("lang"), amal.locator("html").get_attribute("dir")) == ("ar", "rtl")
    expect(amal.locator("main p strong").first).to_have_text(ARABIC)
    expect(amal.locator("blockquote[dir=auto]")).to_have_text("Bring a figure from your ministry.")
    assert sideways(amal) == 0
    solid_button(amal)
    expect(amal.locator("[role=status]")).to_be_visible()
    solid_button(amal)
    amal.wait_for_url("**/ar/learn/floors-by-hand/")
    amal.goto(amal.url.replace("/ar/", "/en/"))
    expect(amal.locator("section.week")).to_contain_text("This week")
    expect(amal.locator("section.week h3")).to_have_text("Introduction")
    assert sideways(amal) == 0
    solid_button(amal)
    expect(amal.locator("article.prose h1")).to_have_text("How the ten weeks work")


def _open_run(page: Page, served: Served, slug: str) -> None:
    """It began yesterday, and one may still apply."""
    today = datetime.now(UTC).date()
    page.goto(f"{served.url}/en/teaching/new/{FLOORS}/")
    page.fill("[name=slug]", slug)
    page.fill("[name=title]", "By hand")
    for name, days in {"starts_on": -1, "apply_from": -9, "apply_until": 2}.items():
        page.fill(f"[name={name}]", (today + timedelta(days=days)).isoformat())
    page.fill("[name=seats]", "1")
    page.check("[name=languages][value=en]")
    page.check("[name=languages][value=ar]")
    solid_button(page)
    page.wait_for_url(f"**/teaching/{slug}/plan/")


def _move(page: Page, stage: str) -> None:
    page.click(f"button[name=stage][value={stage}]")
    expect(page.locator("[role=status]")).to_be_visible()


def _apply(page: Page, run: str) -> None:
    """A draft first; what is missing is said at its field, and nothing that was written is lost."""
    page.goto(run)
    solid_button(page)
    page.fill("[name=years]", "6")
    page.fill("[name=organisation]", "Ministry of Social Development")
    page.click("button[value=save]")
    expect(page.locator("main p strong").first).to_have_text("Draft")
    page.fill("[name=role]", "Programme officer")
    page.fill("[name=hours]", "5")
    page.click("button[value=submit]")
    for name, told in {"motivation": "Say why you want", "consent": "Without your consent"}.items():
        expect(page.locator(f"[name={name}]")).to_have_attribute("aria-invalid", "true")
        expect(page.locator(f"[name={name}]")).to_have_accessible_description(re.compile(told))
        expect(page.locator(f"[role=alert] a[href='#{name}']")).to_be_visible()
    assert sideways(page) == 0
    assert page.input_value("[name=role]") == "Programme officer"
    page.fill("[name=motivation]", "Half of the people in our register never receive a payment.")
    page.check("[name=consent]")
    page.click("button[value=submit]")
    expect(page.locator("main p strong").first).to_have_text("Submitted")
    assert sideways(page) == 0


def _score_blind(page: Page, board: str, before: int) -> None:
    """Neither whose it is nor what the one before gave can be seen until one has scored."""
    page.goto(board)
    page.locator("main tbody th a").first.click()
    expect(page.locator("form.scale")).to_be_visible()
    assert "Amal" not in page.content()
    assert page.locator("main table").count() == 0
    solid_button(page)
    expect(page.get_by_role("group", name="Motivation")).to_have_accessible_description("Choose a score from 0 to 4.")
    for criterion in page.locator("form.scale fieldset").all():
        criterion.locator("input[value='3']").check()
    solid_button(page)
    expect(page.locator("h1")).to_have_text("Amal Haddad")
    expect(page.locator("main tbody tr")).to_have_count(before + 1)
