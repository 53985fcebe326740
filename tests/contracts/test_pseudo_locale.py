"""Nothing is said past the catalogue: in a language that puts ⟦brackets⟧ round every message, whatever people can
read and has none is either what somebody wrote (courses, names, addresses) or was forgotten.

What courses and people say is written in Greek letters here, so that a Latin one outside brackets tells.
"""

import inspect
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import is_dataclass
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_origin, get_type_hints
from xml.etree.ElementTree import Element

import pytest
from babel.dates import get_day_names, get_month_names
from babel.support import NullTranslations
from flask import Flask
from wtforms.i18n import get_translations

from lms.accounts import letters
from lms.accounts.letters import Words
from lms.certification import letters as certificates
from lms.certification.letters import About
from lms.certification.rules import CertificateKind
from lms.coursework import letters as coursework_letters
from lms.discussion import letters as discussion_letters
from lms.facilitation import letters as run_letters
from lms.intake import letters as intake_letters
from lms.kernel import i18n
from lms.kernel.db import Database
from lms.kernel.i18n import LANGUAGES
from lms.meetings import letters as meeting_letters
from lms.settings import Settings
from lms.translation.queries import Waiting
from lms.translation.rules import Passage
from lms.workshop import letters as workshop_letters
from lms.workshop.queries.assignments import Part
from lms.workshop.service.glossary import read_seeds
from tests.contracts.html import Page, tag
from tests.contracts.test_pages import add_failures
from tests.contracts.walk import Seen, Walk, first_answers, furnish, last_answers
from tests.contracts.world import build_world
from tests.factories import FINAL, GAP, RUBRIC, TWO_MODULES

SHOWN = ("title", "alt", "aria-label", "placeholder", "label", "aria-description", "aria-valuetext", "data-label")
NOT_READ = {"script", "style", "code"}
LISTS = {"country", "time_zone", "language", "lang"}
"""Fields whose options are named by CLDR."""
OURS = re.compile(
    r"[\w.+-]+@[\w.-]+\.[a-z]+|https?://\S+|\bUTC\b|\bMasar( Learning)?\b|\bFundamentals\b|\bCC BY 4\.0\b|\b[AP]M\b|"
    r"\b(Ada Okafor(-Eze)?|Px|Eve Moreau|Dee Fernández|Sus|Canary (Ministry|reason)|Autumn 2026|work\.txt)\b|"
    r"\b(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}\b"
)


OF_WTFORMS = {"This field is required.", "Not a valid date value."}
"""Said by the library out of its own catalogues."""


LETTERS = (letters, workshop_letters)
IN_LETTERS = {module.__name__ for module in LETTERS}
PART = Part(
    slug="ω",
    title=Passage("Ω", "el", "ltr"),
    language="fr",
    state=None,
    translates=True,
    reviews=True,
    due_on=date(2026, 11, 19),
    counts=Waiting(1, 2, 3, 4, 5, newest=6, words=7, approved_words=8),
)


class Brackets(NullTranslations):
    """English in brackets."""

    def ugettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ungettext(self, singular: str, plural: str, num: int) -> str:
        return f"⟦{singular if num == 1 else plural}⟧"


@pytest.fixture
def _in_brackets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    _forget_what_was_said()
    monkeypatch.setitem(i18n.CATALOGUES, "en", Brackets())
    yield
    _forget_what_was_said()


def _forget_what_was_said() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("lms.") and isinstance(module, ModuleType):
            for each in vars(module).values():
                if type(each).__name__ == "_lru_cache_wrapper":
                    each.cache_clear()


GREEK = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "αβψδεφγηιξκλμνοπκρστθωςχυζΑΒΨΔΕΦΓΗΙΞΚΛΜΝΟΠΚΡΣΤΘΩΣΧΥΖ"
)


def in_greek(name: str) -> str:
    return name.translate(GREEK)


@pytest.mark.usefixtures("_in_brackets")
def test_everything_on_a_page_is_said_through_the_catalogue(
    app: Flask, database: Database, settings: Settings, tmp_path: Path
) -> None:
    add_failures(app)
    world = build_world(app, database, settings, tmp_path)
    furnish(world, tmp_path, say=in_greek, arabic=in_greek)
    walk = Walk(world)
    for status in (403, 409, 429, 500, 503):
        walk.get("an", f"/en/fails/{status}")
    walk.everywhere(("en",), ("an", "ada", "px", "eve", "dee"), followed=("an", "px"))
    for choose in (first_answers, last_answers):
        walk.sit("px", "en", "self-test/check", choose)
        walk.sit("px", "en", "quiz/final", choose)
    walk.sit("px", "en", "quiz/strict", last_answers)
    for number in range(1, 8):
        begun = walk.post("ada", "/en/learn/all-there-is/self-test/check/start")
        url = f"{begun.answer.location}{number}/"
        walk.post("ada", url, {"answer": ["x" * 400], "choice": ["9", "9"], "pair-1": "99"})
    walk.post("px", "/en/learn/all-there-is/evaluation/view/", {"satisfaction": "9"})
    profile = ("name", "local_name", "organisation", "job", "language", "country", "gender", "time_zone")
    walk.post("px", "/en/profile/", dict.fromkeys(profile, "ζ" * 500))
    walk.post("px", "/en/profile/e-mail/", {"email": "ζ" * 500, "old_password": "ζ"})
    walk.post("dee", walk.world.values["person"].join(("/en/administration/people/", "/roles/")), {"valid_from": "ζ"})
    walk.get("px", "/en/courses/?q=ζζζ")
    walk.get("px", "/en/courses/?language=fr")
    walk.refusals(("en",), ("an", "ada", "dee"))
    answers = [walk.post("px", f"/en/learn/{place}", json={}) for place in ("all-there-is/place", "attempts/x/answers")]
    missed: dict[str, str] = {}
    of_authors = re.compile(f"/cash-(first-steps|autumn)/lesson/|{world.values['attempt']}")
    for seen in walk.seen:
        if seen.is_page and not of_authors.search(seen.url):
            for text in _not_said(seen):
                if text not in OF_WTFORMS:
                    missed.setdefault(text, seen.place)
    for seen in answers:
        for text in _sentences(json.loads(seen.answer.text)):
            if _has_letters(_outside(text)):
                missed.setdefault(text, seen.place)
    assert len(walk.seen) > 250
    assert missed == {}, "\n".join(f"{place}: {text!r}" for text, place in missed.items())


def _not_said(seen: Seen) -> Iterator[str]:
    page = Page(seen.answer.text)
    for each in re.findall(r'", "(.*?)"\]', " ".join(each.attrib.get("data-waiting", "") for each in page.elements)):
        yield from [each] if _has_letters(_outside(each)) else []
    bare = "".join(_read(page.root, page))
    yield from (text.strip() for text in re.split("[\x1e\n]", _outside(bare)) if _has_letters(text))
    for each in page.elements:
        for attribute, value in each.attrib.items():
            shown = attribute in SHOWN or (attribute.startswith("data-") and " " in value)
            shown = (attribute not in ("data-waiting", "data-put") and shown) or (
                attribute == "value" and each.attrib.get("type") in ("submit", "button", "reset")
            )
            if shown and _has_letters(_outside(value)):
                yield f"{attribute}={value}"


def _read(element: Element, page: Page) -> Iterator[str]:
    """Every text node, with a mark between them; brackets may open in one and close in another."""
    if not isinstance(element.tag, str):
        return
    name = tag(element)
    named_by_cldr = name == "option" and any(parent.attrib.get("name") in LISTS for parent in page.above(element))
    is_code = name in NOT_READ or (name == "bdi" and element.attrib.get("dir") == "ltr")
    # A text that is shown, not said: passages of courses, the catalogue's own lines, terms of a glossary.
    is_quoted = name != "html" and "lang" in element.attrib
    if not is_code and not is_quoted and "hreflang" not in element.attrib and not named_by_cldr:
        yield f"{element.text or ''}\x1e"
        for child in element:
            yield from _read(child, page)
            yield f"{child.tail or ''}\x1e"


def _outside(text: str) -> str:
    """What stands outside all brackets."""
    found, depth = [], 0
    for letter in text:
        depth += letter == "⟦"
        if not depth:
            found.append(letter)
        depth -= letter == "⟧"
    return "".join(found)


DATES = "|".join(
    [*get_month_names("wide").values(), *get_month_names("abbreviated").values(), *get_day_names().values()]
)
LANGUAGE_NAMES = "|".join(["English", "Arabic", "French", "Spanish", *(each.name for each in LANGUAGES.values())])
PROMPTS = re.findall(r"prompt: (.+)", FINAL)
HANDED_IN = [
    line.partition("text: ")[2] or line.partition("title: ")[2] or line
    for text in ("Name a gap", GAP, RUBRIC)
    for line in re.split(r"[\n}]|## ", text)
]
"""Of an assignment and its rubric."""
CASH = "|".join(
    re.escape(each.strip(' {}[]"'))
    for each in [*re.split(r": |, \w+: |\n", TWO_MODULES), *PROMPTS, *HANDED_IN]
    if len(each) > 3
)
SEEDS = read_seeds((i18n.FOLDER / "ar" / "glossary.yaml").read_bytes())
TERMS = "|".join(re.escape(wording.term) for wording, _needs_review in SEEDS)
OTHERS = re.compile(f"\\b({DATES}|{LANGUAGE_NAMES}|{TERMS})\\b|{CASH}|\\btest\\b")


def _has_letters(text: str) -> bool:
    left = OURS.sub("", OTHERS.sub("", OURS.sub("", text)))
    return re.search("[A-Za-z]", left) is not None


def _sentences(said: object) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict):
        for each in said.values():
            yield from _sentences(each)


@pytest.mark.usefixtures("_in_brackets")
def test_every_letter_is_said_through_the_catalogue() -> None:
    """A letter is paragraphs that were said, addresses, and the name of the platform."""
    written = 0
    day = date(2026, 11, 20)
    known = {"days": 3, "hours": 3, "language": "fr", "due_on": day, "today": day, "parts": [PART]}
    for name, write in [each for module in LETTERS for each in inspect.getmembers(module, inspect.isfunction)]:
        parameters = inspect.signature(write).parameters
        if name.startswith("_") or write.__module__ not in IN_LETTERS or "platform" not in parameters:
            continue
        values = {each: known.get(each, f"Ω {each}") for each in parameters}
        with i18n.use_language("en"):
            words = write(**values)
        assert _said_past_the_catalogue(words) == [], name
        written += 1
    assert written >= 15


@pytest.mark.usefixtures("_in_brackets")
def test_every_letter_about_certificates_is_too() -> None:
    about = About("Ω name", "Ω platform", "Ω course", "Ω code", "Ω link", "Ω link")
    with i18n.use_language("en"):
        written = [certificates.issued(about, kind) for kind in CertificateKind]
        written += [
            certificates.replaced(about, "Ω new", "Ω link"),
            certificates.revoked(about, date(2026, 11, 20), "Ω link"),
        ]
        written.append(certificates.declined(about, "Ω link"))
    assert [_said_past_the_catalogue(words) for words in written] == [[]] * len(written)
    assert len(written) == 5


@pytest.mark.usefixtures("_in_brackets")
def test_every_letter_of_a_run_is_too() -> None:
    written = []
    for module in (intake_letters, meeting_letters, coursework_letters, discussion_letters, run_letters):
        for name, write in inspect.getmembers(module, inspect.isfunction):
            hints = get_type_hints(write)
            if not name.startswith("_") and write.__module__ == module.__name__ and hints.pop("return") is Words:
                with i18n.use_language("en"):
                    words = write(**{each: _greek(each, kind) for each, kind in hints.items()})
                assert _said_past_the_catalogue(words) == [], f"{module.__name__}.{name}"
                written.append(name)
    assert len(written) >= 18, written


def _greek(name: str, kind: Any) -> Any:
    """A value of that kind, with words that nobody says."""
    if get_origin(kind) is list:
        return [_greek(name, get_args(kind)[0])]
    if is_dataclass(kind):
        return kind(**{each: _greek(each, of) for each, of in get_type_hints(kind).items()})
    return 3 if kind is int else f"Ω {name}"


def _said_past_the_catalogue(words: Words) -> list[str]:
    left = [_outside(each).strip(" -") for each in [words.subject, *words.text.split("\n")]]
    return [each for each in left if each and not re.fullmatch("(Ω \\w+[ ·]*)+", each)]


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_the_form_library_speaks_every_language(code: str) -> None:
    assert [each for each in OF_WTFORMS if get_translations([code]).gettext(each) == each] == []


def test_the_search_finds_what_was_forgotten() -> None:
    for text in ("Log in", "⟦Log⟧ in", "⟦⟦Log⟧ in⟧ now", "12 KB"):
        assert _has_letters(_outside(text))
    for text in ("⟦Log in⟧", "⟦Go on: ⟦Start⟧ now⟧", "Μάθημα 12", "ada@example.org", "November 20, 2026", "12 %"):
        assert not _has_letters(_outside(text)), text
