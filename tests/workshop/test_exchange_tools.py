"""Outside readers: translate-toolkit, Babel and openpyxl change one text and write the file back."""

from collections.abc import Callable
from io import BytesIO

import pytest
from babel.messages.pofile import read_po, write_po
from openpyxl import load_workbook
from translate.storage import pypo, xliff2

from lms.catalog.source.catalogue import read_catalogue
from lms.settings import ROOT
from lms.translation.rules import Standing
from lms.workshop.exchange import FORMATS, read_file
from lms.workshop.exchange.bundle import Bundle, IncomingUnit
from tests.workshop.exchanged import bundle, unit

NEW = "ترجمة أخرى"
COURSE = ROOT / "courses" / "social-protection-why-what-for-whom" / "translations" / "ar.po"


def _texts() -> Bundle:
    """A whole course in Arabic, with a text in every standing."""
    entries = read_catalogue(COURSE.read_bytes()).entries
    units = [unit(each.source, each.target, document=each.document, id=f"u{n}") for n, each in enumerate(entries)]
    units[3] = unit(
        units[3].source, units[3].target, Standing.DRAFT, document="course", id="u3", note="Why? *Why* not?"
    )
    units[4] = unit(
        units[4].source,
        units[4].target,
        Standing.SOURCE_CHANGED,
        document="course",
        id="u4",
        previous_source="Old " * 40,
    )
    units[5] = unit(units[5].source, document="course", id="u5")
    return bundle(*units)


CHANGED = 1


def by_toolkit_xliff(data: bytes) -> bytes:
    store = xliff2.Xliff2File.parsestring(data)
    assert (store.getsourcelanguage(), store.gettargetlanguage()) == ("en", "ar")
    found = {each.getid(): each for each in store.units}
    assert len(found) == len(_texts().units)
    found["u1"].target = NEW
    return bytes(store)


def by_toolkit_po(data: bytes) -> bytes:
    store = pypo.pofile.parsestring(data)
    found = next(each for each in store.units if f"id u{CHANGED} " in each.getnotes("developer"))
    found.target = NEW
    return bytes(store)


def by_babel(data: bytes, width: int = 0) -> bytes:
    catalogue = read_po(BytesIO(data))
    found = next(each for each in catalogue if any(note.startswith(f"id u{CHANGED} ") for note in each.auto_comments))
    found.string = NEW
    written = BytesIO()
    write_po(written, catalogue, width=width)
    return written.getvalue()


def by_babel_wrapped(data: bytes) -> bytes:
    return by_babel(data, width=76)


def by_openpyxl(data: bytes) -> bytes:
    book = load_workbook(BytesIO(data))
    book.active.cell(CHANGED + 2, 3).value = NEW
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _without_lines(units: tuple[IncomingUnit, ...]) -> list[tuple[object, ...]]:
    return [(each.id, each.document, each.source, each.target, each.final, each.base, each.flaws) for each in units]


@pytest.mark.parametrize(
    ("suffix", "tool"),
    [
        ("xlf", by_toolkit_xliff),
        ("po", by_toolkit_po),
        ("po", by_babel),
        ("po", by_babel_wrapped),
        ("xlsx", by_openpyxl),
    ],
)
def test_one_text_changes_and_every_other_comes_back_as_it_was(suffix: str, tool: Callable[[bytes], bytes]) -> None:
    data = FORMATS[suffix].write(_texts())
    before, after = read_file(f"a.{suffix}", data), read_file(f"a.{suffix}", tool(data))
    assert (after.collection, after.language) == (before.collection, before.language)
    old, new = _without_lines(before.units), _without_lines(after.units)
    assert new[CHANGED][3] == NEW
    assert new[:CHANGED] + new[CHANGED + 1 :] == old[:CHANGED] + old[CHANGED + 1 :]
    assert new[CHANGED][:3] == old[CHANGED][:3]


@pytest.mark.parametrize(("suffix", "tool"), [("xlf", by_toolkit_xliff), ("po", by_toolkit_po)])
def test_the_toolkit_leaves_every_other_line_of_the_file(suffix: str, tool: Callable[[bytes], bytes]) -> None:
    data = FORMATS[suffix].write(_texts())
    before, after = data.decode().split("\n"), tool(data).decode().split("\n")
    assert len(before) == len(after)
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1
    assert NEW in changed[0]


def test_the_toolkit_keeps_codes_it_does_not_know() -> None:
    """It shows `pc` as an unknown element, and writes it back with everything on it."""
    source, target = "People are **paid** on [time](term:time).", "يُدفع للناس **أجرهم** في [وقته](term:time)."
    store = xliff2.Xliff2File.parsestring(FORMATS["xlf"].write(bundle(unit(source, target))))
    (only,) = store.units
    assert only.source == "People are paid on time."
    only.rich_target = only.rich_target
    (found,) = read_file("a.xlf", bytes(store)).units
    assert (found.source, found.target, found.flaws) == (source, target, ())


def test_a_text_set_over_codes_by_a_tool_that_knows_none_is_told() -> None:
    """The toolkit's plain `target` leaves the codes behind the new words: nothing goes unseen into a course."""
    store = xliff2.Xliff2File.parsestring(FORMATS["xlf"].write(bundle(unit("Now **this**"))))
    store.units[0].target = "هذا الآن"
    (found,) = read_file("a.xlf", bytes(store)).units
    assert found.flaws == ("The code **…** is missing.",)
