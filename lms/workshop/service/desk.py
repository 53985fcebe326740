"""Writing a text at the desk: checked, then kept."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.catalog.models import Course
from lms.kernel.refusals import Invalid
from lms.translation.models import Segment
from lms.translation.service import Draft, Seen, save_translation
from lms.workshop.checks import Finding, TermPair, check_translation
from lms.workshop.queries.desk import Text
from lms.workshop.queries.terms import terms_of


def find(
    course: Course, document: str, source: str, language: str, text: str, terms: Sequence[TermPair]
) -> list[Finding]:
    """What the checks say of a text in this place, what blocks first."""
    return check_translation(
        source,
        text,
        language=language,
        source_language=course.source_language,
        terms=terms,
        tight=document.startswith("figure "),
    )


def findings_of(db: Session, course: Course, segment: Segment, source: str, language: str, text: str) -> list[Finding]:
    """The same for one text at the desk, by the glossary of now."""
    return find(course, segment.document, source, language, text, terms_of(db, language))


def write_text(
    db: Session,
    person: Person,
    course: Course,
    language: str,
    at: Text,
    typed: str,
    seen: Seen,
    now: datetime,
    *,
    for_review: bool,
) -> list[Finding]:
    """Keep what was typed as draft or for review; what is worth a second look is given back.

    Invalid when the checks say it cannot be kept; Overtaken when somebody or the source was faster.
    """
    found = findings_of(db, course, at.segment, at.source, language, typed)
    blocking = [each.sentence for each in found if each.blocking]
    if blocking:
        raise Invalid({"text": " ".join(blocking)})
    save_translation(db, person, at.segment, language, Draft(typed, for_review, len(found)), seen, now)
    return found
