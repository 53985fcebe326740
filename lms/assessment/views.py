"""Screens of self-tests and quizzes."""

from flask import Response, g, request

from lms.accounts.session import current_person
from lms.assessment import queries, service
from lms.assessment.forms import PROBLEM_SENTENCES, read_fields, read_saved_answer, read_sent
from lms.assessment.models import Attempt
from lms.assessment.policy import may_answer
from lms.assessment.queries import Sitting
from lms.assessment.question_types.kind import Fields, Payload, UnreadableAnswer
from lms.assessment.rules import AttemptState
from lms.catalog.source.inline import inline_html, plain
from lms.kernel.db import new_public_id
from lms.kernel.i18n import _, format_time
from lms.kernel.refusals import Conflict, Invalid, NotFound
from lms.runs.queries import place
from lms.runs.service import remember_place
from lms.ui.web import access, acknowledge, feature, go, here, page, wants_json

screens = feature("assessment")
screens.add_app_template_filter(inline_html, "inline")
screens.add_app_template_filter(plain, "plain")

QUIZ = '/learn/<slug>/<any(quiz, "self-test"):kind>/<key>/'
ATTEMPT = "/learn/attempts/<attempt>/"


@screens.get(QUIZ)
@access("signed-in")
def quiz(slug: str, kind: str, key: str) -> Response:
    found = place(here().db, current_person(), slug, here().lang)
    return page("assessment/quiz.html", page=queries.quiz_page(here().db, found, kind, key, here().now))


@screens.post(QUIZ + "start")
@access("signed-in")
def start(slug: str, kind: str, key: str) -> Response:
    person = current_person()
    found = place(here().db, person, slug, here().lang)
    if queries.quiz_sheet(found.reading, key).kind != kind:
        raise NotFound
    attempt = service.start_attempt(here().db, person, found, key, here().now)
    return go("assessment.attempt", attempt=attempt.public_id)


@screens.get(ATTEMPT)
@access("signed-in")
def attempt(attempt: str) -> Response:
    """Wherever the learner should go on."""
    found = _sitting(attempt)
    return _elsewhere(found) or go(
        "assessment.question", attempt=attempt, number=queries.first_open_number(here().db, found)
    )


@screens.get(ATTEMPT + "<int:number>/")
@access("signed-in")
def question(attempt: str, number: int) -> Response:
    found = _sitting(attempt)
    return _elsewhere(found) or page(
        "assessment/question.html", page=queries.question_page(here().db, found, number, here().now)
    )


@screens.post(ATTEMPT + "<int:number>/")
@access("signed-in")
def answer(attempt: str, number: int) -> Response:
    """An answer from a page without its script."""
    found, fields = _sitting(attempt), read_fields(request.form)
    try:
        payload = _read(found, number, fields)
    except UnreadableAnswer as error:
        sentence = str(PROBLEM_SENTENCES[error.problem])
        content = queries.question_page(here().db, found, number, here().now, fields=fields, mistake=sentence)
        return page("assessment/question.html", status=422, page=content)
    try:
        _save(found, number, payload, client=new_public_id(), client_seq=1, language=here().lang, waited=0)
    except Conflict as refused:
        return _too_late(found, refused.reason)
    if found.shows_feedback_at_once:
        return go("assessment.question", attempt=attempt, number=number)
    if number < len(found.attempt.question_keys):
        return go("assessment.question", attempt=attempt, number=number + 1)
    return go("assessment.hand_in", attempt=attempt)


@screens.post(ATTEMPT + "answers")
@access("signed-in")
def save_answer(attempt: str) -> Response:
    """An answer from the script: acknowledged only when it is kept, the same way however often it is sent."""
    found, sent = _sitting(attempt), read_saved_answer(request.get_json())
    try:
        payload = _read(found, sent.question, sent.answer)
    except UnreadableAnswer as error:
        raise Invalid({"answer": str(PROBLEM_SENTENCES[error.problem])}) from error
    saved = _save(
        found,
        sent.question,
        payload,
        client=sent.client,
        client_seq=sent.client_seq,
        language=sent.language,
        waited=sent.waited,
    )
    said = _("✓ Saved at %(time)s", time=format_time(saved.saved_at, current_person().time_zone))
    if not saved.counts:
        said = _("✓ Saved, but the answer you gave later, on another device or page, counts.")
    return acknowledge(acknowledged=saved.seq, saved_at=saved.saved_at.isoformat(), said=said, counts=saved.counts)


@screens.get(ATTEMPT + "hand-in/")
@access("signed-in")
def hand_in(attempt: str) -> Response:
    found = _sitting(attempt)
    if found.attempt.state == AttemptState.FINISHED:
        return go("assessment.result", attempt=attempt)
    return page("assessment/hand_in.html", page=queries.hand_in_page(here().db, found, here().now))


@screens.post(ATTEMPT + "hand-in/")
@access("signed-in")
def submit(attempt: str) -> Response:
    found = _sitting(attempt)
    sent = read_sent(request.form.get("sent", ""))
    try:
        service.submit_attempt(here().db, current_person(), found.attempt, sent, here().now)
    except Conflict as refused:
        if wants_json():
            raise
        return _too_late(found, refused.reason)
    return go("assessment.result", attempt=attempt)


@screens.get(ATTEMPT + "result/")
@access("signed-in")
def result(attempt: str) -> Response:
    found = _sitting(attempt)
    if found.attempt.state == AttemptState.OPEN:
        return go("assessment.hand_in", attempt=attempt)
    return page("assessment/result.html", page=queries.result_page(here().db, found, here().now))


def _sitting(public_id: str) -> Sitting:
    found = queries.sitting(here().db, current_person(), public_id, here().lang)
    g.return_path = f"learn/attempts/{public_id}/"
    return found


def _elsewhere(found: Sitting) -> Response | None:
    """Where to look instead when the attempt takes no more answers."""
    if found.attempt.state == AttemptState.FINISHED:
        return go("assessment.result", attempt=found.attempt.public_id)
    if not may_answer(found.attempt, here().now):
        return go("assessment.hand_in", attempt=found.attempt.public_id)
    return None


def _read(found: Sitting, number: int, fields: Fields) -> Payload | None:
    asked = found.asked(_key(found.attempt, number))
    payload: Payload | None = asked.rules.read_answer(asked.question, found.attempt.seed, fields)
    return payload


def _save(
    found: Sitting, number: int, payload: Payload | None, *, client: str, client_seq: int, language: str, waited: int
) -> service.Saved:
    remember_place(here().db, found.enrolment, found.attempt.quiz_key, language)
    return service.save_answer(
        here().db,
        found.attempt,
        client=client,
        client_seq=client_seq,
        question_key=_key(found.attempt, number),
        payload=payload,
        language=language,
        waited=waited,
        now=here().now,
    )


def _key(attempt: Attempt, number: int) -> str:
    if not 1 <= number <= len(attempt.question_keys):
        raise NotFound
    key: str = attempt.question_keys[number - 1]
    return key


def _too_late(found: Sitting, reason: str) -> Response:
    """The refusal on a page that leads on."""
    if found.attempt.state == AttemptState.FINISHED:
        content = queries.result_page(here().db, found, here().now, reason)
        return page("assessment/result.html", status=409, page=content)
    return page("assessment/hand_in.html", status=409, page=queries.hand_in_page(here().db, found, here().now, reason))
