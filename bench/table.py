"""How results are shown: one Markdown table a part, ready to be pasted into bench/README.md."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(slots=True)
class Table:
    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        self.rows.append(cells)

    def __str__(self) -> str:
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        return f"\n### {self.title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def verdict(value: float, must: float, aim: float) -> str:
    """Where a value stands against a budget that it must stay under."""
    return "aim" if value <= aim else "must" if value <= must else "OVER"


def middle_ratio(ours: Sequence[float], bare: Sequence[float]) -> float:
    """The median of the rounds' ratios: what else the machine did in a round, it did to both."""
    return median(one / other for one, other in zip(ours, bare, strict=True))
