"""How the questions of a course behave, for those who look after it."""

from flask import Response, g

from lms.accounts.session import current_person
from lms.assessment import queries
from lms.assessment.policy import may_read_statistics
from lms.catalog.models import Course
from lms.catalog.queries import course_by_slug
from lms.kernel.refusals import NotFound
from lms.ui.web import access, feature, here, page

screens = feature("question_administration", "assessment")

QUESTIONS = "/administration/courses/<slug>/questions/"


@screens.before_request
def stand_here() -> None:
    g.place = "administration"


def _course(slug: str) -> Course:
    if not may_read_statistics(current_person(), slug, here().now):
        raise NotFound
    return course_by_slug(here().db, current_person(), slug, here().now)


@screens.get(QUESTIONS)
@access("signed-in")
def quizzes(slug: str) -> Response:
    found = _course(slug)
    return page("question_administration/quizzes.html", page=queries.quizzes_page(here().db, found, here().lang))


@screens.get(QUESTIONS + "<quiz>/")
@access("signed-in")
def questions(slug: str, quiz: str) -> Response:
    found = _course(slug)
    content = queries.questions_page(here().db, found, quiz, here().lang)
    return page("question_administration/questions.html", page=content)
