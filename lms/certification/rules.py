"""Codes a person can read out and type, the kinds and states of certificates, and what our type can print."""

import hashlib
import json
import re
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Thirty-two signs without I, L, O and U, so that no two of them look alike."""
GROUPS, GROUP_LENGTH = 7, 4
CODE_LENGTH = GROUPS * GROUP_LENGTH
CODE_BITS = CODE_LENGTH * 5
"""How many random bits a code holds; below 128 codes could be guessed."""
PRINTED_LENGTH = CODE_LENGTH + GROUPS - 1
LONGEST_TYPED = 400
"""More than this is no code, whatever it is."""

# Letters that people write for one of ours: left out of the alphabet, or from another keyboard.
_LOOK_ALIKES = str.maketrans(
    "OILU" "АВЕЗКМНОРСТУХІЈЅ" "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "011V" "ABE3KMH0PCTYX1JS" "ABEZH1KMN0PTYX",
)  # fmt: skip
_BEFORE_CODE = re.compile(r"^.*/(?:v|verify)/", re.IGNORECASE | re.DOTALL)


class CertificateKind(StrEnum):
    COMPLETION = "completion"
    PARTICIPATION = "participation"


class SpecimenNames(StrEnum):
    """Whose name a specimen carries."""

    USUAL = "usual"
    LONGEST = "longest"
    """As long as a name may be, in two scripts."""


class EventKind(StrEnum):
    """What can happen to a certificate. The first is always `issued`."""

    ISSUED = "issued"
    REVOKED = "revoked"
    REPLACED = "replaced"


class CorrectionState(StrEnum):
    """Where a request for another name stands. Only an open one can still move."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """Taken back by who asked, or nobody needs to decide any more: the certificate ended, the account was deleted."""


NEXT_STATES: dict[CorrectionState, tuple[CorrectionState, ...]] = {
    CorrectionState.OPEN: (CorrectionState.ACCEPTED, CorrectionState.DECLINED, CorrectionState.WITHDRAWN),
    CorrectionState.ACCEPTED: (),
    CorrectionState.DECLINED: (),
    CorrectionState.WITHDRAWN: (),
}


class ArchiveState(StrEnum):
    """Where one file of all certificates of a run stands."""

    WAITING = "waiting"
    WORKING = "working"
    """Certificates are being printed and put together."""
    DONE = "done"
    FAILED = "failed"
    REMOVED = "removed"
    """It was there to be taken for some days."""


NEXT_ARCHIVE_STATES: dict[ArchiveState, tuple[ArchiveState, ...]] = {
    ArchiveState.WAITING: (ArchiveState.WORKING, ArchiveState.FAILED),
    ArchiveState.WORKING: (ArchiveState.WORKING, ArchiveState.DONE, ArchiveState.FAILED),
    ArchiveState.DONE: (ArchiveState.REMOVED,),
    ArchiveState.FAILED: (),
    ArchiveState.REMOVED: (),
}
"""A failed one is asked for anew: what was printed for it is printed already."""
UNFINISHED = (ArchiveState.WAITING, ArchiveState.WORKING)


class Status(StrEnum):
    """What the verification page answers. A certificate that is not valid never becomes valid again."""

    VALID = "valid"
    REVOKED = "revoked"
    REPLACED = "replaced"


FIRST_LINK = "0" * 64
"""What the first event of the history is linked to."""


def link(
    previous: str,
    *,
    code: str,
    digest: str,
    kind: str,
    reason: str | None,
    successor: str | None,
    actor: str,
    at: datetime,
) -> str:
    """The hash of an event: over the event before it, the certificate and its seal, and everything the event says."""
    content = [previous, code, digest, kind, reason, successor, actor, at.astimezone(UTC).isoformat()]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


class Verdict(StrEnum):
    """What a statement or a file is worth to somebody who has nothing but the issuer's public keys."""

    GENUINE = "genuine"
    UNREADABLE = "unreadable"
    """Neither a statement nor a certificate at all."""
    ALTERED = "altered"
    """A statement that its signature does not fit to."""
    UNKNOWN_KEY = "unknown-key"
    """A statement that says it is signed with a key which is none of the issuer's."""
    OTHER_CODE = "other-code"
    """A genuine statement behind the address of another certificate."""
    OTHER_NAME = "other-name"
    """A genuine statement, copied from somebody else's certificate."""
    NOT_SIGNED = "not-signed"
    """A file without any signature."""
    FILE_ALTERED = "file-altered"
    SIGNED_BY_ANOTHER = "signed-by-another"
    """A whole and valid signature by a key that is none of the issuer's: a copy that somebody signed anew."""
    ATTACHMENT_SWAPPED = "attachment-swapped"
    CHANGED_LATER = "changed-later"
    """What was signed is whole, and something was added after it."""


def new_code() -> str:
    """A code nobody can guess, in the form it is printed."""
    return grouped("".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)))


def grouped(signs: str) -> str:
    return "-".join(signs[start : start + GROUP_LENGTH] for start in range(0, len(signs), GROUP_LENGTH))


def parse_code(typed: str) -> str | None:
    """The code a person meant, in the form it is printed, or None when it cannot be a code.

    Takes small letters, spaces and dashes anywhere or nowhere, digits of other scripts, look-alike letters of other
    keyboards, and the whole address of a verification page.
    """
    if len(typed) > LONGEST_TYPED:
        return None
    text = _BEFORE_CODE.sub("", typed.strip()).partition("?")[0].partition("#")[0]
    text = unicodedata.normalize("NFKC", text).upper().translate(_LOOK_ALIKES)
    signs = "".join(_western(sign) for sign in text if sign.isalnum())
    if len(signs) != CODE_LENGTH or not set(signs) <= set(ALPHABET):
        return None
    return grouped(signs)


def _western(sign: str) -> str:
    digit = unicodedata.digit(sign, None)
    return sign if digit is None else str(digit)


# What the two type families of the certificates hold: Latin, Greek, Cyrillic, Devanagari and Arabic letters with their
# marks and digits, and the signs that stand between names.
_PRINTABLE = re.compile(
    "[\u0020-\u007e\u00a0-\u017f\u0180-\u024f\u0250-\u02af\u02b0-\u02ff\u0300-\u036f"
    "\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03e1\u03f0-\u03ff\u0400-\u052f"
    "\u0621-\u063a\u0640-\u0655\u0660-\u0669\u0670-\u06d3\u06f0-\u06fc"
    "\u0901-\u0939\u093c-\u094d\u0950-\u0954\u0958-\u096f"
    "\u1e00-\u1eff\u200c\u2010-\u2014\u2018-\u201a\u201c-\u201e\u2026]+"
)

_NON_JOINER = "\u200c"  # parts the letters of Persian names; the only invisible sign a name needs


def printable_name(name: str) -> str:
    """The name in composed letters, without control signs, runs of spaces or marks that turn the reading direction."""
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    return "".join(
        letter for letter in name if letter == _NON_JOINER or unicodedata.category(letter) not in {"Cc", "Cf"}
    )


def unprintable_letters(name: str) -> str:
    """The letters of a name that the certificate's type does not have; empty when all can be printed."""
    return "".join(dict.fromkeys(_PRINTABLE.sub("", printable_name(name))))


class Issuer(NamedTuple):
    """Who issues certificates here: the names as printed, the address where they are verified, and what signs them."""

    name: str
    platform: str
    base_url: str
    sign: "Sign | None" = None


Sign = Callable[[Mapping[str, Any]], str]
"""Makes a certificate's frozen values a signed statement."""
