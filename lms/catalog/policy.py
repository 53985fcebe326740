"""Who may see and change courses."""

from datetime import datetime

from lms.accounts.models import Person
from lms.accounts.policy import holds, is_administrator
from lms.accounts.rules import Role
from lms.catalog.models import Course, CourseLanguage
from lms.catalog.rules import Category, Stage, has_enough
from lms.kernel.i18n import _
from lms.kernel.refusals import Allowed, Refused, Verdict


def may_see(person: Person | None, course: Course, now: datetime) -> bool:
    """Whether the course exists for this person at all: drafts and pilots are for those who work on them.

    Whoever is enrolled reads on by `learning.policy`, whatever the stage.
    """
    if course.stage in {Stage.OPEN, Stage.ARCHIVED}:
        return True
    if person is None:
        return False
    scope = f"course:{course.slug}"
    staff = (Role.AUTHOR, Role.PROGRAMME_MANAGER) if course.stage == Stage.DRAFT else tuple(Role)
    return is_administrator(person, now) or any(holds(person, role, now, scope) for role in staff)


def may_enrol(person: Person | None, course: Course, now: datetime) -> Verdict:
    """Join by oneself, at any time."""
    if course.category == Category.INSTRUCTOR_LED:
        return Refused(_("This course is held in dated runs; one applies for a place in a run."))
    if course.stage == Stage.ARCHIVED:
        return Refused(_("This course is archived: it takes no new learners."))
    if course.stage == Stage.DRAFT:
        return Refused(_("This course is still being written."))
    if not may_see(person, course, now):
        return Refused(_("This course is in its pilot: it is open to invited people only."))
    return Allowed()


def is_far_enough(course: Course, row: CourseLanguage) -> bool:
    """Whether so much of a language is approved that the course may be offered in it."""
    rest, rest_done = row.words - row.exact_words, row.words_done - row.exact_words_done
    return has_enough(row.exact_words_done, row.exact_words, course.exact_percent) and has_enough(
        rest_done, rest, course.rest_percent
    )
