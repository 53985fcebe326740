"""What changed between two versions of a text, in words a reader can follow."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Indel


class Kind(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    kind: Kind
    text: str


_SIGNS = r"!\"#$%&()*+,./:;<=>?@\[\\\]^_`{|}~¡¿«»“”„،؛؟…"
_TOKEN = re.compile(rf"\s+|[{_SIGNS}]|[^\s{_SIGNS}]+")
ISLAND = 3
"""A stretch between two changes with no more letters than this says nothing by itself."""


def word_diff(old: str, new: str) -> list[Piece]:
    """The pieces in reading order: same and added give `new`, same and removed give `old`."""
    pieces: list[Piece] = []
    removed = added = ""
    for is_same, before, after in _stretches(_TOKEN.findall(old), _TOKEN.findall(new)):
        if is_same:
            pieces += _changed(removed, added)
            pieces.append(Piece(Kind.SAME, before))
            removed = added = ""
        else:
            removed, added = removed + before, added + after
    return pieces + _changed(removed, added)


def _changed(removed: str, added: str) -> list[Piece]:
    pieces = [Piece(Kind.REMOVED, removed), Piece(Kind.ADDED, added)]
    return [piece for piece in pieces if piece.text]


def _stretches(old: list[str], new: list[str]) -> Iterator[tuple[bool, str, str]]:
    """Stretches of both texts side by side; a small one between two changes counts as changed."""
    codes = Indel.opcodes(old, new)
    for number, code in enumerate(codes):
        before, after = "".join(old[code.src_start : code.src_end]), "".join(new[code.dest_start : code.dest_end])
        inner = 0 < number < len(codes) - 1
        small = sum(letter.isalnum() for letter in before) <= ISLAND
        yield code.tag == "equal" and not (inner and small), before, after
