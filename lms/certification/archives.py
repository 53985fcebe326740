"""All certificates of a run as one file: asked for, printed and put together behind the pages, kept for some days.

The work is cut into jobs of a few certificates each, so that letters go out between them; each job may run twice, and
one that was killed is done again: what was printed stays printed.
"""

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import BinaryIO

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.catalog.models import Course
from lms.catalog.queries import direction
from lms.certification.models import Certificate, CertificateArchive
from lms.certification.policy import may_take_all
from lms.certification.queries import Count, count_of_run, lines_of_run, unprinted_of_run
from lms.certification.render.press import PrintRefused
from lms.certification.rules import (
    NEXT_ARCHIVE_STATES,
    UNFINISHED,
    ArchiveState,
    CertificateKind,
    Status,
)
from lms.certification.service import AT_ONCE, file_name, print_certificate
from lms.certification.signing.keys import IssuerKeys
from lms.kernel.audit import record_audit
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.kernel.i18n import _, language_name, use_language
from lms.kernel.outbox import enqueue
from lms.kernel.refusals import Conflict, require
from lms.kernel.sheets import Sheet, stream_xlsx
from lms.runs.models import Run

EACH_JOB = 40
"""Certificates printed before whatever else waits has its turn."""
KEPT = timedelta(days=7)
GIVEN_UP_AFTER = timedelta(hours=1)
"""Longer than a job that fails waits for its last try."""
INDEX = "index.xlsx"
WIDTHS = (8, 40, 38, 18, 14, 16, 14, 52)

Write = Callable[[Callable[[Session, datetime], None]], None]
"""Does something in one transaction, at its moment."""


def ask_archive(
    db: Session, actor: Person, course: Course, run: Run, *, language: str, now: datetime
) -> CertificateArchive:
    """All certificates of the run that count, as one file, as soon as can be. One that is under way is waited for.

    Raises Denied, and Conflict when there is nothing to take.
    """
    require(may_take_all(actor, f"course:{course.slug}", now))
    count = count_of_run(db, run.id)
    if not count.total:
        raise Conflict(_("No certificate of this run counts at present, so there is nothing to put into a file."))
    unfinished = select(CertificateArchive).where(
        CertificateArchive.run_id == run.id, CertificateArchive.state.in_(UNFINISHED)
    )
    if under_way := db.scalar(unfinished):
        return under_way
    archive = CertificateArchive(
        run_id=run.id,
        asked_by_id=actor.id,
        asked_at=now,
        moved_at=now,
        language=language,
        total=count.total,
        printed=count.printed,
    )
    try:
        with db.begin_nested():
            db.add(archive)
            db.flush()
    except IntegrityError:  # somebody else asked this very moment
        return db.scalars(unfinished).one()
    after = {"course": course.slug, "certificates": count.total}
    record_audit(db, actor, "ask_certificate_archive", _thing(archive.public_id), now, after=after)
    _go_on(db, archive.public_id, 0, now)
    return archive


def work_archive(
    database: Database, files: FileStore, write: Write, public_id: str, after: int, *, keys: IssuerKeys
) -> None:
    """The next few certificates; when all are printed, the file. Holds no lock while it prints or packs."""
    with database.session(write=False) as db:
        archive = db.scalars(select(CertificateArchive).where(CertificateArchive.public_id == public_id)).one()
        if archive.state not in UNFINISHED:
            return
        few = unprinted_of_run(db, archive.run_id, after, EACH_JOB)
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(partial(print_certificate, database, files, keys=keys), few))
        if few:
            write(lambda db, now: _came_on(db, archive, few[-1], now))
            return
        inside = 0

        def pack(out: BinaryIO) -> None:
            nonlocal inside
            inside = _write_archive(database, files, archive, out, keys)

        digest = files.put_written(pack)
    except PrintRefused as problem:
        sentence = str(problem)
        write(lambda db, now: _fail(db, archive.public_id, sentence, now))
        return
    size = files.path(digest).stat().st_size
    write(lambda db, now: _finish(db, archive, digest, size, inside, now))


def look_after_archives(db: Session, now: datetime) -> None:
    """Let go of old files, and say of what came to a halt that it failed."""
    old = select(CertificateArchive).where(
        CertificateArchive.state == ArchiveState.DONE, CertificateArchive.moved_at < now - KEPT
    )
    for archive in db.scalars(old).all():
        digest = archive.sha256
        if _move(db, archive.public_id, ArchiveState.REMOVED, now, sha256=None, size=None):
            enqueue(db, "archive.remove", f"archive.remove:{archive.public_id}", {"sha256": digest}, now)
            record_audit(db, None, "remove_certificate_archive", _thing(archive.public_id), now)
    halted = select(CertificateArchive.public_id).where(
        CertificateArchive.state.in_(UNFINISHED), CertificateArchive.moved_at < now - GIVEN_UP_AFTER
    )
    for public_id in db.scalars(halted).all():
        _fail(db, public_id, "It came to a halt.", now)


# -- smaller steps


def _thing(public_id: str) -> str:
    return f"certificate_archive:{public_id}"


def _go_on(db: Session, public_id: str, after: int, now: datetime) -> None:
    payload = {"archive": public_id, "after": after}
    enqueue(db, "certificate.archive", f"certificate.archive:{public_id}:{after}", payload, now)


def _move(db: Session, public_id: str, to: ArchiveState, now: datetime, **told: object) -> bool:
    """Compare and swap: whether it moved."""
    movable = [state for state, ahead in NEXT_ARCHIVE_STATES.items() if to in ahead]
    change = update(CertificateArchive).where(
        CertificateArchive.public_id == public_id, CertificateArchive.state.in_(movable)
    )
    moved = db.scalars(change.values(state=to, moved_at=now, **told).returning(CertificateArchive.id))
    return moved.one_or_none() is not None


def _came_on(db: Session, archive: CertificateArchive, last: int, now: datetime) -> None:
    count: Count = count_of_run(db, archive.run_id)
    if _move(db, archive.public_id, ArchiveState.WORKING, now, total=count.total, printed=count.printed):
        _go_on(db, archive.public_id, last, now)


def _finish(db: Session, archive: CertificateArchive, digest: str, size: int, inside: int, now: datetime) -> None:
    _move(db, archive.public_id, ArchiveState.WORKING, now)  # where nothing was left to be printed
    told = {"sha256": digest, "size": size, "total": inside, "printed": inside}
    if _move(db, archive.public_id, ArchiveState.DONE, now, **told):
        after = {"certificates": inside, "sha256": digest}
        record_audit(db, None, "finish_certificate_archive", _thing(archive.public_id), now, after=after)


def _fail(db: Session, public_id: str, why: str, now: datetime) -> None:
    if _move(db, public_id, ArchiveState.FAILED, now):
        record_audit(db, None, "fail_certificate_archive", _thing(public_id), now, after={"reason": why})


def _write_archive(
    database: Database, files: FileStore, archive: CertificateArchive, out: BinaryIO, keys: IssuerKeys
) -> int:
    """The file, and how many certificates are in it. The same certificates always give the same bytes."""
    inside = 0

    def rows() -> Iterator[list[str]]:
        """Each certificate's file goes in as its line is written."""
        nonlocal inside
        for number, (certificate, status, sha256) in enumerate(lines_of_run(db, archive.run_id), start=1):
            name = ""
            if status is Status.VALID:
                there = sha256 if sha256 and files.path(sha256).exists() else None  # issued just now, or lost
                path = files.path(there or print_certificate(database, files, certificate.id, keys=keys))
                name = file_name(certificate.code)
                with path.open("rb") as pdf, packed.open(_member(name, certificate.issued_at), "w") as to:
                    shutil.copyfileobj(pdf, to)
                inside += 1
            yield _line(number, certificate, status, name)

    rtl = direction(archive.language) == "rtl"
    with (
        database.session(write=False) as db,
        use_language(archive.language),
        tempfile.TemporaryFile() as index,
        zipfile.ZipFile(out, "w") as packed,
    ):
        stream_xlsx(Sheet(_("Certificates"), _head(), rows(), right_to_left=rtl, widths=WIDTHS), index)
        index.seek(0)
        with packed.open(_member(INDEX, archive.asked_at), "w") as to:
            shutil.copyfileobj(index, to)
        packed.comment = archive.public_id.encode()  # no two have the same bytes: each is removed by itself
    return inside


def _member(name: str, at: datetime) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, at.astimezone(UTC).timetuple()[:6])
    member.external_attr = 0o644 << 16
    return member


def _head() -> list[str]:
    return [
        _("Number"),
        _("Name"),
        _("Code"),
        _("Certificate"),
        _("Issued on"),
        _("Language"),
        _("State"),
        _("File"),
    ]


def _line(number: int, certificate: Certificate, status: Status, name: str) -> list[str]:
    completed = certificate.kind == CertificateKind.COMPLETION
    says = {Status.VALID: _("valid"), Status.REVOKED: _("revoked"), Status.REPLACED: _("replaced")}
    return [
        str(number),
        certificate.frozen["names"]["name"],
        certificate.code,
        _("Certificate of completion") if completed else _("Certificate of participation"),
        certificate.frozen["issued_on"],
        language_name(certificate.language),
        says[status],
        name,
    ]
