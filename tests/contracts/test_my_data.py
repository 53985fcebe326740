"""Everything that is kept about a person is in the file they take along."""

import json
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.assessment.models import Attempt
from lms.assessment.service import grant_extra_time, save_answer
from lms.certification.models import Certificate
from lms.certification.service import print_certificate
from lms.certification.signing.keys import issuer_keys
from lms.kernel import clock
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.learning.models import CertificateDetails
from lms.runs.models import Enrolment, Run
from lms.runs.rules import RunKind
from lms.settings import Settings
from tests.contracts.world import GUIDED, World, build_world
from tests.factories import SLUG


@pytest.fixture
def world(app: Flask, database: Database, settings: Settings, tmp_path: Path) -> World:
    return build_world(app, database, settings, tmp_path)


def test_all_of_it_comes_out_of_the_zip(world: World, database: Database, db: Session, settings: Settings) -> None:
    ada, now = world.people["ada"], clock.now()
    alone = select(Enrolment).join(Run, Run.id == Enrolment.run_id).where(Run.kind == RunKind.SELF_PACED)
    enrolment = db.scalars(alone.where(Enrolment.person_id == ada.id)).one()
    enrolment.country, enrolment.gender = "NG", "female"
    details = db.get_one(CertificateDetails, enrolment.id)
    details.local_name = "أدا أوكافور"
    grant_extra_time(db, None, enrolment, 50, now)
    attempt = db.scalars(select(Attempt).where(Attempt.public_id == world.values["attempt"])).one()
    answer = {"choice": "enrol"}
    save_answer(
        db, attempt, client="page-0001", client_seq=1, question_key="first", payload=answer, language="ar", now=now
    )
    db.commit()
    certificate = db.scalars(select(Certificate).where(Certificate.kind == "completion")).one()
    db.commit()  # lets others write
    files = FileStore(settings.data_dir / "files")
    digest = print_certificate(database, files, certificate.id, keys=issuer_keys(settings))

    sent = world.clients["ada"].get("/en/profile/my-data.zip")
    with ZipFile(BytesIO(sent.data)) as packed:
        assert packed.testzip() is None
        assert sorted(packed.namelist()) == ["data.json", f"files/certificate-{certificate.code}.pdf"]
        assert packed.read(f"files/certificate-{certificate.code}.pdf") == files.get(digest)
        facts = json.loads(packed.read("data.json"))
    assert facts["account"]["email"] == ada.email
    course, dated = sorted(facts["courses"], key=lambda each: each["course"] != SLUG)
    assert (dated["course"], dated["run"], dated["track"]) == (GUIDED, "Autumn 2026", "open")
    assert (course["run"], dated["withdrawn_at"]) == (None, None)
    assert (course["course"], course["country"], course["gender"]) == (SLUG, "NG", "female")
    assert set(course["completed"]) == {"completion", "participation"}
    confirmed = {name: course["certificate_details"][name] for name in ("name", "local_name", "language")}
    assert confirmed == {"name": "Ada Okafor", "local_name": "أدا أوكافور", "language": "en"}
    assert [(each["course"], each["quiz"], each["percent"]) for each in facts["extra_time"]] == [(SLUG, "*", 50)]
    [told] = facts["attempts"]
    assert (told["course"], told["quiz"], told["state"]) == (SLUG, "final", "open")
    assert [(each["question"], each["answer"], each["language"]) for each in told["answers"]] == [
        ("first", answer, "ar")
    ]
    held = {each["kind"]: (each["code"], each["file"]) for each in facts["certificates"]}
    assert held.pop("completion") == (certificate.code, f"certificate-{certificate.code}.pdf")
    assert held["participation"][1] is None, "not printed yet"

    theirs = world.clients["eve"].get("/en/profile/my-data.zip")
    with ZipFile(BytesIO(theirs.data)) as packed:
        assert packed.namelist() == ["data.json"]
        assert certificate.code not in packed.read("data.json").decode()
