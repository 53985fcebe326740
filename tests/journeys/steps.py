"""What people do in a browser, step by step; used by every journey."""

import re
from email import message_from_string
from email.message import Message

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.journeys.conftest import Served


def log_in(page: Page, served: Served, email: str, language: str = "en") -> None:
    page.goto(f"{served.url}/{language}/log-in/")
    page.fill("[name=email]", email)
    page.fill("[name=password]", served.passwords()[email])
    page.click("main button.button")
    page.wait_for_url(re.compile(r"/(learn|courses|profile)/"))


def link_in_letter(page: Page, served: Served, email: str, path: str, saying: str = "") -> str:
    """The address, ending like the pattern, in a letter to this person; waits until it has come."""
    for _round in range(100):
        for text in served.letters():
            letter: Message = message_from_string(text)
            if email in str(letter["To"]):
                body = letter.get_payload(decode=True)
                assert isinstance(body, bytes)
                found = re.search(rf"https?://\S+{path}", body.decode())
                if found and saying in body.decode():
                    return found[0]
        page.wait_for_timeout(100)
    raise AssertionError("no letter came")


def solid_button(page: Page) -> None:
    """Press the one solid button of the page."""
    page.click("main .button:not(.quiet)")


def fill_in(page: Page, fields: dict[str, list[str]]) -> None:
    """Answer the question on the page."""
    for name, values in fields.items():
        element = page.locator(f"main [name='{name}']").first
        kind = element.evaluate("element => element.type")
        if kind in ("radio", "checkbox"):
            for value in values:
                page.check(f"main [name='{name}'][value='{value}']")
        elif kind.startswith("select"):
            page.select_option(f"main [name='{name}']", values[0])
        else:
            page.fill(f"main [name='{name}']", values[0])
            element.blur()


def attempt_of(page: Page) -> str:
    found = re.search(r"/learn/attempts/([^/]+)/", page.url)
    assert found, page.url
    return found[1]


def sideways(page: Page) -> int:
    """How many pixels the page can be scrolled sideways: none on a good page."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def look(page: Page, served: Served, language: str, path: str) -> list[str]:
    """Every rule in the light; in the dark only the colours, for nothing else changes."""
    page.emulate_media(color_scheme="light")
    page.goto(f"{served.url}/{language}/{path}")
    found = _violations(page, f"{language}/{path}", {"runOnly": WCAG})
    if sideways(page):
        found.append(f"{language}/{path}: {sideways(page)} px sideways")
    page.emulate_media(color_scheme="dark")
    return found + _violations(
        page, f"{language}/{path} (dark)", {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
    )


def _violations(page: Page, where: str, options: dict[str, object]) -> list[str]:
    return [
        f"{where}: {violation['id']} {[node['target'] for node in violation['nodes']][:3]}"
        for violation in Axe().run(page, options=options | {"resultTypes": ["violations"]}).response["violations"]
    ]
