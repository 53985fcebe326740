"""One right answer among several."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from pydantic import model_validator

from lms.assessment.question_types.choices import (
    FIELD,
    ChoiceQuestion,
    correct_keys,
    feedback_on,
    places,
    shown,
    texts,
)
from lms.assessment.question_types.kind import Fields, Payload, QuestionKind, no_accepted, one_value


class Question(ChoiceQuestion):
    """Single choice, as an author writes it."""

    kind: Literal["single"]

    @model_validator(mode="after")
    def _one_is_right(self) -> "Question":
        if len(correct_keys(self)) != 1:
            raise ValueError("Mark exactly one choice with “correct: true”.")
        return self


def read_answer(question: Question, seed: str, fields: Fields) -> Payload | None:
    """The chosen one, or None."""
    value = one_value(fields, FIELD)
    return {"choice": places(question, seed).key(value)} if value else None


def filled(question: Question, seed: str, payload: Payload) -> dict[str, list[str]]:
    """The number of the chosen one."""
    return {FIELD: [places(question, seed).value(payload["choice"])]}


def grade(question: Question, payload: Payload | None, _accepted: Sequence[str]) -> Fraction:
    """All or nothing."""
    return Fraction(payload is not None and payload["choice"] in correct_keys(question))


def right_answer(question: Question) -> Payload:
    """The choice marked correct."""
    return {"choice": correct_keys(question)[0]}


def choice_feedback(question: Question, seed: str, payload: Payload | None) -> dict[str, str]:
    """What is said about the chosen one."""
    return feedback_on(question, seed, [payload["choice"]] if payload else [])


KIND = QuestionKind(
    Question=Question,
    texts=texts,
    shown=shown,
    read_answer=read_answer,
    filled=filled,
    grade=grade,
    right_answer=right_answer,
    accepted=no_accepted,
    choice_feedback=choice_feedback,
)
