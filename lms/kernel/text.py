"""Comparing what people type: folding of letters and reading of numbers. Knows no question, no course, no search."""

import re
import unicodedata
from decimal import Decimal

# Arabic letters that people type one for another: hamza carriers, alef maqsura, ta marbuta, Persian kaf and ya.
_ARABIC_FORMS = str.maketrans(dict(zip("أإآٱىیئؤةک", "ااااييي" + "وهك", strict=True)))
_DROPPED = re.compile(r"[\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_NOT_WORD = re.compile(r"[\W_]+")
LONGEST_NUMBER = 40
_SPACES = re.compile(r"[\s\u00a0\u202f]+")


def fold(text: str) -> str:
    """The text with everything removed that two people may type differently and mean the same.

    Case, accents, Arabic vowel signs and tatweel, hamza forms, digits of other scripts, punctuation and spacing.
    """
    text = unicodedata.normalize("NFKC", text)
    text = _DROPPED.sub("", text).translate(_ARABIC_FORMS)
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(_plain(letter) for letter in text if not unicodedata.combining(letter))
    return _NOT_WORD.sub(" ", text).strip()


def _plain(letter: str) -> str:
    return (
        str(unicodedata.digit(letter)) if letter.isdigit() and unicodedata.digit(letter, None) is not None else letter
    )


def parse_number(text: str) -> Decimal | None:
    """The number a person typed, or None: the likeliest of `number_readings`."""
    readings = number_readings(text)
    return readings[0] if readings else None


def number_readings(text: str) -> list[Decimal]:
    """What a typed number may mean, the likeliest first; empty when it is no number.

    Western and Arabic-Indic digits; point, comma or Arabic separator as decimal mark; spaces, or commas when there are
    several or a point besides, as thousands marks. One comma or point before exactly three digits can mean either
    ("2,000" is two thousand to one reader and two to another), so both readings are given.
    """
    text = _SPACES.sub("", unicodedata.normalize("NFKC", text.strip())).replace("−", "-")
    text = _DROPPED.sub("", text).replace("٫", ".").replace("٬", "")
    text = "".join(_plain(letter) for letter in text).removesuffix("%").removesuffix("٪")
    either = re.fullmatch(r"([+-]?[1-9]\d{0,2})([.,])(\d{3})", text)
    if either:
        whole, mark, rest = either.groups()
        readings = [Decimal(f"{whole}.{rest}"), Decimal(whole + rest)]
        return readings if mark == "." else readings[::-1]
    if "," in text:
        text = text.replace(",", "") if "." in text or text.count(",") > 1 else text.replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", text) or len(text) > LONGEST_NUMBER:
        return []
    return [Decimal(text)]
