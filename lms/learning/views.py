"""A learner's pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, g, redirect, request
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older

from lms.accounts.session import current_person
from lms.catalog.models import CourseLanguage
from lms.catalog.queries import Reading
from lms.catalog.source.inline import inline_html
from lms.catalog.source.parts import ActivityKind
from lms.coursework import service as coursework
from lms.coursework.forms import HAND_IN, WorkForm
from lms.coursework.queries import MyWork, my_work
from lms.kernel.i18n import _, language_name
from lms.kernel.refusals import Conflict, Invalid, NotFound, Refused, require
from lms.learning import queries, service
from lms.learning.forms import CertificateDetailsForm, EvaluationForm
from lms.learning.models import CertificateDetails, Evaluation
from lms.learning.policy import certificate_languages, may_confirm_details, may_hand_in_evaluation
from lms.learning.queries import CertificateStanding, CourseInHand, Outline, Step, ThisWeek
from lms.meetings.queries import MeetingLine, meeting_lines, minutes_attended
from lms.runs.models import Enrolment
from lms.runs.queries import Place, may_open_activity, may_work_here, place
from lms.runs.rules import RunStage
from lms.runs.service import remember_place
from lms.translation.rules import Passage
from lms.ui.web import access, acknowledge, feature, go, hand_out, here, page, say, takes_large_files

screens = feature("learning")


def _stand(slug: str) -> tuple[Place, set[str]]:
    """The learner's place in the course and what they have done; NotFound for who is not enrolled."""
    found = place(here().db, current_person(), slug, here().lang)
    return found, queries.done_activities(here().db, found.enrolment)


def _activity(found: Place, kind: ActivityKind, key: str) -> None:
    activity = found.reading.package.activity(key)
    if activity is None or activity.kind != kind:
        raise NotFound
    require(may_open_activity(found, key, here().now))


@dataclass(frozen=True, slots=True)
class MyLearning:
    courses: list[CourseInHand]


@screens.get("/learn/")
@access("signed-in")
def my_learning() -> Response:
    return page(
        "learning/my_learning.html", page=MyLearning(queries.courses_in_hand(here().db, current_person(), here().lang))
    )


@dataclass(frozen=True, slots=True)
class CourseHome:
    outline: Outline
    week: ThisWeek | None
    """In a dated run."""
    ended: bool
    """The run is closed: of the certificates, only what was earned is shown."""
    standings: list[CertificateStanding]
    missing: int
    """Things the certificate of completion still asks for."""
    scores: dict[str, float]
    """Best score so far of each quiz, as a share of 1."""
    resume: Step | None
    read_in: str | None
    """The language last read in, where it is another than this page's."""
    has_glossary: bool


@screens.get("/learn/<slug>/")
@access("signed-in")
def course_home(slug: str) -> Response:
    found, done = _stand(slug)
    db, lang = here().db, here().lang
    outline = queries.outline(found, done, lang, here().now)
    earned = queries.earned_completions(db, found.enrolment)
    details = db.get(CertificateDetails, found.enrolment.id)
    minutes = minutes_attended(db, [found.enrolment.id])[found.enrolment.id] if found.run.stage else 0
    standings = queries.certificate_standings(found, outline, done, minutes, earned, details)
    ended = found.run.stage == RunStage.CLOSED
    content = CourseHome(
        outline=outline,
        week=queries.this_week(db, found, outline, here().now),
        ended=ended,
        standings=[each for each in standings if each.earned or not ended],
        missing=sum(not item.done for item in standings[0].items),
        scores=queries.best_scores(db, found.enrolment),
        resume=_resume(found.enrolment, outline),
        read_in=found.enrolment.language if found.enrolment.language != lang else None,
        has_glossary=bool(found.reading.package.glossary),
    )
    return page("learning/course_home.html", page=content)


def _resume(enrolment: Enrolment, outline: Outline) -> Step | None:
    """Where to go on: where the learner was last if that is not done, else the first step that is not."""
    last = outline.step(enrolment.last_activity) if enrolment.last_activity else None
    return last if last and not last.done else outline.next


@screens.get("/learn/<slug>/resume")
@access("signed-in")
def resume(slug: str) -> Response:
    """Go on where one left off, in the language last read."""
    found, done = _stand(slug)
    language = found.enrolment.language
    step = _resume(found.enrolment, queries.outline(found, done, language, here().now))
    return redirect(step.url if step else f"/{language}/learn/{slug}/", 303)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class LessonPage:
    slug: str
    key: str
    outline: Outline
    title: Passage
    number: int
    lessons: int
    minutes: int | None
    html: str
    lang: str
    dir: str
    stale: bool
    untranslated: bool
    source_language: str
    before: Step | None
    after: Step | None


@screens.get("/learn/<slug>/lesson/<key>/")
@access("signed-in")
def lesson(slug: str, key: str) -> Response:
    found, done = _stand(slug)
    _activity(found, ActivityKind.LESSON, key)
    outline = queries.outline(found, done, here().lang, here().now, current=key)
    lessons = [step.key for step in outline.steps if step.kind == ActivityKind.LESSON]
    step = outline.step(key)
    assert step is not None
    reading = found.reading
    marks = reading.lesson_marks(key)
    content = LessonPage(
        slug=slug,
        key=key,
        outline=outline,
        title=step.title,
        number=lessons.index(key) + 1,
        lessons=len(lessons),
        minutes=step.minutes,
        html=reading.lesson_html(key),
        lang=reading.language,
        dir=step.title.dir,
        stale=marks.stale,
        untranslated=marks.untranslated,
        source_language=reading.package.language,
        before=outline.before(key),
        after=outline.after(key),
    )
    return page("learning/lesson.html", page=content)


@screens.post("/learn/<slug>/lesson/<key>/")
@access("signed-in")
def leave_lesson(slug: str, key: str) -> Response:
    """The lesson is read to its end: on to the next step."""
    found, done = _stand(slug)
    _activity(found, ActivityKind.LESSON, key)
    db, lang = here().db, here().lang
    if may_work_here(db, found, here().now):  # who comes back to a run that is over reads on, and nothing is noted
        service.complete_activity(db, current_person(), found.enrolment, key, lang, here().now)
    following = queries.outline(found, done, lang, here().now).after(key)
    remember_place(db, found.enrolment, following.key if following else key, lang)
    return redirect(following.url, 303) if following else go("learning.course_home", slug=slug)  # type: ignore[return-value]


@screens.post("/learn/<slug>/place")
@access("signed-in")
def note_place(slug: str) -> Response:
    """A script says where the learner is reading, so that another device can go on there."""
    found, _done = _stand(slug)
    sent: Any = request.get_json(silent=True)
    key = sent.get("activity") if isinstance(sent, dict) else None
    if not isinstance(key, str) or found.reading.package.activity(key) is None:
        raise Invalid({"activity": _("This activity is not part of the course.")})
    remember_place(here().db, found.enrolment, key, here().lang)
    return acknowledge()


@dataclass(frozen=True, slots=True)
class TextPage:
    """What a live session or an assignment says."""

    slug: str
    key: str
    outline: Outline
    step: Step
    html: str
    """Empty where a live session has no words of its own."""
    stale: bool
    untranslated: bool
    source_language: str
    before: Step | None
    after: Step | None
    sessions: list[MeetingLine]
    """When it takes place, of a live session."""
    work: MyWork | None
    """What the participant does for an assignment, where somebody marks it."""


@screens.get("/learn/<slug>/session/<key>/")
@access("signed-in")
def session(slug: str, key: str) -> Response:
    return _text_page(slug, key, ActivityKind.MEETING)


@screens.get("/learn/<slug>/assignment/<key>/")
@access("signed-in")
def assignment(slug: str, key: str) -> Response:
    return _text_page(slug, key, ActivityKind.ASSIGNMENT)


@screens.post("/learn/<slug>/assignment/<key>/")
@access("signed-in")
@takes_large_files
def save_assignment(slug: str, key: str) -> Response:
    """Save the draft, or hand it in. What was typed stays on the page whatever is wrong with it."""
    found, form, status = _stand(slug)[0], WorkForm(), 422
    _activity(found, ActivityKind.ASSIGNMENT, key)
    handing_in = form.deed.data == HAND_IN
    verb = coursework.hand_in if handing_in else coursework.save_draft
    try:
        if form.validate():
            verb(here().db, here().files, here().settings, current_person(), found, key, form.written(), here().now)
            say(_("Your work is handed in.") if handing_in else _("Your draft is saved. It is not handed in yet."))
            return go("learning.assignment", slug=slug, key=key)
    except Invalid as wrong:
        form.refuse(wrong.fields)
    except Conflict as elsewhere:
        if not elsewhere.details:
            raise
        form.refuse({"": elsewhere.reason})
        status = 409
    return _text_page(slug, key, ActivityKind.ASSIGNMENT, form, status)


def _text_page(slug: str, key: str, kind: ActivityKind, form: WorkForm | None = None, status: int = 200) -> Response:
    g.return_path = request.path.lstrip("/").partition("/")[2]
    found, done = _stand(slug)
    _activity(found, kind, key)
    outline, reading = queries.outline(found, done, here().lang, here().now, current=key), found.reading
    step = outline.step(key)
    assert step is not None
    marks = reading.lesson_marks(key) if key in reading.package.lessons else None
    content = TextPage(
        slug=slug,
        key=key,
        outline=outline,
        step=step,
        html=reading.lesson_html(key) if marks else "",
        stale=marks is not None and marks.stale,
        untranslated=marks is not None and marks.untranslated,
        source_language=reading.package.language,
        before=outline.before(key),
        after=outline.after(key),
        sessions=meeting_lines(here().db, found.run, reading, here().now, key) if kind is ActivityKind.MEETING else [],
        work=my_work(here().db, found, key, here().now) if kind is ActivityKind.ASSIGNMENT else None,
    )
    if form is None and content.work:
        form = WorkForm(formdata=None, data={"text": content.work.text})
    return page("learning/text.html", page=content, form=form, largest=here().settings.max_file_bytes, status=status)


@dataclass(frozen=True, slots=True)
class EvaluationPage:
    slug: str
    outline: Outline
    title: Passage
    refused: str | None


@screens.route("/learn/<slug>/evaluation/<key>/", methods=["GET", "POST"])
@access("signed-in")
def evaluation(slug: str, key: str) -> Response:
    found, done = _stand(slug)
    _activity(found, ActivityKind.EVALUATION, key)
    db, lang, form = here().db, here().lang, EvaluationForm()
    if form.validate_on_submit():
        require(may_work_here(db, found, here().now))
        service.hand_in_evaluation(
            db,
            current_person(),
            found.enrolment,
            key,
            satisfaction=int(form.satisfaction.data),
            expectations=int(form.expectations.data),
            equipped=int(form.equipped.data),
            comment=(form.comment.data or "").replace("\0", "").strip() or None,
            language=lang,
            now=here().now,
        )
        say(_("Thank you. Your view helps to make the course better."))
        return go("learning.course_home", slug=slug)
    outline = queries.outline(found, done, lang, here().now, current=key)
    step = outline.step(key)
    assert step is not None
    verdict = may_hand_in_evaluation(db.get(Evaluation, found.enrolment.id)) and may_work_here(db, found, here().now)
    content = EvaluationPage(slug, outline, step.title, verdict.reason if isinstance(verdict, Refused) else None)
    return page("learning/evaluation.html", page=content, form=form, status=422 if form.errors else 200)


@dataclass(frozen=True, slots=True)
class CertificateDetailsPage:
    slug: str
    course: Passage
    outline: Outline
    refused: str | None
    confirmed_at: datetime | None


@screens.route("/learn/<slug>/certificate/", methods=["GET", "POST"])
@access("signed-in")
def certificate_details(slug: str) -> Response:
    """Name as printed and language, confirmed before the certificate is issued."""
    found, done = _stand(slug)
    db, person = here().db, current_person()
    details = db.get(CertificateDetails, found.enrolment.id)
    offered = certificate_languages(_languages(found))
    known = {
        "name": details.name if details else person.name,
        "local_name": details.local_name if details else person.local_name,
        "language": details.language if details else here().lang,
    }
    form = CertificateDetailsForm(data=known)
    form.language.choices = [SelectChoice(code, language_name(code)) for code in offered]
    issued = bool(queries.earned_completions(db, found.enrolment)) and details is not None
    if form.validate_on_submit():
        try:
            service.confirm_certificate_details(
                db,
                person,
                found.enrolment,
                name=form.name.data or "",
                local_name=form.local_name.data,
                language=form.language.data,
                now=here().now,
            )
        except Invalid as refused:
            form.refuse(refused.fields)
        else:
            say(_("Your certificate will carry this name."))
            return go("learning.course_home", slug=slug)
    verdict, status = may_confirm_details(details, issued=issued), 422 if form.errors else 200
    if isinstance(verdict, Refused):  # what stands is shown, whatever was sent
        form = CertificateDetailsForm(formdata=None, data=known)
    outline = queries.outline(found, done, here().lang, here().now)
    content = CertificateDetailsPage(
        slug,
        outline.course,
        outline,
        verdict.reason if isinstance(verdict, Refused) else None,
        details.confirmed_at if details else None,
    )
    return page("learning/certificate_details.html", page=content, form=form, status=status)


def _languages(found: Place) -> list[CourseLanguage]:
    return queries.languages_of(here().db, found.course)


@dataclass(frozen=True, slots=True)
class GlossaryLine:
    key: str
    term: Passage
    definition: Passage


@dataclass(frozen=True, slots=True)
class GlossaryPage:
    slug: str
    outline: Outline
    lines: list[GlossaryLine]


@screens.get("/learn/<slug>/glossary/")
@access("signed-in")
def glossary(slug: str) -> Response:
    found, done = _stand(slug)
    content = GlossaryPage(slug, queries.outline(found, done, here().lang, here().now), _glossary(found.reading))
    return page("learning/glossary.html", page=content, inline=inline_html)


def _glossary(reading: Reading) -> list[GlossaryLine]:
    lines = [
        GlossaryLine(
            each.key,
            reading.text(f"glossary {each.key}", each.term),
            reading.text(f"glossary {each.key}", each.definition),
        )
        for each in reading.package.glossary
    ]
    return sorted(lines, key=lambda line: line.term.text.casefold())


@screens.get("/learn/<slug>/media/<digest>/<name>")
@access("signed-in")
def media(slug: str, digest: str, name: str) -> Response:
    """A file of the course, by content; only its readers get it."""
    found, _done = _stand(slug)
    known = found.reading.package.media.get(name)
    if known is None or known.sha256 != digest:
        raise NotFound
    return hand_out(here().files.get(digest), known.content_type, name)
