"""Screens for those who teach: looking after what was written, and announcing."""

from dataclasses import dataclass

from flask import Response, g, request

from lms.accounts.forms import typed
from lms.accounts.session import current_person
from lms.discussion import queries
from lms.discussion.forms import AnnouncementForm, ReasonForm, announcement_form
from lms.discussion.models import Post, Thread
from lms.discussion.policy import may_write
from lms.discussion.queries import Hall, PostLine, ReportLine
from lms.discussion.service import announcing, talking
from lms.kernel.i18n import LANGUAGES, Language, _, country_names, ngettext
from lms.kernel.refusals import Conflict, Invalid, require
from lms.runs.models import Run
from lms.runs.queries import RunHead, reading_of_run, run_head, run_to_teach
from lms.translation.rules import Passage
from lms.ui.web import access, feature, go, here, page, say

screens = feature("moderation", "discussion")


@screens.before_request
def stand_here() -> None:
    g.place = "teaching"


def _run(slug: str) -> Run:
    return run_to_teach(here().db, current_person(), slug, here().now)


def _head(run: Run) -> RunHead:
    return run_head(here().db, current_person(), run, here().lang, here().now)


def _hall(slug: str) -> Hall:
    """For those who teach alone."""
    _run(slug)
    return queries.hall(here().db, current_person(), slug, here().lang, here().now)


# -- threads and posts


@screens.post("/teaching/<slug>/threads/<thread>/pin/")
@access("signed-in")
def pin(slug: str, thread: str) -> Response:
    hall, pinned = _hall(slug), request.form.get("pinned") != "no"
    found = queries.thread(here().db, hall, thread, here().now)
    talking.pin_thread(here().db, current_person(), hall.run, found, pinned=pinned, now=here().now)
    say(_("The thread stands above the others.") if pinned else _("The thread stands among the others."))
    return go("discussion.thread", slug=slug, thread=thread)


@dataclass(frozen=True, slots=True)
class HidingPage:
    head: RunHead
    thread: str
    title: Passage
    post: PostLine
    whole_thread: bool


def _post(hall: Hall, thread: str, post: str) -> tuple[Thread, Post]:
    found = queries.thread(here().db, hall, thread, here().now)
    return found, queries.post(here().db, found, post)


@screens.get("/teaching/<slug>/threads/<thread>/posts/<post>/hide/")
@access("signed-in")
def post_to_hide(slug: str, thread: str, post: str) -> Response:
    hall = _hall(slug)
    return _show_hiding(hall, *_post(hall, thread, post), ReasonForm(formdata=None))


@screens.post("/teaching/<slug>/threads/<thread>/posts/<post>/hide/")
@access("signed-in")
def hide(slug: str, thread: str, post: str) -> Response:
    hall, form = _hall(slug), ReasonForm()
    found, said = _post(hall, thread, post)
    try:
        if form.validate():
            reason, now = typed(form.reason), here().now
            talking.hide_post(here().db, current_person(), hall.run, said, reason=reason, now=now)
            say(_("The post is hidden from the participants."))
            return go("discussion.thread", slug=slug, thread=thread)
    except Invalid as wrong:
        form.refuse(wrong.fields)
    g.return_path = f"teaching/{slug}/threads/{thread}/posts/{post}/hide/"
    return _show_hiding(hall, found, said, form)


def _show_hiding(hall: Hall, thread: Thread, post: Post, form: ReasonForm) -> Response:
    if post.hidden_at is not None:
        raise Conflict(_("Somebody else has hidden this post already."))
    content = HidingPage(
        head=_head(hall.run),
        thread=thread.public_id,
        title=queries.said_in(thread.title, thread.lang),
        post=queries.post_line(hall, post),
        whole_thread=post.opening,
    )
    return page("moderation/hide.html", page=content, form=form, status=422 if form.errors else 200)


@screens.post("/teaching/<slug>/threads/<thread>/posts/<post>/show/")
@access("signed-in")
def show(slug: str, thread: str, post: str) -> Response:
    hall = _hall(slug)
    _found, said = _post(hall, thread, post)
    talking.show_post(here().db, current_person(), hall.run, said, here().now)
    say(_("Participants can read the post again."))
    return go("discussion.thread", slug=slug, thread=thread)


# -- what was reported


@dataclass(frozen=True, slots=True)
class ReportsPage:
    head: RunHead
    reports: list[ReportLine]


@screens.get("/teaching/<slug>/reports/")
@access("signed-in")
def reports(slug: str) -> Response:
    run = _run(slug)
    return page("moderation/reports.html", page=ReportsPage(_head(run), queries.open_reports(here().db, run)))


@screens.post("/teaching/<slug>/reports/<report>/leave/")
@access("signed-in")
def leave(slug: str, report: str) -> Response:
    run = _run(slug)
    talking.leave_post(here().db, current_person(), run, queries.report(here().db, run, report), here().now)
    say(_("The report is settled, and the post stays."))
    return go("moderation.reports", slug=slug)


# -- announcing


@dataclass(frozen=True, slots=True)
class AnnouncingPage:
    head: RunHead
    languages: list[Language]
    """The page's first."""


@screens.get("/teaching/<slug>/announcements/new/")
@access("signed-in")
def new_announcement(slug: str) -> Response:
    """The address may say for whom, so that other pages lead here with a group chosen."""
    run = _run(slug)
    require(may_write(run))
    asked = {name: request.args[name] for name in ("audience", "module", "track", "country") if name in request.args}
    return _show_announcing(run, announcement_form(formdata=None, **asked))


@screens.post("/teaching/<slug>/announcements/new/")
@access("signed-in")
def announce(slug: str) -> Response:
    run, form = _run(slug), announcement_form()
    g.return_path = f"teaching/{slug}/announcements/new/"
    _offer(run, form)
    if not form.validate():
        return _show_announcing(run, form)
    try:
        _publish(run, form)
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show_announcing(run, form)
    return go("discussion.announcements", slug=slug)


def _publish(run: Run, form: AnnouncementForm) -> None:
    audience, value = form.chosen()
    done = announcing.publish_announcement(
        here().db,
        current_person(),
        run,
        form.texts(),
        source=here().lang,
        audience=audience,
        value=value,
        by_mail=bool(form.by_mail.data),
        now=here().now,
    )
    people = queries.count_of_recipients(here().db, done)
    say(ngettext("Announced to %(number)s person.", "Announced to %(number)s people.", people))


def _offer(run: Run, form: AnnouncementForm) -> None:
    reading, names = reading_of_run(here().db, run, here().lang), country_names()
    countries = queries.countries_of(here().db, run)
    form.offer(
        {each.key: reading.text("course", each.title).text for each in reading.package.modules},
        {code: name for code, name in names.items() if code in countries},
    )


def _show_announcing(run: Run, form: AnnouncementForm) -> Response:
    _offer(run, form)
    languages = sorted(LANGUAGES.values(), key=lambda each: each.code != here().lang)
    content = AnnouncingPage(_head(run), languages)
    return page("moderation/announce.html", page=content, form=form, status=422 if form.errors else 200)
