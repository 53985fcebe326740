"""Verbs of the translation floor: taking in sources and translations, and a translator's text on its way to readers.

A text is written once and never changed: a later one replaces it. What a translator saw when they began is named by the
newest text they saw (`base`) and the revision of the source they read; whoever comes second is told, and loses nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.kernel import events
from lms.kernel.audit import record_audit
from lms.kernel.i18n import _
from lms.kernel.refusals import Conflict, Refused, require
from lms.translation.models import Segment, SegmentRevision, SourceWord, Translation
from lms.translation.policy import may_approve_text
from lms.translation.queries import at_hand, history_of
from lms.translation.rules import WORKING, TranslationState, carry_identities, memory_form, memory_words


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
    db: Session, collection: str, documents: Mapping[str, Sequence[str]], count: Callable[[str], int], now: datetime
) -> dict[str, list[SegmentRef]]:
    """Give every text of the collection its segment: its old one where it continues an earlier text, else a new one.

    `documents` maps each document to its distinct texts in order; the answer is parallel to it. A changed text becomes
    a new revision of its segment; a text that is gone keeps its segment, without a position, so that it can return.
    `count` gives the words of a text.
    """
    known = _known_segments(db, collection)
    placed: dict[str, list[Segment]] = {}
    new: list[tuple[Segment, str]] = []
    position = 0
    db.execute(update(Segment).where(Segment.collection == collection).values(position=None))
    for document, texts in documents.items():
        old = known.get(document, [])
        carried = carry_identities([revision.text for _, revision in old], texts)
        placed[document] = []
        for text, index in zip(texts, carried, strict=True):
            if index is None:
                segment = Segment(collection=collection, document=document, revision=1)
                new.append((segment, text))
            else:
                segment, revision = old[index]
                if revision.text != text:
                    _revise(db, segment, text, now)
            segment.position, segment.words = position, count(text)
            placed[document].append(segment)
            position += 1
    db.add_all(segment for segment, _text in new)
    db.flush()
    _note_revisions(db, [(segment, 1, text) for segment, text in new], now)
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
    db.flush()
    if earlier is None:
        _note_revisions(db, [(segment, segment.revision, text)], now)


def _note_revisions(db: Session, said: Sequence[tuple[Segment, int, str]], now: datetime) -> None:
    """Write down what segments say from now on, with the words by which the memory finds it."""
    revisions = [
        SegmentRevision(segment_id=segment.id, number=number, text=text, created_at=now)
        for segment, number, text in said
    ]
    db.add_all(revisions)
    db.flush()
    words = [
        {"word": word, "length": len(memory_form(each.text)), "revision_id": each.id}
        for each in revisions
        for word in memory_words(each.text)
    ]
    if words:
        db.execute(insert(SourceWord), words)


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
    an entry is there and empty, what an earlier package brought is withdrawn. Where a translator's text is approved, a
    package that only says what was said before it changes nothing.
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
        if current is not None and current.translated_by_id is not None and _was_said(db, current, entry.target):
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


def _was_said(db: Session, current: Translation, text: str) -> bool:
    """Whether the segment's history in this language has this very text."""
    same = (Translation.segment_id == current.segment_id, Translation.language == current.language)
    return db.scalar(select(Translation.id).where(*same, Translation.text == text).limit(1)) is not None


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
    _note_revisions(db, [(segment, earlier, text)], now)
    return earlier


# -- a text on its way from a translator to readers


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody had before them when they wrote or decided."""

    base: int
    """Id of the newest text of the segment in the language; 0: there was none."""
    revision: int
    """The revision of the source."""


class Overtaken(Conflict):
    """Somebody else was faster, or the source has changed: nothing was written."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A text as a translator hands it over."""

    text: str
    for_review: bool
    warnings: int
    """How many checks it fails."""


def save_translation(
    db: Session, actor: Person | None, segment: Segment, language: str, draft: Draft, seen: Seen, now: datetime
) -> Translation:
    """Write down a translator's text as draft or for review. Overtaken when it answers to something out of date.

    Readers go on seeing the approved text. The same text again changes nothing, or moves the draft on to review.
    """
    working = _work_on(db, segment, language, seen)
    if working and _says_already(working, segment, draft):
        if not _moves_on(working, draft):
            return working
        working.state, working.warnings = _state(draft), draft.warnings
    else:
        _retire(db, segment, language, WORKING)
        working = Translation(**_row(actor, segment, language, draft, now))
        db.add(working)
    db.flush()
    record_audit(db, actor, "save_translation", _thing(segment, language), now, after={"state": working.state})
    return working


def save_translations(
    db: Session,
    actor: Person | None,
    collection: str,
    language: str,
    handed: Sequence[tuple[Segment, Draft, Seen]],
    now: datetime,
    *,
    about: Mapping[str, object],
) -> int:
    """Write down texts of one collection, each as `save_translation` does; how many changed anything.

    All of them or, when one answers to something out of date, none. One row in the audit, with `about`; a constant
    number of queries.
    """
    hold_collection(db, collection)
    found = {each.segment.id: each for each in at_hand(db, collection, language)}
    moved, replaced, rows = 0, 0, []
    for segment, draft, seen in handed:
        mine = found.get(segment.id)
        _refuse_overtaken(segment, mine.newest if mine else 0, seen)
        working = mine.working if mine else None
        if working and _says_already(working, segment, draft):
            if _moves_on(working, draft):
                working.state, working.warnings = _state(draft), draft.warnings
                moved += 1
            continue
        if working:
            working.state = TranslationState.RETIRED
            replaced += 1
        rows.append(_row(actor, segment, language, draft, now))
    db.flush()
    if rows:
        db.execute(insert(Translation), rows)
    if moved or rows:
        after = {"texts": moved + len(rows), "replaced": replaced, **about}
        record_audit(db, actor, "save_translations", f"translation:{collection}/{language}", now, after=after)
    return moved + len(rows)


def hold_collection(db: Session, collection: str) -> None:
    """Let nobody else write to any segment of the collection until the commit."""
    db.execute(select(Segment.id).where(Segment.collection == collection).order_by(Segment.id).with_for_update())


def _says_already(working: Translation, segment: Segment, draft: Draft) -> bool:
    return (working.text, working.from_revision) == (draft.text, segment.revision)


def _moves_on(working: Translation, draft: Draft) -> bool:
    """Whether the draft is handed over for review; what is in review stays there."""
    return draft.for_review and working.state == TranslationState.DRAFT


def _state(draft: Draft) -> TranslationState:
    return TranslationState.IN_REVIEW if draft.for_review else TranslationState.DRAFT


def _row(actor: Person | None, segment: Segment, language: str, draft: Draft, now: datetime) -> dict[str, Any]:
    return {
        "segment_id": segment.id,
        "language": language,
        "text": draft.text,
        "state": _state(draft),
        "from_revision": segment.revision,
        "translated_by_id": actor.id if actor else None,
        "warnings": draft.warnings,
        "created_at": now,
    }


def approve_translation(
    db: Session, actor: Person, segment: Segment, language: str, seen: Seen, now: datetime
) -> Translation:
    """Readers see the text that was in review from now on. Denied for one's own text."""
    waiting = _in_review(_work_on(db, segment, language, seen))
    require(may_approve_text(actor, waiting))
    _retire(db, segment, language, (TranslationState.APPROVED,))
    waiting.state, waiting.approved_by_id = TranslationState.APPROVED, actor.id
    db.flush()
    record_audit(db, actor, "approve_translation", _thing(segment, language), now, after={"text": waiting.id})
    events.record(db, "translation.approved", collection=segment.collection, language=language)
    return waiting


def send_back(
    db: Session, actor: Person, segment: Segment, language: str, comment: str, seen: Seen, now: datetime
) -> Translation:
    """Back to the translator, with a word on what is wrong."""
    waiting = _in_review(_work_on(db, segment, language, seen))
    waiting.state, waiting.comment = TranslationState.DRAFT, comment
    db.flush()
    record_audit(db, actor, "send_translation_back", _thing(segment, language), now, after={"text": waiting.id})
    return waiting


def approve_all(
    db: Session, actor: Person, waiting: Sequence[tuple[Segment, Translation]], language: str, now: datetime
) -> int:
    """Approve what is in review and not one's own; how many."""
    mine = [
        (segment, text)
        for segment, text in waiting
        if text.state == TranslationState.IN_REVIEW and not isinstance(may_approve_text(actor, text), Refused)
    ]
    if not mine:
        return 0
    ids = [segment.id for segment, _text in mine]
    db.execute(
        update(Translation)
        .where(
            Translation.segment_id.in_(ids),
            Translation.language == language,
            Translation.state == TranslationState.APPROVED,
        )
        .values(state=TranslationState.RETIRED)
    )
    for _segment, text in mine:
        text.state, text.approved_by_id = TranslationState.APPROVED, actor.id
    db.flush()
    collection = mine[0][0].collection
    record_audit(
        db,
        actor,
        "approve_translations",
        f"translation:{collection}/{language}",
        now,
        after={"texts": [text.id for _segment, text in mine]},
    )
    events.record(db, "translation.approved", collection=collection, language=language)
    return len(mine)


def carry_over(db: Session, actor: Person, segment: Segment, revision: int, now: datetime) -> list[str]:
    """The source was edited without a change of meaning: what was approved for its earlier text stands for the new one.

    `revision` is the source the author looked at. Gives the languages that were carried over.
    """
    hold(db, segment)
    if segment.revision != revision:
        raise Overtaken(_("The source has changed again in the meantime. Look at it and decide anew."))
    stale = db.scalars(
        select(Translation).where(
            Translation.segment_id == segment.id,
            Translation.state == TranslationState.APPROVED,
            Translation.from_revision != segment.revision,
        )
    ).all()
    for old in stale:
        old.state = TranslationState.RETIRED
        db.flush()
        db.add(
            Translation(
                segment_id=segment.id,
                language=old.language,
                text=old.text,
                state=TranslationState.APPROVED,
                from_revision=segment.revision,
                translated_by_id=old.translated_by_id,
                approved_by_id=old.approved_by_id,
                warnings=None,
                created_at=now,
            )
        )
        db.flush()
        events.record(db, "translation.approved", collection=segment.collection, language=old.language)
    languages = [old.language for old in stale]
    if languages:
        after = {"revision": segment.revision, "languages": languages}
        record_audit(db, actor, "mark_meaning_unchanged", f"segment:{segment.public_id}", now, after=after)
    return languages


def hold(db: Session, segment: Segment) -> None:
    """Let nobody else write to this segment until the commit, and see it as it is now."""
    db.refresh(segment, with_for_update=True)


def _work_on(db: Session, segment: Segment, language: str, seen: Seen) -> Translation | None:
    """The text that is worked on, if any, with the segment locked; Overtaken when things are not as they were seen."""
    hold(db, segment)
    history = db.scalars(history_of(segment, language)).all()
    _refuse_overtaken(segment, history[0].id if history else 0, seen)
    return next((each for each in history if each.state in WORKING), None)


def _refuse_overtaken(segment: Segment, newest: int, seen: Seen) -> None:
    if segment.revision != seen.revision:
        raise Overtaken(
            _("The source has changed since you opened this text. Nothing of yours is lost: look and decide.")
        )
    if newest != seen.base:
        raise Overtaken(
            _("Somebody else has written here since you opened this text. Nothing of yours is lost: look and decide.")
        )


def _in_review(working: Translation | None) -> Translation:
    if working is None or working.state != TranslationState.IN_REVIEW:
        raise Overtaken(_("This text is not waiting for review any more."))
    return working


def _retire(db: Session, segment: Segment, language: str, states: Sequence[TranslationState]) -> None:
    same = (Translation.segment_id == segment.id, Translation.language == language, Translation.state.in_(states))
    db.execute(update(Translation).where(*same).values(state=TranslationState.RETIRED))


def _thing(segment: Segment, language: str) -> str:
    return f"translation:{segment.collection}/{language}/{segment.public_id}"
