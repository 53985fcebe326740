"""Looking a platform over: each finding is a sentence an operator can act on."""

import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from babel.messages.pofile import read_po
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from lms.certification.queries import broken_certificates, count_certificates, statements
from lms.certification.rules import Verdict
from lms.certification.signing.keys import PUBLIC_FOLDER, issuer_keys
from lms.certification.signing.statement import check_statement
from lms.kernel.db import SQLITE_PROFILE, Database
from lms.kernel.i18n import FOLDER, LANGUAGES, SOURCE_LANGUAGE
from lms.kernel.models import OutboxJob
from lms.operations.backup import BackupFailed, check_sqlite
from lms.operations.libraries import missing_packages
from lms.operations.named_files import kept_files, named_files
from lms.operations.schema import is_current, is_half_restored, revision
from lms.operations.tables import METADATA
from lms.settings import Settings

LEFT_ALONE = timedelta(hours=24)
"""A file younger than this may belong to a transaction that is still open."""
JOB_IS_LATE = timedelta(minutes=10)
BACKUP_IS_OLD = timedelta(days=2)
LITTLE_SPACE, TOO_LITTLE_SPACE = 2_000_000_000, 200_000_000
SAFE_SQLITE = (3, 51, 3)
"""From here on several processes may reset the write-ahead log of one database."""


class Health(StrEnum):
    WELL = "ok"
    WARNING = "warning"
    PROBLEM = "PROBLEM"


@dataclass(frozen=True, slots=True)
class Finding:
    health: Health
    sentence: str


@dataclass(frozen=True, slots=True)
class Patient:
    database: Database
    settings: Settings
    now: datetime


def well(sentence: str) -> Finding:
    return Finding(Health.WELL, sentence)


def warning(sentence: str) -> Finding:
    return Finding(Health.WARNING, sentence)


def problem(sentence: str) -> Finding:
    return Finding(Health.PROBLEM, sentence)


def look_over(database: Database, settings: Settings, now: datetime) -> list[Finding]:
    """Every check, each for itself: one that breaks is a finding, not the end."""
    patient = Patient(database, settings, now)
    found: list[Finding] = []
    for check in CHECKS:
        try:
            found += check(patient)
        except (SQLAlchemyError, OSError) as error:
            found.append(problem(f"{check.__name__.replace('_', ' ').strip()}: {type(error).__name__}: {error}"))
    return found


def check_engine(patient: Patient) -> Iterator[Finding]:
    if patient.database.is_sqlite:
        safe = sqlite3.sqlite_version_info >= SAFE_SQLITE
        yield well(f"SQLite {sqlite3.sqlite_version}{'' if safe else ': one process serves it, as is enforced'}.")
        with patient.database.engine.connect() as connection:
            for name, wanted in SQLITE_PROFILE.items():
                value = connection.execute(text(f"PRAGMA {name}")).scalar()
                if value != wanted:
                    yield problem(f"SQLite has {name}={value}; it must be {wanted}.")
        try:
            check_sqlite(patient.database)
            yield well("SQLite finds every page and every reference whole.")
        except BackupFailed as error:
            yield problem(str(error))
        return
    with patient.database.engine.connect() as connection:
        yield well(f"PostgreSQL {connection.execute(text('SHOW server_version')).scalar()}.")
        if connection.execute(text("SHOW synchronous_commit")).scalar() != "on":
            yield problem("PostgreSQL has synchronous_commit off: acknowledged answers can be lost.")


def check_schema(patient: Patient) -> Iterator[Finding]:
    with patient.database.engine.connect() as connection:
        if is_half_restored(connection):
            yield problem("A restore into this database was not finished; restore into a new one.")
            return
        if not is_current(connection):
            yield problem("The schema is not the one this version works with; run: lms migrate")
            return
        yield well(f"The schema is current ({revision(connection)}).")
        unguarded = sorted(_ledgers() - _guarded(connection, patient.database.is_sqlite))
    if unguarded:
        yield problem(f"Ledgers that could be changed, their triggers are gone: {', '.join(unguarded)}.")
    else:
        yield well(f"{len(_ledgers())} ledgers refuse changes by trigger.")


def _ledgers() -> set[str]:
    return {name for name, table in METADATA.tables.items() if table.info.get("append_only")}


def _guarded(connection: Connection, is_sqlite: bool) -> set[str]:
    """Tables whose rows the database itself refuses to change and to delete."""
    if is_sqlite:
        triggers = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars())
        return {name for name in METADATA.tables if {f"{name}_no_update", f"{name}_no_delete"} <= triggers}
    enabled = (
        "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%_append_only' AND tgenabled IN ('O', 'A')"
    )
    return set(connection.execute(text(enabled)).scalars())


def check_jobs(patient: Patient) -> Iterator[Finding]:
    waiting = (OutboxJob.done_at.is_(None), OutboxJob.dead_at.is_(None), OutboxJob.held_at.is_(None))
    with patient.database.session(write=False) as db:
        dead = db.scalar(select(func.count()).where(OutboxJob.dead_at.is_not(None), OutboxJob.done_at.is_(None))) or 0
        held = db.scalar(select(func.count()).where(OutboxJob.held_at.is_not(None), OutboxJob.done_at.is_(None))) or 0
        oldest = db.scalar(select(func.min(OutboxJob.not_before)).where(*waiting))
    if dead:
        yield problem(f"{dead} jobs were given up after too many tries; look with: lms jobs list")
    if held:
        yield warning(
            f"{held} jobs are held since a restore; look with: lms jobs list, then lms jobs release or lms jobs drop"
        )
    if oldest is not None and patient.now - oldest > JOB_IS_LATE:
        yield problem(
            f"The oldest job has waited since {oldest:%Y-%m-%d %H:%M} UTC; is `lms serve` or `lms work` running?"
        )
    if not dead and not held:
        yield well("No job was given up or held back.")


def check_files(patient: Patient) -> Iterator[Finding]:
    kept = {path.name: path for path in kept_files(patient.settings.data_dir / "files")}
    with patient.database.session(write=False) as db:
        named = named_files(db)
    missing = sorted(named - set(kept))
    if missing:
        yield problem(
            f"{len(missing)} files that the database names are missing, like {missing[0]}; get them from a backup."
        )
    else:
        yield well(f"All {len(named)} files that the database names are there.")
    long_ago = time.time() - LEFT_ALONE.total_seconds()
    orphans = [path for name, path in kept.items() if name not in named and path.stat().st_mtime < long_ago]
    if orphans:
        size = sum(path.stat().st_size for path in orphans)
        yield warning(
            f"{len(orphans)} files ({size // 1000} KB) are named by nothing in the database; they only take up space."
        )


def check_certificates(patient: Patient) -> Iterator[Finding]:
    with patient.database.session(write=False) as db:
        broken = broken_certificates(db)
        count = count_certificates(db)
    for sentence in broken:
        yield problem(f"Certificate {sentence}")
    if not broken:
        yield well(f"{count} certificates are as they were issued.")


def check_signatures(patient: Patient) -> Iterator[Finding]:
    """A public key that was deleted takes the proof from everything that was signed with it."""
    keys = issuer_keys(patient.settings)
    with patient.database.session(write=False) as db:
        worth = {code: check_statement(said, keys.public).verdict for code, said in statements(db)}
    broken = [code for code, verdict in worth.items() if verdict is not Verdict.GENUINE]
    if broken:
        yield problem(
            f"{len(broken)} certificates have a statement that no key in {PUBLIC_FOLDER} vouches for, the first"
            f" {broken[0]}; put the missing keys back."
        )
    else:
        yield well(f"{len(worth)} certificates have a statement that our {len(keys.public)} public keys vouch for.")


def check_data_folder(patient: Patient) -> Iterator[Finding]:
    folder = patient.settings.data_dir
    free = shutil.disk_usage(folder).free
    sentence = f"{free / 1e9:.1f} GB are free in {folder}."
    yield problem(sentence) if free < TOO_LITTLE_SPACE else warning(sentence) if free < LITTLE_SPACE else well(sentence)
    if not os.access(folder, os.W_OK):
        yield problem(f"{folder} cannot be written.")
    for secret in (folder / "secret-key", patient.settings.signing_key or folder / "signing-key.pem"):
        if secret.exists() and stat.S_IMODE(secret.stat().st_mode) & 0o077:
            yield problem(f"{secret} can be read by others; run: chmod 600 {secret}")


def check_backups(patient: Patient) -> Iterator[Finding]:
    made = sorted(path.parent.name for path in (patient.settings.data_dir / "backups").glob("masar-*/manifest.json"))
    if not made:
        yield warning("There is no backup in the data folder; run lms backup every night, and keep copies elsewhere.")
        return
    newest = datetime.strptime(f"{made[-1]}+0000", "masar-%Y%m%dT%H%M%SZ%z")
    sentence = f"The newest backup here is of {newest:%Y-%m-%d %H:%M} UTC."
    yield warning(sentence) if patient.now - newest > BACKUP_IS_OLD else well(sentence)


def check_settings(patient: Patient) -> Iterator[Finding]:
    settings = patient.settings
    local = urlsplit(settings.base_url).hostname in {"127.0.0.1", "localhost"}
    if settings.smtp_host is None:
        yield warning(f"No SMTP server is set (LMS_SMTP_HOST): letters are only kept in {settings.data_dir / 'mail'}.")
    elif settings.smtp_password and not settings.smtp_starttls:
        yield warning("The SMTP password is sent without encryption; set LMS_SMTP_STARTTLS=yes.")
    if local:
        yield warning(f"LMS_BASE_URL is {settings.base_url}: links in mail and QR codes lead nowhere but here.")
    elif not settings.secure_cookies:
        yield problem(f"LMS_BASE_URL is {settings.base_url}: without https anyone on the way can read along.")
    elif not settings.trusted_proxies:
        yield warning(
            "LMS_TRUSTED_PROXIES is 0: behind a proxy every person seems to come from the proxy, also to rate limits."
        )


def check_typesetting(_patient: Patient) -> Iterator[Finding]:
    missing = missing_packages()
    if missing:
        yield problem(f"Certificates cannot be printed well without: apt-get install {' '.join(missing)}")
    else:
        yield well("Everything certificates are set with is installed.")


def check_languages(_patient: Patient) -> Iterator[Finding]:
    for code in LANGUAGES:
        if code == SOURCE_LANGUAGE:
            continue
        with (FOLDER / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
            messages = [message for message in read_po(file, locale=code) if message.id]
        done = sum(
            1
            for each in messages
            if all(each.string if isinstance(each.string, tuple) else [each.string]) and not each.fuzzy
        )
        sentence = (
            f"{done} of {len(messages)} sentences of the platform are translated into {LANGUAGES[code].name} ({code})."
        )
        yield well(sentence) if done == len(messages) else warning(sentence)


CHECKS: list[Callable[[Patient], Iterator[Finding]]] = [
    check_engine,
    check_schema,
    check_jobs,
    check_files,
    check_certificates,
    check_signatures,
    check_data_folder,
    check_backups,
    check_settings,
    check_typesetting,
    check_languages,
]
