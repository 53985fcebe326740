"""One question of each kind as an author would write it, and strategies that write many."""

from typing import Any

from hypothesis import strategies as st

from lms.translation.rules import Passage

EXAMPLES: dict[str, dict[str, Any]] = {
    "single": {
        "key": "floor",
        "kind": "single",
        "prompt": "What is a social protection floor?",
        "feedback": "Floors are defined nationally.",
        "choices": [
            {
                "key": "guarantees",
                "text": "Basic guarantees",
                "correct": True,
                "feedback": "Over the life course.",
            },
            {"key": "pension", "text": "A pension for everyone", "feedback": "That is one guarantee of several."},
            {"key": "insurance", "text": "An insurance workers buy"},
        ],
    },
    "multiple": {
        "key": "shocks",
        "kind": "multiple",
        "points": 2,
        "prompt": "Which of these are covariate shocks?",
        "choices": [
            {"key": "flood", "text": "A flood", "correct": True},
            {"key": "drought", "text": "A drought", "correct": True},
            {"key": "accident", "text": "An accident at work", "feedback": "It strikes one household."},
            {"key": "birth", "text": "The birth of a child"},
        ],
    },
    "true-false": {"key": "every", "kind": "true-false", "prompt": "Everyone has a right to it.", "answer": True},
    "number": {
        "key": "share",
        "kind": "number",
        "prompt": "How large is the share?",
        "answer": 12.5,
        "tolerance": 0.5,
        "unit": "per cent",
    },
    "short-text": {
        "key": "word",
        "kind": "short-text",
        "prompt": "One word for money without conditions?",
        "accepted": ["Unconditional transfer", "cash grant"],
    },
    "matching": {
        "key": "pairs",
        "kind": "matching",
        "prompt": "What does each pay for?",
        "pairs": [
            {"key": "old-age", "left": "Pension", "right": "Contributions"},
            {"key": "sickness", "left": "Sick pay", "right": "Contributions"},
            {"key": "grant", "left": "Child grant", "right": "Taxes"},
        ],
        "extra": [{"key": "luck", "right": "Lotteries"}],
    },
    "ordering": {
        "key": "steps",
        "kind": "ordering",
        "prompt": "Put the steps in order.",
        "items": [
            {"key": "first", "text": "Assess"},
            {"key": "second", "text": "Register"},
            {"key": "third", "text": "Pay"},
        ],
    },
}

_texts = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=12)
_numbers = st.decimals(-(10**6), 10**6, places=3)


def _keyed(number: int) -> str:
    return f"k-{number}"


@st.composite
def _choices(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    texts = draw(st.lists(_texts, min_size=2, max_size=7, unique=True))
    right = draw(st.sets(st.sampled_from(range(len(texts))), min_size=1, max_size=1 if kind == "single" else None))
    choices = [{"key": _keyed(n), "text": text, "correct": n in right} for n, text in enumerate(texts)]
    return {"kind": kind, "choices": choices}


@st.composite
def _matching(draw: st.DrawFn) -> dict[str, Any]:
    left = draw(st.lists(_texts, min_size=2, max_size=5, unique=True))
    right = draw(st.lists(_texts, min_size=2, max_size=5, unique=True))
    chosen = [draw(st.sampled_from(right)) for _ in left]
    pairs = [{"key": _keyed(n), "left": a, "right": b} for n, (a, b) in enumerate(zip(left, chosen, strict=True))]
    spare = [text for text in right if text not in chosen]
    extra = [{"key": f"e-{n}", "right": text} for n, text in enumerate(spare or ["something else entirely"])]
    return {"kind": "matching", "pairs": pairs, "extra": extra}


@st.composite
def questions(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """A question of this kind with drawn contents."""
    by_kind: dict[str, st.SearchStrategy[dict[str, Any]]] = {
        "single": _choices("single"),
        "multiple": _choices("multiple"),
        "true-false": st.booleans().map(lambda answer: {"kind": "true-false", "answer": answer}),
        "number": st.tuples(_numbers, st.decimals(0, 100, places=2)).map(
            lambda n: {"kind": "number", "answer": n[0], "tolerance": n[1]}
        ),
        "short-text": st.lists(_texts, min_size=1, max_size=3).map(lambda a: {"kind": "short-text", "accepted": a}),
        "matching": _matching(),
        "ordering": st.lists(_texts, min_size=2, max_size=6, unique=True).map(
            lambda texts: {"kind": "ordering", "items": [{"key": _keyed(n), "text": t} for n, t in enumerate(texts)]}
        ),
    }
    return {"key": "drawn", "prompt": "Prompt", **draw(by_kind[kind])}


def field_values(shown: Any) -> dict[str, list[str]]:
    """Every field of a shown question with every value it offers, the empty one included."""
    if hasattr(shown, "rows"):
        values = [option.value for option in shown.options] if hasattr(shown, "options") else None
        numbers = values or [str(place) for place in range(1, shown.places + 1)]
        return {row.field: ["", *numbers] for row in shown.rows}
    if hasattr(shown, "options"):
        return {"choice": ["", *(option.value for option in shown.options)]}
    return {"answer": ["", "true", "false", "12,5", "١٢٫٥", "-3", "Cash  Grant!"]}


def in_source(text: str) -> Passage:
    """The text as it was written."""
    return Passage(text, "en", "ltr")


def in_capitals(text: str) -> Passage:
    """Stands for a translation."""
    return Passage(text.upper(), "xx", "rtl")
