"""Verbs of certificates: issue, print, revoke, reissue, correct. What is issued once is never written again."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from lms.accounts.letters import Words
from lms.accounts.models import Person
from lms.accounts.rules import is_latin_name
from lms.catalog.models import Course, Edition
from lms.catalog.queries import Reading, direction, edition_id_of, reading, requirement_sentences
from lms.catalog.source.figure import render_logo
from lms.catalog.source.files import CONTENT_TYPES
from lms.catalog.source.parts import Package
from lms.catalog.source.problems import Unreadable, read_text
from lms.certification import letters
from lms.certification.letters import About
from lms.certification.models import (
    ActiveCertificate,
    Certificate,
    CertificateDesign,
    CertificateEvent,
    CertificateHistory,
    CertificateTemplate,
    CorrectionRequest,
    PrintedCertificate,
)
from lms.certification.policy import may_design, may_end_certificate
from lms.certification.queries import (
    all_certificates_of,
    certificate_to_end,
    corrections_of,
    demanded_for,
    issued_certificate,
    learning_time,
    seal,
)
from lms.certification.render.press import Press, PrintRefused
from lms.certification.render.template import Template, load_template
from lms.certification.rules import (
    CODE_LENGTH,
    NEXT_STATES,
    CertificateKind,
    CorrectionState,
    EventKind,
    Issuer,
    Sign,
    SpecimenNames,
    grouped,
    link,
    new_code,
    printable_name,
    unprintable_letters,
)
from lms.certification.signing.desk import Desk
from lms.certification.signing.keys import IssuerKeys
from lms.kernel.audit import record_audit
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.kernel.i18n import LANGUAGES, SOURCE_LANGUAGE, _, current_language, format_date, use_language
from lms.kernel.mail import queue_letter
from lms.kernel.outbox import enqueue
from lms.kernel.rates import count_try
from lms.kernel.refusals import Conflict, Invalid, NotFound, require
from lms.learning.models import CertificateDetails, CourseCompletion
from lms.learning.service import correct_certificate_name
from lms.runs.models import Enrolment, Run
from lms.settings import ROOT

DEFAULT_TEMPLATE = "classic"
TEMPLATES: Mapping[str, Template] = {
    folder.name: load_template(folder) for folder in sorted((ROOT / "certificates").iterdir()) if folder.is_dir()
}
AT_ONCE = min(2, len(os.sched_getaffinity(0)))
"""How many certificates are printed at the same time: while one is set, another is signed."""
PRESS = Press(many=AT_ONCE)
DESK = Desk(many=AT_ONCE)
LONGEST_NAME = 120
SECOND_LANGUAGES = tuple(code for code in LANGUAGES if code != SOURCE_LANGUAGE)
"""What can stand beside English; beside each of them stands English."""
NO_CODE = grouped("0" * CODE_LENGTH)
"""On specimens: nobody's."""
SPECIMEN_NAMES = {
    SpecimenNames.USUAL: ("Fatima Zahra El Mansouri", "فاطمة الزهراء المنصوري"),
    SpecimenNames.LONGEST: (("Rajapaksa " * 12).strip(), ("عبد الرحمن " * 11).strip()[:LONGEST_NAME]),
}

log = structlog.get_logger("certification")


def issue_if_earned(db: Session, completion: CourseCompletion, now: datetime, *, issuer: Issuer) -> Certificate | None:
    """The certificate of this completion: issued now, or the one issued before, whatever became of it.

    None while the learner has not confirmed the name; the same completion is told again when they do.
    """
    known = issued_certificate(db, completion.enrolment_id, completion.kind)
    if known is not None:
        return known
    details = db.get(CertificateDetails, completion.enrolment_id)
    if details is None:
        return None
    frozen = _freeze(db, completion, details, issuer, now)
    try:
        with db.begin_nested():
            certificate = _write_certificate(db, completion.enrolment_id, completion.kind, frozen, None, now)
            db.add(
                ActiveCertificate(
                    enrolment_id=completion.enrolment_id, kind=completion.kind, certificate_id=certificate.id
                )
            )
            db.flush()
    except IntegrityError:  # the same completion was claimed elsewhere this very moment
        return issued_certificate(db, completion.enrolment_id, completion.kind)
    record_audit(db, None, "issue_certificate", f"certificate:{certificate.code}", now, after={"kind": completion.kind})
    _ask_for_print(db, certificate, now)
    kind = CertificateKind(completion.kind)
    _write_to_owner(db, certificate, EventKind.ISSUED, lambda about: letters.issued(about, kind), now)
    return certificate


def revoke_certificate(db: Session, actor: Person | None, code: str, *, reason: str, now: datetime) -> Certificate:
    """The certificate does not count any more; whoever verifies it is told since when, and its owner also why.

    Raises NotFound, Denied, and Conflict when it was revoked or replaced before.
    """
    found = certificate_to_end(db, code)
    certificate = found.certificate
    require(may_end_certificate(actor, found.owner_id, found.scope, now))
    if not reason.strip():
        raise Invalid({"reason": _("Say why, so that it can be understood later.")})
    active = _active(db, certificate)
    _tell(db, certificate, EventKind.REVOKED, actor, now, reason=reason.strip())
    db.delete(active)
    db.flush()
    _nobody_decides(db, [certificate.id], now)
    record_audit(
        db, actor, "revoke_certificate", f"certificate:{certificate.code}", now, after={"reason": reason.strip()}
    )
    day, why = now.astimezone(UTC).date(), reason.strip()
    _write_to_owner(db, certificate, EventKind.REVOKED, lambda about: letters.revoked(about, day, why), now)
    return certificate


def reissue_certificate(
    db: Session,
    actor: Person | None,
    code: str,
    *,
    name: str,
    local_name: str | None = None,
    reason: str | None = None,
    answer: str | None = None,
    now: datetime,
    sign: Sign | None = None,
) -> Certificate:
    """A new certificate with a corrected name and a new code; the old code answers "replaced".

    Everything else is printed as it was. Without a local name the old one stays. `answer` goes into the owner's letter,
    `reason` into the history, for ever. Raises as revoke_certificate does.
    """
    found = certificate_to_end(db, code)
    old = found.certificate
    require(may_end_certificate(actor, found.owner_id, found.scope, now))
    names = {
        "name": _checked_name("name", name),
        "local_name": _checked_name("local_name", local_name) if local_name else old.frozen["names"]["local_name"],
    }
    assert sign or "statement" not in old.frozen, "whoever signed the old one signs the new one"
    active = _active(db, old)
    frozen = _with_words(old.frozen | {"names": names}, _owner(db, old.enrolment_id), sign, now)
    certificate = _write_certificate(db, old.enrolment_id, old.kind, frozen, actor, now)
    _tell(db, old, EventKind.REPLACED, actor, now, reason=reason, replaced_by=certificate)
    active.certificate_id = certificate.id
    db.flush()
    _nobody_decides(db, [old.id], now)
    after = {"replaced_by": certificate.code}
    record_audit(db, actor, "reissue_certificate", f"certificate:{old.code}", now, after=after)
    _ask_for_print(db, certificate, now)
    code = certificate.code
    _write_to_owner(db, old, EventKind.REPLACED, lambda about: letters.replaced(about, code, answer), now)
    return certificate


def ask_correction(
    db: Session, person: Person, code: str, *, name: str, local_name: str | None, reason: str, now: datetime
) -> CorrectionRequest:
    """The owner asks that their certificate carries another name; without a local name the printed one stays.

    Raises NotFound, Invalid, and Conflict when it does not count any more or a request is open already.
    """
    certificate = _own(db, person, code)
    _active(db, certificate)
    request = CorrectionRequest(
        certificate_id=certificate.id,
        name=_latin_name(name),
        local_name=_checked_name("local_name", local_name) if local_name and local_name.strip() else None,
        reason=reason.strip(),
        asked_at=now,
    )
    if not request.reason:
        raise Invalid({"reason": _("Say why, so that somebody can decide.")})
    printed = certificate.frozen["names"]
    if request.name == printed["name"] and request.local_name in {None, printed["local_name"]}:
        raise Invalid({"name": _("This is what is printed already.")})
    try:
        with db.begin_nested():
            db.add(request)
            db.flush()
    except IntegrityError as error:
        raise Conflict(_("You have asked for a correction of this certificate; it is being decided.")) from error
    thing = f"certificate:{certificate.code}"
    record_audit(db, person, "ask_correction", thing, now, after={"request": request.public_id})
    return request


def withdraw_correction(db: Session, person: Person, code: str, now: datetime) -> None:
    """The owner takes an open request back. Raises NotFound, and Conflict when none is open."""
    certificate = _own(db, person, code)
    if not _nobody_decides(db, [certificate.id], now):
        raise Conflict(_("This request was decided or withdrawn before."))
    record_audit(db, person, "withdraw_correction", f"certificate:{certificate.code}", now)


def decide_correction(
    db: Session,
    actor: Person,
    public_id: str,
    decision: CorrectionState,
    *,
    answer: str,
    now: datetime,
    sign: Sign | None = None,
) -> None:
    """Accepted, the certificate is issued again with the name that was asked for; declined, the owner is told why.

    Raises NotFound, Denied, Invalid, and Conflict when somebody else has decided.
    """
    request = db.scalar(select(CorrectionRequest).where(CorrectionRequest.public_id == public_id))
    if request is None:
        raise NotFound
    certificate = db.get_one(Certificate, request.certificate_id)
    found = certificate_to_end(db, certificate.code)
    require(may_end_certificate(actor, found.owner_id, found.scope, now))
    answer = answer.strip()
    if decision is CorrectionState.DECLINED and not answer:
        raise Invalid({"answer": _("Write a sentence: the learner is told why.")})
    told = {"answer": answer or None, "decided_by_id": actor.id}
    if not _move(db, decision, CorrectionRequest.id == request.id, now, **told):
        raise Conflict(_("This request was decided or withdrawn before."))
    after = {"request": public_id, "decision": decision}
    record_audit(db, actor, "decide_correction", f"certificate:{certificate.code}", now, after=after)
    if decision is CorrectionState.DECLINED:
        _write_to_owner(db, certificate, f"declined-{public_id}", lambda about: letters.declined(about, answer), now)
        return
    # The history is for ever: it names the request, never the owner's words, which go with the account.
    name, local_name, reason = request.name or "", request.local_name, f"correction {public_id}"
    reissue_certificate(
        db,
        actor,
        certificate.code,
        name=name,
        local_name=local_name,
        reason=reason,
        answer=answer or None,
        now=now,
        sign=sign,
    )
    correct_certificate_name(db, certificate.enrolment_id, name=name, local_name=local_name)


def forget_person(db: Session, person: Person, now: datetime) -> None:
    """What a deleted account leaves here: certificates and their history as they are, of its requests no words."""
    mine = select(Certificate.id).join(Enrolment).where(Enrolment.person_id == person.id)
    ids = list(db.scalars(mine))
    _nobody_decides(db, ids, now)
    wordless = {"name": None, "local_name": None, "reason": None, "answer": None}
    db.execute(update(CorrectionRequest).where(CorrectionRequest.certificate_id.in_(ids)).values(wordless))


def print_certificate(
    database: Database, files: FileStore, certificate_id: int, *, keys: IssuerKeys | None = None
) -> str:
    """Set the PDF, sign it and keep it; its SHA-256. Holds no lock while it prints.

    May run twice: the same bytes come out, unless the issuer has another key meanwhile. A certificate that was issued
    without a signed statement is printed without a signature, as ever.
    """
    with database.session(write=False) as db:
        query = select(Certificate).options(joinedload(Certificate.template), joinedload(Certificate.printed))
        certificate = db.scalars(query.where(Certificate.id == certificate_id)).one()
    if certificate.printed and files.path(certificate.printed.sha256).exists():
        return certificate.printed.sha256
    frozen = certificate.frozen
    pdf = PRESS.print_certificate(Template(certificate.template.files), frozen, _pictures(files, frozen))
    if "statement" in certificate.frozen:
        assert keys, "a signed statement stands in a signed file"
        pdf = _sign_file(pdf, certificate, keys)
    digest = files.put(pdf)
    if certificate.printed and certificate.printed.sha256 != digest:
        log.warning("a lost certificate was printed anew and differs", code=certificate.code)
    with database.session(write=True) as db:
        insert = sqlite.insert if database.is_sqlite else postgresql.insert
        row = insert(PrintedCertificate).values(certificate_id=certificate_id, sha256=digest)
        db.execute(row.on_conflict_do_nothing())
        db.commit()
    return digest


def _pictures(files: FileStore, values: Mapping[str, Any]) -> dict[str, bytes]:
    """The logos that these values name. An edition never changes, so what it held is there for as long as it is."""
    return {each["sha256"]: _picture(files.get(each["sha256"]), each["type"]) for each in values.get("logos", ())}


def _picture(data: bytes, kind: str) -> bytes:
    if kind != "image/svg+xml":
        return data
    try:
        return render_logo(read_text(data)).encode()
    except Unreadable:  # taken in under other rules: the partner's name is printed instead
        return b""


def _sign_file(pdf: bytes, certificate: Certificate, keys: IssuerKeys) -> bytes:
    """With all that was frozen attached, as it stands in the database; at the moment of issue."""
    frozen = certificate.frozen
    words = {"issuer": frozen["issuer"], "field": frozen["words"]["signature"], "credential": frozen["words"]["data"]}
    credential = json.dumps(frozen, ensure_ascii=False, indent=1, sort_keys=True)
    return DESK.sign(pdf, credential, key=keys.private_pem, words=words, at=certificate.issued_at)


def print_specimen(
    db: Session,
    files: FileStore,
    course: Course,
    run_id: int | None,
    *,
    template: str,
    language: str,
    names: SpecimenNames,
    issuer: Issuer,
    now: datetime,
) -> bytes:
    """What a certificate of the run would look like in a template: marked, with a code that is nobody's, kept nowhere.

    Where no second language is named yet, the first there is stands in. Raises Conflict when it cannot be printed.
    """
    edition_id = edition_id_of(db, course)
    design = _design(db, run_id, reading(db, edition_id, language).package)
    design = replace(design, template=template, second_language=design.second_language or SECOND_LANGUAGES[0])
    name, local_name = SPECIMEN_NAMES[names]
    values = {
        "kind": CertificateKind.COMPLETION,
        "names": {"name": name, "local_name": local_name},
        "completed_on": now.date().isoformat(),
        **_issued_by(issuer),
        **_of_course(db, edition_id, language, design),
    }
    with use_language(language):
        values["specimen"] = _("Specimen")
    values = _finished(values, NO_CODE, now.date(), now)
    try:
        return PRESS.print_certificate(TEMPLATES[template], values, _pictures(files, values))
    except PrintRefused as refusal:
        log.warning("a specimen cannot be printed", template=template, course=course.slug, why=str(refusal))
        raise Conflict(_("This template cannot be printed with these names.")) from refusal


def design_certificates(
    db: Session,
    actor: Person,
    course: Course,
    run: Run,
    *,
    template: str | None,
    second_language: str | None,
    signatories: Sequence[Mapping[str, str]],
    now: datetime,
) -> None:
    """How certificates of the run look from now on; None and nobody: as the course says. Those issued stay as they are.

    Raises Denied, and Invalid where it could not be printed.
    """
    require(may_design(actor, f"course:{course.slug}", now))
    second = (
        second_language or reading(db, edition_id_of(db, course), SOURCE_LANGUAGE).package.certificate.second_language
    )
    if template and TEMPLATES[template].bilingual and not second:
        raise Invalid({"second_language": _("This template prints two languages: choose the one beside English.")})
    letters_of_all = "".join(text for each in signatories for text in each.values())
    if strange := unprintable_letters(letters_of_all):
        sentence = _("These letters cannot be printed on a certificate: %(letters)s", letters=strange)
        raise Invalid({"name_1": sentence})
    db.scalars(
        select(Run).where(Run.id == run.id).with_for_update()
    ).one()  # two who decide at once wait for each other
    design = db.get(CertificateDesign, run.id, populate_existing=True) or CertificateDesign(run_id=run.id)
    before = _as_told(design)
    design.template, design.second_language = template, second_language
    design.signatories = [dict(each) for each in signatories] or None
    db.add(design)
    db.flush()
    record_audit(db, actor, "design_certificates", f"run:{run.public_id}", now, before, _as_told(design))


def _as_told(design: CertificateDesign) -> dict[str, Any]:
    """For the audit log."""
    return {name: getattr(design, name) for name in ("template", "second_language", "signatories")}


def count_miss(database: Database, guesser: str, *, most: int, within: timedelta, now: datetime) -> None:
    """Remember that somebody asked for a code nobody holds. Its own transaction: it follows a page that only reads."""
    with database.session(write=True) as db:
        count_try(db, guesser, most=most, within=within, now=now)
        db.commit()


def personal_data(db: Session, person: Person, files: FileStore) -> dict[str, object]:
    """The person's part of this floor, for "export my data": every certificate, and the PDFs that are printed."""
    held = all_certificates_of(db, person)
    printed = {each.values.code: each.sha256 for each in held if each.sha256 and files.path(each.sha256).exists()}
    return {
        "certificates": [
            {
                "code": each.values.code,
                "kind": each.values.kind,
                "status": each.status.value,
                "ended_on": each.ended_on,
                "replaced_by": each.replaced_by,
                "name": each.values.name,
                "local_name": each.values.local_name,
                "course": each.values.course.text,
                "language": each.values.language,
                "completed_on": each.values.completed_on,
                "issued_on": each.values.issued_on,
                "issued_at": each.issued_at.isoformat(),
                "file": file_name(each.values.code) if each.values.code in printed else None,
            }
            for each in held
        ],
        "corrections": [
            {
                "certificate": each.certificate.code,
                "name": each.name,
                "local_name": each.local_name,
                "reason": each.reason,
                "state": each.state,
                "asked_at": each.asked_at.isoformat(),
                "answer": each.answer,
            }
            for code in held
            for each in corrections_of(db, code.values.code)
        ],
        "files": {file_name(code): files.get(digest) for code, digest in printed.items()},
    }


def file_name(code: str) -> str:
    """Of a certificate among others: nothing in it was typed by a person."""
    return f"certificate-{code}.pdf"


def _own(db: Session, person: Person, code: str) -> Certificate:
    found = certificate_to_end(db, code)
    if found.owner_id != person.id:
        raise NotFound
    return found.certificate


def _move(db: Session, to: CorrectionState, which: ColumnElement[bool], now: datetime, **told: object) -> int:
    """Compare and swap: how many requests have moved. Two who decide at once are told apart here."""
    movable = [state for state, ahead in NEXT_STATES.items() if to in ahead]
    change = update(CorrectionRequest).where(which, CorrectionRequest.state.in_(movable))
    moved = db.scalars(change.values(state=to, ended_at=now, **told).returning(CorrectionRequest.id))
    return len(moved.all())


def _nobody_decides(db: Session, certificates: list[int], now: datetime) -> int:
    """Open requests about these are withdrawn."""
    return _move(db, CorrectionState.WITHDRAWN, CorrectionRequest.certificate_id.in_(certificates), now)


def _active(db: Session, certificate: Certificate) -> ActiveCertificate:
    """The row that says this certificate counts, locked; Conflict when it counts no more."""
    query = select(ActiveCertificate).where(ActiveCertificate.certificate_id == certificate.id).with_for_update()
    active = db.scalar(query)
    if active is None:
        raise Conflict(_("This certificate was revoked or replaced before."))
    return active


def _write_certificate(
    db: Session, enrolment_id: int, kind: str, frozen: dict[str, Any], actor: Person | None, now: datetime
) -> Certificate:
    template = TEMPLATES[frozen["template"]]
    _keep_template(db, template)
    certificate = Certificate(
        code=frozen["code"],
        enrolment_id=enrolment_id,
        kind=kind,
        language=frozen["language"],
        frozen=frozen,
        digest=seal(frozen["code"], frozen, template.digest),
        template_digest=template.digest,
        issued_at=now,
    )
    db.add(certificate)
    db.flush()
    _tell(db, certificate, EventKind.ISSUED, actor, now)
    return certificate


def _keep_template(db: Session, template: Template) -> None:
    insert = sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = insert(CertificateTemplate).values(digest=template.digest, files=dict(template.files))
    db.execute(row.on_conflict_do_nothing())


def _tell(
    db: Session,
    certificate: Certificate,
    kind: EventKind,
    actor: Person | None,
    now: datetime,
    *,
    reason: str | None = None,
    replaced_by: Certificate | None = None,
) -> None:
    """Append to the history. It is one chain, so whoever appends waits here for whoever else does."""
    who = f"person:{actor.public_id}" if actor else "system"
    length, last = db.execute(select(CertificateHistory.length, CertificateHistory.hash).with_for_update()).one()
    successor = replaced_by.code if replaced_by else None
    code, digest = certificate.code, certificate.digest
    linked = link(last, code=code, digest=digest, kind=kind, reason=reason, successor=successor, actor=who, at=now)
    db.add(
        CertificateEvent(
            certificate_id=certificate.id,
            kind=kind,
            reason=reason,
            replaced_by_id=replaced_by.id if replaced_by else None,
            actor=who,
            at=now,
            prev_hash=last,
            hash=linked,
        )
    )
    db.execute(update(CertificateHistory).values(length=length + 1, hash=linked))
    db.flush()


def _owner(db: Session, enrolment_id: int) -> Person:
    return db.scalars(select(Person).join(Enrolment).where(Enrolment.id == enrolment_id)).one()


def _write_to_owner(
    db: Session, certificate: Certificate, effect: str, say: Callable[[About], Words], now: datetime
) -> None:
    """Queue a letter in the owner's language, once for each effect; deleted people get none."""
    owner = _owner(db, certificate.enrolment_id)
    if owner.deleted_at is not None:
        return
    frozen = certificate.frozen
    with use_language(owner.language if owner.language in LANGUAGES else SOURCE_LANGUAGE):
        language = current_language().code
        about = About(
            name=owner.name,
            platform=frozen["platform"],
            course=" ".join(frozen["course_title"].split()),  # a subject is one line
            code=certificate.code,
            own_certificates=f"{frozen['base_url']}/{language}/certificates/",
            verification=frozen["verify_url"],
        )
        words = say(about)
        queue_letter(
            db,
            key=f"certificate.{effect}:{certificate.code}",
            to_name=owner.name,
            to_email=owner.email,
            subject=words.subject,
            text=words.text,
            language=language,
            now=now,
        )


def _ask_for_print(db: Session, certificate: Certificate, now: datetime) -> None:
    enqueue(db, "certificate.render", f"certificate.render:{certificate.code}", {"certificate": certificate.id}, now)


def _latin_name(name: str) -> str:
    """By the rules that hold when a name is confirmed."""
    name = " ".join(name.split())
    if not is_latin_name(name):
        raise Invalid(
            {"name": _("Write your name in Latin letters, with spaces, hyphens, apostrophes and points only.")}
        )
    return _checked_name("name", name)


def _checked_name(field: str, name: str) -> str:
    name = printable_name(name)
    if not name or len(name) > LONGEST_NAME:
        raise Invalid({field: _("Write a name of at most %(number)s letters.", number=LONGEST_NAME)})
    if strange := unprintable_letters(name):
        raise Invalid({field: _("These letters cannot be printed on a certificate: %(letters)s", letters=strange)})
    return name


# -- what is frozen


def _freeze(
    db: Session, completion: CourseCompletion, details: CertificateDetails, issuer: Issuer, now: datetime
) -> dict[str, Any]:
    """Everything that is printed, as it is at this moment."""
    owner, run_id = _owner(db, completion.enrolment_id), db.get_one(Enrolment, completion.enrolment_id).run_id
    read = reading(db, completion.edition_id, details.language)
    design = _design(db, run_id, read.package)
    return _with_words(
        {
            "kind": completion.kind,
            "criteria": _criteria(read, completion.kind),
            "names": _names(db, completion, details),
            "completed_on": _day(completion.completed_at, owner).isoformat(),
            **_issued_by(issuer),
            **_of_course(db, completion.edition_id, details.language, design),
        },
        owner,
        issuer.sign,
        now,
    )


def _criteria(read: Reading, kind: str) -> list[str]:
    """What earned it, for its badge: not printed."""
    demanded = demanded_for(read.package.certificate, kind)
    with use_language(read.language if read.language in LANGUAGES else SOURCE_LANGUAGE):
        return requirement_sentences(read, demanded) if demanded else []


def _issued_by(issuer: Issuer) -> dict[str, str]:
    return {"issuer": issuer.name, "platform": issuer.platform, "base_url": issuer.base_url}


@dataclass(frozen=True, slots=True)
class _Design:
    """How a certificate looks: as its run says, else as its course does."""

    template: str
    second_language: str | None
    signatories: Sequence[Mapping[str, str]]

    def beside(self, language: str) -> str | None:
        """The language that stands beside another, if this is a sheet in two."""
        if not TEMPLATES[self.template].bilingual:
            return None
        return self.second_language if language == SOURCE_LANGUAGE else SOURCE_LANGUAGE


def _design(db: Session, run_id: int | None, package: Package) -> _Design:
    own = (db.get(CertificateDesign, run_id) if run_id else None) or CertificateDesign()
    rule = package.certificate
    template, second = own.template or rule.template, own.second_language or rule.second_language
    if template not in TEMPLATES or (TEMPLATES[template].bilingual and second not in SECOND_LANGUAGES):
        template = DEFAULT_TEMPLATE
    course = [{"name": each.name, "role": each.role} for each in rule.signatories]
    return _Design(template, second, own.signatories or course or TEMPLATES[template].signatures)


def _of_course(db: Session, edition_id: int, language: str, design: _Design) -> dict[str, Any]:
    """What a certificate says of its course and of those behind it, in one language or two."""
    course = reading(db, edition_id, language)
    language = language if language in LANGUAGES else SOURCE_LANGUAGE
    beside = design.beside(language)
    partners = course.package.partners
    logos = {each.name: each.logo for each in partners if each.logo}
    said = {
        **_block(course, language, design),
        "hours": course.package.certificate.hours,
        "partners": [each.name for each in partners],
        "template": design.template,
    }
    if logos:
        kept = db.scalars(select(Edition.manifest).where(Edition.id == edition_id)).one()
        said["logos"] = [
            {"name": name, "sha256": kept[path], "type": CONTENT_TYPES[path.rpartition(".")[2].lower()]}
            for name, path in logos.items()
        ]
    if beside:
        said["second"] = _block(reading(db, edition_id, beside), beside, design)
    return said


def _block(course: Reading, language: str, design: _Design) -> dict[str, Any]:
    title = course.text("course", course.package.title)
    return {
        "language": language,
        "course_title": title.text,
        "course_language": title.lang,
        "signatures": [
            {"name": each["name"], "role": course.text("course", each["role"]).text} for each in design.signatories
        ],
    }


def _day(instant: datetime, owner: Person) -> date:
    """The day on the owner's calendar, where they live now."""
    return instant.astimezone(ZoneInfo(owner.time_zone)).date()


def _names(db: Session, completion: CourseCompletion, details: CertificateDetails) -> dict[str, str]:
    """The confirmed names. A local name in letters our type does not have is left out rather than printed as boxes."""
    local_name = printable_name(details.local_name or "")
    if unprintable_letters(local_name):
        enrolment = db.get_one(Enrolment, completion.enrolment_id)
        log.warning("a local name cannot be printed", enrolment=enrolment.public_id)
        local_name = ""
    return {"name": printable_name(details.name), "local_name": local_name}


def _with_words(values: Mapping[str, Any], owner: Person, sign: Sign | None, now: datetime) -> dict[str, Any]:
    """The values as they are printed, with a new code and the day of issue; signed."""
    frozen = _finished(values, new_code(), _day(now, owner), now)
    return {**frozen, "statement": sign(frozen)} if sign else frozen


def _finished(values: Mapping[str, Any], code: str, issued_on: date, now: datetime) -> dict[str, Any]:
    """The values with this code, and in each language all that is said on the sheet."""
    groups = code.split("-")
    half = (len(groups) + 1) // 2
    base_url = str(values["base_url"])
    finished = {
        **values,
        "code": code,
        "code_lines": ["-".join(groups[:half]), "-".join(groups[half:])],
        "verify_url": f"{base_url}/v/{code}",
        "verify_at": f"{base_url.partition('://')[2]}/v",
        "issued_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "issued_on": issued_on.isoformat(),
        **_said(values, values, issued_on),
    }
    if "second" in values:
        finished["second"] = {**values["second"], **_said(values, values["second"], issued_on)}
    return finished


def _said(values: Mapping[str, Any], block: Mapping[str, Any], issued_on: date) -> dict[str, Any]:
    """The finished sentences of a block, in its language."""
    with use_language(block["language"]):
        return {
            "direction": direction(block["language"]),
            "facts": _facts(values, issued_on),
            "words": _words(values, block["course_title"]),
        }


def _facts(values: Mapping[str, Any], issued_on: date) -> list[dict[str, str]]:
    completed_on = date.fromisoformat(values["completed_on"])
    return [
        {"label": _("Learning time"), "text": learning_time(values["hours"])},
        {"label": _("Completed on"), "text": format_date(completed_on)},
        {"label": _("Issued on"), "text": format_date(issued_on)},
    ]


def _words(values: Mapping[str, Any], course: str) -> dict[str, str]:
    completed = values["kind"] == CertificateKind.COMPLETION
    heading = _("Certificate of completion") if completed else _("Certificate of participation")
    name = values["names"]["name"]
    return {
        "heading": heading,
        "awarded_to": _("This certificate is awarded to"),
        "for": _("for completing the course") if completed else _("for taking part in the course"),
        "code": _("Verification code"),
        "verify_at": _("Verify at"),
        "partners": _("In partnership with"),
        "qr": _("QR code that opens the page where this certificate is verified"),
        "signature": _("Signature of the issuer"),
        "data": _("What this certificate says, as data with a signed statement"),
        "document_title": _("%(certificate)s: %(name)s", certificate=heading, name=name),
        "description": _("%(certificate)s for the course “%(course)s”", certificate=heading, course=course),
    }
