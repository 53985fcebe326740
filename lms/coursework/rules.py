"""Words of coursework: where a piece of work stands, what a marker may say of it, what a rubric adds up to. Pure."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

LONGEST_WORK = 40_000
"""Signs in what is written into the page."""
MOST_FILES = 5
LONGEST_NAME = 100
LONGEST_FEEDBACK = 8_000


class WorkState(StrEnum):
    """Where a participant's work for one assignment stands."""

    DRAFT = "draft"
    HANDED_IN = "handed-in"
    REVISE = "revise"
    """Somebody who marks asked for it to be revised."""
    GRADED = "graded"
    """Marked; the participant does not know yet."""
    RELEASED = "released"


NEXT_WORK_STATES: dict[WorkState, tuple[WorkState, ...]] = {
    WorkState.DRAFT: (WorkState.HANDED_IN,),
    WorkState.HANDED_IN: (WorkState.GRADED, WorkState.REVISE),
    WorkState.REVISE: (WorkState.HANDED_IN,),
    WorkState.GRADED: (WorkState.GRADED, WorkState.REVISE, WorkState.RELEASED),
    WorkState.RELEASED: (WorkState.HANDED_IN, WorkState.GRADED),
}
"""A grade is corrected by another grade, before and after its release."""

WRITABLE = (WorkState.DRAFT, WorkState.REVISE, WorkState.RELEASED)
"""The participant may write. Once released, only where it did not pass and may be handed in again."""
TO_MARK = (WorkState.HANDED_IN,)
"""Waits for somebody who marks."""
MARKABLE = (WorkState.HANDED_IN, WorkState.GRADED, WorkState.RELEASED)


class Outcome(StrEnum):
    """What a marker says of a submission."""

    GRADED = "graded"
    REVISE = "revise"


def points_of(levels: Mapping[str, int], points: Mapping[str, tuple[int, ...]]) -> int:
    """What the chosen levels give together. `points`: of each criterion, by its levels in order."""
    return sum(points[criterion][level] for criterion, level in levels.items())


def allocation(
    authors: Sequence[int], each: int, had: Mapping[int, Collection[int]] | None = None
) -> list[tuple[int, int]]:
    """Who reads whose work, as (reviewer, author): everybody so many others', or all others where they are fewer.

    In a ring each is read as often as the rest. `had`: whose work somebody has already; who comes late gets what was
    read least.
    """
    most = min(each, len(authors) - 1)
    if not had:
        places = range(len(authors))
        return [(authors[at], authors[(at + on) % len(authors)]) for at in places for on in range(1, most + 1)]
    times = {author: sum(author in whose for whose in had.values()) for author in authors}
    pairs = []
    for reviewer in authors:
        others = [author for author in authors if author != reviewer and author not in had.get(reviewer, ())]
        for author in sorted(others, key=times.__getitem__)[: max(0, most - len(had.get(reviewer, ())))]:
            times[author] += 1
            pairs.append((reviewer, author))
    return pairs
