"""Reads of publication: how far a language of a course is from being offered, and what it lacks."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from lms.catalog.models import Course, CourseLanguage
from lms.catalog.rules import WHOLE, has_enough, must_be_exact
from lms.kernel.refusals import NotFound
from lms.translation.queries import Count, count_by_standing
from lms.translation.rules import Standing


@dataclass(frozen=True, slots=True)
class Bar:
    """The words of one half of a course: approved, needed, there."""

    done: int
    words: int
    percent: int
    """How many per cent of them a published language needs."""

    @property
    def needed(self) -> int:
        return -(-self.words * self.percent // WHOLE)

    @property
    def enough(self) -> bool:
        return has_enough(self.done, self.words, self.percent)


@dataclass(frozen=True, slots=True)
class Lacking:
    """Texts that are not approved as they stand: how many in each half."""

    standing: Standing
    exact: int
    rest: int


@dataclass(frozen=True, slots=True)
class Distance:
    exact: Bar
    """Quizzes and what certificates say."""
    rest: Bar
    lacking: list[Lacking]

    @property
    def enough(self) -> bool:
        return self.exact.enough and self.rest.enough


def language_to_publish(course: Course, language: str) -> CourseLanguage:
    """A language the course has begun; NotFound for its own, which is always offered, and for any other."""
    found = next((row for row in course.languages if row.language == language), None)
    if found is None or language == course.source_language:
        raise NotFound
    return found


def distance(db: Session, course: Course, language: str) -> Distance:
    """How far the language has come by what is approved now; one query."""
    counts = count_by_standing(db, course.slug, language)
    exact = [each for each in counts if must_be_exact(each.document)]
    rest = [each for each in counts if not must_be_exact(each.document)]
    lacking = [
        Lacking(standing, _texts(exact, standing), _texts(rest, standing))
        for standing in Standing
        if standing != Standing.APPROVED
    ]
    return Distance(
        _bar(exact, course.exact_percent),
        _bar(rest, course.rest_percent),
        [each for each in lacking if each.exact or each.rest],
    )


def _bar(counts: Iterable[Count], percent: int) -> Bar:
    counts = list(counts)
    return Bar(sum(each.approved_words for each in counts), sum(each.words for each in counts), percent)


def _texts(counts: Iterable[Count], standing: Standing) -> int:
    return sum(each.texts for each in counts if each.standing == standing)
