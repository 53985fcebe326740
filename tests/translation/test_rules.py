"""Identities carried over edits."""

from hypothesis import given
from hypothesis import strategies as st

from lms.translation.rules import carry_identities

TEXTS = st.lists(st.text(min_size=1, max_size=30), unique=True, max_size=8)
LESSON = [
    "Nobody plans to fall ill in the month the harvest fails.",
    "Sickness, birth and old age reach nearly every household.",
    "A floor is a set of basic guarantees over the life course.",
]


def test_same_text_is_same_segment_wherever_it_moved() -> None:
    assert carry_identities(LESSON, [LESSON[2], "Something quite different stands here now.", LESSON[0]]) == [
        2,
        None,
        0,
    ]


def test_an_edited_text_keeps_its_identity() -> None:
    edited = LESSON[1].replace("reach nearly", "touch almost")
    assert carry_identities(LESSON, [LESSON[0], edited, LESSON[2]]) == [0, 1, 2]


def test_two_candidates_take_the_most_alike() -> None:
    old = ["Pay on the first Monday of the month."]
    assert carry_identities(old, ["Pay on a Monday of any month.", "Pay on the first Tuesday of the month."]) == [
        None,
        0,
    ]


@given(TEXTS, TEXTS)
def test_one_to_one_and_exact_first(old: list[str], new: list[str]) -> None:
    found = carry_identities(old, new)
    taken = [index for index in found if index is not None]
    assert len(taken) == len(set(taken))
    for text, index in zip(new, found, strict=True):
        if text in old:
            assert index == old.index(text)
