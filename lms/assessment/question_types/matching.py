"""What belongs to what: a select beside each thing on the left."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pydantic import model_validator

from lms.assessment.question_types.choices import Option
from lms.assessment.question_types.kind import (
    BaseQuestion,
    Fields,
    Key,
    Part,
    Payload,
    Places,
    QuestionKind,
    Text,
    distinct,
    no_accepted,
    no_choice_feedback,
    one_value,
    refuse_repeated,
    shuffled,
)
from lms.translation.rules import Passage, Say

FIELD = "match-{}"


class Pair(Part):
    """Two things that belong together."""

    key: Key
    left: Text
    right: Text


class Extra(Part):
    """Something that belongs to nothing."""

    key: Key
    right: Text


class Question(BaseQuestion):
    """A matching question, as an author writes it. Several things may belong to the same one."""

    kind: Literal["matching"]
    pairs: tuple[Pair, ...]
    extra: tuple[Extra, ...] = ()

    @model_validator(mode="after")
    def _pairs_can_be_told_apart(self) -> "Question":
        if len(self.pairs) < 2:  # noqa: PLR2004 - with one pair there is nothing to match
            raise ValueError("Give at least two pairs.")
        keys = [*(pair.key for pair in self.pairs), *(extra.key for extra in self.extra)]
        refuse_repeated(keys, "The key “{}” stands there twice.")
        refuse_repeated((pair.left.strip() for pair in self.pairs), "Two pairs have the same left side: “{}”.")
        refuse_repeated((extra.right.strip() for extra in self.extra), "“{}” stands there twice under “extra”.")
        matched = {pair.right for pair in self.pairs}
        for extra in self.extra:
            if extra.right in matched:
                raise ValueError(f"“{extra.right}” stands under “extra” but belongs to a pair.")
        if len(matched) + len(self.extra) < 2:  # noqa: PLR2004 - one option for all is no question
            raise ValueError("All pairs have the same right side: nothing can be matched wrongly.")
        return self


@dataclass(frozen=True, slots=True)
class Row:
    """Something to find the match for, and the name of its field."""

    field: str
    text: Passage


@dataclass(frozen=True, slots=True)
class ShownMatching:
    """A matching question as a page shows it: every row offers all options."""

    prompt: Passage
    rows: tuple[Row, ...]
    options: tuple[Option, ...]


def _options(question: Question) -> dict[str, str]:
    """Key and text of each right side, each text once: people cannot choose between two that read the same."""
    by_text: dict[str, str] = {}
    for pair in question.pairs:
        by_text.setdefault(pair.right, pair.key)
    by_text |= {extra.right: extra.key for extra in question.extra}
    return {key: text for text, key in by_text.items()}


def _matches(question: Question) -> dict[str, str]:
    """The key of the option that belongs to each pair."""
    key_of = {text: key for key, text in _options(question).items()}
    return {pair.key: key_of[pair.right] for pair in question.pairs}


def _option_places(question: Question, seed: str) -> Places:
    return Places(shuffled(seed, question.key, _options(question)))


def _row_places(question: Question, seed: str) -> Places:
    return Places(shuffled(seed, f"{question.key} left", (pair.key for pair in question.pairs)))


def texts(question: Question) -> list[str]:
    """The prompt, the pairs, the extra ones, what is said about it."""
    sides = (side for pair in question.pairs for side in (pair.left, pair.right))
    return distinct([question.prompt, *sides, *(extra.right for extra in question.extra), question.feedback])


def shown(question: Question, seed: str, say: Say) -> ShownMatching:
    """Rows and options, each in an order of their own."""
    left = {pair.key: pair.left for pair in question.pairs}
    rows, options, right = _row_places(question, seed), _option_places(question, seed), _options(question)
    return ShownMatching(
        prompt=say(question.prompt),
        rows=tuple(Row(FIELD.format(rows.value(key)), say(left[key])) for key in rows.keys),
        options=tuple(Option(options.value(key), say(right[key])) for key in options.keys),
    )


def read_answer(question: Question, seed: str, fields: Fields) -> Payload | None:
    """The option for each row that has one; None when none has."""
    rows, options = _row_places(question, seed), _option_places(question, seed)
    sent = {pair.key: one_value(fields, FIELD.format(rows.value(pair.key))) for pair in question.pairs}
    matches = {key: options.key(value) for key, value in sent.items() if value}
    return {"matches": matches} if matches else None


def filled(question: Question, seed: str, payload: Payload) -> dict[str, list[str]]:
    """The number of the option in each row."""
    rows, options = _row_places(question, seed), _option_places(question, seed)
    return {FIELD.format(rows.value(key)): [options.value(option)] for key, option in payload["matches"].items()}


def grade(question: Question, payload: Payload | None, _accepted: Sequence[str]) -> Fraction:
    """The share of rows that have their match."""
    if payload is None:
        return Fraction(0)
    right = _matches(question)
    return Fraction(sum(payload["matches"].get(key) == option for key, option in right.items()), len(right))


def right_answer(question: Question) -> Payload:
    """Every row with its match."""
    return {"matches": _matches(question)}


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
