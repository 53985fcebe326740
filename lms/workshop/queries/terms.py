"""The glossary as the checks and the highlighting of terms take it."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.catalog.source.inline import plain
from lms.kernel.shelf import Shelf
from lms.translation.models import GlossaryTerm
from lms.workshop.checks import TermPair, find_terms

_kept: Shelf[list[TermPair]] = Shelf(64)


def terms_of(db: Session, language: str) -> list[TermPair]:
    """Every term of a language, kept until one of them changes: rows never go, and versions only grow."""
    glossary = select(GlossaryTerm).where(GlossaryTerm.language == language)
    state = func.count(), func.sum(GlossaryTerm.version), func.max(GlossaryTerm.public_id)
    name = (language, *db.execute(glossary.with_only_columns(*state)).one())

    def read() -> list[TermPair]:
        rows = db.scalars(glossary.where(GlossaryTerm.removed_at.is_(None)).order_by(GlossaryTerm.folded))
        return [TermPair(row.term, row.translation, tuple(row.forbidden), row.definition or "") for row in rows]

    return _kept.get(name, read)


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
