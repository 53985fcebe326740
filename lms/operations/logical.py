"""What a database says, whatever it is stored in: rows a table, and one checksum over all of them.

Two databases with the same checksum hold the same rows, on SQLite and PostgreSQL alike: a backup is true when its
checksum is.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from hashlib import sha256

from sqlalchemy import Connection, MetaData, select

NOT_CONTENT = {"alembic_version", "restore_unfinished"}


@dataclass(frozen=True, slots=True)
class Logical:
    rows: dict[str, int]
    """How many rows each table has."""
    checksum: str


def logical_contents(connection: Connection) -> Logical:
    """Count and sum up every table as it is found, row after row in the order of its primary key."""
    tables = MetaData()
    tables.reflect(connection, only=lambda name, _: name not in NOT_CONTENT)
    whole = sha256()
    rows = {}
    for name, table in sorted(tables.tables.items()):
        count = 0
        whole.update(f"\n{name} {','.join(sorted(table.columns.keys()))}\n".encode())
        columns = [table.columns[column] for column in sorted(table.columns.keys())]
        query = select(*columns).order_by(*table.primary_key.columns)
        for row in connection.execute(query.execution_options(yield_per=1000)):
            whole.update(
                json.dumps([_plain(value) for value in row], sort_keys=True, ensure_ascii=False).encode() + b"\n"
            )
            count += 1
        rows[name] = count
    return Logical(rows, whole.hexdigest())


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, bytes):
        return value.hex()
    return value
