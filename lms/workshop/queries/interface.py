"""What the platform itself says, beside its translations: read from the catalogues, changed only there."""

from dataclasses import dataclass

from lms.kernel.i18n import LANGUAGES, SENTENCES, SOURCE_LANGUAGE, Sentence
from lms.kernel.refusals import NotFound
from lms.kernel.text import fold

SENTENCES_ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far the platform's own words have come in a language."""

    language: str
    sentences: int
    done: int
    fuzzy: int
    """Marked as a guess: they are said in the source language until somebody has looked."""

    @property
    def missing(self) -> int:
        return self.sentences - self.done - self.fuzzy


def coverage() -> list[Coverage]:
    return [
        Coverage(code, len(found), sum(each.done for each in found), sum(each.fuzzy for each in found))
        for code, found in SENTENCES.items()
        if code != SOURCE_LANGUAGE
    ]


@dataclass(frozen=True, slots=True)
class Line:
    sentence: Sentence
    in_letters: bool
    """Said in a letter: whoever translates it sees no page around it."""


@dataclass(frozen=True, slots=True)
class Wording:
    language: str
    dir: str
    search: str
    undone: bool
    """Only what is missing or a guess."""
    lines: list[Line]
    total: int
    page: int
    pages: int


def wording(language: str, search: str, page: int, *, undone: bool) -> Wording:
    """The sentences that hold these words in the source or in the translation; NotFound for what is no translation."""
    if language not in LANGUAGES or language == SOURCE_LANGUAGE:
        raise NotFound
    words = fold(search).split()
    found = [each for each in SENTENCES[language] if not (undone and each.done) and _holds(each, words)]
    start = (page - 1) * SENTENCES_ON_A_PAGE
    return Wording(
        language=language,
        dir=LANGUAGES[language].dir,
        search=search,
        undone=undone,
        lines=[
            Line(each, any(name.endswith("letters.py") for name in each.files))
            for each in found[start : start + SENTENCES_ON_A_PAGE]
        ],
        total=len(found),
        page=page,
        pages=max(1, -(-len(found) // SENTENCES_ON_A_PAGE)),
    )


def _holds(sentence: Sentence, words: list[str]) -> bool:
    if not words:
        return True
    text = fold(" ".join([*sentence.source, *sentence.said]))
    return all(word in text for word in words)
