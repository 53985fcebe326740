"""Migrations on a real database: up, down, one node at a time, never over a later version's schema."""

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DatabaseError

from lms.kernel.db import Database
from lms.operations import schema
from lms.operations.tables import FLOORS, METADATA
from lms.settings import ROOT


def test_the_last_step_is_what_the_models_say(database: Database, elsewhere_url: str) -> None:
    with database.engine.connect() as connection:
        assert schema.is_current(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []
        assert _checks(connection) == _checks_of_the_models(elsewhere_url)
        assert connection.execute(text("SELECT id, number FROM epoch")).all() == [(1, 1)]


def _checks(connection: Connection) -> dict[str, list[tuple[str, str]]]:
    """Alembic does not compare these."""
    found = inspect(connection)
    return {
        name: sorted((str(check["name"]), str(check["sqltext"])) for check in found.get_check_constraints(name))
        for name in METADATA.tables
    }


def _checks_of_the_models(url: str) -> dict[str, list[tuple[str, str]]]:
    database = Database(url)
    with database.engine.connect().execution_options(lms_write=True) as connection:
        METADATA.create_all(connection)
        checks = _checks(connection)
    database.close()
    return checks


def test_every_floor_with_tables_is_named() -> None:
    assert {floor.__name__ for floor in FLOORS} == {
        f"lms.{path.parent.name}.models" for path in (ROOT / "lms").glob("*/models.py")
    }


def test_every_ledger_refuses_changes(database: Database) -> None:
    """By trigger, whoever asks; the statement names no row on purpose."""
    ledgers = [name for name, table in METADATA.tables.items() if table.info.get("append_only")]
    assert "audit_entry" in ledgers
    with database.engine.connect().execution_options(lms_write=True) as connection:
        found = (
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name"
            if database.is_sqlite
            else "SELECT 2 * count(*) FROM pg_trigger WHERE tgrelid = to_regclass(:name) AND NOT tgisinternal"
        )
        assert [connection.execute(text(found), {"name": name}).scalar() for name in ledgers] == [2] * len(ledgers)
        connection.execute(
            text("INSERT INTO audit_entry (at, actor, action, thing) VALUES ('2026-01-01', 'a', 'b', 'c')")
        )
        connection.commit()
        for change in ("UPDATE audit_entry SET actor = 'eve'", "DELETE FROM audit_entry"):
            with pytest.raises(DatabaseError, match="append-only"):
                connection.execute(text(change))
            connection.rollback()


def test_down_to_nothing_and_up_again(database: Database) -> None:
    schema.undo_to(database, "base")
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    assert schema.migrate(database)
    assert schema.migrate(database) == []
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version", *METADATA.tables}


def test_nodes_that_start_together_wait_for_the_first(database: Database, database_url: str) -> None:
    schema.undo_to(database, "base")
    steps: list[list[str]] = []

    def start() -> None:
        node = Database(database_url)
        steps.append(schema.migrate(node))
        node.close()

    nodes = [threading.Thread(target=start) for _ in range(6)]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()
    assert sorted(map(len, steps)) == [0, 0, 0, 0, 0, len(list(schema.FOLDER.glob("versions/0*.py")))]


def test_a_later_versions_schema_is_left_alone(database: Database) -> None:
    with database.engine.connect().execution_options(lms_write=True) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    with pytest.raises(schema.SchemaTooNew, match="made by a later one"):
        schema.migrate(database)
    with database.engine.connect() as connection:
        assert not schema.is_current(connection)


def test_a_step_that_dies_halfway_leaves_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    schema.undo_to(database, "base")
    table = METADATA.tables["outbox_job"]

    def die(connection: Connection) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(
            schema.command,
            "upgrade",
            lambda config, to: (METADATA.create_all(config.attributes["connection"], [table]), die(None)),
        )
        with pytest.raises(RuntimeError, match="power cut"):
            schema.migrate(database)
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    assert schema.migrate(database)


def test_foreign_keys_are_enforced_after_a_migration(database: Database, tmp_path: Path) -> None:
    """The migration switches them off on its own connection, which goes back to the pool."""
    if not database.is_sqlite:
        pytest.skip("SQLite's own habit")
    fresh = Database(f"sqlite:///{tmp_path / 'fresh.sqlite3'}")
    schema.migrate(fresh)
    with fresh.engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    fresh.close()


def test_answers_from_before_were_given_when_they_came(database: Database) -> None:
    """The ledger is filled, on SQLite copied, and refuses changes as before; going back and on again too."""
    schema.undo_to(database, "0001")
    with database.session(write=True) as db:
        for statement in (
            "INSERT INTO person (id, public_id, email, password_hash, name, language, time_zone, folded, created_at)"
            " VALUES (1, 'p', 'a@example.org', '!', 'Ada', 'en', 'UTC', '', :at)",
            "INSERT INTO course (id, slug, stage, source_language, category, minutes, edition_number, created_at)"
            " VALUES (1, 's', 'open', 'en', 'self-paced', 1, 1, :at)",
            "INSERT INTO run (id, public_id, course_id, kind, created_at) VALUES (1, 'r', 1, 'self-paced', :at)",
            "INSERT INTO edition (id, course_id, number, digest, manifest, content, segments, created_at)"
            " VALUES (1, 1, 1, 'd', '{}', '', '{}', :at)",
            "INSERT INTO enrolment (id, public_id, person_id, run_id, enrolled_at, language)"
            " VALUES (1, 'e', 1, 1, :at, 'en')",
            "INSERT INTO attempt (id, public_id, enrolment_id, edition_id, quiz_key, kind, number, state, seed,"
            " question_keys, language, started_at)"
            " VALUES (1, 'a', 1, 1, 'q', 'quiz', 1, 'open', 's', '[]', 'en', :at)",
            "INSERT INTO response_event (id, attempt_id, client, client_seq, question_key, payload, language,"
            " received_at) VALUES (7, 1, 'page-0001', 1, 'first', '{}', 'en', :at)",
        ):
            db.execute(text(statement), {"at": "2026-11-20 10:00:00.123456"})
        db.commit()
    asked = "SELECT id, client, payload IS NULL, received_at = given_at FROM response_event"
    for _ in range(2):
        schema.migrate(database)
        with database.session(write=True) as db:
            assert [tuple(row) for row in db.execute(text(asked))] == [(7, "page-0001", False, True)]
            for change in ("UPDATE response_event SET given_at = received_at", "DELETE FROM response_event"):
                with pytest.raises(DatabaseError, match="append-only"), db.begin_nested():
                    db.execute(text(change))
        schema.undo_to(database, "0001")
        with database.session(write=True) as db:
            for change in ("UPDATE response_event SET client_seq = 2", "DELETE FROM response_event"):
                with pytest.raises(DatabaseError, match="append-only"), db.begin_nested():
                    db.execute(text(change))


def test_courses_from_before_stand_in_the_workshop(database: Database) -> None:
    """Texts are numbered through the course, counted and found by their words; what was complete is published."""
    schema.undo_to(database, "0002")
    segments = '{"course": [[1, 1]], "lesson a": [[3, 1], [2, 2]]}'
    with database.session(write=True) as db:
        for statement in (
            "INSERT INTO course (id, slug, stage, source_language, category, minutes, edition_number, created_at)"
            " VALUES (1, 's', 'open', 'en', 'self-paced', 1, 1, :at)",
            "INSERT INTO edition (id, course_id, number, digest, manifest, content, segments, created_at)"
            f" VALUES (1, 1, 1, 'd', '{{}}', '', '{segments.replace(':', chr(92) + ':')}', :at)",
            "INSERT INTO segment (id, public_id, collection, document, position, revision) VALUES"
            " (1, 'a', 's', 'course', 0, 1), (2, 'b', 's', 'lesson a', 1, 2), (3, 'c', 's', 'lesson a', 0, 1),"
            " (4, 'd', 's', 'lesson a', NULL, 1)",
            "INSERT INTO segment_revision (id, segment_id, number, text, created_at) VALUES"
            " (1, 1, 1, 'One title', :at), (2, 2, 1, 'Old words', :at), (3, 2, 2, 'Three new words', :at),"
            " (4, 3, 1, 'Ça va', :at), (5, 4, 1, 'Gone', :at)",
            "INSERT INTO course_language (course_id, language, title, summary, title_language, folded,"
            " words, words_done, texts, texts_done, size, revision) VALUES"
            " (1, 'en', '', '', 'en', '', 7, 7, 3, 3, 0, 1),"
            " (1, 'ar', '', '', 'ar', '', 7, 7, 3, 3, 0, 1), (1, 'fr', '', '', 'en', '', 7, 2, 3, 1, 0, 1)",
        ):
            db.execute(text(statement), {"at": "2026-11-20 10:00:00"})
        db.commit()
    schema.migrate(database)
    with database.session(write=False) as db:
        rows = db.execute(text("SELECT id, position, words FROM segment ORDER BY id")).all()
        assert [tuple(row) for row in rows] == [(1, 0, 2), (2, 2, 3), (3, 1, 2), (4, None, 1)]
        states = db.execute(text("SELECT language, state FROM course_language ORDER BY language")).all()
        assert [tuple(row) for row in states] == [("ar", "published"), ("en", "published"), ("fr", "in-preparation")]
        found = db.execute(text("SELECT word, revision_id FROM source_word ORDER BY revision_id, word")).all()
        assert ("words", 2) in [tuple(row) for row in found]
        assert {row[1] for row in found} == {1, 2, 3, 4, 5}
    schema.undo_to(database, "0002")


def test_people_from_before_are_found_by_their_words(database: Database) -> None:
    schema.undo_to(database, "0001")
    with database.session(write=True) as db:
        for number in range(1, 1_003):
            gone = "'2026-01-01'" if number == 1_002 else "NULL"
            db.execute(
                text(
                    "INSERT INTO person (id, public_id, email, password_hash, name, local_name, language, time_zone, "
                    f"folded, created_at, deleted_at) VALUES ({number}, 'p{number}', 'p{number}@example.org', '!', "
                    f"'Ada Núñez', 'أدا', 'en', 'UTC', '', '2026-01-01', {gone})"
                )
            )
        db.commit()
    schema.migrate(database)
    with database.session(write=False) as db:
        words = db.execute(text("SELECT word FROM person_word WHERE person_id = 1001")).scalars()
        assert set(words) == {"ada", "nunez", "ادا", "p1001@example.org", "p1001", "example", "org"}
        counted = "SELECT count(DISTINCT person_id), max(person_id) FROM person_word"
        assert db.execute(text(counted)).one() == (1_001, 1_001)
    schema.undo_to(database, "0001")
    assert "person_word" not in inspect(database.engine).get_table_names()
