"""The glossary of a language as people read it."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lms.kernel.refusals import NotFound
from lms.kernel.text import fold
from lms.translation.models import GlossaryTerm

ON_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Glossary:
    terms: list[GlossaryTerm]
    total: int
    unconfirmed: int
    """How many of the whole language still need a native reader."""
    page: int
    pages: int


def glossary(db: Session, language: str, search: str, *, unconfirmed: bool, page: int = 1) -> Glossary:
    """The terms that fit, in the alphabet of the source; three queries."""
    here = select(GlossaryTerm).where(GlossaryTerm.language == language, GlossaryTerm.removed_at.is_(None))
    waiting = here.where(GlossaryTerm.needs_review)
    found = waiting if unconfirmed else here
    for word in search.split()[:6]:
        folded = GlossaryTerm.folded.contains(fold(word), autoescape=True)
        found = found.where(or_(folded, GlossaryTerm.translation.icontains(word, autoescape=True)))
    total = db.scalar(select(func.count()).select_from(found.subquery())) or 0
    rows = db.scalars(found.order_by(GlossaryTerm.folded).limit(ON_A_PAGE).offset((page - 1) * ON_A_PAGE)).all()
    left = db.scalar(select(func.count()).select_from(waiting.subquery())) or 0
    return Glossary(list(rows), total, left, page, max(1, -(-total // ON_A_PAGE)))


def term_of(db: Session, language: str, public_id: str) -> GlossaryTerm:
    """One term of this very language; NotFound for any other, and for what was removed."""
    found = db.scalar(
        select(GlossaryTerm).where(
            GlossaryTerm.language == language,
            GlossaryTerm.public_id == public_id,
            GlossaryTerm.removed_at.is_(None),
        )
    )
    if found is None:
        raise NotFound
    return found
