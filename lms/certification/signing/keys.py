"""The issuer's keys: one private key that signs, and every public key that ever did.

The private key is the file that `LMS_SIGNING_KEY` names, or one made on the first start and kept in the data folder,
readable by nobody else. Its public half is put into the folder `issuer-keys` and stays there for good: whoever changes
the key goes on vouching for what the old one signed.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from lms.settings import BadSetting, Settings

CURVE = "P-256"
ID_LENGTH = 8
"""Of a key's thumbprint (RFC 7638): enough to find it among an issuer's few, short enough for a QR code."""
PUBLIC_FOLDER = "issuer-keys"

Public = Mapping[str, ECKey]
"""Public keys by their id."""


class BadKey(Exception):
    """A file that should hold a key holds none that we can use; the message says which."""


@dataclass(frozen=True, slots=True)
class IssuerKeys:
    """What the platform signs with, and what it publishes."""

    current: ECKey
    public: Public

    @property
    def private_pem(self) -> str:
        return self.current.as_pem(private=True).decode()


@cache
def issuer_keys(settings: Settings) -> IssuerKeys:
    """The keys of this platform, read once a process; the first of all makes one. Raises BadSetting."""
    path = settings.signing_key or settings.data_dir / "signing-key.pem"
    if settings.signing_key is None:
        _keep_new(path)
    try:
        current = _private(path)
        folder = settings.data_dir / PUBLIC_FOLDER
        _publish(folder, current)
        public = [key for each in sorted(folder.glob("*.pem")) for key in read_public(each.read_bytes()).values()]
    except (OSError, BadKey) as problem:
        raise BadSetting(f"LMS_SIGNING_KEY: {problem}") from problem
    return IssuerKeys(current, by_id(public))


def key_id(key: ECKey) -> str:
    return key.thumbprint()[:ID_LENGTH]


def by_id(keys: Iterable[ECKey]) -> Public:
    return {key_id(key): key for key in keys}


def read_public(data: bytes) -> Public:
    """Public keys from a PEM file with one or several, or from a JSON Web Key Set. Raises BadKey."""
    try:
        text = data.decode()
        if text.lstrip().startswith("{"):
            keys = [key for key in KeySet.import_key_set(json.loads(text)).keys if isinstance(key, ECKey)]
        else:
            end = "-----END PUBLIC KEY-----"
            keys = [ECKey.import_key(f"{part}{end}") for part in text.split(end)[:-1]]
    except (ValueError, TypeError, KeyError, JoseError) as problem:
        raise BadKey(f"no public key can be read: {problem}") from problem
    if not keys or any(key.curve_name != CURVE for key in keys):
        raise BadKey("it holds no public key on the curve P-256.")
    return by_id(keys)


def public_pem(key: ECKey) -> str:
    return key.as_pem(private=False).decode()


def public_jwk(key: ECKey) -> dict[str, Any]:
    return {**key.as_dict(private=False), "kid": key_id(key), "use": "sig", "alg": "ES256"}


def _keep_new(path: Path) -> None:
    """Make the key of a new platform, complete before it has its name: two processes may start at once."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    with open(draft, "xb", opener=_for_us_alone) as new:
        new.write(ECKey.generate_key(CURVE, private=True).as_pem(private=True))
        new.flush()
        os.fsync(new.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _private(path: Path) -> ECKey:
    try:
        key = ECKey.import_key(path.read_text())
    except (ValueError, TypeError, JoseError) as problem:
        raise BadKey(f"{path} holds no private key as PEM without a password: {problem}") from problem
    if not key.is_private or key.curve_name != CURVE:
        raise BadKey(f"{path} holds no private key on the curve P-256.")
    return key


def _publish(folder: Path, key: ECKey) -> None:
    """The public half under its id; written once."""
    path = folder / f"{key_id(key)}.pem"
    if path.exists():
        return
    folder.mkdir(exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.part")
    draft.write_text(public_pem(key))
    draft.rename(path)
