"""The database: base of all tables, sessions that read and sessions that write, ledgers that only grow.

SQLite runs with write-ahead log and full sync; a writing session takes the write lock when it begins, because upgrading
a reading transaction fails under load however long one waits.
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    text,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from lms.kernel.refusals import Overloaded

LOCK_WAIT_SECONDS = 10
SQLITE_PROFILE = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: an acknowledged answer has reached the disk
    "foreign_keys": 1,
    "busy_timeout": LOCK_WAIT_SECONDS * 1000,
    "mmap_size": 0,
    "trusted_schema": 0,
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Aware in Python; UTC in the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JsonDocument = JSON


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 - SQLAlchemy reads it


def new_public_id() -> str:
    """An identity for URLs: 128 random bits that tell nothing and cannot be counted."""
    return secrets.token_urlsafe(16)


PublicId = String(22)


def append_only_ddl(table: str, dialect: str) -> list[str]:
    """Statements that make the database itself refuse to change or delete rows of a ledger."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    ]


def append_only(model: type[Base]) -> type[Base]:
    """Class decorator: rows of this table are written once. Migrations add the same triggers by `append_only_ddl`."""
    table = model.__table__
    assert isinstance(table, Table)
    table.info["append_only"] = True

    @event.listens_for(table, "after_create")
    def add_triggers(target: Table, connection: Connection, **_: object) -> None:
        for statement in append_only_ddl(target.name, connection.dialect.name):
            connection.execute(text(statement))

    return model


class Database:
    """One database with its engine. Sessions are short: one a request, one a command, one a job."""

    def __init__(self, url: str) -> None:
        if url.startswith("postgresql://"):
            url = url.replace("postgresql://", "postgresql+psycopg://", 1)
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url)
        self._writing = self.engine.execution_options(lms_write=True)

    @contextmanager
    def session(self, *, write: bool) -> Iterator[Session]:
        """A session that is rolled back unless its user commits. Raises Overloaded when the write lock stays taken."""
        db = self.open(write=write)
        try:
            yield db
        finally:
            db.close()

    def open(self, *, write: bool) -> Session:
        return Session(self._writing if write else self.engine, expire_on_commit=False, info={"write": write})

    def close(self) -> None:
        self.engine.dispose()


def let_go(db: Session) -> None:
    """End a transaction that has changed nothing, so that others may write; what it read stays loaded."""
    if db.new or db.dirty or db.deleted:
        raise RuntimeError("something was changed already")
    db.commit()


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, pool_size=20, max_overflow=40, connect_args={"check_same_thread": False})
    # One writer at a time inside this process, queued here rather than in SQLite's sleeping busy handler.
    writer = threading.Lock()

    @event.listens_for(engine, "connect")
    def set_profile(connection: Any, _: object) -> None:
        connection.isolation_level = None
        for name, value in SQLITE_PROFILE.items():
            connection.execute(f"PRAGMA {name}={value}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("lms_write"):
            connection.connection.cursor().execute("BEGIN")  # straight: every page begins a transaction
            return
        if not connection.info.get("lms_writer"):
            if not writer.acquire(timeout=LOCK_WAIT_SECONDS):
                raise Overloaded
            connection.info["lms_writer"] = True
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError as error:
            raise Overloaded from error

    @event.listens_for(engine, "checkin")
    def let_the_next_write(_: Any, record: Any) -> None:
        if record.info.pop("lms_writer", False):
            writer.release()

    return engine


def _postgresql_engine(url: str) -> Engine:
    return create_engine(
        url,
        pool_size=20,
        max_overflow=20,
        pool_pre_ping=True,
        connect_args={
            "options": "-c lock_timeout=10s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"
        },
    )
