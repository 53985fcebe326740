"""What every test stands on: settings of its own, a fresh real database, the app, a cast of people.

SQLite by default; with LMS_TEST_DATABASE_URL naming a PostgreSQL server, the same tests run there.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from lms.factory import create_app
from lms.kernel.db import Database
from lms.kernel.i18n import use_language
from lms.operations.schema import migrate
from lms.settings import Settings

hypothesis.settings.register_profile("no clock", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("no clock")
"""How long an example takes says more about the machine than about the code."""

pytest_plugins = ["tests.browser"]
"""The shared browser."""

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SERVER = os.environ.get("LMS_TEST_DATABASE_URL")
"""postgresql://user@host/name of a server on which databases may be made."""


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request sets the language of the moment and leaves it; the next test begins in English."""
    with use_language("en"):
        yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a server only what opens a database: the rest passed or failed already on SQLite and cannot differ."""
    if SERVER is None:
        return
    alike = [item for item in items if "template" not in getattr(item, "fixturenames", [])]
    config.hook.pytest_deselected(items=alike)
    items[:] = [item for item in items if "template" in getattr(item, "fixturenames", [])]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated, empty database that each test gets a copy of."""
    if SERVER is None:
        path = tmp_path_factory.mktemp("template") / "lms.sqlite3"
        database = Database(f"sqlite:///{path}")
        migrate(database)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        yield str(path)
        return
    name = f"template_{uuid4().hex[:8]}"
    _on_server(f"CREATE DATABASE {name}")
    database = Database(_url(name))
    migrate(database)
    database.close()
    yield name
    _on_server(f"DROP DATABASE {name}")


@pytest.fixture
def database_url(template: str, tmp_path: Path) -> Iterator[str]:
    if SERVER is None:
        shutil.copy(template, tmp_path / "lms.sqlite3")
        yield f"sqlite:///{tmp_path / 'lms.sqlite3'}"
        return
    name = f"test_{uuid4().hex[:12]}"
    _on_server(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield _url(name)
    _on_server(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def elsewhere_url(tmp_path: Path) -> Iterator[str]:
    """A database of the same kind with nothing in it, beside a new data folder `elsewhere`."""
    (tmp_path / "elsewhere").mkdir()
    if SERVER is None:
        yield f"sqlite:///{tmp_path / 'elsewhere' / 'lms.sqlite3'}"
        return
    name = f"elsewhere_{uuid4().hex[:12]}"
    _on_server(f"CREATE DATABASE {name}")
    yield _url(name)
    _on_server(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        data_dir=tmp_path,
        database_url=database_url,
        base_url="http://localhost",
        secret_key="test-secret-key-of-sufficient-length",
        argon2_time=1,
        argon2_memory_kib=8,
        work_in_process=False,
    )


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    """A writing session; tests commit it before they ask the app."""
    with database.session(write=True) as db:
        yield db


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    app = create_app(settings, database)
    app.testing = True
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def _url(name: str) -> str:
    assert SERVER is not None
    base, _, rest = SERVER.rpartition("/")
    _old, mark, query = rest.partition("?")
    return f"{base}/{name}{mark}{query}"


def _on_server(statement: str) -> None:
    assert SERVER is not None
    engine = create_engine(SERVER.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
