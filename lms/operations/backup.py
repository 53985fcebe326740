"""A backup is a folder: the database as of one moment, the files it names, and a manifest that both can be proved by.

The database goes first and the files after: a file too many harms nobody, one too few would.
Secrets stay behind and are named.
"""

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from lms.certification.signing.keys import PUBLIC_FOLDER
from lms.kernel.db import Database
from lms.operations.logical import Logical, logical_contents
from lms.operations.named_files import kept_files, named_files
from lms.operations.schema import is_current, revision
from lms.settings import Settings

MANIFEST = "manifest.json"
SQLITE_COPY, POSTGRESQL_DUMP = "database.sqlite3", "database.pgdump"
STAYS_BEHIND = {
    "secret-key": "signs cookies and links; a restored platform makes a new one, unless LMS_SECRET_KEY is set",
    "signing-key.pem": "signs certificates; a restored platform makes a new one, unless LMS_SIGNING_KEY is set",
    "mail": "letters written while no SMTP server was set",
    "demo-people.txt": "passwords of the sample people",
    "backups": "other backups",
}
FORMAT = 1


class BackupFailed(Exception):
    """Why there is no backup, in one sentence. Nothing that looks like one is left behind."""


@dataclass(frozen=True, slots=True)
class Backup:
    folder: Path
    manifest: dict[str, Any]


def make_backup(database: Database, settings: Settings, target: Path, now: datetime) -> Backup:
    """Write a backup named after the moment into `target` and prove it. Raises BackupFailed."""
    folder = target / f"masar-{now:%Y%m%dT%H%M%SZ}"
    draft = folder.with_name(f"{folder.name}.part")
    if folder.exists() or draft.exists():
        raise BackupFailed(f"{folder} exists already.")
    draft.mkdir(parents=True, mode=0o750)
    try:
        name = SQLITE_COPY if database.is_sqlite else POSTGRESQL_DUMP
        copied = (
            _copy_sqlite(database.engine, draft / name)
            if database.is_sqlite
            else _dump_postgresql(database.engine, draft / name)
        )
        copy_files(settings.data_dir / "files", draft / "files")
        copy_public_keys(settings.data_dir, draft)
        missing = sorted(copied.files - {path.name for path in kept_files(draft / "files")})
        if missing:
            raise BackupFailed(
                f"{len(missing)} files that the database names are not in {settings.data_dir / 'files'}: {missing[0]}…"
            )
        manifest = {
            "format": FORMAT,
            "made_at": now.isoformat(),
            "database": name,
            "schema": copied.schema,
            "rows": copied.logical.rows,
            "logical_checksum": copied.logical.checksum,
            "sha256": {
                str(path.relative_to(draft)): digest_of(path)
                for path in [draft / name, *kept_files(draft / "files"), *public_keys(draft)]
            },
            "not_included": STAYS_BEHIND,
        }
        (draft / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
        sync_tree(draft)
        draft.rename(folder)
        sync(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Backup(folder, manifest)


@dataclass(frozen=True, slots=True)
class Copied:
    """A database as it was put away."""

    logical: Logical
    schema: str | None
    files: set[str]


def _copy_sqlite(engine: Engine, target: Path) -> Copied:
    """A compact copy as of one moment, checked by opening it; writers go on meanwhile."""
    with closing(sqlite3.connect(engine.url.database or "", timeout=30)) as source:
        source.execute("PRAGMA wal_autocheckpoint=0")
        source.execute("VACUUM INTO ?", (str(target),))
    copy = Database(f"sqlite:///{target}")
    try:
        check_sqlite(copy)
        return describe(copy)
    finally:
        copy.close()
        one_file(target)


def one_file(path: Path) -> None:
    """Back from the write-ahead log to a single file, as a copy is carried about."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def check_sqlite(database: Database) -> None:
    """Whether SQLite itself finds the database whole. Raises BackupFailed."""
    with database.engine.connect() as connection:
        found = connection.execute(text("PRAGMA integrity_check")).scalars().all()
        if found != ["ok"]:
            raise BackupFailed(f"SQLite finds the database damaged: {'; '.join(map(str, found[:3]))}")
        dangling = connection.execute(text("PRAGMA foreign_key_check")).all()
        if dangling:
            raise BackupFailed(f"{len(dangling)} rows point to rows that are not there, the first in {dangling[0][0]}.")


def describe(database: Database) -> Copied:
    """What a database says, at one moment."""
    with database.session(write=False) as db:
        return _describe(db)


def _describe(db: Session) -> Copied:
    connection = db.connection()
    files = named_files(db) if is_current(connection) else set()  # an older schema may lack the columns
    return Copied(logical_contents(connection), revision(connection), files)


def _dump_postgresql(engine: Engine, target: Path) -> Copied:
    """pg_dump of the very moment whose rows are counted and summed up here."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        run_postgresql(
            "pg_dump", engine, "--format=custom", "--no-owner", "--no-acl", f"--snapshot={snapshot}", f"--file={target}"
        )
        with Session(connection) as db:
            return _describe(db)


def run_postgresql(program: str, engine: Engine, *arguments: str) -> None:
    """pg_dump or pg_restore on this database. Raises BackupFailed with what it says."""
    found = shutil.which(program)
    if found is None:
        raise BackupFailed(f"{program} is not installed; it must be as new as the server (Debian: postgresql-client).")
    url = engine.url
    environ = os.environ | ({"PGPASSWORD": url.password} if url.password else {})
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    command = [found, f"--dbname={address}", *arguments]
    # S603: the program is found on the operator's own path, its arguments are ours.
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise BackupFailed(f"{program}: {done.stderr.strip()}")


def copy_files(source: Path, target: Path) -> None:
    """Every file of the store, each proved by its own name."""
    for path in kept_files(source):
        copy = target / path.parent.name / path.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        if digest_of(copy) != path.name:
            raise BackupFailed(f"{path} is damaged: its content is not what its name says.")


def copy_public_keys(source: Path, target: Path) -> None:
    """The keys that old certificates are verified with; there are only as many as there were keys."""
    for path in public_keys(source):
        (target / PUBLIC_FOLDER).mkdir(exist_ok=True)
        shutil.copyfile(path, target / PUBLIC_FOLDER / path.name)


def public_keys(folder: Path) -> list[Path]:
    return sorted((folder / PUBLIC_FOLDER).glob("*.pem"))


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def sync_tree(folder: Path) -> None:
    """Let everything in a folder reach the disk."""
    for path in sorted(folder.rglob("*"), reverse=True):
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    """Let a file, or the names in a folder, reach the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
