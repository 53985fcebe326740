"""The certificate as an Open Badge 3.0: a W3C Verifiable Credential that wallets and other platforms read.

It is a JSON Web Token (VC-JWT, ES256) whose payload is the credential itself. Nobody keeps it: it says what was frozen
when the certificate was issued and is signed anew each time its owner takes it along, with the key of that day. Only
the addresses in it are today's, because verifiers ask there.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey

from lms.certification.rules import CertificateKind, Verdict, parse_code
from lms.certification.signing.keys import Public, key_id
from lms.certification.signing.statement import ALGORITHM, Proof, is_named
from lms.certification.signing.status import Place, encode_list

LONGEST = 100_000
"""More than this is no badge."""
LIST_HOLDS = timedelta(days=1)
"""How long a copy of a status list is good for: who shows an older one may be hiding a revocation."""

VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"
CONTEXTS = [
    VC_CONTEXT,
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
]
SCHEMA = {
    "id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json",
    "type": "1EdTechJsonSchemaValidator2019",
}
ACHIEVEMENT_TYPES = {
    CertificateKind.COMPLETION: "CertificateOfCompletion",
    CertificateKind.PARTICIPATION: "Achievement",
}
"""From the vocabulary of the specification, which has no word for taking part."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where verifiers find what a badge points to."""

    base_url: str

    @property
    def issuer(self) -> str:
        return f"{self.base_url}/badges/issuer"

    def achievement(self, slug: str, kind: str) -> str:
        return f"{self.base_url}/badges/achievements/{slug}/{kind}"

    def status_list(self, number: int) -> str:
        return f"{self.base_url}/badges/status/{number}"

    def key(self, key: ECKey) -> str:
        return f"{self.base_url}/.well-known/masar-issuer/{key_id(key)}.json"


def profile(name: str, addresses: Addresses) -> dict[str, Any]:
    """Who issues."""
    return {"id": addresses.issuer, "type": ["Profile"], "name": name, "url": addresses.base_url}


def achievement(
    address: str, kind: str, *, name: str, description: str, criteria: Iterable[str], language: str
) -> dict[str, Any]:
    """What is awarded, to everybody alike."""
    narrative = "\n".join(f"- {sentence}" for sentence in criteria)
    return {
        "id": address,
        "type": ["Achievement"],
        "achievementType": ACHIEVEMENT_TYPES[CertificateKind(kind)],
        "name": name,
        "description": description,
        "criteria": {"id": address, **({"narrative": narrative} if narrative else {})},
        "inLanguage": language,
    }


def credential(
    frozen: Mapping[str, Any],
    slug: str,
    place: Place,
    *,
    email: str,
    salt: str,
    addresses: Addresses,
) -> dict[str, Any]:
    """What the badge of a certificate with these frozen values says.

    The holder is named as printed. The e-mail address, by which other platforms recognise their own people, is hashed
    with a salt: who holds the badge can check an address that they know already, and learns none.
    """
    words = frozen["words"]
    facts = [f"{fact['label']}: {fact['text']}" for fact in frozen["facts"]]
    said = "\n".join([words["description"], *facts])
    status_list = addresses.status_list(place.number)
    names = [frozen["names"]["name"], frozen["names"]["local_name"]]
    return {
        "@context": CONTEXTS,
        "id": frozen["verify_url"],
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": f"{words['heading']}: {frozen['course_title']}",
        "description": said,
        "issuer": profile(frozen["issuer"], addresses),
        "validFrom": frozen["issued_at"],
        "credentialSubject": {
            # Of this certificate alone, so that two badges do not say by themselves that one person holds both.
            "id": f"{frozen['verify_url']}#holder",
            "type": ["AchievementSubject"],
            "identifier": [*(_named(name) for name in names if name), _hashed(email, salt)],
            "activityEndDate": f"{frozen['completed_on']}T00:00:00Z",
            "achievement": achievement(
                addresses.achievement(slug, frozen["kind"]),
                frozen["kind"],
                name=frozen["course_title"],
                description=said,
                criteria=frozen.get("criteria", ()),  # those from before there were badges say only where to read it
                language=frozen["language"],
            ),
        },
        "credentialStatus": {
            "id": f"{status_list}#{place.index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(place.index),
            "statusListCredential": status_list,
        },
        "credentialSchema": [SCHEMA],
    }


def _named(name: str) -> dict[str, Any]:
    return {"type": "IdentityObject", "identityType": "name", "hashed": False, "identityHash": name}


def _hashed(email: str, salt: str) -> dict[str, Any]:
    digest = sha256(f"{email}{salt}".encode()).hexdigest()
    hashed = {"hashed": True, "salt": salt, "identityHash": f"sha256${digest}"}
    return {"type": "IdentityObject", "identityType": "emailAddress", **hashed}


def status_list(number: int, indexes: Iterable[int], addresses: Addresses, now: datetime) -> dict[str, Any]:
    """The credential that says which badges of a list do not count any more."""
    address = addresses.status_list(number)
    now = now.astimezone(UTC).replace(microsecond=0)
    return {
        "@context": [VC_CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": addresses.issuer,
        "validFrom": _moment(now),
        "validUntil": _moment(now + LIST_HOLDS),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encode_list(indexes),
        },
    }


def _moment(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def sign(said: Mapping[str, Any], key: ECKey, addresses: Addresses) -> str:
    """A credential as a token: the claims that the specification asks for repeat what it says."""
    issuer = said["issuer"]
    claims = {
        **said,
        "iss": issuer if isinstance(issuer, str) else issuer["id"],
        "jti": said["id"],
        "sub": said["credentialSubject"]["id"],
        "nbf": _seconds(said["validFrom"]),
    }
    if "validUntil" in said:
        claims["exp"] = _seconds(said["validUntil"])
    header = {"alg": ALGORITHM, "kid": addresses.key(key), "typ": "JWT"}
    payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
    return jws.serialize_compact(header, payload, key, algorithms=[ALGORITHM])


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def check_badge(text: str, keys: Public, *, name: str | None = None) -> Proof | None:
    """Whether an issuer with these keys says that, of the person named; in the words of a statement. None: no badge."""
    token = "".join(text.split())
    if len(token) > LONGEST:
        return None
    try:
        read = jws.extract_compact(token.encode())
        said = json.loads(read.payload)
        if "OpenBadgeCredential" not in said["type"]:
            return None
        key = keys.get(str(read.headers().get("kid")).rpartition("/")[2].removesuffix(".json"))
        if key is None:
            return Proof(Verdict.UNKNOWN_KEY, {})
        jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
        claims = _as_statement(said)
    except BadSignatureError:
        return Proof(Verdict.ALTERED, {})
    except (JoseError, ValueError, TypeError, LookupError):
        return None
    return Proof(Verdict.GENUINE if is_named(name, claims) else Verdict.OTHER_NAME, claims)


def _as_statement(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a badge says, under the names that statements have for it."""
    subject = said["credentialSubject"]
    names = [each["identityHash"] for each in subject["identifier"] if each["identityType"] == "name"]
    return {
        "iss": said["issuer"]["name"],
        "jti": parse_code(said["id"]),
        "sub": names[0],
        "alt": names[1] if len(names) > 1 else "",
        "crs": subject["achievement"]["name"],
        "day": said["validFrom"][:10],
    }
