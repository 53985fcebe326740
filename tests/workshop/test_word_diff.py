"""What changed between two versions of a text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.workshop.checks import Kind, word_diff
from lms.workshop.checks.word_diff import ISLAND


def _shown(old: str, new: str) -> str:
    signs = {Kind.SAME: "{}", Kind.REMOVED: "[-{}-]", Kind.ADDED: "[+{}+]"}
    return "".join(signs[piece.kind].format(piece.text) for piece in word_diff(old, new))


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("", "", ""),
        ("The same.", "The same.", "The same."),
        ("", "All new.", "[+All new.+]"),
        ("All gone.", "", "[-All gone.-]"),
        ("Pay on Monday.", "Pay on Tuesday.", "Pay on [-Monday-][+Tuesday+]."),
        ("Pay on Monday in May.", "Pay on Tuesday in June.", "Pay on [-Monday in May-][+Tuesday in June+]."),
        ("A small shock", "A small sharp shock", "A small [+sharp +]shock"),
        ("A small sharp shock", "A small shock", "A small [-sharp -]shock"),
        ("52.3 per cent", "52.4 per cent", "52.[-3-][+4+] per cent"),
        ("One household, or all.", "One household or all.", "One household[-,-] or all."),
        ("self-paced course", "self-tested course", "[-self-paced-][+self-tested+] course"),
        ("الصَّدمة المشتركة", "الصَّدمة الفردية", "الصَّدمة [-المشتركة-][+الفردية+]"),
        (
            "Grants reach families quickly.",
            "Loans reach villages quickly.",
            "[-Grants-][+Loans+] reach [-families-][+villages+] quickly.",
        ),
        ("See [the list](term:list).", "See [our list](term:list).", "See [[-the-][+our+] list](term:list)."),
    ],
)
def test_reads_like_this(old: str, new: str, shown: str) -> None:
    assert _shown(old, new) == shown


_TEXTS = st.text(max_size=60) | st.lists(
    st.sampled_from(["the", "a", "list", "household", "shock", " ", " ", ", ", ". ", "\\\n", "الصدمة", "*is*"]),
    max_size=25,
).map("".join)


@given(_TEXTS, _TEXTS)
def test_the_pieces_are_both_texts(old: str, new: str) -> None:
    pieces = word_diff(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != Kind.ADDED) == old
    assert "".join(piece.text for piece in pieces if piece.kind != Kind.REMOVED) == new
    assert all(piece.text for piece in pieces)


@given(_TEXTS, _TEXTS)
def test_no_confetti(old: str, new: str) -> None:
    pieces = word_diff(old, new)
    assert all(one.kind != other.kind for one, other in pairwise(pieces))
    for piece in pieces[1:-1]:
        assert piece.kind != Kind.SAME or sum(letter.isalnum() for letter in piece.text) > ISLAND
