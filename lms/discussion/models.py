"""Threads and posts of a run, what became of them, announcements, and how far the letters of the day have told."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, literal_column
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.discussion.rules import LONGEST_TITLE, Audience
from lms.kernel.db import Base, PublicId, new_public_id
from lms.runs.models import Run

LONGEST_KEY = 100


class Thread(Base):
    """A question or subject that people of a run talk about. Its first post is what it was opened with."""

    __tablename__ = "thread"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    module: Mapped[str | None] = mapped_column(String(LONGEST_KEY))
    """Key of the module it is about; NULL: the whole run."""
    activity: Mapped[str | None] = mapped_column(String(LONGEST_KEY))
    """Key of the discussion in the course that it answers."""
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    lang: Mapped[str] = mapped_column(String(10))
    """Of the title."""
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    last_post_at: Mapped[datetime]
    pinned_at: Mapped[datetime | None]
    """Stands above the others."""
    resolved_at: Mapped[datetime | None]
    """The question has its answer."""
    author: Mapped[Person] = relationship(lazy="raise")
    run: Mapped[Run] = relationship(lazy="raise")
    __table_args__ = (
        CheckConstraint("activity IS NULL OR module IS NOT NULL", name="activity"),
        CheckConstraint("length(title) > 0", name="title"),
        Index("ix_thread_run", "run_id", "last_post_at"),
    )


class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opening: Mapped[bool] = mapped_column(default=False)
    """The one that opened the thread: hidden, it hides the thread."""
    as_teacher: Mapped[bool] = mapped_column(default=False)
    """Whether the author taught in the run when they wrote it."""
    lang: Mapped[str] = mapped_column(String(10))
    """As the writer said."""
    text: Mapped[str] = mapped_column(Text)
    """Markdown."""
    html: Mapped[str] = mapped_column(Text)
    """Drawn and cleaned when it was written; cleaned again whenever it is shown."""
    written_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    edited_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
    hidden_reason: Mapped[str | None] = mapped_column(Text)
    """For those who teach alone."""
    hidden_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    author: Mapped[Person] = relationship(lazy="raise", foreign_keys=[author_id])
    hidden_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[hidden_by_id])
    thread: Mapped[Thread] = relationship(lazy="raise")
    __table_args__ = (
        CheckConstraint("(hidden_at IS NULL) = (hidden_reason IS NULL)", name="hidden_reason"),
        CheckConstraint("(hidden_at IS NULL) = (hidden_by_id IS NULL)", name="hidden_by"),
        CheckConstraint("(edited_at IS NULL) = (version = 1)", name="edited"),
        Index("ix_post_thread", "thread_id", "id"),
        Index("ix_post_author", "author_id"),
        Index("ix_post_written", "written_at"),
        Index(
            "uq_post_opening",
            "thread_id",
            unique=True,
            sqlite_where=literal_column("opening"),
            postgresql_where=literal_column("opening"),
        ),
    )


class PostVersion(Base):
    """What a post said before it was edited. Goes when its author's account is deleted."""

    __tablename__ = "post_version"
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    lang: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]


class Mention(Base):
    """A post speaks to somebody."""

    __tablename__ = "mention"
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    person: Mapped[Person] = relationship(lazy="raise")
    __table_args__ = (Index("ix_mention_person", "person_id"),)


class PostReport(Base):
    """Somebody asks those who teach to look at a post."""

    __tablename__ = "post_report"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    reporter_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(Text)
    """Empty once the account of who reported it is deleted."""
    reported_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    """When somebody who teaches hid the post, or decided to leave it."""
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    post: Mapped[Post] = relationship(lazy="raise")
    reporter: Mapped[Person] = relationship(lazy="raise", foreign_keys=[reporter_id])
    __table_args__ = (
        UniqueConstraint("post_id", "reporter_id"),
        CheckConstraint("(settled_at IS NULL) = (settled_by_id IS NULL)", name="settled"),
        Index("ix_post_report_reporter", "reporter_id"),
    )


class Announcement(Base):
    """What those who teach tell the participants, or some of them, in one language or several."""

    __tablename__ = "announcement"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    source: Mapped[str] = mapped_column(String(10))
    """The language it was written in: for everybody in whose language it is not given."""
    texts: Mapped[dict[str, Any]]
    """By language: {"title": …, "text": Markdown, "html": drawn and cleaned}."""
    audience: Mapped[str] = mapped_column(String(20))
    audience_value: Mapped[str | None] = mapped_column(String(LONGEST_KEY))
    """The module, the track or the country."""
    by_mail: Mapped[bool]
    published_at: Mapped[datetime]
    author: Mapped[Person] = relationship(lazy="raise")
    run: Mapped[Run] = relationship(lazy="raise")
    __table_args__ = (
        CheckConstraint(f"audience IN ({', '.join(repr(str(each)) for each in Audience)})", name="audience"),
        CheckConstraint(
            "(audience IN ('behind', 'track', 'country')) = (audience_value IS NOT NULL)", name="audience_value"
        ),
        Index("ix_announcement_run", "run_id", "id"),
        Index("ix_announcement_author", "author_id"),
    )


class AnnouncementRecipient(Base):
    """Who was in an announcement's group when it was published. One for all is read by who comes later too."""

    __tablename__ = "announcement_recipient"
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id"), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    __table_args__ = (Index("ix_announcement_recipient_enrolment", "enrolment_id"),)


class DigestMark(Base):
    """How far somebody has been told what is new in the discussions of their runs."""

    __tablename__ = "digest_mark"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    told_until: Mapped[datetime]
    """Of posts written after this moment they have heard nothing by mail."""
