"""Turned against us: codes guessed by the hundred thousand, and whatever a name, a title or a logo may carry."""

import base64
import hashlib
import queue
import random
import re
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from lms.certification import service
from lms.certification.models import Certificate
from lms.certification.queries import certificate_by_code
from lms.certification.render.press import Press, PrintRefused
from lms.certification.rules import ALPHABET, CODE_LENGTH, grouped
from lms.certification.views import MISSES_WITHIN, MOST_MISSES
from lms.kernel import clock
from lms.kernel.child import Child, Children
from lms.kernel.db import Database
from lms.kernel.i18n import LANGUAGES
from tests.certification.earning import hold
from tests.certification.samples import CLASSIC, TEMPLATES, sample
from tests.certification.test_render import everything_in, words_of
from tests.people import make_person

# -- guessed codes

GUESSES = 100_000


@pytest.fixture
def certificate(db: Session, tmp_path: Path, now: datetime) -> Certificate:
    return hold(db, tmp_path, make_person(db, "ada"), now)


def guesses(genuine: str) -> Iterator[str]:
    """First all that differ from a genuine code in one sign, or by two signs that changed places; then at random."""
    signs = genuine.replace("-", "")
    near = {signs[:at] + sign + signs[at + 1 :] for at in range(CODE_LENGTH) for sign in ALPHABET}
    near |= {signs[:at] + signs[at + 1] + signs[at] + signs[at + 2 :] for at in range(CODE_LENGTH - 1)}
    near -= {signs}
    assert len(near) >= 868
    yield from map(grouped, sorted(near))
    chance = random.Random(5)  # the same guesses every time
    for _ in range(GUESSES - len(near)):
        yield grouped("".join(chance.choices(ALPHABET, k=CODE_LENGTH)))


@pytest.mark.slow
def test_a_hundred_thousand_guesses_find_nothing(database: Database, certificate: Certificate) -> None:
    with database.session(write=False) as db:
        tried = [certificate_by_code(db, guess) for guess in guesses(certificate.code)]
        assert len(tried) == GUESSES
        assert set(tried) == {None}
        assert certificate_by_code(db, certificate.code) is not None, "and what is genuine is found"


def test_a_wrong_code_costs_the_same_whatever_is_wrong_with_it(database: Database, certificate: Certificate) -> None:
    """One question to the database each, so the time tells nothing about what was nearly right."""
    asked: list[str] = []
    note: Callable[..., None] = lambda *values: asked.append(values[2])  # noqa: E731
    near = next(guesses(certificate.code))
    with database.session(write=False) as db:
        event.listen(database.engine, "before_cursor_execute", note)
        costs = []
        for wrong in (near, near.lower(), "0" * CODE_LENGTH, "no code at all", "x" * 10_000):
            asked.clear()
            assert certificate_by_code(db, wrong) is None
            costs.append(tuple(asked))
        event.remove(database.engine, "before_cursor_execute", note)
    assert len(set(costs)) == 1
    assert len(costs[0]) == 1


def ask_from(client: FlaskClient, place: str, code: str, lang: str = "en", **more: str) -> tuple[int, str]:
    answer = client.get(f"/{lang}/verify/{code}", environ_base={"REMOTE_ADDR": place}, headers=more)
    return answer.status_code, answer.text


def guess_until_refused(client: FlaskClient, place: str, code: str) -> int:
    """How many guesses an address has, of all that somebody makes at once."""
    for number, guess in enumerate(guesses(code)):
        if ask_from(client, place, guess)[0] == 429:
            return number
        assert number <= MOST_MISSES, "nobody slows them"
    raise AssertionError("nobody slowed them")


@pytest.fixture
def standing_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> datetime:
    """A minute and a half into a window of the limit, which does not end while somebody guesses."""
    standing = now + timedelta(seconds=90)
    monkeypatch.setattr(clock, "now", lambda: standing)
    return standing


def test_who_guesses_is_slowed_and_nobody_else(
    client: FlaskClient, certificate: Certificate, standing_clock: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    guesser, other, code = "203.0.113.9", "198.51.100.7", certificate.code
    assert guess_until_refused(client, guesser, code) == MOST_MISSES
    bodies = {lang: ask_from(client, guesser, code, lang) for lang in LANGUAGES}
    assert {status for status, _ in bodies.values()} == {429}
    titles = {re.findall(r"<h1[^>]*>(.*?)</h1>", body)[0] for _, body in bodies.values()}
    assert len(titles) == len(LANGUAGES), "each reader is told in their language"
    assert "Ada Okafor" not in "".join(body for _, body in bodies.values())
    answer = client.get(f"/en/verify/{code}", environ_base={"REMOTE_ADDR": guesser})
    left = int(answer.headers["Retry-After"])
    assert left == MISSES_WITHIN.total_seconds() - 90
    forged = {"X-Forwarded-For": other, "Forwarded": f"for={other}", "X-Real-IP": other}
    assert ask_from(client, guesser, code, **forged)[0] == 429, "nobody says themselves where they come from"
    assert ask_from(client, other, code)[0] == 200, "who guesses nothing is answered"
    for _ in range(2 * MOST_MISSES):
        assert ask_from(client, other, code)[0] == 200
    later = standing_clock + timedelta(seconds=left)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert ask_from(client, guesser, code)[0] == 200, "and the guesser, once it is over"


def test_a_household_of_ipv6_guesses_as_one(
    client: FlaskClient, certificate: Certificate, standing_clock: datetime
) -> None:
    for number, guess in zip(range(MOST_MISSES), guesses(certificate.code), strict=False):
        assert ask_from(client, f"2001:db8:0:1::{number:x}", guess)[0] == 404
    assert ask_from(client, "2001:db8:0:1:ffff::1", certificate.code)[0] == 429
    assert ask_from(client, "2001:db8:0:2::1", certificate.code)[0] == 200


def test_the_mutant_that_counts_no_misses_is_noticed(
    client: FlaskClient, certificate: Certificate, standing_clock: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "count_miss", lambda *_, **__: None)
    with pytest.raises(AssertionError, match="nobody slows them"):
        guess_until_refused(client, "203.0.113.9", certificate.code)


# -- what a certificate is made of

CANARY = "canary 7391"
LAST = b"that is all"


class Listener:
    """A place on this machine that notes whoever comes."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._heard: queue.Queue[bytes] = queue.Queue()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.getsockname()[1]}"

    def heard(self) -> list[bytes]:
        """All who came so far: whoever came before our own last word is in before it."""
        with socket.create_connection(self._server.getsockname()) as caller:
            caller.sendall(LAST)
        return list(iter(lambda: self._heard.get(timeout=60), LAST))

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._server.accept()
            except OSError:
                return
            with caller:
                said = caller.recv(200)
                self._heard.put(said)
                if said.startswith(b"GET"):
                    caller.sendall(b"HTTP/1.0 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n")


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that nobody was to read: a drawing, a style sheet and a text in one."""
    path = tmp_path / "canary.svg"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="60" viewBox="0 0 300 60" id="a">'
        f'<text y="30" font-size="24">{CANARY}</text></svg>'
    )
    return path


TEXTS = {
    "picture": '<img src="http://{host}/a">',
    "picture file": '<img src="file://{file}">',
    "pictures to choose from": '<img srcset="http://{host}/a 1x, file://{file} 2x">',
    "attachment": '<link rel="attachment" href="file://{file}">',
    "style sheet": '<link rel="stylesheet" href="http://{host}/a.css">',
    "import": '"><style>@import url(http://{host}/a.css);</style>',
    "import file": "</p><style>@import 'file://{file}';</style>",
    "background": "<style>body {{ background: url(file://{file}) }}</style>",
    "font": "<style>@font-face {{ font-family: x; src: url(http://{host}/a.ttf) }} * {{ font-family: x }}</style>",
    "style": '<p style="content: url(http://{host}/a)">x</p>',
    "object": '<object data="file://{file}"></object>',
    "frame": '<iframe src="http://169.254.169.254/latest/meta-data/"></iframe>',
    "embedded": '<embed src="file://{file}">',
    "film": '<video poster="http://{host}/a"><source src="http://{host}/b"></video>',
    "drawing": '<svg><image href="http://{host}/a" width="9" height="9"/></svg>',
    "drawing, old": '<svg><image xlink:href="file://{file}" width="9" height="9"/></svg>',
    "drawing used": '<svg><use href="file://{file}#a"/></svg>',
    "page in a drawing": '<svg><foreignObject><iframe src="http://{host}/a"/></foreignObject></svg>',
    "script": "<script>fetch('http://{host}/a')</script>",
    "link to a script": "<a href=\"javascript:fetch('http://{host}/a')\">x</a>",
    "base": '<base href="http://{host}/"><img src="a">',
    "moved": '<meta http-equiv="refresh" content="0;url=http://{host}/a">',
    "entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file://{file}">]>&e;',
    "included": '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{file}" parse="text"/>',
    "template": "{{{{ cycler.__init__.__globals__.os.popen('cat {file}').read() }}}}",
    "template included": "{{% include '{file}' %}}",
    "out of its place": "]]></title></style></textarea><img src='http://{host}/a'>",
    "address": "file://{file}",
    "address of a share": "\\\\{host}\\share",
    "packed": '<img src="data:image/svg+xml;utf8,<svg xmlns=%27http://www.w3.org/2000/svg%27>'
    '<image href=%27http://{host}/a%27/></svg>">',
    "gopher": '<img src="gopher://{host}/_GET">',
    "lines": "x\r\n\r\n<img src=http://{host}/a>",
}
"""As a name, a title, a partner, whoever signs."""

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 300 60"{}>{}</svg>'
)
SHAPE = '<rect class="f-accent" fill="#0a6163" width="90" height="50"{}/>'


def svg(inside: str, root: str = "") -> str:
    return SVG.format(root, inside)


DRAWINGS = {
    "picture": svg('<image href="http://{host}/a.png" width="90" height="50"/>'),
    "picture, old": svg('<image xlink:href="http://{host}/a.png" width="90" height="50"/>'),
    "picture file": svg('<image href="file://{file}" width="300" height="60"/>'),
    "picture file, old": svg('<image xlink:href="file://{file}" width="300" height="60"/>'),
    "picture that moved": svg('<image href="http://{host}/moved" width="90" height="50"/>'),
    "no protocol": svg('<image href="//{host}/a" width="90" height="50"/>'),
    "relative": svg('<image href="../../../../../..{file}" width="90" height="50"/>'),
    "metadata of a cloud": svg('<image href="http://169.254.169.254/latest/meta-data/" width="90" height="50"/>'),
    "used": svg('<use href="http://{host}/a.svg#a"/>'),
    "used file": svg('<use href="file://{file}#a"/>'),
    "import": svg("<style>@import url(http://{host}/a.css);</style>" + SHAPE.format("")),
    "import file": svg("<style>@import 'file://{file}';</style>" + SHAPE.format("")),
    "font": svg("<style>@font-face {{ font-family: x; src: url(http://{host}/a.ttf) }}</style><text>x</text>"),
    "old font": svg(
        '<font-face><font-face-src><font-face-uri xlink:href="http://{host}/a"/></font-face-src></font-face>'
    ),
    "fill": svg(SHAPE.format(' style="fill: url(http://{host}/a#b)"')),
    "stroke": svg(SHAPE.format(' stroke="url(file://{file}#a)"')),
    "filter": svg(SHAPE.format(' filter="url(http://{host}/a#b)"')),
    "mask": svg(SHAPE.format(' mask="url(file://{file}#a)"')),
    "clip": svg(SHAPE.format(' clip-path="url(http://{host}/a#b)"')),
    "marker": svg('<path d="M0 0L9 9" marker-end="url(http://{host}/a#b)"/>'),
    "picture in a filter": svg('<filter id="f"><feImage href="http://{host}/a"/></filter>'),
    "pattern": svg('<pattern id="p"><image href="http://{host}/a"/></pattern>' + SHAPE.format(' style="fill:url(#p)"')),
    "page inside": svg('<foreignObject width="9" height="9"><iframe src="http://{host}/a"/></foreignObject>'),
    "script": svg("<script>fetch('http://{host}/a')</script>" + SHAPE.format("")),
    "on load": svg(SHAPE.format(""), " onload=\"fetch('http://{host}/a')\""),
    "link to a script": svg("<a href=\"javascript:fetch('http://{host}/a')\">" + SHAPE.format("") + "</a>"),
    "style sheet": '<?xml-stylesheet href="http://{host}/a.css" type="text/css"?>' + svg(SHAPE.format("")),
    "style sheet element": svg('<link xmlns="http://www.w3.org/1999/xhtml" rel="stylesheet" href="http://{host}/a"/>'),
    "document type": '<!DOCTYPE svg SYSTEM "http://{host}/a.dtd">' + svg(SHAPE.format("")),
    "entity": '<!DOCTYPE svg [<!ENTITY e SYSTEM "file://{file}">]>' + svg("<text y='30'>&e;</text>"),
    "entity from afar": '<!DOCTYPE svg [<!ENTITY e SYSTEM "http://{host}/a">]>' + svg("<text y='30'>&e;</text>"),
    "entity of a parameter": '<!DOCTYPE svg [<!ENTITY % e SYSTEM "http://{host}/a.dtd">%e;]>' + svg(SHAPE.format("")),
    "billion laughs": "<!DOCTYPE svg [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n + 1} '{f'&a{n};' * 10}'>" for n in range(9))
    + "]>"
    + svg("<text>&a9;</text>"),
    "included": svg('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{file}" parse="text"/>'),
    "packed": svg('<image href="data:image/svg+xml;base64,{packed}" width="90" height="50"/>'),
    "text of another": svg('<text y="30"><tref xlink:href="file://{file}#a"/></text>'),
    "text along another": svg('<text y="30"><textPath href="file://{file}#a">x</textPath></text>'),
    "deep": svg("<g>" * 4000 + "</g>" * 4000),
}
"""As a partner's logo."""


def made(attack: str, listener: Listener, file: Path) -> str:
    inner = svg(f'<image href="http://{listener.host}/packed" width="9" height="9"/>')
    return attack.format(host=listener.host, file=file, packed=base64.b64encode(inner.encode()).decode())


def print_text(press: Press, attack: str, template: str = "classic") -> bytes:
    signs = ({"name": attack, "role": attack},)
    second = "ar" if TEMPLATES[template].bilingual else None
    values = sample("en", attack, attack, course=attack, partners=(attack,), signatures=signs, second=second)
    values |= {"issuer": attack, "words": {**values["words"], "document_title": attack}}
    return printed(press, template, values, {})


def print_drawing(press: Press, data: bytes, kind: str = "image/svg+xml") -> bytes:
    name = hashlib.sha256(data).hexdigest()
    values = sample("en", partners=("Food Agency",), logos=({"name": "Food Agency", "sha256": name, "type": kind},))
    return printed(press, "classic", values, {name: data})


def printed(press: Press, template: str, values: dict[str, object], logos: dict[str, bytes]) -> bytes:
    """What comes out; nothing where the press refuses it or ends itself."""
    try:
        return press.print_certificate(TEMPLATES[template], values, logos)
    except PrintRefused:
        return b""


def assert_nothing_reached(pdf: bytes, listener: Listener, folder: Path) -> None:
    assert listener.heard() == []
    if pdf:
        inside = everything_in(pdf)
        assert CANARY.encode() not in inside
        assert b"root:" not in inside
        assert b"/EmbeddedFile" not in inside
        assert CANARY not in words_of(pdf, folder)


def test_there_are_enough_of_them() -> None:
    assert len(TEXTS) + len(DRAWINGS) >= 2 * 35


@pytest.mark.parametrize("attack", TEXTS)
def test_no_words_reach_anything(press: Press, listener: Listener, canary: Path, tmp_path: Path, attack: str) -> None:
    template = sorted(TEMPLATES)[list(TEXTS).index(attack) % len(TEMPLATES)]
    assert_nothing_reached(print_text(press, made(TEXTS[attack], listener, canary), template), listener, tmp_path)


@pytest.mark.parametrize("attack", DRAWINGS)
def test_no_logo_reaches_anything(press: Press, listener: Listener, canary: Path, tmp_path: Path, attack: str) -> None:
    """As the platform hands it over; bare, as if nobody had looked at it before; and under a false name."""
    data = made(DRAWINGS[attack], listener, canary).encode()
    cleaned = service._picture(data, "image/svg+xml")
    assert listener.host.encode() not in cleaned
    assert str(canary).encode() not in cleaned
    for pdf in (
        print_drawing(press, cleaned), print_drawing(press, data), print_drawing(press, data, "image/png"),
    ):  # fmt: skip
        assert_nothing_reached(pdf, listener, tmp_path)
    assert press.print_certificate(CLASSIC, sample()), "the press goes on"


@pytest.fixture(scope="module")
def open_press() -> Iterator[Press]:
    press = Press()
    press._children = Children(1, lambda: Child("tests.certification.open_press", seconds=60, environ=press._environ))
    yield press
    press.close()


@pytest.mark.parametrize("attack", ["picture", "picture, old", "packed"])
def test_the_mutant_with_an_open_door_is_heard(
    open_press: Press, listener: Listener, canary: Path, tmp_path: Path, attack: str
) -> None:
    pdf = print_drawing(open_press, made(DRAWINGS[attack], listener, canary).encode())
    with pytest.raises(AssertionError):
        assert_nothing_reached(pdf, listener, tmp_path)


@pytest.mark.parametrize("attack", ["picture file", "picture file, old"])
def test_the_mutant_with_an_open_door_reads_files(
    open_press: Press, listener: Listener, canary: Path, tmp_path: Path, attack: str
) -> None:
    pdf = print_drawing(open_press, made(DRAWINGS[attack], listener, canary).encode())
    assert listener.heard() == []
    with pytest.raises(AssertionError):
        assert_nothing_reached(pdf, listener, tmp_path)
