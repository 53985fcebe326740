"""The glossary as the checks and the highlighting of terms take it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.catalog.source.inline import plain
from lms.translation.models import GlossaryTerm
from lms.workshop.checks import TermPair, find_terms


def terms_of(db: Session, language: str) -> list[TermPair]:
    """Every term of a language."""
    rows = db.scalars(select(GlossaryTerm).where(GlossaryTerm.language == language).order_by(GlossaryTerm.folded))
    return [TermPair(row.term, row.translation, tuple(row.forbidden), row.definition or "") for row in rows]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a source text; the term it is, if it is one."""

    text: str
    term: TermPair | None = None


def with_terms_marked(source: str, terms: list[TermPair]) -> list[Stretch]:
    """The source, marks and all, cut where terms of the glossary stand; joined again it is the source."""
    said, stretches, at = plain(source), [], 0
    for found in find_terms(source, terms):
        words = said[found.start : found.end]
        start = source.find(words, at)
        if start < 0:  # marks stand inside the term
            continue
        stretches += [Stretch(source[at:start]), Stretch(words, found.pair)]
        at = start + len(words)
    return [each for each in (*stretches, Stretch(source[at:])) if each.text]
