"""Certificates and what happened to them, written once: the database refuses to change it. Beside them, requests."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.certification.rules import (
    PRINTED_LENGTH,
    UNFINISHED,
    ArchiveState,
    CertificateKind,
    CorrectionState,
    EventKind,
)
from lms.kernel.db import Base, PublicId, append_only, new_public_id
from lms.runs.models import Enrolment, Run


def _one_of(column: str, kind: type[CertificateKind | EventKind | CorrectionState | ArchiveState]) -> str:
    return f"{column} IN ({', '.join(repr(str(each)) for each in kind)})"


@append_only
class CertificateTemplate(Base):
    """The files of a template as they were when a certificate was first issued in it."""

    __tablename__ = "certificate_template"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    files: Mapped[dict[str, Any]]
    """Text of each file by its name."""


@append_only
class Certificate(Base):
    """One certificate as it was issued, with every value that is printed on it."""

    __tablename__ = "certificate"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(PRINTED_LENGTH), unique=True)
    """In the form it is printed."""
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    kind: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(10))
    frozen: Mapped[dict[str, Any]]
    """What the template is given, finished sentences included. Never computed again."""
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 over code, frozen values and template: tells whether anything was changed behind the platform's back."""
    template_digest: Mapped[str] = mapped_column(ForeignKey("certificate_template.digest"))
    issued_at: Mapped[datetime]
    enrolment: Mapped[Enrolment] = relationship(lazy="raise")
    template: Mapped[CertificateTemplate] = relationship(lazy="raise")
    events: Mapped[list["CertificateEvent"]] = relationship(
        lazy="raise", foreign_keys="CertificateEvent.certificate_id", order_by="CertificateEvent.id"
    )
    printed: Mapped["PrintedCertificate | None"] = relationship(lazy="raise")
    __table_args__ = (
        CheckConstraint(_one_of("kind", CertificateKind), name="kind"),
        Index("ix_certificate_enrolment", "enrolment_id", "kind"),
    )


class ActiveCertificate(Base):
    """The one certificate of each kind that counts for an enrolment. A revoked one leaves no row."""

    __tablename__ = "active_certificate"
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), unique=True)


@append_only
class CertificateEvent(Base):
    """Issued first; perhaps revoked or replaced later, and then nothing more."""

    __tablename__ = "certificate_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"))
    kind: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    """Why, for the people who run the platform and, when revoked, the owner; never shown to verifiers."""
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
    actor: Mapped[str] = mapped_column(String(40))
    """`person:<public id>`, or `system`."""
    at: Mapped[datetime]
    prev_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """The hash of the event before this one in the history of all certificates: unique, so that it never forks."""
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    """`rules.link` over all of this."""
    replaced_by: Mapped[Certificate | None] = relationship(lazy="raise", foreign_keys=[replaced_by_id])
    __table_args__ = (
        CheckConstraint(_one_of("kind", EventKind), name="kind"),
        CheckConstraint("(kind = 'replaced') = (replaced_by_id IS NOT NULL)", name="replaced_by"),
        UniqueConstraint("certificate_id", "kind"),
        Index(
            "uq_certificate_event_end",
            "certificate_id",
            unique=True,
            sqlite_where=(kind != EventKind.ISSUED.value),
            postgresql_where=(kind != EventKind.ISSUED.value),
        ),
    )


class CertificateHistory(Base):
    """One row: where the chain of events ends. Whoever appends locks it first, so the events are linked one by one."""

    __tablename__ = "certificate_history"
    id: Mapped[int] = mapped_column(primary_key=True)
    length: Mapped[int]
    """How many events there are."""
    hash: Mapped[str] = mapped_column(String(64))
    """Of the last one."""
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class CertificateDesign(Base):
    """How certificates of a run look, where that differs from what its course says. Read when one is issued."""

    __tablename__ = "certificate_design"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    template: Mapped[str | None] = mapped_column(String(80))
    """A folder in certificates/; NULL like everything here: as the course says."""
    second_language: Mapped[str | None] = mapped_column(String(10))
    signatories: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """Up to three, each {name, role}, in place of the course's."""


class CorrectionRequest(Base):
    """An owner asks that their certificate carries another name. Decided once; never deleted."""

    __tablename__ = "correction_request"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"))
    name: Mapped[str | None] = mapped_column(String(120))
    """As it should be printed; NULL like all the owner's words once their account is deleted."""
    local_name: Mapped[str | None] = mapped_column(String(120))
    """NULL: what is printed now stays."""
    reason: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), default=CorrectionState.OPEN)
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str | None] = mapped_column(Text)
    """The sentence for the owner."""
    certificate: Mapped[Certificate] = relationship(lazy="raise")
    decided_by: Mapped[Person | None] = relationship(lazy="raise")
    __table_args__ = (
        CheckConstraint(_one_of("state", CorrectionState), name="state"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_at"),
        CheckConstraint("(state IN ('accepted', 'declined')) = (decided_by_id IS NOT NULL)", name="decided_by"),
        Index("ix_correction_request_certificate", "certificate_id"),
        Index(
            "uq_correction_request_open",
            "certificate_id",
            unique=True,
            sqlite_where=(state == CorrectionState.OPEN.value),
            postgresql_where=(state == CorrectionState.OPEN.value),
        ),
    )


@append_only
class PrintedCertificate(Base):
    """The PDF of a certificate: printed once, kept by its content."""

    __tablename__ = "printed_certificate"
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))


class CertificateArchive(Base):
    """All certificates of a run as one file, as somebody asked for it."""

    __tablename__ = "certificate_archive"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(10))
    """Of the sheet that lists them: what was read when it was asked for."""
    state: Mapped[str] = mapped_column(String(20), default=ArchiveState.WAITING)
    moved_at: Mapped[datetime]
    """When it last came on."""
    total: Mapped[int]
    """How many certificates of the run counted then."""
    printed: Mapped[int]
    """Of how many of them the PDF was there."""
    sha256: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int | None] = mapped_column(BigInteger)
    run: Mapped[Run] = relationship(lazy="raise")
    asked_by: Mapped[Person] = relationship(lazy="raise")
    __table_args__ = (
        CheckConstraint(_one_of("state", ArchiveState), name="state"),
        CheckConstraint("(state = 'done') = (sha256 IS NOT NULL)", name="sha256"),
        CheckConstraint("(sha256 IS NULL) = (size IS NULL)", name="size"),
        CheckConstraint("printed >= 0 AND printed <= total", name="printed"),
        Index("ix_certificate_archive_run", "run_id"),
        Index(
            "uq_certificate_archive_unfinished",
            "run_id",
            unique=True,
            sqlite_where=state.in_([str(each) for each in UNFINISHED]),
            postgresql_where=state.in_([str(each) for each in UNFINISHED]),
        ),
    )
