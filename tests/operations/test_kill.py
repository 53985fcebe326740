"""kill -9 of the server while 32 people answer: whatever was acknowledged is there, and the same afterwards.

The mutant that acknowledges before it commits loses some: so these kills do hit.
"""

import json
import random
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from sqlalchemy import select

from lms.assessment.models import ResponseEvent
from lms.assessment.queries import sitting
from lms.assessment.service import start_attempt
from lms.factory import create_app
from lms.kernel import clock
from lms.kernel.db import Database
from lms.operations.backup import check_sqlite
from lms.settings import Settings
from tests.assessment.courses import load, seat
from tests.assessment.questions import EXAMPLES
from tests.operations.served import SECRET, Served, served
from tests.people import log_in, make_person

PEOPLE = 32
KILLS = 4
BETWEEN_KILLS = 100


@dataclass
class Answering:
    """One person whose browser sends one answer after the other, each again until it is acknowledged."""

    attempt: str
    cookie: str
    client: str
    acknowledged: dict[int, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    token: str = ""
    _connection: HTTPConnection | None = None

    def answer_until(self, stop: threading.Event, port: int) -> None:
        number = 1
        while not stop.is_set():
            value = str(random.randrange(10**6))
            if self._send_until_acknowledged(stop, port, number, value):
                self.acknowledged[number] = value
            number += 1
        if self._connection is not None:
            self._connection.close()

    def _send_until_acknowledged(self, stop: threading.Event, port: int, number: int, value: str) -> bool:
        body = {
            "client": self.client,
            "client_seq": number,
            "question": 1,
            "answer": {"answer": [value]},
            "language": "en",
        }
        while not stop.is_set():
            try:
                status, answer = self._post(port, json.dumps(body))
            except (OSError, HTTPException):
                self._connection = None
                time.sleep(random.uniform(0.1, 0.3))  # a restart needs the processor more than we do
                continue
            if status == 200:
                assert json.loads(answer)["acknowledged"] == number
                return True
            if status != 503:
                self.refused.append(f"{status} {answer[:200]}")
                return False
        return False

    def _post(self, port: int, body: str) -> tuple[int, str]:
        if not self.token:
            page = self._request(port, "GET", f"/en/learn/attempts/{self.attempt}/1/", None, {})[1]
            found = re.search(r'name="csrf_token" value="([^"]+)"', page)
            if found is None:
                raise ConnectionError(page[:200])
            self.token = found[1]
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": self.token}
        return self._request(port, "POST", f"/en/learn/attempts/{self.attempt}/answers", body, headers)

    def _request(self, port: int, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        connection = self._connection or HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request(method, path, body, headers | {"Cookie": self.cookie})
            answer = connection.getresponse()
            said = answer.read().decode()
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        fresh = answer.getheader("Set-Cookie")
        if fresh is not None and fresh.startswith("masar="):
            self.cookie = fresh.partition(";")[0]
        return answer.status, said


def seat_people(database: Database, settings: Settings, now: datetime) -> list[Answering]:
    """32 people in the middle of a quiz, each logged in on a browser."""
    with database.session(write=True) as db:
        load(db, settings.data_dir, now, questions=[EXAMPLES["number"]])
        people = [make_person(db, f"person-{number}") for number in range(PEOPLE)]
        attempts = [start_attempt(db, person, seat(db, person, now), "final", now).public_id for person in people]
        assert sitting(db, people[0], attempts[0], "en")
        db.commit()
    app = create_app(settings, database)
    found = []
    for person, attempt in zip(people, attempts, strict=True):
        cookie = log_in(app, person).get_cookie("masar")
        assert cookie is not None
        found.append(Answering(attempt, f"masar={cookie.value}", f"browser-{person.id}"))
    return found


def kill_while_answering(server: Served, people: list[Answering], kills: int, between: int) -> None:
    stop = threading.Event()
    threads = [threading.Thread(target=each.answer_until, args=(stop, server.port)) for each in people]
    for thread in threads:
        thread.start()
    try:
        for kill in range(kills):
            if kill:
                server.start()
            _let_them_answer(people, between)
            server.kill()
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _let_them_answer(people: list[Answering], enough: int) -> None:
    """Until there are enough acknowledgements to lose, and then to no particular moment."""
    wanted = sum(len(person.acknowledged) for person in people) + enough
    patience = time.perf_counter() + 30
    while sum(len(person.acknowledged) for person in people) < wanted and time.perf_counter() < patience:
        time.sleep(0.01)
    time.sleep(random.uniform(0, 0.2))


def lost(database: Database, people: list[Answering]) -> int:
    """Acknowledged answers that are not in the database as they were given."""
    with database.session(write=False) as db:
        rows = {(row.client, row.client_seq): row.payload for row in db.scalars(select(ResponseEvent))}
    return sum(
        1
        for person in people
        for number, value in person.acknowledged.items()
        if value not in json.dumps(rows.get((person.client, number)))
    )


@pytest.mark.slow
def test_no_acknowledged_answer_is_lost(
    database: Database, database_url: str, settings: Settings, tmp_path: Path
) -> None:
    people = seat_people(database, _shared(settings), clock.now())
    with served(tmp_path, environ={"LMS_DATABASE_URL": database_url}) as server:
        kill_while_answering(server, people, KILLS, BETWEEN_KILLS)
        log = server.log()
    assert [person.refused for person in people if person.refused] == []
    assert sum(len(person.acknowledged) for person in people) >= KILLS * BETWEEN_KILLS
    assert lost(database, people) == 0
    assert "Traceback" not in log
    if database.is_sqlite:
        check_sqlite(database)


@pytest.mark.slow
def test_the_mutant_that_acknowledges_before_it_commits_loses_some(
    database: Database, database_url: str, settings: Settings, tmp_path: Path
) -> None:
    people = seat_people(database, _shared(settings), clock.now())
    command = (sys.executable, "-m", "tests.operations.hasty_server", "serve")
    with served(tmp_path, command=command, environ={"LMS_DATABASE_URL": database_url}) as server:
        kill_while_answering(server, people, 2, 20)  # it answers one at a time
    assert sum(len(person.acknowledged) for person in people) > 10
    assert lost(database, people) > 0


def _shared(settings: Settings) -> Settings:
    """As the server has them, so that it knows the cookies made here."""
    return Settings(**{name: getattr(settings, name) for name in settings.__slots__} | {"secret_key": SECRET})
