"""Live sessions, what tells who was there, questions sent to clinics, and calendars that subscribe."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.kernel.db import Base, PublicId, append_only, new_public_id
from lms.meetings.exchange.reports import Provider
from lms.meetings.rules import LONGEST, SHORTEST, Decision, EvidenceKind, MeetingKind, Unmatched, starts_at
from lms.runs.models import Enrolment, Run


def _one_of(column: str, kind: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(str(each)) for each in kind)})"


class Meeting(Base):
    """A live session of a run, at an hour on the wall of one zone. When that is, follows from it, always anew."""

    __tablename__ = "meeting"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    kind: Mapped[str] = mapped_column(String(20))
    activity: Mapped[str | None] = mapped_column(String(100))
    """Key of the activity of the course that it is; NULL for one that the course does not name."""
    title: Mapped[str | None] = mapped_column(String(200))
    """NULL: the activity's."""
    note: Mapped[str | None] = mapped_column(Text)
    """What it is about, what to bring."""
    resource_persons: Mapped[str | None] = mapped_column(String(300))
    """Who answers in a clinic, as names."""
    held_on: Mapped[date]
    hour: Mapped[time]
    """On the wall in its zone."""
    time_zone: Mapped[str] = mapped_column(String(64))
    """IANA name."""
    minutes: Mapped[int]
    link: Mapped[str | None] = mapped_column(String(2000))
    """Of the room, at any provider. Shown to nobody: people get there by a page of their own."""
    sequence: Mapped[int] = mapped_column(default=0)
    """How often what calendars show was changed; also the version that a change must name."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    """When what calendars show was last changed."""
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    headcount: Mapped[int | None]
    """How many came to a hangout: all that is kept about it."""
    recording_url: Mapped[str | None] = mapped_column(String(2000))
    recording_bytes: Mapped[int | None] = mapped_column(BigInteger)
    slides_url: Mapped[str | None] = mapped_column(String(2000))
    slides_bytes: Mapped[int | None] = mapped_column(BigInteger)
    run: Mapped[Run] = relationship(lazy="raise")
    __table_args__ = (
        UniqueConstraint("id", "kind"),
        CheckConstraint(_one_of("kind", MeetingKind), name="kind"),
        CheckConstraint("activity IS NOT NULL OR title IS NOT NULL", name="title"),
        CheckConstraint(f"minutes BETWEEN {SHORTEST} AND {LONGEST}", name="minutes"),
        CheckConstraint("sequence >= 0", name="sequence"),
        CheckConstraint("headcount >= 0", name="headcount"),
        CheckConstraint("kind = 'hangout' OR headcount IS NULL", name="headcount_of_hangout"),
        CheckConstraint("kind <> 'hangout' OR (recording_url IS NULL AND slides_url IS NULL)", name="never_recorded"),
        Index("ix_meeting_run", "run_id", "held_on"),
        Index("ix_meeting_day", "held_on"),
    )

    @property
    def starts_at(self) -> datetime:
        return starts_at(self.held_on, self.hour, self.time_zone)


class AttendanceReport(Base):
    """A participant report of a meeting room that was taken in. The file itself is not kept."""

    __tablename__ = "attendance_report"
    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    provider: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the file: the same one is taken once."""
    time_zone: Mapped[str] = mapped_column(String(64))
    """In which it tells the times."""
    people: Mapped[int]
    """How many it names."""
    credited: Mapped[int]
    """How many of them were known by address or registration."""
    imported_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    imported_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("meeting_id", "digest"),
        CheckConstraint(_one_of("provider", Provider), name="provider"),
        CheckConstraint("credited BETWEEN 0 AND people", name="credited"),
    )


@append_only
class AttendanceEvidence(Base):
    """One thing that tells that a participant was in a session, or was not. What counts follows from all of them."""

    __tablename__ = "attendance_evidence"
    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int]
    meeting_kind: Mapped[str] = mapped_column(String(20))
    """As in the meeting: so that the database itself refuses evidence about a hangout."""
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    kind: Mapped[str] = mapped_column(String(20))
    minutes: Mapped[int | None]
    """NULL for a click: how long they stayed is not known by it."""
    spans: Mapped[list[Any]] = mapped_column(default=list)
    """Of a report: from when to when, as pairs of ISO moments."""
    reason: Mapped[str | None] = mapped_column(Text)
    """Of a correction."""
    report_id: Mapped[int | None] = mapped_column(ForeignKey("attendance_report.id"))
    told_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    """Who clicked, imported, called the roll or corrected."""
    told_at: Mapped[datetime]
    told_by: Mapped[Person] = relationship(lazy="raise")
    __table_args__ = (
        ForeignKeyConstraint(["meeting_id", "meeting_kind"], ["meeting.id", "meeting.kind"]),
        CheckConstraint("meeting_kind <> 'hangout'", name="nobody_listed"),
        CheckConstraint(_one_of("kind", EvidenceKind), name="kind"),
        CheckConstraint("(kind = 'join-click') = (minutes IS NULL)", name="minutes"),
        CheckConstraint("minutes BETWEEN 0 AND 1440", name="minutes_of_a_day"),
        CheckConstraint("(kind = 'correction') = (reason IS NOT NULL)", name="reason"),
        CheckConstraint("(kind = 'report') = (report_id IS NOT NULL)", name="report"),
        Index("ix_attendance_evidence_meeting", "meeting_id"),
        Index("ix_attendance_evidence_enrolment", "enrolment_id"),
    )


class AttendanceLine(Base):
    """A line of a report that belongs to nobody for certain. It waits until somebody says whose it is."""

    __tablename__ = "attendance_line"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    report_id: Mapped[int] = mapped_column(ForeignKey("attendance_report.id"))
    name: Mapped[str] = mapped_column(String(120))
    """As the report has it; empty once the person is deleted."""
    email: Mapped[str | None] = mapped_column(String(254))
    spans: Mapped[list[Any]]
    minutes: Mapped[int]
    why: Mapped[str] = mapped_column(String(20))
    decision: Mapped[str | None] = mapped_column(String(20))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment.id"))
    """Whose it is."""
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    report: Mapped[AttendanceReport] = relationship(lazy="raise")
    __table_args__ = (
        CheckConstraint(_one_of("why", Unmatched), name="why"),
        CheckConstraint(_one_of("decision", Decision), name="decision"),
        CheckConstraint(
            "(decision IS NULL) = (decided_by_id IS NULL) AND (decision IS NULL) = (decided_at IS NULL)", name="decided"
        ),
        CheckConstraint(
            "(enrolment_id IS NOT NULL) = (decision IS NOT NULL AND decision = 'credited')", name="credited"
        ),
        Index("ix_attendance_line_report", "report_id"),
    )


class Question(Base):
    """What a participant asks a clinic in advance."""

    __tablename__ = "meeting_question"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    text: Mapped[str] = mapped_column(Text)
    """Empty once the person is deleted."""
    asked_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    enrolment: Mapped[Enrolment] = relationship(lazy="raise")
    answered_by: Mapped[Person | None] = relationship(lazy="raise")
    __table_args__ = (
        CheckConstraint(
            "(answer IS NULL) = (answered_by_id IS NULL) AND (answer IS NULL) = (answered_at IS NULL)", name="answered"
        ),
        Index("ix_meeting_question_meeting", "meeting_id"),
    )


class QuestionVote(Base):
    """A participant wants a question answered too."""

    __tablename__ = "meeting_question_vote"
    question_id: Mapped[int] = mapped_column(ForeignKey("meeting_question.id"), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    voted_at: Mapped[datetime]


class CalendarFeed(Base):
    """Somebody's sessions, for a calendar that subscribes. Without a row there is no such address."""

    __tablename__ = "calendar_feed"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    number: Mapped[int] = mapped_column(default=1)
    """Part of the signed address: with the next one, every older address is dead."""
    active: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime]
