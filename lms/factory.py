"""Puts the floors together into one app: doors, languages, the transaction around each view, refusals into answers."""

from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, abort, g, redirect, request
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, generate_csrf
from jinja2 import StrictUndefined
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect

from lms import consequences
from lms.accounts import administration
from lms.accounts import session as log_in
from lms.accounts import views as accounts
from lms.assessment import administration as question_administration
from lms.assessment import views as assessment
from lms.catalog import administration as course_administration
from lms.catalog import views as catalog
from lms.catalog.queries import course_scopes, direction
from lms.certification import administration as certificate_administration
from lms.certification import views as certification
from lms.coursework import administration as marking
from lms.coursework import views as coursework
from lms.discussion import administration as moderation
from lms.discussion import views as discussion
from lms.facilitation import administration as facilitation
from lms.facilitation import views as archive
from lms.intake import administration as selection
from lms.intake import views as intake
from lms.kernel import clock, i18n
from lms.kernel.db import Database
from lms.kernel.events import finish
from lms.kernel.files import FileStore
from lms.kernel.i18n import _
from lms.kernel.logs import set_up_logs
from lms.kernel.outbox import Worker
from lms.kernel.refusals import Conflict, Denied, Invalid, NotFound, Overloaded, TooMany
from lms.kernel.shelf import Shelf
from lms.learning import views as learning
from lms.meetings import administration as meeting_management
from lms.meetings import views as meetings
from lms.operations import views as operations
from lms.runs import administration as run_management
from lms.runs import views as runs
from lms.runs.policy import works_in_runs
from lms.settings import Settings
from lms.ui import markup
from lms.ui import views as ui
from lms.ui.security import SAFE, secure
from lms.ui.static_files import serve_static_files
from lms.ui.web import Here, acknowledge, address, language_links, page, wants_json
from lms.workshop.policy import has_part
from lms.workshop.views import assignments, desk, exchange, glossary, interface, publication

log = structlog.get_logger("web")

SCREENS = [
    ui.screens,
    accounts.screens,
    administration.screens,
    catalog.screens,
    course_administration.screens,
    runs.screens,
    run_management.screens,
    intake.screens,
    selection.screens,
    meetings.screens,
    meetings.feed,
    meeting_management.screens,
    assessment.screens,
    question_administration.screens,
    coursework.screens,
    marking.screens,
    learning.screens,
    discussion.screens,
    moderation.screens,
    certification.screens,
    certification.short,
    certificate_administration.screens,
    certification.well_known,
    certification.badges,
    facilitation.screens,
    archive.screens,
    operations.screens,
    desk.screens,
    assignments.screens,
    publication.screens,
    interface.screens,
    glossary.screens,
    exchange.screens,
]

DOORS = {
    "anyone": lambda: None,
    "signed-in": log_in.enter_signed_in,
    "administrator": log_in.enter_administration,
}
"""Who may come in at all. Each view names one; what they may do inside is the policy's word."""


RUN_PAGES: list[tuple[str, Any]] = [
    ("facilitation.dashboard", i18n.lazy_gettext("Overview")),
    ("run_management.plan", i18n.lazy_gettext("Plan")),
    ("selection.board", i18n.lazy_gettext("Applications")),
    ("run_management.roster", i18n.lazy_gettext("Participants")),
    ("meeting_management.sessions", i18n.lazy_gettext("Live sessions")),
    ("marking.queue", i18n.lazy_gettext("Assignments")),
    ("discussion.threads", i18n.lazy_gettext("Discussions")),
    ("discussion.announcements", i18n.lazy_gettext("Announcements")),
    ("facilitation.gradebook", i18n.lazy_gettext("Gradebook")),
    ("facilitation.closing", i18n.lazy_gettext("Closing")),
    ("facilitation.report", i18n.lazy_gettext("Report")),
]
"""The pages of a run for those who teach it, in order: each takes the run's slug alone."""

BRAND_SETTING = "Masar"
BRAND = i18n.lazy_gettext("Masar")
"""Our own name is written in the reader's script; an organisation's own name stays as it is set."""


class Masar(Flask):
    """Flask with one transaction around each view, committed here and nowhere else."""

    def dispatch_request(self) -> ResponseReturnValue:
        answer = self.make_response(super().dispatch_request())
        db = g.here.db
        if request.method in SAFE:
            if db.new or db.dirty or db.deleted or db.info.get("events"):
                raise RuntimeError(f"{request.method} {request.path} changed something")
        else:
            finish(db, consequences.within(g.here.settings), g.here.now)
            self.extensions["lms.worker"].wake()
        return answer


def create_app(settings: Settings, database: Database | None = None) -> Flask:
    """The whole platform as a WSGI app. Refuses to start when a view has no door."""
    set_up_logs()
    app = Masar("lms", static_folder=None)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.config["TEMPLATES_AUTO_RELOAD"] = False
    database = database or Database(settings.database_url)
    files = FileStore(settings.data_dir / "files")
    handlers = consequences.after(settings, database, files, clock.now)
    app.extensions |= {
        "lms.settings": settings,
        "lms.database": database,
        "lms.files": files,
        "lms.pages": Shelf[bytes](128),
        "lms.worker": Worker(database, handlers, clock.now),
    }

    @app.before_request
    def arrive() -> None:
        g.here = Here(database.open(write=request.method not in SAFE), clock.now(), settings, database, files)
        i18n.set_language(_language_of_request())
        if request.method not in SAFE:
            if getattr(app.view_functions.get(request.endpoint or ""), "takes_large_files", False):
                request.max_content_length = settings.max_body_bytes + settings.max_file_bytes
            # The whole body first: a slow line must not hold the write lock, which the first query takes.
            request.get_data(cache=True, parse_form_data=True)
        if "\0" in request.path:
            abort(404)
        asked = (request.view_args or {}).pop("lang", None)
        if asked is not None and asked not in i18n.LANGUAGES:
            abort(404)
        if request.url_rule is not None:
            log_in.introduce()
            g.works_on_translation = has_part(g.here.person, g.here.now)
            g.works_in_runs = works_in_runs(g.here.person, g.here.now)
            DOORS[_door(app, request.endpoint)]()

    secure(app, settings)

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        if "here" in g:
            g.here.db.close()

    @app.url_defaults
    def keep_language(endpoint: str, values: dict[str, Any]) -> None:
        if "lang" not in values and app.url_map.is_endpoint_expecting(endpoint, "lang"):
            values["lang"] = i18n.current_language().code

    for screens in SCREENS:
        app.register_blueprint(screens)
    # A mailbox that unsubscribes by itself has no page to take a token from; the signed address is the proof.
    app.extensions["csrf"].exempt(accounts.unsubscribe_now)
    serve_static_files(app)
    log_in.install_log_in(app)
    _teach_templates(app, settings)
    _answer_refusals(app, settings)

    @app.get("/")
    def start() -> Response:
        person = g.here.person
        lang = person.language if person and person.language in i18n.LANGUAGES else i18n.current_language().code
        return redirect(f"/{lang}/courses/")  # type: ignore[return-value]

    start.door = "anyone"  # type: ignore[attr-defined]
    app.extensions["lms.personal_data"] = consequences.personal_data(files)
    app.extensions["lms.scopes"] = course_scopes
    app.extensions["lms.sign"] = consequences.signing(settings)
    for rule in app.url_map.iter_rules():
        if _door(app, rule.endpoint) not in DOORS:
            raise RuntimeError(f"{rule.endpoint} ({rule}) has no door")
    return app


def _language_of_request() -> str:
    """The language in the address, also of a page that does not exist; else the browser's; else the source language."""
    prefix = request.path.lstrip("/").partition("/")[0]
    if prefix in i18n.LANGUAGES:
        return prefix
    return request.accept_languages.best_match(list(i18n.LANGUAGES)) or i18n.SOURCE_LANGUAGE


def _door(app: Flask, endpoint: str | None) -> str:
    return str(getattr(app.view_functions[endpoint or ""], "door", ""))


def _teach_templates(app: Flask, settings: Settings) -> None:
    env = app.jinja_env
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(i18n.template_gettext, i18n.template_ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.filters |= {
        "number": i18n.format_number,
        "hundredths": i18n.format_hundredths,
        "percent": i18n.format_percent,
        "date": i18n.format_date,
        "size": i18n.format_size,
        "datetime": lambda instant: i18n.format_datetime(instant, _zone()),
        "time": lambda instant: i18n.format_time(instant, _zone()),
        "datetime_in": i18n.format_datetime,
        "time_in": i18n.format_time,
        "language_name": i18n.language_name,
        "direction": direction,
    }
    env.globals |= {
        "passage": markup.passage,
        "passage_attributes": markup.passage_attributes,
        "trusted": markup.trusted,
        "language_links": language_links,
        "url_for": address,
        "csrf_token": generate_csrf,
    }

    @app.context_processor
    def surroundings() -> dict[str, Any]:
        place = (request.endpoint or "").partition(".")[0]
        return {
            "platform_name": BRAND if settings.platform_name == BRAND_SETTING else settings.platform_name,
            "language": i18n.current_language(),
            "person": g.here.person if "here" in g else None,
            "is_administrator": g.get("is_administrator", False),
            "works_on_translation": g.get("works_on_translation", False),
            "works_in_runs": g.get("works_in_runs", False),
            "run_pages": RUN_PAGES,
            "place": g.get("place", place),
        }


def _zone() -> str:
    person = g.here.person
    return person.time_zone if person else "UTC"


@dataclass(frozen=True, slots=True)
class ErrorPage:
    title: str
    sentence: str


def _answer(
    status: int, title: str, sentence: str, headers: dict[str, str] | None = None, **details: object
) -> Response:
    if "here" in g:
        g.here.db.rollback()
    if request_ctx.url_adapter is None:  # another site's name: there is no address to build a page with
        answer = Response(sentence, status, mimetype="text/plain")
    elif wants_json():
        answer = acknowledge(status, error=sentence, **(details or {}))
    else:
        answer = page("ui/error.html", status=status, page=ErrorPage(title, sentence))
    answer.headers.update(headers or {})
    return answer


def _answer_refusals(app: Flask, settings: Settings) -> None:
    """Each way to say no, with its own status and a sentence in the reader's language."""

    @app.errorhandler(log_in.LogInNeeded)
    def log_in_first(_error: log_in.LogInNeeded) -> Response:
        if wants_json():
            return _answer(401, "", _("Please log in again. What you typed is kept here until then."))
        return accounts.send_to_log_in()

    @app.errorhandler(NotFound)
    @app.errorhandler(404)
    def not_found(_error: Exception) -> Response:
        return _answer(
            404,
            _("This page is not here"),
            _("The address may be mistyped, or the page has moved or was never public."),
        )

    @app.errorhandler(Denied)
    def denied(error: Denied) -> Response:
        return _answer(403, _("You cannot do this"), error.reason)

    @app.errorhandler(CSRFError)
    @app.errorhandler(403)
    def foreign(_error: Exception) -> Response:
        return _answer(
            403, _("This form has expired"), _("Nothing was changed. Go back, reload the page and send it again.")
        )

    @app.errorhandler(Conflict)
    def conflict(error: Conflict) -> Response:
        return _answer(409, _("Something changed in the meantime"), error.reason, details=error.details)

    @app.errorhandler(Invalid)
    def invalid(error: Invalid) -> Response:
        return _answer(
            422, _("This cannot be taken as it is"), " ".join(error.fields.values()), details={"fields": error.fields}
        )

    @app.errorhandler(TooMany)
    def too_many(error: TooMany) -> Response:
        return _answer(
            429,
            _("Too many tries"),
            _("Please wait a little and try again. Nothing was lost."),
            {"Retry-After": str(error.retry_after)},
        )

    @app.errorhandler(Overloaded)
    @app.errorhandler(OperationalError)
    def overloaded(error: Exception) -> Response:
        log.warning("overloaded", error=str(error))
        return _answer(
            503,
            _("Very busy"),
            _("Too many people are here at once. Please try again in a moment."),
            {"Retry-After": "5"},
        )

    @app.errorhandler(413)
    def too_large(_error: Exception) -> Response:
        most = i18n.format_size(request.max_content_length or settings.max_body_bytes)
        return _answer(
            413, _("This is too large"), _("At most %(size)s can be sent at once. Nothing was changed.", size=most)
        )

    @app.errorhandler(RecursionError)
    def too_deep(_error: RecursionError) -> Response:
        return other(BadRequest())

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> Response:
        status = error.code or 400
        if isinstance(error, RequestRedirect):
            return error.get_response()  # type: ignore[return-value]
        headers = {"Allow": ", ".join(error.valid_methods or [])} if isinstance(error, MethodNotAllowed) else None
        return _answer(
            status,
            _("This request cannot be answered"),
            _("Something in it was not as expected. Nothing was changed."),
            headers,
        )

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        log.exception("unexpected", path=request.path, error=repr(error))
        return _answer(
            500,
            _("Something went wrong on our side"),
            _("Nothing was changed. Please try again; if it happens twice, tell us."),
        )
