"""Words, numbers and dates in the language of the moment. A language exists when it has a folder in translations/.

Knows no web: a screen, a letter and a certificate all say `use_language(code)` and then `_("…")`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, dates, lists, numbers
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import LazyProxy, NullTranslations, Translations

from lms.settings import ROOT

FOLDER = ROOT / "translations"
SOURCE_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Language:
    code: str
    name: str
    """Its own name for itself."""
    dir: str
    """ltr or rtl."""


def _languages() -> dict[str, Language]:
    codes = sorted(path.parent.parent.name for path in FOLDER.glob("*/LC_MESSAGES/messages.po"))
    codes.sort(key=lambda code: code != SOURCE_LANGUAGE)
    return {code: _language(code) for code in codes}


def _language(code: str) -> Language:
    locale = Locale.parse(code)
    name = locale.get_display_name(code) or code
    return Language(code, name[:1].upper() + name[1:], locale.text_direction)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One of the platform's sentences beside its translation, as translators wrote it."""

    source: tuple[str, ...]
    """One text; two where the sentence counts something."""
    said: tuple[str, ...]
    """One text for each form the language has; empty where it is missing."""
    fuzzy: bool
    """Marked as a guess: it is not said."""
    files: tuple[str, ...]
    """Where it is said."""

    @property
    def done(self) -> bool:
        return not self.fuzzy and all(self.said)


def _read(code: str) -> Catalog:
    with (FOLDER / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


def _compiled(catalogue: Catalog) -> NullTranslations:
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, "messages")


def _sentences(catalogue: Catalog) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(_forms(each.id), _forms(each.string), each.fuzzy, tuple(name for name, _line in each.locations))
        for each in catalogue
        if each.id
    )


def _forms(said: str | Sequence[str] | None) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said or ("",))


LANGUAGES: dict[str, Language] = _languages()
_FILES = {code: _read(code) for code in LANGUAGES}
CATALOGUES: dict[str, NullTranslations] = {code: _compiled(each) for code, each in _FILES.items()}
SENTENCES: dict[str, tuple[Sentence, ...]] = {code: _sentences(each) for code, each in _FILES.items()}
"""What stood in the files when the platform started: the same that is said."""
del _FILES

_current: ContextVar[str] = ContextVar("language", default=SOURCE_LANGUAGE)


def current_language() -> Language:
    return LANGUAGES[_current.get()]


@contextmanager
def use_language(code: str) -> Iterator[None]:
    """Everything said inside is said in this language."""
    token = _current.set(code)
    try:
        yield
    finally:
        _current.reset(token)


def set_language(code: str) -> None:
    """For the rest of this request. Screens only; letters and certificates use `use_language`."""
    _current.set(code)


def gettext(message: str, **values: object) -> str:
    said = CATALOGUES[_current.get()].ugettext(message)
    return said % values if values else said


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    said = CATALOGUES[_current.get()].ungettext(one, many, number)
    return said % {"number": format_number(number), **values}


def template_gettext(message: str) -> str:
    """For Jinja, which puts the values in itself, escaped."""
    return CATALOGUES[_current.get()].ugettext(message)


def template_ngettext(one: str, many: str, number: int) -> str:
    return CATALOGUES[_current.get()].ungettext(one, many, number)


def lazy_gettext(message: str) -> Any:
    """A sentence said when it is shown: for labels made at import, before any reader has a language."""
    return LazyProxy(gettext, message, enable_cache=False)


_ = gettext


def format_number(value: float | Decimal) -> str:
    return numbers.format_decimal(value, locale=_current.get())


def format_hundredths(value: float) -> str:
    """A number with two decimals, always: in a column they stand one below the other."""
    return numbers.format_decimal(value, format="0.00", locale=_current.get())


def format_percent(share: float | Decimal) -> str:
    """A share of 1 as a percentage without decimals."""
    return numbers.format_percent(share, locale=_current.get())


def format_list(words: Sequence[str]) -> str:
    """“One, two and three”, as the language says it."""
    return lists.format_list(words, locale=_current.get())


def format_date(day: date, length: Any = "long") -> str:
    return dates.format_date(day, format=length, locale=_current.get())


def format_datetime(instant: datetime, zone: str) -> str:
    """An instant in a reader's time zone: the month as a word, no seconds."""
    pattern = dates.get_datetime_format("long", locale=_current.get())
    day = format_date(instant.astimezone(ZoneInfo(zone)))
    return str(pattern).replace("{1}", day).replace("{0}", format_time(instant, zone))


def format_time(instant: datetime, zone: str) -> str:
    return dates.format_time(instant, format="short", tzinfo=ZoneInfo(zone), locale=_current.get())


_KB, _MB = 1000, 1_000_000


def format_size(size: int) -> str:
    """A size in bytes as people read it."""
    if size < _MB:
        return gettext("%(number)s KB", number=format_number(max(1, round(size / _KB))))
    return gettext("%(number)s MB", number=format_number(round(size / _MB, 1)))


def language_name(code: str) -> str:
    """A language's name in the language of the moment."""
    return _language_name(code, _current.get())


@cache
def _language_name(code: str, said_in: str) -> str:
    return Locale.parse(code).get_display_name(said_in) or code


def country_names() -> dict[str, str]:
    """ISO 3166 codes and the countries' names in the language of the moment, in its alphabetical order."""
    names = Locale.parse(_current.get()).territories
    countries = {code: name for code, name in names.items() if code.isalpha() and code not in _NOT_COUNTRIES}
    return dict(sorted(countries.items(), key=lambda pair: pair[1].casefold()))


# Codes in CLDR that are groups, territories without people, or test regions.
_NOT_COUNTRIES = {
    "EU",
    "EZ",
    "QO",
    "UN",
    "XA",
    "XB",
    "ZZ",
    "AQ",
    "BV",
    "CP",
    "CQ",
    "HM",
    "TF",
    "UM",
    "GS",
    "IO",
    "AC",
    "DG",
    "EA",
    "IC",
    "TA",
}
