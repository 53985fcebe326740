"""Certificates and what happened to them. All of it is written once; the database refuses to change it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.certification.rules import PRINTED_LENGTH, CertificateKind, EventKind
from lms.kernel.db import Base, append_only
from lms.runs.models import Enrolment


def _one_of(column: str, kind: type[CertificateKind | EventKind]) -> str:
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


@append_only
class PrintedCertificate(Base):
    """The PDF of a certificate: printed once, kept by its content."""

    __tablename__ = "printed_certificate"
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
