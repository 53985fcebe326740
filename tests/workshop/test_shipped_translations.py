"""The checks on every translation that comes with the platform: quiet where it is right, awake where it is damaged."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from lms.catalog.source.catalogue import read_catalogue
from lms.catalog.source.inline import plain
from lms.settings import ROOT
from lms.workshop.checks import Check, Finding, TermPair, check_translation, find_terms


@dataclass(frozen=True)
class Translated:
    course: str
    language: str
    document: str
    source: str
    target: str
    terms: tuple[TermPair, ...]

    def findings(self, target: str) -> list[Finding]:
        return check_translation(
            self.source,
            target,
            language=self.language,
            terms=self.terms,
            tight=self.document.startswith("figure "),
        )


@cache
def shipped() -> tuple[Translated, ...]:
    found = []
    for path in sorted((ROOT / "courses").glob("*/translations/*.po")):
        catalogue = read_catalogue(path.read_bytes())
        entries = [entry for entry in catalogue.entries if entry.target and not entry.fuzzy]
        glossary: dict[str, TermPair] = {}
        for entry in entries:
            if entry.document.startswith("glossary "):
                glossary.setdefault(entry.document, TermPair(entry.source, entry.target))
        found += [
            Translated(path.parts[-3], path.stem, entry.document, entry.source, entry.target, tuple(glossary.values()))
            for entry in entries
        ]
    return tuple(found)


BORNE = {
    # "horizontal expansion" → «أفقي»: an accepted answer that fits the gap of its question, which asks for one word.
    # "Which measure triggers …": the verb, said otherwise in Arabic.
    Check.TERMS: 2,
    # "Outreach" → « Information et sensibilisation »: true, it is three times as long; the box of its figure is wide.
    Check.LENGTH: 1,
    # "shillings" in French and "horizontal" in Spanish are the same words as in English.
    Check.UNTRANSLATED: 2,
}
"""How many warnings remain for each check, and why."""


def test_what_is_shipped_raises_hardly_a_question() -> None:
    found = [(text, finding) for text in shipped() for finding in text.findings(text.target)]
    told = "\n".join(f"{text.language} {text.document}: {finding}\n  {text.target}" for text, finding in found)
    assert not [finding for _, finding in found if finding.blocking], told
    counted = Counter(finding.kind for _, finding in found)
    assert all(counted[check] <= BORNE.get(check, 0) for check in counted), told
    assert len(shipped()) > 2500


# --- one fault put into each of them must be seen --------------------------------------------------------------------

_NUMBER = re.compile(r"(?<![\d.,/–\u202f-])[1-9]\d+(?![\d.,/–\u202f-])")


def _without_its_ending(text: Translated) -> str | None:
    has_gap = "…" in text.source
    return text.target[:-1] if text.target.endswith((".", "?", "!", "؟", ":")) and not has_gap else None


def _with_two_spaces(text: Translated) -> str | None:
    return text.target.replace(" ", "  ", 1) if " " in text.target.strip() else None


def _with_a_latin_comma(text: Translated) -> str | None:
    return text.target.replace("،", ",") if text.language == "ar" and "،" in text.target else None


def _with_a_latin_question_mark(text: Translated) -> str | None:
    return text.target.replace("؟", "?") if text.language == "ar" and "؟" in text.target else None


def _without_narrow_spaces(text: Translated) -> str | None:
    damaged = re.sub(r"\u202f(?=[:;?!])", " ", text.target)
    return damaged if text.language == "fr" and damaged != text.target else None


def _without_openings(text: Translated) -> str | None:
    return text.target.replace("¿", "") if text.language == "es" and "¿" in text.target else None


def _with_another_number(text: Translated) -> str | None:
    found = _NUMBER.search(text.target)
    if not found:
        return None
    damaged = text.target.replace(found[0], str(int(found[0]) + 11))
    return None if str(int(found[0]) + 11) in text.source or "](http" in text.target else damaged


def _without_a_bracket(text: Translated) -> str | None:
    if "](" in text.target or ")" not in text.target:
        return None
    return text.target.replace(")", "", 1)


def _not_translated(text: Translated) -> str | None:
    is_sentence = re.fullmatch(r"[A-Z][a-z ,']{20,}[a-z.?]", text.source)
    return text.source if is_sentence else None


def _three_times(text: Translated) -> str | None:
    return " ".join([text.target] * 3) if _is_prose(text) else None


def _cut_short(text: Translated) -> str | None:
    return text.target[: len(text.target) // 4] if _is_prose(text) else None


def _is_prose(text: Translated) -> bool:
    """Of some length, and not the title of a work, which stands there in two languages."""
    return len(text.target) > 90 and not re.search(r"\]\(|\(.*20\d\d|\*.*\*", text.source)


def _without_emphasis(text: Translated) -> str | None:
    return text.target.replace("*", "") if "*" in text.target else None


def _with_another_link(text: Translated) -> str | None:
    return re.sub(r"\]\((\w+:)", r"](\1x", text.target) if "](" in text.target else None


def _with_other_terms(text: Translated) -> str | None:
    """The first term of the glossary said as another one."""
    for spot in find_terms(text.source, text.terms):
        damaged = text.target.replace(spot.pair.target, "Xyz")
        left = any(word.removeprefix("ال") in damaged for word in spot.pair.target.split())
        in_title = plain(text.source)[spot.start : spot.end] in text.target
        if damaged != text.target and not left and not in_title:
            return damaged
    return None


UNSEEN = {
    # «المساعدة الاجتماعية» taken out of a sentence that also has «تساعد» and «الاجتماعي»: any form of a word counts.
    Check.TERMS: 1,
}
"""How many faults a check may sleep through, so that it does not cry wolf elsewhere."""


@pytest.mark.parametrize(
    ("damage", "check", "many"),
    [
        (_without_its_ending, Check.END_PUNCTUATION, 1200),
        (_with_two_spaces, Check.SPACING, 2000),
        (_with_a_latin_comma, Check.SIGNS, 300),
        (_with_a_latin_question_mark, Check.SIGNS, 80),
        (_without_narrow_spaces, Check.SIGNS, 100),
        (_without_openings, Check.QUESTION_MARKS, 40),
        (_with_another_number, Check.NUMBERS, 200),
        (_without_a_bracket, Check.BRACKETS, 60),
        (_not_translated, Check.UNTRANSLATED, 500),
        (_three_times, Check.LENGTH, 400),
        (_cut_short, Check.LENGTH, 400),
        (_without_emphasis, Check.MARKUP, 100),
        (_with_another_link, Check.LINKS, 80),
        (_with_other_terms, Check.TERMS, 300),
    ],
)
def test_a_fault_is_seen(damage: Callable[[Translated], str | None], check: Check, many: int) -> None:
    damaged = [(text, target) for text in shipped() if (target := damage(text)) is not None]
    unseen = [target for text, target in damaged if check not in _kinds(text, target)]
    assert len(damaged) >= many
    assert len(unseen) <= UNSEEN.get(check, 0), "\n".join(unseen)


def _kinds(text: Translated, target: str) -> Iterator[Check]:
    return (finding.kind for finding in text.findings(target))
