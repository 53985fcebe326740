"""The signed statement: what a certificate says, in one line of text that proves itself.

A JSON Web Signature (RFC 7515, compact, ES256) over a few short claims, so that any tool for such things reads it:

    iss issuer · jti code · sub name · alt local name · crs course · knd kind
    end completed on · day issued on · hrs hours

It is made once, when the certificate is issued, and frozen with it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey

from lms.certification.rules import Verdict, parse_code, printable_name
from lms.certification.signing.keys import Public, key_id

ALGORITHM = "ES256"
LONGEST = 4000
"""More than this is no statement."""

_STATEMENT = re.compile(r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")


@dataclass(frozen=True, slots=True)
class Proof:
    """What a statement is worth, and what it says where the issuer said it."""

    verdict: Verdict
    claims: Mapping[str, Any]


def make_statement(key: ECKey, frozen: Mapping[str, Any]) -> str:
    """The statement of a certificate with these frozen values."""
    claims = {
        "iss": frozen["issuer"],
        "jti": frozen["code"],
        "sub": frozen["names"]["name"],
        "crs": frozen["course_title"],
        "knd": frozen["kind"],
        "end": frozen["completed_on"],
        "day": frozen["issued_on"],
        "hrs": frozen["hours"],
    }
    if frozen["names"]["local_name"]:
        claims["alt"] = frozen["names"]["local_name"]
    payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
    return jws.serialize_compact({"alg": ALGORITHM, "kid": key_id(key)}, payload, key, algorithms=[ALGORITHM])


def find_statement(text: str) -> str | None:
    """The statement in what somebody pastes: itself, or an address with it behind the #; spaces are not minded."""
    text = "".join(text.split())
    found = _STATEMENT.search(text.partition("#")[2] or text) if len(text) <= LONGEST else None
    return found[0] if found else None


def check_statement(text: str, keys: Public, *, name: str | None = None) -> Proof:
    """Whether an issuer with these keys says that, about the certificate of the address and the person named."""
    statement = find_statement(text)
    if statement is None:
        return Proof(Verdict.UNREADABLE, {})
    try:
        read = jws.extract_compact(statement.encode())
        header, claims = read.headers(), _claims(read.payload)
        if header.get("alg") != ALGORITHM:
            return Proof(Verdict.UNREADABLE, {})
        key = keys.get(str(header.get("kid")))
        if key is None:
            return Proof(Verdict.UNKNOWN_KEY, {})
        jws.deserialize_compact(statement, key, algorithms=[ALGORITHM])
    except BadSignatureError:
        return Proof(Verdict.ALTERED, {})
    except (JoseError, ValueError):
        return Proof(Verdict.UNREADABLE, {})
    if not {"jti", "sub"} <= set(claims):
        return Proof(Verdict.UNREADABLE, {})
    return Proof(_whose(text, claims, name), claims)


def _claims(payload: bytes) -> dict[str, Any]:
    """What it says; nothing where somebody broke it so that it says nothing."""
    try:
        claims = json.loads(payload)
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def _whose(text: str, claims: Mapping[str, Any], name: str | None) -> Verdict:
    """A statement proves itself, not the paper it was copied to."""
    address, mark, _ = text.partition("#")
    if mark and parse_code(address) not in (None, claims["jti"]):
        return Verdict.OTHER_CODE
    return Verdict.GENUINE if is_named(name, claims) else Verdict.OTHER_NAME


def is_named(name: str | None, claims: Mapping[str, Any]) -> bool:
    """Whether these claims are about the person named; about anybody where nobody is."""
    return not name or _plain(name) in {_plain(str(claims["sub"])), _plain(str(claims.get("alt", "")))}


def _plain(name: str) -> str:
    return printable_name(name).casefold()
