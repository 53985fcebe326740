"""From a cookie to a person: Flask-Login over our own server-side log-in sessions."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from typing import cast

from flask import Flask, g, request
from flask import session as cookie
from flask_login import LoginManager, UserMixin, current_user, login_user
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from lms.accounts.models import LoginSession, Person
from lms.accounts.passwords import hash_password, is_outdated, is_right
from lms.accounts.policy import is_administrator
from lms.accounts.queries import person_by_email
from lms.accounts.rules import fold_email, hash_token
from lms.accounts.service import (
    WRONG_PASSWORDS,
    WRONG_PASSWORDS_FOR,
    WRONG_PASSWORDS_FROM,
    Limit,
    count,
    refuse_too_many,
)
from lms.kernel.db import let_go
from lms.kernel.models import Epoch
from lms.kernel.refusals import NotFound
from lms.ui.web import here


class LogInNeeded(Exception):
    """Nobody is logged in: answered with a redirect to log in (scripts: 401)."""


class SignedIn(UserMixin):  # type: ignore[misc]
    """The person of this request and the log-in session they came through."""

    def __init__(self, login_session: LoginSession, token: str) -> None:
        self.login_session, self.person, self._token = login_session, login_session.person, token

    def get_id(self) -> str:
        return self._token


def install_log_in(app: Flask) -> None:
    manager = LoginManager()
    manager.session_protection = None  # the session row is the protection; phones change their address all day
    manager.init_app(app, add_context_processor=False)  # templates know `person`; refused requests know nobody

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> SignedIn | None:
        found = find_login_session(here().db, token, here().now)
        return SignedIn(found, token) if found else None


def find_login_session(db: Session, token: str, now: datetime) -> LoginSession | None:
    """The open log-in session of this token, with its person and their grants; one query."""
    return db.scalars(_OPEN_LOGIN_SESSION, {"token_hash": hash_token(token), "now": now}).unique().one_or_none()


# Asked with every request, so it is put together once.
_OPEN_LOGIN_SESSION = (
    select(LoginSession)
    .join(LoginSession.person)
    .options(contains_eager(LoginSession.person).options(joinedload(Person.grants)))
    .where(
        LoginSession.token_hash == bindparam("token_hash"),
        LoginSession.ended_at.is_(None),
        LoginSession.expires_at > bindparam("now"),
        LoginSession.epoch == select(Epoch.number).scalar_subquery(),
        Person.suspended_at.is_(None),
        Person.deleted_at.is_(None),
    )
)


def remember(login_session: LoginSession, token: str) -> None:
    """Put the token in a fresh cookie: nothing that was in it before stays."""
    cookie.clear()
    cookie.permanent = True
    login_user(SignedIn(login_session, token))


def forget() -> None:
    cookie.clear()


def find_person() -> Person | None:
    """Who is logged in, or None."""
    if "_user_id" not in cookie:
        return None
    return cast("Person", current_user.person) if current_user.is_authenticated else None


def current_person() -> Person:
    """Who is logged in; raises LogInNeeded."""
    person = cast("Person | None", here().person)
    if person is None:
        raise LogInNeeded
    return person


def current_login_session() -> LoginSession:
    return cast("LoginSession", current_user.login_session)


def enter_signed_in() -> None:
    current_person()


def enter_administration() -> None:
    """Administrators only; to others these pages do not exist."""
    if not is_administrator(current_person(), here().now):
        raise NotFound


def introduce() -> None:
    """Before each view: who is here."""
    here().person = find_person()
    g.is_administrator = is_administrator(here().person, here().now)


def device_name() -> str:
    return (request.user_agent.string or "?")[:200]


def address() -> str:
    """Where the request comes from, for counting tries: one household of IPv6 counts as one."""
    said = request.remote_addr or ""
    try:
        found = ip_address(said)
    except ValueError:
        return said
    return str(ip_network(f"{said}/64", strict=False)) if isinstance(found, IPv6Address) else said


def step_aside() -> None:
    """Let others write while this request computes a hash. Only before the first change: it ends the transaction
    in which we read who is here; the next statement begins another one.
    """
    let_go(here().db)


@dataclass(frozen=True, slots=True)
class Tried:
    """A password that was tried for an address, known or not."""

    of: str
    right: bool
    old_hash: str = ""
    """What it was compared with; the deed that follows works only while this still stands."""
    new_hash: str = ""
    """Set when the old one was made with other parameters than today's."""


def try_password(email: str, password: str) -> Tried:
    """Whether this is the password of the account with this address; it takes as long when there is none.

    TooMany when too many wrong ones were tried. Holds no lock; a wrong one is counted by `count_wrong_password`.
    """
    step_aside()
    settings, now, of = here().settings, here().now, fold_email(email)
    with here().database.session(write=False) as db:
        for limit, key in _password_limits(of):
            refuse_too_many(db, limit, key, now)
        person = person_by_email(db, email)
    old_hash = person.password_hash if person else None
    if not is_right(settings, old_hash, password) or old_hash is None:
        return Tried(of, right=False)
    new_hash = hash_password(settings, password) if is_outdated(settings, old_hash) else ""
    return Tried(of, right=True, old_hash=old_hash, new_hash=new_hash)


def count_wrong_password(tried: Tried) -> None:
    """The view that calls this answers with a page, so that the count is kept."""
    for limit, key in _password_limits(tried.of):
        count(here().db, limit, key, here().now)


def _password_limits(of: str) -> list[tuple[Limit, str]]:
    """What a wrong password for this account, sent by this request, counts against."""
    return [
        (WRONG_PASSWORDS, f"{of} {address()}"),
        (WRONG_PASSWORDS_FOR, of),
        (WRONG_PASSWORDS_FROM, address()),
    ]
