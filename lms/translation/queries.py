"""Reads of the translation floor."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.translation.models import Segment, Translation, TranslationState


@dataclass(frozen=True, slots=True)
class ApprovedText:
    text: str
    from_revision: int


def approved_texts(db: Session, collection: str, language: str) -> dict[int, ApprovedText]:
    """The approved translations of a collection in one language, by segment; one query."""
    rows = db.execute(
        select(Translation.segment_id, Translation.text, Translation.from_revision)
        .join(Segment, Segment.id == Translation.segment_id)
        .where(
            Segment.collection == collection,
            Translation.language == language,
            Translation.state == TranslationState.APPROVED,
        )
    )
    return {segment: ApprovedText(text, revision) for segment, text, revision in rows}
