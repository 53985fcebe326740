"""A platform to measure: its own data folder, the courses of this repository, people who are logged in and enrolled."""

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from bench.client import Client
from bench.server import Server, free_port, serving
from lms.accounts.models import LoginSession, Person, RoleGrant
from lms.accounts.rules import Role, hash_token
from lms.kernel import clock
from lms.kernel.db import Database
from lms.kernel.models import Epoch
from lms.settings import ROOT, Settings

COURSE = "social-protection-fundamentals"
RADIO = re.compile(r'type="radio" name="(\w+)" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Ground:
    environ: dict[str, str]
    settings: Settings

    @property
    def database(self) -> Database:
        return Database(self.settings.database_url)

    def command(self, *words: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "lms", *words],
            env={**os.environ, **self.environ},
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def serving(self) -> AbstractContextManager[Server]:
        return serving(["lms", "serve"], self.environ, self.settings.port, "is served")

    def cookie(self, key: str, *, administrator: bool = False) -> str:
        """A person who is logged in; made when nobody has this key."""
        database, token, now = self.database, secrets.token_urlsafe(32), clock.now()
        with database.session(write=True) as db:
            person = db.scalar(select(Person).where(Person.email == f"{key}@example.org"))
            if person is None:
                person = Person(
                    email=f"{key}@example.org",
                    email_confirmed_at=now,
                    password_hash="!",
                    name=key.title(),
                    language="en",
                    created_at=now,
                    grants=[RoleGrant(role=Role.ADMINISTRATOR, valid_from=now)] if administrator else [],
                )
                db.add(person)
                db.flush()
            db.add(
                LoginSession(
                    token_hash=hash_token(token),
                    person_id=person.id,
                    device="bench",
                    epoch=db.scalars(select(Epoch.number)).one(),
                    created_at=now,
                    expires_at=now + timedelta(days=30),
                )
            )
            db.commit()
        database.close()
        return sign_cookie(self.settings.secret_key, "masar", token)


@contextmanager
def new_ground(database_url: str | None = None) -> Iterator[Ground]:
    """Migrated, every course loaded; gone after the block."""
    with tempfile.TemporaryDirectory(prefix="masar-bench-") as folder:
        environ = {"LMS_DATA_DIR": folder, "LMS_PORT": str(free_port())}
        if database_url:
            environ["LMS_DATABASE_URL"] = database_url
        ground = Ground(environ, Settings.from_env(environ))
        ground.command("migrate")
        for course in sorted((ROOT / "courses").iterdir()):
            ground.command("courses", "load", str(course))
        yield ground


def sign_cookie(secret_key: str, name: str, token: str) -> str:
    app = Flask("cookie")
    app.secret_key = secret_key
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer
    return f"{name}={signer.dumps({'_user_id': token, '_fresh': True, '_permanent': True})}"


def first_course() -> str:
    """The slug of the course whose name comes last: the complete one."""
    return sorted(path.name for path in (ROOT / "courses").iterdir())[-1]


def enrol(client: Client, slug: str) -> None:
    token = client.token(f"/en/courses/{slug}/")
    client.post(f"/en/courses/{slug}/enrol", csrf_token=token)


def lesson_of(client: Client, slug: str) -> str:
    """The address of the second lesson of a course."""
    return re.findall(rf'href="(/en/learn/{slug}/lesson/[^"]+)"', client.get(f"/en/learn/{slug}/").text)[1]


@dataclass(frozen=True, slots=True)
class Question:
    page: str
    answers: str
    """Where answers are sent to."""
    number: int
    field: str
    value: str
    token: str

    def body(self, client: str, number: int | str) -> str:
        """What the script of the page sends; `number` counts the saves of this client."""
        answer = {self.field: [self.value]}
        told = {"client": client, "client_seq": 0, "question": self.number, "answer": answer, "language": "en"}
        return json.dumps(told).replace('"client_seq": 0', f'"client_seq": {number}')


def begin_quiz(client: Client, slug: str) -> Question:
    """Start the final quiz and find a question that is answered by one choice."""
    home = client.get(f"/en/learn/{slug}/").text
    quiz = re.findall(rf'href="(/en/learn/{slug}/quiz/[^"]+)"', home)[-1]
    attempt = client.post(f"{quiz}start", csrf_token=client.token(quiz)).headers["location"]
    for number in range(1, 20):
        page = client.get(f"{attempt}{number}/").text
        found = RADIO.search(page)
        if found:
            token = client.token(f"{attempt}{number}/")
            return Question(f"{attempt}{number}/", f"{attempt}answers", number, found[1], found[2], token)
    raise RuntimeError("no question with one choice")


def folder_size(path: Path) -> int:
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
