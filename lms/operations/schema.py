"""Bringing a database to the shape this version of the platform works with.

One at a time: nodes that start together wait for the first. All or nothing: a step that dies halfway leaves the schema
as it was, on both engines.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from lms.kernel.db import Database
from lms.settings import ROOT

FOLDER = ROOT / "lms" / "migrations"
EMPTY = "base"
UNFINISHED = "restore_unfinished"
"""A table that is there while a restore on PostgreSQL has not come to its end; nobody may work with the rest."""
ADVISORY_LOCK = 0x6D61736172
"""The word masar as a number; any number that nobody else on the server locks would do."""


class SchemaTooNew(Exception):
    """The database was made by a later version of the platform; the sentence says so."""


def migrate(database: Database, before: Callable[[str], object] = lambda _revision: None) -> list[str]:
    """Take the steps that are missing, in one transaction; what each did.

    `before` is told the revision of a database that is in use and about to be changed. Raises SchemaTooNew.
    """
    with _connection(database) as connection, _alone(database, connection):
        at = revision(connection)
        connection.rollback()
        if at is not None and at not in _known():
            raise SchemaTooNew(
                f"The database is at schema {at}, which this version does not know: it was made by a later one."
            )
        if at == head():
            return []
        if at is not None:
            before(at)
        steps = [step.doc for step in reversed(list(_scripts().iterate_revisions("head", at or EMPTY)))]
        _run(connection, lambda config: command.upgrade(config, "head"))
        return steps


def undo_to(database: Database, wanted: str) -> None:
    """Take steps back to an earlier revision, or to `base`: nothing."""
    with _connection(database) as connection, _alone(database, connection):
        _run(connection, lambda config: command.downgrade(config, wanted))


def revision(connection: Connection) -> str | None:
    """Which step the database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def head() -> str | None:
    """The step this version of the platform works with."""
    return _scripts().get_current_head()


def is_current(connection: Connection) -> bool:
    """Whether this version can work with the database: at its schema, and not put back by half."""
    return revision(connection) == head() and not is_half_restored(connection)


def is_half_restored(connection: Connection) -> bool:
    """Whether a restore died in it. On SQLite one never gets the name that anybody opens."""
    return connection.dialect.name != "sqlite" and inspect(connection).has_table(UNFINISHED)


@cache
def _known() -> frozenset[str]:
    return frozenset(step.revision for step in _scripts().walk_revisions())


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER))
    return config


@contextmanager
def _connection(database: Database) -> Iterator[Connection]:
    """A connection that may change tables. SQLite rebuilds a table by copying, so references rest until the end."""
    with database.engine.connect().execution_options(lms_write=True) as connection:
        if not database.is_sqlite:
            connection.execute(text("SET statement_timeout = 0"))
            connection.commit()
            yield connection
            return
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            yield connection
        finally:
            connection.rollback()
            raw.execute("PRAGMA foreign_keys=ON")


def _run(connection: Connection, steps: Callable[[Config], object]) -> None:
    with connection.begin():
        steps(_config(connection))
        if connection.dialect.name == "sqlite":
            dangling = connection.execute(text("PRAGMA foreign_key_check")).all()
            if dangling:
                raise RuntimeError(f"the migration would leave {len(dangling)} dangling references in {dangling[0][0]}")


@contextmanager
def _alone(database: Database, connection: Connection) -> Iterator[None]:
    """Nobody else migrates this database meanwhile."""
    if database.is_sqlite:
        path = Path(database.engine.url.database or "")
        with path.with_name(f"{path.name}.migrating").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    connection.execute(text("SET lock_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
        connection.execute(text("RESET lock_timeout"))
        connection.execute(text("RESET statement_timeout"))
        connection.commit()
