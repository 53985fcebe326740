"""What people do in a browser, step by step; used by every journey."""

import re
from email import message_from_string
from email.message import Message

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
