"""Reading a list of people to invite: pasted lines or CSV, one person a line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parseaddr

from lms.accounts.rules import LONGEST_NAME, fold_email, is_email, tidy

MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class Invitee:
    written: str
    """The line, shortened, as the report shows it."""
    email: str
    """Folded; empty where the line holds no address."""
    name: str


def read_invitees(text: str) -> list[Invitee]:
    """Everybody on the list in its order, each address once. A line of headings is passed over."""
    found: dict[str, Invitee] = {}
    for number, cells in enumerate(_rows(text.lstrip("\ufeff"))):
        invitee = _invitee(cells)
        if number == 0 and not invitee.email and "@" not in invitee.written and "mail" in invitee.written.casefold():
            continue
        found.setdefault(invitee.email or f"? {number}", invitee)
    return list(found.values())


def _rows(text: str) -> Iterator[list[str]]:
    for line in text.replace("\0", "").splitlines():
        if not line.strip():
            continue
        mark = next((mark for mark in ("\t", ";", ",") if mark in line), ",")
        cells = re.finditer(rf'(?:^|{mark})(?:\s*"((?:[^"]|"")*)"[^{mark}]*|([^{mark}]*))', line)
        yield [(each[1] or each[2] or "").replace('""', '"').strip() for each in cells]


def _invitee(cells: list[str]) -> Invitee:
    written = ", ".join(filter(None, cells))[:LONGEST_NAME]
    email = name = ""
    for cell in cells:
        said, address = parseaddr(cell)
        folded = fold_email(address)
        if not email and is_email(folded):
            email, name = folded, name or said
        elif not name:
            name = cell
    return Invitee(written, email, tidy(name)[:LONGEST_NAME] if email else "")
