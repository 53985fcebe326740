"""Screens for those who select: the board, one application and its scores, form and targets, invitations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, g, request

from lms.accounts.forms import GENDERS, ORGANISATION_TYPES, typed
from lms.accounts.rules import Gender, OrganisationType
from lms.accounts.session import current_person
from lms.intake import queries, service
from lms.intake.exchange import MOST_LINES, read_invitees
from lms.intake.forms import CRITERIA, LONGEST_LIST, OUTCOMES, STATES, DecisionForm, InviteForm, score_form
from lms.intake.models import Invitation
from lms.intake.policy import may_review
from lms.intake.queries import Board, Filters, Line, Question
from lms.intake.rules import HIGHEST_SCORE, MOST_CRITERIA, MOST_QUESTIONS, ApplicationState
from lms.intake.service import Report
from lms.kernel.i18n import LANGUAGES, SOURCE_LANGUAGE, _, country_names, current_language, ngettext
from lms.kernel.refusals import Invalid, Refused
from lms.runs.models import Run
from lms.runs.queries import RunHead, run_head, run_to_lead, run_to_teach
from lms.runs.service import set_targets
from lms.translation.rules import Passage
from lms.ui.forms import Form
from lms.ui.web import access, feature, go, here, page, say, takes_files

screens = feature("selection", "intake")
MOST_COUNTRIES = 5
"""For which a share can be aimed at."""
LONGEST_QUESTION = 300
A_PAGE = 12
"""Applications that are shown side by side at once."""


@screens.before_request
def stand_here() -> None:
    g.place = "teaching"


@dataclass(frozen=True, slots=True)
class Names:
    """What values are called, in the language of the moment; the key None is "not stated"."""

    country: Mapping[str, str] = field(default_factory=country_names)
    gender: Mapping[str, Any] = field(default_factory=lambda: GENDERS)
    organisation_type: Mapping[str, Any] = field(default_factory=lambda: ORGANISATION_TYPES)
    state: Mapping[str, Any] = field(default_factory=lambda: STATES)

    def of(self, dimension: str, value: str | None) -> str:
        known: Mapping[str, Any] = getattr(self, dimension)
        return str(known.get(value, value)) if value else _("Not stated")


# -- the board


@dataclass(frozen=True, slots=True)
class BoardPage:
    head: RunHead
    board: Board
    filters: Filters
    names: Names
    questions: list[Question]
    most: int
    """The highest sum of scores."""
    side_by_side: bool
    shown: list[Line]
    number: int
    pages: int
    waiting: list[Line]
    chosen: frozenset[str]


@screens.get("/teaching/<slug>/applications/")
@access("signed-in")
def board(slug: str) -> Response:
    return _show_board(run_to_teach(here().db, current_person(), slug, here().now))


@screens.post("/teaching/<slug>/applications/decide/")
@access("signed-in")
def decide(slug: str) -> Response:
    run, form, db = run_to_lead(here().db, current_person(), slug, here().now), DecisionForm(), here().db
    g.return_path = f"teaching/{slug}/applications/"
    if not form.validate() or not form.chosen.data:
        form.refuse({"": _("Tick the applications you decide about, then choose what they become.")})
        return _show_board(run, form)
    chosen, to = queries.applications_by_id(db, run, form.chosen.data), ApplicationState(form.decision.data or "")
    try:
        became = service.decide(
            db, here().settings, current_person(), run, chosen, to,
            message=typed(form.message), rest_waits=bool(form.rest_waits.data), now=here().now,
        )  # fmt: skip
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show_board(run, form)
    _tell(became)
    return go("selection.board", slug=slug)


@screens.post("/teaching/<slug>/applications/order/")
@access("signed-in")
def rank(slug: str) -> Response:
    run = run_to_lead(here().db, current_person(), slug, here().now)
    sent = {name.removeprefix("rank-"): text for name, text in request.form.items() if name.startswith("rank-")}
    ranks = {name: int(text) for name, text in sent.items() if text.isdecimal() and len(text) < 6}  # noqa: PLR2004 - as many digits as a list is long
    service.rank_waiting_list(here().db, current_person(), run, ranks, here().now)
    say(_("The waiting list is in this order now."))
    return go("selection.board", slug=slug)


@screens.post("/teaching/<slug>/applications/offer/")
@access("signed-in")
def offer(slug: str) -> Response:
    run = run_to_lead(here().db, current_person(), slug, here().now)
    count = service.offer_free_seats(here().db, here().settings, current_person(), run, here().now)
    say(ngettext("%(number)s place was offered.", "%(number)s places were offered.", count))
    return go("selection.board", slug=slug)


def _tell(became: Mapping[ApplicationState, int]) -> None:
    accepted = became[ApplicationState.ACCEPTED]
    waiting = became[ApplicationState.WAITING_LIST]
    not_selected = became[ApplicationState.NOT_SELECTED]
    if accepted:
        say(ngettext("%(number)s person was offered a place.", "%(number)s people were offered a place.", accepted))
    if waiting:
        say(ngettext("%(number)s person waits.", "%(number)s people wait.", waiting))
    if not_selected:
        say(ngettext("%(number)s person is not selected.", "%(number)s people are not selected.", not_selected))


def _show_board(run: Run, form: DecisionForm | None = None) -> Response:
    db, person, now, asked = here().db, current_person(), here().now, request.args
    filters = Filters(
        state=asked.get("state", "") if asked.get("state", "") in STATES else "",
        country=asked.get("country", "")[:2],
        organisation_type=asked.get("kind", "") if asked.get("kind", "") in ORGANISATION_TYPES else "",
        unscored=asked.get("unscored") == "yes",
    )
    found, plan = queries.board(db, person, run, filters, now), queries.intake_plan(db, run)
    side_by_side, waits = asked.get("view") == "side", ApplicationState.WAITING_LIST
    pages = max(1, -(-len(found.lines) // A_PAGE)) if side_by_side else 1
    number = min(max(asked.get("page", 1, type=int), 1), pages)
    content = BoardPage(
        head=run_head(db, person, run, here().lang, now),
        board=found,
        filters=filters,
        names=Names(),
        questions=queries.in_words(plan.questions, here().lang),
        most=HIGHEST_SCORE * len(queries.criterion_keys(plan)),
        side_by_side=side_by_side,
        shown=found.lines[(number - 1) * A_PAGE : number * A_PAGE] if side_by_side else found.lines,
        number=number,
        pages=pages,
        waiting=sorted(
            (line for line in found.lines if line.application.state == waits),
            key=lambda line: (line.application.rank or 0, line.application.id),
        ),
        chosen=frozenset((form.chosen.data or ()) if form else ()),
    )
    status, form = (422, form) if form else (200, DecisionForm(formdata=None))
    return page("selection/board.html", page=content, form=form, status=status)


# -- one application


@dataclass(frozen=True, slots=True)
class LinePage:
    head: RunHead
    line: Line
    names: Names
    questions: list[Question]
    criteria: list[Question]
    most: int
    refused: str | None
    """Why the person cannot score it now, where that is so."""


@screens.get("/teaching/<slug>/applications/<application>/")
@access("signed-in")
def one(slug: str, application: str) -> Response:
    run = run_to_teach(here().db, current_person(), slug, here().now)
    return _show_one(run, queries.board_line(here().db, current_person(), run, application, here().now))


@screens.post("/teaching/<slug>/applications/<application>/")
@access("signed-in")
def score(slug: str, application: str) -> Response:
    run, db, person = run_to_teach(here().db, current_person(), slug, here().now), here().db, current_person()
    line = queries.board_line(db, person, run, application, here().now)
    form = score_form(_criteria(run))
    form.validate()
    given = {name.removeprefix("score-"): text for name, text in form.data.items() if name.startswith("score-")}
    scores = {key: int(text) if text in set("01234") else None for key, text in given.items()}
    try:
        service.score_application(db, person, run, line.application, scores, here().now)
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show_one(run, line, form)
    say(_("Your scores are kept. You now see what others gave, and whose application it is."))
    return go("selection.one", slug=slug, application=application)


def _criteria(run: Run) -> list[Question]:
    """The run's own, or the common ones, in the reader's language."""
    plan, reader = queries.intake_plan(here().db, run), current_language()
    if plan.criteria:
        return queries.in_words(plan.criteria, reader.code)
    return [Question(key, Passage(str(text), reader.code, reader.dir)) for key, text in CRITERIA.items()]


def _show_one(run: Run, line: Line, form: Form | None = None) -> Response:
    g.return_path = f"teaching/{run.slug}/applications/{line.application.public_id}/"
    db, person, criteria = here().db, current_person(), _criteria(run)
    verdict = may_review(person, run, line.application, here().now)
    content = LinePage(
        head=run_head(db, person, run, here().lang, here().now),
        line=line,
        names=Names(),
        questions=queries.in_words(queries.intake_plan(db, run).questions, here().lang),
        criteria=criteria,
        most=HIGHEST_SCORE * len(criteria),
        refused=verdict.reason if isinstance(verdict, Refused) else None,
    )
    status, form = (422, form) if form else (200, score_form(criteria, formdata=None))
    return page("selection/one.html", page=content, form=form, status=status)


# -- form, criteria, targets


@dataclass(frozen=True, slots=True)
class PlanPage:
    head: RunHead
    questions: list[dict[str, str]]
    """Texts by language, one for each question there can be."""
    criteria: list[dict[str, str]]
    version: int
    run_version: int
    targets: Mapping[str, Mapping[str, int]]
    names: Names
    genders: list[str]
    organisation_types: list[str]
    countries: list[tuple[str, int | str]]
    """Those with a share, and empty lines."""
    problems: dict[str, str]


@screens.get("/teaching/<slug>/applications/form/")
@access("signed-in")
def plan(slug: str) -> Response:
    return _show_plan(run_to_lead(here().db, current_person(), slug, here().now))


@screens.post("/teaching/<slug>/applications/form/")
@access("signed-in")
def set_plan(slug: str) -> Response:
    run = run_to_lead(here().db, current_person(), slug, here().now)
    service.set_intake_plan(
        here().db,
        current_person(),
        run,
        _number(request.form.get("version")),
        questions=_texts("question", MOST_QUESTIONS),
        criteria=_texts("criterion", MOST_CRITERIA),
        now=here().now,
    )
    say(_("The application form is saved."))
    return go("selection.plan", slug=slug)


@screens.post("/teaching/<slug>/applications/targets/")
@access("signed-in")
def targets(slug: str) -> Response:
    run, sent = run_to_lead(here().db, current_person(), slug, here().now), request.form
    g.return_path = f"teaching/{slug}/applications/form/"
    countries = dict(zip(sent.getlist("country"), sent.getlist("share"), strict=False))
    aimed = {
        "gender": _shares({each: sent.get(f"gender-{each}") for each in Gender}),
        "organisation_type": _shares({each: sent.get(f"organisation_type-{each}") for each in OrganisationType}),
        "country": _shares({code: text for code, text in countries.items() if code in country_names()}),
    }
    try:
        set_targets(here().db, current_person(), run, _number(sent.get("version")), aimed, here().now)
    except Invalid as wrong:
        return _show_plan(run, wrong.fields, aimed)
    say(_("The targets are saved. The board shows them beside who is selected."))
    return go("selection.plan", slug=slug)


def _texts(name: str, most: int) -> list[dict[str, Any]]:
    """What stands in the fields, in order; the place on the page is the key, so that answers keep their question."""
    found = []
    for number in range(1, most + 1):
        texts = {code: request.form.get(f"{name}-{number}-{code}", "").strip() for code in LANGUAGES}
        texts = {code: text[:LONGEST_QUESTION] for code, text in texts.items() if text}
        if texts:
            found.append({"key": f"{name[0]}{number}", "texts": texts})
    return found


def _shares(sent: Mapping[str, str | None]) -> dict[str, int]:
    return {str(value): share for value, text in sent.items() if (share := _number(text))}


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - as many as a version has


def _show_plan(
    run: Run, problems: dict[str, str] | None = None, aimed: Mapping[str, Mapping[str, int]] | None = None
) -> Response:
    written, aimed = queries.intake_plan(here().db, run), run.targets if aimed is None else aimed
    countries: list[tuple[str, int | str]] = [*aimed.get("country", {}).items()]
    content = PlanPage(
        head=run_head(here().db, current_person(), run, here().lang, here().now),
        questions=_fields(written.questions, "q", MOST_QUESTIONS),
        criteria=_fields(written.criteria, "c", MOST_CRITERIA),
        version=written.version,
        run_version=run.version,
        targets=aimed,
        names=Names(),
        genders=[str(each) for each in Gender],
        organisation_types=[str(each) for each in OrganisationType],
        countries=[*countries, *[("", "")] * (MOST_COUNTRIES - len(countries))],
        problems=problems or {},
    )
    return page("selection/plan.html", page=content, languages=LANGUAGES, status=422 if problems else 200)


def _fields(written: list[dict[str, Any]], letter: str, most: int) -> list[dict[str, str]]:
    by_key = {each["key"]: each["texts"] for each in written}
    return [by_key.get(f"{letter}{number}", {}) for number in range(1, most + 1)]


# -- invitations


@dataclass(frozen=True, slots=True)
class InvitationPage:
    head: RunHead
    invitations: list[Invitation]
    report: list[Report]
    most: int
    outcomes: Mapping[str, Any]


@screens.get("/teaching/<slug>/invitations/")
@access("signed-in")
def invitations(slug: str) -> Response:
    return _show_invitations(run_to_lead(here().db, current_person(), slug, here().now))


@screens.post("/teaching/<slug>/invitations/")
@access("signed-in")
@takes_files
def invite(slug: str) -> Response:
    """The answer is the report itself, line by line."""
    run, form = run_to_lead(here().db, current_person(), slug, here().now), InviteForm()
    g.return_path = f"teaching/{slug}/invitations/"
    if not form.validate():
        return _show_invitations(run, form=form)
    invitees = read_invitees(f"{typed(form.people)}\n{_file_text(form)}")
    if not invitees or len(invitees) > MOST_LINES:
        form.refuse({"people": _("Write between 1 and %(most)s addresses, one a line.", most=MOST_LINES)})
        return _show_invitations(run, form=form)
    language = form.language.data or SOURCE_LANGUAGE
    report = service.invite(here().db, here().settings, current_person(), run, invitees, language, here().now)
    return _show_invitations(run, report)


@screens.post("/teaching/<slug>/invitations/<invitation>/take-back/")
@access("signed-in")
def take_back(slug: str, invitation: str) -> Response:
    run = run_to_lead(here().db, current_person(), slug, here().now)
    found = queries.invitation(here().db, run, invitation)
    service.take_back_invitation(here().db, current_person(), run, found, here().now)
    say(_("The invitation is taken back, and the seat is free."))
    return go("selection.invitations", slug=slug)


def _file_text(form: InviteForm) -> str:
    if not form.file.data:
        return ""
    return str(form.file.data.read(LONGEST_LIST).decode("utf-8", "replace"))


def _show_invitations(run: Run, report: list[Report] | None = None, form: InviteForm | None = None) -> Response:
    content = InvitationPage(
        head=run_head(here().db, current_person(), run, here().lang, here().now),
        invitations=queries.invitations(here().db, run),
        report=report or [],
        most=MOST_LINES,
        outcomes=OUTCOMES,
    )
    status, form = (422, form) if form else (200, InviteForm(formdata=None, language=here().lang))
    return page("selection/invitations.html", page=content, form=form, status=status)
