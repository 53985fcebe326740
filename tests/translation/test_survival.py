"""How many translations live on when a real lesson is edited: by our identities, by position, by the text itself.

A segment survives when what becomes of its text is still the same segment; a mistake is a segment that goes on as a
text of another meaning, and would show learners the wrong translation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from lms.catalog.source.blocks import lesson_texts
from lms.settings import ROOT
from lms.translation.rules import carry_identities

LESSONS = sorted((ROOT / "courses").glob("*/lessons/*.md"))
Identities = Callable[[Sequence[str], Sequence[str]], list[int | None]]


@dataclass(frozen=True, slots=True)
class Edited:
    """A lesson before and after, and for each new text the old one it comes from; None: it is new."""

    old: list[str]
    new: list[str]
    truth: list[int | None]


def by_position(old: Sequence[str], new: Sequence[str]) -> list[int | None]:
    return [index if index < len(old) else None for index in range(len(new))]


def by_text(old: Sequence[str], new: Sequence[str]) -> list[int | None]:
    return [old.index(text) if text in old else None for text in new]


def _texts(lesson: str) -> list[str]:
    return list(dict.fromkeys(text for text in lesson_texts(lesson) if text))


def edit(old: list[str]) -> Edited:
    """What an author does to a lesson in a good revision: every kind of change once in a while, always the same."""
    pairs: list[tuple[int | None, str]] = []
    long = [index for index, text in enumerate(old) if len(text) > 120]
    for index, text in enumerate(old):
        if index in long[1::5]:  # some words are changed
            words = text.split(" ")
            words[len(words) // 3] = "usually"
            words[-1] = "everywhere."
            pairs.append((index, " ".join(words)))
        elif index in long[2::5]:  # a sentence is added
            pairs.append((index, f"{text} Most countries have learned this the hard way."))
        elif index in long[3::5]:  # split after a sentence: the longer part is the old text, the other is new
            sentences = text.replace(". ", ".\n").split("\n")
            half = max(1, (2 * len(sentences)) // 3)
            parts = [" ".join(sentences[:half]), " ".join(sentences[half:])]
            pairs += [(index if part == max(parts, key=len) else None, part) for part in parts if part]
        elif index in long[4::10]:  # deleted
            continue
        else:
            pairs.append((index, text))
    pairs.insert(2, (None, "A paragraph about floods that nobody has translated yet, put in near the beginning."))
    moved = pairs.pop(len(pairs) - 2)
    pairs.insert(1, moved)
    seen: dict[str, int | None] = {}
    for index, text in pairs:
        seen.setdefault(text, index)
    return Edited(old, list(seen), list(seen.values()))


def score(cases: Sequence[Edited], identities: Identities) -> tuple[float, int]:
    """Share of the old texts still there that keep their identity; how many texts get another's."""
    kept = wrong = lasting = 0
    for case in cases:
        for found, true in zip(identities(case.old, case.new), case.truth, strict=True):
            lasting += true is not None
            kept += true is not None and found == true
            wrong += found is not None and found != true
    return kept / lasting, wrong


@pytest.fixture(scope="module")
def cases() -> list[Edited]:
    return [edit(_texts(path.read_text("utf-8"))) for path in LESSONS]


def test_translations_outlive_an_edit(cases: list[Edited]) -> None:
    """On 25 November 2026: ours 99.6 % kept, 0 mistaken; by position 7.2 %, 820 mistaken; by text 80.1 %."""
    assert len(cases) == 60
    assert sum(len(case.old) for case in cases) > 800
    ours, mistaken = score(cases, carry_identities)
    position, misplaced = score(cases, by_position)
    text, _none = score(cases, by_text)
    assert ours > 0.98
    assert mistaken == 0
    assert text < 0.9
    assert position < 0.3
    assert misplaced > 100


def test_an_edit_taken_back_brings_everything_back(cases: list[Edited]) -> None:
    for case in cases:
        there = carry_identities(case.old, case.new)
        back = carry_identities(case.new, case.old)
        assert [there[index] for index in back if index is not None] == [
            index for index, new in enumerate(back) if new is not None
        ]
