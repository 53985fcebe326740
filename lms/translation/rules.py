"""What a piece of translatable text is to a reader, where it stands, and how segments keep their identity over edits.

Pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from hashlib import sha256

from lms.kernel.text import fold


class TranslationState(StrEnum):
    """Where one text of a translator stands. A segment has at most one that is worked on and one that is approved."""

    DRAFT = "draft"
    IN_REVIEW = "in-review"
    APPROVED = "approved"
    RETIRED = "retired"
    """Has been replaced by a later text; kept, so that it can be restored."""


WORKING = (TranslationState.DRAFT, TranslationState.IN_REVIEW)


class Standing(StrEnum):
    """Where a segment stands in a language, as a translator sees it."""

    UNTRANSLATED = "untranslated"
    DRAFT = "draft"
    IN_REVIEW = "in-review"
    SOURCE_CHANGED = "source-changed"
    """What is approved, or worked on, translates what the source said earlier."""
    APPROVED = "approved"


LONGEST_MEMORY_WORD = 40
SHORT_TEXT = 30
"""Letters up to which a text has so few words that an edit may change them all: it is found by its pieces too."""
PIECE = 3


def memory_form(text: str) -> str:
    """The text as likeness is measured on it: capitals and spacing do not count, marks and signs do."""
    return " ".join(text.casefold().split())


def memory_seal(text: str) -> str:
    """The same for the same text to the letter, and for no other."""
    return f"={sha256(text.encode()).hexdigest()[:32]}"


def is_piece(word: str) -> bool:
    return word.startswith("~")


def memory_words(text: str) -> set[str]:
    """By what a text is found again: its words, folded; its seal; and, of a short one, every three letters in a row."""
    folded = fold(text)
    words = {word[:LONGEST_MEMORY_WORD] for word in folded.split() if len(word) > 1}
    if len(folded) <= SHORT_TEXT:
        padded = f" {folded} "
        words |= {f"~{padded[at : at + PIECE]}" for at in range(len(padded) - PIECE + 1)}
    return words | {memory_seal(text)}


@dataclass(frozen=True, slots=True)
class Passage:
    """A text as one reader sees it, with the language it really is in.

    `stale`: the source has changed since this translation was approved; it is still shown, with a notice.
    """

    text: str
    lang: str
    dir: str
    stale: bool = False


Say = Callable[[str], Passage]
"""Gives a source text of one document in the reader's language, or as it is where it has no translation."""


LIKE_ENOUGH = 0.6
"""Share of matching characters from which an edited text counts as the same segment."""


def carry_identities(old: Sequence[str], new: Sequence[str]) -> list[int | None]:
    """For each new text, the index of the old text it continues, or None when it is new.

    Both are the distinct texts of one document in order. The same text is the same segment wherever it moved; what is
    left is paired by likeness, the most alike first, one to one.
    """
    place = {text: index for index, text in enumerate(old)}
    found: list[int | None] = [place.get(text) for text in new]
    left_old = [index for index in range(len(old)) if index not in set(found)]
    pairs = []
    for new_index, index in enumerate(found):
        if index is not None:
            continue
        for old_index in left_old:
            score = likeness(old[old_index], new[new_index])
            if score >= LIKE_ENOUGH:
                pairs.append((-score, abs(old_index - new_index), new_index, old_index))
    taken: set[int] = set()
    for _, _, new_index, old_index in sorted(pairs):
        if found[new_index] is None and old_index not in taken:
            found[new_index] = old_index
            taken.add(old_index)
    return found


def likeness(one: str, other: str) -> float:
    """Share of matching characters of two texts, 0 to 1 (Ratcliff and Obershelp), cheap bounds first."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < LIKE_ENOUGH or matcher.quick_ratio() < LIKE_ENOUGH:
        return 0.0
    return matcher.ratio()
