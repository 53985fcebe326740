"""What a translation is checked for when it is saved or comes in; each finding is a sentence to the translator.

Pure: texts go in, findings come out. To add a check, add its name to `Check` and yield its findings from the module
it belongs to. Must not know the database, the web, courses, or who translates; sentences are in the language of the
moment. Blocking is what would break a page or lose what the author put in; all else is a question to the translator.
"""

from collections.abc import Iterator, Sequence

from lms.catalog.source.inline import LONGEST_SEGMENT, look_inside
from lms.catalog.source.problems import forbidden_sign
from lms.kernel.i18n import _, format_number
from lms.workshop.checks.direction import check_direction
from lms.workshop.checks.findings import Check, Finding
from lms.workshop.checks.glossary import Occurrence, TermPair, check_terms, find_terms, term_used
from lms.workshop.checks.marks import check_marks, hidden_sign
from lms.workshop.checks.numbers import check_numbers
from lms.workshop.checks.signs import check_signs
from lms.workshop.checks.word_diff import Kind, Piece, word_diff
from lms.workshop.checks.wording import check_length, check_untranslated

__all__ = [
    "Check",
    "Finding",
    "Kind",
    "Occurrence",
    "Piece",
    "TermPair",
    "check_translation",
    "find_terms",
    "term_used",
    "word_diff",
]

_ORDER = {kind: place for place, kind in enumerate(Check)}


def check_translation(
    source: str,
    target: str,
    *,
    language: str,
    source_language: str = "en",
    terms: Sequence[TermPair] = (),
    tight: bool = False,
) -> list[Finding]:
    """What is wrong with a translation, what blocks first. `tight`: the text must fit into a figure."""
    unreadable = _unreadable(target)
    if unreadable:
        return [unreadable]
    found = list(_findings(source, target, language, source_language, terms, tight=tight))
    return sorted(found, key=lambda finding: (not finding.blocking, _ORDER[finding.kind]))


def _unreadable(target: str) -> Finding | None:
    """What leaves nothing to look at."""
    if not target.strip():
        return Finding(Check.BLANK, _("There is no translation yet."), blocking=True)
    if len(target) > LONGEST_SEGMENT:
        most = format_number(LONGEST_SEGMENT)
        return Finding(Check.TOO_LONG, _("A text has at most %(most)s characters.", most=most), blocking=True)
    sign = forbidden_sign(target)
    return hidden_sign(sign) if sign else None


def _findings(
    source_text: str, target_text: str, language: str, source_language: str, terms: Sequence[TermPair], *, tight: bool
) -> Iterator[Finding]:
    source, target = look_inside(source_text), look_inside(target_text)
    base = language.split("_", maxsplit=1)[0]
    if not target.plain.strip() and source.plain.strip():
        yield Finding(Check.BLANK, _("There is no translation yet."), blocking=True)
    yield from check_marks(source, target)
    yield from check_numbers(source.plain, target.plain, language=language, source_language=source_language)
    yield from check_terms(source.plain, target.plain, terms, language)
    yield from check_untranslated(source.plain, target.plain)
    yield from check_signs(source.prose, target.prose, base)
    yield from check_direction(source.prose, target.prose, base)
    yield from check_length(source.plain, target.plain, base, tight=tight)
