"""Things to put in order: a select with the places beside each."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pydantic import field_validator

from lms.assessment.question_types.kind import (
    BaseQuestion,
    Fields,
    Key,
    Part,
    Payload,
    Places,
    Problem,
    QuestionKind,
    Text,
    UnreadableAnswer,
    distinct,
    no_accepted,
    no_choice_feedback,
    one_value,
    refuse_repeated,
    shuffled,
)
from lms.assessment.question_types.matching import Row
from lms.translation.rules import Passage, Say

FIELD = "place-{}"


class Item(Part):
    """One of the things to put in order."""

    key: Key
    text: Text


class Question(BaseQuestion):
    """An ordering question; the author writes the items in the right order."""

    kind: Literal["ordering"]
    items: tuple[Item, ...]

    @field_validator("items")
    @classmethod
    def _items_differ(cls, items: tuple[Item, ...]) -> tuple[Item, ...]:
        if len(items) < 2:  # noqa: PLR2004 - one item has no order
            raise ValueError("Give at least two items.")
        refuse_repeated((item.key for item in items), "Two items have the key “{}”.")
        refuse_repeated((item.text.strip() for item in items), "Two items have the same text: “{}”.")
        return items


@dataclass(frozen=True, slots=True)
class ShownOrdering:
    """The items as a page shows them, and how many places there are."""

    prompt: Passage
    rows: tuple[Row, ...]
    places: int


def _row_places(question: Question, seed: str) -> Places:
    return Places(shuffled(seed, question.key, (item.key for item in question.items)))


def texts(question: Question) -> list[str]:
    """The prompt, the items, what is said about it."""
    return distinct([question.prompt, *(item.text for item in question.items), question.feedback])


def shown(question: Question, seed: str, say: Say) -> ShownOrdering:
    """The items in the order of this attempt."""
    text_of, rows = {item.key: item.text for item in question.items}, _row_places(question, seed)
    return ShownOrdering(
        prompt=say(question.prompt),
        rows=tuple(Row(FIELD.format(rows.value(key)), say(text_of[key])) for key in rows.keys),
        places=len(question.items),
    )


def _place(value: str, last: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 4 and 1 <= int(value) <= last):  # noqa: PLR2004 - no question has a thousand items
        raise UnreadableAnswer(Problem.NOT_OFFERED)
    return int(value)


def read_answer(question: Question, seed: str, fields: Fields) -> Payload | None:
    """The place of each item that has one; None when none has. One place for two items can be saved, not earned."""
    rows = _row_places(question, seed)
    sent = {item.key: one_value(fields, FIELD.format(rows.value(item.key))) for item in question.items}
    chosen = {key: _place(value, len(question.items)) for key, value in sent.items() if value}
    return {"places": chosen} if chosen else None


def filled(question: Question, seed: str, payload: Payload) -> dict[str, list[str]]:
    """The place of each item."""
    rows = _row_places(question, seed)
    return {FIELD.format(rows.value(key)): [str(place)] for key, place in payload["places"].items()}


def grade(question: Question, payload: Payload | None, _accepted: Sequence[str]) -> Fraction:
    """The share of items in their right place."""
    if payload is None:
        return Fraction(0)
    right = right_answer(question)["places"]
    return Fraction(sum(payload["places"].get(key) == place for key, place in right.items()), len(right))


def right_answer(question: Question) -> Payload:
    """The order in which the items are written."""
    return {"places": {item.key: place for place, item in enumerate(question.items, start=1)}}


KIND = QuestionKind(
    Question=Question,
    texts=texts,
    shown=shown,
    read_answer=read_answer,
    filled=filled,
    grade=grade,
    right_answer=right_answer,
    accepted=no_accepted,
    choice_feedback=no_choice_feedback,
)
