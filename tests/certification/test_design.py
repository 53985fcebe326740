"""How certificates look: what a course says, what a run says differently, and the specimens that show it first."""

from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.accounts.rules import Role
from lms.assessment.question_types import KINDS
from lms.catalog.models import Course
from lms.catalog.service import export_course
from lms.catalog.source.package import read_package
from lms.catalog.source.problems import PackageProblems
from lms.certification import service
from lms.certification.models import Certificate, CertificateDesign
from lms.certification.queries import broken_certificates, certificate_by_code
from lms.certification.rules import CertificateKind, SpecimenNames
from lms.certification.service import NO_CODE, design_certificates, issue_if_earned, print_certificate
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.kernel.models import AuditEntry
from lms.kernel.refusals import Denied, Invalid
from lms.runs.models import Enrolment, Run
from tests.certification.earning import ISSUER, confirm
from tests.certification.samples import LEAF, PICTURES
from tests.certification.test_administration import send
from tests.certification.test_corrections import make_staff
from tests.certification.test_render import words_of
from tests.factories import COURSE, SLUG, course_files, load, make_enrolment, translated_fully
from tests.people import log_in, make_person

PARTNERS = (
    "partners: [{name: Food Agency, logo: media/leaf.svg}, Cash Alliance, {name: Water, logo: media/water.png}]\n"
)
BILINGUAL = """  template: bilingual
  second_language: ar
  signatories: [{name: Amal Haddad, role: Head of learning}]
"""
PAGE = f"/en/administration/certificates/design/{SLUG}/"


def files_of(partners: str = PARTNERS, rule: str = BILINGUAL) -> dict[str, bytes]:
    course = COURSE.replace("licence:", f"{partners}licence:").replace("  hours: 0.5\n", f"  hours: 0.5\n{rule}")
    logos = {"media/leaf.svg": LEAF.encode(), "media/water.png": PICTURES[1][1]}
    return course_files(course=course) | {path: data for path, data in logos.items() if path in partners}


@pytest.fixture
def ada(db: Session) -> Person:
    return make_person(db, "ada")


@pytest.fixture
def enrolment(db: Session, tmp_path: Path, now: datetime, ada: Person) -> Enrolment:
    load(db, tmp_path, now, translated_fully(files_of(), "ar", "عربي"))
    return make_enrolment(db, ada, now)


def issue(db: Session, enrolment: Enrolment, now: datetime, kind: CertificateKind, language: str) -> Certificate:
    from_course = service.edition_id_of(db, db.scalars(select(Course)).one())
    if kind is CertificateKind.COMPLETION:
        confirm(db, enrolment, now, name="Ada Okafor", local_name="أدا أوكافور", language=language)
    completion = service.CourseCompletion(
        enrolment_id=enrolment.id, kind=kind, edition_id=from_course, completed_at=now
    )
    db.add(completion)
    db.flush()
    certificate = issue_if_earned(db, completion, now, issuer=ISSUER)
    assert certificate
    return certificate


# -- what a course says


def test_a_package_with_logos_and_signatories_goes_round_byte_for_byte(
    db: Session, tmp_path: Path, now: datetime
) -> None:
    files = files_of()
    package = read_package(SLUG, files, KINDS)
    assert [(each.name, each.logo) for each in package.partners] == [
        ("Food Agency", "media/leaf.svg"), ("Cash Alliance", None), ("Water", "media/water.png"),
    ]  # fmt: skip
    assert "Head of learning" in package.documents["course"]
    assert "Amal Haddad" not in package.documents["course"]
    load(db, tmp_path, now, files)
    store = FileStore(tmp_path / "files")
    assert export_course(db, db.scalars(select(Course)).one(), store) == files


@pytest.mark.parametrize(
    ("partners", "rule", "told"),
    [
        (PARTNERS, "  template: bilingual\n", "prints two languages"),
        (PARTNERS, "  second_language: en\n", "must be one of"),
        (PARTNERS, "  second_language: tlh\n", "must be one of"),
        (PARTNERS, "  signatories: [{name: Amal}]\n", "“role” is missing"),
        (PARTNERS, f"  signatories: [{', '.join(['{name: A, role: B}'] * 4)}]\n", "holds more than 3"),
        ("partners: [{name: A, logo: media/leef.svg}]\n", "", "There is no file media/leef.svg"),
        ("partners: [{name: A, logo: ../leaf.svg}]\n", "", "a logo lies in media/"),
        ("partners: [{name: A, logo: media/steps.svg}]\n", "", "A logo has no <text>"),
        ("partners: [{name: A, logo: lessons/what.md}]\n", "", "a logo lies in media/"),
        ("partners: [{logo: media/leaf.svg}]\n", "", "“name” is missing"),
        (f"partners: [{', '.join(['{name: A, logo: media/leaf.svg}'] * 7)}]\n", "", "At most 6 partners"),
    ],
)
def test_what_is_wrong_with_it_is_said(partners: str, rule: str, told: str) -> None:
    with pytest.raises(PackageProblems) as refused:
        read_package(SLUG, files_of(partners, rule), KINDS)
    assert any(told in problem.sentence for problem in refused.value.problems), refused.value.problems


@pytest.mark.parametrize(
    ("file", "data", "told"),
    [
        ("media/big.png", PICTURES[1][1] + b"x" * 30_000, "at most 30 KB"),
        ("media/wide.png", PICTURES[1][1].replace((900).to_bytes(4, "big"), (9000).to_bytes(4, "big"), 1), "pixels"),
        ("media/moving.gif", b"GIF89a\x10\x00\x10\x00", "an svg, png or jpg"),
        ("media/script.svg", b'<svg viewBox="0 0 9 9"><script>1</script></svg>', "not allowed in a figure"),
    ],
)
def test_a_logo_that_does_not_belong_on_paper_is_refused(file: str, data: bytes, told: str) -> None:
    files = files_of(f"partners: [{{name: A, logo: {file}}}]\n") | {file: data}
    with pytest.raises(PackageProblems) as refused:
        read_package(SLUG, files, KINDS)
    assert any(told in problem.sentence for problem in refused.value.problems), refused.value.problems


# -- what is frozen


def test_two_languages_logos_and_signatories_are_frozen_and_printed(
    db: Session, database: Database, tmp_path: Path, now: datetime, enrolment: Enrolment
) -> None:
    files = FileStore(tmp_path / "files")
    certificate = issue(db, enrolment, now, CertificateKind.COMPLETION, "en")
    frozen, number = dict(certificate.frozen), certificate.id
    assert (frozen["language"], frozen["second"]["language"], frozen["second"]["direction"]) == ("en", "ar", "rtl")
    assert frozen["second"]["course_title"] == "عربي Cash transfers: the first steps"
    assert frozen["second"]["course_language"] == "ar"
    assert frozen["second"]["words"]["heading"] != frozen["words"]["heading"]
    assert len(frozen["second"]["facts"]) == 3
    assert frozen["signatures"] == [{"name": "Amal Haddad", "role": "Head of learning"}]
    assert frozen["second"]["signatures"] == [{"name": "Amal Haddad", "role": "عربي Head of learning"}]
    assert [(each["name"], each["type"]) for each in frozen["logos"]] == [
        ("Food Agency", "image/svg+xml"), ("Water", "image/png"),
    ]  # fmt: skip
    assert files.get(frozen["logos"][0]["sha256"]) == LEAF.encode()
    db.commit()
    load(db, tmp_path, now, files_of("", ""))  # the course drops it all
    db.commit()
    text = words_of(files.get(print_certificate(database, files, number)), tmp_path)
    for said in ("Ada Okafor", "Certificate of completion", "Amal Haddad", "Cash Alliance"):
        assert said in text
    assert "Food Agency" not in text, "its logo stands there"
    assert broken_certificates(db) == []


def test_beside_every_other_language_stands_english(db: Session, now: datetime, enrolment: Enrolment) -> None:
    frozen = issue(db, enrolment, now, CertificateKind.COMPLETION, "ar").frozen
    assert (frozen["language"], frozen["second"]["language"]) == ("ar", "en")
    assert frozen["second"]["course_title"] == "Cash transfers: the first steps"


def test_what_a_run_says_counts_from_then_on(db: Session, now: datetime, enrolment: Enrolment) -> None:
    course, run = db.scalars(select(Course)).one(), db.scalars(select(Run)).one()
    before = issue(db, enrolment, now, CertificateKind.COMPLETION, "en")
    as_issued = dict(before.frozen)
    co = make_staff(db, "co", Role.COORDINATOR, now, f"course:{SLUG}")
    bo = make_staff(db, "bo", Role.TRAINER, now)
    signs = [{"name": "Bo Lind", "role": "Trainer"}]
    with pytest.raises(Denied):
        design_certificates(db, bo, course, run, template="modern", second_language=None, signatories=signs, now=now)
    design_certificates(db, co, course, run, template="modern", second_language=None, signatories=signs, now=now)
    after = issue(db, enrolment, now, CertificateKind.PARTICIPATION, "en").frozen
    assert after["template"] == "modern"
    assert after["signatures"] == signs
    assert "second" not in after
    db.refresh(before)
    assert before.frozen == as_issued
    entry = db.scalars(select(AuditEntry).where(AuditEntry.action == "design_certificates")).one()
    assert entry.after == {"template": "modern", "second_language": None, "signatories": signs}
    strange = [{"name": "Bo 林", "role": "Trainer"}]
    with pytest.raises(Invalid):
        design_certificates(db, co, course, run, template=None, second_language=None, signatories=strange, now=now)


# -- specimens


@pytest.mark.parametrize("names", list(SpecimenNames))
def test_a_specimen_is_marked_and_verifies_nothing(
    db: Session, tmp_path: Path, now: datetime, enrolment: Enrolment, names: SpecimenNames
) -> None:
    course, files = db.scalars(select(Course)).one(), FileStore(tmp_path / "files")
    kept = sorted(path for path in (tmp_path / "files").rglob("*") if path.is_file())
    for template in service.TEMPLATES:
        pdf = service.print_specimen(
            db, files, course, enrolment.run_id, template=template, language="en", names=names, issuer=ISSUER, now=now
        )
        text = words_of(pdf, tmp_path, "-raw")
        assert "Specimen" in text
        assert "0000-0000-0000-0000" in text
        assert "Amal Haddad" in text
    assert certificate_by_code(db, NO_CODE) is None
    assert not db.new
    assert not db.dirty
    assert sorted(path for path in (tmp_path / "files").rglob("*") if path.is_file()) == kept


@pytest.fixture
def coordinator(app: Flask, db: Session, now: datetime, enrolment: Enrolment) -> FlaskClient:
    co = make_staff(db, "co", Role.COORDINATOR, now, f"course:{SLUG}")
    db.commit()
    return log_in(app, co)


def test_the_page_shows_sheets_and_keeps_what_a_run_says(db: Session, coordinator: FlaskClient) -> None:
    page = coordinator.get(f"{PAGE}?template=modern&language=ar&names=longest")
    assert page.status_code == 200
    assert "template=modern&amp;language=ar&amp;names=longest" in page.text
    assert coordinator.get(f"{PAGE}?template=none").status_code == 422
    pdf = coordinator.get(f"{PAGE}specimen.pdf?template=modern&language=ar&names=usual")
    assert (pdf.status_code, pdf.content_type) == (200, "application/pdf")
    assert pdf.data.startswith(b"%PDF")
    assert coordinator.get(f"{PAGE}specimen.pdf?template=none").status_code == 404
    assert coordinator.get(f"{PAGE}specimen.pdf?run=none").status_code == 404
    said = {"template": "bilingual", "second_language": "fr", "name_1": "Bo Lind", "role_1": "Trainer"}
    assert send(coordinator, PAGE, **said) == 303
    kept = db.scalars(select(CertificateDesign)).one()
    assert (kept.template, kept.second_language) == ("bilingual", "fr")
    assert kept.signatories == [{"name": "Bo Lind", "role": "Trainer"}]
    db.rollback()
    assert 'value="Bo Lind"' in coordinator.get(PAGE).text
    assert send(coordinator, PAGE, template="", second_language="", name_1="Bo Lind") == 422
    assert send(coordinator, PAGE, template="none", second_language="") == 422
    assert send(coordinator, PAGE, template="", second_language="") == 303
    db.expire_all()
    assert db.scalars(select(CertificateDesign.signatories)).all() == [None]


@pytest.mark.parametrize(
    ("role", "scope", "status"),
    [
        (Role.COORDINATOR, f"course:{SLUG}", 200),
        (Role.PROGRAMME_MANAGER, "*", 200),
        (Role.TRAINER, f"course:{SLUG}", 403),
        (Role.COORDINATOR, "course:another", 404),
        (Role.AUTHOR, f"course:{SLUG}", 404),
    ],
)
def test_by_the_matrix(
    app: Flask, db: Session, now: datetime, enrolment: Enrolment, role: Role, scope: str, status: int
) -> None:
    actor = make_staff(db, "who", role, now, scope)
    db.commit()
    client = log_in(app, actor)
    assert client.get(PAGE).status_code == status
    if status != 200:
        assert client.get(f"{PAGE}specimen.pdf").status_code == status
        assert send(client, PAGE, template="", second_language="") == status
    listed = client.get("/en/administration/certificates/").text
    assert (PAGE in listed) == (status == 200)
