"""A dated run in a real browser: chosen for it, taught in it, and what it comes to when it is closed."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from lms.accounts.models import Person
from lms.learning.models import ActivityCompletion
from lms.runs.rules import RunStage
from tests.facilitation.ending import ALL, open_run, take_part
from tests.factories import RUN, make_participant, open_cohort_run
from tests.journeys.conftest import Served
from tests.journeys.steps import link_in_letter, log_in, look, sideways, solid_button

pytestmark = pytest.mark.browser
FLOORS = "building-social-protection-floors"
ROOM = "https://room.example.org/floors"
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


# -- a week of somebody who teaches


def test_a_week_of_teaching(phone: Page, at_desk_of: At, served: Served, tmp_path: Path) -> None:
    """A live session with its roll, an assignment from the hand-in to the released grade, a question answered."""
    zone = _open_week(served, "floors-this-week")
    bo, ada = at_desk_of("bo"), phone
    log_in(ada, served, "ada@example.org")
    teaching, learning = f"{served.url}/en/teaching/floors-this-week/", f"{served.url}/en/learn/floors-this-week/"

    _plan_session(bo, f"{teaching}sessions/new/", zone)
    _join(ada, f"{learning}sessions/")
    bo.reload()
    row = bo.locator("main tbody tr").filter(has_text="Ada Okafor")
    expect(row).to_contain_text("went to the room by their own link")
    expect(row.locator("td").first).to_have_text("0")  # a click credits nothing
    bo.get_by_role("button", name="Keep the roll").click()
    expect(row.locator("td").first).to_have_text("60")
    ada.goto(f"{learning}sessions/")
    expect(ada.locator("main")).to_contain_text("You have attended 60 minutes of live sessions so far.")

    _hand_in(ada, f"{learning}assignment/introduction-assignment/", tmp_path)
    _mark(bo, f"{teaching}marking/")
    ada.reload()
    expect(ada.locator(".reviewed")).to_contain_text("Waits to be marked")  # graded, and not released
    bo.get_by_role("button", name="Release 1 grade").click()
    expect(bo.locator("[role=status]")).to_be_visible()
    ada.reload()
    expect(ada.locator(".reviewed .notice.good")).to_contain_text("The work passed · 4 of 5 points")
    expect(ada.locator(".reviewed .notice.good")).to_contain_text("Say how many people that is.")
    assert sideways(ada) == 0

    thread = _ask(ada, f"{learning}threads/")
    bo.goto(thread)
    bo.fill("[name=text]", "Yes: **both** count.")
    solid_button(bo)
    expect(bo.locator("article.post")).to_have_count(2)
    bo.get_by_role("button", name="It is resolved").click()
    ada.reload()
    expect(ada.locator("article.post").last).to_contain_text("Bo Lindqvist teaches here")
    expect(ada.locator("article.post strong")).to_have_text("both")
    expect(ada.locator(".standing.approved").first).to_have_text("Resolved")


def _open_week(served: Served, slug: str) -> str:
    """A run that began yesterday, with Ada in it; the name of her time zone, in which nobody sleeps now."""
    now = datetime.now(UTC)
    zones = ("Asia/Tokyo", "Africa/Lagos", "America/Los_Angeles")
    zone = next(each for each in zones if 8 <= now.astimezone(ZoneInfo(each)).hour < 20)
    with served.by_hand() as db:
        run = open_cohort_run(db, served.data, now, slug, course=FLOORS, starts_on=now.date() - timedelta(days=1))
        run.stage = RunStage.RUNNING
        ada = db.scalars(select(Person).where(Person.email == "ada@example.org")).one()
        ada.time_zone = zone
        make_participant(db, run, ada, now)
    return zone


def _plan_session(page: Page, url: str, zone: str) -> None:
    """One that began ten minutes ago, on the clock of Nairobi; who looks before sees what hour it is for whom."""
    began = datetime.now(ZoneInfo("Africa/Nairobi")) - timedelta(minutes=10)
    page.goto(url)
    page.select_option("[name=activity]", "introduction-session")
    page.fill("[name=held_on]", began.date().isoformat())
    page.fill("[name=hour]", f"{began:%H:%M}")
    page.select_option("[name=time_zone]", "Africa/Nairobi")
    page.fill("[name=minutes]", "60")
    page.fill("[name=link]", ROOM)
    page.click("button[value=look]")
    expect(page.get_by_role("region", name="What hour it is for whom").locator("tbody tr")).to_contain_text(zone)
    page.click("button[value=plan]")
    expect(page.locator("dl.facts").first).to_contain_text("Your time")
    expect(page.locator("dl.facts").first).to_contain_text("Africa/Nairobi")


def _join(page: Page, sessions: str) -> None:
    """By one's own way to the room, which is not ours."""
    page.route(ROOM, lambda route: route.fulfill(body="The room"))
    page.goto(sessions)
    expect(page.locator("dl.facts")).to_contain_text("Your time")
    expect(page.locator("dl.facts")).to_contain_text("Session time")
    page.get_by_role("link", name="Meeting each other").click()
    assert sideways(page) == 0
    solid_button(page)
    page.wait_for_url(ROOM)


def _hand_in(page: Page, url: str, folder: Path) -> None:
    (folder / "one page.txt").write_text("Every child under five, every month.")
    page.goto(url)
    page.fill("[name=text]", "A grant for families with small children.")
    page.set_input_files("[name=files]", folder / "one page.txt")
    page.click("button[value=hand-in]")
    expect(page.locator(".reviewed")).to_contain_text("in time")
    expect(page.locator(".reviewed .files")).to_contain_text("one page.txt")


def _mark(page: Page, queue: str) -> None:
    """With the rubric, after reading the file that was handed in."""
    page.goto(queue)
    page.locator("#chosen").get_by_role("link", name="Ada Okafor").click()
    with page.expect_download() as file:
        page.get_by_role("link", name="one page.txt").click()
    assert Path(file.value.path()).read_text() == "Every child under five, every month."
    page.check("[name=level-description][value='2']")
    page.check("[name=level-honesty][value='1']")
    page.fill("[name=feedback]", "Say how many people that is.")
    solid_button(page)
    page.wait_for_url("**/marking/")


def _ask(page: Page, threads: str) -> str:
    page.goto(threads)
    solid_button(page)
    page.fill("[name=title]", "One programme or two?")
    page.fill("[name=text]", "Ours pays families and schools. May I describe both?")
    solid_button(page)
    expect(page.locator("article.post")).to_have_count(1)
    assert sideways(page) == 0
    return page.url


# -- what a run comes to


def test_a_run_is_closed_and_its_certificate_verified(
    phone: Page, phone_without_scripts: Page, at_desk_of: At, served: Served
) -> None:
    """Against the rule for one by two people; then all at once, the certificate and the numbers for everybody."""
    _end_run(served)
    gala, femi, ada = at_desk_of("gala"), at_desk_of("femi"), phone
    log_in(ada, served, "ada@example.org")
    ada.goto(f"{served.url}/en/learn/{RUN}/certificate/")
    ada.fill("[name=name]", "Ada Ngozi Okafor")
    solid_button(ada)
    ada.wait_for_url(f"**/learn/{RUN}/")

    gala.goto(f"{served.url}/en/teaching/{RUN}/closing/")
    row = gala.locator("main tbody tr").filter(has_text="Ada Okafor")
    expect(row).to_contain_text("Certificate of participation")
    expect(row).to_contain_text("the evaluation")
    row.get_by_role("link").click()
    gala.check("[name=outcome][value=completion]")
    gala.fill("[name=reason]", "Her district had no electricity in the second week.")
    solid_button(gala)
    expect(gala.locator("[role=status]")).to_be_visible()
    assert gala.get_by_role("button", name="Confirm").count() == 0, "nobody confirms what they proposed"
    femi.goto(gala.url)
    femi.get_by_role("button", name="Confirm").click()
    expect(femi.locator("[role=status]")).to_be_visible()

    gala.goto(f"{served.url}/en/teaching/{RUN}/closing/")
    expect(row).to_contain_text("by the rule: Certificate of participation")
    gala.get_by_role("button", name="Close the run").click()
    expect(row).to_contain_text("decided by two people")
    code = _certificate_of(ada, served)
    stranger = phone_without_scripts
    stranger.goto(f"{served.url}/v/{code}")
    expect(stranger.locator("main")).to_contain_text("Ada Ngozi Okafor")
    expect(stranger.locator("main")).to_contain_text("Cash transfers: the first steps")
    assert sideways(stranger) == 0
    stranger.goto(f"{served.url}/en/runs/{RUN}/archive/")
    for name, number in {"Participants": "6", "Have completed": "6"}.items():
        told = stranger.locator("dl.facts dt").filter(has_text=re.compile(f"^{name}$"))
        expect(told.locator("xpath=following-sibling::dd[1]")).to_have_text(number)
    assert sideways(stranger) == 0


def _end_run(served: Served) -> None:
    """A run in its days to catch up: five who did everything, and Ada, who did not."""
    now = datetime.now(UTC)
    with served.by_hand() as db:
        run = open_run(db, served.data, now, starts_on=now.date() - timedelta(days=16))
        for number in range(5):
            take_part(db, run, f"finisher{number}", now, ALL)
        ada = make_participant(db, run, db.scalars(select(Person).where(Person.email == "ada@example.org")).one(), now)
        db.add_all(
            ActivityCompletion(enrolment_id=ada.id, activity=each, language="en", completed_at=now)
            for each in ("what", "final")
        )


def _certificate_of(page: Page, served: Served) -> str:
    """Its code, once it is issued."""
    for _round in range(100):
        page.goto(f"{served.url}/en/certificates/")
        code = page.locator("main li.card code")
        if code.count():
            return code.inner_text()
        page.wait_for_timeout(100)
    raise AssertionError("no certificate came")


# -- everybody's pages


IN_ITS_FOURTH_WEEK = [f"teaching/floors-this-season/{path}" for path in ("", "gradebook/?module=the-idea", "closing/")]
SELECTING = [f"teaching/floors-next-season/applications/{path}" for path in ("", "?view=side")]
"""Pages of the two sample runs, with forty people in each."""


@pytest.mark.parametrize("language", ["en", "ar"])
def test_accessible_on_every_page_of_a_run(
    phone: Page, at_desk_of: At, served: Served, language: str, tmp_path: Path
) -> None:
    """As the other pages are: WCAG 2.2 AA, light and dark, nothing to scroll sideways at 320 pixels."""
    slug, call = f"looked-at-in-{language}", f"called-in-{language}"
    zone = _open_week(served, slug)
    _open_call(served, call)
    dee, ada = at_desk_of("dee"), phone
    log_in(ada, served, "ada@example.org")
    _hand_in(ada, f"{served.url}/en/learn/{slug}/assignment/introduction-assignment/", tmp_path)
    thread = _ask(ada, f"{served.url}/en/learn/{slug}/threads/").partition("/threads/")[2]
    _plan_session(dee, f"{served.url}/en/teaching/{slug}/sessions/new/", zone)
    session = dee.url.partition("/sessions/")[2]
    for page in (ada, dee):
        page.set_viewport_size({"width": 320, "height": 700})
    sessions, threads = ["sessions/", f"sessions/{session}"], ["threads/", "threads/new/", f"threads/{thread}"]
    learning = [f"learn/{slug}/{path}" for path in ("", "assignment/introduction-assignment/", *sessions, *threads)]
    teaching = [f"teaching/{slug}/{path}" for path in ("marking/", "sessions/new/", *sessions)]
    wrong = [look(ada, served, language, path) for path in (*learning, f"runs/{call}/", f"runs/{call}/application/")]
    wrong += [look(dee, served, language, path) for path in (*teaching, *IN_ITS_FOURTH_WEEK, *SELECTING)]
    for path, first in {teaching[0]: "#chosen th a", SELECTING[0]: "main tbody th a"}.items():
        dee.goto(f"{served.url}/{language}/{path}")
        dee.locator(first).first.click()
        wrong.append(look(dee, served, language, dee.url.partition(f"/{language}/")[2]))
    assert [each for found in wrong for each in found] == []


def _open_call(served: Served, slug: str) -> None:
    now = datetime.now(UTC)
    days = {"apply_from": now.date() - timedelta(days=2), "apply_until": now.date() + timedelta(days=2)}
    with served.by_hand() as db:
        starts_on = now.date() + timedelta(days=9)
        run = open_cohort_run(db, served.data, now, slug, course=FLOORS, starts_on=starts_on, **days)
        run.stage = RunStage.APPLICATIONS_OPEN
