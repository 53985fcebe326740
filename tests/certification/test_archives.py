"""All certificates of a run as one file: what is in it, who may have it, and what a kill in the middle leaves."""

import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import delete, event, func, select, update
from sqlalchemy.orm import Session

from lms import consequences
from lms.accounts.models import Person
from lms.accounts.rules import Role
from lms.catalog.models import Course
from lms.certification import archives, service
from lms.certification.archives import GIVEN_UP_AFTER, KEPT, ask_archive, look_after_archives
from lms.certification.models import CertificateArchive, PrintedCertificate
from lms.certification.rules import NEXT_ARCHIVE_STATES, ArchiveState
from lms.certification.service import reissue_certificate, revoke_certificate
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.kernel.models import AuditEntry, OutboxJob
from lms.kernel.outbox import LEASE, work_once
from lms.kernel.refusals import Conflict, Denied
from lms.operations.named_files import named_files
from lms.runs.models import Run
from lms.settings import Settings
from tests.certification.earning import hold
from tests.certification.test_administration import send
from tests.certification.test_corrections import make_staff
from tests.certification.test_render import words_of
from tests.factories import SLUG
from tests.people import log_in, make_person

PAGE = f"/en/administration/certificates/all/{SLUG}/"
NAMES = {"ada": "Ada Okafor", "bo": "Bo Lind", "chi": "Chi Eze", "dan": "Dan Roy", "eli": "Eli Amsalem"}


class CountingFiles(FileStore):
    """Counts what it is told to keep."""

    kept = 0

    def put(self, data: bytes) -> str:
        self.kept += 1
        return super().put(data)


@pytest.fixture
def files(settings: Settings) -> CountingFiles:
    return CountingFiles(settings.data_dir / "files")


@pytest.fixture
def codes(db: Session, tmp_path: Path, now: datetime) -> dict[str, str]:
    """Five people hold certificates; none is printed, and nothing waits to be."""
    found = {key: hold(db, tmp_path, make_person(db, key), now, name=NAMES[key]).code for key in NAMES}
    db.execute(delete(OutboxJob))
    db.commit()
    return found


@pytest.fixture
def co(db: Session, now: datetime, codes: dict[str, str]) -> Person:
    co = make_staff(db, "co", Role.COORDINATOR, now, f"course:{SLUG}")
    db.commit()
    return co


def ask(db: Session, actor: Person, now: datetime, language: str = "en") -> CertificateArchive:
    course, run = db.scalars(select(Course)).one(), db.scalars(select(Run)).one()
    archive = ask_archive(db, actor, course, run, language=language, now=now)
    db.commit()
    return archive


def work(settings: Settings, database: Database, files: FileStore, now: datetime) -> int:
    """How many jobs there were."""
    handlers = consequences.after(settings, database, files, lambda: now)
    done = 0
    while work_once(database, handlers, lambda: now):
        done += 1
    return done


def state_of(database: Database, archive: CertificateArchive) -> CertificateArchive:
    with database.session(write=False) as db:
        return db.get_one(CertificateArchive, archive.id)


def lines_of(data: bytes) -> list[tuple[Any, ...]]:
    with zipfile.ZipFile(BytesIO(data)) as packed:
        assert packed.testzip() is None
        sheet = load_workbook(BytesIO(packed.read("index.xlsx"))).active
    return [tuple(cell.value or "" for cell in row) for row in sheet.iter_rows()]


def test_the_file_holds_what_counts_and_lists_all_that_was_issued(
    db: Session, database: Database, settings: Settings, tmp_path: Path, now: datetime,
    codes: dict[str, str], co: Person, files: CountingFiles, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(archives, "EACH_JOB", 2)
    revoke_certificate(db, None, codes["bo"], reason="Issued in error", now=now)
    new = reissue_certificate(db, None, codes["chi"], name="=1+1|Chi Eze", now=now).code
    db.execute(delete(OutboxJob))
    db.commit()
    archive = ask(db, co, now)
    assert (archive.state, archive.printed, archive.total) == (ArchiveState.WAITING, 0, 4)
    assert work(settings, database, files, now) == 3, "two jobs of two certificates, one that packs"
    done = state_of(database, archive)
    assert (done.state, done.printed, done.total) == (ArchiveState.DONE, 4, 4)
    assert done.sha256
    data = files.get(done.sha256)
    assert len(data) == done.size
    counting = {codes["ada"], codes["dan"], codes["eli"], new}
    with zipfile.ZipFile(BytesIO(data)) as packed:
        assert {*packed.namelist()} == {"index.xlsx", *(f"certificate-{code}.pdf" for code in counting)}
        assert "Dan Roy" in words_of(packed.read(f"certificate-{codes['dan']}.pdf"), tmp_path)
    head, *lines = lines_of(data)
    assert head == ("Number", "Name", "Code", "Certificate", "Issued on", "Language", "State", "File")
    day, kind = now.date().isoformat(), "Certificate of completion"
    assert lines[0] == (
        "1",
        "Ada Okafor",
        codes["ada"],
        kind,
        day,
        "English",
        "valid",
        f"certificate-{codes['ada']}.pdf",
    )
    assert [(line[1], line[6], bool(line[7])) for line in lines[1:]] == [
        ("Bo Lind", "revoked", False), ("Chi Eze", "replaced", False), ("Dan Roy", "valid", True),
        ("Eli Amsalem", "valid", True), ("=1+1|Chi Eze", "valid", True),
    ]  # fmt: skip
    with zipfile.ZipFile(BytesIO(data)) as packed, zipfile.ZipFile(BytesIO(packed.read("index.xlsx"))) as index:
        assert b"<f>" not in index.read("xl/worksheets/sheet1.xml"), "a name is a text, never a formula"
    deeds = db.scalars(select(AuditEntry.action).where(AuditEntry.thing.like("certificate_archive:%"))).all()
    assert deeds == ["ask_certificate_archive", "finish_certificate_archive"]
    assert done.sha256 in named_files(db)


def test_the_same_certificates_are_the_same_bytes_and_the_sheet_is_in_the_asker_s_language(
    db: Session, database: Database, settings: Settings, now: datetime,
    codes: dict[str, str], co: Person, files: CountingFiles,
) -> None:  # fmt: skip
    archive = ask(db, co, now, "ar")
    work(settings, database, files, now)
    first = state_of(database, archive).sha256
    assert first
    again = {"state": ArchiveState.WORKING, "sha256": None, "size": None}
    db.execute(update(CertificateArchive).values(again))
    db.execute(delete(OutboxJob))
    archives._go_on(db, archive.public_id, 0, now)
    db.commit()
    work(settings, database, files, now)
    assert state_of(database, archive).sha256 == first
    assert files.kept == len(codes)
    with zipfile.ZipFile(BytesIO(files.get(first))) as packed:
        sheet = load_workbook(BytesIO(packed.read("index.xlsx"))).active
    assert sheet.sheet_view.rightToLeft
    assert sheet["B1"].value == "الاسم"


def kill_at(nth: int, database_url: str, settings: Settings) -> None:
    command = [sys.executable, "-m", "tests.certification.dying_archivist", database_url, str(settings.data_dir)]
    assert subprocess.run([*command, str(nth)], check=False).returncode == -9


@pytest.mark.parametrize("nth", [1, 3, 6])
def test_killed_in_the_middle_it_goes_on_where_it_was(
    db: Session, database: Database, database_url: str, settings: Settings, now: datetime,
    codes: dict[str, str], co: Person, files: CountingFiles, nth: int,
) -> None:  # fmt: skip
    """As the first and the third certificate is kept, and with the whole archive written but not yet in its place."""
    archive = ask(db, co, now)
    kill_at(nth, database_url, settings)
    known = db.scalar(select(func.count()).select_from(PrintedCertificate)) or 0
    db.commit()
    assert state_of(database, archive).state in (ArchiveState.WAITING, ArchiveState.WORKING)
    work(settings, database, files, datetime.now(now.tzinfo) + 2 * LEASE)
    assert_whole(files, state_of(database, archive), codes)
    assert files.kept == len(codes) - known, "what the database knew was not printed again"


def assert_whole(files: FileStore, archive: CertificateArchive, codes: dict[str, str]) -> None:
    assert archive.state == ArchiveState.DONE
    assert archive.sha256
    data = files.get(archive.sha256)
    with zipfile.ZipFile(BytesIO(data)) as packed:
        assert {*packed.namelist()} == {"index.xlsx", *(f"certificate-{code}.pdf" for code in codes.values())}
        assert all(packed.read(name).startswith(b"%PDF") for name in packed.namelist() if name.endswith(".pdf"))
    assert [line[1] for line in lines_of(data)[1:]] == list(NAMES.values())


def test_the_mutant_that_believes_half_a_file_hands_out_half_a_file(
    db: Session, database: Database, database_url: str, settings: Settings, now: datetime,
    codes: dict[str, str], co: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The mutant puts certificates together that the database knows printed, and prints none that are missing."""
    archive = ask(db, co, now)
    kill_at(3, database_url, settings)
    monkeypatch.setattr(archives, "unprinted_of_run", lambda *_: [])
    original = archives.lines_of_run

    def known_only(db: Session, run_id: int) -> Iterator[Any]:
        return (line for line in original(db, run_id) if line[2])

    monkeypatch.setattr(archives, "lines_of_run", known_only)
    files = FileStore(settings.data_dir / "files")
    work(settings, database, files, datetime.now(now.tzinfo) + 2 * LEASE)
    with pytest.raises(AssertionError):
        assert_whole(files, state_of(database, archive), codes)


def test_a_lost_pdf_is_printed_anew(
    db: Session, database: Database, settings: Settings, now: datetime,
    codes: dict[str, str], co: Person, files: CountingFiles,
) -> None:  # fmt: skip
    ask(db, co, now)
    work(settings, database, files, now)
    lost = db.scalars(select(PrintedCertificate.sha256)).first()
    db.commit()
    assert lost
    files.remove(lost)
    second = ask(db, co, now)
    work(settings, database, files, now)
    assert_whole(files, state_of(database, second), codes)


def test_asking_twice_is_asking_once_and_nothing_to_take_is_said(
    db: Session, now: datetime, codes: dict[str, str], co: Person
) -> None:
    first = ask(db, co, now)
    assert ask(db, co, now).id == first.id
    assert len(db.scalars(select(OutboxJob)).all()) == 1
    for code in codes.values():
        revoke_certificate(db, None, code, reason="Issued in error", now=now)
    with pytest.raises(Conflict):
        ask(db, co, now)
    bo = make_staff(db, "tee", Role.TRAINER, now, f"course:{SLUG}")
    with pytest.raises(Denied):
        ask(db, bo, now)


def test_a_template_that_cannot_be_printed_fails_and_is_said_so(
    app: Flask, db: Session, database: Database, settings: Settings, now: datetime,
    codes: dict[str, str], co: Person, files: CountingFiles, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    archive = ask(db, co, now)
    whole = service.Template

    def broken(named: dict[str, str]) -> service.Template:
        return whole({**named, "page.html": "{{ nothing_of_this_name }}"})

    monkeypatch.setattr(service, "Template", broken)
    work(settings, database, files, now)
    assert state_of(database, archive).state == ArchiveState.FAILED
    page = log_in(app, co).get(PAGE).text
    assert "failed; what was printed stays printed" in page
    assert "Make the file</button>" in page
    monkeypatch.undo()
    second = ask(db, co, now)
    work(settings, database, files, now)
    assert_whole(files, state_of(database, second), codes)


def test_what_is_old_is_removed_and_what_halted_has_failed(
    db: Session, database: Database, settings: Settings, now: datetime,
    codes: dict[str, str], co: Person, files: CountingFiles,
) -> None:  # fmt: skip
    old = ask(db, co, now)
    work(settings, database, files, now)
    digest = state_of(database, old).sha256
    assert digest
    halted = ask(db, co, now)
    for at, expected in (
        (now + GIVEN_UP_AFTER, [ArchiveState.DONE, ArchiveState.WAITING]),
        (now + GIVEN_UP_AFTER + timedelta(seconds=1), [ArchiveState.DONE, ArchiveState.FAILED]),
        (now + KEPT, [ArchiveState.DONE, ArchiveState.FAILED]),
        (now + KEPT + timedelta(seconds=1), [ArchiveState.REMOVED, ArchiveState.FAILED]),
    ):
        look_after_archives(db, at)
        db.commit()
        assert db.scalars(select(CertificateArchive.state).order_by(CertificateArchive.id)).all() == expected
        db.commit()
    assert files.path(digest).exists(), "first nobody names it, then it goes"
    assert digest not in named_files(db)
    db.commit()
    work(settings, database, files, now + 2 * KEPT)
    assert not files.path(digest).exists()
    assert state_of(database, halted).state == ArchiveState.FAILED, "the job that comes late finds it is over"


def test_no_state_is_left_by_another_way(db: Session, now: datetime, codes: dict[str, str], co: Person) -> None:
    archive = ask(db, co, now)
    for state in ArchiveState:
        for to in ArchiveState:
            held = {"sha256": "0" * 64, "size": 1} if to == ArchiveState.DONE else {"sha256": None, "size": None}
            had = {"sha256": "0" * 64, "size": 1} if state == ArchiveState.DONE else {"sha256": None, "size": None}
            db.execute(update(CertificateArchive).values(state=state, **had))
            assert archives._move(db, archive.public_id, to, now, **held) == (to in NEXT_ARCHIVE_STATES[state])


# -- the page


@pytest.mark.parametrize(
    ("role", "scope", "status"),
    [
        (Role.COORDINATOR, f"course:{SLUG}", 200),
        (Role.PROGRAMME_MANAGER, "*", 200),
        (Role.TRAINER, f"course:{SLUG}", 403),
        (Role.COORDINATOR, "course:another", 404),
        (Role.AUTHOR, f"course:{SLUG}", 404),
        (Role.REVIEWER, "*", 404),
    ],
)
def test_by_the_matrix(
    app: Flask, db: Session, database: Database, settings: Settings, now: datetime, codes: dict[str, str], co: Person,
    role: Role, scope: str, status: int,
) -> None:  # fmt: skip
    actor = make_staff(db, "who", role, now, scope)
    archive = ask(db, co, now)
    files = FileStore(settings.data_dir / "files")
    made = files.put(b"PK a file")
    db.execute(update(CertificateArchive).values(state=ArchiveState.DONE, sha256=made, size=9))
    db.commit()
    client, run = log_in(app, actor), db.scalars(select(Run.public_id)).one()
    db.commit()
    assert client.get(PAGE).status_code == status
    taken = client.get(f"{PAGE}{archive.public_id}.zip")
    assert taken.status_code == status
    assert (taken.data == b"PK a file") == (status == 200)
    taken.close()
    assert send(client, PAGE, run=run) == (303 if status == 200 else status)
    assert (PAGE in client.get("/en/administration/certificates/").text) == (status == 200)


def test_a_learner_is_refused(app: Flask, db: Session, codes: dict[str, str], co: Person) -> None:
    ada = db.scalars(select(Person).where(Person.email == "ada@example.org")).one()
    db.commit()
    assert log_in(app, ada).get(PAGE).status_code == 403


def test_from_asking_to_the_file(
    app: Flask, db: Session, database: Database, settings: Settings, now: datetime,
    codes: dict[str, str], co: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(archives, "EACH_JOB", 2)
    client, run = log_in(app, co), db.scalars(select(Run.public_id)).one()
    db.commit()
    assert "5 certificates of this run count now" in client.get(PAGE).text
    assert send(client, PAGE, run="none") == 404
    assert send(client, PAGE, run="") == 303
    page = client.get(PAGE).text
    assert "waits for its turn" in page
    assert "Look again" in page
    assert "Make the file</button>" not in page
    with database.session(write=False) as reading:
        archive = reading.scalars(select(CertificateArchive)).one()
    assert client.get(f"{PAGE}{archive.public_id}.zip").status_code == 404
    handlers = consequences.after(settings, database, FileStore(settings.data_dir / "files"), lambda: archive.asked_at)
    assert work_once(database, handlers, lambda: archive.asked_at)
    assert "2 of 5 printed" in client.get(PAGE).text
    while work_once(database, handlers, lambda: archive.asked_at):
        pass
    page = client.get(f"{PAGE}?run={run}").text
    address = f"{PAGE}{archive.public_id}.zip"
    assert f'href="{address}"' in page
    taken = client.get(address)
    assert taken.content_type == "application/zip"
    assert taken.headers["Cache-Control"] == "no-store"
    assert taken.headers["Content-Disposition"].startswith(f"attachment; filename=certificates-{SLUG}-")
    assert len(lines_of(taken.data)) == 6
    taken.close()


def test_the_page_asks_as_often_however_many_there_are(
    app: Flask, db: Session, database: Database, now: datetime, codes: dict[str, str], co: Person
) -> None:
    client = log_in(app, co)

    def asked() -> int:
        said: list[str] = []
        note: Callable[..., None] = lambda *values: said.append(values[2])  # noqa: E731
        event.listen(database.engine, "before_cursor_execute", note)
        client.get(PAGE)
        event.remove(database.engine, "before_cursor_execute", note)
        return len(said)

    ask(db, co, now)
    asked()
    one = asked()
    for _ in range(5):
        db.execute(update(CertificateArchive).values(state=ArchiveState.FAILED))
        ask(db, co, now)
    assert asked() == one
    assert one <= 8


def test_memory_does_not_hold_the_file(tmp_path: Path) -> None:
    """What is written piece by piece lies on the disk, whole or not at all."""
    store = FileStore(tmp_path / "files")

    def breaks(out: BinaryIO) -> None:
        out.write(b"half")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        store.put_written(breaks)
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    digest = store.put_written(lambda out: [out.write(b"x") for _ in range(3)] and None)
    assert store.get(digest) == b"xxx"
