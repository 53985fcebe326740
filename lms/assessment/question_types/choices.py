"""What single and multiple choice have in common: the choices, their order on the page, their feedback."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, field_validator

from lms.assessment.question_types.kind import (
    BaseQuestion,
    Key,
    Part,
    Places,
    Text,
    distinct,
    refuse_repeated,
    shuffled,
)
from lms.translation.rules import Passage, Say

FIELD = "choice"


class Choice(Part):
    """One of the answers offered."""

    key: Key
    text: Text
    correct: Annotated[bool, Field(strict=True)] = False
    feedback: Text | None = None


class ChoiceQuestion(BaseQuestion):
    """A question that is answered by choosing."""

    choices: tuple[Choice, ...]

    @field_validator("choices")
    @classmethod
    def _choices_differ(cls, choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
        if len(choices) < 2:  # noqa: PLR2004 - one choice is none
            raise ValueError("Give at least two choices.")
        refuse_repeated((choice.key for choice in choices), "Two choices have the key “{}”.")
        refuse_repeated((choice.text.strip() for choice in choices), "Two choices have the same text: “{}”.")
        return choices


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose on a page, and the number that is sent for it."""

    value: str
    text: Passage


@dataclass(frozen=True, slots=True)
class ShownChoices:
    """A choice question as a page shows it."""

    prompt: Passage
    options: tuple[Option, ...]


def correct_keys(question: ChoiceQuestion) -> list[str]:
    """The keys of the choices that are right."""
    return [choice.key for choice in question.choices if choice.correct]


def places(question: ChoiceQuestion, seed: str) -> Places:
    """The order of the choices in one attempt."""
    return Places(shuffled(seed, question.key, (choice.key for choice in question.choices)))


def texts(question: ChoiceQuestion) -> list[str]:
    """Prompt, choices, then what is said about each choice and about the question."""
    return distinct(
        [
            question.prompt,
            *(choice.text for choice in question.choices),
            *(choice.feedback for choice in question.choices),
            question.feedback,
        ]
    )


def shown(question: ChoiceQuestion, seed: str, say: Say) -> ShownChoices:
    """The choices in the order of this attempt."""
    text_of = {choice.key: choice.text for choice in question.choices}
    order = places(question, seed)
    return ShownChoices(
        prompt=say(question.prompt),
        options=tuple(Option(order.value(key), say(text_of[key])) for key in order.keys),
    )


def feedback_on(question: ChoiceQuestion, seed: str, chosen: Iterable[str]) -> dict[str, str]:
    """What the author says about these choices."""
    order = places(question, seed)
    said = {choice.key: choice.feedback for choice in question.choices}
    return {order.value(key): text for key in chosen if (text := said.get(key))}
