"""A memory of texts that nobody wrote, with the words, the lengths and the turns of phrase of our courses."""

import string
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from random import Random
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from lms.assessment.question_types import KINDS
from lms.catalog.source.files import read_folder
from lms.catalog.source.package import read_package
from lms.kernel import clock
from lms.kernel.db import Base, new_public_id
from lms.settings import ROOT
from lms.translation.models import Segment, SegmentRevision, SourceWord, Translation
from lms.translation.rules import TranslationState, memory_form, memory_words

BATCH = 5_000


def texts_of_courses() -> list[str]:
    """Every different text of every course, in order."""
    packages = [read_package(path.name, read_folder(path), KINDS) for path in sorted((ROOT / "courses").iterdir())]
    return list(dict.fromkeys(text for each in packages for texts in each.documents.values() for text in texts))


class Writer:
    """Strings words together as they follow each other in the courses, to texts as long; the same every time."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.texts = texts_of_courses()
        self._split = [text.split() for text in self.texts]
        self._words = [word for words in self._split for word in words]
        self._next: dict[str, list[str]] = defaultdict(list)
        for words in self._split:
            for word, following in pairwise(words):
                self._next[word].append(following)

    def write(self) -> str:
        length = len(self.chance.choice(self._split))
        words = [self.chance.choice(self._split)[0]]
        while len(words) < length:
            words.append(self.chance.choice(self._next.get(words[-1]) or self._words))
        return " ".join(words)

    def edit(self, text: str) -> str:
        """As an author would: up to every third word another, one more, one less."""
        words = text.split()
        for _ in range(max(1, round(len(words) * self.chance.choice((0.05, 0.1, 0.2, 0.3))))):
            place, what = self.chance.randrange(len(words)), self.chance.random()
            if what < 0.5:
                words[place] = self.chance.choice(self._words)
            elif what < 0.75:
                words.insert(place, self.chance.choice(self._words))
            elif len(words) > 1:
                del words[place]
        return " ".join(words)

    def mistype(self, text: str) -> str:
        """One letter or two are others."""
        letters = list(text)
        for _ in range(self.chance.choice((1, 2))):
            letters[self.chance.randrange(len(letters))] = self.chance.choice(string.ascii_lowercase + " ")
        return "".join(letters)


def remember(db: Session, texts: list[str], language: str) -> None:
    """Each text as a segment of one of fifty courses, with its approved translation."""
    now = clock.now()
    segments = db.scalar(select(func.max(Segment.id))) or 0
    revisions = db.scalar(select(func.max(SegmentRevision.id))) or 0
    for start in range(0, len(texts), BATCH):
        numbered = list(enumerate(texts[start : start + BATCH], start + 1))
        _add(
            db,
            Segment,
            (
                {
                    "id": segments + number,
                    "public_id": new_public_id(),
                    "collection": f"course-{language}-{number % 50}",
                    "document": "lesson all",
                    "position": number,
                    "revision": 1,
                    "words": len(said.split()),
                }
                for number, said in numbered
            ),
        )
        _add(
            db,
            SegmentRevision,
            (
                {
                    "id": revisions + number,
                    "segment_id": segments + number,
                    "number": 1,
                    "text": said,
                    "created_at": now,
                }
                for number, said in numbered
            ),
        )
        _add(
            db,
            SourceWord,
            (
                {"word": word, "length": len(memory_form(said)), "revision_id": revisions + number}
                for number, said in numbered
                for word in memory_words(said)
            ),
        )
        _add(
            db,
            Translation,
            (
                {
                    "segment_id": segments + number,
                    "language": language,
                    "text": f"«{said}»",
                    "state": TranslationState.APPROVED,
                    "from_revision": 1,
                    "created_at": now,
                }
                for number, said in numbered
            ),
        )


def _add(db: Session, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    db.execute(insert(table), list(rows))
