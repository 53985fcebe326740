"""Verbs of the catalogue: taking in a course package, giving it back, moving a course through its life."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.catalog.models import Course, CourseLanguage, Edition
from lms.catalog.queries import Reading, read_in
from lms.catalog.rules import NEXT_STAGES, Stage
from lms.catalog.source.catalogue import read_catalogue
from lms.catalog.source.inline import words
from lms.catalog.source.parts import Package
from lms.kernel.audit import record_audit
from lms.kernel.files import FileStore
from lms.kernel.i18n import _
from lms.kernel.refusals import Conflict
from lms.kernel.text import fold
from lms.translation.service import TranslatedText, take_in_sources, take_in_translations, withdraw_language

TRANSLATIONS = "translations/"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What taking in a package changed."""

    slug: str
    edition: int
    new_edition: bool
    translations_changed: dict[str, int]

    @property
    def nothing_new(self) -> bool:
        return not self.new_edition and not any(self.translations_changed.values())


def load_course(
    db: Session, actor: Person | None, package: Package, files: Mapping[str, bytes], store: FileStore, now: datetime
) -> Loaded:
    """Take in a checked package: all of it in this transaction, or nothing.

    The same package again changes nothing; changed source files make a new edition, while whoever is in the middle of a
    quiz keeps the one they began with; changed translations are taken over without a new edition.
    """
    sources = {path: data for path, data in files.items() if not path.startswith(TRANSLATIONS)}
    manifest = {path: store.put(data) for path, data in sorted(sources.items())}
    digest = sha256("\n".join(f"{path} {name}" for path, name in manifest.items()).encode()).hexdigest()
    course = db.scalar(select(Course).where(Course.slug == package.slug).with_for_update())
    edition = None if course is None else current_edition(db, course)
    new_edition = edition is None or edition.digest != digest
    if edition is None or new_edition:
        refs = take_in_sources(db, package.slug, package.documents, now)
        course = course or _new_course(db, package, now)
        course.edition_number = (edition.number if edition else 0) + 1
        _describe(course, package)
        db.flush()
        edition = Edition(
            course_id=course.id,
            number=course.edition_number,
            digest=digest,
            manifest=manifest,
            content=package.model_dump_json(),
            segments={name: [[ref.segment, ref.revision] for ref in found] for name, found in refs.items()},
            created_at=now,
        )
        db.add(edition)
        db.flush()
        record_audit(
            db, actor, "load_edition", f"course:{course.slug}", now, after={"edition": edition.number, "digest": digest}
        )
    assert course is not None
    changed = {
        language: _take_in_language(db, actor, course, language, data, store, now)
        for language, data in sorted(_catalogues(files).items())
    }
    changed |= _withdraw_gone_languages(db, actor, course, set(changed), now)
    if new_edition or any(changed.values()):
        refresh_languages(db, course, edition, package)
    return Loaded(course.slug, edition.number, new_edition, changed)


def _new_course(db: Session, package: Package, now: datetime) -> Course:
    course = Course(slug=package.slug, stage=package.stage, edition_number=0, created_at=now)
    db.add(course)
    return course


def _describe(course: Course, package: Package) -> None:
    course.source_language = package.language
    course.category = package.category
    course.series = package.series.title if package.series else None
    course.series_number = package.series.number if package.series else None
    course.minutes = package.minutes


def _catalogues(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {
        path.removeprefix(TRANSLATIONS).removesuffix(".po"): data
        for path, data in files.items()
        if path.startswith(TRANSLATIONS) and path.endswith(".po")
    }


def _take_in_language(
    db: Session, actor: Person | None, course: Course, language: str, data: bytes, store: FileStore, now: datetime
) -> int:
    """Take over one translation file; give how many translations changed."""
    name = store.put(data)
    row = db.get(CourseLanguage, (course.id, language))
    if row is not None and row.catalogue == name:
        return 0
    entries = [
        TranslatedText(entry.document, entry.source, entry.target, entry.previous_source, entry.fuzzy)
        for entry in read_catalogue(data).entries
    ]
    changed = take_in_translations(db, course.slug, language, entries, now)
    if row is None:
        row = CourseLanguage(course_id=course.id, language=language, revision=0, **_EMPTY)
        db.add(row)
    row.catalogue = name
    db.flush()
    record_audit(
        db, actor, "load_translations", f"course:{course.slug}", now, after={"language": language, "changed": changed}
    )
    return max(changed, 1)


def _withdraw_gone_languages(
    db: Session, actor: Person | None, course: Course, kept: set[str], now: datetime
) -> dict[str, int]:
    """A language whose file is no longer in the package is no longer offered from it."""
    rows = db.scalars(
        select(CourseLanguage).where(CourseLanguage.course_id == course.id, CourseLanguage.catalogue.is_not(None))
    )
    gone = [row for row in rows if row.language not in kept]
    for row in gone:
        row.catalogue = None
        withdraw_language(db, course.slug, row.language)
        record_audit(db, actor, "withdraw_translations", f"course:{course.slug}", now, after={"language": row.language})
    db.flush()
    return {row.language: 1 for row in gone}


_EMPTY: dict[str, str | int] = {
    **dict.fromkeys(("title", "summary", "title_language", "folded"), ""),
    **dict.fromkeys(("words", "words_done", "texts", "texts_done", "size"), 0),
}


def refresh_languages(db: Session, course: Course, edition: Edition, package: Package) -> None:
    """Count anew how far each language has come and what the catalogue says in it."""
    rows = {
        row.language: row for row in db.scalars(select(CourseLanguage).where(CourseLanguage.course_id == course.id))
    }
    if course.source_language not in rows:
        rows[course.source_language] = CourseLanguage(
            course_id=course.id, language=course.source_language, revision=0, **_EMPTY
        )
        db.add(rows[course.source_language])
    for row in rows.values():
        row.revision += 1
        _count(row, read_in(db, course, edition, package, row.language))
    db.flush()


def _count(row: CourseLanguage, reading: Reading) -> None:
    package = reading.package
    row.texts = row.texts_done = row.words = row.words_done = 0
    for document, texts in package.documents.items():
        for source in texts:
            done = reading.text(document, source).lang == row.language
            count = words(source)
            row.texts, row.words = row.texts + 1, row.words + count
            row.texts_done, row.words_done = row.texts_done + done, row.words_done + count * done
    title, summary = reading.text("course", package.title), reading.text("course", package.summary)
    row.title, row.summary, row.title_language = title.text, summary.text, title.lang
    row.series = reading.text("course", package.series.title).text if package.series else None
    row.folded = fold(" ".join([row.title, row.summary, row.series or "", package.title]))
    row.size = sum(media.size for media in package.media.values()) + sum(
        len(gzip.compress(reading.lesson_html(key).encode())) for key in package.lessons
    )


def current_edition(db: Session, course: Course) -> Edition:
    return db.scalars(
        select(Edition).where(Edition.course_id == course.id, Edition.number == course.edition_number)
    ).one()


def export_course(db: Session, course: Course, store: FileStore) -> dict[str, bytes]:
    """The course as a package again: for each path the bytes that were loaded."""
    manifest: dict[str, str] = dict(current_edition(db, course).manifest)
    for row in db.scalars(select(CourseLanguage).where(CourseLanguage.course_id == course.id)):
        if row.catalogue is not None:
            manifest[f"{TRANSLATIONS}{row.language}.po"] = row.catalogue
    return {path: store.get(name) for path, name in sorted(manifest.items())}


def change_stage(db: Session, actor: Person, course: Course, stage: Stage, now: datetime) -> None:
    """Move a course on in its life; Conflict when it may not go there from where it is."""
    if stage not in NEXT_STAGES[Stage(course.stage)]:
        raise Conflict(_("The course has moved on in the meantime. Look where it stands and decide again."))
    before, course.stage = course.stage, stage
    db.flush()
    record_audit(db, actor, "change_stage", f"course:{course.slug}", now, {"stage": before}, {"stage": stage})
