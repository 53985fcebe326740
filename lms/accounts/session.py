"""From a cookie to a person: Flask-Login over our own server-side log-in sessions."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import cast

from flask import Flask, g, request
from flask import session as cookie
from flask_login import LoginManager, UserMixin, current_user, login_user
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from lms.accounts.models import LoginSession, Person
from lms.accounts.policy import is_administrator
from lms.kernel.models import Epoch
from lms.kernel.refusals import NotFound
from lms.ui.web import here

LOGIN_LASTS = timedelta(days=30)


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
    manager.init_app(app)

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> SignedIn | None:
        found = find_login_session(here().db, token, here().now)
        return SignedIn(found, token) if found else None


def find_login_session(db: Session, token: str, now: datetime) -> LoginSession | None:
    """The open log-in session of this token, with its person and their grants; one query."""
    epoch = select(Epoch.number).scalar_subquery()
    query = (
        select(LoginSession)
        .join(LoginSession.person)
        .options(contains_eager(LoginSession.person).options(joinedload(Person.grants)))
        .where(
            LoginSession.token_hash == hash_token(token),
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at > now,
            LoginSession.epoch == epoch,
            Person.suspended_at.is_(None),
            Person.deleted_at.is_(None),
        )
    )
    return db.scalars(query).unique().one_or_none()


def hash_token(token: str) -> str:
    return sha256(token.encode()).hexdigest()


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
