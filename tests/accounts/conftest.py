"""Ada with a password, and browsers."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.kernel.db import Database
from lms.settings import Settings
from tests.accounts.visitor import Reader, Visitor, hashed, visitor
from tests.people import make_person


@pytest.fixture
def ada(db: Session, settings: Settings) -> Person:
    """Ada, who has a password; the session is free again."""
    person = make_person(db, password_hash=hashed(settings))
    db.commit()
    return person


@pytest.fixture
def reader(database: Database) -> Reader:
    return Reader(database)


@pytest.fixture
def browser(app: Flask) -> Visitor:
    return visitor(app)
