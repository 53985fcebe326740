"""Segments, what they said over time, and what they say in other languages."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import Base, PublicId, new_public_id


class TranslationState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in-review"
    APPROVED = "approved"
    RETIRED = "retired"
    """Was approved once and has been replaced."""


class Segment(Base):
    """One translatable text whose identity survives edits: translations hang on it, never on a position."""

    __tablename__ = "segment"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    collection: Mapped[str] = mapped_column(String(120))
    """What the text belongs to, as its owner names it (a course's slug)."""
    document: Mapped[str] = mapped_column(String(200))
    """The part of the collection, like `lesson why`; also the context in exchange files."""
    position: Mapped[int | None]
    """Order in the document now; NULL when the document no longer has it."""
    revision: Mapped[int]
    """The number of its newest revision."""
    __table_args__ = (Index("ix_segment_document", "collection", "document"),)


class SegmentRevision(Base):
    """What a segment's source said from some moment on."""

    __tablename__ = "segment_revision"
    id: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("segment_id", "number"),)


class Translation(Base):
    """A segment's text in another language."""

    __tablename__ = "translation"
    id: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id"))
    language: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20))
    from_revision: Mapped[int]
    """The revision of the source it translates: an older one than the segment's means the source has changed since."""
    translated_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """NULL: came with the course package."""
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'in-review', 'approved', 'retired')", name="state"),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> translated_by_id", name="not_ones_own"),
        Index(
            "uq_translation_approved",
            "segment_id",
            "language",
            unique=True,
            sqlite_where=(state == "approved"),
            postgresql_where=(state == "approved"),
        ),
        Index("ix_translation_segment", "segment_id"),
    )
