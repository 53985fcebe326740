"""A served platform and a real browser: what `lms demo` starts, in a process and a data folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.assessment.models import Attempt
from lms.assessment.queries import question_of
from lms.assessment.question_types import KINDS
from lms.catalog.models import Edition
from lms.catalog.queries import package_of
from lms.kernel.db import Database
from lms.settings import ROOT

READY_SECONDS = 40


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    data: Path

    def passwords(self) -> dict[str, str]:
        lines = (self.data / "demo-people.txt").read_text().splitlines()
        return dict(line.split(" ", 1) for line in lines)

    def letters(self) -> list[str]:
        return [
            path.read_text()
            for path in sorted((self.data / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime)
        ]

    def right_fields(self, attempt: str) -> list[dict[str, list[str]]]:
        """What to fill in, question by question, to have everything right in this attempt."""
        database = Database(f"sqlite:///{self.data / 'lms.sqlite3'}")
        with database.session(write=False) as db:
            found = db.scalars(select(Attempt).where(Attempt.public_id == attempt)).one()
            package = package_of(db, db.get_one(Edition, found.edition_id))
            sources = {source.key: source for source in package.quizzes[found.quiz_key].questions}
            fields = []
            for key in found.question_keys:
                question = question_of(sources[key])
                kind = KINDS[sources[key].kind]
                fields.append(kind.filled(question, found.seed, kind.right_answer(question)))
        database.close()
        return fields

    @contextmanager
    def by_hand(self) -> Iterator[Session]:
        """What would take long in a browser, done in the database of the server and kept at the end."""
        database = Database(f"sqlite:///{self.data / 'lms.sqlite3'}")
        with database.session(write=True) as db:
            yield db
            db.commit()
        database.close()

    def person_exists(self, email: str) -> bool:
        database = Database(f"sqlite:///{self.data / 'lms.sqlite3'}")
        with database.session(write=False) as db:
            found = db.scalar(select(Person.id).where(Person.email == email))
        database.close()
        return found is not None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data, port = tmp_path_factory.mktemp("served"), free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")}
    environ |= {"LMS_DATA_DIR": str(data), "LMS_PORT": str(port), "LMS_ARGON2_TIME": "1", "LMS_ARGON2_MEMORY_KIB": "64"}
    with (data / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "lms", "demo"], cwd=ROOT, env=environ, stdout=log, stderr=log, start_new_session=True
        )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until_ready(url, process, data)
            yield Served(url, data)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]", data: Path) -> None:
    for _round in range(READY_SECONDS * 10):
        try:
            with urlopen(f"{url}/health/ready", timeout=2):
                return
        except OSError:
            assert process.poll() is None, (data / "server.log").read_text()
            time.sleep(0.1)
    raise AssertionError((data / "server.log").read_text())


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A phone of 360 pixels, scripts on."""
    yield from _page(chromium.new_context(viewport={"width": 360, "height": 740}))


@pytest.fixture
def phone_without_scripts(chromium: Browser) -> Iterator[Page]:
    yield from _page(chromium.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False))


@pytest.fixture
def desk(chromium: Browser) -> Iterator[Page]:
    yield from _page(chromium.new_context(viewport={"width": 1100, "height": 900}))


def _page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    page.set_default_timeout(15_000)
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("response", lambda answer: broken.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)
    yield page
    context.close()
    assert broken == []
