"""Figures drawn in the reader's language and direction.

What is drawn is built from what was understood of the file, never copied from it.
"""

import unicodedata
from dataclasses import dataclass
from html import escape

from lms.catalog.source.svg import Element, figure_texts, read_figure, view_box
from lms.translation.rules import Passage, Say

__all__ = ["break_lines", "figure_texts", "render_figure", "render_logo"]

_LINE_HEIGHT = 1.2
_LATIN, _BOLD, _ARABIC, _SPACE, _WIDE = 0.55, 0.58, 0.5, 0.28, 1.0


def render_figure(svg: str, say: Say, *, language: str, rtl: bool, title: Passage) -> str:
    """The figure as an inline <svg> in the reader's language; mirrored for readers from right to left.

    `title` says what it shows to those who cannot see it. Figures are drawn for readers from left to right.
    """
    root = read_figure(svg)
    width, height = view_box(root) or (0.0, 0.0)
    mirrored = rtl and root.attributes.get("data-mirror") != "no"
    drawing = _Drawing(say, language if title.lang == language else title.lang, mirrored)
    inner = "".join(drawing.draw(child, _Style().under(root)) for child in root.children)
    if mirrored:
        inner = f'<g transform="translate({_short(width)} 0) scale(-1 1)">{inner}</g>'
    lang = f' lang="{escape(title.lang)}"' if title.lang != language else ""
    paint = _written(root, "viewBox", "data-mirror")
    box = f"0 0 {_short(width)} {_short(height)}"
    return f'<svg viewBox="{box}" role="img" aria-label="{escape(title.text)}"{lang}{paint}>{inner}</svg>'


_PRINTED = {
    **{"accent": "#0a6163", "soft": "#e2f0ee", "sun": "#c98a12", "ink": "#1c2733", "muted": "#56616c"},
    **{"line": "#dcd8cc", "paper": "#fbfaf6", "raised": "#ffffff", "good": "#1d6a3d", "bad": "#a3262a", "none": "none"},
}
"""What the classes of a figure mean on paper."""


def render_logo(svg: str) -> str:
    """The figure as a drawing of its own for print: no style sheet, no words, nothing that is fetched."""
    root = read_figure(svg)
    width, height = (_short(side) for side in view_box(root) or (0.0, 0.0))
    inner = "".join(_printed(child) for child in root.children)
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><g{_paint(root)}>{inner}</g></svg>'


def _printed(element: Element) -> str:
    if element.name in ("text", "title"):
        return ""
    attributes = _paint(element) + _written(element, "class")
    return f"<{element.name}{attributes}>{''.join(map(_printed, element.children))}</{element.name}>"


def _paint(element: Element) -> str:
    classes = element.attributes.get("class", "").split()
    kinds = {"f": "fill", "s": "stroke"}
    return "".join(f' {kinds[name[0]]}="{_PRINTED[name[2:]]}"' for name in classes)


@dataclass(frozen=True, slots=True)
class _Style:
    """What a text takes from the groups it stands in."""

    size: float = 16.0
    anchor: str = "start"
    bold: bool = False

    def under(self, element: Element) -> "_Style":
        attributes = element.attributes
        weight = attributes.get("font-weight")
        return _Style(
            element.number("font-size", self.size),
            attributes.get("text-anchor", self.anchor),
            self.bold if weight is None else weight not in ("normal", "100", "200", "300", "400", "500"),
        )


@dataclass(frozen=True, slots=True)
class _Drawing:
    say: Say
    language: str
    mirrored: bool

    def draw(self, element: Element, style: _Style) -> str:
        if element.name == "title":
            return ""  # the alternative text names the figure
        style = style.under(element)
        if element.name == "text":
            return self._text(element, style)
        inner = "".join(self.draw(child, style) for child in element.children)
        end = f">{inner}</{element.name}>" if inner else "/>"
        return f"<{element.name}{_written(element)}{end}"

    def _text(self, element: Element, style: _Style) -> str:
        passage = self.say(element.text)
        x, y = element.number("x", 0), element.number("y", 0)
        attributes = f' x="{_short(x)}" y="{_short(y)}"' + _written(
            element, "x", "y", "data-width", "transform", "text-anchor"
        )
        attributes += f' direction="{passage.dir}" text-anchor="{self._anchor(style.anchor, passage)}"'
        if passage.lang != self.language:
            attributes += f' lang="{escape(passage.lang)}"'
        transform = element.attributes.get("transform", "")
        if self.mirrored:
            transform = f"{transform} translate({_short(2 * x)} 0) scale(-1 1)".strip()
        if transform:
            attributes += f' transform="{transform}"'
        room = element.number("data-width", 0)
        lines = break_lines(passage.text, room / style.size, bold=style.bold) if room else [passage.text]
        if len(lines) == 1:
            return f"<text{attributes}>{escape(lines[0])}</text>"
        return f"<text{attributes}>{self._lines(lines, x, y, style.size)}</text>"

    def _lines(self, lines: list[str], x: float, y: float, size: float) -> str:
        step = size * _LINE_HEIGHT
        first = y - step * (len(lines) - 1) / 2
        return "".join(
            f'<tspan x="{_short(x)}" y="{_short(first + step * number)}">{escape(line)}</tspan>'
            for number, line in enumerate(lines)
        )

    def _anchor(self, anchor: str, passage: Passage) -> str:
        """On which side of its x a text stands must not depend on the way its own letters run."""
        if anchor == "middle" or (passage.dir == "rtl") == self.mirrored:
            return anchor
        return "end" if anchor == "start" else "start"


def break_lines(text: str, room: float, *, bold: bool = False) -> list[str]:
    """The text in as few lines as fit into `room`, in ems, the lines about equally long; a word is never broken."""
    parts = text.split()
    widths = [_width(part, bold) for part in parts]
    count = len(_filled(widths, room))
    narrow, wide = max(widths, default=0.0), room
    for _ in range(8):
        middle = (narrow + wide) / 2
        if len(_filled(widths, middle)) <= count:
            wide = middle
        else:
            narrow = middle
    lines = _filled(widths, max(wide, max(widths, default=0.0)))
    words = iter(parts)
    return [" ".join(next(words) for _ in range(number)) for number in lines] or [text]


def _filled(widths: list[float], room: float) -> list[int]:
    """How many words each line takes."""
    lines: list[int] = []
    used = 0.0
    for width in widths:
        if lines and used + _SPACE + width <= room:
            lines[-1] += 1
            used += _SPACE + width
        else:
            lines.append(1)
            used = width
    return lines


def _width(word: str, bold: bool) -> float:
    return sum(_letter_width(letter, bold) for letter in word)


def _letter_width(letter: str, bold: bool) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in ("W", "F"):
        return _WIDE
    if unicodedata.bidirectional(letter) in ("AL", "R"):
        return _ARABIC
    return _BOLD if bold else _LATIN


def _written(element: Element, *without: str) -> str:
    kept = {name: value for name, value in element.attributes.items() if name not in without}
    return "".join(f' {name}="{escape(value)}"' for name, value in kept.items())


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
