"""A course's texts as they travel to other tools."""

from sqlalchemy.orm import Session

from lms.catalog.models import Course
from lms.translation.queries import AtHand, at_hand
from lms.workshop.exchange.bundle import Bundle, Unit
from lms.workshop.rules import UNFINISHED


def bundle(db: Session, course: Course, language: str, *, only_unfinished: bool) -> Bundle:
    """A course's texts as they stand in a language; one query."""
    units = (_unit(each) for each in at_hand(db, course.slug, language))
    chosen = tuple(unit for unit in units if not only_unfinished or unit.standing in UNFINISHED)
    return Bundle(course.slug, course.source_language, language, chosen)


def _unit(each: AtHand) -> Unit:
    text = each.text
    return Unit(
        id=each.segment.public_id,
        document=each.segment.document,
        source=each.source,
        source_revision=each.segment.revision,
        target=text.text if text else "",
        standing=each.standing,
        base=each.newest,
        previous_source=each.previous_source,
        note=(each.working.comment or "") if each.working else "",
    )
