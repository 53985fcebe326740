"""The address of somebody's calendar. It proves itself, and a newer one makes it worthless."""

from hashlib import sha256

from itsdangerous import BadSignature, URLSafeSerializer

from lms.settings import Settings


def feed_address(settings: Settings, person: str, number: int) -> str:
    """For a person by public id."""
    token = _signer(settings).dumps([person, number])
    return f"{settings.base_url}/calendar/{token if isinstance(token, str) else token.decode()}.ics"


def read_feed_token(settings: Settings, token: str) -> tuple[str, int] | None:
    """Whose it is and which of theirs; None when it is not ours."""
    try:
        person, number = _signer(settings).loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    return (person, number) if isinstance(person, str) and isinstance(number, int) else None


def _signer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(settings.secret_key, salt="lms.meetings.calendar", signer_kwargs={"digest_method": sha256})
