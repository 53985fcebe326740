"""Somebody goes everywhere: every route as everybody, every link from there, a self-test and a quiz of every kind."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from lms.accounts.models import Person
from lms.kernel import clock
from tests.contracts.everything import SLUG, load_everything
from tests.contracts.html import Page, tag
from tests.contracts.test_access import DEEDS, READS
from tests.contracts.world import World
from tests.factories import make_enrolment

LINK = re.compile(r'<a [^>]*?href="([^"]*)"')
TOKEN = re.compile(r"(csrf[^>]{0,30}?=)\"[^\"]+\"|value=\"[^\"]{60,}\"")


ENOUGH = 30
"""Pages of one view that are followed as one person: a course has hundreds of texts, and one page shows them all."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer and how it came about."""

    person: str
    method: str
    url: str
    answer: TestResponse = field(repr=False)

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def place(self) -> str:
        return f"{self.method} {self.url} as {self.person} ({self.status})"

    @property
    def is_page(self) -> bool:
        return self.answer.mimetype == "text/html" and not 300 <= self.status < 400

    @property
    def lang(self) -> str:
        """The language its address asks for."""
        first = self.url.split("/")[1] if self.url.startswith("/") else ""
        return first if first in ("en", "ar", "fr", "es") else "en"


class Walk:
    """Keeps everything that was answered."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seen: list[Seen] = []
        self.tokens: dict[str, str] = {}
        self._known: set[tuple[str, str]] = set()

    def get(self, person: str, url: str, **options: Any) -> Seen:
        return self._open(person, "GET", url, options)

    def post(self, person: str, url: str, fields: dict[str, Any] | None = None, **options: Any) -> Seen:
        self.tokens.setdefault(person, self.world.token(self.world.clients[person]))
        sent = {} if "json" in options else {"data": {**(fields or {}), "csrf_token": self.tokens[person]}}
        return self._open(person, "POST", url, sent | {"headers": {"X-CSRFToken": self.tokens[person]}} | options)

    def _open(self, person: str, method: str, url: str, options: dict[str, Any]) -> Seen:
        self._known.add((person, url))
        seen = Seen(person, method, url, self.world.clients[person].open(url, method=method, **options))
        self.seen.append(seen)
        return seen

    def follow(self, person: str, urls: Iterable[str], lang: str) -> None:
        """These pages, and all that their links lead to in this language."""
        ahead = list(urls)
        been: Counter[str] = Counter()
        while ahead:
            url = ahead.pop()
            kind = self._kind(url)
            if (person, url) in self._known or been[kind] >= ENOUGH:
                continue
            been[kind] += 1
            seen = self.get(person, url)
            if seen.status in (302, 303):
                ahead.append(str(seen.answer.location))
            elif seen.is_page:
                links = [urljoin(url, found.replace("&amp;", "&")) for found in LINK.findall(seen.answer.text)]
                ahead += [
                    link.partition("#")[0]
                    for link in links
                    if link.startswith(f"/{lang}/") and not link.endswith(".zip")
                ]

    def _kind(self, url: str) -> str:
        """Which view answers this address."""
        try:
            return str(self.world.app.url_map.bind("localhost").match(urlsplit(url).path)[0])
        except HTTPException:
            return url

    def everywhere(self, languages: Iterable[str], people: Iterable[str], followed: Iterable[str]) -> None:
        """Every route as each of them; and what is linked, as some."""
        for lang in languages:
            for person in people:
                addresses = [address.format(**self.world.values) for address, _answers in READS.values()]
                addresses = [re.sub("^/en/", f"/{lang}/", address) for address in addresses]
                if person in followed:
                    self.follow(person, addresses, lang)
                else:
                    for address in addresses:
                        self.get(person, address)

    def sit(self, person: str, lang: str, quiz: str, choose: Callable[[Page], dict[str, list[str]]]) -> None:
        """A whole attempt at a quiz of the course with everything, each question before and after its answer."""
        start = f"/{lang}/learn/{SLUG}/{quiz}/"
        self.get(person, start)
        here = self.post(person, start + "start")
        here = self.get(person, str(here.answer.location))
        here = self.get(person, str(here.answer.location))
        number = 1
        while here.status == 200:
            page = Page(here.answer.text)
            self.post(person, here.url, {name: values for name, values in choose(page).items() if name != "csrf_token"})
            self.get(person, here.url)
            number += 1
            here = self.get(person, urljoin(here.url, f"../{number}/"))
        hand_in = urljoin(here.url, "../hand-in/")
        self.get(person, hand_in)
        self.post(person, hand_in, {"sent": ""})
        self.get(person, urljoin(hand_in, "../result/"))
        self.get(person, start)

    def refusals(self, languages: Iterable[str], people: Iterable[str]) -> None:
        """Every deed with nothing filled in, and every page that says no."""
        for lang in languages:
            for person in people:
                for address, _sent, _answers in DEEDS.values():
                    url = re.sub("^/en/", f"/{lang}/", address.format(**self.world.values))
                    if not url.endswith(("log-out/", "end-others/")):
                        self.post(person, url)
                self._open(person, "POST", f"/{lang}/profile/", {})
                self._open(person, "DELETE", f"/{lang}/courses/", {})
                self._open(person, "GET", f"/{lang}/not/here/", {})
                self._open(person, "GET", f"/{lang}/courses/?q=zzz", {})


def furnish(world: World, folder: Path, **words: Any) -> None:
    """Put the course with everything into the world; Ada and Px have joined it."""
    now = clock.now()
    with world.database.session(write=True) as db:
        load_everything(db, folder, now, **words)
        for key in ("ada", "px"):
            make_enrolment(db, db.get_one(Person, world.people[key].id), now, slug=SLUG)
        db.commit()


def first_answers(page: Page) -> dict[str, list[str]]:
    """What somebody sends who always takes the first thing offered."""
    return _answers(page, 0)


def last_answers(page: Page) -> dict[str, list[str]]:
    return _answers(page, -1)


def _answers(page: Page, which: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    offered: dict[str, list[str]] = {}
    forms = [each for each in page.all("form") if "data-answer" in each.attrib]
    for each in forms[0].iter() if forms else []:
        if not isinstance(each.tag, str) or "name" not in each.attrib:
            continue
        if tag(each) == "select":
            options = [
                option.attrib["value"]
                for option in each.iter()
                if isinstance(option.tag, str) and tag(option) == "option"
            ]
            found[each.attrib["name"]] = [options[1:][which]]
        elif each.attrib.get("type") in ("radio", "checkbox"):
            offered.setdefault(each.attrib["name"], []).append(each.attrib["value"])
        elif each.attrib.get("type") == "text":
            found[each.attrib["name"]] = ["12,5" if each.attrib.get("inputmode") == "decimal" else "ουδέν"]
    return found | {name: [values[which]] for name, values in offered.items()}


def path_of(url: str) -> str:
    return urlsplit(url).path
