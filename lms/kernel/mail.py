"""The one way mail leaves: over SMTP when a host is set, else to the console and a file. Called by the outbox only."""

import smtplib
from dataclasses import dataclass
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import Any

import structlog
from sqlalchemy.orm import Session

from lms.kernel import clock
from lms.kernel.outbox import enqueue
from lms.settings import Settings

log = structlog.get_logger("mail")


@dataclass(frozen=True, slots=True)
class ForCalendar:
    """What a letter brings for the recipient's calendar."""

    text: str
    """iCalendar."""
    method: str
    """What the calendar is to do with it: the same word that stands inside."""


class _Unbroken(UnstructuredHeader):
    """A header that is never folded: the library would write an address longer than a line in code."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]  # of the base that the registry adds


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Unbroken)  # type: ignore[arg-type]  # the same
_POLICY = SMTP.clone(header_factory=_HEADERS)


def queue_letter(
    db: Session,
    *,
    key: str,
    to_name: str,
    to_email: str,
    subject: str,
    text: str,
    language: str,
    now: Any,
    calendar: ForCalendar | None = None,
    unsubscribe: str | None = None,
) -> None:
    """Ask for a letter to be sent after the commit. Subject and text are finished words in the recipient's language.

    `unsubscribe` is the address that stops letters of this kind; mailboxes offer it as a button (RFC 8058).
    """
    payload: dict[str, Any] = {
        "key": key,
        "to_name": to_name,
        "to_email": to_email,
        "subject": subject,
        "text": text,
        "language": language,
        "unsubscribe": unsubscribe,
    }
    if calendar is not None:
        payload["calendar"] = {"text": calendar.text, "method": calendar.method}
    enqueue(db, "mail", f"mail:{key}", payload, now)


def send_letter(settings: Settings, payload: dict[str, Any]) -> None:
    """Send one queued letter. Sending it again gives the same Message-ID, so that a mailbox can tell."""
    message = _compose(settings, payload)
    if settings.smtp_host is None:
        folder = settings.data_dir / "mail"
        folder.mkdir(exist_ok=True)
        (folder / f"{sha256(payload['key'].encode()).hexdigest()[:16]}.eml").write_bytes(message.as_bytes())
        log.info("letter kept", to=payload["to_email"], subject=payload["subject"], text=payload["text"])
        return
    with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=30) as server:
        if settings.smtp_starttls:
            server.starttls()
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password or "")
        server.send_message(message)


def _compose(settings: Settings, payload: dict[str, Any]) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    message.set_content(payload["text"])  # first: it drops every Content- header set before
    if calendar := payload.get("calendar"):  # beside the text, not attached: so mail programs ask to take it over
        message.add_alternative(calendar["text"], subtype="calendar", params={"method": calendar["method"]})
    name, address = parseaddr(settings.mail_from)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Address(payload["to_name"], addr_spec=payload["to_email"])
    message["Subject"] = payload["subject"]
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{sha256(payload['key'].encode()).hexdigest()[:32]}@{address.partition('@')[2]}>"
    message["Content-Language"] = payload["language"]
    message["Auto-Submitted"] = "auto-generated"
    if payload.get("unsubscribe"):  # a letter that waited since before there were any has no word about it
        message["List-Unsubscribe"] = f"<{payload['unsubscribe']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return message
