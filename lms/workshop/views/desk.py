"""The desk: a course's languages, the queue of one language, one text side by side, what it will look like."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, g, request, url_for

from lms.accounts.session import current_person
from lms.catalog.models import Course
from lms.catalog.queries import direction, title_in
from lms.catalog.source.inline import Links, inline_html
from lms.catalog.source.parts import Package
from lms.kernel.i18n import _, ngettext
from lms.kernel.refusals import Invalid, NotFound, Refused, require
from lms.translation.policy import may_approve_text
from lms.translation.rules import Passage, Standing, TranslationState
from lms.translation.service import Overtaken, Seen, approve_all, approve_translation, carry_over, send_back
from lms.ui.web import access, acknowledge, feature, go, hand_out, here, page, say
from lms.workshop.checks import Finding, Piece, TermPair, word_diff
from lms.workshop.forms.desk import LARGEST_ID, SeenForm, SendBackForm, TextForm
from lms.workshop.policy import may_assign, may_publish, may_review, may_say_meaning_unchanged, may_translate
from lms.workshop.queries import desk as queries
from lms.workshop.queries.desk import Change, DocumentLine, LanguageLine, Progress, Queue, Text
from lms.workshop.queries.memory import Match, match_text, matches
from lms.workshop.queries.terms import Stretch, terms_of, with_terms_marked
from lms.workshop.rules import STATES, Filters
from lms.workshop.service.desk import findings_of, write_text

screens = feature("workshop")
LONGEST_SEARCH = 200
MOST_PAGES = 10_000


@screens.before_request
def stand_here() -> None:
    g.place = "workshop"


def _course(slug: str) -> Course:
    return queries.course_at_work(here().db, current_person(), slug, here().now)


def _enter(slug: str, language: str) -> Course:
    """The course, if this person works on it in this language."""
    course = _course(slug)
    queries.target_language(course, language)
    require(may_translate(current_person(), slug, language, here().now))
    return course


# -- a course


@dataclass(frozen=True, slots=True)
class CoursePage:
    slug: str
    title: Passage
    source_language: str
    languages: list[LanguageLine]
    mine: frozenset[str]
    """The languages this person works on."""
    published_by_me: frozenset[str]
    changed: int
    """Texts whose source has changed since they were approved in some language."""
    assigns: bool


@screens.get("/workshop/<slug>/")
@access("signed-in")
def course(slug: str) -> Response:
    found, person, now = _course(slug), current_person(), here().now
    lines = queries.languages_of(here().db, found)
    content = CoursePage(
        slug=slug,
        title=title_in(found, here().lang),
        source_language=found.source_language,
        languages=lines,
        mine=frozenset(each.language for each in lines if may_translate(person, slug, each.language, now)),
        published_by_me=frozenset(each.language for each in lines if may_publish(person, slug, each.language, now)),
        changed=len(queries.changes(here().db, found)),
        assigns=bool(may_assign(person, slug, now)),
    )
    return page("workshop/course.html", page=content)


# -- the queue


@dataclass(frozen=True, slots=True)
class QueuePage:
    slug: str
    title: Passage
    language: str
    dir: str
    source_language: str
    filters: Filters
    queue: Queue
    documents: list[DocumentLine]
    titles: dict[str, str]
    progress: Progress
    reviews: bool
    approvable: list[int]
    """Ids of the texts on this page that this person may approve."""


@screens.get("/workshop/<slug>/<language>/")
@access("signed-in")
def queue(slug: str, language: str) -> Response:
    found, person, db = _enter(slug, language), current_person(), here().db
    filters = _filters()
    package = queries.package_at_work(db, found)
    documents = queries.documents_of(db, found, package, language)
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    lines = queries.queue(db, found, language, filters, person, number)
    reviews = bool(may_review(person, slug, language, here().now))
    content = QueuePage(
        slug=slug,
        title=title_in(found, here().lang),
        language=language,
        dir=direction(language),
        source_language=found.source_language,
        filters=filters,
        queue=lines,
        documents=documents,
        titles=queries.document_titles(package),
        progress=queries.all_of(documents),
        reviews=reviews,
        approvable=[
            each.text
            for each in lines.lines
            if reviews and each.standing == Standing.IN_REVIEW and not each.mine and each.text
        ],
    )
    return page("workshop/queue.html", page=content, states=STATES)


@screens.post("/workshop/<slug>/<language>/approve/")
@access("signed-in")
def approve_shown(slug: str, language: str) -> Response:
    """Approve the texts a reviewer had before them in a list."""
    found, person, db = _enter(slug, language), current_person(), here().db
    require(may_review(person, slug, language, here().now))
    ids = [int(each) for each in request.form.getlist("text")[: queries.ON_A_PAGE] if each.isdecimal()]
    waiting = queries.waiting_texts(db, found, language, [each for each in ids if each < LARGEST_ID])
    done = approve_all(db, person, waiting, language, here().now)
    say(ngettext("%(number)s text is approved.", "%(number)s texts are approved.", done))
    return go("workshop.queue", slug=slug, language=language, **_filters().query)


def _filters() -> Filters:
    state = request.args.get("state", "")
    return Filters(
        state=state if state in STATES else "",
        document=_asked("document"),
        search=_asked("q"),
    )


def _asked(name: str) -> str:
    return "".join(letter for letter in request.args.get(name, "") if letter.isprintable()).strip()[:LONGEST_SEARCH]


# -- one text


@dataclass(frozen=True, slots=True)
class TextPage:
    slug: str
    title: Passage
    language: str
    dir: str
    source_language: str
    filters: Filters
    document: str
    document_title: str
    at: Text
    shown: str
    """What stands in the field."""
    findings: Sequence[Finding]
    diff: list[Piece]
    """From the earlier source to the one of now."""
    stretches: list[Stretch]
    """The source, with the terms of the glossary in it."""
    matches: list[Match]
    theirs: list[Piece]
    """From what somebody else wrote meanwhile to what this person typed."""
    overtaken: str | None
    preview: str
    reviews: str | None
    """Why this person may not approve the text that waits; None when they may."""
    waits: bool
    next: str | None

    @property
    def terms(self) -> list[TermPair]:
        """The terms in the source, each once."""
        return list(dict.fromkeys(each.term for each in self.stretches if each.term))


@screens.get("/workshop/<slug>/<language>/text/<segment>/")
@access("signed-in")
def segment(slug: str, language: str, segment: str) -> Response:
    found = _enter(slug, language)
    at = queries.text_at_work(here().db, found, language, segment)
    restored, used = request.args.get("restore", type=int), request.args.get("use", type=int)
    shown = at.target
    if restored is not None and abs(restored) < LARGEST_ID:
        shown = queries.past_text(here().db, at.segment, language, restored)
    elif used is not None and abs(used) < LARGEST_ID:
        shown = match_text(here().db, language, used)
    return _show(found, language, at, shown)


@screens.post("/workshop/<slug>/<language>/text/<segment>/")
@access("signed-in")
def save(slug: str, language: str, segment: str) -> Response:
    """Keep a text, then on to the next one; what is worth a second look is shown once before."""
    found, db = _enter(slug, language), here().db
    at = queries.text_at_work(db, found, language, segment)
    form = TextForm()
    typed = _typed(form)
    if not form.validate():
        return _show(found, language, at, typed, form=form, status=422)
    try:
        for_review = form.go.data == "review"
        warnings = write_text(
            db, current_person(), found, language, at, typed, _seen(form), here().now, for_review=for_review
        )
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show(found, language, at, typed, form=form, status=422)
    except Overtaken as late:
        return _show(found, language, at, typed, overtaken=late.reason, status=409)
    say(_("Sent to review.") if for_review else _("Saved as a draft."))
    if warnings and form.warned.data != str(len(warnings)):
        return go("workshop.segment", slug=slug, language=language, segment=segment, **_filters().query)
    return _onward(found, language, at)


@screens.post("/workshop/<slug>/<language>/text/<segment>/approve/")
@access("signed-in")
def approve(slug: str, language: str, segment: str) -> Response:
    found, person = _enter(slug, language), current_person()
    require(may_review(person, slug, language, here().now))
    at = queries.text_at_work(here().db, found, language, segment)
    approve_translation(here().db, person, at.segment, language, _seen(SeenForm()), here().now)
    say(_("Approved: learners see this text from now on."))
    return _onward(found, language, at)


@screens.post("/workshop/<slug>/<language>/text/<segment>/send-back/")
@access("signed-in")
def return_text(slug: str, language: str, segment: str) -> Response:
    found, person = _enter(slug, language), current_person()
    require(may_review(person, slug, language, here().now))
    at = queries.text_at_work(here().db, found, language, segment)
    form = SendBackForm()
    if not form.validate():
        return _show(found, language, at, at.target, comment=form, status=422)
    send_back(here().db, person, at.segment, language, form.comment.data or "", _seen(form), here().now)
    say(_("Sent back to the translator, with your words."))
    return _onward(found, language, at)


@screens.post("/workshop/<slug>/<language>/text/<segment>/look/")
@access("signed-in")
def look(slug: str, language: str, segment: str) -> Response:
    """For the script: what the checks say of a text that is being typed, and how it will look. Keeps nothing."""
    found = _enter(slug, language)
    at = queries.text_at_work(here().db, found, language, segment)
    typed = _typed(TextForm())
    found_there = findings_of(here().db, found, at.segment, at.source, language, typed) if typed else []
    return acknowledge(
        html=inline_html(typed),
        findings=[{"sentence": each.sentence, "blocking": each.blocking} for each in found_there],
    )


def _typed(form: TextForm) -> str:
    return (form.text.data or "").replace("\r\n", "\n").strip()


def _seen(form: SeenForm) -> Seen:
    return Seen(form.base.data if form.base.data is not None else -1, form.revision.data or 0)


def _onward(course: Course, language: str, at: Text) -> Response:
    """To the next text of the queue one came from; without a queue, to the next that is not finished."""
    filters = _filters()
    ahead = filters if filters.state else replace(filters, state="unfinished")
    following = queries.next_text(here().db, course, language, ahead, at.segment)
    if following is None:
        say(_("Nothing more is waiting here."))
        return go("workshop.queue", slug=course.slug, language=language)
    return go("workshop.segment", slug=course.slug, language=language, segment=following, **filters.query)


def _show(
    course: Course,
    language: str,
    at: Text,
    shown: str,
    *,
    form: TextForm | None = None,
    comment: SendBackForm | None = None,
    overtaken: str | None = None,
    status: int = 200,
) -> Response:
    """The page of one text; when somebody was faster, with theirs and what was typed side by side."""
    db, person = here().db, current_person()
    if overtaken:
        at = queries.text_at_work(db, course, language, at.segment.public_id)
    titles = queries.document_titles(queries.package_at_work(db, course))
    filters = _filters()
    ahead = filters if filters.state else replace(filters, state="unfinished")
    mine = may_review(person, course.slug, language, here().now)
    if mine and at.working:
        mine = may_approve_text(person, at.working)
    content = TextPage(
        slug=course.slug,
        title=title_in(course, here().lang),
        language=language,
        dir=direction(language),
        source_language=course.source_language,
        filters=filters,
        document=at.segment.document,
        document_title=titles.get(at.segment.document, at.segment.document),
        at=at,
        shown=shown,
        findings=findings_of(db, course, at.segment, at.source, language, shown) if shown and not form else [],
        diff=word_diff(at.earlier_source, at.source) if at.earlier_source is not None else [],
        stretches=with_terms_marked(at.source, terms_of(db, language)),
        matches=matches(db, at.source, language, leave_out=at.segment.id),
        theirs=word_diff(at.target, shown) if overtaken and at.target != shown else [],
        overtaken=overtaken,
        preview=inline_html(shown),
        reviews=mine.reason if isinstance(mine, Refused) else None,
        waits=at.standing == Standing.IN_REVIEW and at.working is not None,
        next=queries.next_text(db, course, language, ahead, at.segment),
    )
    g.return_path = url_for(
        "workshop.segment", slug=course.slug, language=language, segment=at.segment.public_id
    ).removeprefix(f"/{here().lang}/")
    form = form or TextForm(formdata=None)
    comment = comment or SendBackForm(formdata=None)
    return page("workshop/text.html", status=status, page=content, form=form, comment=comment, states=TranslationState)


# -- what it will look like, and what changed


@dataclass(frozen=True, slots=True)
class PreviewPage:
    slug: str
    language: str
    source_language: str
    document: str
    title: Passage
    heading: Passage
    html: str
    dir: str


@screens.get("/workshop/<slug>/<language>/preview/<lesson>/")
@access("signed-in")
def preview(slug: str, language: str, lesson: str) -> Response:
    """A lesson as learners will see it once everything that is worked on is approved."""
    found = _enter(slug, language)
    reading = queries.draft_reading(here().db, found, language)
    activity = reading.package.activity(lesson)
    if activity is None or lesson not in reading.package.lessons:
        raise NotFound
    heading = reading.text("course", activity.title)
    content = PreviewPage(
        slug=slug,
        language=language,
        source_language=found.source_language,
        document=f"lesson {lesson}",
        title=title_in(found, here().lang),
        heading=heading,
        html=replace(reading, links=_preview_links(found, language, reading.package)).lesson_html(lesson),
        dir=direction(language),
    )
    return page("workshop/preview.html", page=content)


def _preview_links(course: Course, language: str, package: Package) -> Links:
    """Links of a lesson lead on inside the workshop: to other texts as they will be, else to where they are written."""
    place: dict[str, Any] = {"slug": course.slug, "language": language}

    def activity(key: str) -> str:
        if key in package.lessons:
            return url_for("workshop.preview", lesson=key, **place)
        # What has no text of its own is named in course.yaml alone.
        return url_for("workshop.queue", document=f"quiz {key}" if key in package.quizzes else "course", **place)

    return Links(
        term=lambda key: url_for("workshop.queue", document=f"glossary {key}", **place),
        activity=activity,
        media=lambda name: url_for("workshop.media", slug=course.slug, digest=package.media[name].sha256, name=name),
    )


@screens.get("/workshop/<slug>/media/<digest>/<name>")
@access("signed-in")
def media(slug: str, digest: str, name: str) -> Response:
    """A file of the course, for who works on its translation."""
    known = queries.package_at_work(here().db, _course(slug)).media.get(name)
    if known is None or known.sha256 != digest:
        raise NotFound
    return hand_out(here().files.get(digest), known.content_type, name)


@dataclass(frozen=True, slots=True)
class ChangedLine:
    change: Change
    document_title: str
    diff: list[Piece]


@dataclass(frozen=True, slots=True)
class ChangesPage:
    slug: str
    title: Passage
    source_language: str
    lines: list[ChangedLine]
    refusal: str | None
    """Why this person cannot say that the meaning is unchanged."""


@screens.get("/workshop/<slug>/changes/")
@access("signed-in")
def changes(slug: str) -> Response:
    found = _course(slug)
    titles = queries.document_titles(queries.package_at_work(here().db, found))
    verdict = may_say_meaning_unchanged(current_person(), slug, here().now)
    content = ChangesPage(
        slug=slug,
        title=title_in(found, here().lang),
        source_language=found.source_language,
        lines=[
            ChangedLine(each, titles.get(each.document, each.document), word_diff(each.earlier, each.now))
            for each in queries.changes(here().db, found)
        ],
        refusal=verdict.reason if isinstance(verdict, Refused) else None,
    )
    return page("workshop/changes.html", page=content)


@screens.post("/workshop/<slug>/changes/<segment>/")
@access("signed-in")
def meaning_unchanged(slug: str, segment: str) -> Response:
    found, person = _course(slug), current_person()
    require(may_say_meaning_unchanged(person, slug, here().now))
    at = queries.text_at_work(here().db, found, found.source_language, segment)
    carried = carry_over(here().db, person, at.segment, SeenForm().revision.data or 0, here().now)
    say(
        ngettext(
            "The translation into %(number)s language stands for the new text.",
            "The translations into %(number)s languages stand for the new text.",
            len(carried),
        )
    )
    return go("workshop.changes", slug=slug)
