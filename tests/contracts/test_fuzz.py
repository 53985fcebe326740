"""Whatever is sent, the answer is an answer: thousands of hostile requests over all routes, and never a 500.

The seed is printed with what went wrong; LMS_FUZZ_SEED repeats a round, LMS_FUZZ_REQUESTS makes it longer.
"""

import os
import random
import re
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, update
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect, Rule
from werkzeug.test import TestResponse

from lms.accounts.models import LoginSession, Person
from lms.accounts.rules import EVERYWHERE, Role
from lms.kernel import clock
from lms.kernel.db import Database
from lms.kernel.models import RateWindow
from lms.settings import Settings
from tests.contracts.everything import SLUG
from tests.contracts.html import Page, tag
from tests.contracts.walk import furnish
from tests.contracts.world import World, build_world
from tests.people import log_in
from tests.workshop.work import give, segments

REQUESTS = int(os.environ.get("LMS_FUZZ_REQUESTS", "5000"))
FRESH_EVERY = 200
LARGEST_ANSWER = 1_000_000
PEOPLE = ("an", "ada", "px", "dee")
OFTEN = (1, 2, 3, 3)
"""Most of the platform is behind a log-in, and much of it behind a role."""

TEXTS = (
    "", " ", "0", "-1", "1", "2", "٣", "1e999", "NaN", "inf", "9" * 30, str(2**63), str(-(2**63) - 1), "4294967296",
    "0x10", "true", "None", "null", "[]", "{}", "é" * 300, "العربية", "\u202eevil\u202c", "\u200f", "\x00", "a\x00b",
    "\ud7ff", "😀" * 50, "\ufeff", "\r\nSet-Cookie: a=b", "a\nb", "\x1b[31m", "' OR 1=1 --",
    '"; DROP TABLE person; --', "%' AND 1=(SELECT 1)--", "{{7*7}}", "{% for x in ().__class__ %}", "${7*7}",
    "%(name)s", "%s%n%d", "{0.__class__}", "<script>alert(1)</script>", "../../etc/passwd", "..", ".", "/",
    "//evil.example", "\\\\evil", "javascript:alert(1)", "*", "%", "_", "\\", "?", "#", ";", "x" * 254, "x" * 10_000,
    "a@b.org", "ada@example.org", "@", "a@b@c", "2026-11-20", "2026-13-45", "0001-01-01", "9999-12-31",
    "administrator", "course:all-there-is", "Europe/Paris", "../UTC", "/etc/localtime", "en", "ar", "xx", "EN", "FR",
    "archived", "final", "check", "long", "view", "strict", "all-there-is", "cash-first-steps", "5", "12,5", "١٢٫٥",
    "-12.5.3", "on", "csv",
)  # fmt: skip
RAW_PATHS = (
    "%00", "%ff", "%fe%80", "%2e%2e%2f", "%2F", "%0d%0a", "%E2%80%AE", "%c0%af", "a%20b", "%", "%zz", "é", "*",
    ";a=b",
)  # fmt: skip
HEADERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Accept-Language", ("", ",,,", "ar;q=x", "*;q=2", "x" * 5000, "ar;q=nan", "\xff\xfe", "fr-FR,fr;q=-1")),
    ("Accept", ("", "*", "application/json", "text/html;q=nan", "/", ",", "a" * 3000, "application/json;q=0, */*;q=x")),
    ("Accept-Encoding", ("gzip", "gzip;q=0", "*", "br", "", "x" * 2000)),
    ("Range", ("bytes=0-", "bytes=9-1", "bytes=-0", "x", "bytes=" + "0-1," * 500)),
    ("If-None-Match", ("*", '"x"', "W/", "x" * 2000)),
    ("If-Modified-Since", ("x", "Thu, 01 Jan 1970 00:00:00 GMT", "99999")),
    ("Cookie", ("masar=x", "masar=.e30.x.y", "masar=" + "A" * 4000, "=;=;", "masar", "\xff", 'masar="', "a=b; " * 200)),
    ("Origin", ("http://localhost", "null", "http://[", "http://[::1", "x", "//", "http://localhost:x", "")),
    ("Referer", ("http://[", "x", "http://localhost/en/", "\xff", "//")),
    ("Sec-Fetch-Site", ("same-origin", "none", "", "x")),
    ("User-Agent", ("", "x" * 3000, "\xff\xfe", "<b>", "Mozilla/5.0 (Linux; Android 9)")),
    ("X-Forwarded-For", ("1.2.3.4", "x, y", "::1", "'" * 100)),
    ("X-Forwarded-Host", ("evil.example",)),
    ("X-Requested-With", ("XMLHttpRequest",)),
    ("Content-Encoding", ("gzip", "x")),
    ("Authorization", ("Bearer x", "Basic !!", "Bearer", "\xff")),
    ("X-HTTP-Method-Override", ("DELETE",)),
    ("Content-Length", ("-1", "x", "99")),
    ("Transfer-Encoding", ("chunked",)),
)  # fmt: skip
CONTENT_TYPES = (
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=", "text/plain", "application/json; charset=utf-16", "application/json; charset=x",
    "x", "", "application/xml", "application/x-www-form-urlencoded; charset=\xff",
)  # fmt: skip
BODIES = (
    b"", b"{", b"[]", b"null", b"NaN", b"-Infinity", b'"x"', b"1e999", b"9" * 5000, b"[" * 20_000, b'{"a":' * 5000,
    b"\xff\xfe", b"\x00", b"--x\r\n", b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n",
    b"a=%ff&b=%zz&=&&", b"=" * 3000,
    b'{"client": "abcdefgh", "client_seq": 1, "question": 1, "answer": {}, "language": "en"}', b"a=b&" * 2000,
    b'{"activity": "long"}', b'{"activity": ["long"]}', b'{"activity": "\\u0000"}', b'{"activity": "\\ud800"}',
)  # fmt: skip
LED = re.compile("/(runs|teaching)/(?!new)|/learn/.*/(sessions?|discussion|assignment|threads|announcements)/")
"""Addresses that only a dated run has."""
TRACES = re.compile(
    r"Traceback \(most recent|File &#34;/|File \"/|sqlalchemy\.exc|werkzeug\.exceptions|jinja2\.exc|psycopg\."
)


class Fuzz:
    """Makes requests out of one seed and remembers what was wrong about the answers."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.seed = world, seed
        self.chance = random.Random(seed)
        self.rules = list(world.app.url_map.iter_rules())
        self.forms = self._known_forms()
        self.clients: dict[str, FlaskClient] = {}
        self.tokens: dict[str, str] = {}
        self.wrong: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.routes = world.app.url_map.bind("localhost")

    def run(self, requests: int) -> None:
        for number in range(requests):
            if number % FRESH_EVERY == 0:
                self._begin_anew()
            self._one(number)

    def _known_forms(self) -> dict[str, dict[str, list[str]]]:
        """For each endpoint the fields of its forms, with the values they hold or offer."""
        forms: dict[str, dict[str, list[str]]] = {}
        routes = self.world.app.url_map.bind("localhost")
        pages = [
            "/en/log-in/", "/en/register/", "/en/forgotten-password/", "/en/profile/", "/en/profile/password/",
            "/en/profile/e-mail/", "/en/profile/delete/", "/en/learn/all-there-is/evaluation/view/",
            "/en/learn/all-there-is/certificate/", "/en/administration/courses/all-there-is/",
            "/en/administration/people/{person}/", "/en/learn/attempts/{attempt}/1/", "/en/learn/attempts/{attempt}/2/",
            "/en/learn/attempts/{attempt}/hand-in/", "/en/workshop/all-there-is/people/",
            "/en/workshop/all-there-is/ar/publication/", "/en/workshop/glossary/ar/", "/en/workshop/glossary/ar/new/",
            "/en/workshop/glossary/ar/{term}/", "/en/workshop/glossary/ar/{term}/remove/", "/en/teaching/{run}/plan/",
            "/en/teaching/new/{guided}/", "/en/teaching/{run}/clone/", "/en/teaching/{run}/participants/{participant}/",
            "/en/teaching/{run}/applications/", "/en/teaching/{run}/applications/{application}/",
            "/en/teaching/{run}/applications/form/", "/en/teaching/{run}/invitations/",
            "/en/profile/letters/", "/en/learn/{run}/threads/new/", "/en/learn/{run}/threads/{thread}/",
            "/en/learn/{run}/threads/{thread}/posts/{post}/edit/",
            "/en/teaching/{run}/marking/", "/en/teaching/{run}/marking/{work}/", "/en/teaching/{run}/marking/days/",
        ]  # fmt: skip
        for page in pages:
            url = page.format(**self.world.values)
            led = re.search("administration|workshop|teaching", url)
            person = "dee" if led else "an" if url.count("/") < 5 and "learn" not in url else "ada"
            person = "ada" if "profile" in url else person
            for form in Page(self.world.clients[person].get(url).text).all("form"):
                if form.attrib.get("method") != "post":
                    continue
                endpoint, _values = routes.match(urljoin(url, form.attrib.get("action", url)), method="POST")
                fields = forms.setdefault(str(endpoint), {})
                for each in form.iter():
                    if isinstance(each.tag, str) and each.attrib.get("name", "csrf_token") != "csrf_token":
                        offered = [
                            o.attrib.get("value", "")
                            for o in each.iter()
                            if isinstance(o.tag, str) and tag(o) == "option"
                        ]
                        fields.setdefault(each.attrib["name"], []).extend(offered or [each.attrib.get("value", "")])
        assert len(forms) >= 12, sorted(forms)
        return forms

    def _begin_anew(self) -> None:
        """What was fuzzed so far does not keep the rest from being reached: locks, suspensions, log-ins."""
        with self.world.database.session(write=True) as db:
            db.execute(delete(RateWindow))
            db.execute(
                update(LoginSession).where(LoginSession.ended_at.is_(None)).values(ended_at=LoginSession.created_at)
            )
            db.execute(update(Person).values(suspended_at=None))
            db.commit()
        self.clients = {key: log_in(self.world.app, self.world.people[key]) for key in PEOPLE if key != "an"}
        self.clients["an"] = self.world.app.test_client()
        self.tokens = {key: self.world.token(client) for key, client in self.clients.items()}

    def _one(self, number: int) -> None:
        rule: Rule = self.chance.choice(self.rules)
        methods = sorted((rule.methods or set()) - {"OPTIONS"})
        method = "POST" if "POST" in methods and self.chance.random() < 0.8 else self.chance.choice(methods)
        method = (
            self.chance.choice(["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
            if self.chance.random() < 0.02
            else method
        )
        person = self.chance.choices(PEOPLE, OFTEN)[0]
        path = self._path(rule)
        options = self._sent(rule, method, person)
        said = f"seed {self.seed}, request {number}: {method} {path[:200]} as {person} with {str(options)[:600]}"
        try:
            answer = self.clients[person].open(path, method=method, **options)
        except Exception as error:
            self.wrong.append(f"{said}: {type(error).__name__} {error}")
            return
        self.statuses[answer.status_code] += 1
        self.wrong += [f"{said}: {problem}" for problem in self._problems(answer, path)]

    def _problems(self, answer: TestResponse, path: str) -> list[str]:
        body = answer.get_data()
        found = []
        if answer.status_code >= 500:
            found.append(f"answered {answer.status_code}")
        if len(body) > LARGEST_ANSWER:
            found.append(f"{len(body)} bytes")
        readable = answer.mimetype in ("text/html", "application/json", "text/plain")
        if readable and TRACES.search(body.decode(errors="replace")):
            found.append("shows its insides")
        location = answer.headers.get("Location")
        if location is not None:
            target = urlsplit(location)
            here = (target.scheme, target.netloc) in (("", ""), ("http", "localhost"))
            if not (here and re.match(r"/(?![/\\])", target.path)):
                found.append(f"leads to {location[:200]!r}")
            elif answer.status_code != 308:  # the same address written tidily
                try:
                    self.routes.match(target.path.encode().decode(), method="GET")
                except RequestRedirect:
                    pass
                except HTTPException:
                    found.append(f"leads nowhere: {location[:200]!r}")
        for name, value in answer.headers:
            if "\n" in value or "\r" in value or name.lower() == "a":
                found.append(f"a header was smuggled in: {name}: {value!r}")
        return found

    # -- what is sent

    def _text(self) -> str:
        chance = self.chance.random()
        if chance < 0.8:
            return self.chance.choice(TEXTS)
        if chance < 0.95:
            return "".join(
                chr(self.chance.choice((self.chance.randrange(32, 127), self.chance.randrange(0x100, 0xD7FF))))
                for _ in range(8)
            )
        return self.chance.choice(TEXTS) + self.chance.choice(TEXTS)

    def _path(self, rule: Rule) -> str:
        """The rule's address; each variable part is what belongs there, or something that does not. A long address is
        right as a whole as often as a short one.
        """
        parts = re.findall(r"<(?:[^>]*?:)?([a-z_]+)>", rule.rule)
        right = 0.7 ** (1 / max(1, len(parts) - parts.count("lang")))

        def fill(found: re.Match[str]) -> str:
            name, kind = found[2], found[1] or ""
            good = {
                "lang": "en",
                "number": "1",
                "kind": "quiz",
                "key": "final",
                "language": "ar",
                "digest": "0" * 64,
                "name": "masar.css",
                **self.world.values,
            }
            if name == "key" and "lesson" in rule.rule:
                good["key"] = "long"
            if name == "key" and "evaluation" in rule.rule:
                good["key"] = "view"
            if name == "public_id":
                good["public_id"] = self.world.values["login" if "log-ins" in rule.rule else "person"]
            if name == "slug":
                good["slug"] = self.chance.choice(["all-there-is", "cash-first-steps"])
                if LED.search(rule.rule):
                    good["slug"] = self.world.values["run"]
            if name == "token" and "calendar" in rule.rule:
                good["token"] = self.world.values["feed"]
            if name == "key" and "assignment" in rule.rule:
                good["key"] = "gap"
            if name == "kind" and "achievements" in rule.rule:
                good["kind"] = "completion"
            if kind.startswith("any"):
                good[name] = self.chance.choice(re.findall(r"[\w-]+", kind.removeprefix("any")))
            if name in good and self.chance.random() < (0.9 if name == "lang" else right):
                return good[name]
            return (
                self.chance.choice(RAW_PATHS)
                if self.chance.random() < 0.2
                else quote(self._text()[:2000], safe="/" if self.chance.random() < 0.3 else "")
            )

        path = re.sub(r"<(?:([^>]*?):)?([a-z_]+)>", fill, rule.rule)
        if self.chance.random() < 0.03:
            path += self.chance.choice(RAW_PATHS)
        if self.chance.random() < 0.4:
            names = (
                "q",
                "page",
                "language",
                "category",
                "series",
                "actor",
                "action",
                "thing",
                "before",
                "next",
                "code",
                "x",
                "lang",
                "endpoint",
                "_external",
                "_anchor",
                "_scheme",
                "_method",
                "values",
            )
            pairs = [
                f"{quote(self.chance.choice(names))}={quote(self._text()[:3000])}"
                for _ in range(self.chance.randrange(1, 4))
            ]
            path += "?" + "&".join(pairs) + self.chance.choice(["", "&", "&&=", "%ff", "&q=%ff%fe", "&page=%00"])
        return path

    def _sent(self, rule: Rule, method: str, person: str) -> dict[str, Any]:
        options: dict[str, Any] = {"headers": self._headers(person)}
        if method != "POST":
            return options
        chance = self.chance.random()
        if chance < 0.12:
            return options | {"data": self.chance.choice(BODIES), "content_type": self.chance.choice(CONTENT_TYPES)}
        if chance < 0.27 or (rule.endpoint in ("learning.note_place", "assessment.save_answer") and chance < 0.9):
            return options | {"json": self._saved_answer() if self.chance.random() < 0.6 else self._json(0)}
        data: dict[str, Any] = {"csrf_token": self.tokens[person]} if self.chance.random() < 0.8 else {}
        for name, values in self.forms.get(rule.endpoint, {}).items():
            chance = self.chance.random()
            if chance < 0.5:
                data[name] = self.chance.choice(values) or "Ada Okafor"
            elif chance < 0.8:
                data[name] = self._text()
            elif chance < 0.9:
                data[name] = [self._text(), self.chance.choice(values), self._text()]
        if rule.endpoint == "assessment.answer" or self.chance.random() < 0.1:
            for name in ("answer", "choice", "pair-1", "match-1", "place-1", "sent", self._text()[:60] or "x"):
                if self.chance.random() < 0.5:
                    data[name] = [self._text() for _ in range(self.chance.randrange(1, 4))]
        if data and self.chance.random() < 0.04:
            data[self.chance.choice(sorted(data))] = (
                BytesIO(b"x"),
                self.chance.choice(["a.txt", "../a", "\x00"]),
                "text/plain",
            )
        if self.chance.random() < 0.02:
            data |= {f"field-{number}": "x" for number in range(2000)}
        return options | {"data": data, "content_type": "multipart/form-data" if self.chance.random() < 0.05 else None}

    def _headers(self, person: str) -> list[tuple[str, str]]:
        headers = [("X-CSRFToken", self.tokens[person])]
        if self.chance.random() < 0.3:
            for name, values in self.chance.sample(HEADERS, self.chance.randrange(1, 4)):
                headers.append((name, self.chance.choice(values)))
        return headers

    def _saved_answer(self) -> Any:
        said: dict[str, Any] = {
            "client": self.chance.choice(["abcdefgh", "fuzz-fuzz", self._text()]),
            "client_seq": self.chance.choice([1, 2, 3, 10**9, 10**30, -1, 1.5, "1", None, True]),
            "question": self.chance.choice([1, 2, 3, 7, 0, -1, 10**30, "1", None]),
            "answer": self.chance.choice(
                [{}, {"choice": ["1"]}, {"answer": [self._text()]}, {self._text()[:50]: [self._text()]}, [], None]
            ),
            "language": self.chance.choice(["en", "ar", "xx", self._text(), None]),
            "activity": self.chance.choice(["long", "check", self._text(), None]),
            "waited": self.chance.choice([0, 1000, 10**30, -1, 1.5, "1", None, True]),
        }
        for name in list(said):
            if self.chance.random() < (0.9 if name == "activity" else 0.05):
                del said[name]
        return said

    def _json(self, depth: int) -> Any:
        chance = self.chance.random()
        if depth > 4 or chance < 0.5:
            return self.chance.choice(
                [None, True, 0, -1, 2**70, 1e308, float("nan"), float("inf"), self._text(), "x" * 5000]
            )
        if chance < 0.7:
            return [self._json(depth + 1) for _ in range(self.chance.randrange(5))]
        names = ("client", "client_seq", "question", "answer", "language", "activity", self._text())
        return {self.chance.choice(names): self._json(depth + 1) for _ in range(self.chance.randrange(6))}


@pytest.fixture
def world(app: Flask, database: Database, settings: Settings, tmp_path: Path) -> World:
    world = build_world(app, database, settings, tmp_path)
    furnish(world, tmp_path)
    with database.session(write=True) as db:
        give(db, world.people["px"], Role.COORDINATOR, clock.now(), scope=EVERYWHERE)
        given = give(db, world.people["eve"], Role.TRANSLATOR, clock.now(), scope=f"course:{SLUG}", language="ar")
        world.values |= {"grant_id": given.public_id, "segment": segments(db, SLUG)[0].public_id}
        db.commit()
    return world


@pytest.mark.slow
def test_whatever_is_sent_the_answer_is_an_answer(world: World) -> None:
    seed = int(os.environ.get("LMS_FUZZ_SEED", random.SystemRandom().randrange(10**6)))
    fuzz = Fuzz(world, seed)
    fuzz.run(REQUESTS)
    assert fuzz.wrong == [], f"{len(fuzz.wrong)} of {REQUESTS}\n" + "\n".join(fuzz.wrong[:20])
    # It is worth something only where requests get past the doors.
    assert {200, 202, 302, 303, 403, 404, 405, 409, 415, 422} <= set(fuzz.statuses), (seed, fuzz.statuses)
    assert fuzz.statuses[200] + fuzz.statuses[303] + fuzz.statuses[422] > REQUESTS * 0.3, (seed, fuzz.statuses)


# -- what it has found


def test_an_origin_that_is_no_address_is_refused(world: World) -> None:
    client = world.clients["ada"]
    for origin in ("http://[", "http://[::1"):
        answer = client.post("/en/profile/", data={"csrf_token": world.token(client)}, headers={"Origin": origin})
        assert answer.status_code == 403


@pytest.mark.parametrize("said", [[], "x", 1, True, [{"name": 1}]])
def test_a_form_is_not_read_from_json(world: World, said: object) -> None:
    client = world.clients["ada"]
    for page in ("/en/profile/", "/en/log-in/", "/en/forgotten-password/"):
        assert client.post(page, json=said, headers={"X-CSRFToken": world.token(client)}).status_code == 422


@pytest.mark.parametrize("name", ["email", "a\nb", ""])
def test_files_are_not_taken(world: World, name: str) -> None:
    client = world.clients["ada"]
    for sent in ({name: (BytesIO(b"x"), "a.txt")}, {name: "x"}):
        answer = client.post("/en/log-in/", data=sent | {"password": "x"}, content_type="multipart/form-data")
        assert answer.status_code == 415


def test_the_details_that_stand_are_shown_whatever_was_sent(world: World) -> None:
    client = world.clients["ada"]
    sent = {"csrf_token": world.token(client), "name": "Eve Moreau", "language": "xx"}
    answer = client.post("/en/learn/cash-first-steps/certificate/", data=sent)
    assert answer.status_code == 422
    assert "Ada Okafor" in answer.text
    assert "Eve Moreau" not in answer.text
