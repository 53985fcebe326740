"""Whether a text was translated at all, and whether its length is likely."""

import re
from collections import Counter
from collections.abc import Iterator

from lms.kernel.i18n import _, format_number
from lms.workshop.checks.findings import Check, Finding
from lms.workshop.checks.marks import PLACEHOLDER

_WORD = re.compile(r"[^\W\d_]{2,}")
_CITATION = re.compile(r"\((?:\w+ )?(?:19|20)\d\d[a-z]?\)|https?://|\b\S+@\S+\.\S+")

_ABOVE_AND_BELOW = re.compile("[\u0300-\u036f\u064b-\u065f\u0670]")
_TYPICAL = {"ar": 0.85, "fr": 1.2, "es": 1.2}
"""How long a language usually is against English, by signs that take room."""
_COMPACT = frozenset({"zh", "ja", "ko"})
_LONGER, _SHORTER = 1.8, 0.55
_ROOM, _LITTLE = 40, 10
_TIGHT, _TIGHT_ROOM = 1.5, 12


def check_untranslated(source: str, target: str) -> Iterator[Finding]:
    """A copy of the source, unless it is a name, a number or a title of a work."""
    if target.strip().casefold() != source.strip().casefold() or _CITATION.search(source):
        return
    words = _WORD.findall(PLACEHOLDER.sub(" ", source))
    if words and sum(word.islower() for word in words) * 2 >= len(words):
        yield Finding(Check.UNTRANSLATED, _("This is still the text of the source."))


def check_length(source: str, target: str, base: str, *, tight: bool) -> Iterator[Finding]:
    wanted, given = _room(source) * _TYPICAL.get(base, 1.1), _room(target)
    if tight and given > max(wanted * _TIGHT, wanted + _TIGHT_ROOM):
        sentence = _("With %(given)s characters this may not fit into the figure; about %(usual)s are usual.")
    elif given - _shared(source, target) > max(wanted * _LONGER, wanted + _ROOM):
        sentence = _("At %(given)s characters this is unusually long; about %(usual)s are usual.")
    elif given < wanted * _SHORTER - _LITTLE and base not in _COMPACT:
        sentence = _("At %(given)s characters this is unusually short; about %(usual)s are usual. Is all of it there?")
    else:
        return
    yield Finding(Check.LENGTH, sentence % {"given": format_number(given), "usual": format_number(round(wanted))})


def _room(text: str) -> int:
    """Signs that take room: Arabic vowel signs stand above and below."""
    return len(text) - len(_ABOVE_AND_BELOW.findall(text))


def _shared(source: str, target: str) -> int:
    """Signs in words that are left as they are: titles often stand there twice, in the original and translated."""
    shared = Counter(_WORD.findall(source)) & Counter(_WORD.findall(target))
    return sum(len(word) + 1 for word in shared.elements())
