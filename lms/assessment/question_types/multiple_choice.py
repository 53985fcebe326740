"""Several right answers, each one counts."""

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
from lms.assessment.question_types.kind import (
    Fields,
    Payload,
    Problem,
    QuestionKind,
    UnreadableAnswer,
    no_accepted,
)


class Question(ChoiceQuestion):
    """Multiple choice, as an author writes it."""

    kind: Literal["multiple"]

    @model_validator(mode="after")
    def _some_are_right(self) -> "Question":
        if not correct_keys(self):
            raise ValueError("Mark at least one choice with “correct: true”.")
        return self


def read_answer(question: Question, seed: str, fields: Fields) -> Payload | None:
    """The ticked choices, in the order of the package; None when nothing is ticked."""
    values = [value for value in fields.get(FIELD, ()) if value]
    if len(values) > len(question.choices):
        raise UnreadableAnswer(Problem.NOT_OFFERED)
    order = places(question, seed)
    ticked = {order.key(value) for value in values}
    return {"choices": [choice.key for choice in question.choices if choice.key in ticked]} if ticked else None


def filled(question: Question, seed: str, payload: Payload) -> dict[str, list[str]]:
    """The numbers of the ticked choices."""
    order = places(question, seed)
    return {FIELD: [order.value(key) for key in payload["choices"]]}


def grade(question: Question, payload: Payload | None, _accepted: Sequence[str]) -> Fraction:
    """Each right tick adds, each wrong tick takes one away again, never below zero."""
    if payload is None:
        return Fraction(0)
    right, ticked = set(correct_keys(question)), set(payload["choices"])
    return max(Fraction(0), Fraction(len(ticked & right) - len(ticked - right), len(right)))


def right_answer(question: Question) -> Payload:
    """Every choice marked correct and no other."""
    return {"choices": correct_keys(question)}


def choice_feedback(question: Question, seed: str, payload: Payload | None) -> dict[str, str]:
    """What is said about the ticked choices."""
    return feedback_on(question, seed, payload["choices"] if payload else [])


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
