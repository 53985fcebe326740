"""What the answers of a whole attempt earn. Pure and repeatable: the same answers always earn the same."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lms.assessment.question_types import KINDS
from lms.assessment.question_types.kind import BaseQuestion, Payload, QuestionKind


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of an attempt with what was answered."""

    kind: str
    question: BaseQuestion
    payload: Payload | None
    accepted: Sequence[str] = ()
    """Translations of the accepted answers, in the languages the answer may have been given in."""

    @property
    def rules(self) -> QuestionKind[Any]:
        return KINDS[self.kind]

    def share(self) -> Fraction:
        """What the answer earns of this question's points, 0 to 1."""
        return self.rules.grade(self.question, self.payload, self.accepted)


@dataclass(frozen=True, slots=True)
class Marks:
    """What an attempt earned, exactly."""

    shares: Mapping[str, Fraction]
    """For each question, 0 to 1."""
    points: Fraction
    max_points: int

    @property
    def share(self) -> Fraction:
        return self.points / self.max_points


def mark(asked: Iterable[Asked]) -> Marks:
    """The marks of all questions together."""
    asked = list(asked)
    shares = {each.question.key: each.share() for each in asked}
    points = sum((shares[each.question.key] * each.question.points for each in asked), Fraction(0))
    return Marks(shares, points, sum(each.question.points for each in asked))
