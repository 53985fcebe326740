"""Passwords: which are good enough, how they are kept, whether one is right. Knows no person and no database.

Hashing is slow on purpose. Whoever hashes must hold no write lock meanwhile.
"""

import re
import unicodedata
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from lms.accounts.rules import LONGEST_PASSWORD, SHORTEST_PASSWORD
from lms.kernel.i18n import _, ngettext
from lms.kernel.text import fold
from lms.settings import Settings

NO_PASSWORD = "!"  # noqa: S105 - the mark of an account nobody can log in to
LEFT_OVER = 3
"""So many letters beside well-known pieces do not make a password."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Hashes with the operator's parameters, and something to compare with when there is no account."""

    hasher: PasswordHasher
    nobodys: str


@cache
def _keeper(time: int, memory_kib: int) -> Keeper:
    hasher = PasswordHasher(time_cost=time, memory_cost=memory_kib, parallelism=1)
    return Keeper(hasher, hasher.hash("nobody's password"))


def _keeper_of(settings: Settings) -> Keeper:
    return _keeper(settings.argon2_time, settings.argon2_memory_kib)


def hash_password(settings: Settings, password: str) -> str:
    return _keeper_of(settings).hasher.hash(_composed(password))


def is_right(settings: Settings, password_hash: str | None, password: str) -> bool:
    """Whether the password fits. Without an account it takes as long and says no."""
    keeper = _keeper_of(settings)
    known = password_hash is not None and password_hash != NO_PASSWORD
    try:
        fits = keeper.hasher.verify(password_hash if known and password_hash else keeper.nobodys, _composed(password))
    except (Argon2Error, InvalidHashError):
        return False
    return known and fits


def is_outdated(settings: Settings, password_hash: str) -> bool:
    """Whether it was hashed with other parameters than today's."""
    return _keeper_of(settings).hasher.check_needs_rehash(password_hash)


def _composed(password: str) -> str:
    """The same whatever keyboard typed it; one beyond the limit stays beyond it and never fits."""
    return unicodedata.normalize("NFKC", password[: LONGEST_PASSWORD + 1])


# -- which are good enough

_KNOWN_WORDS = """
password passwort passord pass word letmein welcome login admin administrator user guest root master secret access
default test testing demo sample changeme iloveyou love hello monkey dragon sunshine princess football baseball
superman batman shadow trustno freedom whatever computer internet google facebook summer winter spring autumn
monday january september flower chocolate jesus angel family friend social protection training course learning
elearning student teacher
motdepasse mot de passe secret bonjour bienvenue soleil azerty amour jetaime doudou chouchou loulou marseille coucou
famille bonheur liberte france toulouse printemps football formation cours apprendre etudiant protection sociale
contrasena contrasenya clave hola bienvenido bienvenidos teamo tequiero mariposa estrella princesa amor carino secreto
corazon familia barcelona madrid mexico colombia futbol verano primavera curso aprender estudiante proteccion
كلمه السر كلمهالسر كلمه المرور كلمهالمرور المرور مرحبا اهلا السلام عليكم محمد احمد الله بسم حبيبي حبيبتي سري
التعلم دوره المدرسه الحمايه الاجتماعيه مصر بغداد القاهره
kalima sirri habibi mohamed mohammed muhammad ahmed bismillah allah marhaba salam
"""
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop asdfghjkl zxcvbnm",
    "azertyuiop qsdfghjklm wxcvbn",
    "qwertzuiop yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "1q2w3e4r5t6y7u8i9o0p",
    "ضصثقفغعهخحجد شسيبلاتنمكط",
)
_DISGUISES = str.maketrans("@€$013457", "aesoleast")
_SHORTEST_WORD = 3


def password_problem(password: str, *, email: str, name: str, platform_name: str) -> str | None:
    """Why this password will not do, as a sentence for the person; None when it will."""
    if len(password) < SHORTEST_PASSWORD:
        return ngettext(
            "Take at least %(number)s character: three or four unrelated words are easy to keep and hard to guess.",
            "Take at least %(number)s characters: three or four unrelated words are easy to keep and hard to guess.",
            SHORTEST_PASSWORD,
        )
    if len(password) > LONGEST_PASSWORD:
        return ngettext("Take at most %(number)s character.", "Take at most %(number)s characters.", LONGEST_PASSWORD)
    bare = _bare(password)
    mailbox = _bare(email.partition("@")[0])
    if len(mailbox) >= _SHORTEST_WORD and mailbox in bare:
        return _("The password contains your e-mail name; that is the first thing others would try.")
    if is_easy(password, {*fold(email).split(), *fold(name).split(), *fold(platform_name).split(), _bare(name)}):
        return _("Others would guess this password quickly. Three or four unrelated words make a good one.")
    return None


def is_easy(password: str, personal: AbstractSet[str] = frozenset()) -> bool:
    """Whether little remains once well-known words, names, rows of keys, repetitions and numbers are taken out."""
    return any(
        _rest(form, personal) <= LEFT_OVER
        for form in {_bare(password), _bare(password.casefold().translate(_DISGUISES))}
    )


def _bare(text: str) -> str:
    return fold(text).replace(" ", "")


def _rest(bare: str, personal: AbstractSet[str]) -> int:
    words = sorted((word for word in _known_words() | personal if len(word) >= _SHORTEST_WORD), key=len, reverse=True)
    bare = re.sub(r"(.{1,4}?)\1{2,}", "\0", bare)
    for run in _runs(bare):
        bare = bare.replace(run, "\0")
    for word in words:
        bare = bare.replace(word, "\0")
    bare = re.sub(r"\d+", "\0", bare)
    return len(bare.replace("\0", ""))


@cache
def _known_words() -> frozenset[str]:
    return frozenset(_bare(word) for word in _KNOWN_WORDS.split())


def _runs(bare: str) -> list[str]:
    """The stretches of four or more that lie side by side on a keyboard or in the alphabet, forwards or backwards."""
    found, start = [], 0
    for end in range(2, len(bare) + 1):
        if not _in_a_row(bare[start:end]):
            if end - 1 - start > _SHORTEST_WORD:
                found.append(bare[start : end - 1])
            start = end - 2 if _in_a_row(bare[end - 2 : end]) else end - 1
    if len(bare) - start > _SHORTEST_WORD:
        found.append(bare[start:])
    return found


def _in_a_row(piece: str) -> bool:
    return any(piece in row or piece[::-1] in row for row in _ROWS)
