"""A statement that is true or false."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from lms.assessment.question_types.kind import (
    BaseQuestion,
    Fields,
    Payload,
    Problem,
    QuestionKind,
    UnreadableAnswer,
    distinct,
    no_accepted,
    no_choice_feedback,
    one_value,
)
from lms.translation.rules import Passage, Say

FIELD = "answer"
_SENT = {"true": True, "false": False}


class Question(BaseQuestion):
    """True or false, as an author writes it."""

    kind: Literal["true-false"]
    answer: Annotated[bool, Field(strict=True)]


@dataclass(frozen=True, slots=True)
class ShownStatement:
    """The statement; the page has its own words for true and false."""

    prompt: Passage


def texts(question: Question) -> list[str]:
    """The statement and what is said about it."""
    return distinct([question.prompt, question.feedback])


def shown(question: Question, _seed: str, say: Say) -> ShownStatement:
    """True stands first, always."""
    return ShownStatement(prompt=say(question.prompt))


def read_answer(_question: Question, _seed: str, fields: Fields) -> Payload | None:
    """What was chosen, or None."""
    value = one_value(fields, FIELD)
    if not value:
        return None
    if value not in _SENT:
        raise UnreadableAnswer(Problem.NOT_OFFERED)
    return {"answer": _SENT[value]}


def filled(_question: Question, _seed: str, payload: Payload) -> dict[str, list[str]]:
    """The chosen one."""
    return {FIELD: ["true" if payload["answer"] else "false"]}


def grade(question: Question, payload: Payload | None, _accepted: Sequence[str]) -> Fraction:
    """All or nothing."""
    return Fraction(payload is not None and payload["answer"] is question.answer)


def right_answer(question: Question) -> Payload:
    """The truth."""
    return {"answer": question.answer}


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
