"""Files that were sent to be looked at first: the form for the next step names them under our signature."""

from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from itsdangerous import BadSignature, URLSafeSerializer

from lms.settings import Settings

LASTS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Upload:
    digest: str
    """Of its bytes in the file store."""
    name: str
    """As the file was called."""
    course: str
    language: str
    person: str
    """Public id of who sent it."""


def sign_upload(settings: Settings, upload: Upload, now: datetime) -> str:
    signed = _signer(settings).dumps([*astuple(upload), int((now + LASTS).timestamp())])
    return signed if isinstance(signed, str) else signed.decode()


def read_upload(settings: Settings, signed: str, now: datetime) -> Upload | None:
    """What was signed; None when it is not ours or too old."""
    try:
        *said, until = _signer(settings).loads(signed)
        return Upload(*said) if now.timestamp() < until else None
    except (BadSignature, ValueError, TypeError):
        return None


def _signer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(settings.secret_key, salt="lms.workshop.upload", signer_kwargs={"digest_method": sha256})
