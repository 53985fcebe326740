"""Words of the workshop. Pure."""

from dataclasses import dataclass

from lms.translation.rules import Standing

UNFINISHED = (Standing.UNTRANSLATED, Standing.DRAFT, Standing.SOURCE_CHANGED)
"""Where a translator has something to do; what is in review waits for somebody else."""

STATES = ("", "unfinished", *Standing, "failing")
"""What a queue can be narrowed to."""
MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Filters:
    """What of a course's texts somebody wants to see; empty: everything."""

    state: str = ""
    document: str = ""
    search: str = ""

    @property
    def words(self) -> list[str]:
        return self.search.split()[:MOST_WORDS]

    @property
    def query(self) -> dict[str, str]:
        """As it stands in an address."""
        parts = {"state": self.state, "document": self.document, "q": self.search}
        return {name: value for name, value in parts.items() if value}


def part_of(document: str) -> str:
    """The part of a course that a document belongs to: all questions of a quiz together, all terms of the glossary."""
    kind, _space, rest = document.partition(" ")
    if kind == "quiz":
        return f"quiz {rest.partition(' ')[0]}"
    return kind if kind == "glossary" else document
