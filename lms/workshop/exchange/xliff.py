"""XLIFF 2.0: a file for each document, a unit for each segment, every mark of a text a code that tools protect.

Written by hand, so that the same texts are the same bytes; read with lxml, without document types, entities or network.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr  # nosec B406 - nothing is parsed with it

from babel import Locale
from lxml import etree

from lms.catalog.source.inline import marks
from lms.catalog.source.problems import Flaw, Unreadable, decode_text
from lms.catalog.source.spans import Piece, pieces
from lms.kernel.i18n import _
from lms.translation.rules import Standing
from lms.workshop.exchange.bundle import Bundle, Incoming, IncomingUnit, Unit

CORE = "urn:oasis:names:tc:xliff:document:2.0"
OWN = "urn:masar:exchange:1"
"""Our own attributes: the course, and what the file knew of each segment."""
_C, _O = f"{{{CORE}}}", f"{{{OWN}}}"

_STATES = {
    Standing.UNTRANSLATED: "initial",
    Standing.DRAFT: "initial",
    Standing.SOURCE_CHANGED: "initial",
    Standing.IN_REVIEW: "translated",
    Standing.APPROVED: "final",
}
_TYPES = {
    "em": 'type="fmt" subType="xlf:i"',
    "strong": 'type="fmt" subType="xlf:b"',
    "code_inline": 'type="fmt" subType="masar:code"',
    "link": 'type="link"',
}
_NUMBER = re.compile("[0-9]{1,18}")
_UNFINISHED = "masar:"
"""Sub-states of ours begin so; a tool that moves a segment's state on takes them away, as XLIFF demands."""


def write(bundle: Bundle) -> bytes:
    directions = " ".join(
        f'{name}="{"rtl" if Locale.parse(code).text_direction == "rtl" else "ltr"}"'
        for name, code in (("srcDir", bundle.source_language), ("trgDir", bundle.language))
    )
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<xliff xmlns="{CORE}" xmlns:masar="{OWN}" version="2.0"'
        f" srcLang={_tag(bundle.source_language)} trgLang={_tag(bundle.language)}"
        f" masar:course={quoteattr(bundle.collection)}>",
    ]
    documents = groupby(bundle.units, key=lambda unit: unit.document)
    for number, (document, units) in enumerate(documents, 1):
        lines.append(f'  <file id="f{number}" original={quoteattr(document)} canResegment="no" {directions}>')
        for unit in units:
            lines += _unit_lines(unit)
        lines.append("  </file>")
    return "\n".join([*lines, "</xliff>", ""]).encode()


def _tag(language: str) -> str:
    return quoteattr(language.replace("_", "-"))


def _unit_lines(unit: Unit) -> Iterator[str]:
    codes = _Codes()
    source, target = codes.source(unit.source), codes.target(unit.target)
    yield f'    <unit id="{unit.id}" masar:revision="{unit.source_revision}" masar:base="{unit.base}">'
    notes = (("previous-source", unit.previous_source), ("review", unit.note))
    said = [f'        <note category="{category}">{escape(text)}</note>' for category, text in notes if text]
    if said:
        yield from ("      <notes>", *said, "      </notes>")
    if codes.data:
        yield "      <originalData>"
        for text, name in codes.data.items():
            yield f'        <data id="{name}">{escape(text)}</data>'
        yield "      </originalData>"
    left = f' subState="{_UNFINISHED}{unit.standing}"' if unit.target and _STATES[unit.standing] == "initial" else ""
    yield f'      <segment state="{_STATES[unit.standing]}"{left}>'
    yield f'        <source xml:space="preserve">{source}</source>'
    if unit.target:
        yield f'        <target xml:space="preserve">{target}</target>'
    yield from ("      </segment>", "    </unit>")


@dataclass(slots=True)
class _Codes:
    """The codes of one unit: what each stands for, and which code of the target is which of the source."""

    data: dict[str, str] = field(default_factory=dict)
    """Id of each original text."""
    sources: list[tuple[str, str]] = field(default_factory=list)
    """Original text and id of each code of the source."""
    used: set[str] = field(default_factory=set)

    def source(self, text: str) -> str:
        found = pieces(text)
        whole = _originals(found)
        self.sources = [(whole[mark], str(mark)) for mark in sorted(whole)]
        return self._write(found, {mark: str(mark) for mark in whole})

    def target(self, text: str) -> str:
        """A code takes the name of the first code of the source that says the same, else one of its own."""
        found = pieces(text)
        names = {}
        for mark, original in sorted(_originals(found).items()):
            same = (name for said, name in self.sources if said == original and name not in self.used)
            names[mark] = next(same, f"t{mark}")
            self.used.add(names[mark])
        return self._write(found, names)

    def _write(self, found: list[Piece], names: dict[int, str]) -> str:
        closings = {piece.mark: piece.said for piece in found if piece.part == "close"}
        return "".join(self._one(piece, names, closings) for piece in found)

    def _one(self, piece: Piece, names: dict[int, str], closings: dict[int, str]) -> str:
        if piece.part == "text":
            return escape(piece.said)
        if piece.part == "close":
            return "</pc>"
        about = f'id="{names[piece.mark]}" {_TYPES[piece.kind]} canCopy="no" canDelete="no"'
        if piece.part == "whole":
            return f'<ph {about} dataRef="{self._ref(piece.said)}" disp={quoteattr(piece.said)}/>'
        start, end = piece.said, closings[piece.mark]
        refs = f'dataRefStart="{self._ref(start)}" dataRefEnd="{self._ref(end)}"'
        return f"<pc {about} {refs} dispStart={quoteattr(start)} dispEnd={quoteattr(end)}>"

    def _ref(self, said: str) -> str:
        return self.data.setdefault(said, f"d{len(self.data) + 1}")


def _originals(found: list[Piece]) -> dict[int, str]:
    """For each mark what it is written with, both ends."""
    originals: dict[int, str] = {}
    for piece in found:
        if piece.mark:
            originals[piece.mark] = f"{originals[piece.mark]}…{piece.said}" if piece.mark in originals else piece.said
    return originals


# -- reading

_UNIT, _SEGMENT, _IGNORABLE, _SOURCE, _TARGET = (
    f"{_C}{name}" for name in ("unit", "segment", "ignorable", "source", "target")
)


def read(data: bytes) -> Incoming:
    root = _root(data)
    return Incoming(
        collection=root.get(f"{_O}course", ""),
        source_language=root.get("srcLang", "").replace("-", "_"),
        language=root.get("trgLang", "").replace("-", "_"),
        units=tuple(_Unit(unit).read() for unit in root.iter(_UNIT)),
        line=root.sourceline or 1,
    )


def _root(data: bytes) -> etree._Element:
    text = decode_text(data).removeprefix("\ufeff")
    if "<!DOCTYPE" in text:
        line = text.count("\n", 0, text.index("<!DOCTYPE")) + 1
        raise Unreadable([Flaw(line, 1, _("The file has a document type (DTD); such files are not read."))])
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise Unreadable([Flaw(line, column, _("The file is broken here: it cannot be read as XML."))]) from error
    if root.tag != f"{_C}xliff":
        raise Unreadable([Flaw(root.sourceline or 1, 1, _("This is not XLIFF 2.0. Save it as XLIFF 2.0."))])
    return root


class _Unit:
    """One unit being read: its codes are put back as the marks they stand for."""

    def __init__(self, unit: etree._Element) -> None:
        self._unit = unit
        self._data = {each.get("id", ""): _characters(each) for each in unit.iterfind(f"{_C}originalData/{_C}data")}
        self._codes: dict[tuple[str, str], str] = {}
        """What each end of the codes of the source is written with; a tool may leave out the reference to it."""
        self._given: set[str] = set()
        """Ids of the codes of the target."""
        self._flaws: list[str] = []

    def read(self) -> IncomingUnit:
        segments = [each for each in self._unit if each.tag in {_SEGMENT, _IGNORABLE}]
        source = "".join(self._text(each.find(_SOURCE), of_source=True) for each in segments)
        target = self._target(segments)
        if target and not self._flaws and marks(target) != marks(source):
            self._flaws += [_("The code %(code)s is missing.", code=code) for code in self._lost()]
        base = self._unit.get(f"{_O}base", "")
        return IncomingUnit(
            id=self._unit.get("id", ""),
            source=source,
            target=target,
            line=self._unit.sourceline or 1,
            final=not any(map(_is_unfinished, segments)),
            base=int(base) if _NUMBER.fullmatch(base) else None,
            flaws=tuple(dict.fromkeys(self._flaws)),
        )

    def _target(self, segments: list[etree._Element]) -> str:
        """All of it: tools may cut a unit into several segments."""
        said, empty = [], []
        for each in segments:
            target = each.find(_TARGET)
            if each.tag == _IGNORABLE and target is None:
                target = each.find(_SOURCE)
            said.append(self._text(target))
            empty += [not said[-1]] if each.tag == _SEGMENT else []
        if all(empty):
            return ""
        if any(empty):
            self._flaws.append(_("Only a part of this text is translated."))
        return "".join(said)

    def _text(self, node: etree._Element | None, *, of_source: bool = False) -> str:
        if node is None:
            return ""
        said = [node.text or ""]
        for child in node:
            said += [self._inline(child, of_source), child.tail or ""]
        return "".join(said)

    def _inline(self, node: etree._Element, of_source: bool) -> str:
        match etree.QName(node).localname:
            case "pc":
                inside = self._text(node, of_source=of_source)
                start, end = (self._code(node, "id", f"dataRef{half}", half, of_source) for half in ("Start", "End"))
                return f"{start}{inside}{end}"
            case "ph":
                return self._code(node, "id", "dataRef", "Whole", of_source)
            case "sc":
                return self._code(node, "id", "dataRef", "Start", of_source)
            case "ec":
                return self._code(node, "startRef", "dataRef", "End", of_source)
            case "cp":
                return self._character(node)
            case "mrk":
                return self._text(node, of_source=of_source)
            case "sm" | "em":
                return ""
            case other:
                self._flaws.append(_not_in_source(other))
                return ""

    def _code(self, node: etree._Element, name: str, reference: str, half: str, of_source: bool) -> str:
        """What one end of a code is written with."""
        code = node.get(name, "")
        said = self._data.get(node.get(reference, ""), self._codes.get((code, half)))
        if of_source:
            self._codes[code, half] = said or ""
        else:
            self._given.add(code)
        if said is None:
            self._flaws.append(_not_in_source(code))
        return said or ""

    def _character(self, node: etree._Element) -> str:
        said = _characters(node)
        if not said:
            self._flaws.append(_not_in_source(node.get("hex", "")))
        return said

    def _lost(self) -> list[str]:
        lost: dict[str, str] = {}
        for (code, _half), said in self._codes.items():
            if code not in self._given:
                lost[code] = f"{lost[code]}…{said}" if code in lost else said
        return list(lost.values())


def _not_in_source(code: str) -> str:
    return _("The code %(code)s is not in the source.", code=code)


def _is_unfinished(segment: etree._Element) -> bool:
    state, left = segment.get("state", "initial"), segment.get("subState", "")
    return bool(state == "initial" and left.startswith(_UNFINISHED))


def _characters(node: etree._Element) -> str:
    """The text of an element whose children are only characters by their number, or of one such."""
    if etree.QName(node).localname != "cp":
        return "".join([node.text or "", *(_characters(each) + (each.tail or "") for each in node)])
    try:
        said = chr(int(node.get("hex", ""), 16))
    except (ValueError, OverflowError):
        return ""
    return said if said.isprintable() or said in "\t\n" else ""
