"""What a translation may not lose or add: emphasis, code, links, placeholders. All findings here block."""

import re
from collections import Counter
from collections.abc import Iterator

from lms.catalog.source.inline import Inside
from lms.kernel.i18n import _, format_number, lazy_gettext, ngettext
from lms.workshop.checks.findings import Check, Finding, listed

PLACEHOLDER = re.compile(r"%\([A-Za-z_]\w*\)[a-z]|%[sd](?!\w)|\{\w*\}")


def check_marks(source: Inside, target: Inside) -> Iterator[Finding]:
    yield from _hidden(source, target)
    yield from _markup(source.marks, target.marks)
    if target.picture and not source.picture:
        yield _blocking(Check.MARKUP, _("There is a picture in the translation and none in the source; take it out."))
    if target.html and not source.html:
        yield _blocking(Check.HTML, _("There is HTML in the translation; write it without the signs < and >."))
    yield from _links(source.marks, target.marks)
    yield from _placeholders(source.plain, target.plain)


def hidden_sign(sign: str) -> Finding:
    """What to say about a character that may not stand in a text at all."""
    sentence = _("There is an invisible character in the translation (%(code)s); delete it.", code=f"U+{ord(sign):04X}")
    return _blocking(Check.HIDDEN_SIGNS, sentence)


def _hidden(source: Inside, target: Inside) -> Iterator[Finding]:
    """Signs written as references, `&#8238;`: the plain ones are found before anything is read."""
    for sign in dict.fromkeys(target.hidden):
        if sign not in source.hidden:
            yield hidden_sign(sign)


def _markup(kept: Counter[str], given: Counter[str]) -> Iterator[Finding]:
    for mark, sentence in _MARKUP.items():
        if kept[mark] != given[mark]:
            numbers = {"kept": format_number(kept[mark]), "given": format_number(given[mark])}
            yield _blocking(Check.MARKUP, str(sentence) % numbers)


_MARKUP = {
    "em": lazy_gettext("Emphasis, written *so*: %(kept)s in the source, %(given)s in the translation."),
    "strong": lazy_gettext("Strong emphasis, written **so**: %(kept)s in the source, %(given)s in the translation."),
    "code_inline": lazy_gettext("Code, written `so`: %(kept)s in the source, %(given)s in the translation."),
}


def _links(kept: Counter[str], given: Counter[str]) -> Iterator[Finding]:
    for address in _addresses(kept - given):
        yield _blocking(Check.LINKS, _("The link “%(address)s” is missing.", address=address))
    for address in _addresses(given - kept):
        sentence = _("The link “%(address)s” stands more often than in the source.", address=address)
        yield _blocking(Check.LINKS, sentence)


def _addresses(marks: Counter[str]) -> list[str]:
    return sorted(mark.removeprefix("link ") for mark in marks if mark.startswith("link "))


def _placeholders(source: str, target: str) -> Iterator[Finding]:
    kept, given = Counter(PLACEHOLDER.findall(source)), Counter(PLACEHOLDER.findall(target))
    lost, added = sorted((kept - given).keys()), sorted((given - kept).keys())
    if lost:
        sentence = ngettext(
            "A placeholder is missing, to be kept as it is written: %(names)s",
            "%(number)s placeholders are missing, to be kept as they are written: %(names)s",
            len(lost),
            names=listed(lost),
        )
        yield _blocking(Check.PLACEHOLDERS, sentence)
    if added:
        sentence = ngettext(
            "A placeholder stands more often than in the source: %(names)s",
            "%(number)s placeholders stand more often than in the source: %(names)s",
            len(added),
            names=listed(added),
        )
        yield _blocking(Check.PLACEHOLDERS, sentence)


def _blocking(check: Check, sentence: str) -> Finding:
    return Finding(check, sentence, blocking=True)
