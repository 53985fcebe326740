"""The glossary of a language as people read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lms.accounts.rules import is_public_id
from lms.kernel.refusals import NotFound
from lms.kernel.text import fold
from lms.translation.models import GlossaryTerm

ON_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Size:
    """How large the glossary of a language is."""

    language: str
    terms: int
    unconfirmed: int
    """Those that still need a native review."""


def sizes(db: Session, languages: Iterable[str]) -> list[Size]:
    """The glossary of each of these languages, also where it is empty; one query."""
    unconfirmed = func.sum(case((GlossaryTerm.needs_review, 1), else_=0))
    query = select(GlossaryTerm.language, func.count(), unconfirmed).where(GlossaryTerm.removed_at.is_(None))
    found = {row[0]: Size(*row) for row in db.execute(query.group_by(GlossaryTerm.language))}
    return [found.get(language, Size(language, 0, 0)) for language in languages]


@dataclass(frozen=True, slots=True)
class TermFilters:
    search: str = ""
    unconfirmed: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class Terms:
    lines: list[GlossaryTerm]
    total: int
    """Of those that fit."""
    unconfirmed: int
    """Of the whole glossary: those that still need a native review."""
    page: int
    pages: int


def terms(db: Session, language: str, filters: TermFilters) -> Terms:
    """What fits the filters, in the order of the alphabet; one query: there are hundreds, not thousands."""
    every = select(GlossaryTerm).where(GlossaryTerm.language == language, GlossaryTerm.removed_at.is_(None))
    found = list(db.scalars(every.order_by(GlossaryTerm.folded)))
    fitting = [term for term in found if _fits(term, filters)]
    pages = max(1, ceil(len(fitting) / ON_A_PAGE))
    page = min(filters.page, pages)
    return Terms(
        lines=fitting[(page - 1) * ON_A_PAGE : page * ON_A_PAGE],
        total=len(fitting),
        unconfirmed=sum(term.needs_review for term in found),
        page=page,
        pages=pages,
    )


def _fits(term: GlossaryTerm, filters: TermFilters) -> bool:
    if filters.unconfirmed and not term.needs_review:
        return False
    said = fold(" ".join([term.term, term.translation, term.definition or "", *term.forbidden]))
    return all(word in said for word in fold(filters.search).split())


def term_of(db: Session, language: str, public_id: str) -> GlossaryTerm:
    """One term that is in the glossary; NotFound when it is not."""
    query = select(GlossaryTerm).where(
        GlossaryTerm.public_id == public_id, GlossaryTerm.language == language, GlossaryTerm.removed_at.is_(None)
    )
    found = db.scalar(query) if is_public_id(public_id) else None
    if found is None:
        raise NotFound
    return found
