"""Screens for administrators: people, their roles and suspensions, the audit log."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Response, current_app, g, request
from sqlalchemy.orm import Session

from lms.accounts import queries, service
from lms.accounts.forms import ORGANISATION_TYPES, ROLES, GrantForm, ReasonForm, typed
from lms.accounts.models import Person
from lms.accounts.policy import may_change_roles, may_suspend
from lms.accounts.queries import AuditFilters
from lms.accounts.rules import EVERYWHERE, Role
from lms.accounts.session import current_person
from lms.kernel.i18n import _, country_names
from lms.kernel.refusals import Invalid, Refused
from lms.ui.web import access, feature, go, here, page, say

screens = feature("administration", "accounts")
LONGEST_SEARCH = 200
MOST_PAGES = 10_000
LARGEST_ID = 2**62
LATEST_YEAR = 2200

Scopes = Callable[[Session, str], dict[str, str]]
"""What roles can be limited to, with its title in a language; the factory knows who can tell."""


@screens.before_request
def stand_here() -> None:
    g.place = "administration"


@screens.get("/administration/people/")
@access("administrator")
def people() -> Response:
    search = _asked("q")
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    found = queries.people(here().db, search, here().now, number)
    return page("administration/people.html", page=found, roles=ROLES)


@dataclass(frozen=True, slots=True)
class GrantLine:
    public_id: str
    role: str
    where: str
    language: str | None
    """The one language a translator or reviewer works on, where it is one."""
    due_on: date | None
    valid_from: datetime
    valid_until: datetime | None
    state: str
    """now, later or over."""


@dataclass(frozen=True, slots=True)
class PersonPage:
    person: Person
    country: str | None
    grants: list[GrantLine]
    devices: int
    organisation_type: str | None
    refusal_of_roles: str | None
    """Why the administrator cannot change the roles, where that is so."""
    refusal_of_suspension: str | None


@screens.get("/administration/people/<public_id>/")
@access("administrator")
def person(public_id: str) -> Response:
    return _show(queries.person_with_roles(here().db, public_id))


@screens.post("/administration/people/<public_id>/suspend/")
@access("administrator")
def suspend(public_id: str) -> Response:
    found = queries.person_with_roles(here().db, public_id)
    form = ReasonForm()
    try:
        if not form.validate():
            return _show(found, reason=form)
        service.suspend(here().db, current_person(), found, reason=typed(form.reason), now=here().now)
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show(found, reason=form)
    say(_("The account is suspended, and all its devices are logged out."))
    return go("administration.person", public_id=public_id)


@screens.post("/administration/people/<public_id>/lift-suspension/")
@access("administrator")
def lift_suspension(public_id: str) -> Response:
    found = queries.person_with_roles(here().db, public_id)
    form = ReasonForm()
    try:
        if not form.validate():
            return _show(found, reason=form)
        service.lift_suspension(here().db, current_person(), found, reason=typed(form.reason), now=here().now)
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show(found, reason=form)
    say(_("The account is open again."))
    return go("administration.person", public_id=public_id)


@screens.post("/administration/people/<public_id>/roles/")
@access("administrator")
def grant_role(public_id: str) -> Response:
    found, actor = queries.person_with_roles(here().db, public_id), current_person()
    form = GrantForm(_scopes())
    try:
        if not form.validate():
            return _show(found, grant=form)
        service.grant_role(
            here().db,
            actor,
            found,
            role=Role(form.role.data),
            scope=form.scope.data,
            language=form.language.data or None,
            valid_from=_first_moment(form.valid_from.data, actor.time_zone),
            valid_until=_last_moment(form.valid_until.data, actor.time_zone),
            now=here().now,
        )
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show(found, grant=form)
    say(_("The role is given. Who did not have it yet logs in anew to use it."))
    return go("administration.person", public_id=public_id)


@screens.post("/administration/people/<public_id>/roles/<grant_id>/end/")
@access("administrator")
def end_grant(public_id: str, grant_id: str) -> Response:
    found = queries.person_with_roles(here().db, public_id)
    grant = queries.grant_of(here().db, found, grant_id)
    service.end_grant(here().db, current_person(), found, grant, here().now)
    say(_("The role is ended."))
    return go("administration.person", public_id=public_id)


@screens.get("/administration/audit/")
@access("administrator")
def audit_log() -> Response:
    filters = AuditFilters(_asked("actor"), _asked("action"), _asked("thing"))
    before = request.args.get("before", type=int)
    found = queries.audit_log(here().db, filters, before if before is not None and abs(before) < LARGEST_ID else None)
    return page("administration/audit.html", page=found)


# -- smaller steps


def _asked(name: str) -> str:
    return "".join(letter for letter in request.args.get(name, "") if letter.isprintable()).strip()[:LONGEST_SEARCH]


def _scopes() -> dict[str, str]:
    ask: Scopes | None = current_app.extensions.get("lms.scopes")
    return ask(here().db, here().lang) if ask else {}


def _first_moment(day: date | None, zone: str) -> datetime | None:
    """When a day begins where the administrator lives; None for today: the role begins at once."""
    today = here().now.astimezone(ZoneInfo(zone)).date()
    if day is None or day == today:
        return None
    if not today < day < date(LATEST_YEAR, 1, 1):
        raise Invalid({"valid_from": _("Choose today or a later day.")})
    return datetime.combine(day, time.min, ZoneInfo(zone))


def _last_moment(day: date | None, zone: str) -> datetime | None:
    """When a day is over where the administrator lives."""
    if day is None:
        return None
    if not here().now.astimezone(ZoneInfo(zone)).date() <= day < date(LATEST_YEAR, 1, 1):
        raise Invalid({"valid_until": _("Choose today or a later day.")})
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone))


def _show(found: Person, *, reason: ReasonForm | None = None, grant: GrantForm | None = None) -> Response:
    """The page of a person; with a form that was refused, what is wrong with it."""
    now, actor, scopes = here().now, current_person(), _scopes()
    roles, suspension = may_change_roles(actor, found, now), may_suspend(actor, found, now)
    g.return_path = f"administration/people/{found.public_id}/"
    content = PersonPage(
        person=found,
        country=country_names().get(found.country or ""),
        grants=_grant_lines(found, scopes, now),
        devices=queries.count_of_devices(here().db, found, now),
        organisation_type=ORGANISATION_TYPES.get(found.organisation_type or ""),
        refusal_of_roles=roles.reason if isinstance(roles, Refused) else None,
        refusal_of_suspension=suspension.reason if isinstance(suspension, Refused) else None,
    )
    return page(
        "administration/person.html",
        status=422 if reason or grant else 200,
        page=content,
        reason=reason or ReasonForm(formdata=None),
        grant=grant or GrantForm(scopes, formdata=None),
        roles=ROLES,
    )


def _grant_lines(person: Person, scopes: dict[str, str], now: datetime) -> list[GrantLine]:
    """Roles held now first, then those to come, then what is over."""
    lines = [
        GrantLine(
            grant.public_id,
            str(ROLES[grant.role]),
            _("On the whole platform") if grant.scope == EVERYWHERE else scopes.get(grant.scope, grant.scope),
            grant.language,
            grant.due_on,
            grant.valid_from,
            grant.valid_until,
            "now" if grant.valid_at(now) else "later" if grant.valid_from > now else "over",
        )
        for grant in person.grants
    ]
    return sorted(lines, key=lambda line: (("now", "later", "over").index(line.state), line.role, line.valid_from))
