"""A practitioner from the front door to a verified certificate, in a real browser: English, Arabic, without scripts."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Served
from tests.journeys.steps import attempt_of, fill_in, link_in_letter, log_in, look, sideways, solid_button

pytestmark = pytest.mark.browser
WHY = "social-protection-why-what-for-whom"
SHOCK = "shock-responsive-social-protection"
PASSWORD = "green maize in april"


def _register(page: Page, served: Served, language: str, email: str, name: str) -> None:
    page.goto(f"{served.url}/{language}/register/")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=name]", name)
    page.select_option("[name=country]", "KE")
    page.click("main button.button")
    page.wait_for_url("**/register/sent/")
    assert served.person_exists(email)


def _read_lesson(page: Page) -> None:
    """Read to the end and go on."""
    expect(page.locator("article.prose h1")).to_be_visible()
    solid_button(page)


def _answer_all(page: Page, served: Served, wrong: int = 0) -> None:
    """Answer every question of the attempt, the first `wrong` ones not at all, up to the page that hands in."""
    fields = served.right_fields(attempt_of(page))
    for number, right in enumerate(fields, 1):
        page.wait_for_url(f"**/{number}/")
        if number > wrong:
            fill_in(page, right)
        solid_button(page)
    page.wait_for_url("**/hand-in/")


def _self_test(page: Page, served: Served) -> None:
    """Take the self-test: feedback comes at once after each answer."""
    solid_button(page)
    page.wait_for_url(re.compile(r"/learn/attempts/[^/]+/1/"))
    fields = served.right_fields(attempt_of(page))
    for number, right in enumerate(fields, 1):
        fill_in(page, right)
        solid_button(page)
        expect(page.locator("main .right").first).to_be_visible()
        solid_button(page)
        if number < len(fields):
            page.wait_for_url(f"**/{number + 1}/")
    page.wait_for_url("**/result/")


def _to_the_final_quiz(page: Page, served: Served, slug: str, language: str) -> None:
    """Enrol and go through every lesson and self-test in the order of the course."""
    page.goto(f"{served.url}/{language}/courses/{slug}/")
    solid_button(page)
    page.wait_for_url(f"**/learn/{slug}/")
    solid_button(page)
    for _step in range(20):
        if "/quiz/" in page.url:
            return
        if "/self-test/" in page.url:
            _self_test(page, served)
            page.goto(f"{served.url}/{language}/learn/{slug}/")
            solid_button(page)
        else:
            url = page.url
            _read_lesson(page)
            page.wait_for_url(lambda now, before=url: now != before)
    raise AssertionError("the quiz was never reached")


def _confirm_details(page: Page, served: Served, slug: str, language: str, name: str) -> None:
    page.goto(f"{served.url}/{language}/learn/{slug}/certificate/")
    page.fill("[name=name]", name)
    solid_button(page)
    page.wait_for_url(f"**/learn/{slug}/")


def _evaluate(page: Page, served: Served, slug: str, language: str) -> None:
    page.goto(f"{served.url}/{language}/learn/{slug}/evaluation/your-view/")
    for name in ("satisfaction", "expectations", "equipped"):
        page.check(f"[name={name}][value='4']")
    solid_button(page)
    page.wait_for_url(f"**/learn/{slug}/")


def _certificate_code(page: Page, served: Served, language: str) -> str:
    page.goto(f"{served.url}/{language}/certificates/")
    href = page.locator("main a[href*='/certificates/'][href$='.pdf']").first.get_attribute("href")
    assert href
    return href.rsplit("/", 1)[1].removesuffix(".pdf")


def _download(page: Page, served: Served, code: str, folder: Path) -> Path:
    """The PDF, once it is printed."""
    for _round in range(150):
        answer = page.request.get(f"{served.url}/en/certificates/{code}.pdf")
        if answer.headers["content-type"] == "application/pdf":
            (folder / "certificate.pdf").write_bytes(answer.body())
            return folder / "certificate.pdf"
        page.wait_for_timeout(200)
    raise AssertionError("the certificate was never printed")


def test_a_practitioner_on_a_phone_in_english(phone: Page, served: Served, tmp_path: Path) -> None:
    """Registers, confirms, learns, fails once, passes, gives a view, holds a certificate; a stranger verifies it."""
    page, email = phone, "nia@example.org"
    _register(page, served, "en", email, "Nia Wanjiru")
    page.goto(link_in_letter(page, served, email, r"/confirm/\S+"))
    solid_button(page)
    page.goto(f"{served.url}/en/log-in/")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button.button")
    page.wait_for_url("**/learn/")
    _to_the_final_quiz(page, served, WHY, "en")
    solid_button(page)
    _answer_all(page, served, wrong=6)
    expect(page.locator("main")).to_contain_text("6")
    page.click("main form button.button")
    page.wait_for_url("**/result/")
    _confirm_details(page, served, WHY, "en", "Nia Wanjiru Kamau")
    _evaluate(page, served, WHY, "en")
    page.goto(f"{served.url}/en/certificates/")
    assert page.locator("main a[href$='.pdf']").count() == 0, "no certificate before the quiz is passed"
    page.goto(f"{served.url}/en/learn/{WHY}/quiz/final/")
    solid_button(page)
    _answer_all(page, served)
    page.click("main form button.button")
    page.wait_for_url("**/result/")
    code = _certificate_code(page, served, "en")
    assert _download(page, served, code, tmp_path).read_bytes().startswith(b"%PDF")
    assert sideways(page) == 0


def test_the_same_in_arabic_with_a_switch_in_the_quiz_and_a_verifier_without_scripts(
    phone: Page, phone_without_scripts: Page, served: Served, tmp_path: Path
) -> None:
    """Registers and learns in Arabic, changes languages in the quiz; a stranger finds the certificate by its code."""
    _register(phone, served, "ar", "samira@example.org", "Amal Haddad")
    phone.goto(f"{served.url}/ar/log-in/")
    phone.fill("[name=email]", "samira@example.org")
    phone.fill("[name=password]", PASSWORD)
    phone.click("main button.button")
    phone.wait_for_url("**/learn/")
    _to_the_final_quiz(phone, served, WHY, "ar")
    _confirm_details(phone, served, WHY, "ar", "Amal Haddad")
    _evaluate(phone, served, WHY, "ar")
    phone.goto(f"{served.url}/ar/learn/{WHY}/quiz/final/")
    solid_button(phone)
    _switch_languages_on_the_way(phone, served)
    phone.wait_for_url("**/result/")
    code = _certificate_code(phone, served, "ar")
    stranger = phone_without_scripts
    stranger.goto(f"{served.url}/v/{code}")
    expect(stranger.locator("main")).to_contain_text("Amal Haddad")
    assert sideways(stranger) == 0
    assert "example.org" not in stranger.content().replace(served.url, "")
    stranger.goto(f"{served.url}/en/verify/")
    stranger.fill("main input[type=text], main input:not([type])", code.lower().replace("-", " "))
    stranger.click("main button.button")
    expect(stranger.locator("main")).to_contain_text("Amal Haddad")
    answer = stranger.goto(f"{served.url}/en/verify/{code[:-4]}ZZZZ")
    assert answer is not None
    assert answer.status == 404


def _switch_languages_on_the_way(page: Page, served: Served) -> None:
    """Answer in Arabic, look at a question in French and Spanish: the same question, with the answer kept."""
    fields = served.right_fields(attempt_of(page))
    for number, right in enumerate(fields, 1):
        page.wait_for_url(f"**/{number}/")
        fill_in(page, right)
        if number == 3:
            expect(page.locator("[data-status]")).to_contain_text(re.compile(r"\d"))
            in_arabic = _options(page)
            for language in ("fr", "es", "ar"):
                page.goto(
                    page.url.replace("/ar/", f"/{language}/")
                    .replace("/fr/", f"/{language}/")
                    .replace("/es/", f"/{language}/")
                )
                assert page.locator("html").get_attribute("lang") == language
                assert page.url.endswith(f"/{number}/")
                assert _options(page) == in_arabic
        solid_button(page)
    page.wait_for_url("**/hand-in/")
    page.click("main form button.button")


def _options(page: Page) -> list[tuple[str, bool]]:
    """The options of the question in their order and which are chosen, whatever the words."""
    found = page.locator("main fieldset input, main fieldset option")
    return [
        (each.get_attribute("value") or "", bool(each.evaluate("e => e.checked || e.selected"))) for each in found.all()
    ]


def test_everything_works_without_scripts(phone_without_scripts: Page, served: Served) -> None:
    page = phone_without_scripts
    log_in(page, served, "hana@example.org")
    _to_the_final_quiz(page, served, WHY, "en")
    solid_button(page)
    _answer_all(page, served)
    page.click("main form button.button")
    page.wait_for_url("**/result/")
    expect(page.locator("h1")).to_be_visible()


def test_answers_wait_for_the_connection(phone: Page, served: Served) -> None:
    """Offline in the middle of a quiz: the answer waits, is sent when the line returns, and is there on reload."""
    log_in(phone, served, "gala@example.org")
    phone.goto(f"{served.url}/en/courses/{WHY}/")
    solid_button(phone)
    phone.goto(f"{served.url}/en/learn/{WHY}/quiz/final/")
    solid_button(phone)
    phone.wait_for_url("**/1/")
    phone.context.set_offline(True)
    _answer_twice(phone)
    expect(phone.locator("[data-status]")).to_have_text("2 answers wait for the connection.")
    expect(phone.locator("[data-status]")).to_have_class(re.compile("waiting"))
    phone.context.set_offline(False)
    phone.evaluate("window.dispatchEvent(new Event('online'))")
    expect(phone.locator("[data-status]")).to_contain_text("Saved")
    before = _options(phone) or [(phone.input_value("main input[name=answer]"), True)]
    phone.reload()
    assert (_options(phone) or [(phone.input_value("main input[name=answer]"), True)]) == before


def _answer_twice(page: Page) -> None:
    """Two changes to the question on the page, whichever kind was drawn."""
    choices, lists = page.locator("main fieldset input"), page.locator("main select")
    for turn in range(2):
        if lists.count():
            lists.nth(turn).select_option(index=turn + 1)
        elif choices.count():
            choices.nth(turn).check()
        else:
            page.fill("main input[name=answer]", str(turn + 1))
            page.locator("main input[name=answer]").blur()


def test_from_the_keyboard(desk: Page, served: Served) -> None:
    """The skip link comes first; a question is answered and sent with keys alone."""
    log_in(desk, served, "femi@example.org")
    desk.goto(f"{served.url}/en/courses/{WHY}/")
    desk.keyboard.press("Tab")
    assert desk.evaluate("document.activeElement.className") == "skip"
    desk.keyboard.press("Enter")
    for _press in range(10):
        desk.keyboard.press("Tab")
        if desk.evaluate("document.activeElement.matches('main button.button')"):
            break
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"**/learn/{WHY}/")
    desk.goto(f"{served.url}/en/learn/{WHY}/self-test/check-why/")
    desk.focus("main .button:not(.quiet)")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/1/")
    desk.locator("main form[data-answer], main form").first.locator("input:not([type=hidden]), select").first.focus()
    desk.keyboard.press("Space")
    desk.focus("main button.button")
    desk.keyboard.press("Enter")
    expect(desk.locator("h1")).to_be_visible()


PUBLIC = ["courses/", f"courses/{WHY}/", "log-in/", "register/", "forgotten-password/", "verify/", "verify/NOT-A-CODE",
          "privacy/", "accessibility/", "no-such-page/"]  # fmt: skip
LEARNER = [
    "learn/",
    f"learn/{SHOCK}/",
    f"learn/{SHOCK}/lesson/five-ways/",
    f"learn/{SHOCK}/glossary/",
    f"learn/{SHOCK}/evaluation/your-view/",
    f"learn/{SHOCK}/certificate/",
    f"learn/{SHOCK}/quiz/final/",
    f"learn/{SHOCK}/self-test/check-responses/",
    "certificates/",
    "profile/",
    "profile/password/",
    "profile/delete/",
]
ADMINISTRATOR = [
    "administration/people/",
    "administration/audit/",
    "administration/courses/",
    f"administration/courses/{WHY}/",
    f"administration/courses/{WHY}/questions/",
    f"administration/courses/{WHY}/questions/final/",
    f"workshop/{SHOCK}/",
    f"workshop/{SHOCK}/ar/",
    f"workshop/{SHOCK}/ar/preview/five-ways/",
    f"workshop/{SHOCK}/changes/",
]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_accessible_on_every_page(phone: Page, served: Served, language: str) -> None:
    """WCAG 2.2 AA by axe, light and dark, and nothing to scroll sideways at 320 pixels (400 % zoom of 1280)."""
    phone.set_viewport_size({"width": 320, "height": 700})
    wrong = [look(phone, served, language, path) for path in PUBLIC]
    log_in(phone, served, "dee@example.org", language)
    phone.goto(f"{served.url}/{language}/courses/{SHOCK}/")
    solid_button(phone)
    phone.wait_for_url(f"**/learn/{SHOCK}/")
    wrong += [look(phone, served, language, path) for path in LEARNER + ADMINISTRATOR]
    wrong.append(_look_at_attempt(phone, served, language))
    phone.goto(f"{served.url}/{language}/workshop/{SHOCK}/ar/?document=lesson five-ways")
    phone.locator("ol.texts > li a").first.click()
    wrong.append(look(phone, served, language, phone.url.partition(f"/{language}/")[2]))
    assert [each for found in wrong for each in found] == []


def _look_at_attempt(page: Page, served: Served, language: str) -> list[str]:
    page.goto(f"{served.url}/{language}/learn/{SHOCK}/quiz/final/")
    solid_button(page)
    page.wait_for_url(re.compile(r"/learn/attempts/[^/]+/\d+/"))
    base = f"learn/attempts/{attempt_of(page)}/"
    found = [each for number in range(1, 11) for each in look(page, served, language, f"{base}{number}/")]
    found += look(page, served, language, f"{base}hand-in/")
    page.click("main form button.button")
    page.wait_for_url("**/result/")
    return found + look(page, served, language, f"{base}result/")
