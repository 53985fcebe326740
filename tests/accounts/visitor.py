"""Somebody at a browser, without scripts: opens pages, fills in forms, reads letters."""

import re
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lms.accounts.passwords import hash_password
from lms.kernel.db import Database
from lms.kernel.models import OutboxJob
from lms.settings import Settings

PASSWORD = "river tango lamp 42"
OTHER_PASSWORD = "seven quiet maps of salt"


@dataclass
class Visitor:
    client: FlaskClient
    address: str = "203.0.113.7"
    page: TestResponse | None = field(default=None, repr=False)

    def open(self, path: str, **options: object) -> TestResponse:
        self.page = self.client.get(path, environ_base={"REMOTE_ADDR": self.address}, **options)
        return self.page

    def send(self, path: str, fields: dict[str, str] | None = None, *, seen_on: str | None = None) -> TestResponse:
        """Fill in the form of the page at this path (or of another page) and press its button."""
        page = self.open(seen_on or path)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        token = found[1] if found else ""
        self.page = self.client.post(
            path, data=(fields or {}) | {"csrf_token": token}, environ_base={"REMOTE_ADDR": self.address}
        )
        return self.page

    def log_in(
        self, email: str = "ada@example.org", password: str = PASSWORD, *, at: str = "/en/log-in/"
    ) -> TestResponse:
        return self.send(at, {"email": email, "password": password})


def visitor(app: Flask, address: str = "203.0.113.7") -> Visitor:
    return Visitor(app.test_client(), address)


def hashed(settings: Settings, password: str = PASSWORD) -> str:
    return hash_password(settings, password)


def registration(**changes: str) -> dict[str, str]:
    """What somebody types to register."""
    return {
        "email": "ada@example.org",
        "password": PASSWORD,
        "name": "Ada Okafor",
        "language": "en",
        "time_zone": "Africa/Lagos",
    } | changes


@dataclass(frozen=True)
class Reader:
    """Looks into the database as it is at that moment, and lets go of it at once."""

    database: Database

    def all(self, query: Select[Any]) -> list[Any]:
        with self.database.session(write=False) as db:
            return list(db.scalars(query))

    def one(self, query: Select[Any]) -> Any:
        [found] = self.all(query)
        return found

    def letters(self) -> list[dict[str, str]]:
        with self.database.session(write=False) as db:
            return letters(db)


def letters(db: Session) -> list[dict[str, str]]:
    """Every letter queued so far, in order."""
    return list(db.scalars(select(OutboxJob.payload).where(OutboxJob.topic == "mail").order_by(OutboxJob.id)))


def link_in(letter: dict[str, str]) -> str:
    """The path of the one link in a letter."""
    found = re.findall(r"http://localhost(/\S+)", letter["text"])
    assert len(found) == 1, letter["text"]
    return found[0]


def masked(page: TestResponse) -> str:
    """The page without what is random in every one of them."""
    return re.sub(r'(name="csrf_token" value=")[^"]+', r"\1", page.text)
