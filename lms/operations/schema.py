"""Bringing a database to the shape this version of the platform works with."""

from sqlalchemy import Connection, Table, inspect

from lms.kernel.db import Base, Database
from lms.kernel.models import Epoch
from lms.operations.tables import METADATA


class SchemaTooNew(Exception):
    """The database was made by a later version of the platform; the sentence says so."""


def migrate(database: Database) -> None:
    """Make or change the tables so that they are what the models say. Nothing happens when they are already."""
    METADATA.create_all(database.engine, tables=_whole_tables())
    with database.session(write=True) as db:
        if db.get(Epoch, 1) is None:
            db.add(Epoch(id=1, number=1))
        db.commit()


def revision(connection: Connection) -> str | None:
    """Which migration the database is at; None for an empty one."""
    return None


def is_current(connection: Connection) -> bool:
    return inspect(connection).has_table("epoch")


def _whole_tables() -> list[Table]:
    """Tables whose references all exist; only until every floor has its tables."""
    tables = dict(Base.metadata.tables)
    while True:
        broken = [
            name
            for name, table in tables.items()
            if any(key.target_fullname.partition(".")[0] not in tables for key in table.foreign_keys)
        ]
        if not broken:
            return list(tables.values())
        for name in broken:
            del tables[name]
