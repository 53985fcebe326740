"""Reads of certificates: for whoever verifies one by its code, for their owner, and for a check of them all."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from lms.accounts.models import Person
from lms.catalog.queries import direction
from lms.certification.models import (
    ActiveCertificate,
    Certificate,
    CertificateEvent,
    CertificateTemplate,
    PrintedCertificate,
)
from lms.certification.render.template import Template
from lms.certification.rules import CODE_LENGTH, EventKind, Status, parse_code
from lms.kernel.i18n import ngettext
from lms.kernel.refusals import NotFound
from lms.runs.models import Enrolment
from lms.translation.rules import Passage


@dataclass(frozen=True, slots=True)
class PrintedValues:
    """What stands on a certificate, each text in the language it is printed in."""

    code: str
    kind: str
    heading: Passage
    name: str
    local_name: str | None
    course: Passage
    learning_time: str
    """In the reader's language."""
    completed_on: date
    issued_on: date
    language: str
    issuer: str
    partners: tuple[Passage, ...]
    signatures: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate and what became of it."""

    values: PrintedValues
    status: Status
    ended_on: date | None
    """When it was revoked or replaced."""
    replaced_by: str | None
    """The code that counts instead."""
    issued_at: datetime
    sha256: str | None
    """The PDF in the file store, once it is printed."""


def certificate_by_code(db: Session, typed: str) -> CertificateView | None:
    """The certificate somebody asks for by a code, however it is typed. Unknown and impossible codes cost the same."""
    code = parse_code(typed) or "0" * CODE_LENGTH  # a code has dashes: this one is nobody's
    found = db.scalar(_with_story().where(Certificate.code == code))
    return _view(found) if found else None


def certificates_of(db: Session, person: Person) -> list[CertificateView]:
    """A person's own certificates, the latest first; replaced ones are left out, their successors are in."""
    return [view for view in all_certificates_of(db, person) if view.status != Status.REPLACED]


def all_certificates_of(db: Session, person: Person) -> list[CertificateView]:
    """Every certificate that was ever issued to a person, the latest first."""
    query = _with_story().where(_owned_by(person)).order_by(Certificate.issued_at.desc(), Certificate.id.desc())
    return [_view(each) for each in db.scalars(query)]


def own_certificate(db: Session, person: Person, typed: str) -> CertificateView:
    """One of the person's own certificates; NotFound for everybody else's."""
    found = db.scalar(_with_story().where(Certificate.code == parse_code(typed), _owned_by(person)))
    if found is None:
        raise NotFound
    return _view(found)


def certificate_to_end(db: Session, typed: str) -> tuple[Certificate, Enrolment]:
    """For the verbs that end a certificate. Raises NotFound."""
    row = db.execute(
        select(Certificate, Enrolment)
        .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
        .where(Certificate.code == parse_code(typed))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def issued_certificate(db: Session, enrolment_id: int, kind: str) -> Certificate | None:
    """The latest certificate that was ever issued to an enrolment, whatever became of it."""
    return db.scalar(
        select(Certificate)
        .where(Certificate.enrolment_id == enrolment_id, Certificate.kind == kind)
        .order_by(Certificate.id.desc())
        .limit(1)
    )


def _owned_by(person: Person) -> ColumnElement[bool]:
    return Certificate.enrolment_id.in_(select(Enrolment.id).where(Enrolment.person_id == person.id))


def _with_story() -> Select[Certificate]:
    story = selectinload(Certificate.events).joinedload(CertificateEvent.replaced_by)
    return select(Certificate).options(story, joinedload(Certificate.printed))


def _view(certificate: Certificate) -> CertificateView:
    end = next((event for event in certificate.events if event.kind != EventKind.ISSUED), None)
    return CertificateView(
        values=printed_values(certificate),
        status=Status(end.kind) if end else Status.VALID,
        ended_on=end.at.date() if end else None,
        replaced_by=end.replaced_by.code if end and end.replaced_by else None,
        issued_at=certificate.issued_at,
        sha256=certificate.printed.sha256 if certificate.printed else None,
    )


def printed_values(certificate: Certificate) -> PrintedValues:
    frozen, language = certificate.frozen, certificate.language
    course_language = frozen["course_language"]
    return PrintedValues(
        code=certificate.code,
        kind=certificate.kind,
        heading=_passage(frozen["words"]["heading"], language),
        name=frozen["names"]["name"],
        local_name=frozen["names"]["local_name"] or None,
        course=_passage(frozen["course_title"], course_language),
        learning_time=learning_time(frozen["hours"]),
        completed_on=date.fromisoformat(frozen["completed_on"]),
        issued_on=date.fromisoformat(frozen["issued_on"]),
        language=language,
        issuer=frozen["issuer"],
        partners=tuple(_passage(each, course_language) for each in frozen["partners"]),
        signatures=tuple(frozen["signatures"]),
    )


def learning_time(hours: float) -> str:
    """Whole hours as hours, anything else as minutes, in the language of the moment."""
    if hours == int(hours):
        return ngettext("%(number)s hour", "%(number)s hours", int(hours))
    return ngettext("%(number)s minute", "%(number)s minutes", round(hours * 60))


def _passage(text: str, language: str) -> Passage:
    return Passage(text, language, direction(language))


def seal(code: str, frozen: Mapping[str, Any], template_digest: str) -> str:
    """A digest over all that a certificate says and looks like."""
    content = json.dumps([code, frozen, template_digest], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def broken_certificates(db: Session) -> list[str]:
    """A sentence for each certificate that is not as it was issued or whose story does not hold together."""
    problems: list[str] = []
    templates = {
        row.digest: Template(row.files).digest == row.digest for row in db.scalars(select(CertificateTemplate))
    }
    active = set(db.scalars(select(ActiveCertificate.certificate_id)))
    query = select(Certificate).options(selectinload(Certificate.events)).execution_options(yield_per=500)
    for each in db.scalars(query):
        kinds = [event.kind for event in each.events]
        if each.digest != seal(each.code, each.frozen, each.template_digest) or each.frozen["code"] != each.code:
            problems.append(f"{each.code}: what is printed on it was changed after it was issued.")
        if not templates.get(each.template_digest):
            problems.append(f"{each.code}: its template was changed or is missing.")
        if kinds[:1] != [EventKind.ISSUED] or (len(kinds) == 1) != (each.id in active):
            problems.append(f"{each.code}: its events do not fit to whether it counts.")
    return problems


def count_certificates(db: Session) -> int:
    return len(db.scalars(select(Certificate.id)).all())


def printed_files(db: Session) -> set[str]:
    """SHA-256 of every PDF that a backup must hold."""
    return set(db.scalars(select(PrintedCertificate.sha256)))
