"""A cover for each course, drawn from its slug: the same slug, the same picture, and nothing to download."""

import hashlib
from collections.abc import Iterator

_PAIRS = (
    ("#0a6163", "#8fd0c8"),
    ("#7a3b12", "#f0b98a"),
    ("#22335e", "#9db4ea"),
    ("#4a2a5c", "#cfaee3"),
    ("#2f4f1f", "#b5d49a"),
    ("#6b1f35", "#eea9b8"),
)
_GOLD = "#f3c86a"
_WIDTH, _HEIGHT = 320, 120


def draw_cover(slug: str) -> str:
    """An inline <svg>: rings on one colour, a gold path through them; decoration, hidden from screen readers."""
    chance = iter(hashlib.shake_256(slug.encode("utf-8")).digest(64))
    ground, ring = _PAIRS[next(chance) % len(_PAIRS)]
    rings = "".join(_ring(chance) for _ in range(7))
    start, low = _between(chance, 80, 100), _between(chance, 50, 70)
    high, end = _between(chance, 85, 120), _between(chance, 15, 40)
    path = f"M-10 {start} C 90 {low}, 200 {high}, 330 {end}"
    return (
        f'<svg class="cover" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="xMidYMid slice" aria-hidden="true">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="{ground}"/><g fill="none" stroke="{ring}">{rings}</g>'
        f'<path d="{path}" fill="none" stroke="{_GOLD}" stroke-width="3"/></svg>'
    )


def _ring(chance: Iterator[int]) -> str:
    x, y, radius = _between(chance, 0, _WIDTH), _between(chance, 0, _HEIGHT), _between(chance, 20, 70)
    opacity, width = _between(chance, 25, 65) / 100, (2, 6, 12)[next(chance) % 3]
    return f'<circle cx="{x}" cy="{y}" r="{radius}" stroke-opacity="{opacity:g}" stroke-width="{width}"/>'


def _between(chance: Iterator[int], low: int, high: int) -> int:
    return low + next(chance) * (high - low) // 255
