"""Where marks stand: the pieces of a text are the text, and their marks are those its readers see."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.catalog.source.inline import marks
from lms.catalog.source.spans import pieces

SIGNS = [
    "*",
    "**",
    "***",
    "_",
    "__",
    "`",
    "``",
    "[",
    "](",
    "](https://a.org)",
    ")",
    "<https://a.org>",
    "\\",
    "!",
    "&amp;",
]
WRITTEN = st.lists(st.sampled_from([*SIGNS, "a", "word", "ب", "كلمة", " ", "\n", ".", '"', "…"]), max_size=16).map(
    "".join
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a *b* c", ["*", "*"]),
        ("**b** `c`", ["**", "**", "`", "`"]),
        ("[the *term*](term:a)", ["[", "*", "*", "](term:a)"]),
        ('[x](https://a.org "t")', ["[", '](https://a.org "t")']),
        ("``a`b`` and <https://a.org>", ["``", "``", "<https://a.org>"]),
        ("***both***", ["*", "**", "**", "*"]),
        (r"\*not\* 2 * 3 `", []),
    ],
)
def test_finds_marks_as_they_are_written(text: str, found: list[str]) -> None:
    assert [piece.said for piece in pieces(text) if piece.mark] == found


@given(WRITTEN)
def test_pieces_are_the_text_and_its_marks(text: str) -> None:
    found = pieces(text)
    assert "".join(piece.said for piece in found) == text
    assert all(piece.said for piece in found)
    counted = Counter(piece.kind for piece in found if piece.part in ("open", "whole"))
    expected = marks(text)
    links = sum(count for name, count in expected.items() if name.startswith("link "))
    assert counted == Counter({name: expected[name] for name in ("em", "strong", "code_inline")} | {"link": links})


@given(WRITTEN)
def test_marks_are_nested_and_closed(text: str) -> None:
    opened: list[int] = []
    for piece in pieces(text):
        if piece.part == "open":
            opened.append(piece.mark)
        elif piece.part == "close":
            assert opened.pop() == piece.mark
    assert opened == []
