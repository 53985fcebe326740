"""Words of discussions and announcements, and what may stand in a text that people write. Pure."""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

LONGEST_TITLE = 150
LONGEST_POST = 10_000
LONGEST_REASON = 1_000
MOST_MENTIONS = 20
THREADS_ON_A_PAGE = 50
POSTS_ON_A_PAGE = 50
ANNOUNCEMENTS_ON_A_PAGE = 20
MORNING, NOON = time(7), time(12)
"""On the recipient's clock: when the letter of the day is asked for, and until when who was not reached still is."""
OTHER_LANGUAGES = ("am", "bn", "fa", "hi", "id", "pt", "ru", "so", "sw", "tr", "ur", "vi", "zh")
"""Besides the platform's: what people in the field write in."""

_LINE_ENDS = {"\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n\n"}
_KEPT = {"\n", "\t", "\u200c", "\u200d", "\u200e", "\u200f", "\u061c"}
"""Invisible and part of writing: ends of lines, joiners, and the marks that only say a direction."""
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}


class Audience(StrEnum):
    """Whom an announcement is for."""

    ALL = "all"
    NOT_STARTED = "not-started"
    """Who has not done anything yet."""
    BEHIND = "behind"
    """Who has not done everything of a module."""
    TRACK = "track"
    COUNTRY = "country"


def tidy_post(text: str) -> str:
    """A text as it is kept: composed letters, one kind of line ends, nothing invisible that could turn lines around."""
    for old, new in _LINE_ENDS.items():
        text = text.replace(old, new)
    text = unicodedata.normalize("NFC", text)
    return "".join(each for each in text if each in _KEPT or unicodedata.category(each) not in _DROPPED).strip()


def tidy_title(text: str) -> str:
    """The same in one line."""
    return " ".join(tidy_post(text).split())


@dataclass(frozen=True, slots=True)
class Said:
    """What is said in one language."""

    title: str
    text: str


def best_language(texts: Collection[str], wanted: str, source: str) -> str:
    """The wanted language where a text is given in it, else the one it was written in."""
    return wanted if wanted in texts else source


def is_behind(done: Collection[str], asked: Collection[str]) -> bool:
    return any(key not in done for key in asked)


def page_count(number: int, a_page: int) -> int:
    return max(1, -(-number // a_page))


def problems_of_texts(texts: Mapping[str, Said]) -> dict[str, str]:
    """By language, what is missing of those that are begun: `title` or `text`."""
    found = {}
    for code, said in texts.items():
        if said.title and not said.text:
            found[code] = "text"
        elif said.text and not said.title:
            found[code] = "title"
    return found
