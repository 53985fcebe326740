"""What travels: the texts of a course in one language on their way out, and what came back."""

from dataclasses import dataclass

from lms.translation.rules import Standing


@dataclass(frozen=True, slots=True)
class Unit:
    """One segment on its way out."""

    id: str
    """The segment's public id."""
    document: str
    source: str
    source_revision: int
    target: str
    """The text that is worked on, else the approved one; empty when there is none."""
    standing: Standing
    base: int
    """The newest text of the segment that whoever takes the file along can have seen, as `Seen.base`."""
    previous_source: str | None = None
    """What the source said when `target` was written, where that is something else."""
    note: str = ""
    """What the reviewer wrote when sending it back."""


@dataclass(frozen=True, slots=True)
class Bundle:
    collection: str
    source_language: str
    language: str
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class IncomingUnit:
    """One text as it came back."""

    id: str
    """Empty when the file does not know it; then document and source find the segment."""
    source: str
    target: str
    """Empty: nothing is handed in for it."""
    line: int
    final: bool | None = None
    """Whether its translator calls it done; None when such a file cannot say."""
    base: int | None = None
    """As it was in `Unit`; None when the file has lost it."""
    document: str = ""
    flaws: tuple[str, ...] = ()
    """What is wrong with it as the format sees it, in sentences."""


@dataclass(frozen=True, slots=True)
class Incoming:
    collection: str
    source_language: str
    """Empty when such a file does not say."""
    language: str
    units: tuple[IncomingUnit, ...]
    line: int = 1
    """Where the file says what it belongs to."""
