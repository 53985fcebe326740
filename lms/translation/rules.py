"""What a piece of translatable text is to a reader, and how segments keep their identity when a source is edited.

Pure: imports nothing of ours.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passage:
    """A text as one reader sees it, with the language it really is in.

    `stale` is true when the source has changed since this translation was approved: it is still shown, with a notice.
    """

    text: str
    lang: str
    dir: str
    stale: bool = False


Say = Callable[[str], Passage]
"""Gives a source text of one document in the reader's language, or in the source language when it has no translation."""
