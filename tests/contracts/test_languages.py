"""The platform's words in every language: complete, with the same placeholders, plurals as CLDR counts them."""

import re
from collections import Counter

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from lms.kernel import i18n
from lms.kernel.i18n import FOLDER, LANGUAGES, SOURCE_LANGUAGE
from lms.settings import ROOT

TRANSLATED = [code for code in LANGUAGES if code != SOURCE_LANGUAGE]
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
KEYWORDS = {
    "_": None, "gettext": None, "ngettext": (1, 2), "_l": None, "lazy_gettext": None,
}  # fmt: skip


def _said_in_source() -> set[str | tuple[str, str]]:
    found: set[str | tuple[str, str]] = set()
    for _file, _line, message, _comments, _context in extract_from_dir(
        str(ROOT / "lms"), METHODS, keywords=KEYWORDS, options_map={"**": {"encoding": "utf-8"}}
    ):
        found.add(message if isinstance(message, str) else (message[0], message[1]))
    return found


def _catalogue(code: str) -> Catalog:
    with (FOLDER / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=code)


def _messages(code: str) -> list[Message]:
    return [message for message in _catalogue(code) if message.id]


@pytest.mark.parametrize("code", list(LANGUAGES))
def test_catalogue_holds_exactly_what_is_said(code: str) -> None:
    ids = {message.id if isinstance(message.id, str) else tuple(message.id) for message in _messages(code)}
    said = {each for each in _said_in_source() if each}
    assert said - ids == set(), "run `make messages` and translate what is new"
    assert ids - said == set(), "run `make messages`: these are said nowhere"


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_sentence_is_translated(code: str) -> None:
    def missing(message: Message) -> bool:
        texts = [message.string] if isinstance(message.string, str) else list(message.string)
        return message.fuzzy or not all(texts)

    assert [message.id for message in _messages(code) if missing(message)] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_placeholders_are_kept(code: str) -> None:
    wrong = []
    for message in _messages(code):
        sources = [message.id] if isinstance(message.id, str) else list(message.id)
        allowed = [Counter(PLACEHOLDER.findall(source)) for source in sources]
        texts = [message.string] if isinstance(message.string, str) else list(message.string)
        for text in texts:
            names = set(Counter(PLACEHOLDER.findall(text)))
            # A plural form may leave the number out ("one lesson"), never the other values.
            needed = set(allowed[-1]) - ({"num", "number"} if len(sources) > 1 else set())
            if not needed <= names <= set(allowed[-1]) | set(allowed[0]):
                wrong.append((message.id, text))
    assert wrong == []


@pytest.mark.parametrize("code", list(LANGUAGES))
def test_plural_forms_are_those_of_cldr(code: str) -> None:
    """Numbers that CLDR puts in one category get one form, and numbers of two categories get two."""
    catalogue = i18n.CATALOGUES[code]
    rule = Locale.parse(code).plural_form
    chosen: dict[str, set[int]] = {}
    for number in range(2001):
        chosen.setdefault(rule(number), set()).add(catalogue.plural(number))  # type: ignore[attr-defined]
    forms = [form for found in chosen.values() for form in found]
    assert all(len(found) == 1 for found in chosen.values()), chosen
    assert len(forms) == len(set(forms)) == len(chosen)


def test_spaces_and_marks_of_each_language() -> None:
    """French puts a narrow no-break space before high marks; Spanish opens questions; Arabic uses its own marks."""
    wrong = []
    for message in _messages("fr"):
        for text in [message.string] if isinstance(message.string, str) else message.string:
            if re.search(r"(?<![\u202f\s])[;!?»](?!\w)|[^\u202f]:(\s|$)|«(?!\u202f)", re.sub(r"%\(\w+\)s", "x", text)):
                wrong.append(text)
    for message in _messages("es"):
        for text in [message.string] if isinstance(message.string, str) else message.string:
            if text.count("?") != text.count("¿") or text.count("!") != text.count("¡"):
                wrong.append(text)
    for message in _messages("ar"):
        for text in [message.string] if isinstance(message.string, str) else message.string:
            if re.search(r"[,;?](\s|$)|[\u0660-\u0669\u200e\u200f\u202a-\u202e]", text):
                wrong.append(text)
    assert wrong == []
