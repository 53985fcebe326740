"""Texts that travel, for the tests of the exchange."""

from hypothesis import strategies as st

from lms.catalog.source.problems import forbidden
from lms.translation.rules import Standing
from lms.workshop.exchange.bundle import Bundle, Incoming, Unit

LETTERS = st.characters(exclude_categories=("Cs", "Cc")).filter(lambda letter: forbidden(letter) is None)
PARTS = st.sampled_from(
    ["*", "**", "`", "[", "](term:a)", "](https://a.org?x=1&y=2)", "<https://a.org>", "<", ">", "&", "&amp;", "&#x26;",
     "]]>", "<!--", "\\", "\\\n", '"', "'", "=1+1", "=", "@", "#N/A", "\u200f", "\u200d", "\u00a0", "\u202f", "؟",
     "كلمة", "e\u0301", "𝒳", "%s", "\t", " ", "  ", "#. id", "msgid"]
)  # fmt: skip
TEXTS = st.lists(PARTS | LETTERS, min_size=1, max_size=14).map("".join).filter(lambda text: bool(text.strip()))
"""Whatever may stand in a segment."""


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    sources = draw(st.lists(TEXTS, min_size=1, max_size=5, unique=True))
    units = [_unit(draw, number, source) for number, source in enumerate(sources)]
    return Bundle("cash-first-steps", "en", draw(st.sampled_from(["ar", "fr", "pt_BR"])), tuple(units))


def _unit(draw: st.DrawFn, number: int, source: str) -> Unit:
    standing = draw(st.sampled_from(Standing))
    untranslated = standing == Standing.UNTRANSLATED
    return Unit(
        id=f"-{number}_aZ09-of-{number}-twenty",
        document=draw(st.sampled_from(["course", "lesson what", "quiz final a-b"])),
        source=source,
        source_revision=draw(st.integers(-2, 9)),
        target="" if untranslated else draw(TEXTS),
        standing=standing,
        base=0 if untranslated else draw(st.integers(1, 10**6)),
        previous_source=draw(TEXTS) if standing == Standing.SOURCE_CHANGED else None,
        note=draw(TEXTS) if standing == Standing.DRAFT else "",
    )


def unit(source: str, target: str = "", standing: Standing | None = None, **values: object) -> Unit:
    """One unit with what a test cares about."""
    standing = standing or (Standing.APPROVED if target else Standing.UNTRANSLATED)
    fields: dict[str, object] = {
        "id": f"id-of-{abs(hash(source)) % 10**9}",
        "document": "lesson what",
        "source": source,
        "source_revision": 1,
        "target": target,
        "standing": standing,
        "base": 7 if target else 0,
    }
    return Unit(**(fields | values))  # type: ignore[arg-type]


def bundle(*units: Unit, language: str = "ar") -> Bundle:
    return Bundle("cash-first-steps", "en", language, units)


def said(incoming: Incoming) -> list[tuple[str, str, str]]:
    return [(each.id, each.source, each.target) for each in incoming.units]


def sent(bundle: Bundle) -> list[tuple[str, str, str]]:
    return [(each.id, each.source, each.target) for each in bundle.units]
