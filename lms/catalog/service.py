"""Verbs of the catalogue: taking in a course package, giving it back, moving a course through its life."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.catalog.models import Course, CourseLanguage, Edition
from lms.catalog.policy import is_far_enough
from lms.catalog.queries import Reading, current_edition, language_row, package_of, read_in
from lms.catalog.rules import NEXT_STAGES, LanguageState, Stage, must_be_exact
from lms.catalog.source.catalogue import Catalogue, Entry, entries_of, read_catalogue, write_entries
from lms.catalog.source.inline import words
from lms.catalog.source.parts import Package
from lms.kernel import events
from lms.kernel.audit import record_audit
from lms.kernel.files import FileStore
from lms.kernel.i18n import _
from lms.kernel.outbox import enqueue
from lms.kernel.refusals import Conflict, NotFound
from lms.kernel.text import fold
from lms.translation.queries import ApprovedFor, approved_with_sources, count_by_standing
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
        refs = take_in_sources(db, package.slug, package.documents, words, now)
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
        _refresh_languages(db, actor, course, edition, now)
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
    course.exact_percent, course.rest_percent = package.publication.exact, package.publication.rest


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
        row, changed = _begin_language(db, course, language, now), max(changed, 1)
    row.catalogue = name
    db.flush()
    record_audit(
        db, actor, "load_translations", f"course:{course.slug}", now, after={"language": language, "changed": changed}
    )
    return changed


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


def _begin_language(db: Session, course: Course, language: str, now: datetime) -> CourseLanguage:
    row = CourseLanguage(
        course_id=course.id,
        language=language,
        state=LanguageState.PUBLISHED if language == course.source_language else LanguageState.IN_PREPARATION,
        state_since=now,
        revision=0,
        **dict.fromkeys(("title", "summary", "title_language", "folded"), ""),
        **dict.fromkeys(("words", "words_done", "exact_words", "exact_words_done", "texts", "texts_done", "size"), 0),
    )
    db.add(row)
    db.flush()
    return row


def _refresh_languages(db: Session, actor: Person | None, course: Course, edition: Edition, now: datetime) -> None:
    """After a load: count every language anew. What a package brings far enough is published with it."""
    rows = {
        row.language: row for row in db.scalars(select(CourseLanguage).where(CourseLanguage.course_id == course.id))
    }
    if course.source_language not in rows:
        rows[course.source_language] = _begin_language(db, course, course.source_language, now)
    for row in rows.values():
        _count(db, course, edition, row)
        _measure(row, read_in(db, course, edition, package_of(db, edition), row.language))
        if row.language != course.source_language:
            events.record(
                db, "translations.loaded", collection=course.slug, language=row.language, revision=row.revision
            )
        if row.catalogue is not None and row.state == LanguageState.IN_PREPARATION and is_far_enough(course, row):
            _set_state(db, actor, course, row, LanguageState.PUBLISHED, now)
    db.flush()


def refresh_language(db: Session, slug: str, language: str, now: datetime) -> None:
    """A translation was approved: count the language anew and let readers see it. A constant number of queries."""
    course = db.scalars(select(Course).where(Course.slug == slug)).one_or_none()
    if course is None:
        return
    row = language_row(db, course, language) or _begin_language(db, course, language, now)
    edition = current_edition(db, course)
    _count(db, course, edition, row)
    db.flush()
    measure = {"course": slug, "language": language, "revision": row.revision}
    enqueue(
        db, "course.measure", f"course.measure:{slug}:{language}:{row.revision}", measure, now, now + MEASURED_AFTER
    )


MEASURED_AFTER = timedelta(minutes=5)
"""How long the weight of a language waits for more approvals before it is taken anew."""


def measure_language(db: Session, slug: str, language: str, revision: int) -> None:
    """Weigh a language again, unless it has changed since that was asked for."""
    course = db.scalars(select(Course).where(Course.slug == slug)).one()
    row = language_row(db, course, language)
    if row is not None and row.revision == revision:
        edition = current_edition(db, course)
        _measure(row, read_in(db, course, edition, package_of(db, edition), language))
        db.flush()


def _count(db: Session, course: Course, edition: Edition, row: CourseLanguage) -> None:
    """How far the language has come and what the catalogue says in it; its readers see a new revision."""
    counts = count_by_standing(db, course.slug, row.language)
    source = row.language == course.source_language
    exact = [each for each in counts if must_be_exact(each.document)]
    row.texts, row.words = sum(each.texts for each in counts), sum(each.words for each in counts)
    row.exact_words = sum(each.words for each in exact)
    row.texts_done = row.texts if source else sum(each.approved_texts for each in counts)
    row.words_done = row.words if source else sum(each.approved_words for each in counts)
    row.exact_words_done = row.exact_words if source else sum(each.approved_words for each in exact)
    row.revision += 1
    reading = read_in(db, course, edition, package_of(db, edition), row.language, document="course")
    package = reading.package
    title, summary = reading.text("course", package.title), reading.text("course", package.summary)
    row.title, row.summary, row.title_language = title.text, summary.text, title.lang
    row.series = reading.text("course", package.series.title).text if package.series else None
    row.folded = fold(" ".join([row.title, row.summary, row.series or "", package.title]))


def _measure(row: CourseLanguage, reading: Reading) -> None:
    row.size = sum(media.size for media in reading.package.media.values()) + sum(
        len(gzip.compress(reading.lesson_html(key).encode())) for key in reading.package.lessons
    )


def publish_language(db: Session, actor: Person | None, course: Course, language: str, now: datetime) -> CourseLanguage:
    """Offer the course in this language. Conflict when too little of it is approved, or when it is offered already."""
    row = _held_language(db, course, language)
    _count(db, course, current_edition(db, course), row)
    if row.state == LanguageState.PUBLISHED:
        raise Conflict(_("This language is published already."))
    if not is_far_enough(course, row):
        raise Conflict(_("Too little of this language is approved to publish it."))
    _set_state(db, actor, course, row, LanguageState.PUBLISHED, now)
    return row


def withdraw_language_version(
    db: Session, actor: Person | None, course: Course, language: str, reason: str, now: datetime
) -> CourseLanguage:
    """Offer it no longer. Whoever has enrolled already goes on reading in it; new learners read the source."""
    row = _held_language(db, course, language)
    if language == course.source_language:
        raise Conflict(_("The language a course is written in cannot be withdrawn."))
    if row.state == LanguageState.WITHDRAWN:
        raise Conflict(_("This language is withdrawn already."))
    _set_state(db, actor, course, row, LanguageState.WITHDRAWN, now, reason=reason)
    return row


def _held_language(db: Session, course: Course, language: str) -> CourseLanguage:
    key = (CourseLanguage.course_id == course.id, CourseLanguage.language == language)
    row = db.scalar(select(CourseLanguage).where(*key).with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def _set_state(
    db: Session,
    actor: Person | None,
    course: Course,
    row: CourseLanguage,
    state: LanguageState,
    now: datetime,
    *,
    reason: str | None = None,
) -> None:
    before, row.state, row.state_since = row.state, state, now
    db.flush()
    after = {"state": state} | ({"reason": reason} if reason else {})
    thing = f"course-language:{course.slug}/{row.language}"
    record_audit(db, actor, "change_language_state", thing, now, {"state": before}, after)


def export_course(db: Session, course: Course, store: FileStore) -> dict[str, bytes]:
    """The course as a package again: for each path the bytes that were loaded.

    A language in which texts were approved here has a new file, with what people wrote into the old one.
    """
    edition = current_edition(db, course)
    files = {path: store.get(name) for path, name in edition.manifest.items()}
    for row in db.scalars(select(CourseLanguage).where(CourseLanguage.course_id == course.id)):
        if row.language != course.source_language:
            kept = store.get(row.catalogue) if row.catalogue is not None else None
            catalogue = _catalogue_of(db, package_of(db, edition), row.language, kept)
            files |= {f"{TRANSLATIONS}{row.language}.po": catalogue} if catalogue is not None else {}
    return dict(sorted(files.items()))


def _catalogue_of(db: Session, package: Package, language: str, kept: bytes | None) -> bytes | None:
    """A language's file: the kept one when all that is approved stands in it, else one of what is approved now."""
    old = read_catalogue(kept) if kept is not None else Catalogue(language, ())
    said = {(entry.document, entry.target, entry.made_from) for entry in old.entries}
    approved = {(each.document, each.source): each for each in approved_with_sources(db, package.slug, language)}
    if all((each.document, each.text, each.made_from) in said for each in approved.values()):
        return kept
    entries = (_as_approved(entry, approved.get((entry.document, entry.source))) for entry in entries_of(package, old))
    return write_entries(package.slug, language, entries, old)


def _as_approved(entry: Entry, approved: ApprovedFor | None) -> Entry:
    if approved is None:
        return replace(entry, target="", previous_source=None, fuzzy=False)
    stale = approved.made_from != entry.source
    return replace(entry, target=approved.text, previous_source=approved.made_from if stale else None, fuzzy=stale)


def change_stage(db: Session, actor: Person, course: Course, stage: Stage, now: datetime) -> None:
    """Move a course on in its life; Conflict when it may not go there from where it is."""
    if stage not in NEXT_STAGES[Stage(course.stage)]:
        raise Conflict(_("The course has moved on in the meantime. Look where it stands and decide again."))
    before, course.stage = course.stage, stage
    db.flush()
    record_audit(db, actor, "change_stage", f"course:{course.slug}", now, {"stage": before}, {"stage": stage})
