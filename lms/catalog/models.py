"""Courses, their editions, and how far each language of them has come."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.catalog.rules import Category, LanguageState, Stage
from lms.kernel.db import Base, append_only


class Course(Base):
    __tablename__ = "course"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    stage: Mapped[str] = mapped_column(String(20))
    source_language: Mapped[str] = mapped_column(String(10))
    category: Mapped[str] = mapped_column(String(20))
    series: Mapped[str | None] = mapped_column(String(200))
    """Title of its series in the source language."""
    series_number: Mapped[int | None]
    minutes: Mapped[int]
    """How long the whole course takes, as its authors estimate."""
    edition_number: Mapped[int]
    """The edition new enrolments read."""
    exact_percent: Mapped[int]
    """How many per cent of the words of its quizzes and of what certificates say a published language needs."""
    rest_percent: Mapped[int]
    """The same for everything else."""
    created_at: Mapped[datetime]
    languages: Mapped[list["CourseLanguage"]] = relationship(lazy="raise", back_populates="course")
    __table_args__ = (
        CheckConstraint(f"stage IN ({', '.join(repr(str(each)) for each in Stage)})", name="stage"),
        CheckConstraint(f"category IN ({', '.join(repr(str(each)) for each in Category)})", name="category"),
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("exact_percent BETWEEN 0 AND 100 AND rest_percent BETWEEN 0 AND 100", name="percents"),
    )


@append_only
class Edition(Base):
    """What a course's package said at one time. Never changes: attempts and certificates point to it."""

    __tablename__ = "edition"
    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 over the source files (translations are not part of an edition)."""
    manifest: Mapped[dict[str, Any]]
    """Path of each source file and the SHA-256 of its bytes in the file store."""
    content: Mapped[str] = mapped_column(Text)
    """The checked package as JSON (`catalog.source.package.Package`)."""
    segments: Mapped[dict[str, Any]]
    """For each document its segments in order, as [segment id, revision]."""
    created_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("course_id", "number"),)


class CourseLanguage(Base):
    """How far one language of a course has come, and what the catalogue says of the course in it."""

    __tablename__ = "course_language"
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text)
    title_language: Mapped[str] = mapped_column(String(10))
    """The language title and summary are really in: the source's where they are not translated yet."""
    series: Mapped[str | None] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)
    """Title, summary and series as the search compares them."""
    words: Mapped[int]
    """Words of the source."""
    words_done: Mapped[int]
    """Words of the source that have an approved translation."""
    exact_words: Mapped[int]
    """Those of them that stand in quizzes and on certificates."""
    exact_words_done: Mapped[int]
    texts: Mapped[int]
    texts_done: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    state_since: Mapped[datetime]
    size: Mapped[int]
    """Bytes of all lessons as sent, compressed, with their files."""
    catalogue: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the translation file that came with the package; NULL for the source language."""
    revision: Mapped[int]
    """Goes up with every change of a translation: names what may be cached."""
    course: Mapped[Course] = relationship(lazy="raise", back_populates="languages")
    __table_args__ = (
        CheckConstraint(
            "words_done <= words AND texts_done <= texts AND exact_words_done <= exact_words AND exact_words <= words",
            name="done",
        ),
        CheckConstraint(f"state IN ({', '.join(repr(str(each)) for each in LanguageState)})", name="state"),
        Index("ix_course_language_language", "language"),
    )

    @property
    def complete(self) -> bool:
        """Every text of the course has an approved translation."""
        return self.texts_done == self.texts

    @property
    def offered(self) -> bool:
        """New learners are offered the course in this language, and certificates are issued in it."""
        return self.state == LanguageState.PUBLISHED

    @property
    def share(self) -> float:
        """Share of words done, 0 to 1; 1 only when complete."""
        return 1.0 if self.complete else min(0.99, self.words_done / self.words if self.words else 0.0)
