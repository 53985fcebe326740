"""Words and limits of people and roles. Pure."""

import re
import unicodedata
from datetime import timedelta
from enum import StrEnum
from functools import cache
from hashlib import sha256
from zoneinfo import available_timezones


class Role(StrEnum):
    """What a grant lets a person do, inside its scope and for as long as it is valid."""

    ADMINISTRATOR = "administrator"
    PROGRAMME_MANAGER = "programme-manager"
    COORDINATOR = "coordinator"
    TRAINER = "trainer"
    E_FACILITATOR = "e-facilitator"
    E_TUTOR = "e-tutor"
    AUTHOR = "author"
    TRANSLATOR = "translator"
    REVIEWER = "reviewer"


LEADING = (Role.COORDINATOR, Role.PROGRAMME_MANAGER)
"""Decide about a course and give out its work."""
TEACHING = (Role.TRAINER, Role.E_FACILITATOR, Role.E_TUTOR)
"""Three words for who teaches in a run: what they may do is the same."""
WORKS_ON_A_LANGUAGE = (Role.TRANSLATOR, Role.REVIEWER)
"""May be limited to one language, and given a day by which the work is asked for."""


class Gender(StrEnum):
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class OrganisationType(StrEnum):
    NATIONAL_GOVERNMENT = "national-government"
    SUBNATIONAL_GOVERNMENT = "subnational-government"
    UN = "un-multilateral"
    BILATERAL = "bilateral"
    NATIONAL_NGO = "national-ngo"
    INTERNATIONAL_NGO = "international-ngo"
    ACADEMIA = "academia"
    PRIVATE = "private"
    WORKERS_EMPLOYERS = "workers-employers"
    OTHER = "other"


EVERYWHERE = "*"
"""The scope of a grant that holds on the whole platform; else it names one thing, like `course:<slug>`."""


class LetterKind(StrEnum):
    """Letters that one can do without. All others belong to something the person did."""

    ANNOUNCEMENTS = "announcements"
    """Of those who teach, to the participants of a run."""
    DISCUSSIONS = "discussions"
    """Once a day, what is new in the discussions of one's runs."""
    MENTIONS = "mentions"
    """Once a day, where somebody mentioned one."""


LOGIN_LASTS = timedelta(days=30)
CONFIRMATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=2)
EMAIL_CHANGE_LASTS = timedelta(days=1)

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128
LONGEST_EMAIL = 254
LONGEST_NAME = 120
LONGEST_TEXT = 200

_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
)
_SCOPE = re.compile(r"\*|[a-z]+:[a-z0-9-]{1,150}")
_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_SPACES = re.compile(r"[ \u00a0\u2009\u202f]+")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Categories of Unicode."""
_NAME_MARKS = set(" '’‘ʼʻ-‐.")
_JOINERS = {"\u200c", "\u200d"}
"""Invisible, and part of how Persian and the scripts of India are written."""


def fold_email(email: str) -> str:
    """The form in which an e-mail address is unique."""
    return email.strip().casefold()


def is_email(folded: str) -> bool:
    """Whether a folded address can receive mail, as far as its looks tell."""
    return len(folded) <= LONGEST_EMAIL and len(folded.partition("@")[0]) <= 64 and _EMAIL.fullmatch(folded) is not None  # noqa: PLR2004 - RFC 5321


def is_public_id(text: str) -> bool:
    return _PUBLIC_ID.fullmatch(text) is not None


def is_scope(text: str) -> bool:
    return _SCOPE.fullmatch(text) is not None


@cache
def time_zones() -> frozenset[str]:
    """Every IANA zone, old names too: browsers still report those."""
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def hash_token(token: str) -> str:
    """What the database keeps of the secret in a log-in cookie."""
    return sha256(token.encode()).hexdigest()


def tidy(text: str) -> str:
    """One line as it is kept: composed letters, single spaces. Line ends stay, for `has_hidden_letters` to find."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


def has_hidden_letters(text: str) -> bool:
    """Line ends, control characters, direction overrides: nothing that belongs in one line of text."""
    return any(unicodedata.category(letter) in _HIDDEN and letter not in _JOINERS for letter in text)


_LATIN_MARK = re.compile("[\u0300-\u036f]")
_MARKS_IN_A_ROW = re.compile("[\u0300-\u036f]{3}|^[\u0300-\u036f]")


def is_latin_name(text: str) -> bool:
    """Letters of Latin script, at most two marks each, spaces, apostrophes, hyphens and points; at least one letter.

    Only the marks that Latin letters take: another script's would be printed as an empty box.
    """
    composed = unicodedata.normalize("NFC", text)
    return (
        any(letter.isalpha() for letter in composed)
        and _MARKS_IN_A_ROW.search(composed) is None
        and all(_fits_latin_name(letter) for letter in composed)
    )


def _fits_latin_name(letter: str) -> bool:
    if letter in _NAME_MARKS or _LATIN_MARK.fullmatch(letter):
        return True
    return letter.isalpha() and unicodedata.name(letter, "").startswith("LATIN ")


_BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
}
_BROWSERS |= {"Chrome": "Chrome", "CriOS": "Chrome", "Safari": "Safari", "curl": "curl"}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "Mac",
    "CrOS": "ChromeOS",
}
_SYSTEMS |= {"Linux": "Linux"}


def device_label(said: str) -> str:
    """A browser's long name for itself as people know it; its own first words when we do not know it."""
    browser = next((name for sign, name in _BROWSERS.items() if sign in said), "")
    system = next((name for sign, name in _SYSTEMS.items() if sign in said), "")
    return " · ".join(filter(None, [browser, system])) or said[:40]
