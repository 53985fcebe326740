"""What every kind of question can do, and the parts that their questions are made of."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from lms.translation.rules import Say

Payload = dict[str, Any]
"""An answer as it is kept: in the keys of the package, so that it means the same in every language and every order."""

Fields = Mapping[str, Sequence[str]]
"""An answer as a page sends it: names of form fields with their values."""


class Problem(StrEnum):
    """Why an answer cannot be kept."""

    NOT_A_NUMBER = "not-a-number"
    TOO_LONG = "too-long"
    NOT_OFFERED = "not-offered"


class UnreadableAnswer(Exception):
    """What was sent is no answer to this question."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def _written_as_text(value: object) -> object:
    if value is not None and not isinstance(value, str):
        raise ValueError("This should be a text: put it in quotes.")
    return value


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("This text is empty.")
    return text


def _well_formed(key: str) -> str:
    parts = key.split("-")
    if len(key) > 80 or not all(part and part.isascii() and part.isalnum() and part == part.lower() for part in parts):  # noqa: PLR2004 - as long as the package format allows
        raise ValueError(f"A key is made of lower-case letters, digits and hyphens; “{key}” is not.")
    return key


Text = Annotated[str, BeforeValidator(_written_as_text), AfterValidator(_not_empty)]
Key = Annotated[str, BeforeValidator(_written_as_text), AfterValidator(_well_formed)]


class Part(BaseModel):
    """A piece of a question: unknown fields are refused, nothing changes after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BaseQuestion(Part):
    """What questions of every kind have."""

    key: Key
    prompt: Text
    points: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    feedback: Text | None = None


def refuse_repeated(values: Iterable[str], sentence: str) -> None:
    """Raise the sentence, with the repeated value put in for `{}`, when a value stands there twice."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ValueError(sentence.format(value))
        seen.add(value)


def distinct(texts: Iterable[str | None]) -> list[str]:
    """The texts in order, each once."""
    return list(dict.fromkeys(text for text in texts if text))


def shuffled(seed: str, question_key: str, keys: Iterable[str]) -> tuple[str, ...]:
    """The keys in the order of one attempt, which depends on its seed and the keys alone, never on the language."""
    return tuple(sorted(keys, key=lambda key: hashlib.sha256(f"{seed}\n{question_key}\n{key}".encode()).digest()))


@dataclass(frozen=True, slots=True)
class Places:
    """The numbers under which a page offers options.

    A page never carries the keys of an author: `right-one` or `step-3` would tell the answer.
    """

    keys: tuple[str, ...]

    def value(self, key: str) -> str:
        """The number that stands for this key on the page."""
        return str(self.keys.index(key) + 1)

    def key(self, value: str) -> str:
        """The key that this number stands for; refuses a number that was not offered."""
        if not (value.isascii() and value.isdigit() and len(value) < 4 and 1 <= int(value) <= len(self.keys)):  # noqa: PLR2004 - no question has a thousand options
            raise UnreadableAnswer(Problem.NOT_OFFERED)
        return self.keys[int(value) - 1]


_CONTROLS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


def one_value(fields: Fields, name: str) -> str:
    """The value of a field that has at most one; empty when it was left open."""
    values = fields.get(name, ())
    if len(values) > 1:
        raise UnreadableAnswer(Problem.NOT_OFFERED)
    return _CONTROLS.sub(" ", values[0]).strip() if values else ""


Q = TypeVar("Q", bound=BaseQuestion)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionKind(Generic[Q]):
    """One kind of question. Every function is pure; `payload` None means unanswered."""

    Question: type[Q]
    """What an author writes, checked."""
    texts: Callable[[Q], list[str]]
    """Everything to translate, in order, each once."""
    shown: Callable[[Q, str, Say], Any]
    """What the page of an attempt shows; carries nothing that tells the answer."""
    read_answer: Callable[[Q, str, Fields], Payload | None]
    """The payload of what a page sent in the attempt with this seed; raises UnreadableAnswer."""
    filled: Callable[[Q, str, Payload], dict[str, list[str]]]
    """The fields that `read_answer` reads as this payload: the page shows an earlier answer with them."""
    grade: Callable[[Q, Payload | None, Sequence[str]], Fraction]
    """The share of the points, 0 to 1; the last argument holds translations of `accepted(question)`."""
    right_answer: Callable[[Q], Payload]
    """A payload that earns all points."""
    accepted: Callable[[Q], list[str]]
    """Answers that a person would type as words, so that their translations count too."""
    choice_feedback: Callable[[Q, str, Payload | None], dict[str, str]]
    """What the author says about the chosen choices, by the number of the choice on the page."""


def no_accepted(_question: BaseQuestion) -> list[str]:
    """For kinds where nothing is typed as words."""
    return []


def no_choice_feedback(_question: BaseQuestion, _seed: str, _payload: Payload | None) -> dict[str, str]:
    """For kinds without choices."""
    return {}
