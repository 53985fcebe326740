"""How the questions of a course behave, for those who look after it."""

from flask import Response, g

from lms.accounts.session import current_person
from lms.assessment import queries
from lms.catalog.queries import course_by_slug
from lms.ui.web import access, feature, here, page

screens = feature("question_administration", "assessment")

QUESTIONS = "/administration/courses/<slug>/questions/"


@screens.before_request
def stand_here() -> None:
    g.place = "administration"


@screens.get(QUESTIONS)
@access("administrator")
def quizzes(slug: str) -> Response:
    found = course_by_slug(here().db, current_person(), slug, here().now)
    return page("question_administration/quizzes.html", page=queries.quizzes_page(here().db, found, here().lang))


@screens.get(QUESTIONS + "<quiz>/")
@access("administrator")
def questions(slug: str, quiz: str) -> Response:
    found = course_by_slug(here().db, current_person(), slug, here().now)
    content = queries.questions_page(here().db, found, quiz, here().lang)
    return page("question_administration/questions.html", page=content)
