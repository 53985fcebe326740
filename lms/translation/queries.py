"""Reads of the translation floor: what readers see, where segments stand, what was said before."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, true, union_all
from sqlalchemy.orm import Session, aliased

from lms.translation.models import Segment, SegmentRevision, Translation
from lms.translation.rules import WORKING, Standing, TranslationState

_Source = aliased(SegmentRevision, name="source")
_Earlier = aliased(SegmentRevision, name="earlier")


@dataclass(frozen=True, slots=True)
class ApprovedText:
    text: str
    from_revision: int


def approved_texts(
    db: Session, collection: str, language: str, document: str | None = None, *, with_drafts: bool = False
) -> dict[int, ApprovedText]:
    """The approved translations of a collection, or of one document of it, in one language, by segment; one query.

    `with_drafts`: what is worked on in place of what is approved, to look at before it is.
    """
    states = (TranslationState.APPROVED, *WORKING) if with_drafts else (TranslationState.APPROVED,)
    query = (
        select(Translation.segment_id, Translation.text, Translation.from_revision)
        .join(Segment, Segment.id == Translation.segment_id)
        .where(
            Segment.collection == collection,
            Translation.language == language,
            Translation.state.in_(states),
        )
        .order_by(Translation.state != TranslationState.APPROVED)
    )
    rows = db.execute(query if document is None else query.where(Segment.document == document))
    return {segment: ApprovedText(text, revision) for segment, text, revision in rows}


@dataclass(frozen=True, slots=True)
class ApprovedFor:
    """An approved text with what the source says and what it said."""

    document: str
    source: str
    text: str
    made_from: str | None
    """The source that was translated; None where nobody kept it."""


def approved_with_sources(db: Session, collection: str, language: str) -> list[ApprovedFor]:
    """Every approved text of the segments a collection has now; one query."""
    query = (
        select(Segment.document, _Source.text, Translation.text, _Earlier.text)
        .join(Translation, Translation.segment_id == Segment.id)
        .join(_Source, and_(_Source.segment_id == Segment.id, _Source.number == Segment.revision))
        .outerjoin(_Earlier, and_(_Earlier.segment_id == Segment.id, _Earlier.number == Translation.from_revision))
        .where(
            Segment.collection == collection,
            Segment.position.is_not(None),
            Translation.language == language,
            Translation.state == TranslationState.APPROVED,
        )
        .order_by(Segment.position)
    )
    return [ApprovedFor(*row) for row in db.execute(query)]


def history_of(segment: Segment, language: str) -> Select[Translation]:
    """Every text of a segment in a language, the newest first."""
    return (
        select(Translation)
        .where(Translation.segment_id == segment.id, Translation.language == language)
        .order_by(Translation.id.desc())
    )


# -- where segments stand

Working = aliased(Translation, name="working")
Approved = aliased(Translation, name="approved")


def with_texts(query: Select[*tuple[Any, ...]], collection: str, language: str) -> Select[*tuple[Any, ...]]:
    """The query over the segments a collection has now, each with the text worked on and the approved one, if any."""
    return _beside(query.select_from(Segment), language).where(
        Segment.collection == collection, Segment.position.is_not(None)
    )


def _beside(query: Select[*tuple[Any, ...]], language: str | ColumnElement[str]) -> Select[*tuple[Any, ...]]:
    return query.outerjoin(
        Working,
        and_(Working.segment_id == Segment.id, Working.language == language, Working.state.in_(WORKING)),
    ).outerjoin(
        Approved,
        and_(
            Approved.segment_id == Segment.id,
            Approved.language == language,
            Approved.state == TranslationState.APPROVED,
        ),
    )


STANDING = case(
    (Working.from_revision != Segment.revision, Standing.SOURCE_CHANGED),
    (Working.state == TranslationState.IN_REVIEW, Standing.IN_REVIEW),
    (Working.state == TranslationState.DRAFT, Standing.DRAFT),
    (Approved.from_revision != Segment.revision, Standing.SOURCE_CHANGED),
    (Approved.id.is_not(None), Standing.APPROVED),
    else_=Standing.UNTRANSLATED,
)
"""Where a segment stands, inside a query that `with_texts` made."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many segments of a document stand somewhere, and how many of those have an approved text."""

    document: str
    standing: Standing
    texts: int
    words: int
    approved_texts: int
    approved_words: int


def count_by_standing(db: Session, collection: str, language: str) -> list[Count]:
    """Every segment of a collection counted, by document and by where it stands; one query."""
    has_approved = case((Approved.id.is_not(None), 1), else_=0)
    query = with_texts(
        select(
            Segment.document,
            STANDING.label("standing"),
            func.count(),
            func.sum(Segment.words),
            func.sum(has_approved),
            func.sum(has_approved * Segment.words),
        ),
        collection,
        language,
    )
    grouped = query.group_by(Segment.document, STANDING).order_by(func.min(Segment.position))
    return [
        Count(document, Standing(standing), texts, int(words), int(approved), int(approved_words))
        for document, standing, texts, words, approved, approved_words in db.execute(grouped)
    ]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many texts of a collection wait in a language, as one person sees it; no text stands in two of these."""

    untranslated: int
    source_changed: int
    drafts: int
    """The person's own, not sent in for review yet."""
    sent_back: int
    """Of the person's own."""
    for_review: int
    """In review, and not the person's own."""
    newest: int
    """The newest text of those that came back or came for review: tells five texts from five others."""
    words: int
    approved_words: int


NOTHING_WAITS = Waiting(0, 0, 0, 0, 0, 0, 0, 0)


def waiting(
    db: Session, person_id: int, collections: Iterable[str], languages: Iterable[str]
) -> dict[tuple[str, str], Waiting]:
    """What waits in each of these languages of each of these collections; one query, none where nothing is asked."""
    codes = sorted(set(languages))
    if not codes:
        return {}
    spoken = union_all(*(select(literal(code).label("language")) for code in codes)).subquery()
    own = Working.translated_by_id == person_id
    # What came from a file has no author: it is nobody's own.
    others = or_(Working.translated_by_id.is_(None), Working.translated_by_id != person_id)
    draft, commented = STANDING == Standing.DRAFT, Working.comment.is_not(None)
    sent_back, for_review = and_(draft, own, commented), and_(STANDING == Standing.IN_REVIEW, others)
    kinds = (
        STANDING == Standing.UNTRANSLATED,
        STANDING == Standing.SOURCE_CHANGED,
        and_(draft, own, ~commented),
        sent_back,
        for_review,
    )
    query: Select[Any] = select(
        Segment.collection,
        spoken.c.language,
        *(func.sum(case((kind, 1), else_=0)) for kind in kinds),
        func.max(case((or_(sent_back, for_review), Working.id), else_=0)),
        func.sum(Segment.words),
        func.sum(case((Approved.id.is_not(None), Segment.words), else_=0)),
    )
    query = _beside(query.select_from(Segment).join(spoken, true()), spoken.c.language)
    query = query.where(Segment.collection.in_(sorted(set(collections))), Segment.position.is_not(None))
    rows = db.execute(query.group_by(Segment.collection, spoken.c.language))
    return {(collection, language): Waiting(*map(int, counts)) for collection, language, *counts in rows}


# -- everything at once, for who takes the texts along or brings them back


@dataclass(frozen=True, slots=True)
class AtHand:
    """A segment with all that somebody finds who begins to work on it in one language."""

    segment: Segment
    source: str
    working: Translation | None
    approved: Translation | None
    standing: Standing
    newest: int
    """Id of the newest text of the segment in the language; 0: there is none."""
    previous_source: str | None
    """What the source said when `text` was written, where that is something else and known."""

    @property
    def text(self) -> Translation | None:
        """What is worked on, else what is approved."""
        return self.working or self.approved


def at_hand(db: Session, collection: str, language: str) -> list[AtHand]:
    """Every segment a collection has now, in its order; one query."""
    newest = (
        select(func.max(Translation.id))
        .where(Translation.segment_id == Segment.id, Translation.language == language)
        .correlate(Segment)
        .scalar_subquery()
    )
    made_from = func.coalesce(Working.from_revision, Approved.from_revision)
    query = with_texts(
        select(Segment, _Source.text, Working, Approved, STANDING, newest, _Earlier.text), collection, language
    )
    query = (
        query.join(_Source, and_(_Source.segment_id == Segment.id, _Source.number == Segment.revision))
        .outerjoin(
            _Earlier,
            and_(_Earlier.segment_id == Segment.id, _Earlier.number == made_from, _Earlier.number != Segment.revision),
        )
        .order_by(Segment.position)
        .execution_options(populate_existing=True)
    )
    return [
        AtHand(segment, source, working, approved, Standing(standing), newest or 0, earlier)
        for segment, source, working, approved, standing, newest, earlier in db.execute(query)
    ]


def past_texts(db: Session, ids: Collection[int]) -> dict[tuple[int, int], str]:
    """What texts said, replaced or not, by their segment and their own id; one query."""
    if not ids:
        return {}
    rows = db.execute(select(Translation.segment_id, Translation.id, Translation.text).where(Translation.id.in_(ids)))
    return {(segment, id_): text for segment, id_, text in rows}
