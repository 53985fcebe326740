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


class Category(StrEnum):
    SELF_PACED = "self-paced"
    INSTRUCTOR_LED = "instructor-led"


WHOLE = 100
"""Per cent."""


def lessons_needed(lessons: int, percent: int) -> int:
    """How many of the lessons make up this share, rounded up: half of five is three."""
    return -(-lessons * percent // WHOLE)
