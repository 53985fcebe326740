"""Brackets, and what decides the reading direction: where mixed text would come out in another order."""

import re
from collections.abc import Iterator

from lms.kernel.i18n import _
from lms.workshop.checks.findings import Check, Finding
from lms.workshop.checks.signs import ARABIC_SCRIPT

RIGHT_TO_LEFT = ARABIC_SCRIPT | {"he", "yi", "dv"}

_PAIRS = {"(": ")", "[": "]", "{": "}", "«": "»"}
_MARKS = re.compile("[\u200e\u200f]")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060]")
_BRACKETED = re.compile(r"\(([^()]*)\)")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_EDGE = re.compile(r"\A[^\w\s\"'“”‘’«»]|[.!?…+#&*/:;,-]\Z")


def check_direction(source: str, target: str, base: str) -> Iterator[Finding]:
    if len(_MARKS.findall(target)) > len(_MARKS.findall(source)):
        sentence = _("There is an invisible mark of reading direction; it is seldom needed, and nobody sees it.")
        yield Finding(Check.DIRECTION_MARKS, sentence)
    if len(_INVISIBLE.findall(target)) > len(_INVISIBLE.findall(source)):
        sentence = _("There is an invisible character, such as a soft hyphen; it may come from copying.")
        yield Finding(Check.HIDDEN_SIGNS, sentence)
    for opening, closing in _PAIRS.items():
        if _is_broken(target, opening, closing) and not _is_broken(source, opening, closing):
            yield Finding(Check.BRACKETS, _sentence(target, opening, closing))
    if base in RIGHT_TO_LEFT:
        yield from _jumping(target)


def _is_broken(text: str, opening: str, closing: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign == opening) - (sign == closing)
        if depth < 0:
            return True
    return depth != 0


def _sentence(text: str, opening: str, closing: str) -> str:
    if text.count(opening) == text.count(closing):
        sentence = _("“%(closing)s” stands before its “%(opening)s”: the brackets are turned round.")
    elif text.count(opening) > text.count(closing):
        sentence = _("“%(opening)s” is opened and never closed with “%(closing)s”.")
    else:
        sentence = _("“%(closing)s” closes what no “%(opening)s” has opened.")
    return sentence % {"opening": opening, "closing": closing}


def _jumping(target: str) -> Iterator[Finding]:
    """Brackets take the direction of the text, a sign between them and Latin letters follows the brackets."""
    for found in _BRACKETED.finditer(target):
        inside = found[1].strip()
        if _LATIN.search(inside) and not _RTL.search(inside) and _EDGE.search(inside):
            sentence = _("In “%(text)s” the sign beside the bracket jumps to the other end of the Latin words.")
            yield Finding(Check.BRACKETS, sentence % {"text": found[0]})
