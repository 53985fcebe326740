"""Screens of discussions and announcements: the same for participants and for those who teach in the run."""

from dataclasses import dataclass
from typing import Any, cast

from flask import Response, g, request

from lms.accounts.forms import typed
from lms.accounts.session import current_person
from lms.catalog.queries import Reading
from lms.catalog.source.parts import Activity, ActivityKind
from lms.discussion import queries
from lms.discussion.forms import AUDIENCES, TRACKS, AnswerForm, EditForm, ReasonForm, ThreadForm
from lms.discussion.models import Post, Thread
from lms.discussion.policy import may_edit, may_read_of, may_report, may_see_history, may_write
from lms.discussion.queries import (
    Announcements,
    Hall,
    PostLine,
    Threads,
    ThreadShown,
    Topic,
    VersionLine,
    people_to_mention,
)
from lms.discussion.rules import MOST_MENTIONS
from lms.discussion.service import talking
from lms.kernel.i18n import _, country_names
from lms.kernel.refusals import Invalid, NotFound, Refused, require
from lms.learning.queries import Outline, Step, done_activities, outline
from lms.runs.queries import Place, RunHead, find_place, run_head
from lms.runs.rules import RunKind
from lms.translation.rules import Passage
from lms.ui.forms import Form, whole_number
from lms.ui.web import access, feature, go, here, page, say

screens = feature("discussion")


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above every page: where one is, and whether one can still write."""

    slug: str
    course: Passage
    run: str
    teaching: RunHead | None
    """For those who teach."""
    closed: str | None
    """Why nothing can be written any more."""


def _enter(slug: str) -> Hall:
    found = queries.hall(here().db, current_person(), slug, here().lang, here().now)
    g.place = "teaching" if found.teaches else "learning"
    return found


def _head(hall: Hall) -> Head:
    db, person, verdict = here().db, current_person(), may_write(hall.run)
    return Head(
        slug=hall.slug,
        course=hall.reading.text("course", hall.reading.package.title),
        run=hall.run.title or "",
        teaching=run_head(db, person, hall.run, here().lang, here().now) if hall.teaches else None,
        closed=verdict.reason if isinstance(verdict, Refused) else None,
    )


def _number() -> int:
    return request.args.get("page", 1, type=int)


# -- threads


@dataclass(frozen=True, slots=True)
class ThreadsPage:
    head: Head
    threads: Threads
    topics: list[Topic]
    about: str | None
    """The topic that is shown alone."""
    reports: int
    """That wait for those who teach."""


@screens.get("/learn/<slug>/threads/")
@access("signed-in")
def threads(slug: str) -> Response:
    hall, db, asked = _enter(slug), here().db, request.args.get("about")
    topic = queries.topic(hall, asked) if asked is not None else None
    content = ThreadsPage(
        head=_head(hall),
        threads=queries.threads(db, hall, topic, _number()),
        topics=queries.topics(hall),
        about=topic.value if topic else None,
        reports=queries.count_of_reports(db, hall.run) if hall.teaches else 0,
    )
    return page("discussion/threads.html", page=content)


@dataclass(frozen=True, slots=True)
class WritingPage:
    head: Head
    can_mention: bool


@screens.get("/learn/<slug>/threads/new/")
@access("signed-in")
def new_thread(slug: str) -> Response:
    hall = _enter(slug)
    require(may_write(hall.run))
    form = ThreadForm(formdata=None, about=request.args.get("about", ""))
    return _show_new_thread(hall, form)


@screens.post("/learn/<slug>/threads/new/")
@access("signed-in")
def open_thread(slug: str) -> Response:
    hall, form = _enter(slug), ThreadForm()
    require(may_write(hall.run))
    g.return_path = f"learn/{slug}/threads/new/"
    _offer(form, hall)
    if not form.validate():
        return _show_new_thread(hall, form)
    topic = queries.topic(hall, typed(form.about))
    try:
        thread = talking.open_thread(
            here().db, hall, topic or Topic(None, None, None), title=typed(form.title), **_written(form)
        )
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show_new_thread(hall, form)
    say(_("Your thread is open."))
    return go("discussion.thread", slug=slug, thread=thread.public_id)


def _written(form: AnswerForm) -> dict[str, Any]:
    """What every text comes with."""
    mentioned = form.mentioned.data or []
    return {"text": typed(form.text), "lang": typed(form.lang), "mentioned": mentioned, "now": here().now}


def _offer(form: AnswerForm, hall: Hall) -> bool:
    """Put into the form what can be chosen; whether there is anybody to mention."""
    people = people_to_mention(here().db, hall, here().now)
    form.offer(people)
    if isinstance(form, ThreadForm):
        form.offer_topics(queries.topics(hall))
    return bool(people)


def _show_new_thread(hall: Hall, form: ThreadForm) -> Response:
    content = WritingPage(_head(hall), _offer(form, hall))
    return page("discussion/new_thread.html", page=content, form=form, most=MOST_MENTIONS, status=_status(form))


def _status(form: Form) -> int:
    return 422 if form.errors else 200


@dataclass(frozen=True, slots=True)
class ThreadPage:
    head: Head
    thread: ThreadShown
    can_mention: bool


@screens.get("/learn/<slug>/threads/<thread>/")
@access("signed-in")
def thread(slug: str, thread: str) -> Response:
    hall = _enter(slug)
    return _show_thread(hall, queries.thread(here().db, hall, thread, here().now), AnswerForm(formdata=None))


@screens.post("/learn/<slug>/threads/<thread>/")
@access("signed-in")
def answer(slug: str, thread: str) -> Response:
    hall, form = _enter(slug), AnswerForm()
    found = queries.thread(here().db, hall, thread, here().now)
    require(may_write(hall.run))
    g.return_path = f"learn/{slug}/threads/{thread}/"
    _offer(form, hall)
    if not form.validate():
        return _show_thread(hall, found, form)
    try:
        post = talking.answer_thread(here().db, hall, found, **_written(form))
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show_thread(hall, found, form)
    return _go_to(hall, found, post)


def _go_to(hall: Hall, thread: Thread, post: Post) -> Response:
    """The page of the thread on which a post stands."""
    number = queries.page_of(here().db, thread, post)
    return go(
        "discussion.thread",
        slug=hall.slug,
        thread=thread.public_id,
        page=number if number > 1 else None,
        _anchor=f"post-{post.public_id}",
    )


def _show_thread(hall: Hall, thread: Thread, form: AnswerForm) -> Response:
    can_mention = hall.writes and _offer(form, hall)
    content = ThreadPage(_head(hall), queries.shown_thread(here().db, hall, thread, _number()), can_mention)
    return page("discussion/thread.html", page=content, form=form, most=MOST_MENTIONS, status=_status(form))


@screens.post("/learn/<slug>/threads/<thread>/resolve/")
@access("signed-in")
def resolve(slug: str, thread: str) -> Response:
    hall = _enter(slug)
    found, resolved = queries.thread(here().db, hall, thread, here().now), request.form.get("resolved") != "no"
    talking.resolve_thread(here().db, hall, found, resolved=resolved, now=here().now)
    say(_("This thread counts as resolved.") if resolved else _("This thread counts as open again."))
    return go("discussion.thread", slug=slug, thread=thread)


# -- one post


@dataclass(frozen=True, slots=True)
class PostPage:
    head: Head
    thread: str
    title: Passage
    post: PostLine
    earlier: list[VersionLine]


def _post(slug: str, thread: str, post: str) -> tuple[Hall, Thread, Post]:
    """A post this person may read; NotFound for one that is hidden from them."""
    hall = _enter(slug)
    found = queries.thread(here().db, hall, thread, here().now)
    said = queries.post(here().db, found, post)
    if said.hidden_at is not None and not hall.teaches:
        raise NotFound
    return hall, found, said


def _post_page(hall: Hall, thread: Thread, post: Post, earlier: list[VersionLine] | None = None) -> PostPage:
    title = queries.said_in(thread.title, thread.lang)
    return PostPage(_head(hall), thread.public_id, title, queries.post_line(hall, post), earlier or [])


@screens.get("/learn/<slug>/threads/<thread>/posts/<post>/edit/")
@access("signed-in")
def post_to_edit(slug: str, thread: str, post: str) -> Response:
    hall, found, said = _post(slug, thread, post)
    require(may_write(hall.run) and may_edit(hall.person, said))
    form = EditForm(formdata=None, text=said.text, lang=said.lang, version=str(said.version))
    return page("discussion/edit.html", page=_post_page(hall, found, said), form=form)


@screens.post("/learn/<slug>/threads/<thread>/posts/<post>/edit/")
@access("signed-in")
def edit(slug: str, thread: str, post: str) -> Response:
    hall, found, said = _post(slug, thread, post)
    require(may_write(hall.run) and may_edit(hall.person, said))
    form = EditForm()
    version = whole_number(form.version.data)
    try:
        if form.validate():
            written = {"text": typed(form.text), "lang": typed(form.lang)}
            talking.edit_post(here().db, hall, said, version, **written, now=here().now)
            return _go_to(hall, found, said)
    except Invalid as wrong:
        form.refuse(wrong.fields)
    g.return_path = f"learn/{slug}/threads/{thread}/posts/{post}/edit/"
    return page("discussion/edit.html", page=_post_page(hall, found, said), form=form, status=422)


@screens.get("/learn/<slug>/threads/<thread>/posts/<post>/history/")
@access("signed-in")
def history(slug: str, thread: str, post: str) -> Response:
    hall, found, said = _post(slug, thread, post)
    require(may_see_history(hall.person, said, teaching=hall.teaches))
    earlier = queries.earlier_versions(here().db, said)
    return page("discussion/history.html", page=_post_page(hall, found, said, earlier))


@screens.get("/learn/<slug>/threads/<thread>/posts/<post>/report/")
@access("signed-in")
def post_to_report(slug: str, thread: str, post: str) -> Response:
    hall, found, said = _post(slug, thread, post)
    require(may_write(hall.run) and may_report(hall.person, said))
    return page("discussion/report.html", page=_post_page(hall, found, said), form=ReasonForm(formdata=None))


@screens.post("/learn/<slug>/threads/<thread>/posts/<post>/report/")
@access("signed-in")
def report(slug: str, thread: str, post: str) -> Response:
    hall, found, said = _post(slug, thread, post)
    form = ReasonForm()
    try:
        if form.validate():
            talking.report_post(here().db, hall, said, reason=typed(form.reason), now=here().now)
            say(_("Thank you. Those who teach in this run look at it."))
            return _go_to(hall, found, said)
    except Invalid as wrong:
        form.refuse(wrong.fields)
    require(may_write(hall.run) and may_report(hall.person, said))
    g.return_path = f"learn/{slug}/threads/{thread}/posts/{post}/report/"
    return page("discussion/report.html", page=_post_page(hall, found, said), form=form, status=422)


# -- the discussions that stand in the course


@dataclass(frozen=True, slots=True)
class ActivityPage:
    slug: str
    key: str
    course: Passage
    title: Passage
    minutes: int | None
    html: str
    stale: bool
    untranslated: bool
    source_language: str
    outline: Outline | None
    """For who takes part."""
    before: Step | None
    after: Step | None
    talk: "Talk | None"
    """None in a self-paced run, where nobody is there to talk to."""


@dataclass(frozen=True, slots=True)
class Talk:
    head: Head
    threads: Threads
    topic: str


@screens.get("/learn/<slug>/discussion/<key>/")
@access("signed-in")
def activity(slug: str, key: str) -> Response:
    """What the course asks, and what people answer to it."""
    stand = find_place(here().db, current_person(), slug, here().lang)
    hall = None if stand and stand.run.kind == RunKind.SELF_PACED else _enter(slug)
    reading = hall.reading if hall else cast("Place", stand).reading
    found = reading.package.activity(key)
    if found is None or found.kind != ActivityKind.DISCUSSION:
        raise NotFound
    talk = _talk(hall, found) if hall else None
    return page("discussion/activity.html", page=_activity_page(slug, reading, found, stand, talk))


def _talk(hall: Hall, found: Activity) -> Talk:
    """The threads of a discussion of the course; Denied while its module is not open."""
    module = next(each.key for each in hall.reading.package.modules if found in each.activities)
    require(may_read_of(hall.run, module, teaching=hall.teaches, now=here().now))
    topic = Topic(module, found.key, None)
    return Talk(_head(hall), queries.threads(here().db, hall, topic, _number()), topic.value)


def _activity_page(
    slug: str, reading: Reading, found: Activity, stand: Place | None, talk: Talk | None
) -> ActivityPage:
    marks, steps = reading.lesson_marks(found.key), None
    if stand is not None:
        done = done_activities(here().db, stand.enrolment)
        steps = outline(stand, done, here().lang, here().now, current=found.key)
    among = steps if steps and steps.step(found.key) else None
    return ActivityPage(
        slug=slug,
        key=found.key,
        course=reading.text("course", reading.package.title),
        title=reading.text("course", found.title),
        minutes=found.minutes,
        html=reading.lesson_html(found.key),
        stale=marks.stale,
        untranslated=marks.untranslated,
        source_language=reading.package.language,
        outline=steps,
        before=among.before(found.key) if among else None,
        after=among.after(found.key) if among else None,
        talk=talk,
    )


# -- announcements


@dataclass(frozen=True, slots=True)
class AnnouncementsPage:
    head: Head
    announcements: Announcements
    audiences: Any
    values: dict[str, str]
    """What modules, tracks and countries are called, for those who teach."""


@screens.get("/learn/<slug>/announcements/")
@access("signed-in")
def announcements(slug: str) -> Response:
    hall = _enter(slug)
    found = queries.announcements(here().db, hall, here().lang, _number())
    content = AnnouncementsPage(_head(hall), found, AUDIENCES, _values(hall) if hall.teaches else {})
    return page("discussion/announcements.html", page=content)


def _values(hall: Hall) -> dict[str, str]:
    modules = {each.key: hall.reading.text("course", each.title).text for each in hall.reading.package.modules}
    return country_names() | {key.value: str(name) for key, name in TRACKS.items()} | modules
