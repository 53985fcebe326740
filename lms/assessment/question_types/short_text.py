"""A word or a few, compared after folding away what does not matter: case, accents, vowel signs, punctuation."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pydantic import field_validator

from lms.assessment.question_types.kind import (
    BaseQuestion,
    Fields,
    Payload,
    Problem,
    QuestionKind,
    Text,
    UnreadableAnswer,
    distinct,
    no_choice_feedback,
    one_value,
)
from lms.kernel.text import fold
from lms.translation.rules import Passage, Say

FIELD = "answer"
LONGEST = 300


class Question(BaseQuestion):
    """A short text to give, as an author writes it."""

    kind: Literal["short-text"]
    accepted: tuple[Text, ...]

    @field_validator("accepted")
    @classmethod
    def _can_be_typed(cls, answers: tuple[str, ...]) -> tuple[str, ...]:
        if not answers:
            raise ValueError("Give at least one accepted answer.")
        for answer in answers:
            if not fold(answer):
                raise ValueError(f"The accepted answer “{answer}” has neither letters nor digits.")
            if len(answer.strip()) > LONGEST:
                raise ValueError(f"An accepted answer has at most {LONGEST} characters.")
        return answers


@dataclass(frozen=True, slots=True)
class ShownText:
    """The question; the answer is typed."""

    prompt: Passage


def texts(question: Question) -> list[str]:
    """The prompt, what is said about it, the accepted answers."""
    return distinct([question.prompt, question.feedback, *question.accepted])


def shown(question: Question, _seed: str, say: Say) -> ShownText:
    """One field to type into."""
    return ShownText(prompt=say(question.prompt))


def read_answer(_question: Question, _seed: str, fields: Fields) -> Payload | None:
    """What was typed, or None."""
    typed = one_value(fields, FIELD)
    if len(typed) > LONGEST:
        raise UnreadableAnswer(Problem.TOO_LONG)
    return {"text": typed} if typed else None


def filled(_question: Question, _seed: str, payload: Payload) -> dict[str, list[str]]:
    """What was typed."""
    return {FIELD: [payload["text"]]}


def grade(question: Question, payload: Payload | None, accepted: Sequence[str]) -> Fraction:
    """Right when it means the same as an accepted answer, of the source or of a translation."""
    if payload is None:
        return Fraction(0)
    given = fold(payload["text"])
    return Fraction(bool(given) and any(given == fold(answer) for answer in (*question.accepted, *accepted)))


def right_answer(question: Question) -> Payload:
    """The first accepted answer."""
    return {"text": question.accepted[0]}


def accepted(question: Question) -> list[str]:
    """The accepted answers, for their translations."""
    return list(question.accepted)


KIND = QuestionKind(
    Question=Question,
    texts=texts,
    shown=shown,
    read_answer=read_answer,
    filled=filled,
    grade=grade,
    right_answer=right_answer,
    accepted=accepted,
    choice_feedback=no_choice_feedback,
)
