"""What comes from the press: one page, archival, accessible, always the same. And a press nobody turns against us."""

import io
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from lms.certification.render.press import Press, PrintRefused
from lms.certification.render.template import Template
from lms.kernel.child import ChildStopped
from lms.settings import ROOT
from tests.certification.conftest import BrokenRules
from tests.certification.samples import (
    CLASSIC,
    LOGOS,
    LONG_COURSE,
    NAMES,
    PARTNERS,
    SIGNATURES,
    TEMPLATES,
    WITH_LOGOS,
    WORDS,
    sample,
)

LARGEST_USUAL = 40_000
SMALLEST_SQUARE = 39.5 * 72 / 25.4
"""A QR code of 40 mm, as exactly as a reader of pictures sees its edges."""
MARGIN = 8 * 72 / 25.4
"""No printer reaches the edge of the paper."""
BOX = re.compile(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]+)<')
WORD_PLACE = re.compile(r'yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">([^<]+)<')


def everything_in(pdf: bytes) -> bytes:
    """All objects and streams of a file, decompressed."""
    opened = pikepdf.open(io.BytesIO(pdf))
    streams = [each.read_bytes() for each in opened.objects if isinstance(each, pikepdf.Stream)]
    return b"\n".join([*streams, *(repr(each).encode() for each in opened.objects)])


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands on the page, in points."""

    left: float
    top: float
    right: float
    bottom: float
    text: str = ""

    @property
    def core(self) -> "Place":
        """Without the room a face keeps for its highest and lowest letters, which lines share."""
        height = self.bottom - self.top
        return replace(self, top=self.top + 0.3 * height, bottom=self.bottom - 0.3 * height)

    def meets(self, other: "Place") -> bool:
        across = self.left < other.right - 0.5 and other.left < self.right - 0.5
        return across and self.top < other.bottom and other.top < self.bottom


def places(pdf: bytes, tmp_path: Path) -> list[Place]:
    """Every word, as a reader of the file measures it."""
    (tmp_path / "measured.pdf").write_bytes(pdf)
    command = ["pdftotext", "-bbox", str(tmp_path / "measured.pdf"), "-"]
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return [Place(*map(float, numbers), text) for *numbers, text in BOX.findall(told)]


def square_of(pdf: bytes, tmp_path: Path, address: str) -> Place:
    """The QR code, as a reader of pictures sees it."""
    (tmp_path / "seen.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", "144", "-png", "-singlefile", str(tmp_path / "seen.pdf"), str(tmp_path / "seen")]
    subprocess.run(command, check=True)
    with Image.open(tmp_path / "seen.png") as picture:
        read = zxingcpp.read_barcode(picture)
    assert read
    assert read.text == address
    corners = (read.position.top_left, read.position.top_right, read.position.bottom_right, read.position.bottom_left)
    across, down = [each.x / 2 for each in corners], [each.y / 2 for each in corners]
    return Place(min(across), min(down), max(across), max(down), "QR")


def fullest(template: str, language: str, name: str, local_name: str) -> dict[str, Any]:
    """All that can stand on a certificate, and a long course."""
    second = {"en": "ar"}.get(language, "en") if TEMPLATES[template].bilingual else None
    everything: dict[str, Any] = {"partners": PARTNERS, "logos": WITH_LOGOS, "signatures": SIGNATURES}
    return sample(language, name, local_name, course=LONG_COURSE, second=second, **everything)


def words_of(pdf: bytes, tmp_path: Path, how: str = "-layout") -> str:
    (tmp_path / "read.pdf").write_bytes(pdf)
    command = ["pdftotext", how, str(tmp_path / "read.pdf"), "-"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


@pytest.mark.slow
@pytest.mark.parametrize("language", sorted(WORDS))
@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_every_name_in_every_language_fits_one_page_and_keeps_both_standards(
    press: Press, broken_rules: BrokenRules, template: str, language: str
) -> None:
    for name, local_name in NAMES.values():
        pdf = press.print_certificate(TEMPLATES[template], fullest(template, language, name, local_name), LOGOS)
        assert len(pikepdf.open(io.BytesIO(pdf)).pages) == 1
        assert broken_rules(pdf) == [], (language, name)


@pytest.mark.slow
@pytest.mark.parametrize("language", sorted(WORDS))
@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_nothing_overflows_the_page_or_runs_into_anything(
    press: Press, tmp_path: Path, template: str, language: str
) -> None:
    for which, (name, local_name) in NAMES.items():
        values = fullest(template, language, name, local_name)
        pdf = press.print_certificate(TEMPLATES[template], values, LOGOS)
        words, code = places(pdf, tmp_path), square_of(pdf, tmp_path, values["verify_url"])
        assert code.right - code.left >= SMALLEST_SQUARE, (which, code)
        for word in words:
            assert MARGIN < word.left < word.right < 842 - MARGIN, (which, word)
            assert MARGIN < word.top < word.bottom < 595 - MARGIN, (which, word)
            assert not word.core.meets(code), (which, word, code)
        met = [(one, other) for one, other in combinations(words, 2) if one.core.meets(other.core)]
        assert met == [], which
        course_ends = max(word.core.bottom for word in words if word.text in {"drought,", "flood", "war"})
        assert course_ends < min(word.core.top for word in words if word.text in {"Haddad", "Rakoto"}), which


@pytest.mark.parametrize(("language", "second"), [("en", "ar"), ("ar", "en"), ("fr", "en"), ("en", "es")])
def test_each_block_of_two_languages_says_which_it_is_in(press: Press, language: str, second: str) -> None:
    values = sample(language, *NAMES["two scripts"], second=second, signatures=SIGNATURES)
    opened = pikepdf.open(io.BytesIO(press.print_certificate(TEMPLATES["bilingual"], values)))
    assert opened.Root.Lang == language
    elements = [each for each in opened.objects if isinstance(each, pikepdf.Dictionary) and each.get("/S")]
    said = {str(each.Lang) for each in elements if "/Lang" in each}
    assert {language, second} <= said
    headings = [each for each in elements if each.get("/S") == "/H1"]
    assert len(headings) == 2
    assert {_language_of(each) for each in headings} == {language, second}


def _language_of(element: Any) -> str:
    """Of a structure element: its own or what it stands in."""
    while "/Lang" not in element:
        element = element.P
    return str(element.Lang)


def test_a_logo_is_a_picture_with_its_partners_name_and_a_broken_one_is_the_name(
    press: Press, broken_rules: BrokenRules, tmp_path: Path
) -> None:
    values = sample("en", partners=PARTNERS, logos=WITH_LOGOS)
    for template in TEMPLATES.values():
        whole = press.print_certificate(template, values, LOGOS)
        opened = pikepdf.open(io.BytesIO(whole))
        said = [str(each.Alt) for each in opened.objects if isinstance(each, pikepdf.Dictionary) and "/Alt" in each]
        assert {each["name"] for each in WITH_LOGOS} < set(said)
        assert "GIZ" in words_of(whole, tmp_path)
        assert "Agriculture" not in words_of(whole, tmp_path)
        broken_ones = {name: data[: len(data) // 2] for name, data in LOGOS.items()}
        named = press.print_certificate(template, values, broken_ones)
        assert "Agriculture" in words_of(named, tmp_path)
        assert broken_rules(named) == []


def test_a_specimen_says_so(press: Press, broken_rules: BrokenRules, tmp_path: Path) -> None:
    for slug, template in TEMPLATES.items():
        values = sample("es", second="en" if slug == "bilingual" else None) | {"specimen": "Muestra"}
        pdf = press.print_certificate(template, values)
        assert "Muestra" in words_of(pdf, tmp_path, "-raw")
        assert broken_rules(pdf) == []


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_foot_never_runs_into_the_course(press: Press, tmp_path: Path, language: str) -> None:
    """Where each line stands on the page, as a reader of the file measures it."""
    for partners in (PARTNERS, PARTNERS * 4):
        values = sample(language, *NAMES["many words"], course=LONG_COURSE, partners=partners, signatures=SIGNATURES)
        (tmp_path / "measured.pdf").write_bytes(press.print_certificate(CLASSIC, values))
        command = ["pdftotext", "-bbox", str(tmp_path / "measured.pdf"), "-"]
        told = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        places = [(word, float(top), float(bottom)) for top, bottom, word in WORD_PLACE.findall(told)]
        course_ends = max(bottom for word, _, bottom in places if word in {"drought,", "flood", "war"})
        foot_begins = min(top for word, top, _ in places if word in {"Haddad", "Rakoto"})
        foot_ends = max(bottom for word, _, bottom in places if word in {"GIZ", "Nations"})
        assert course_ends < foot_begins < foot_ends < 595 - 30, (course_ends, foot_begins, foot_ends)


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_usual_certificate_is_light_and_names_itself(
    press: Press, broken_rules: BrokenRules, language: str
) -> None:
    pdf = press.print_certificate(CLASSIC, sample(language, *NAMES["two scripts"]))
    assert len(pdf) < LARGEST_USUAL
    assert broken_rules(pdf) == []
    opened = pikepdf.open(io.BytesIO(pdf))
    page = opened.pages[0]
    assert [round(float(side) * 25.4 / 72) for side in page.MediaBox[2:]] == [297, 210]
    assert opened.Root.Lang == language
    assert opened.Root.ViewerPreferences.DisplayDocTitle
    assert str(opened.docinfo["/Title"]).startswith(WORDS[language]["heading"])
    assert str(opened.docinfo["/CreationDate"]) == "D:20261123101500Z"
    assert [annotation.A.URI for annotation in page.Annots] == [sample()["verify_url"]]
    fonts = [font for font in opened.objects if isinstance(font, pikepdf.Dictionary) and "/FontName" in font]
    assert fonts
    assert all("/FontFile2" in font and str(font.FontName)[7] == "+" for font in fonts), "embedded subsets only"


def test_what_is_printed_can_be_read_back(press: Press, tmp_path: Path) -> None:
    values = sample("fr", "Marie-Françoise Ouédraogo", "ماري", partners=("FAO", "GIZ"), signatures=SIGNATURES[:1])
    text = words_of(press.print_certificate(CLASSIC, values), tmp_path)
    for said in ("Marie-Françoise Ouédraogo", "Attestation de réussite", "2 heures", "FAO · GIZ", "Amal Haddad"):
        assert said in text
    assert values["code_lines"][0] in text
    assert values["code_lines"][1] in text


def test_the_same_certificate_is_the_same_bytes_in_any_press(press: Press) -> None:
    for name in ("two scripts", "letters of the other face"):
        values = sample("ar", *NAMES[name])
        first = press.print_certificate(CLASSIC, values)
        press.print_certificate(CLASSIC, sample("en", "Somebody Else", code="0" * 4))
        assert press.print_certificate(CLASSIC, values) == first
        other = Press()
        try:
            assert other.print_certificate(CLASSIC, values) == first
        finally:
            other.close()


def test_the_judge_bites(press: Press, broken_rules: BrokenRules) -> None:
    """A file without tags and metadata, and a certificate with its metadata torn out, are found wanting."""
    plain = io.BytesIO()
    with pikepdf.new() as empty:
        empty.add_blank_page()
        empty.save(plain)
    assert len(broken_rules(plain.getvalue())) > 5
    torn = io.BytesIO()
    with pikepdf.open(io.BytesIO(press.print_certificate(CLASSIC, sample()))) as opened:
        del opened.Root.Metadata
        opened.save(torn)
    told = "\n".join(broken_rules(torn.getvalue()))
    assert "PDF/A-3a" in told
    assert "PDF/UA-1" in told


def test_the_platform_never_loads_the_typesetter() -> None:
    code = "import sys, lms.certification.service; sys.exit('weasyprint' in sys.modules or 'fontTools' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


# -- turned against us


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """An address that notes who asks for anything."""
    heard: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            heard.append(caller.recv(200))
            caller.close()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}", heard
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def test_names_reach_nothing(press: Press, listener: tuple[str, list[bytes]], tmp_path: Path) -> None:
    address, heard = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("canary-7391")
    payloads = [
        f'<img src="{address}/a"><link rel="attachment" href="file://{secret}">',
        f'"><style>@import url({address}/b); body {{ background: url(file://{secret}) }}</style>',
        f"<svg><image href='{address}/c'/></svg><object data='file://{secret}'></object>",
        "{{ cycler.__init__.__globals__ }}{% include 'certificate.toml' %}{{ 7 * 191 }}",
        f"file://{secret}",
    ]
    for payload in payloads:
        values = sample("en", payload, payload, course=payload, partners=(payload,))
        pdf = press.print_certificate(CLASSIC, values)
        inside = everything_in(pdf)
        assert b"canary-7391" not in inside
        assert b"1337" not in words_of(pdf, tmp_path).encode()
        assert b"/EmbeddedFile" not in inside
    assert heard == []


@pytest.mark.parametrize(
    "attack",
    [
        '<img src="{address}/a">',
        '<img src="file://{secret}">',
        '<link rel="attachment" href="file://{secret}">',
        '<link rel="stylesheet" href="{address}/b.css">',
        '<style>@import url("{address}/c.css");</style>',
        "<style>@font-face {{ font-family: x; src: url({address}/d.ttf) }} p {{ font-family: x }}</style>",
        '<p style="background: url(file://{secret})">x</p>',
        '<svg><image href="{address}/e" width="9" height="9"/><use href="file://{secret}#a"/></svg>',
        '<base href="{address}/"><img src="f">',
    ],
)
def test_a_hostile_template_reaches_nothing(
    press: Press, listener: tuple[str, list[bytes]], tmp_path: Path, attack: str
) -> None:
    address, heard = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("canary-7391")
    page = "<!doctype html><html lang=en><title>x</title><body>" + attack.format(address=address, secret=secret)
    printed, refused = b"", "own files"
    try:
        printed = press.print_certificate(Template({**CLASSIC.files, "page.html": page}), sample())
    except PrintRefused as refusal:
        refused = str(refusal)
    assert "own files" in refused
    assert not printed or b"canary-7391" not in everything_in(printed)
    assert heard == []
    assert press.print_certificate(CLASSIC, sample())


def broken(page: str) -> Template:
    return Template({**CLASSIC.files, "page.html": page})


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("{{ nothing }}", "UndefinedError"),
        ("{% if %}", "TemplateSyntaxError"),
        ("{{ ''.__class__.__mro__ }}", "SecurityError"),
        ("{{ 'a' * 10 ** 11 }}", "MemoryError"),
        ("<p>a</p><p style='break-before: page'>b</p>", "DoesNotFit"),
    ],
)
def test_a_broken_template_is_refused_and_the_press_lives(press: Press, page: str, told: str) -> None:
    assert press.print_certificate(CLASSIC, sample())
    before = press.pid
    with pytest.raises(PrintRefused, match=told):
        press.print_certificate(broken(page), sample())
    assert press.print_certificate(CLASSIC, sample())
    assert press.pid == before


ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"


@pytest.mark.slow
@pytest.mark.parametrize("limits", [{"seconds": 3.0, "cpu_seconds": 60}, {"seconds": 60.0, "cpu_seconds": 1}])
def test_an_endless_certificate_is_ended(limits: dict[str, Any]) -> None:
    press = Press(**limits)
    try:
        began = time.monotonic()
        with pytest.raises(ChildStopped):
            press.print_certificate(broken(ENDLESS), sample())
        assert time.monotonic() - began < 20
        assert press.pid is None
        assert press.print_certificate(CLASSIC, sample())
    finally:
        press.close()


def test_a_killed_press_is_started_anew() -> None:
    press = Press()
    try:
        first = press.print_certificate(CLASSIC, sample())
        pid = press.pid
        assert pid
        killer = threading.Timer(0.5, os.kill, (pid, signal.SIGKILL))
        killer.start()
        with pytest.raises(ChildStopped):
            press.print_certificate(broken(ENDLESS), sample())
        killer.join()
        assert press.print_certificate(CLASSIC, sample()) == first
        assert press.pid != pid
    finally:
        press.close()
    assert press.pid is None


def test_many_at_once_share_one_press(press: Press) -> None:
    printed: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: printed.append(press.print_certificate(CLASSIC, sample()))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(printed) == 8
    assert len(set(printed)) == 1
