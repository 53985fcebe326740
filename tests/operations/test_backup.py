"""The drill: people learn while a backup is made, everything is put back elsewhere, and it says the same."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

from lms.accounts.models import LoginSession
from lms.accounts.session import find_login_session
from lms.certification.queries import certificate_by_code
from lms.certification.service import print_certificate
from lms.factory import create_app
from lms.kernel import clock
from lms.kernel.audit import record_audit
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.kernel.models import Epoch
from lms.kernel.outbox import enqueue, work_once
from lms.operations import schema
from lms.operations.backup import BackupFailed, make_backup
from lms.operations.doctor import Health, look_over
from lms.operations.jobs import drop_jobs, jobs_in_doubt, release_jobs
from lms.operations.logical import logical_contents
from lms.operations.restore import restore_backup
from lms.operations.schema import UNFINISHED
from lms.settings import Settings
from tests.certification.earning import hold
from tests.certification.test_history import unguard
from tests.people import log_in, make_person

pytestmark = pytest.mark.slow


@pytest.fixture
def elsewhere(settings: Settings, elsewhere_url: str, tmp_path: Path) -> Settings:
    return replace(settings, data_dir=tmp_path / "elsewhere", database_url=elsewhere_url)


@pytest.fixture
def code(database: Database, settings: Settings, now: datetime) -> str:
    """A platform in use: a course, a certificate that is printed, a letter that waits; the certificate's code."""
    with database.session(write=True) as db:
        ada = make_person(db, "ada", now=now)
        certificate = hold(db, settings.data_dir, ada, now, name="Ada Okafor")
        print_certificate(database, FileStore(settings.data_dir / "files"), certificate.id)
        enqueue(db, "mail", "mail:welcome", {"text": "Welcome, أهلا وسهلا"}, now)
        db.commit()
        return certificate.code


def test_a_backup_made_while_people_work_says_the_same_elsewhere(
    database: Database, settings: Settings, elsewhere: Settings, code: str, now: datetime, tmp_path: Path
) -> None:
    app = create_app(settings, database)
    with database.session(write=True) as db:
        bo = make_person(db, "bo", now=now)
        db.commit()
    log_in(app, bo)
    with people_at_work(database, now) as noted:
        while not noted:
            time.sleep(0.01)
        made = make_backup(database, settings, tmp_path / "kept", now)
    assert 0 < made.manifest["rows"]["audit_entry"] <= noted[-1] + 100
    assert "secret-key" in made.manifest["not_included"]
    assert not list(made.folder.rglob("secret-key"))

    done = restore_backup(made.folder, elsewhere, schema.migrate, now)

    assert (done.certificates, done.held) == (1, 3)
    restored = Database(elsewhere.database_url)
    with restored.session(write=False) as db:
        found = certificate_by_code(db, code)
        assert found is not None
        assert found.sha256 is not None
        assert FileStore(elsewhere.data_dir / "files").get(found.sha256).startswith(b"%PDF")
        assert db.scalars(select(Epoch.number)).one() == 2
        assert all(db.scalars(select(LoginSession.ended_at)))
        held = {"mail:welcome", f"mail:certificate.issued:{code}", f"certificate.render:{code}"}
        assert {job.key for job in jobs_in_doubt(db)} == held
    sent: list[str] = []
    assert not work_once(restored, {"mail": lambda letter: sent.append(letter["text"])}, clock.now)
    findings = look_over(restored, elsewhere, now)
    assert [each.sentence for each in findings if each.health is Health.PROBLEM] == []
    assert any("3 jobs are held" in each.sentence for each in findings)

    with restored.session(write=True) as db:
        release_jobs(db, jobs_in_doubt(db, ["mail:welcome"]), now)
        drop_jobs(db, jobs_in_doubt(db), now)
        db.commit()
    assert work_once(restored, {"mail": lambda letter: sent.append(letter["text"])}, clock.now)
    assert sent == ["Welcome, أهلا وسهلا"]
    assert not work_once(restored, {}, clock.now)
    restored.close()


@contextmanager
def people_at_work(database: Database, now: datetime) -> Iterator[list[int]]:
    """Somebody writes all the while; how far they came."""
    stop, noted = threading.Event(), list[int]()

    def work() -> None:
        while not stop.is_set():
            with database.session(write=True) as db:
                record_audit(db, None, "work", f"thing:{len(noted)}", now)
                db.commit()
            noted.append(len(noted))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield noted
    finally:
        stop.set()
        thread.join()


def test_a_restored_log_in_is_over(
    database: Database, settings: Settings, elsewhere: Settings, now: datetime, tmp_path: Path
) -> None:
    app = create_app(settings, database)
    with database.session(write=True) as db:
        ada = make_person(db, "ada", now=now)
        db.commit()
    client = log_in(app, ada)
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    with database.session(write=False) as db:
        assert find_login_session(db, token, clock.now())
    made = make_backup(database, settings, tmp_path / "kept", now)
    restore_backup(made.folder, elsewhere, schema.migrate, now)
    restored = Database(elsewhere.database_url)
    with restored.session(write=False) as db:
        assert find_login_session(db, token, clock.now()) is None
    restored.close()


def test_a_restore_that_dies_leaves_nothing_to_work_with(
    database: Database, settings: Settings, elsewhere: Settings, code: str, now: datetime, tmp_path: Path
) -> None:
    """Killed after the rows are there and before the log-ins in them are over and the letters held."""
    made = make_backup(database, settings, tmp_path / "kept", now)
    command = [sys.executable, "-m", "tests.operations.dying_restore", str(made.folder)]
    places = {"LMS_DATA_DIR": str(elsewhere.data_dir), "LMS_DATABASE_URL": elsewhere.database_url}
    assert subprocess.run(command, env=os.environ | places, check=False).returncode == -signal.SIGKILL

    half = Database(elsewhere.database_url)
    assert create_app(elsewhere, half).test_client().get("/health/ready").status_code == 503
    with half.session(write=False) as db:
        found = set(inspect(db.connection()).get_table_names())
    assert (UNFINISHED in found) != half.is_sqlite
    assert ("outbox_job" in found) != half.is_sqlite
    half.close()
    with pytest.raises(BackupFailed, match="restore into a new"):
        restore_backup(made.folder, elsewhere, schema.migrate, now)


def test_what_is_damaged_is_not_put_back(
    database: Database, settings: Settings, elsewhere: Settings, code: str, now: datetime, tmp_path: Path
) -> None:
    made = make_backup(database, settings, tmp_path / "kept", now)
    with pytest.raises(BackupFailed, match="exists already"):
        make_backup(database, settings, tmp_path / "kept", now)
    file = next(made.folder.glob("files/??/*"))
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"?")
    with pytest.raises(BackupFailed, match="damaged"):
        restore_backup(made.folder, elsewhere, schema.migrate, now)
    file.unlink()
    with pytest.raises(BackupFailed, match="lacks"):
        restore_backup(made.folder, elsewhere, schema.migrate, now)
    file.write_bytes(whole)
    manifest = json.loads((made.folder / "manifest.json").read_text())
    (made.folder / "manifest.json").write_text(json.dumps(manifest | {"logical_checksum": "0" * 64}))
    with pytest.raises(BackupFailed, match="does not say what"):
        restore_backup(made.folder, elsewhere, schema.migrate, now)
    assert not (elsewhere.data_dir / "files").exists()
    assert list(elsewhere.data_dir.iterdir()) == []
    (made.folder / "manifest.json").write_text(json.dumps(manifest))
    restore_backup(made.folder, elsewhere, schema.migrate, now)
    with pytest.raises(BackupFailed, match="new LMS_DATA_DIR"):
        restore_backup(made.folder, elsewhere, schema.migrate, now)


def test_a_history_that_was_changed_is_not_put_back(
    database: Database, settings: Settings, elsewhere: Settings, code: str, now: datetime, tmp_path: Path
) -> None:
    """The backup says what the database says; it is the chain that says somebody has been at it."""
    with database.session(write=True) as db:
        unguard(db, "certificate_event")
        db.execute(text("UPDATE certificate_event SET actor = 'person:somebody-else'"))
        db.commit()
    made = make_backup(database, settings, tmp_path / "kept", now)
    with pytest.raises(BackupFailed, match=rf"history, event 1 \({code}, issued\): it was changed"):
        restore_backup(made.folder, elsewhere, schema.migrate, now)


def test_a_backup_without_a_file_that_is_needed_is_none(
    database: Database, settings: Settings, code: str, now: datetime, tmp_path: Path
) -> None:
    next((settings.data_dir / "files").glob("??/*")).unlink()
    with pytest.raises(BackupFailed, match="files that the database names are not in"):
        make_backup(database, settings, tmp_path / "kept", now)
    assert list((tmp_path / "kept").iterdir()) == []
    problems = [each.sentence for each in look_over(database, settings, now) if each.health is Health.PROBLEM]
    assert any("files that the database names are missing" in sentence for sentence in problems)


def test_the_doctor_sees_a_ledger_without_its_guard(database: Database, settings: Settings, now: datetime) -> None:
    drop = (
        "DROP TRIGGER audit_entry_no_update"
        if database.is_sqlite
        else "DROP TRIGGER audit_entry_append_only ON audit_entry"
    )
    with database.engine.connect().execution_options(lms_write=True) as connection:
        connection.execute(text(drop))
        connection.commit()
    problems = [each.sentence for each in look_over(database, settings, now) if each.health is Health.PROBLEM]
    assert any("audit_entry" in sentence for sentence in problems)


def test_the_checksum_sees_every_value(database: Database, now: datetime) -> None:
    with database.session(write=True) as db:
        ada = make_person(db, "ada", now=now)
        db.commit()
        before = logical_contents(db.connection())
        assert logical_contents(db.connection()) == before
        ada.local_name = "أدا"
        db.commit()
        after = logical_contents(db.connection())
    assert (after.rows, after.checksum == before.checksum) == (before.rows, False)
