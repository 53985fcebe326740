"""What was translated before: approved texts, of any course, whose source is the same or much alike.

How they are found, in three queries however large the memory is. Every source text has its words written down when it
is taken in (`memory_words`; of a short one its pieces too), each beside the length of the text. For a text to be
matched, the database counts how often each of its words stands in texts of about its length. The rarest are looked
up, and the texts that share most letters in them are compared as a whole by rapidfuzz. A text that is the same to the
letter shares all of them, so it is always found.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import Select, String, bindparam, column, func, literal, select, values
from sqlalchemy.orm import Session

from lms.kernel.refusals import NotFound
from lms.translation.models import Segment, SegmentRevision, SourceWord, Translation
from lms.translation.rules import TranslationState, is_piece, memory_form, memory_seal, memory_words

ALIKE = 0.7
"""Similarity from which a text is worth a translator's look: below, what is alike are the little words."""
MOST_WORDS = 60
"""Of a longer text the longest words are enough to find it by."""
COUNTED = 3_000
"""How far a word is counted: one that stands in more texts tells nothing."""
LOOKED_UP = 3_000
"""How many places of whole words are looked up for one text, and how many of pieces."""
FEWEST_WORDS = 3
"""How many of the rarest are looked up, however common they are."""
COMPARED = 500


@dataclass(frozen=True, slots=True)
class Match:
    """A translation that may be used again."""

    source: str
    """What the translation was made from: perhaps an earlier text of its segment."""
    translation: str
    similarity: float
    """0 to 1, of the sources; 1: the same to the letter."""
    collection: str
    segment: str
    """Public id."""
    translation_id: int

    @property
    def exact(self) -> bool:
        return self.similarity == 1


def matches(db: Session, source: str, language: str, *, leave_out: int | None, most: int = 5) -> list[Match]:
    """Approved translations of the same or a similar text, the most alike first, no pair of texts twice.

    `leave_out` is the segment that is being translated (its id): its own text is no news.

        for match in matches(db, revision.text, "ar", leave_out=segment.id):
            show(match.translation, match.similarity, match.collection)
    """
    form = memory_form(source)
    shortest, longest = len(form) * ALIKE / (2 - ALIKE), len(form) * (2 - ALIKE) / ALIKE
    near = SourceWord.length.between(int(shortest), int(longest) + 1)
    counts = db.execute(_counts(_words_of(source), near))
    known = {row.word: row.places for row in counts if row.places}
    pieces = {word: places for word, places in known.items() if is_piece(word)}
    whole = {word: places for word, places in known.items() if not is_piece(word)}
    rare = _rarest(whole) + _rarest(pieces)
    sharing = db.scalars(_sharing(rare, near, len(form))).all()
    rows = [row for row in db.execute(_translated(sharing, language, leave_out)) if row.translation is not None]
    scores = process.extract(
        form, [memory_form(row.source) for row in rows], scorer=fuzz.ratio, score_cutoff=ALIKE * 100, limit=None
    )
    found = [_match(rows[index], source, score / 100) for _form, score, index in scores]
    return _distinct(sorted(found, key=lambda each: (-each.similarity, -each.translation_id)), most)


def match_text(db: Session, language: str, translation_id: int) -> str:
    """The text of a match that a translator chose; NotFound when it is not an approved text of the language."""
    query = select(Translation.text).where(
        Translation.id == translation_id,
        Translation.language == language,
        Translation.state == TranslationState.APPROVED,
    )
    found = db.scalar(query)
    if found is None:
        raise NotFound
    return found


def _words_of(source: str) -> list[str]:
    """Of the text's words the seal, and the longest, which are seldom the little ones."""
    seal = memory_seal(source)
    return [seal, *sorted(memory_words(source) - {seal}, key=lambda word: (-len(word), word))[: MOST_WORDS - 1]]


def _counts(words: list[str], near: Any) -> Select[str, int]:
    """In how many texts of about this length each word stands, counted no further than it matters."""
    asked = values(column("word", String), name="asked").data([(word,) for word in words]).cte()
    places = select(SourceWord.revision_id).where(SourceWord.word == asked.c.word, near).limit(COUNTED)
    count = select(func.count()).select_from(places.correlate(asked).subquery()).correlate(asked)
    return select(asked.c.word, count.scalar_subquery().label("places"))


def _rarest(counts: dict[str, int]) -> list[str]:
    """As many as there is room for, the rarest first."""
    chosen: list[str] = []
    places = 0
    for word in sorted(counts, key=lambda word: (counts[word], word)):
        places += counts[word]
        if len(chosen) >= FEWEST_WORDS and places > LOOKED_UP:
            break
        chosen.append(word)
    return chosen


def _sharing(words: list[str], near: Any, length: int) -> Select[int]:
    """The texts, translated or not, that share most of the words, the nearest in length first among equals."""
    letters = func.sum(func.length(SourceWord.word))
    return (
        select(SourceWord.revision_id)
        .where(SourceWord.word.in_(words), near)
        .group_by(SourceWord.revision_id, SourceWord.length)
        .order_by(letters.desc(), func.abs(SourceWord.length - length), SourceWord.revision_id.desc())
        .limit(COMPARED)
    )


def _translated(revisions: Sequence[int], language: str, leave_out: int | None) -> Select[str, int, str, str, str]:
    """Each of them with its translation, if any.

    A query of its own, an outer join, and the state written out, so that the database begins with these few texts:
    one that has not counted its tables begins with every translation there is.
    """
    query = (
        select(
            SegmentRevision.text.label("source"),
            Translation.id.label("translation_id"),
            Translation.text.label("translation"),
            Segment.collection,
            Segment.public_id,
        )
        .join(Segment, Segment.id == SegmentRevision.segment_id)
        .outerjoin(
            Translation,
            (Translation.segment_id == SegmentRevision.segment_id)
            & (Translation.language == language)
            & (Translation.state == literal(TranslationState.APPROVED, literal_execute=True))
            & (Translation.from_revision == SegmentRevision.number),
        )
        .where(SegmentRevision.id.in_(bindparam("revisions", revisions, expanding=True, literal_execute=True)))
    )
    return query if leave_out is None else query.where(Segment.id != leave_out)


ALMOST = 0.99
"""What differs in no more than capitals or spaces."""


def _match(row: Any, source: str, likeness: float) -> Match:
    similarity = 1.0 if row.source == source else min(likeness, ALMOST)
    return Match(row.source, row.translation, similarity, row.collection, row.public_id, row.translation_id)


def _distinct(found: Iterable[Match], most: int) -> list[Match]:
    kept: dict[tuple[str, str], Match] = {}
    for match in found:
        kept.setdefault((match.source, match.translation), match)
    return list(kept.values())[:most]
