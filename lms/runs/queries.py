"""Reads of runs and enrolments."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.catalog.models import Course, CourseLanguage, Edition
from lms.catalog.queries import SOURCE_ONLY, Reading, reading_of
from lms.catalog.rules import LanguageState
from lms.kernel.refusals import NotFound
from lms.runs.models import Enrolment, Run
from lms.runs.rules import RunKind


@dataclass(frozen=True, slots=True)
class Place:
    """A learner in a course: their enrolment, the course, and the course as they read it now."""

    enrolment: Enrolment
    course: Course
    reading: Reading


# Asked with every page of a course, so it is put together once.
_PLACE = (
    select(Enrolment, Course, Edition.id, CourseLanguage.revision, CourseLanguage.state, CourseLanguage.state_since)
    .join(Run, Run.id == Enrolment.run_id)
    .join(Course, Course.id == Run.course_id)
    .join(Edition, (Edition.course_id == Course.id) & (Edition.number == Course.edition_number))
    .outerjoin(
        CourseLanguage, (CourseLanguage.course_id == Course.id) & (CourseLanguage.language == bindparam("language"))
    )
    .where(Enrolment.person_id == bindparam("person"), Course.slug == bindparam("slug"), Run.kind == RunKind.SELF_PACED)
)


def find_place(db: Session, person: Person, slug: str, language: str) -> Place | None:
    """The person's enrolment in the course's self-paced run, read in a language; one query, two on a cold start.

    Who had enrolled before a language was withdrawn goes on reading in it.
    """
    row = db.execute(_PLACE, {"person": person.id, "slug": slug, "language": language}).one_or_none()
    if row is None:
        return None
    enrolment, course, edition_id, revision, state, since = row
    if state == LanguageState.WITHDRAWN and enrolment.enrolled_at > since:
        revision = SOURCE_ONLY
    return Place(enrolment, course, reading_of(db, edition_id, language, revision or 0))


def place(db: Session, person: Person, slug: str, language: str) -> Place:
    """The same; NotFound for who is not enrolled."""
    found = find_place(db, person, slug, language)
    if found is None:
        raise NotFound
    return found
