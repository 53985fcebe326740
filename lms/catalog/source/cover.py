"""A cover for each course, drawn from its slug: the same slug, the same picture, and nothing to download."""

import random
import zlib

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
    chance = random.Random(zlib.crc32(slug.encode("utf-8")))  # noqa: S311  nosec B311: a pattern, not a secret
    ground, ring = chance.choice(_PAIRS)
    rings = "".join(_ring(chance) for _ in range(7))
    start, low = chance.randint(80, 100), chance.randint(50, 70)
    high, end = chance.randint(85, 120), chance.randint(15, 40)
    path = f"M-10 {start} C 90 {low}, 200 {high}, 330 {end}"
    return (
        f'<svg class="cover" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="xMidYMid slice" aria-hidden="true">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="{ground}"/><g fill="none" stroke="{ring}">{rings}</g>'
        f'<path d="{path}" fill="none" stroke="{_GOLD}" stroke-width="3"/></svg>'
    )


def _ring(chance: random.Random) -> str:
    x, y, radius = chance.randint(0, _WIDTH), chance.randint(0, _HEIGHT), chance.randint(20, 70)
    opacity, width = chance.randint(25, 65) / 100, chance.choice((2, 6, 12))
    return f'<circle cx="{x}" cy="{y}" r="{radius}" stroke-opacity="{opacity:g}" stroke-width="{width}"/>'
