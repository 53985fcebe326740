"""Links that prove themselves: in letters, each for one purpose and for a while, and back to where someone was.

The purpose is part of the signature, so a link for one thing opens nothing else. Times come from the caller.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from lms.accounts.models import Person
from lms.accounts.rules import LetterKind
from lms.settings import Settings

LONGEST_PLACE = 600


class Purpose(StrEnum):
    CONFIRM_EMAIL = "confirm"
    NEW_PASSWORD = "new-password"  # noqa: S105 - a word in an address
    CHANGE_EMAIL = "new-e-mail"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Link:
    """What a letter's link says, once its signature and its time were found right."""

    person: str
    """Public id."""
    seal: str
    """Of the person as they were when the link was made (`seal`)."""
    email: str
    """The address the letter went to."""
    place: str
    """Where to go afterwards, signed by itself; may be empty."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page of ours: an endpoint and the values of its address. Never an address somebody wrote."""

    endpoint: str
    values: dict[str, Any]


def seal(person: Person) -> str:
    """Changes with the password and the e-mail address: what was signed with it works once."""
    return sha256(f"{person.password_hash}\n{person.email}".encode()).hexdigest()[:24]


def seal_of_email(person: Person) -> str:
    """Changes with the e-mail address only."""
    return sha256(person.email.encode()).hexdigest()[:24]


def make_link(
    settings: Settings, purpose: Purpose, link: Link, *, language: str, lasts: timedelta, now: datetime
) -> str:
    """The whole address to put in a letter."""
    said = [link.person, link.seal, link.email, link.place, int((now + lasts).timestamp())]
    token = _signer(settings, purpose).dumps(said)
    return f"{settings.base_url}/{language}/{purpose}/{token if isinstance(token, str) else token.decode()}/"


def read_link(settings: Settings, purpose: Purpose, token: str, now: datetime) -> Link | None:
    """What the token says; None when it is not ours, of another purpose or too old."""
    try:
        person, seal, email, place, until = _signer(settings, purpose).loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    return Link(person, seal, email, place) if now.timestamp() < until else None


def unsubscribe_link(settings: Settings, person: str, kinds: Sequence[LetterKind], language: str) -> str:
    """Where somebody (by public id) stops letters of these kinds without logging in. Works as long as the account."""
    token = _signer(settings, Purpose.UNSUBSCRIBE).dumps([person, list(kinds)])
    said = token if isinstance(token, str) else token.decode()
    return f"{settings.base_url}/{language}/{Purpose.UNSUBSCRIBE}/{said}/"


def read_unsubscribe_link(settings: Settings, token: str) -> tuple[str, list[LetterKind]] | None:
    """Whose letters of which kinds; None when the token is not ours."""
    try:
        person, kinds = _signer(settings, Purpose.UNSUBSCRIBE).loads(token)
        return person, [LetterKind(each) for each in kinds]
    except (BadSignature, ValueError, TypeError):
        return None


def sign_place(settings: Settings, place: Place) -> str:
    """The place as it may stand in an address; empty when it is too long to carry."""
    signed = _signer(settings, "place").dumps([place.endpoint, place.values])
    text = signed if isinstance(signed, str) else signed.decode()
    return text if len(text) <= LONGEST_PLACE else ""


def read_place(settings: Settings, signed: str) -> Place | None:
    try:
        endpoint, values = _signer(settings, "place").loads(signed[:LONGEST_PLACE])
    except (BadSignature, ValueError, TypeError):
        return None
    return Place(endpoint, values)


def _signer(settings: Settings, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        settings.secret_key, salt=f"lms.accounts.{purpose}", signer_kwargs={"digest_method": sha256}
    )
