"""How a package's faults are told: where, and in a sentence a trainer understands. Knows no format."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lms.kernel.i18n import _

MANY = 200
"""More problems than this are not listed: the first ones cause the rest."""

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff]"
)
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, order=True)
class Flaw:
    """A fault inside one file."""

    line: int
    column: int
    sentence: str


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A fault of a package, as the author sees it."""

    file: str
    line: int
    column: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.sentence}"


class PackageRefused(Exception):
    """The folder or zip cannot be a package at all; nothing in it was looked at further."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class PackageProblems(Exception):
    """The package was read to its end, and these are all its faults."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems[:MANY]))


class Unreadable(Exception):
    """One file could not be understood."""

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        self.flaws = sorted(set(flaws))
        super().__init__("; ".join(f"{flaw.line}:{flaw.column}: {flaw.sentence}" for flaw in self.flaws))


def decode_text(data: bytes) -> str:
    """The text of a file; raises Unreadable when it is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise Unreadable([Flaw(line, column, _("The file is not UTF-8 text; save it as UTF-8."))]) from error


def read_text(data: bytes) -> str:
    """The text of a file, with plain line ends; raises Unreadable when it is not clean UTF-8."""
    text = decode_text(data)
    if text.startswith("\ufeff"):
        sentence = "The file starts with an invisible byte order mark; save it as UTF-8 without BOM."
        raise Unreadable([Flaw(1, 1, sentence)])
    text = text.replace("\r\n", "\n")
    flaws = []
    for number, written in enumerate(text.split("\n"), 1):
        found = _FORBIDDEN.search(written)
        if found:
            flaws.append(Flaw(number, found.start() + 1, forbidden_sentence(found[0])))
    if flaws:
        raise Unreadable(flaws[:MANY])
    return text


def forbidden_sign(text: str) -> str | None:
    """The first character that may not stand in a text, written or escaped; None when all may."""
    found = _FORBIDDEN.search(text)
    return found[0] if found else None


def forbidden(text: str) -> str | None:
    """A sentence about the first character that may not stand in a text; None when all may."""
    sign = forbidden_sign(text)
    return forbidden_sentence(sign) if sign else None


def forbidden_sentence(character: str) -> str:
    code = f"U+{ord(character):04X}"
    if _DIRECTION.match(character):
        return f"The text holds an invisible character that changes the reading direction ({code}); delete it."
    return f"The text holds an invisible control character ({code}); delete it."
