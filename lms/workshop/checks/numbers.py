"""Whether a translation tells the same numbers as its source, each written in the way of its language."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from babel import numbers as cldr

from lms.kernel.i18n import ngettext
from lms.workshop.checks.findings import Check, Finding, listed
from lms.workshop.checks.verbatim import is_kept

SMALL = 10
"""Whole numbers below this may be written as words, or fall away."""
LONGEST = 20
"""More digits are the name of something."""

_WESTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_SPACES = "\u00a0\u202f\u2009"
_GROUPED = r"(?<![\d.,])\d{1,3}(?:[%s]\d{3})+(?!\d)(?:[.,٫]\d+)?"
_BARE = r"\d+(?:[.,٫٬]\d+)*"
_SOURCE_NUMBER = re.compile(f"{_GROUPED % _SPACES}|{_BARE}")
_NUMBER = re.compile(f"{_GROUPED % (_SPACES + ' ')}|{_BARE}")
_DIGIT = re.compile(r"\d")
_YEARS = re.compile(r"(?<!\d)(\d\d)\d\d[-–/](\d\d)(?!\d)")
_PERCENT = re.compile(r"\s?(?:[%٪]|per ?cent|pour cent|por ciento|في الم[اي]?ئة|بالم[اي]?ئة)")
_AFTERNOON = re.compile(r"(?::\d\d)?\s?p\.?\s?m\b", re.IGNORECASE)
_ENGLISH_ORDINAL = re.compile(r"(?:s|st|nd|rd|th)\b")

_SCALES = {
    "en": {"thousand": 3, "million": 6, "billion": 9, "trillion": 12},
    "fr": {"mille": 3, "million": 6, "milliard": 9, "billion": 12},
    "es": {"mil": 3, "mil millones": 9, "millón": 6, "millones": 6, "billón": 12, "billones": 12},
    "ar": {
        "ألف": 3, "ألفا": 3, "ألفًا": 3, "آلاف": 3, "مليون": 6, "مليونا": 6, "مليونًا": 6, "ملايين": 6,
        "مليار": 9, "مليارا": 9, "مليارًا": 9, "مليارات": 9, "بليون": 9, "بلايين": 9, "تريليون": 12, "تريليونات": 12,
    },
}  # fmt: skip
_WRITTEN = {
    "en": {
        "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
        "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
        "twentieth": 20, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "dozen": 12, "hundred": 100,
        "thousand": 1000, "million": 1000000,
    },
    "fr": {
        "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20,
        "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "soixante-dix": 70, "quatre-vingt": 80,
        "quatre-vingt-dix": 90, "dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20, "cent": 100,
        "centaine": 100, "mille": 1000, "millier": 1000, "million": 1000000,
    },
    "es": {
        "diez": 10, "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15, "dieciséis": 16,
        "diecisiete": 17, "dieciocho": 18, "diecinueve": 19, "veinte": 20, "treinta": 30, "cuarenta": 40,
        "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90, "cien": 100, "ciento": 100,
        "decena": 10, "docena": 12, "quincena": 15, "centenar": 100, "mil": 1000, "miles": 1000, "millón": 1000000,
    },
    "ar": {
        "عشر": 10, "عشرة": 10, "عشرون": 20, "عشرين": 20, "ثلاثون": 30, "ثلاثين": 30, "أربعون": 40, "أربعين": 40,
        "خمسون": 50, "خمسين": 50, "ستون": 60, "ستين": 60, "سبعون": 70, "سبعين": 70, "ثمانون": 80, "ثمانين": 80,
        "تسعون": 90, "تسعين": 90, "مئة": 100, "مائة": 100, "ألف": 1000, "مليون": 1000000,
    },
}  # fmt: skip
"""Words of numbers: enough to see that a number in digits on one side is told in words on the other."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands in a text."""

    written: str
    """With the word of its power."""
    digits: str
    start: int
    values: frozenset[Decimal]
    """What it can mean in its language; nothing when it is no number there, such as "1.3" in French."""
    parts: frozenset[int]
    """The digits between its signs: 1 and 3 of "target 1.3"."""
    power: int
    """Of the word after it: 6 for "million"; 0 when there is none."""
    quantity: bool
    """Certainly a number, and not the name of a paragraph or a day."""
    optional: bool
    """A decade, a century: other languages have words for them."""


def check_numbers(source: str, target: str, *, language: str, source_language: str) -> Iterator[Finding]:
    """Numbers that one side has and the other has not. Both are texts without marks."""
    if not _DIGIT.search(source) and not _DIGIT.search(target):
        return
    kept, given = source_numbers(source, source_language), target_numbers(target, language)
    untouched = {number.digits for number in given if _untouched(number, source, target)}
    lost = _unmatched(kept, given, untouched, target, language)
    if lost:
        yield Finding(
            Check.NUMBERS,
            ngettext(
                "A number of the source is missing, or not written as this language writes it: %(numbers)s",
                "%(number)s numbers of the source are missing, or not written as this language writes them: "
                "%(numbers)s",
                len(lost),
                numbers=listed(lost),
            ),
        )
    added = [number for number in _unmatched(given, kept, untouched, source, source_language) if number not in lost]
    if added:
        yield Finding(
            Check.NUMBERS,
            ngettext(
                "A number is not in the source, or means something else there: %(numbers)s",
                "%(number)s numbers are not in the source, or mean something else there: %(numbers)s",
                len(added),
                numbers=listed(added),
            ),
        )


def source_numbers(text: str, language: str) -> list[Number]:
    """The numbers of a text in order; a plain space stands between two of them."""
    return _numbers(text.translate(_WESTERN), language, _SOURCE_NUMBER)


def target_numbers(text: str, language: str) -> list[Number]:
    """The numbers of a text in order; translators also type a plain space between thousands."""
    return _numbers(text.translate(_WESTERN), language, _NUMBER)


def _numbers(text: str, language: str, pattern: re.Pattern[str]) -> list[Number]:
    years = {found.end(): found for found in _YEARS.finditer(text)}
    numbers = []
    for found in pattern.finditer(text):
        digits, after = found[0], text[found.end() : found.end() + 40]
        if len(digits) > LONGEST:
            continue
        values = set(_values("".join(digits.split()), language))
        if found.end() in years:
            values.add(Decimal(years[found.end()][1] + years[found.end()][2]))
        if _AFTERNOON.match(after):
            values |= {value + 12 for value in values}
        optional = _base(language) == "en" and bool(_ENGLISH_ORDINAL.match(after))
        if optional:
            values |= {value % 100 for value in values}
        scale = _scale(after, _base(language))
        counted = _is_grouped(values) or bool(_PERCENT.match(after))
        numbers.append(
            Number(
                written=digits + (scale[0] if scale else ""),
                digits=digits,
                start=found.start(),
                values=frozenset(values),
                parts=frozenset(int(part) for part in re.split(r"\D+", digits)),
                power=_SCALES[_base(language)][scale[1]] if scale else 0,
                quantity=scale is not None or (counted and not digits.isdigit()),
                optional=optional,
            )
        )
    return numbers


def _is_grouped(values: set[Decimal]) -> bool:
    thousand = 1000
    return any(value >= thousand for value in values)


def _values(written: str, language: str) -> Iterator[Decimal]:
    for pattern in _ways(language):
        found = pattern.fullmatch(written)
        if found:
            yield Decimal(re.sub(r"\D", "", found[1]) + "." + (found[2] or "0"))


@cache
def _ways(language: str) -> list[re.Pattern[str]]:
    """How numbers are written in a language; Arabic is written in both ways."""
    if _base(language) == "ar":
        signs = [(".", ","), (",", ".")]
    else:
        signs = [(cldr.get_decimal_symbol(language), cldr.get_group_symbol(language))]
    return [
        re.compile(rf"(\d+|\d{{1,3}}(?:[{re.escape(group)}٬]\d{{3}})+)(?:[{re.escape(decimal)}٫](\d+))?")
        for decimal, group in signs
    ]


def _base(language: str) -> str:
    return language.split("_", maxsplit=1)[0]


def _scale(after: str, base: str) -> re.Match[str] | None:
    scales = _scales(base)
    return scales.match(after) if scales else None


@cache
def _scales(base: str) -> re.Pattern[str] | None:
    return re.compile(rf"[\s-]?({_any_of(_SCALES[base])})s?\b") if base in _SCALES else None


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


def _untouched(number: Number, source: str, target: str) -> bool:
    return is_kept(source, target, number.start, number.start + len(number.digits))


def _unmatched(
    wanted: Sequence[Number], others: Sequence[Number], untouched: set[str], other_text: str, language: str
) -> list[str]:
    """The numbers, as they are written, that the other side does not tell in any way."""
    parts = {part for number in others for part in number.parts}
    found = []
    for number in wanted:
        if number.optional or number.digits in untouched or any(_same(number, other) for other in others):
            continue
        if not number.quantity and all(part < SMALL or part in parts for part in number.parts):
            continue
        if not any(_in_words(value, _written(other_text, _base(language))) for value in number.values):
            found.append(number.written)
    return list(dict.fromkeys(found))


def _same(one: Number, other: Number) -> bool:
    if one.power and other.power:
        mine = {value.scaleb(one.power) for value in one.values}
        return any(value.scaleb(other.power) in mine for value in other.values)
    full = {value.scaleb(one.power) for value in one.values} & {value.scaleb(other.power) for value in other.values}
    return bool(full or one.values & other.values)


def _in_words(value: Decimal, words: set[int]) -> bool:
    """Whether words such as these can say the number: "half a million" is 500,000, "vingt-cinq" is 25."""
    hundred, thousand = 100, 1000
    if value < hundred:
        return value in words or (value == int(value) and int(value) // 10 * 10 in words)
    if value < thousand:
        return hundred in words
    return any(word >= thousand and value % (word // 10) == 0 for word in words)


def _written(text: str, base: str) -> set[int]:
    pattern = _words(base)
    return {_WRITTEN[base][found[1]] for found in pattern.finditer(text.lower())} if pattern else set()


@cache
def _words(base: str) -> re.Pattern[str] | None:
    """Words of numbers that stand alone: not "per cent", not the "million" of "3 million"."""
    if base not in _WRITTEN:
        return None
    prefix = "[وبلف]?(?:ال)?" if base == "ar" else ""
    return re.compile(rf"(?<!\d\s)(?<!pour )(?<!por )\b{prefix}({_any_of(_WRITTEN[base])})(?:s|th|aine)?\b")
