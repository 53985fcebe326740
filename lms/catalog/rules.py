"""Words of courses. Pure."""

from enum import StrEnum


class Stage(StrEnum):
    """Where a course stands in its life."""

    DRAFT = "draft"
    PILOT = "pilot"
    OPEN = "open"
    ARCHIVED = "archived"


NEXT_STAGES = {
    Stage.DRAFT: (Stage.PILOT, Stage.OPEN),
    Stage.PILOT: (Stage.DRAFT, Stage.OPEN),
    Stage.OPEN: (Stage.ARCHIVED,),
    Stage.ARCHIVED: (Stage.OPEN,),
}
"""The moves an administrator may make. An open course never goes back to draft: people have enrolled."""


class LanguageState(StrEnum):
    """Whether a course is offered in a language."""

    IN_PREPARATION = "in-preparation"
    """What is approved is shown already; the rest is in the source language."""
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    """Only those who had enrolled before go on reading in it."""


class Category(StrEnum):
    SELF_PACED = "self-paced"
    INSTRUCTOR_LED = "instructor-led"


WHOLE = 100
"""Per cent."""


def has_enough(done: int, words: int, percent: int) -> bool:
    """Whether so many of the words are at least that many per cent of them, without rounding."""
    return done * WHOLE >= words * percent


def lessons_needed(lessons: int, percent: int) -> int:
    """How many of the lessons make up this share, rounded up: half of five is three."""
    return -(-lessons * percent // WHOLE)


def must_be_exact(document: str) -> bool:
    """Whether a document of a course decides about certificates: its quizzes and rubrics, and what course.yaml says."""
    return document == "course" or document.startswith(("quiz ", "assignment "))
