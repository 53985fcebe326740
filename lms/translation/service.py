"""Verbs of the translation floor: taking in source texts with their identities, taking in translations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lms.translation.models import Segment, SegmentRevision, Translation, TranslationState
from lms.translation.rules import carry_identities


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """A segment as an edition pins it."""

    segment: int
    revision: int


@dataclass(frozen=True, slots=True)
class TranslatedText:
    """One entry of a catalogue that comes with a collection."""

    document: str
    source: str
    target: str
    previous_source: str | None
    """The earlier source it was made from, where that is known."""
    outdated: bool = False
    """It was made from an earlier source than `source`, known or not."""


def take_in_sources(
    db: Session, collection: str, documents: Mapping[str, Sequence[str]], now: datetime
) -> dict[str, list[SegmentRef]]:
    """Give every text of the collection its segment: its old one where it continues an earlier text, else a new one.

    `documents` maps each document to its distinct texts in order; the answer is parallel to it. A changed text becomes
    a new revision of its segment; a text that is gone keeps its segment, without a position, so that it can return.
    """
    known = _known_segments(db, collection)
    placed: dict[str, list[Segment]] = {}
    new: list[tuple[Segment, str]] = []
    db.execute(update(Segment).where(Segment.collection == collection).values(position=None))
    for document, texts in documents.items():
        old = known.get(document, [])
        carried = carry_identities([revision.text for _, revision in old], texts)
        placed[document] = []
        for position, (text, index) in enumerate(zip(texts, carried, strict=True)):
            if index is None:
                segment = Segment(collection=collection, document=document, position=position, revision=1)
                new.append((segment, text))
            else:
                segment, revision = old[index]
                segment.position = position
                if revision.text != text:
                    _revise(db, segment, text, now)
            placed[document].append(segment)
    db.add_all(segment for segment, _ in new)
    db.flush()
    db.add_all(SegmentRevision(segment_id=segment.id, number=1, text=text, created_at=now) for segment, text in new)
    db.flush()
    return {
        document: [SegmentRef(segment.id, segment.revision) for segment in segments]
        for document, segments in placed.items()
    }


def _revise(db: Session, segment: Segment, text: str, now: datetime) -> None:
    """The segment says something else from now on, or again what it said before."""
    earlier = db.scalar(
        select(SegmentRevision.number)
        .where(SegmentRevision.segment_id == segment.id, SegmentRevision.text == text)
        .order_by(SegmentRevision.number.desc())
    )
    newest = db.scalars(
        select(SegmentRevision.number)
        .where(SegmentRevision.segment_id == segment.id)
        .order_by(SegmentRevision.number.desc())
    ).first()
    segment.revision = earlier or (newest or 0) + 1
    if earlier is None:
        db.add(SegmentRevision(segment_id=segment.id, number=segment.revision, text=text, created_at=now))
    db.flush()


def _known_segments(db: Session, collection: str) -> dict[str, list[tuple[Segment, SegmentRevision]]]:
    rows = db.execute(
        select(Segment, SegmentRevision)
        .join(
            SegmentRevision,
            (SegmentRevision.segment_id == Segment.id) & (SegmentRevision.number == Segment.revision),
        )
        .where(Segment.collection == collection)
        .order_by(Segment.document, Segment.position.is_(None), Segment.position, Segment.id)
    )
    known: dict[str, list[tuple[Segment, SegmentRevision]]] = {}
    seen: set[tuple[str, str]] = set()
    for segment, revision in rows:
        if (segment.document, revision.text) not in seen:
            seen.add((segment.document, revision.text))
            known.setdefault(segment.document, []).append((segment, revision))
    return known


def take_in_translations(
    db: Session, collection: str, language: str, entries: Sequence[TranslatedText], now: datetime
) -> int:
    """Make the translations that came with a package the approved ones; give how many changed anything.

    A translation of an earlier source stays approved and keeps the revision it was made from: readers see it with a
    notice until a newer one is there. Entries whose text the collection does not have are passed over; where
    an entry is there and empty, what an earlier package brought is withdrawn.
    """
    by_text = {
        (segment.document, revision.text): segment
        for pairs in _known_segments(db, collection).values()
        for segment, revision in pairs
    }
    approved = {
        row.segment_id: row
        for row in db.scalars(
            select(Translation)
            .join(Segment, Segment.id == Translation.segment_id)
            .where(
                Segment.collection == collection,
                Translation.language == language,
                Translation.state == TranslationState.APPROVED,
            )
        )
    }
    changed = 0
    for entry in entries:
        segment = by_text.get((entry.document, entry.source))
        if segment is None:
            continue
        if not entry.target:
            changed += _withdraw(approved.get(segment.id))
            continue
        revision = _translated_revision(db, segment, entry, now)
        current = approved.get(segment.id)
        if current is not None and current.text == entry.target and current.from_revision == revision:
            continue
        if current is not None:
            current.state = TranslationState.RETIRED
            db.flush()
        db.add(
            Translation(
                segment_id=segment.id,
                language=language,
                text=entry.target,
                state=TranslationState.APPROVED,
                from_revision=revision,
                created_at=now,
            )
        )
        changed += 1
    db.flush()
    return changed


def _withdraw(translation: Translation | None) -> bool:
    """Take back what came with a package; what a translator wrote here is theirs."""
    if translation is None or translation.translated_by_id is not None:
        return False
    translation.state = TranslationState.RETIRED
    return True


def withdraw_language(db: Session, collection: str, language: str) -> int:
    """Take back every translation into this language that came with a package; give how many."""
    brought = db.scalars(
        select(Translation)
        .join(Segment, Segment.id == Translation.segment_id)
        .where(
            Segment.collection == collection,
            Translation.language == language,
            Translation.state == TranslationState.APPROVED,
        )
    ).all()
    withdrawn = sum(_withdraw(translation) for translation in brought)
    db.flush()
    return withdrawn


UNKNOWN_REVISION = 0
"""A source that nobody kept: older than any."""


def _translated_revision(db: Session, segment: Segment, entry: TranslatedText, now: datetime) -> int:
    if not entry.outdated:
        return segment.revision
    return _revision_of(db, segment, entry.previous_source, now) if entry.previous_source else UNKNOWN_REVISION


def _revision_of(db: Session, segment: Segment, text: str, now: datetime) -> int:
    """The revision that said this, noted as an earlier one when the platform never saw it."""
    numbers = select(SegmentRevision.number).where(SegmentRevision.segment_id == segment.id)
    found = db.scalar(numbers.where(SegmentRevision.text == text).order_by(SegmentRevision.number.desc()))
    if found is not None:
        return found
    oldest = min(db.scalars(numbers).all(), default=1)
    earlier = min(oldest, UNKNOWN_REVISION) - 1
    db.add(SegmentRevision(segment_id=segment.id, number=earlier, text=text, created_at=now))
    db.flush()
    return earlier
