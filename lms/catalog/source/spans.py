"""Where in a segment its marks stand, to the letter: for tools in which a translator must not break them.

The Markdown parser says what a mark is, not where; so its rules are watched while they find one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, autolink, backtick, emphasis, link

from lms.catalog.source.inline import inline_parser


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a segment. All of them joined are the segment."""

    said: str
    part: str
    """text, open, close, or whole: a mark with nothing to translate inside."""
    kind: str = ""
    """em, strong, code_inline or link."""
    mark: int = 0
    """Which mark of the segment it belongs to, counted from 1; 0 for text."""


def pieces(text: str) -> list[Piece]:
    """The segment taken apart into its marks and what stands between them."""
    found: list[Piece] = []
    reached = 0
    for start, end, part, kind, mark in _marks(text):
        if start > reached:
            found.append(Piece(text[reached:start], "text"))
        found.append(Piece(text[start:end], part, kind, mark))
        reached = end
    return [*found, Piece(text[reached:], "text")] if reached < len(text) else found


def _marks(text: str) -> Iterator[tuple[int, int, str, str, int]]:
    """Start, end, part, kind and number of each half of a mark, in order."""
    opened: list[int] = []
    count = 0
    for token in [child for each in _WATCHED.parseInline(text, {}) for child in each.children or []]:
        if token.type == "text" or "at" not in token.meta:
            continue
        start, end = token.meta["at"]
        kind = token.type.removesuffix("_open").removesuffix("_close")
        if token.nesting >= 0:
            count += 1
        if token.type == "code_inline":
            yield start, start + len(token.markup), "open", kind, count
            yield end - len(token.markup), end, "close", kind, count
        elif token.markup == "autolink":
            yield start, end, "whole", kind, count
        elif token.nesting > 0:
            opened.append(count)
            # Of the two signs that open a strong the parser keeps the inner one, of those that close it the same.
            yield start - (kind == "strong"), end, "open", kind, count
        else:
            yield start, end + (kind == "strong"), "close", kind, opened.pop()


def _watched_emphasis(state: StateInline, silent: bool) -> bool:
    start = state.pos
    if not emphasis.tokenize(state, silent):
        return False
    for place in range(start, state.pos):
        state.tokens[place - state.pos].meta = {"at": (place, place + 1)}
    return True


def _watched_code(state: StateInline, silent: bool) -> bool:
    start, before = state.pos, len(state.tokens)
    if not backtick(state, silent):
        return False
    if len(state.tokens) > before and state.tokens[-1].type == "code_inline":
        state.tokens[-1].meta = {"at": (start, state.pos)}
    return True


def _watched_link(state: StateInline, silent: bool) -> bool:
    start, before = state.pos, len(state.tokens)
    if not link(state, silent):
        return False
    if not silent:
        label_end = state.md.helpers.parseLinkLabel(state, start, True)
        opening = next(token for token in state.tokens[before:] if token.type == "link_open")
        opening.meta = {"at": (start, start + 1)}
        state.tokens[-1].meta = {"at": (label_end, state.pos)}
    return True


def _watched_address(state: StateInline, silent: bool) -> bool:
    start, before = state.pos, len(state.tokens)
    if not autolink(state, silent):
        return False
    if not silent:
        opening = next(token for token in state.tokens[before:] if token.type == "link_open")
        opening.meta = {"at": (start, state.pos)}
    return True


def _watched() -> MarkdownIt:
    parser = inline_parser()
    for name, rule in (
        ("emphasis", _watched_emphasis),
        ("backticks", _watched_code),
        ("link", _watched_link),
        ("autolink", _watched_address),
    ):
        parser.inline.ruler.at(name, rule)
    return parser


_WATCHED = _watched()
