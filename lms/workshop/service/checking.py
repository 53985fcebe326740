"""Looking anew at every text of a language: after a course was loaded, after the glossary changed."""

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from lms.catalog.models import Course
from lms.translation.models import Segment, SegmentRevision, Translation
from lms.translation.rules import WORKING, TranslationState
from lms.workshop.queries.terms import terms_of
from lms.workshop.service.desk import find


def check_language(db: Session, slug: str, language: str) -> int:
    """Count again what the checks say of every text that is approved or worked on; how many counts changed.

    Two queries and one bulk update, whatever the length of the course. Running it again changes nothing.
    """
    course = db.scalars(select(Course).where(Course.slug == slug)).one()
    terms = terms_of(db, language)
    rows = db.execute(
        select(Translation.id, Translation.warnings, Translation.text, SegmentRevision.text, Segment.document)
        .join(Segment, Segment.id == Translation.segment_id)
        .join(
            SegmentRevision,
            and_(SegmentRevision.segment_id == Segment.id, SegmentRevision.number == Segment.revision),
        )
        .where(
            Segment.collection == slug,
            Segment.position.is_not(None),
            Translation.language == language,
            Translation.state.in_((*WORKING, TranslationState.APPROVED)),
        )
    ).all()
    changed = [
        {"id": text_id, "warnings": count}
        for text_id, before, text, source, document in rows
        if (count := len(find(course, document, source, language, text, terms))) != before
    ]
    if changed:
        db.execute(update(Translation), changed)
    return len(changed)


def check_every_course(db: Session, language: str) -> int:
    """The same for every course that has texts in the language; three statements a course."""
    slugs = select(Segment.collection).join(Translation).where(Translation.language == language).distinct()
    return sum(check_language(db, slug, language) for slug in db.scalars(slugs.order_by(Segment.collection)).all())
