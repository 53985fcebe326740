"""YAML files with the place of every value. Knows YAML, not what the values mean.

Plain data only: no anchors, aliases or tags, so nothing can be larger in memory than in the file.
"""

import re
from dataclasses import dataclass, field
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from lms.catalog.source.problems import Flaw, Unreadable, forbidden

DEEPEST = 12
LONGEST = 300_000
"""Characters in one file: a question bank of a few hundred questions stays far below."""

Path = tuple[str | int, ...]
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18})")
_CONSTANTS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Place:
    line: int
    column: int


@dataclass(slots=True)
class Sheet:
    """What a YAML file says, and where it says it."""

    data: Any = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Where the value (or the word naming it) stands; of what is not written, the thing it belongs to."""
        if key and path in self.keys:
            return self.keys[path]
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Place(1, 1))

    def place_of_text(self, within: Path, text: str) -> Place:
        """Where a text stands inside a part of the sheet."""
        for path, written in self.texts.items():
            if written == text and path[: len(within)] == within:
                return self.values[path]
        return self.place(within)


def read_sheet(text: str) -> Sheet:
    """Read one YAML 1.2 document; raises Unreadable with every fault found before the first that stops the reading."""
    if len(text) > LONGEST:
        raise Unreadable([Flaw(1, 1, f"The file is longer than {LONGEST:,} characters.")])
    reader = _Reader()
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            reader.take(event)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        reader.flaws.append(Flaw(line, column, f"This is not YAML: {error.problem or error.context}."))
    except (YAMLError, YAMLStreamError, ValueError) as error:
        reader.flaws.append(Flaw(1, 1, f"This is not YAML: {error}."))
    if reader.flaws:
        raise Unreadable(reader.flaws)
    return reader.sheet


@dataclass(slots=True)
class _Open:
    """A mapping or list being filled."""

    content: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None


class _Reader:
    def __init__(self) -> None:
        self.sheet = Sheet()
        self.flaws: list[Flaw] = []
        self.open: list[_Open] = []
        self.documents = 0

    def take(self, event: Any) -> None:
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._stop(event, "A second YAML document starts here; keep one.")
        elif isinstance(event, AliasEvent):
            self._stop(event, "YAML aliases (*name) are not allowed here; write the text out.")
        elif isinstance(event, ScalarEvent):
            self._no_tricks(event)
            self._scalar(event)
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            self._no_tricks(event)
            self._start(event)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self.open.pop()

    def _no_tricks(self, event: Any) -> None:
        if event.anchor:
            self._stop(event, "YAML anchors (&name) are not allowed here.")
        if event.tag and str(event.tag) != "!":
            self._stop(event, "YAML tags (!name) are not allowed here; quote a text that starts with “!”.")

    def _scalar(self, event: ScalarEvent) -> None:
        plain = event.style is None or event.style == ""
        place = _place(event)
        holder = self.open[-1] if self.open else None
        if holder and isinstance(holder.content, dict) and holder.key is None:
            self._name(holder, event.value.strip(), place)
            return
        value = _resolve(event.value) if plain else event.value.strip()
        path = self._put(value, place)
        if isinstance(value, str):
            self.sheet.texts[path] = value
            complaint = forbidden(value)
            if complaint:
                self.flaws.append(Flaw(place.line, place.column, complaint))

    def _name(self, holder: _Open, name: str, place: Place) -> None:
        if name in cast(dict[str, Any], holder.content):
            self.flaws.append(Flaw(place.line, place.column, f"“{name}” is written twice here; keep one."))
        holder.key = name
        self.sheet.keys[(*holder.path, name)] = place

    def _start(self, event: Any) -> None:
        holder = self.open[-1] if self.open else None
        if len(self.open) >= DEEPEST:
            self._stop(event, "The lists and fields are nested too deeply.")
        if holder and isinstance(holder.content, dict) and holder.key is None:
            self._stop(event, "A field name must be a plain word.")
        content: dict[str, Any] | list[Any] = {} if isinstance(event, MappingStartEvent) else []
        path = self._put(content, _place(event))
        self.open.append(_Open(content, path))

    def _put(self, value: Any, place: Place) -> Path:
        if not self.open:
            self.sheet.data = value
            self.sheet.values[()] = place
            return ()
        holder = self.open[-1]
        if isinstance(holder.content, list):
            path: Path = (*holder.path, len(holder.content))
            holder.content.append(value)
        else:
            name = holder.key or ""
            path = (*holder.path, name)
            holder.content[name] = value
            holder.key = None
        self.sheet.values[path] = place
        return path

    def _stop(self, event: Any, sentence: str) -> None:
        place = _place(event)
        raise Unreadable([*self.flaws, Flaw(place.line, place.column, sentence)])


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


def _resolve(written: str) -> object:
    """An unquoted scalar by the rules of YAML 1.2: `yes` and dates are texts."""
    if written in _CONSTANTS:
        return _CONSTANTS[written]
    if _WHOLE.fullmatch(written):
        return int(written)
    if _DECIMAL.fullmatch(written):
        return float(written)
    return written.strip()
