"""A number, as people write it: decimal point or comma, Western or Arabic-Indic digits."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, field_validator

from lms.assessment.question_types.kind import (
    BaseQuestion,
    Fields,
    Payload,
    Problem,
    QuestionKind,
    Text,
    UnreadableAnswer,
    distinct,
    no_accepted,
    no_choice_feedback,
    one_value,
)
from lms.kernel.text import number_readings, parse_number
from lms.translation.rules import Passage, Say

FIELD = "answer"
LONGEST = 40


def _written_as_number(value: object) -> Decimal:
    number = None
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = Decimal(str(float(value))) if isinstance(value, float) else Decimal(int(value))
    elif isinstance(value, str):
        number = parse_number(value)
    if number is None or not number.is_finite():
        raise ValueError("This should be a number, such as 12.5.")
    return number


Number = Annotated[Decimal, BeforeValidator(_written_as_number)]


class Question(BaseQuestion):
    """A number to give, as an author writes it."""

    kind: Literal["number"]
    answer: Number
    tolerance: Number = Decimal(0)
    unit: Text | None = None

    @field_validator("tolerance")
    @classmethod
    def _not_negative(cls, tolerance: Decimal) -> Decimal:
        if tolerance < 0:
            raise ValueError("The tolerance is how far off an answer may be: zero or more.")
        return tolerance


@dataclass(frozen=True, slots=True)
class ShownNumber:
    """The question and the unit that stands beside the field."""

    prompt: Passage
    unit: Passage | None


def texts(question: Question) -> list[str]:
    """The prompt, the unit, what is said about it."""
    return distinct([question.prompt, question.unit, question.feedback])


def shown(question: Question, _seed: str, say: Say) -> ShownNumber:
    """One field to type into."""
    return ShownNumber(prompt=say(question.prompt), unit=say(question.unit) if question.unit else None)


def read_answer(_question: Question, _seed: str, fields: Fields) -> Payload | None:
    """The number and how it was typed; None when the field was left empty."""
    typed = one_value(fields, FIELD)
    if not typed:
        return None
    if len(typed) > LONGEST:
        raise UnreadableAnswer(Problem.TOO_LONG)
    number = parse_number(typed)
    if number is None:
        raise UnreadableAnswer(Problem.NOT_A_NUMBER)
    return {"number": str(number), "typed": typed}


def filled(_question: Question, _seed: str, payload: Payload) -> dict[str, list[str]]:
    """What was typed."""
    return {FIELD: [payload["typed"]]}


def grade(question: Question, payload: Payload | None, _accepted: Sequence[str]) -> Fraction:
    """Right when it is no further off than the tolerance, in any way it can be read; exact, so no digit is lost."""
    readings = number_readings(payload["typed"]) if payload else []
    answer, tolerance = Fraction(question.answer), Fraction(question.tolerance)
    return Fraction(any(abs(Fraction(number) - answer) <= tolerance for number in readings))


def right_answer(question: Question) -> Payload:
    """The exact number."""
    number = f"{question.answer:f}"
    return {"number": number, "typed": number}


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
