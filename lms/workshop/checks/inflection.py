"""Whether a word or a phrase is said in a text, in whatever form its language bends it to."""

import re
from functools import lru_cache
from math import ceil

from lms.kernel.text import fold

_NOTE = re.compile(r"\([^)]*\)|(?<=\w)[·/]\w{1,5}\b")
"""Of a glossary's entry: "clinique (questions aux experts)", "tutor/a", "apprenant·e"."""
_SMALL_WORDS = {
    "ar": {"من", "في", "على", "الى", "عن", "مع", "ما", "او", "ان"},
    "fr": {"de", "du", "des", "d", "l", "la", "le", "les", "a", "au", "aux", "en", "et", "un", "une", "sur", "par"},
    "es": {"de", "del", "la", "el", "los", "las", "a", "al", "en", "y", "o", "un", "una", "por", "para", "con"},
}  # fmt: skip
_UNSPACED = frozenset({"zh", "ja", "th", "lo", "km", "my"})
_FEW = 2
_SHORTEST = 2
_ROOT = 3
_ALIKE = 0.75
_ALIKE_AT_LEAST = 4

_ARABIC = re.compile("[\u0620-\u064a]")
_FRONTS = [first + second for first in ("", "و", "ف") for second in ("", "ال", "لل", "ب", "ك", "ل", "س", "بال", "كال")]
_SUFFIXES = ("", "ها", "هم", "هن", "هما", "كم", "نا", "ه", "ي", "ك", "ون", "ين", "ات", "ان", "ت", "ا", "يه", "وا")
_PLURALS = {"aux": "al", "ces": "z"}
_WEAK = str.maketrans("", "", "اويءه")


def is_said(text: str, phrase: str, language: str) -> bool:
    """Whether the phrase stands in the text: its words in any form and order, of a long one all but one."""
    base = language.split("_", maxsplit=1)[0]
    words = _words(text)
    small = _SMALL_WORDS.get(base, set())
    for way in phrase.split(" / "):
        wanted = _phrase_words(way)
        if base in _UNSPACED and "".join(wanted) in "".join(words):
            return True
        wanted = [word for word in wanted if word not in small] or wanted
        missing = sum(not any(_alike(word, other) for other in words) for word in wanted)
        if missing <= (len(wanted) > _FEW):
            return True
    return False


def places_of(text: str, phrase: str) -> list[range]:
    """Where the phrase stands in the text, counted in words: in its order, each word in a regular form."""
    words = _words(text)
    wanted = _phrase_words(phrase)
    return [
        range(start, start + len(wanted))
        for start in range(len(words) - len(wanted) + 1)
        if wanted and all(_regular(word, words[start + place]) for place, word in enumerate(wanted))
    ]


def _phrase_words(phrase: str) -> list[str]:
    return fold(_NOTE.sub("", phrase)).split()


@lru_cache(maxsize=256)
def _words(text: str) -> tuple[str, ...]:
    return tuple(fold(text).split())


@lru_cache(maxsize=65536)
def _regular(word: str, other: str) -> bool:
    """Whether the other is a plain form of the word: its plural, its gender, with article, preposition or possessor."""
    if word == other:
        return True
    if _ARABIC.search(word):
        return _arabic_core(word) in _arabic_forms(other)
    return not _latin_forms(word).isdisjoint(_latin_forms(other))


@lru_cache(maxsize=65536)
def _alike(word: str, other: str) -> bool:
    """Whether the other may be any form of the word."""
    if _regular(word, other):
        return True
    if _ARABIC.search(word):
        bones = _bones(_arabic_core(word))
        return len(bones) >= _SHORTEST and any(_bones(form) == bones for form in _arabic_forms(other))
    beginning = max(_ALIKE_AT_LEAST, ceil(_ALIKE * min(len(word), len(other))))
    return len(word) >= beginning and word[:beginning] == other[:beginning]


@lru_cache(maxsize=16384)
def _latin_forms(word: str) -> frozenset[str]:
    """French, Spanish and many others: what the word may be without plural and feminine."""
    if len(word) <= _ROOT:
        return frozenset({word})
    forms = {word}
    forms |= {word[: len(word) - len(ending)] for ending in ("s", "x", "es") if word.endswith(ending)}
    forms |= {word[: -len(ending)] + single for ending, single in _PLURALS.items() if word.endswith(ending)}
    forms |= {form[:-1] for form in forms if form.endswith("e") and len(form) > _ROOT}
    forms |= {form[:-1] + "o" for form in forms if form.endswith("a")}
    return frozenset(forms)


def _arabic_core(word: str) -> str:
    """Without the article and the feminine ending."""
    if word.startswith("ال") and len(word) > 2 + _SHORTEST:
        word = word[2:]
    return word[:-1] if word.endswith("ه") and len(word) > _SHORTEST + 1 else word


@lru_cache(maxsize=16384)
def _arabic_forms(word: str) -> frozenset[str]:
    """What the word may be without what is written together with it, before and behind."""
    fronts = {word[len(prefix) :] for prefix in _FRONTS if word.startswith(prefix)}
    once = {front[: len(front) - len(suffix)] for front in fronts for suffix in _SUFFIXES if front.endswith(suffix)}
    twice = {front[: len(front) - len(suffix)] for front in once for suffix in _SUFFIXES if front.endswith(suffix)}
    return frozenset(form for form in twice if len(form) >= _SHORTEST)


def _bones(word: str) -> str:
    """What is left in broken plurals and derived words: نظام and أنظمة are both نظم, خطر and مخاطر both خطر."""
    bones = word.translate(_WEAK)
    return bones[1:] if len(bones) > _ROOT and bones[0] in "مت" else bones
