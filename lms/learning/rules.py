"""When a course is completed. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum


class CompletionKind(StrEnum):
    COMPLETION = "completion"
    PARTICIPATION = "participation"


@dataclass(frozen=True, slots=True)
class Standing:
    """What one requirement of a certificate asks for, and how much of it is there."""

    lessons_needed: int
    lessons_done: int
    quizzes_missing: tuple[str, ...]
    quizzes_passed: tuple[str, ...]
    assignments_missing: tuple[str, ...]
    assignments_passed: tuple[str, ...]
    minutes_needed: int
    """Of live sessions."""
    minutes_attended: int
    evaluation_needed: bool
    evaluation_done: bool

    @property
    def met(self) -> bool:
        return (
            self.lessons_done >= self.lessons_needed
            and not self.quizzes_missing
            and not self.assignments_missing
            and self.minutes_attended >= self.minutes_needed
            and (self.evaluation_done or not self.evaluation_needed)
        )


def weigh(
    *,
    lessons: Collection[str],
    lessons_needed: int,
    quizzes: Sequence[str],
    assignments: Sequence[str],
    minutes_needed: int,
    evaluations: Collection[str],
    evaluation_needed: bool,
    done: Collection[str],
    minutes: int,
) -> Standing:
    """Hold what is done (keys of completed activities) and the minutes attended against one requirement."""
    return Standing(
        lessons_needed=lessons_needed,
        lessons_done=min(lessons_needed, sum(key in done for key in lessons)),
        quizzes_missing=tuple(key for key in quizzes if key not in done),
        quizzes_passed=tuple(key for key in quizzes if key in done),
        assignments_missing=tuple(key for key in assignments if key not in done),
        assignments_passed=tuple(key for key in assignments if key in done),
        minutes_needed=minutes_needed,
        minutes_attended=min(minutes_needed, minutes),
        evaluation_needed=evaluation_needed,
        evaluation_done=any(key in done for key in evaluations),
    )
