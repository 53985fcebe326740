"""gettext: a course's catalogue as `catalog.source.catalogue` writes it, with each segment's id beside its text."""

import re

from lms.catalog.source.catalogue import Catalogue, Entry, parse_catalogue, write_entries
from lms.catalog.source.problems import decode_text
from lms.translation.rules import Standing
from lms.workshop.exchange.bundle import Bundle, Incoming, IncomingUnit, Unit

_ID = re.compile(r"id ([A-Za-z0-9_-]{1,40}) (\d{1,18})")


def write(bundle: Bundle) -> bytes:
    return write_entries(bundle.collection, bundle.language, map(_entry, bundle.units), Catalogue(bundle.language, ()))


def _entry(unit: Unit) -> Entry:
    return Entry(
        document=unit.document,
        source=unit.source,
        target=unit.target,
        previous_source=unit.previous_source,
        fuzzy=bool(unit.target) and unit.standing in {Standing.DRAFT, Standing.SOURCE_CHANGED},
        notes=(f"id {unit.id} {unit.base}", *([unit.note] if unit.note else [])),
    )


def read(data: bytes) -> Incoming:
    catalogue = parse_catalogue(decode_text(data).removeprefix("\ufeff").replace("\r\n", "\n"))
    headers = dict(catalogue.header)
    return Incoming(
        collection=headers.get("project-id-version", ""),
        source_language="",
        language=catalogue.language,
        units=tuple(map(_unit, catalogue.entries)),
    )


def _unit(entry: Entry) -> IncomingUnit:
    found = next((match for note in entry.notes if (match := _ID.fullmatch(note))), None)
    return IncomingUnit(
        id=found[1] if found else "",
        source=entry.source,
        target=entry.target,
        line=entry.line,
        final=not entry.fuzzy,
        base=int(found[2]) if found else None,
        document=entry.document,
    )
