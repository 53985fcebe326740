"""Whether a badge still counts: each certificate has one bit in a public list (W3C Bitstring Status List).

Neighbours in the list must not be neighbours in the course: who holds a badge could guess from the bits beside their
own which of the people certified with them was revoked. So the order is shuffled with a key that is never published.
"""

import gzip
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass

HALF_BITS = 9
LIST_LENGTH = 1 << (2 * HALF_BITS)
"""Bits in a list; the standard asks for 131,072 at least, so that one among them says little."""
ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where the bit of a certificate stands, for ever."""

    number: int
    """Of the list; lists are filled one after the other."""
    index: int


def place_of(certificate_id: int, key: str) -> Place:
    """The bit of a certificate: a Feistel network, so no two ever share one, whatever the key."""
    number, within = divmod(certificate_id, LIST_LENGTH)
    left, right = divmod(within, 1 << HALF_BITS)
    for turn in range(ROUNDS):
        left, right = right, left ^ _mixed(key, f"{number}.{turn}.{right}")
    return Place(number, left << HALF_BITS | right)


def _mixed(key: str, text: str) -> int:
    return int.from_bytes(hmac.digest(key.encode(), text.encode(), "sha256")[:4]) % (1 << HALF_BITS)


def encode_list(indexes: Iterable[int]) -> str:
    """The list with these bits set: the first bit is the highest of the first byte; GZIP, multibase base64url."""
    bits = bytearray(LIST_LENGTH // 8)
    for index in indexes:
        bits[index // 8] |= 0x80 >> index % 8
    return "u" + urlsafe_b64encode(gzip.compress(bits, mtime=0)).decode().rstrip("=")
