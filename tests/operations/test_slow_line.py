"""Somebody's upload that stalls on a slow line keeps nobody else from writing."""

import dataclasses
import re
import socket
import time
from http.client import HTTPConnection
from pathlib import Path

from lms.accounts.models import Person
from lms.factory import create_app
from lms.kernel.db import Database
from lms.settings import Settings
from tests.operations.served import SECRET, served
from tests.people import log_in, make_person

PATIENCE = 4
"""Seconds; the write lock is waited for ten."""


def test_a_stalled_upload_holds_no_lock(
    database: Database, database_url: str, settings: Settings, tmp_path: Path
) -> None:
    with database.session(write=True) as db:
        people: list[Person] = [make_person(db, key) for key in ("ada", "bo")]
        db.commit()
    app = create_app(dataclasses.replace(settings, secret_key=SECRET), database)
    cookies = [f"masar={found.value}" for person in people if (found := log_in(app, person).get_cookie("masar"))]
    with served(tmp_path, environ={"LMS_DATABASE_URL": database_url}) as server:
        stalled = socket.create_connection(("127.0.0.1", server.port))
        head = (
            f"POST /en/profile/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {cookies[0]}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nname=A"
        )
        stalled.sendall(head.encode())
        time.sleep(0.5)
        began = time.perf_counter()
        status = _log_out(server.port, cookies[1])
        took = time.perf_counter() - began
        stalled.close()
    assert status == 303
    assert took < PATIENCE


def _log_out(port: int, cookie: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/en/profile/", headers={"Cookie": cookie})
    answer = connection.getresponse()
    token = re.search(r'name="csrf_token" value="([^"]+)"', answer.read().decode())
    fresh = (answer.getheader("Set-Cookie") or cookie).partition(";")[0]
    assert token
    headers = {"Cookie": fresh, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/en/log-out/", f"csrf_token={token[1]}", headers)
    status = connection.getresponse().status
    connection.close()
    return status
