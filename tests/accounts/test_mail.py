"""Letters over real SMTP."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from socket import socket
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from lms.kernel import clock
from lms.kernel.db import Database
from lms.kernel.mail import send_letter
from lms.kernel.outbox import work_once
from lms.settings import Settings
from tests.accounts.visitor import registration, visitor


@dataclass
class Mailbox:
    letters: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the server's name for it
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 taken"


@pytest.fixture
def server() -> Iterator[Controller]:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


def test_a_registration_reaches_a_mailbox(
    app: Flask, database: Database, settings: Settings, server: Controller
) -> None:
    posted = replace(settings, smtp_host="127.0.0.1", smtp_port=server.port)
    name = "Łucja O'Neill-Ünal"
    visitor(app).send("/ar/register/", registration(name=name, language="ar"))
    while work_once(database, {"mail": lambda payload: send_letter(posted, payload)}, clock.now):
        pass
    [letter] = server.handler.letters
    assert letter["To"] == f'"{name}" <ada@example.org>' or name in str(letter["To"])
    assert letter["Content-Language"] == "ar"
    assert "http://localhost/ar/confirm/" in letter.get_content()
    assert set(letter.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
