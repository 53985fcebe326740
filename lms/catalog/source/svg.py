"""The small, safe part of SVG that figures are written in, read strictly.

An element, an attribute or a kind of value that is not named here is refused. Knows nothing of languages.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat  # nosec B407 - document types are refused, so there is no entity to expand or fetch

from lms.catalog.source.problems import Flaw, Unreadable, forbidden

LARGEST = 60_000
DEEPEST = 12
MOST_ELEMENTS = 600

_FILLS = ("accent", "soft", "sun", "ink", "muted", "line", "paper", "raised", "good", "bad", "none")
_STROKES = ("accent", "sun", "ink", "muted", "line", "good", "bad")
CLASSES = frozenset([*(f"f-{name}" for name in _FILLS), *(f"s-{name}" for name in _STROKES)])

_NUMBER = r"[-+]?(?:\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})(?:[eE][-+]?\d)?"
_TRANSFORM = rf"\s*(?:(?:translate|scale|rotate)\(\s*{_NUMBER}(?:[\s,]+{_NUMBER}){{0,2}}\s*\)[\s,]*)+"
_KINDS = {
    "number": re.compile(_NUMBER),
    "numbers": re.compile(r"[0-9eE\s,.+-]*"),
    "path": re.compile(r"[MmLlHhVvCcSsQqTtAaZz0-9eE\s,.+-]*"),
    "transform": re.compile(_TRANSFORM),
    "anchor": re.compile("start|middle|end"),
    "weight": re.compile("bold|normal|[1-9]00"),
    "cap": re.compile("round|butt|square"),
    "join": re.compile("round|miter|bevel"),
    "rule": re.compile("evenodd|nonzero"),
    "mirror": re.compile("yes|no"),
    "classes": re.compile(r"[a-z\s-]*"),
}
_PAINT = {
    "class": "classes",
    "transform": "transform",
    "opacity": "number",
    "fill-opacity": "number",
    "stroke-opacity": "number",
    "stroke-width": "number",
    "stroke-dasharray": "numbers",
    "stroke-linecap": "cap",
    "stroke-linejoin": "join",
    "fill-rule": "rule",
    "font-size": "number",
    "font-weight": "weight",
    "text-anchor": "anchor",
}


def _numbers(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "number")


ELEMENTS: dict[str, dict[str, str]] = {
    "svg": {"viewBox": "numbers", "data-mirror": "mirror", **_PAINT},
    "g": _PAINT,
    "path": {"d": "path", **_PAINT},
    "rect": {**_numbers("x", "y", "width", "height", "rx", "ry"), **_PAINT},
    "circle": {**_numbers("cx", "cy", "r"), **_PAINT},
    "ellipse": {**_numbers("cx", "cy", "rx", "ry"), **_PAINT},
    "line": {**_numbers("x1", "y1", "x2", "y2"), **_PAINT},
    "polyline": {"points": "numbers", **_PAINT},
    "polygon": {"points": "numbers", **_PAINT},
    "text": {**_numbers("x", "y", "data-width"), **_PAINT},
    "title": {},
}
_HOLDERS = ("svg", "g")
_FILLED = ("path", "rect", "circle", "ellipse", "polyline", "polygon", "text")
SMALLEST_TEXT = 12.0
"""The smallest that a phone shows legibly, in units of a 360 wide drawing."""
NARROWEST = 20.0


@dataclass(slots=True)
class Element:
    name: str
    attributes: dict[str, str]
    line: int
    column: int
    children: list["Element"] = field(default_factory=list)
    text: str = ""

    def number(self, name: str, otherwise: float) -> float:
        return float(self.attributes.get(name, otherwise))


def read_figure(svg: str) -> Element:
    """The figure as a tree; raises Unreadable with every fault."""
    if len(svg) > LARGEST:
        raise Unreadable([Flaw(1, 1, f"The figure is larger than {LARGEST // 1000} KB; simplify it.")])
    reader = _Reader()
    root = reader.read(svg)
    if root is None or reader.flaws:
        raise Unreadable(reader.flaws or [Flaw(1, 1, "The figure is empty.")])
    return root


def figure_texts(svg: str) -> list[str]:
    """The texts of a figure, distinct, in the order they are drawn."""
    texts = (element.text for element in _walk(read_figure(svg)) if element.name == "text")
    return list(dict.fromkeys(text for text in texts if text))


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from _walk(child)


class _Reader:
    def __init__(self) -> None:
        self.flaws: list[Flaw] = []
        self.open: list[Element] = []
        self.root: Element | None = None
        self.count = 0
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.ProcessingInstructionHandler = self._instruction

    def read(self, svg: str) -> Element | None:
        try:
            self.parser.Parse(svg.encode("utf-8"), True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code) or "it cannot be read"
            self.flaws.append(Flaw(error.lineno, error.offset + 1, f"This is not well-formed SVG: {reason}."))
        return self.root

    def _flaw(self, sentence: str) -> None:
        self.flaws.append(Flaw(self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1, sentence))

    def _stop(self, sentence: str) -> None:
        self._flaw(sentence)
        raise Unreadable(self.flaws)

    def _doctype(self, *_: object) -> None:
        self._stop("A figure has no <!DOCTYPE>; delete it.")

    def _instruction(self, *_: object) -> None:
        self._flaw("A figure has no <?…?> instructions; delete it.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > MOST_ELEMENTS:
            self._stop(f"The figure has more than {MOST_ELEMENTS} elements; simplify it.")
        if len(self.open) >= DEEPEST:
            self._stop("The figure's groups are nested too deeply.")
        if name not in ELEMENTS:
            self._flaw(f"<{name}> is not allowed in a figure.")
        elif (name == "svg") != (not self.open):
            self._flaw("A figure is one <svg> that holds everything else.")
        elif self.open and self.open[-1].name not in _HOLDERS:
            self._flaw(f"<{name}> cannot stand inside <{self.open[-1].name}>.")
        element = Element(name, {}, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)
        for attribute, value in attributes.items():
            self._attribute(element, attribute, value)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def _attribute(self, element: Element, name: str, value: str) -> None:
        if element.name not in ELEMENTS:
            return
        if element.name == "svg" and name in ("xmlns", "width", "height", "role"):
            return  # harmless, and written by every editor; the page sets its own
        kind = ELEMENTS[element.name].get(name)
        if kind is None:
            self._flaw(f"“{name}” is not allowed on <{element.name}>.{_advice(name)}")
        elif not _KINDS[kind].fullmatch(value):
            self._flaw(f"“{name}” on <{element.name}> has a value that is not allowed here.")
        elif kind == "classes" and set(value.split()) - CLASSES:
            unknown = ", ".join(sorted(set(value.split()) - CLASSES))
            self._flaw(f"The class “{unknown}” is not one of the figure classes, such as f-accent or s-ink.")
        else:
            element.attributes[name] = " ".join(value.split())

    def _characters(self, written: str) -> None:
        holder = self.open[-1]
        if holder.name in ("text", "title"):
            holder.text += written
        elif written.strip():
            self._flaw(f"Words must stand inside <text>, not inside <{holder.name}>.")

    def _end(self, _name: str) -> None:
        element = self.open.pop()
        element.text = " ".join(element.text.split())
        if element.name == "text":
            self._check_text(element)
        if element.name in _FILLED and not any(_has_fill(each) for each in (element, *self.open)):
            sentence = f"This <{element.name}> has no fill; give it a class such as f-soft, or f-none for an outline."
            self.flaws.append(Flaw(element.line, element.column, sentence))
        if element.name == "svg" and not self.open and not view_box(element):
            self.flaws.append(Flaw(element.line, element.column, 'The <svg> needs viewBox="0 0 WIDTH HEIGHT".'))

    def _check_text(self, element: Element) -> None:
        at = (element.line, element.column)
        if not element.text:
            self.flaws.append(Flaw(*at, "This <text> is empty."))
        complaint = forbidden(element.text)
        if complaint:
            self.flaws.append(Flaw(*at, complaint))
        if len(element.text) > 200:  # noqa: PLR2004  a label, not a paragraph
            self.flaws.append(Flaw(*at, "This <text> is longer than 200 characters; say it in the lesson."))
        for name in ("x", "y"):
            if name not in element.attributes:
                self.flaws.append(Flaw(*at, f"This <text> needs “{name}”."))
        if float(element.attributes.get("data-width", NARROWEST)) < NARROWEST:
            self.flaws.append(Flaw(*at, f"“data-width” must be {NARROWEST:g} or more."))
        sizes = [each.attributes["font-size"] for each in (*self.open, element) if "font-size" in each.attributes]
        if sizes and float(sizes[-1]) < SMALLEST_TEXT:
            self.flaws.append(Flaw(*at, "This <text> is smaller than 12 units; nobody can read it on a phone."))


def _has_fill(element: Element) -> bool:
    return any(name.startswith("f-") for name in element.attributes.get("class", "").split())


def _advice(name: str) -> str:
    if name in ("fill", "stroke", "style"):
        return " Colours come from classes such as f-accent or s-ink."
    if name == "id":
        return " Figures use no ids."
    return ""


def view_box(root: Element) -> tuple[float, float] | None:
    """Width and height of the drawing; it starts at 0 0."""
    written = root.attributes.get("viewBox", "").replace(",", " ").split()
    if not all(_KINDS["number"].fullmatch(number) for number in written):
        return None
    numbers = [float(number) for number in written]
    if len(numbers) != 4 or numbers[:2] != [0, 0] or min(numbers[2:]) <= 0:  # noqa: PLR2004  as SVG defines it
        return None
    return numbers[2], numbers[3]
