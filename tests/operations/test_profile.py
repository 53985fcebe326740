"""Every connection of the pool keeps what it promises: answers on disk, references checked, nobody waits for ever."""

from contextlib import ExitStack

import pytest
from sqlalchemy import text

from lms.kernel.db import SQLITE_PROFILE, Database

POSTGRESQL_PROFILE = {
    "synchronous_commit": "on",
    "lock_timeout": "10s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "1min",
    "transaction_isolation": "read committed",
}


def test_every_pooled_connection_has_the_profile(database: Database) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(database.engine.connect()) for _ in range(20)]
        seen = set()
        for connection in connections:
            seen.add(id(connection.connection.dbapi_connection))
            if database.is_sqlite:
                found = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in SQLITE_PROFILE}
                assert found == SQLITE_PROFILE
            else:
                found = {name: connection.execute(text(f"SHOW {name}")).scalar() for name in POSTGRESQL_PROFILE}
                assert found == POSTGRESQL_PROFILE
        assert len(seen) == 20


def test_the_profile_is_what_was_promised() -> None:
    assert SQLITE_PROFILE["journal_mode"] == "wal"
    assert SQLITE_PROFILE["synchronous"] == 2
    assert SQLITE_PROFILE["busy_timeout"] >= 5000
    assert (SQLITE_PROFILE["foreign_keys"], SQLITE_PROFILE["mmap_size"], SQLITE_PROFILE["trusted_schema"]) == (1, 0, 0)


def test_a_dangling_reference_is_refused(database: Database) -> None:
    columns = "public_id, person_id, role, scope, valid_from"
    insert = f"INSERT INTO role_grant ({columns}) VALUES ('x', 1, 'trainer', '*', '2026-01-01')"
    with database.engine.connect().execution_options(lms_write=True) as connection:
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            connection.execute(text(insert))
        connection.rollback()
