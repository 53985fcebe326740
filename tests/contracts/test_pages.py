"""Every page there is, read as a browser reads it: well-formed, named, labelled, linked, headed, protected.

Every route as every kind of person in English and Arabic, every link from there, all kinds of questions before and
after the answer, and every way to say no.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from lms.accounts.models import LoginSession, Person
from lms.assessment.models import Attempt
from lms.factory import create_app
from lms.kernel.db import Database
from lms.kernel.i18n import LANGUAGES
from lms.kernel.models import RateWindow
from lms.kernel.refusals import Conflict, Denied, Overloaded, TooMany
from lms.settings import Settings
from tests.contracts.html import Page, injected, problems, tag
from tests.contracts.walk import TOKEN, Seen, Walk, first_answers, furnish, last_answers
from tests.contracts.world import World, build_world
from tests.people import log_in

PEOPLE = ("an", "eve", "px", "ada", "dee", "sus")
LEARN = "/learn/all-there-is/"


def add_failures(app: Flask) -> None:
    """Pages that fail in each way a page can fail."""
    errors = {
        500: RuntimeError("broken"),
        503: Overloaded(),
        429: TooMany(60),
        409: Conflict("Όχι."),
        403: Denied("Όχι."),
    }
    for status, error in errors.items():

        def fail(lang: str = "", error: Exception = error) -> str:
            raise error

        fail.door = "anyone"  # type: ignore[attr-defined]
        app.add_url_rule(f"/<lang>/fails/{status}", f"fails.{status}", fail)


def walk_everywhere(world: World) -> Walk:
    walk = Walk(world)
    for status in (403, 409, 429, 500, 503):
        for lang in ("en", "ar"):
            walk.get("an", f"/{lang}/fails/{status}")
            walk.get("ada", f"/{lang}/fails/{status}")
    walk.everywhere(("en", "ar"), PEOPLE, followed=("an", "ada", "dee"))
    walk.follow("ada", ["/fr/courses/", "/es/learn/"], "none")
    for lang, choose in (("en", first_answers), ("ar", last_answers)):
        for quiz in ("self-test/check", "quiz/final"):
            walk.sit("ada", lang, LEARN.removeprefix("/learn/all-there-is/") + quiz, choose)
    walk.sit("ada", "en", "quiz/strict", last_answers)
    for number in range(1, 8):  # what cannot be read as an answer
        begun = walk.post("px", f"/ar{LEARN}self-test/check/start")
        walk.post(
            "px", f"{begun.answer.location}{number}/", {"answer": ["x" * 400], "choice": ["9", "9"], "pair-1": "99"}
        )
    walk.refusals(("en", "ar"), ("an", "ada", "dee"))
    with world.database.session(write=True) as db:
        db.execute(delete(RateWindow))
        db.commit()
    for code in range(31):
        walk.get("an", f"/{('en', 'ar')[code % 2]}/verify/{code}")
    return walk


@pytest.fixture
def walk(app: Flask, database: Database, settings: Settings, tmp_path: Path) -> Walk:
    add_failures(app)
    world = build_world(app, database, settings, tmp_path)
    furnish(world, tmp_path, every=2)
    log_in(app, world.people["ada"])  # on another device
    with database.session(write=True) as db:
        for person in world.people.values():
            hidden = f"hash-of-{person.public_id}-password"
            db.execute(update(Person).where(Person.id == person.id).values(password_hash=hidden))
        db.commit()
    return walk_everywhere(world)


def test_every_page_is_whole(walk: Walk) -> None:
    """One walk, looked at from all sides: it takes longer than the looking."""
    statuses = Counter(seen.status for seen in walk.seen if seen.is_page)
    assert {200, 403, 404, 405, 409, 422, 429, 500, 503} <= set(statuses), statuses
    checks: list[Callable[[Walk], list[str]]] = [
        _pages_are_right,
        _links_lead_somewhere,
        _languages_lead_to_the_same_page,
        _headers_protect,
        _no_secret_is_shown,
        _every_view_was_seen,
    ]
    found = [f"{check.__name__}: {problem}" for check in checks for problem in check(walk)]
    assert found == [], "\n".join(sorted(found))


def _pages_are_right(walk: Walk) -> list[str]:
    found: dict[str, str] = {}
    known: set[tuple[str, str]] = set()
    lists: set[str] = set()
    for seen in walk.seen:
        bare = (seen.lang, TOKEN.sub("", seen.answer.text)) if seen.is_page else None
        if bare is None or bare in known:
            continue
        known.add(bare)
        for problem in problems(_without_known_lists(seen.answer.text, lists), seen.lang):
            found.setdefault(problem, seen.place)
    return [f"{place}: {problem}" for problem, place in found.items()]


def _without_known_lists(text: str, known: set[str]) -> str:
    """The countries and time zones of the world are read once in each language."""

    def shorten(found: re.Match[str]) -> str:
        if found[2] in known:
            return found[1] + found[3]
        known.add(found[2])
        return found[0]

    return re.sub(r"(<select[^>]*>)(.*?)(</select>)", shorten, text, flags=re.DOTALL)


def _links_lead_somewhere(walk: Walk) -> list[str]:
    """Every address in a page is one of ours, for its method; what is shown as a link can be opened."""
    routes = walk.world.app.url_map.bind("localhost")
    found: dict[str, str] = {}
    pages = {(seen.person, seen.url): seen.status for seen in walk.seen if seen.method == "GET"}
    for seen in walk.seen:
        if not seen.is_page:
            continue
        for address, method in _addresses(seen.answer.text):
            whole = urlsplit(urljoin(seen.url, address.replace("&amp;", "&")))
            if whole.scheme == "https" and whole.netloc == "example.org":
                continue
            if (whole.scheme, whole.netloc, whole.path) == ("https", "www.linkedin.com", "/profile/add"):
                continue
            try:
                routes.match(whole.path, method=method)
            except (HTTPException, RequestRedirect) as error:
                found.setdefault(f"{method} {address} matches no route: {error}", seen.place)
            status = pages.get((seen.person, whole._replace(fragment="").geturl()), 200)
            if method == "GET" and seen.status == 200 and status >= 400:
                found.setdefault(f"the link {address} is answered {status}", seen.place)
    return [f"{place}: {problem}" for problem, place in found.items()]


def _addresses(text: str) -> list[tuple[str, str]]:
    """(address, method) of everything that can be followed, loaded or sent."""
    without_languages = re.sub(r"<a [^>]*hreflang[^>]*>", "", text)
    found = [(each, "GET") for each in re.findall(r'<[a-z][^>]*? (?:href|src|poster)="([^"]*)"', without_languages)]
    for form in re.findall(r"<form[^>]*>", text):
        method = "POST" if 'method="post"' in form else "GET"
        found += [(each, method) for each in re.findall(r'action="([^"]*)"', form)]
    found += [(each, "POST") for each in re.findall(r'data-(?:place|answers)="([^"]*)"', text)]
    return [(address, method) for address, method in found if not address.startswith("#")]


def _languages_lead_to_the_same_page(walk: Walk) -> list[str]:
    found: dict[str, str] = {}
    answered: dict[tuple[str, str], int] = {}
    for seen in walk.seen:
        if not seen.is_page or not re.match("/(en|ar)/", seen.url):
            continue
        links = re.findall(
            r'<a href="([^"]*)" lang="([a-z]+)" hreflang="[a-z]+"( aria-current="true")?', seen.answer.text
        )
        if {lang for _href, lang, _current in links} != set(LANGUAGES):
            found.setdefault(f"links to {links}", seen.place)
        for href, lang, current in links:
            there, here = urlsplit(href.replace("&amp;", "&")), urlsplit(seen.url)
            if seen.method == "GET":
                same = (there.path, parse_qs(there.query)) == (f"/{lang}{here.path[3:]}", parse_qs(here.query))
                if not same:
                    found.setdefault(f"{lang} leads to {href}", seen.place)
            elif seen.method == "POST" and seen.status in (409, 422) and lang != seen.lang and lang in ("en", "ar"):
                status = answered.get((seen.person, href)) or walk.world.clients[seen.person].get(href).status_code
                answered[seen.person, href] = status
                if status not in (200, 302, 303):
                    found.setdefault(f"{lang} leads to {href}, answered {status}", seen.place)
            if bool(current) != (lang == seen.lang):
                found.setdefault(f"{lang} is marked as this page's: {bool(current)}", seen.place)
    return [f"{place}: {problem}" for problem, place in found.items()]


def _headers_protect(walk: Walk) -> list[str]:
    found: dict[str, str] = {}
    for seen in walk.seen:
        for problem in header_problems(seen, secure=False):
            found.setdefault(problem, seen.place)
    return [f"{place}: {problem}" for problem, place in found.items()]


def _no_secret_is_shown(walk: Walk) -> list[str]:
    """What stands for a person without a password, or tells answers, is in no answer."""
    with walk.world.database.session(write=False) as db:
        secrets = {
            "password_hash": db.scalars(select(Person.password_hash)).all(),
            "token_hash": db.scalars(select(LoginSession.token_hash)).all(),
            "seed": db.scalars(select(Attempt.seed)).all(),
            "secret_key": [walk.world.app.config["SECRET_KEY"]],
        }
    said = [(each, re.compile("|".join(map(re.escape, found)).encode())) for each, found in secrets.items() if found]
    assert len(said) == len(secrets)
    return [
        f"{seen.place}: {name}"
        for name, secret in said
        for seen in walk.seen
        if secret.search(seen.answer.data) or secret.search(str(seen.answer.headers).encode())
    ]


POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data:",
    "media-src": "'self'", "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'",
    "frame-ancestors": "'none'",
}  # fmt: skip


def header_problems(seen: Seen, *, secure: bool) -> list[str]:
    headers = seen.answer.headers
    policy = dict(part.strip().split(" ", 1) for part in headers.get("Content-Security-Policy", "x y").split(";"))
    kept = headers.get("Cache-Control", "")
    nobodys = seen.url.startswith("/static/") or (
        seen.status in (404, 405) and seen.person.title() not in seen.answer.text
    )
    logged_in = seen.person in ("ada", "px", "dee", "eve") and not nobodys
    wrong = {
        f"Content-Security-Policy {policy}": policy != POLICY,
        "no nosniff": headers.get("X-Content-Type-Options") != "nosniff",
        f"Referrer-Policy {headers.get('Referrer-Policy')}": headers.get("Referrer-Policy")
        not in ("same-origin", "no-referrer"),
        f"Cache-Control {kept!r} for somebody's page": logged_in and not re.search("no-store|private", kept),
        f"Cache-Control {kept!r}": "public" in kept and not seen.url.startswith("/static/"),
        "says what it runs on": "Werkzeug/" in headers.get("Server", "") or "X-Powered-By" in headers,
        "no Retry-After": seen.status in (429, 503) and not headers.get("Retry-After", "").isdigit(),
        "no Allow": seen.status == 405 and not headers.get("Allow"),
        "no charset": seen.is_page and "charset=utf-8" not in headers.get("Content-Type", ""),
        "no Strict-Transport-Security": secure and "max-age=" not in headers.get("Strict-Transport-Security", ""),
    }
    for each in headers.getlist("Set-Cookie"):
        parts = {part.strip().lower() for part in each.split(";")[1:]}
        missing = {"httponly", "samesite=lax", "path=/"} | ({"secure"} if secure else set())
        wrong[f"a cookie without {sorted(missing - parts)}"] = not missing <= parts
        wrong["a cookie for other hosts"] = any(part.startswith("domain") for part in parts)
    return [problem for problem, is_so in wrong.items() if is_so]


def _every_view_was_seen(walk: Walk) -> list[str]:
    """The audit is worth what it has looked at."""
    titles = {
        title for seen in walk.seen if seen.is_page for title in re.findall("<title>(.*?)</title>", seen.answer.text)
    }
    return [] if len(titles) > 90 else [f"only {len(titles)} different pages: {titles}"]


def test_over_https_cookies_stay_there(app: Flask, settings: Settings, database: Database, tmp_path: Path) -> None:
    world = build_world(app, database, settings, tmp_path)
    cookie = world.clients["ada"].get_cookie("masar")
    assert cookie is not None
    safe = World(
        create_app(replace(settings, base_url="https://learn.example.org"), database),
        database,
        world.people,
        {},
        {},
        {},
    )
    safe.clients = {"an": safe.app.test_client(), "ada": safe.app.test_client()}
    safe.clients["ada"].set_cookie("masar", cookie.value, domain="learn.example.org")
    walk = Walk(safe)
    for person, url in (("an", "/en/log-in/"), ("an", "/en/nothing/"), ("ada", "/en/profile/"), ("an", "/en/profile/")):
        seen = walk.get(person, url, base_url="https://learn.example.org")
        assert header_problems(seen, secure=True) == []
        assert seen.status == {"/en/nothing/": 404, "/en/log-in/": 200}.get(url, 200 if person == "ada" else 302)
        if url == "/en/log-in/":
            assert "Secure" in seen.answer.headers["Set-Cookie"]


# -- the check itself

GOOD = (
    '<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8"><title>A page</title>'
    '<meta name="viewport" content="width=device-width"></head><body><main><h1>A page</h1>{}</main></body></html>'
)
BAD = {
    "not well-formed": "<p><div></p></div>",
    "has no label": '<form><input name="a"><button>Go</button></form>',
    "has no alt": '<img src="/a.png">',
    "stands 2 times": '<p id="a"></p><p id="a"></p>',
    "points to nothing": '<p aria-describedby="b">x</p>',
    "leads nowhere": '<a href="#b">x</a>',
    "after h1": "<h3>x</h3>",
    "2 h1": "<h1>x</h1>",
    "onclick": '<p onclick="x()">x</p>',
    "style": '<p style="color: red">x</p>',
    "a script of its own": "<script>x()</script>",
    "<style>": "<style>x</style>",
    "href='javascript:x()'": '<a href="javascript:x()">x</a>',
    "href=' java\\nscript:x()'": '<a href=" java\nscript:x()">x</a>',
    "href='//evil.example/'": '<a href="//evil.example/">x</a>',
    "<iframe>": '<iframe src="/a"></iframe>',
    "0 tokens": '<form method="post"><button>Go</button></form>',
    "1 tokens": '<form><input type="hidden" name="csrf_token"><button>Go</button></form>',
    "has no scope": "<table><tr><th>x</th></tr></table>",
    "without headers": "<table><tr><td>x</td></tr></table>",
    "a {'href': '/'} has no words": '<a href="/"><span aria-hidden="true">x</span></a>',
    "has no direction of its own": '<p lang="ar">نص</p>',
    "neither named nor hidden": "<svg></svg>",
    "stands in no form": "<button>Go</button>",
}


@pytest.mark.parametrize("problem", BAD)
def test_the_audit_sees(problem: str) -> None:
    assert problems(GOOD.format("<p>x</p>"), "en") == []
    assert any(problem in found for found in problems(GOOD.format(BAD[problem]), "en"))


def test_the_audit_sees_what_is_missing() -> None:
    assert len(problems("<!doctype html><html><head><title> · Masar</title></head><body></body></html>", "ar")) >= 4
    assert [*injected(Page(GOOD.format("<p>x</p>")))] == []
    assert tag(Page(GOOD).all("main")[0]) == "main"
