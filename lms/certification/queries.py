"""Reads of certificates: for whoever verifies one by its code, for their owner, and for a check of them all."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, func, literal, select, true
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from lms.accounts.models import Person
from lms.accounts.queries import person_by_email
from lms.accounts.rules import EVERYWHERE
from lms.catalog.models import Course
from lms.catalog.policy import may_see
from lms.catalog.queries import all_courses, direction, edition_id_of, reading, requirement_sentences
from lms.catalog.source.parts import CertificateRule, Requirement
from lms.certification.models import (
    ActiveCertificate,
    Certificate,
    CertificateArchive,
    CertificateDesign,
    CertificateEvent,
    CertificateHistory,
    CertificateTemplate,
    CorrectionRequest,
    PrintedCertificate,
)
from lms.certification.render.template import Template
from lms.certification.rules import (
    CODE_LENGTH,
    FIRST_LINK,
    UNFINISHED,
    ArchiveState,
    CertificateKind,
    CorrectionState,
    EventKind,
    Status,
    link,
    parse_code,
)
from lms.certification.signing.status import LIST_LENGTH, Place, place_of
from lms.kernel.i18n import _, ngettext
from lms.kernel.refusals import Conflict, NotFound
from lms.runs.models import Enrolment, Run
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
    words: Mapping[str, str]
    """The finished sentences of the sheet, in its own language."""
    facts: tuple[Mapping[str, str], ...]
    """Label and text of each fact, in its own language."""
    address: str
    """Where anyone verifies it."""


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
    found = db.scalar(_BY_CODE, {"code": code})
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


@dataclass(frozen=True, slots=True)
class InCourse:
    """A certificate, whose it is and of which course: what a policy asks for."""

    certificate: Certificate
    owner_id: int
    slug: str

    @property
    def scope(self) -> str:
        return f"course:{self.slug}"


def certificate_to_end(db: Session, typed: str) -> InCourse:
    """For the verbs that end a certificate. Raises NotFound."""
    row = db.execute(
        select(Certificate, Enrolment.person_id, Course.slug)
        .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
        .join(Run, Run.id == Enrolment.run_id)
        .join(Course, Course.id == Run.course_id)
        .where(Certificate.code == parse_code(typed))
    ).one_or_none()
    if row is None:
        raise NotFound
    return InCourse(*row)


def is_learner(db: Session, person: Person, slug: str) -> bool:
    """Whether the person is enrolled in the course, whatever the run."""
    query = select(Enrolment.id).join(Run, Run.id == Enrolment.run_id).join(Course, Course.id == Run.course_id)
    return db.scalar(query.where(Course.slug == slug, Enrolment.person_id == person.id).limit(1)) is not None


@dataclass(frozen=True, slots=True)
class RunDesign:
    """A run and how its certificates look, where that differs from what its course says."""

    run: Run
    design: CertificateDesign | None


def run_designs(db: Session, course: Course) -> list[RunDesign]:
    """Every run of the course, the latest first."""
    query = select(Run, CertificateDesign).outerjoin(CertificateDesign, CertificateDesign.run_id == Run.id)
    return [RunDesign(*row) for row in db.execute(query.where(Run.course_id == course.id).order_by(Run.id.desc()))]


def courses_within(db: Session, scopes: frozenset[str], language: str) -> list[tuple[str, Passage]]:
    """Slug and title of each course that these scopes name."""
    cards = all_courses(db, language) if scopes else []
    return [(card.slug, card.title) for card in cards if scopes & {EVERYWHERE, f"course:{card.slug}"}]


@dataclass(frozen=True, slots=True)
class Count:
    """How many certificates of a run count now, and of how many of them the PDF is there."""

    total: int
    printed: int


def count_of_run(db: Session, run_id: int) -> Count:
    query = select(func.count(), func.count(PrintedCertificate.certificate_id)).select_from(ActiveCertificate)
    query = query.outerjoin(PrintedCertificate, PrintedCertificate.certificate_id == ActiveCertificate.certificate_id)
    return Count(*db.execute(query.where(_active_in(run_id))).one())


def unprinted_of_run(db: Session, run_id: int, after: int, most: int) -> list[int]:
    """The next of those that count and have no PDF yet."""
    query = (
        select(ActiveCertificate.certificate_id)
        .outerjoin(PrintedCertificate, PrintedCertificate.certificate_id == ActiveCertificate.certificate_id)
        .where(_active_in(run_id), PrintedCertificate.certificate_id.is_(None))
        .where(ActiveCertificate.certificate_id > after)
    )
    return list(db.scalars(query.order_by(ActiveCertificate.certificate_id).limit(most)))


def _active_in(run_id: int) -> ColumnElement[bool]:
    return ActiveCertificate.enrolment_id.in_(select(Enrolment.id).where(Enrolment.run_id == run_id))


def lines_of_run(db: Session, run_id: int) -> Iterator[tuple[Certificate, Status, str | None]]:
    """Every certificate that was ever issued in a run, what it is worth, and its PDF: one statement, so that they are
    all seen at the same moment, and few of them in memory.
    """
    query = (
        select(Certificate, CertificateEvent.kind, PrintedCertificate.sha256)
        .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
        .outerjoin(
            CertificateEvent,
            (CertificateEvent.certificate_id == Certificate.id) & (CertificateEvent.kind != EventKind.ISSUED),
        )
        .outerjoin(PrintedCertificate, PrintedCertificate.certificate_id == Certificate.id)
        .where(Enrolment.run_id == run_id)
        .order_by(Certificate.id)
        .execution_options(yield_per=20)
    )
    for certificate, end, sha256 in db.execute(query):
        yield certificate, Status(end or Status.VALID), sha256


@dataclass(frozen=True, slots=True)
class ArchiveView:
    """All certificates of a run as one file, and how far it is."""

    public_id: str
    state: ArchiveState
    asked_by: str
    asked_at: datetime
    moved_at: datetime
    total: int
    printed: int
    sha256: str | None
    size: int | None

    @property
    def unfinished(self) -> bool:
        return self.state in UNFINISHED


MOST_ARCHIVES = 10


def archives_of(db: Session, run_id: int) -> list[ArchiveView]:
    """The latest of a run."""
    query = (
        select(CertificateArchive, Person.name)
        .join(Person, Person.id == CertificateArchive.asked_by_id)
        .where(CertificateArchive.run_id == run_id)
        .order_by(CertificateArchive.id.desc())
        .limit(MOST_ARCHIVES)
    )
    return [
        ArchiveView(
            public_id=each.public_id,
            state=ArchiveState(each.state),
            asked_by=name,
            asked_at=each.asked_at,
            moved_at=each.moved_at,
            total=each.total,
            printed=each.printed,
            sha256=each.sha256,
            size=each.size,
        )
        for each, name in db.execute(query)
    ]


def archive_to_take(db: Session, course: Course, public_id: str) -> CertificateArchive:
    """A finished one of the course. Raises NotFound."""
    query = select(CertificateArchive).join(Run, Run.id == CertificateArchive.run_id)
    found = db.scalar(query.where(CertificateArchive.public_id == public_id, Run.course_id == course.id))
    if found is None or found.sha256 is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class EventLine:
    """Something that happened to a certificate."""

    kind: str
    at: datetime
    actor: str | None
    """Name of whoever did it; None: the platform itself."""
    reason: str | None
    other: str | None
    """The code that counts instead; for an issued one, the code it was issued instead of."""


def history_of(db: Session, certificate: Certificate) -> list[EventLine]:
    """What happened to a certificate, in order."""
    successor, predecessor, replacing = aliased(Certificate), aliased(Certificate), aliased(CertificateEvent)
    rows = db.execute(
        select(CertificateEvent, successor.code, predecessor.code, Person.name)
        .outerjoin(successor, successor.id == CertificateEvent.replaced_by_id)
        .outerjoin(replacing, replacing.replaced_by_id == CertificateEvent.certificate_id)
        .outerjoin(predecessor, predecessor.id == replacing.certificate_id)
        .outerjoin(Person, CertificateEvent.actor == "person:" + Person.public_id)
        .where(CertificateEvent.certificate_id == certificate.id)
        .order_by(CertificateEvent.id)
    )
    return [
        EventLine(event.kind, event.at, name, event.reason, before if event.kind == EventKind.ISSUED else after)
        for event, after, before, name in rows
    ]


def find_certificates(db: Session, typed: str, scopes: frozenset[str]) -> list[CertificateView]:
    """By the code or by the owner's whole e-mail address, in the courses that these scopes name; the latest first."""
    code, owner = parse_code(typed), person_by_email(db, typed)
    if code is None and owner is None:
        return []
    wanted = Certificate.code == code if owner is None else _owned_by(owner)
    query = _with_story().where(wanted, _within(scopes)).order_by(Certificate.id.desc())
    return [_view(each) for each in db.scalars(query)]


def _within(scopes: frozenset[str]) -> ColumnElement[bool]:
    if EVERYWHERE in scopes:
        return true()
    inside = select(Enrolment.id).join(Run, Run.id == Enrolment.run_id).join(Course, Course.id == Run.course_id)
    return Certificate.enrolment_id.in_(inside.where(("course:" + Course.slug).in_(scopes)))


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A request for another name beside what is printed now."""

    id: int
    public_id: str
    state: str
    certificate: PrintedValues
    name: str | None
    local_name: str | None
    reason: str | None
    asked_at: datetime
    asked_by: str
    """Name of the owner's account."""
    ended_at: datetime | None
    decided_by: str | None
    answer: str | None


def open_corrections(db: Session, scopes: frozenset[str]) -> list[CorrectionView]:
    """What waits for a decision in the courses that these scopes name, the oldest first."""
    query = _corrections().where(CorrectionRequest.state == CorrectionState.OPEN, _within(scopes))
    return [_correction(*row) for row in db.execute(query.order_by(CorrectionRequest.id))]


def count_open_corrections(db: Session, scopes: frozenset[str]) -> int:
    query = select(func.count()).select_from(CorrectionRequest).join(CorrectionRequest.certificate)
    return db.scalar(query.where(CorrectionRequest.state == CorrectionState.OPEN, _within(scopes))) or 0


def correction_by_id(db: Session, public_id: str) -> CorrectionView:
    row = db.execute(_corrections().where(CorrectionRequest.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    return _correction(*row)


def corrections_of(db: Session, code: str) -> list[CorrectionView]:
    """Every request that was made about a certificate, the latest first."""
    query = _corrections().where(Certificate.code == code).order_by(CorrectionRequest.id.desc())
    return [_correction(*row) for row in db.execute(query)]


def _corrections() -> Select[CorrectionRequest, Certificate, str, str | None]:
    owner, decider = aliased(Person), aliased(Person)
    return (
        select(CorrectionRequest, Certificate, owner.name, decider.name)
        .join(Certificate, Certificate.id == CorrectionRequest.certificate_id)
        .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
        .join(owner, owner.id == Enrolment.person_id)
        .outerjoin(decider, decider.id == CorrectionRequest.decided_by_id)
    )


def _correction(
    request: CorrectionRequest, certificate: Certificate, owner: str, decider: str | None
) -> CorrectionView:
    return CorrectionView(
        id=request.id,
        public_id=request.public_id,
        state=request.state,
        certificate=printed_values(certificate),
        name=request.name,
        local_name=request.local_name,
        reason=request.reason,
        asked_at=request.asked_at,
        asked_by=owner,
        ended_at=request.ended_at,
        decided_by=decider,
        answer=request.answer,
    )


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


_BY_CODE = _with_story().where(Certificate.code == bindparam("code"))
"""Asked by whoever verifies one, so it is put together once."""


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


# -- badges


@dataclass(frozen=True, slots=True)
class BadgeOf:
    """A certificate that counts, and what its badge says besides the frozen values."""

    frozen: Mapping[str, Any]
    slug: str
    place: Place


def own_badge(db: Session, person: Person, typed: str) -> BadgeOf:
    """For the owner to take along. Raises NotFound, and Conflict when the certificate does not count any more."""
    row = db.execute(
        select(Certificate, Course.slug, ActiveCertificate.certificate_id, _list_key())
        .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
        .join(Run, Run.id == Enrolment.run_id)
        .join(Course, Course.id == Run.course_id)
        .outerjoin(ActiveCertificate, ActiveCertificate.certificate_id == Certificate.id)
        .where(Certificate.code == parse_code(typed), Enrolment.person_id == person.id)
    ).one_or_none()
    if row is None:
        raise NotFound
    certificate, slug, counts, key = row
    if counts is None:
        raise Conflict(_("This certificate was revoked or replaced before."))
    return BadgeOf(certificate.frozen, slug, place_of(certificate.id, key))


def ended_badges(db: Session, number: int) -> list[int]:
    """The bits of a status list that are set: of certificates that were revoked or replaced. Raises NotFound."""
    last, key = db.execute(select(func.max(Certificate.id), _list_key())).one()
    if last is None or number > last // LIST_LENGTH:
        raise NotFound
    issued = literal(EventKind.ISSUED.value, literal_execute=True)  # as the partial index says it: few have ended
    ended = db.scalars(select(CertificateEvent.certificate_id).where(CertificateEvent.kind != issued))
    return [place_of(each, key).index for each in ended if each // LIST_LENGTH == number]


def _list_key() -> ScalarSelect[str]:
    """The first link of the history: it is never published, never changes and is in every backup."""
    return select(CertificateEvent.hash).where(CertificateEvent.prev_hash == FIRST_LINK).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Achievement:
    """What a certificate of this kind stands for, as its course says it today."""

    slug: str
    kind: str
    title: Passage
    summary: Passage
    objectives: list[Passage]
    criteria: list[str]
    """Empty: the course does not award it any more."""
    hours: float
    open: bool
    """Whether the course has a page for everybody."""


def achievement(db: Session, slug: str, kind: str, language: str, now: datetime) -> Achievement:
    """For everybody: what the course awards, or once did. Raises NotFound."""
    course = db.scalar(select(Course).where(Course.slug == slug))
    if course is None or kind not in list(CertificateKind):
        raise NotFound
    read = reading(db, edition_id_of(db, course), language)
    demanded = demanded_for(read.package.certificate, kind)
    shown = may_see(None, course, now)
    if not (shown and demanded) and not _was_awarded(db, course, kind):
        raise NotFound
    return Achievement(
        slug=slug,
        kind=kind,
        title=read.text("course", read.package.title),
        summary=read.text("course", read.package.summary),
        objectives=[read.text("course", each) for each in read.package.objectives],
        criteria=requirement_sentences(read, demanded) if demanded else [],
        hours=read.package.certificate.hours,
        open=shown,
    )


def demanded_for(rule: CertificateRule, kind: str) -> Requirement | None:
    """What earns a certificate of this kind; None where the course does not award it."""
    return rule.completion if kind == CertificateKind.COMPLETION else rule.participation


def _was_awarded(db: Session, course: Course, kind: str) -> bool:
    query = select(Certificate.id).join(Enrolment, Enrolment.id == Certificate.enrolment_id).join(Run)
    return db.scalar(query.where(Run.course_id == course.id, Certificate.kind == kind).limit(1)) is not None


# -- what stands on a certificate


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
        words=frozen["words"],
        facts=tuple(frozen["facts"]),
        address=frozen["verify_url"],
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
    return [*problems, *_broken_links(db)]


def _broken_links(db: Session) -> Iterator[str]:
    """The history of all certificates, event by event: what was changed, taken out or put elsewhere since."""
    end = db.execute(select(CertificateHistory.length, CertificateHistory.hash)).one_or_none()
    successor = aliased(Certificate)
    query = (
        select(CertificateEvent, Certificate.code, Certificate.digest, successor.code)
        .join(Certificate, Certificate.id == CertificateEvent.certificate_id)
        .outerjoin(successor, successor.id == CertificateEvent.replaced_by_id)
        .order_by(CertificateEvent.id)
        .execution_options(yield_per=500)
    )
    last, length = FIRST_LINK, 0
    for event, code, digest, next_code in db.execute(query):
        where = f"history, event {event.id} ({code}, {event.kind})"
        linked = link(
            event.prev_hash,
            code=code,
            digest=digest,
            kind=event.kind,
            reason=event.reason,
            successor=next_code,
            actor=event.actor,
            at=event.at,
        )
        if linked != event.hash:
            yield f"{where}: it was changed after it was written."
        if event.prev_hash != last:
            known = db.scalar(select(CertificateEvent.id).where(CertificateEvent.hash == event.prev_hash))
            yield (
                f"{where}: it stands in another place than where it was written."
                if known or event.prev_hash == FIRST_LINK
                else f"{where}: what was written before it is missing or was changed."
            )
        last, length = event.hash, length + 1
    if end != (length, last):
        yield "history: its last events are missing, or something was put behind them."


def statements(db: Session) -> Iterator[tuple[str, str]]:
    """Code and signed statement of every certificate that has one."""
    for code, frozen in db.execute(select(Certificate.code, Certificate.frozen).execution_options(yield_per=500)):
        if "statement" in frozen:
            yield code, frozen["statement"]


def count_certificates(db: Session) -> int:
    return len(db.scalars(select(Certificate.id)).all())


def printed_files(db: Session) -> set[str]:
    """SHA-256 of every PDF, and of every file of many, that a backup must hold."""
    archives = select(CertificateArchive.sha256).where(CertificateArchive.sha256.is_not(None))
    return {*db.scalars(select(PrintedCertificate.sha256)), *db.scalars(archives)}
