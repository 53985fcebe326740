"""Punctuation as the translation's own language sets it. Looks at texts without marks and without code."""

import re
from collections.abc import Iterator

from lms.kernel.i18n import _
from lms.workshop.checks.findings import Check, Finding
from lms.workshop.checks.verbatim import is_kept

ARABIC_SCRIPT = frozenset({"ar", "fa", "ur", "ps", "ckb", "ug", "sd"})

_ARABIC = "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff"
_SIGNS = {
    ".": ".。।።۔",
    "…": "…",
    "?": "?؟？",
    "!": "!！",
    ":": ":：",
    ";": ";؛；",
}
"""A sign and how other scripts write it."""
_IN_ARABIC = {"?": "؟", ";": "؛", ",": "،"}
_CLOSING = "\"'”’»›)]}*\ufffc"
_ENDING = re.compile(rf"[{re.escape(''.join(_SIGNS.values()) + _CLOSING)}\s]*\Z")
_ABBREVIATION = re.compile(r"(?:\b(?:etc|al|eds?|vol|Inc|Ltd|Corp|vs|approx|UU)|(?<![^\W_])[A-Za-z]\.\s?[A-Za-z])\.\Z")
_BLANK = re.compile(rf"(?:^|\s)(?:…|\.\.\.|__+)[{re.escape(_CLOSING)}\s]*\Z")
"""A gap to be filled, which another language may need elsewhere in the sentence."""
_LATIN_SIGN = re.compile(
    rf"(?<=[{_ARABIC}])[\s»”\")\]]*([?;,])(?!\d)|([?;,])(?=[\s«“\"(\[]+[{_ARABIC}])|(?<=[\w\s»”\")\]])(\?)(?=[\s»”\")\]]*\Z)"
)
_AT_END = 3
"""The group of a question mark after Latin words that end the text."""
_FRENCH_SIGN = re.compile(r"(?<=[^\s:;!?(\[«])([\s\u00a0\u202f]?)([;:!?»])(?![\w/\\])|(«)([\s\u00a0\u202f]?)(?=\S)")
_NO_BREAK = "\u202f\u00a0"
_SPANISH_MARKS = {"?": "¿", "!": "¡"}
_STRAIGHT = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])|\"")
_DOUBLE_SPACE = re.compile(r"[ \u00a0\u202f]{2,}")
_SPACE_BEFORE = re.compile(r"(?<=\S)[ \u00a0\u202f]([.,،؛؟])(?=\s|\Z)")
_SPACE_BEFORE_ANY = re.compile(r"(?<=\S)[ \u00a0\u202f]([.,:;!?،؛؟])(?=\s|\Z)")


def check_signs(source: str, target: str, base: str) -> Iterator[Finding]:
    yield from _end(source, target, base)
    if base in ARABIC_SCRIPT:
        yield from _latin_signs(source, target)
    elif base == "fr":
        yield from _french_spaces(source, target)
        yield from _straight_quotes(source, target)
    elif base == "es":
        yield from _spanish_openings(source, target)
    yield from _spaces(source, target, base)


def _end(source: str, target: str, base: str) -> Iterator[Finding]:
    if _BLANK.search(source) or _BLANK.search(target) or source.rstrip().endswith(","):
        return
    wanted, given = _end_signs(source), _end_signs(target)
    if bool(wanted) == bool(given) and (not wanted or wanted & given):
        return
    if wanted:
        sign = next(sign for sign in _SIGNS if sign in wanted)
        own = _IN_ARABIC.get(sign, sign) if base in ARABIC_SCRIPT else sign
        sentence = _("The source ends with “%(sign)s”; let the translation end with “%(own)s”.", sign=sign, own=own)
    else:
        sentence = _("The translation ends with “%(sign)s”, the source does not.", sign=_last_sign(target))
    yield Finding(Check.END_PUNCTUATION, sentence)


def _end_signs(text: str) -> set[str]:
    """The signs at the end of a text, in their Latin form, whatever quotes and brackets close there too."""
    ending = _ENDING.search(text)
    signs = ending[0] if ending else ""
    found = {sign for sign, forms in _SIGNS.items() if any(form in signs for form in forms)}
    if "..." in signs:
        found = (found - {"."}) | {"…"}
    if found == {"."} and _ABBREVIATION.search(text.rstrip(_CLOSING + " ")):
        return set()
    return found


def _last_sign(text: str) -> str:
    return text.rstrip(_CLOSING + " \u00a0\u202f\n")[-1:]


def _latin_signs(source: str, target: str) -> Iterator[Finding]:
    for sign in dict.fromkeys(_found_signs(source, target)):
        yield Finding(
            Check.SIGNS,
            _("“%(sign)s” is a Latin sign; Arabic script writes “%(own)s”.", sign=sign, own=_IN_ARABIC[sign]),
        )


def _found_signs(source: str, target: str) -> Iterator[str]:
    for found in _LATIN_SIGN.finditer(target):
        sign = found.lastindex or 1
        if sign != _AT_END or not is_kept(source, target, found.start(sign), found.end(sign)):
            yield found[sign]


def _french_spaces(source: str, target: str) -> Iterator[Finding]:
    told = set()
    for found in _FRENCH_SIGN.finditer(target):
        sign, space = found[2] or found[3], found[1] if found[2] else found[4]
        if space and space in _NO_BREAK:
            continue
        if sign not in told and not is_kept(source, target, found.start(2 if found[2] else 3), found.end()):
            told.add(sign)
            if found[2]:
                sentence = _("Before “%(sign)s” French sets a narrow no-break space (U+202F).", sign=sign)
            else:
                sentence = _("After “%(sign)s” French sets a narrow no-break space (U+202F).", sign=sign)
            yield Finding(Check.SIGNS, sentence)


def _straight_quotes(source: str, target: str) -> Iterator[Finding]:
    for sign, sentence in (
        ("'", _("French writes the curly apostrophe ’ in place of the straight one.")),
        ('"', _("French quotes with « and » in place of straight quotation marks.")),
    ):
        if any(
            found[0] == sign and not is_kept(source, target, found.start(), found.end())
            for found in _STRAIGHT.finditer(target)
        ):
            yield Finding(Check.QUOTES, sentence)


def _spanish_openings(source: str, target: str) -> Iterator[Finding]:
    for closing, opening in _SPANISH_MARKS.items():
        owed = 0
        for found in re.finditer(rf"[{opening}]|(?<!\()[{closing}]+", target):
            if found[0] == opening:
                owed += 1
            elif owed:
                owed = 0
            elif not is_kept(source, target, found.start(), found.end()):
                sentence = _(
                    "Spanish opens with “%(opening)s” what ends with “%(closing)s”.", opening=opening, closing=closing
                )
                yield Finding(Check.QUESTION_MARKS, sentence)
                break
        if owed:
            sentence = _("“%(opening)s” opens and “%(closing)s” is missing.", opening=opening, closing=closing)
            yield Finding(Check.QUESTION_MARKS, sentence)


def _spaces(source: str, target: str, base: str) -> Iterator[Finding]:
    if target != target.strip() and source == source.strip():
        yield Finding(Check.SPACING, _("There is a space at the beginning or the end."))
    if _DOUBLE_SPACE.search(target.strip()) and not _DOUBLE_SPACE.search(source.strip()):
        yield Finding(Check.SPACING, _("There are two spaces in a row."))
    before = (_SPACE_BEFORE if base == "fr" else _SPACE_BEFORE_ANY).search(target)
    if before and not _SPACE_BEFORE_ANY.search(source):
        yield Finding(Check.SPACING, _("There is a space before “%(sign)s”.", sign=before[1]))
