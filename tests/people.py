"""The cast: Ada learns, Bo trains, Chi translates, Dee administers, Eve must always be refused."""

import secrets
from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import LoginSession, Person, RoleGrant
from lms.accounts.rules import EVERYWHERE, Role
from lms.accounts.service import keep_words
from lms.accounts.session import hash_token
from lms.kernel import clock
from lms.kernel.db import Database
from lms.kernel.models import Epoch

NAMES = {"ada": "Ada Okafor", "bo": "Bo Lindqvist", "chi": "Chi Haddad", "dee": "Dee Fernández", "eve": "Eve Moreau"}


def make_person(db: Session, key: str = "ada", *, now: datetime | None = None, **values: object) -> Person:
    """One of the cast, or anybody else by another key; flushed, not committed. Dee is an administrator."""
    now = now or clock.now() - timedelta(days=1)
    fields: dict[str, object] = {
        "email": f"{key}@example.org",
        "email_confirmed_at": now,
        "password_hash": "!",
        "name": NAMES.get(key, key.title()),
        "language": "en",
        "created_at": now,
        "grants": [],
    }
    person = Person(**(fields | values))
    if key == "dee":
        person.grants = [RoleGrant(role=Role.ADMINISTRATOR, scope=EVERYWHERE, valid_from=now)]
    db.add(person)
    keep_words(db, person)
    return person


def log_in(app: Flask, person: Person) -> FlaskClient:
    """A browser in which this person is logged in, without the detour over the password."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    database: Database = app.extensions["lms.database"]
    with database.session(write=True) as db:
        epoch = db.scalars(select(Epoch.number)).one()
        db.add(
            LoginSession(
                token_hash=hash_token(token),
                person_id=person.id,
                device="test",
                epoch=epoch,
                created_at=now,
                expires_at=now + timedelta(days=1),
            )
        )
        db.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return client
