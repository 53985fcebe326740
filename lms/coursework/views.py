"""Files of one's own work, and classmates' works to review. The page of an assignment is `lms.learning`'s."""

from dataclasses import dataclass

from flask import Response, g

from lms.accounts.forms import typed
from lms.accounts.session import current_person
from lms.coursework import queries, service
from lms.coursework.forms import ReviewForm, with_rubric
from lms.coursework.models import Submission
from lms.coursework.queries import CriterionLine
from lms.kernel.i18n import _
from lms.kernel.refusals import Invalid, NotFound, Refused
from lms.runs.queries import Place, may_work_here, place
from lms.translation.rules import Passage
from lms.ui.web import access, attach, feature, go, here, page, say

screens = feature("coursework")


@screens.get("/learn/<slug>/assignment/<key>/files/<digest>/")
@access("signed-in")
def my_file(slug: str, key: str, digest: str) -> Response:
    found = place(here().db, current_person(), slug, here().lang)
    work = queries.find_work(here().db, found.enrolment, key)
    if work is None:
        raise NotFound
    file = queries.file_of(here().db, work, digest, drafts=True)
    return attach(here().files.get(digest), file["type"], file["name"])


# -- classmates' works


@dataclass(frozen=True, slots=True)
class ReviewPage:
    slug: str
    key: str
    review: str
    title: Passage
    course: Passage
    submission: Submission
    rubric: list[CriterionLine]
    given: bool
    refused: str | None


@screens.get("/learn/<slug>/assignment/<key>/reviews/<review>/")
@access("signed-in")
def review(slug: str, key: str, review: str) -> Response:
    return _show_review(place(here().db, current_person(), slug, here().lang), key, review)


@screens.post("/learn/<slug>/assignment/<key>/reviews/<review>/")
@access("signed-in")
def give_review(slug: str, key: str, review: str) -> Response:
    db, person = here().db, current_person()
    found = place(db, person, slug, here().lang)
    asked, _submission = queries.review_here(db, found, key, review)
    form = with_rubric(ReviewForm, queries.rubric(found.reading, key))
    if not form.validate():
        return _show_review(found, key, review, form)
    said = {"levels": form.levels(), "feedback": typed(form.feedback)}
    try:
        service.give_review(db, person, found, key, asked, **said, now=here().now)  # type: ignore[arg-type]
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show_review(found, key, review, form)
    say(_("Thank you. The author sees it together with what the marker says, without your name."))
    return go("learning.assignment", slug=slug, key=key)


@screens.get("/learn/<slug>/assignment/<key>/reviews/<review>/files/<digest>/")
@access("signed-in")
def review_file(slug: str, key: str, review: str, digest: str) -> Response:
    found = place(here().db, current_person(), slug, here().lang)
    _asked, submission = queries.review_here(here().db, found, key, review)
    for number, file in enumerate(submission.files, 1):
        if file["digest"] == digest:
            return attach(here().files.get(digest), file["type"], f"{number}.{file['name'].rpartition('.')[2]}")
    raise NotFound


def _show_review(found: Place, key: str, review: str, form: ReviewForm | None = None) -> Response:
    g.return_path = f"learn/{found.slug}/assignment/{key}/reviews/{review}/"
    asked, submission = queries.review_here(here().db, found, key, review)
    reading, working = found.reading, may_work_here(here().db, found, here().now)
    activity, rubric = reading.package.activity(key), queries.rubric(reading, key)
    assert activity
    given = {f"level-{name}": str(level) for name, level in asked.levels.items()}
    content = ReviewPage(
        slug=found.slug,
        key=key,
        review=review,
        title=reading.text("course", activity.title),
        course=reading.text("course", reading.package.title),
        submission=submission,
        rubric=rubric,
        given=asked.given_at is not None,
        refused=working.reason if isinstance(working, Refused) else None,
    )
    status, form = (422, form) if form else (200, with_rubric(ReviewForm, rubric, formdata=None, data=given))
    return page("coursework/review.html", page=content, form=form, said_before=asked.text, status=status)
