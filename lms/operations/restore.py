"""Putting a backup back into an empty place, proved before anything is changed in it.

What was waiting when the backup was made may have been done since, so it is held back; whoever was logged in logs in
again. Until both are so, nobody can open what is put back: on SQLite it has another name, on PostgreSQL a mark.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, inspect, select, text, update
from sqlalchemy.orm import Session

from lms.accounts.models import LoginSession
from lms.certification.queries import broken_certificates, count_certificates
from lms.kernel.audit import record_audit
from lms.kernel.db import Database
from lms.kernel.models import Epoch, OutboxJob
from lms.operations.backup import (
    FORMAT,
    MANIFEST,
    SQLITE_COPY,
    Backup,
    BackupFailed,
    check_sqlite,
    copy_files,
    copy_public_keys,
    describe,
    digest_of,
    one_file,
    run_postgresql,
    sync,
    sync_tree,
)
from lms.operations.named_files import kept_files, named_files
from lms.operations.schema import UNFINISHED
from lms.settings import Settings


@dataclass(frozen=True, slots=True)
class Restored:
    rows: int
    files: int
    certificates: int
    held: int
    """Jobs that wait for a person to say whether they were done."""


def read_backup(folder: Path) -> Backup:
    """A backup with everything in it as its manifest says. Raises BackupFailed."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise BackupFailed(f"{folder} is no backup: {error}") from None
    if manifest.get("format") != FORMAT:
        raise BackupFailed(f"{folder} has a format that this version does not know.")
    for name, digest in manifest["sha256"].items():
        path = folder / name
        if not path.is_file():
            raise BackupFailed(f"{folder} lacks {name}.")
        if digest_of(path) != digest:
            raise BackupFailed(f"{name} in {folder} is damaged: its content is not what the manifest says.")
    return Backup(folder, manifest)


def restore_backup(
    folder: Path,
    settings: Settings,
    migrate: Callable[[Database], object],
    now: datetime,
) -> Restored:
    """Put a backup into the empty data folder and database of `settings`.

    Raises BackupFailed and leaves the place empty.
    """
    backup = read_backup(folder)
    on_sqlite = settings.database_url.startswith("sqlite")
    if on_sqlite != (backup.manifest["database"] == SQLITE_COPY):
        raise BackupFailed(
            f"{folder} holds {backup.manifest['database']}; LMS_DATABASE_URL names another kind of database."
        )
    files = settings.data_dir / "files"
    if any(kept_files(files)):
        raise BackupFailed(f"{files} holds files already; restore into a new LMS_DATA_DIR.")
    database = Database(settings.database_url)
    draft = _draft(database)
    try:
        _refuse_a_used_database(database)
        _refuse_a_used_database(draft)
        try:
            restored = _put_back(backup, draft, files=files, migrate=migrate, now=now)
            copy_public_keys(backup.folder, settings.data_dir)
            if draft is not database:
                _refuse_a_used_database(database)
                _give_its_name(draft, database)
            return restored
        except BaseException:
            shutil.rmtree(files, ignore_errors=True)
            _leave_empty(draft)
            raise
    finally:
        draft.close()
        database.close()


def _draft(database: Database) -> Database:
    """Where to put a backup back, so that nobody works with the half of it."""
    if not database.is_sqlite:
        return database
    path = _path(database)
    return Database(f"sqlite:///{path.with_name(f'{path.name}.part')}")


def _give_its_name(draft: Database, database: Database) -> None:
    draft.close()
    one_file(_path(draft))
    sync(_path(draft))
    _path(draft).rename(_path(database))
    sync(_path(database).parent)
    _forget_companions(_path(draft))


def _put_back(
    backup: Backup,
    database: Database,
    *,
    files: Path,
    migrate: Callable[[Database], object],
    now: datetime,
) -> Restored:
    dump = backup.folder / backup.manifest["database"]
    copy_files(backup.folder / "files", files)
    if files.exists():
        sync_tree(files)
    if database.is_sqlite:
        shutil.copyfile(dump, _path(database))
        check_sqlite(database)
    else:
        with database.engine.begin() as connection:
            connection.execute(text(f"CREATE TABLE {UNFINISHED} ()"))
        run_postgresql(
            "pg_restore",
            database.engine,
            "--no-owner",
            "--no-acl",
            "--exit-on-error",
            "--single-transaction",
            str(dump),
        )
    found = describe(database)
    if found.logical.checksum != backup.manifest["logical_checksum"] or found.logical.rows != backup.manifest["rows"]:
        raise BackupFailed("The restored database does not say what the backup's manifest says.")
    migrate(database)
    with database.session(write=True) as db:
        missing = named_files(db) - {path.name for path in kept_files(files)}
        if missing:
            raise BackupFailed(f"{len(missing)} files that the database names are not in the backup.")
        broken = broken_certificates(db)
        if broken:
            raise BackupFailed(f"{len(broken)} certificates do not verify, the first: {broken[0]}")
        certificates = count_certificates(db)
        held = _begin_anew(db, backup, now)
        if not database.is_sqlite:
            db.execute(text(f"DROP TABLE {UNFINISHED}"))
        db.commit()
    return Restored(sum(found.logical.rows.values()), len(list(kept_files(files))), certificates, held)


def _begin_anew(db: Session, backup: Backup, now: datetime) -> int:
    """A new epoch: nobody is logged in, nothing that waited is done without a person's word. How many jobs are held."""
    waiting = (OutboxJob.done_at.is_(None), OutboxJob.dead_at.is_(None), OutboxJob.held_at.is_(None))
    held = db.scalar(select(func.count()).select_from(OutboxJob).where(*waiting)) or 0
    db.execute(update(OutboxJob).where(*waiting).values(held_at=now, lease=None, lease_until=None))
    db.execute(update(LoginSession).where(LoginSession.ended_at.is_(None)).values(ended_at=now))
    db.execute(update(Epoch).values(number=Epoch.number + 1))
    record_audit(
        db, None, "restore_backup", "platform", now, after={"made_at": backup.manifest["made_at"], "held_jobs": held}
    )
    return held


def _refuse_a_used_database(database: Database) -> None:
    if database.is_sqlite:
        if _path(database).exists():
            raise BackupFailed(f"{database.engine.url.database} exists already; restore into a new LMS_DATA_DIR.")
    elif inspect(database.engine).get_table_names():
        raise BackupFailed("The database of LMS_DATABASE_URL holds tables already; restore into a new one.")


def _leave_empty(database: Database) -> None:
    if database.is_sqlite:
        database.close()
        _path(database).unlink(missing_ok=True)
        _forget_companions(_path(database))
        return
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))


def _path(database: Database) -> Path:
    return Path(database.engine.url.database or "")


def _forget_companions(path: Path) -> None:
    for ending in ("-wal", "-shm", ".migrating"):
        path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)
