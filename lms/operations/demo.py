"""People to try the platform with, one for each role; their passwords are made on the first start and kept."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import Person, RoleGrant
from lms.accounts.passwords import hash_password
from lms.accounts.rules import Role
from lms.accounts.service import keep_words
from lms.catalog.models import Course, CourseLanguage, Edition
from lms.catalog.service import TRANSLATIONS
from lms.kernel.audit import record_audit
from lms.settings import Settings

PEOPLE_FILE = "demo-people.txt"
HERE_FOR = timedelta(days=365)
"""How long the sample people have had their roles: they led runs that are over."""


@dataclass(frozen=True, slots=True)
class Sample:
    key: str
    name: str
    local_name: str | None
    language: str
    role: Role | None

    @property
    def email(self) -> str:
        return f"{self.key}@example.org"


SAMPLES = [
    Sample("ada", "Ada Okafor", None, "en", None),
    Sample("amal", "Amal Haddad", "أمل حدّاد", "ar", None),
    Sample("bo", "Bo Lindqvist", None, "en", Role.TRAINER),
    Sample("chi", "Chi Benali", "شي بن علي", "fr", Role.TRANSLATOR),
    Sample("dee", "Dee Fernández", None, "es", Role.ADMINISTRATOR),
    Sample("femi", "Femi Adeyemi", None, "en", Role.PROGRAMME_MANAGER),
    Sample("gala", "Gala Petrova", None, "en", Role.COORDINATOR),
    Sample("hana", "Hana Sato", None, "en", Role.AUTHOR),
    Sample("ivo", "Ivo Marques", None, "en", Role.REVIEWER),
]


def is_taken_in(db: Session, slug: str, files: Mapping[str, bytes]) -> bool:
    """Whether these very files were loaded last: then nothing needs to be read, and the start is quick."""
    course = db.scalar(select(Course).where(Course.slug == slug))
    if course is None:
        return False
    edition = (Edition.course_id == course.id, Edition.number == course.edition_number)
    kept = dict(db.scalars(select(Edition.manifest).where(*edition)).one())
    languages = select(CourseLanguage).where(
        CourseLanguage.course_id == course.id, CourseLanguage.catalogue.is_not(None)
    )
    kept |= {f"{TRANSLATIONS}{row.language}.po": row.catalogue for row in db.scalars(languages)}
    return kept == {path: sha256(data).hexdigest() for path, data in files.items()}


@dataclass(frozen=True, slots=True)
class LogIn:
    role: str
    email: str
    password: str


def make_sample_people(db: Session, settings: Settings, now: datetime) -> list[LogIn]:
    """Those of the sample people who are not there yet, and how to log in as each of them."""
    path = settings.data_dir / PEOPLE_FILE
    kept = _read(path)
    passwords = {sample.email: kept.get(sample.email) or secrets.token_urlsafe(9) for sample in SAMPLES}
    _keep(path, passwords)
    known = set(db.scalars(select(Person.email).where(Person.email.in_(passwords))))
    quick = replace(settings, argon2_time=1, argon2_memory_kib=8192)  # passwords this random need no slow hash
    for sample in SAMPLES:
        if sample.email not in known:
            _make(db, quick, sample, passwords[sample.email], now)
    return [LogIn(sample.role or "learner", sample.email, passwords[sample.email]) for sample in SAMPLES]


def _make(db: Session, settings: Settings, sample: Sample, password: str, now: datetime) -> None:
    since = now - HERE_FOR
    person = Person(
        email=sample.email,
        email_confirmed_at=now,
        password_hash=hash_password(settings, password),
        name=sample.name,
        local_name=sample.local_name,
        language=sample.language,
        created_at=since,
        grants=[RoleGrant(role=sample.role, valid_from=since)] if sample.role else [],
    )
    db.add(person)
    keep_words(db, person)
    record_audit(db, None, "add_sample_person", f"person:{person.public_id}", now, after={"role": sample.role})


def _read(path: Path) -> Mapping[str, str]:
    if not path.exists():
        return {}
    return dict(line.split(" ", 1) for line in path.read_text().splitlines())


def _keep(path: Path, passwords: Mapping[str, str]) -> None:
    draft = path.with_suffix(".part")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("".join(f"{email} {password}\n" for email, password in passwords.items()))
    draft.rename(path)
