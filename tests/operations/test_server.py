"""The platform as it is started: quickly, once on one SQLite database, and gone when told."""

import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from lms.kernel.db import Database
from tests.operations.served import Served, served

pytestmark = pytest.mark.slow
LMS = (sys.executable, "-m", "lms")


def get(server: Served, path: str, **headers: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_the_demo_starts_twice_and_keeps_everything(database: Database, tmp_path: Path) -> None:
    if not database.is_sqlite:
        pytest.skip("the demo is SQLite's")
    folder, began = tmp_path / "demo", datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    folder.mkdir()
    with served(folder, command=(*LMS, "demo")) as server:
        people = (folder / "demo-people.txt").read_text()
        assert stat.S_IMODE((folder / "demo-people.txt").stat().st_mode) == 0o600
        assert all(line in server.log() for line in people.split())
        assert get(server, "/en/courses/")[0] == 200
        assert get(server, "/ar/courses/social-protection-why-what-for-whom/")[0] == 200
        second = Served(folder, command=(*LMS, "demo"))
        with pytest.raises(AssertionError, match="SQLite takes one at a time"):
            second.start()
        assert server.stop(signal.SIGINT) == 0
        seconds = server.start()
        assert seconds < 15, "3 s are promised on a machine of its own; this one is shared"
        assert (folder / "demo-people.txt").read_text() == people
        assert server.stop(signal.SIGTERM) == 0
        assert "Traceback" not in server.log()
    kept = Database(f"sqlite:///{folder / 'lms.sqlite3'}")
    with kept.engine.connect() as connection:
        editions = connection.exec_driver_sql("SELECT count(*), max(number) FROM edition").one()
        assert tuple(editions) == (3, 1)
        assert connection.exec_driver_sql("SELECT count(*) FROM person").scalar() == 9 + 80
        runs = connection.exec_driver_sql("SELECT slug, stage, taken FROM run WHERE kind = 'cohort' ORDER BY id").all()
        assert [tuple(run) for run in runs] == [
            ("floors-first-season", "closed", 20),
            ("floors-this-season", "running", 40),
            ("floors-next-season", "selecting", 0),
        ]
        countries = "SELECT count(DISTINCT country) FROM enrolment JOIN run ON run.id = run_id WHERE kind = 'cohort'"
        assert connection.exec_driver_sql(countries).scalar() == 20
        kinds = connection.exec_driver_sql("SELECT kind, count(*) FROM certificate GROUP BY kind ORDER BY kind").all()
        assert [tuple(each) for each in kinds] == [("completion", 14), ("participation", 4)]
        letters = "SELECT count(*) FROM outbox_job WHERE topic = 'mail' AND not_before < ?"
        assert connection.exec_driver_sql(letters, (began,)).scalar() == 0, "nobody is written to about long ago"
    kept.close()


def test_numbers_of_several_processes_are_added_up(database: Database, database_url: str, tmp_path: Path) -> None:
    if database.is_sqlite:
        assert lms(tmp_path, database_url, "serve", "--processes", "2") == (
            1,
            "SQLite serves one process; use PostgreSQL (LMS_DATABASE_URL) for more.\n",
        )
        return
    with served(
        tmp_path, command=(*LMS, "serve", "--processes", "2"), environ={"LMS_DATABASE_URL": database_url}
    ) as server:
        for _ in range(20):
            assert get(server, "/health/live")[0] == 200
        line = 'masar_requests_total{endpoint="operations.live",method="GET",status="200"} 20.0'
        assert line in get(server, "/metrics")[1]


def lms(folder: Path, database_url: str, *command: str) -> tuple[int, str]:
    """Run one command; exit code and what it said on stderr."""
    environ = {"LMS_DATA_DIR": str(folder), "LMS_DATABASE_URL": database_url, "PATH": "/usr/bin:/bin"}
    done = subprocess.run([*LMS, *command], env=environ, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_what_cannot_be_done_is_said_in_a_sentence(database_url: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "course.yaml").write_text("format: 1\ntitle: [\n")
    assert lms(tmp_path, "nonsense://x", "doctor")[0] == 2
    assert lms(tmp_path, database_url, "people", "grant", "nobody@example.org", "trainer") == (
        1,
        "Nobody has the address nobody@example.org.\n",
    )
    assert lms(tmp_path, database_url, "people", "add", "ada@example.org", "Ada", "--language", "xx")[0] == 2
    assert lms(tmp_path, database_url, "certificates", "verify", "ABCD") == (1, "No certificate has this code.\n")
    assert lms(tmp_path, database_url, "courses", "export", "none", str(tmp_path)) == (1, "There is no course none.\n")
    assert lms(tmp_path, database_url, "restore", str(tmp_path))[0] == 1
