"""Segments, what they said over time, and what they say in other languages."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import Base, PublicId, new_public_id


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
    """Order in the whole collection now; NULL when its document no longer has it."""
    revision: Mapped[int]
    """The number of the revision that it says now."""
    words: Mapped[int]
    """How many words a translator has to translate, as its owner counts them."""
    __table_args__ = (
        Index("ix_segment_document", "collection", "document"),
        Index("ix_segment_position", "collection", "position"),
        CheckConstraint("words >= 0", name="words"),
    )


class SegmentRevision(Base):
    """What a segment's source said from some moment on."""

    __tablename__ = "segment_revision"
    id: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("segment_id", "number"),)


class SourceWord(Base):
    """A word of a source text, folded, or a piece of it: by these the memory finds texts that are alike."""

    __tablename__ = "source_word"
    word: Mapped[str] = mapped_column(String(40), primary_key=True)
    length: Mapped[int] = mapped_column(primary_key=True)
    """Letters of the whole text as likeness is measured: what is much longer or shorter is never alike."""
    revision_id: Mapped[int] = mapped_column(ForeignKey("segment_revision.id"), primary_key=True)
    __table_args__ = ({"sqlite_with_rowid": False},)


class Translation(Base):
    """A segment's text in another language. Rows are the history: a text is never changed, a later one replaces it."""

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
    comment: Mapped[str | None] = mapped_column(Text)
    """What the reviewer wrote when sending it back."""
    warnings: Mapped[int | None]
    """How many checks it failed when they were last made; NULL: not checked yet."""
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
        Index(
            "uq_translation_working",
            "segment_id",
            "language",
            unique=True,
            sqlite_where=sql("state IN ('draft', 'in-review')"),
            postgresql_where=sql("state IN ('draft', 'in-review')"),
        ),
        Index("ix_translation_segment", "segment_id", "language"),
        Index("ix_translation_state", "language", "state"),
    )


class GlossaryTerm(Base):
    """How a word of the field is said in one language, for every course."""

    __tablename__ = "glossary_term"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    language: Mapped[str] = mapped_column(String(10))
    term: Mapped[str] = mapped_column(String(200))
    """In the source language, as a dictionary would list it."""
    folded: Mapped[str] = mapped_column(String(200))
    translation: Mapped[str] = mapped_column(String(200))
    definition: Mapped[str | None] = mapped_column(Text)
    """In the source language: which meaning of the word this is."""
    forbidden: Mapped[list[Any]]
    """Translations that must not be used for it."""
    needs_review: Mapped[bool]
    """No native speaker outside the team has confirmed it yet."""
    version: Mapped[int] = mapped_column(default=1)
    """Goes up with every change; an edit names the one it was made from."""
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who last changed or confirmed it; NULL: it is as it came with the platform."""
    removed_at: Mapped[datetime | None]
    """Kept when it is removed, so that the platform does not bring it again."""
    __table_args__ = (
        Index(
            "uq_glossary_term_there",
            "language",
            "folded",
            unique=True,
            sqlite_where=sql("removed_at IS NULL"),
            postgresql_where=sql("removed_at IS NULL"),
        ),
    )
