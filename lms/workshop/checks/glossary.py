"""Terms of a glossary: found in a source, and looked for in its translation.

Better to miss a warning than to cry wolf: a word counts as used when any likely form of it stands there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from lms.catalog.source.inline import look_inside
from lms.kernel.i18n import _
from lms.kernel.text import fold
from lms.workshop.checks.findings import Check, Finding, listed
from lms.workshop.checks.inflection import is_said, places_of


@dataclass(frozen=True, slots=True)
class TermPair:
    """A term and how it is said in one language."""

    term: str
    target: str
    forbidden: tuple[str, ...] = ()
    """What must not be said for it."""
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where a term stands in a text without its marks."""

    start: int
    end: int
    pair: TermPair


_WORD = re.compile(r"[^\W_]+(?:['’\-‑][^\W_]+)*")
_VERB = re.compile(r"\b(?:to|can|could|will|would|may|might|must|should|shall|not) \Z", re.IGNORECASE)


def find_terms(source: str, pairs: Sequence[TermPair]) -> list[Occurrence]:
    """The terms in the plain text of a source, in order; the longest first where several begin or overlap."""
    return find_in_plain(look_inside(source).plain, pairs)


def find_in_plain(text: str, pairs: Sequence[TermPair]) -> list[Occurrence]:
    spots = [(found.start(), found.end(), found[0]) for found in _WORD.finditer(text)]
    bases = [_english_base(word) for _start, _end, word in spots]
    by_first: dict[str, list[int]] = {}
    for index, base in enumerate(bases):
        by_first.setdefault(base, []).append(index)
    candidates = []
    for pair in pairs:
        wanted = _term_bases(pair.term)
        for index in by_first.get(wanted[0], ()) if wanted else ():
            upto = index + len(wanted)
            if tuple(bases[index:upto]) == wanted and _stand_together(text, spots[index:upto], pair.term):
                candidates.append(Occurrence(spots[index][0], spots[upto - 1][1], pair))
    taken: list[Occurrence] = []
    for candidate in sorted(candidates, key=lambda each: (each.start - each.end, each.start)):
        if all(candidate.end <= other.start or other.end <= candidate.start for other in taken):
            taken.append(candidate)
    return sorted(taken, key=lambda each: each.start)


def _stand_together(text: str, spots: list[tuple[int, int, str]], term: str) -> bool:
    """Only spaces between the words; an abbreviation such as WHO is not the word who."""
    between = (text[one[1] : other[0]] for one, other in pairwise(spots))
    return all(not gap.strip() for gap in between) and (not term.isupper() or text.startswith(term, spots[0][0]))


@lru_cache(maxsize=4096)
def _term_bases(term: str) -> tuple[str, ...]:
    return tuple(_english_base(word) for word in _WORD.findall(term))


@lru_cache(maxsize=8192)
def _english_base(word: str) -> str:
    """A word without the plural and the possessive."""
    base = fold(word.replace("’", "'").lower().removesuffix("'s").removesuffix("'")).replace(" ", "-")
    short = 3
    if len(base) <= short:
        return base
    if base.endswith("ies"):
        return base[:-3] + "y"
    if base.endswith(("sses", "shes", "ches", "xes", "zes")):
        return base[:-2]
    if base.endswith("s") and not base.endswith(("ss", "us", "is")):
        return base[:-1]
    return base


def check_terms(source: str, target: str, pairs: Sequence[TermPair], language: str) -> Iterator[Finding]:
    """Terms of the source whose translation is not in the target, and forbidden ones that are. Texts without marks.

    A term that stands in the target as it is belongs to a title or a name.
    """
    there = find_in_plain(source, pairs)
    spots = [spot for spot in there if source[spot.start : spot.end] not in target]
    found = list(dict.fromkeys(spot.pair for spot in there))
    meant = {spot.pair for spot in spots if not _is_verb(spot, source)}
    for pair in dict.fromkeys(spot.pair for spot in spots):
        forbidden = [variant for variant in pair.forbidden if _is_forbidden(variant, pair, found, target)]
        if forbidden:
            sentence = _(
                "“%(term)s” is not to be translated as “%(variant)s”; the glossary has “%(target)s”.",
                term=pair.term,
                variant=listed(forbidden),
                target=pair.target,
            )
            yield Finding(Check.FORBIDDEN_TERMS, sentence)
        elif pair in meant and not term_used(target, pair, language):
            sentence = _("For “%(term)s” the glossary has “%(target)s”.", term=pair.term, target=pair.target)
            yield Finding(Check.TERMS, sentence)


def _is_verb(spot: Occurrence, source: str) -> bool:
    """As in "to trigger", where the glossary most often has the noun."""
    return source[spot.start : spot.end].isalpha() and bool(_VERB.search(source[: spot.start]))


def term_used(target: str, pair: TermPair, language: str) -> bool:
    """Whether the pair's translation stands in the text, in any inflection."""
    return is_said(target, pair.target, language)


def _is_forbidden(variant: str, pair: TermPair, found: Sequence[TermPair], target: str) -> bool:
    """Whether the variant stands in the target, and not as a part of what a term of the source is rightly called."""
    right = {place for each in found for spot in places_of(target, each.target) for place in spot}
    if any(places_of(other.target, variant) for other in found if other is not pair):
        return False
    return any(not right.issuperset(spot) for spot in places_of(target, variant))
