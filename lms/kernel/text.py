"""Comparing what people type: folding of letters and reading of numbers. Knows no question, no course, no search."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

# Arabic letters that people type one for another: hamza carriers, alef maqsura, ta marbuta, Persian kaf and ya.
_ARABIC_FORMS = str.maketrans(dict(zip("أإآٱىیئؤةک", "ااااييي" + "وهك", strict=True)))
_DROPPED = re.compile(r"[\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_NOT_WORD = re.compile(r"[^\w]+|_+")
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
    """The number a person typed, or None.

    Accepts Western and Arabic-Indic digits, a point, a comma or the Arabic separator as decimal mark, and spaces or
    commas as thousands marks when there are several of them or a decimal point besides.
    """
    text = _SPACES.sub("", unicodedata.normalize("NFKC", text.strip())).replace("−", "-")
    text = _DROPPED.sub("", text).replace("٫", ".").replace("٬", "")
    text = "".join(_plain(letter) for letter in text).removesuffix("%").removesuffix("٪")
    if "," in text:
        text = text.replace(",", "") if "." in text or text.count(",") > 1 else text.replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", text) or len(text) > LONGEST_NUMBER:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
