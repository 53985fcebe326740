"""What a check can find, and what it says about it to the translator."""

from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """What is looked at; the order in which findings are told."""

    BLANK = "blank"
    TOO_LONG = "too_long"
    HIDDEN_SIGNS = "hidden_signs"
    MARKUP = "markup"
    HTML = "html"
    LINKS = "links"
    PLACEHOLDERS = "placeholders"
    UNTRANSLATED = "untranslated"
    NUMBERS = "numbers"
    TERMS = "terms"
    FORBIDDEN_TERMS = "forbidden_terms"
    END_PUNCTUATION = "end_punctuation"
    QUESTION_MARKS = "question_marks"
    """The opening ¿ and ¡ of Spanish."""
    SIGNS = "signs"
    """Latin signs in Arabic text; spaces before signs in French."""
    QUOTES = "quotes"
    BRACKETS = "brackets"
    DIRECTION_MARKS = "direction_marks"
    SPACING = "spacing"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Check
    sentence: str
    """In the language of the moment."""
    blocking: bool = False
    """The translation cannot be kept like this; else a person may know better."""


def listed(things: list[str]) -> str:
    """Several quoted things in one sentence, in a way that every language reads."""
    return " · ".join(things)
