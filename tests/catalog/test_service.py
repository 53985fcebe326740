"""A package is taken in whole, given back the same, and keeps its translations over edits."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from lms.catalog import queries
from lms.catalog.models import Course, CourseLanguage, Edition
from lms.catalog.queries import Filters, Reading
from lms.catalog.rules import Stage
from lms.catalog.service import change_stage, export_course
from lms.kernel.files import FileStore
from lms.kernel.refusals import Conflict, NotFound
from tests.factories import COURSE, SLUG, WHAT, course_files, load, translated_fully, with_translations
from tests.people import make_person

CASH = "It is quick, and it respects what people know about their own needs."
CASH_AR = "إنه سريع، ويحترم ما يعرفه الناس عن احتياجاتهم."


def _course(db: Session) -> Course:
    return queries.course_by_slug(db, None, SLUG, datetime(2026, 1, 1))  # noqa: DTZ001 - open courses ask no time


def _read(db: Session, language: str) -> Reading:
    return queries.reading(db, queries.edition_id_of(db, _course(db)), language)


def test_the_same_package_again_changes_nothing(db: Session, tmp_path: Path, now: datetime) -> None:
    files = with_translations(course_files(), "ar", {CASH: CASH_AR})
    assert load(db, tmp_path, now, files).new_edition
    before = [db.scalar(select(func.count()).select_from(model)) for model in (Edition, CourseLanguage)]
    revisions = db.scalars(select(CourseLanguage.revision)).all()
    assert load(db, tmp_path, now, files).nothing_new
    assert [db.scalar(select(func.count()).select_from(model)) for model in (Edition, CourseLanguage)] == before
    assert db.scalars(select(CourseLanguage.revision)).all() == revisions


def test_export_gives_back_the_same_bytes(db: Session, tmp_path: Path, now: datetime) -> None:
    files = with_translations(course_files(), "ar", {CASH: CASH_AR})
    load(db, tmp_path, now, files)
    assert export_course(db, _course(db), FileStore(tmp_path / "files")) == files


def test_a_changed_source_makes_a_new_edition_and_the_old_one_stays(db: Session, tmp_path: Path, now: datetime) -> None:
    load(db, tmp_path, now)
    first = queries.edition_id_of(db, _course(db))
    loaded = load(db, tmp_path, now, course_files(what=WHAT.replace("quick", "fast")))
    assert (loaded.new_edition, loaded.edition) == (True, 2)
    assert "quick" in queries.reading(db, first, "en").lesson_html("what")
    assert "fast" in _read(db, "en").lesson_html("what")


def test_an_edition_cannot_be_changed(db: Session, tmp_path: Path, now: datetime) -> None:
    load(db, tmp_path, now)
    with pytest.raises(DatabaseError, match="append-only"):
        db.execute(text("UPDATE edition SET number = 9"))


def test_text_without_translation_is_shown_in_the_source_language_and_marked(
    db: Session, tmp_path: Path, now: datetime
) -> None:
    load(db, tmp_path, now, with_translations(course_files(), "ar", {CASH: CASH_AR}))
    html = _read(db, "ar").lesson_html("what")
    assert f"<p>{CASH_AR}</p>" in html
    assert '<h2 id="s-why-cash" lang="en" dir="ltr">Why cash</h2>' in html
    assert _read(db, "ar").lesson_marks("what").untranslated


def test_an_edit_keeps_the_translation_marked_until_a_new_one_comes(db: Session, tmp_path: Path, now: datetime) -> None:
    files = with_translations(course_files(), "ar", {CASH: CASH_AR})
    load(db, tmp_path, now, files)
    edited = course_files(what=WHAT.replace("It is quick", "It is very quick"))
    load(db, tmp_path, now, edited | {"translations/ar.po": files["translations/ar.po"]})
    new = CASH.replace("It is quick", "It is very quick")
    said = _read(db, "ar").text("lesson what", new)
    assert (said.text, said.stale) == (CASH_AR, True)
    # The source goes back to what it said: the translation is right again by itself.
    load(db, tmp_path, now, files)
    assert _read(db, "ar").text("lesson what", CASH).stale is False
    # And a new translation of the edited source takes over.
    load(db, tmp_path, now, with_translations(edited, "ar", {new: "إنه سريع جدًا."}))
    said = _read(db, "ar").text("lesson what", new)
    assert (said.text, said.stale) == ("إنه سريع جدًا.", False)


def test_an_emptied_translation_and_a_gone_language_are_withdrawn(db: Session, tmp_path: Path, now: datetime) -> None:
    files = with_translations(course_files(), "ar", {CASH: CASH_AR})
    load(db, tmp_path, now, files)
    emptied = files | {"translations/ar.po": files["translations/ar.po"].replace(CASH_AR.encode(), b"")}
    load(db, tmp_path, now, emptied)
    assert _read(db, "ar").text("lesson what", CASH).lang == "en"
    load(db, tmp_path, now, files)
    assert _read(db, "ar").text("lesson what", CASH).lang == "ar"
    load(db, tmp_path, now, course_files())
    assert _read(db, "ar").text("lesson what", CASH).lang == "en"
    assert export_course(db, _course(db), FileStore(tmp_path / "files")) == course_files()
    assert load(db, tmp_path, now, course_files()).nothing_new


def test_a_fuzzy_entry_is_shown_as_outdated(db: Session, tmp_path: Path, now: datetime) -> None:
    files = with_translations(course_files(), "ar", {CASH: CASH_AR})
    po = files["translations/ar.po"].decode()
    at = po.index(f'msgid "{CASH}"')
    start = po.rindex("msgctxt", 0, at)
    files["translations/ar.po"] = (po[:start] + "#, fuzzy\n" + po[start:]).encode()
    load(db, tmp_path, now, files)
    assert _read(db, "ar").text("lesson what", CASH).stale


def test_coverage_counts_words_and_a_complete_language_is_complete(db: Session, tmp_path: Path, now: datetime) -> None:
    files = translated_fully(course_files(), "fr", "FR")
    files = with_translations(files, "ar", {CASH: CASH_AR})
    load(db, tmp_path, now, files)
    shares = {each.language: each for each in queries.language_shares(_course(db))}
    assert shares["fr"].complete
    assert shares["fr"].share == 1
    assert not shares["ar"].complete
    assert 0 < shares["ar"].share < 1
    assert [row.language for row in _course(db).languages if row.offered] == ["en", "fr"]


def test_a_course_sets_how_much_of_a_language_is_needed(db: Session, tmp_path: Path, now: datetime) -> None:
    load(db, tmp_path, now)
    assert (_course(db).exact_percent, _course(db).rest_percent) == (100, 80)
    files = course_files(course=COURSE + "publication: {exact: 90, rest: all}\n")
    load(db, tmp_path, now, files)
    assert (_course(db).exact_percent, _course(db).rest_percent) == (90, 100)
    assert export_course(db, _course(db), FileStore(tmp_path / "files")) == files
    assert load(db, tmp_path, now, files).nothing_new
    load(db, tmp_path, now)
    assert (_course(db).exact_percent, _course(db).rest_percent) == (100, 80)


def test_catalogue_finds_by_folded_words_language_and_stage(db: Session, tmp_path: Path, now: datetime) -> None:
    title = "Cash transfers: the first steps"
    load(db, tmp_path, now, with_translations(course_files(), "ar", {title: "التحويلات النقدية: الخُطوات الأولى"}))

    def found(language: str = "en", **filters: str) -> list[str]:
        return [card.title.text for card in queries.catalogue(db, language, Filters(**filters)).cards]

    assert found(search="TRANSFÉRS cash") == [title]
    assert found("ar", search="الخطوات الاولي") == ["التحويلات النقدية: الخُطوات الأولى"]
    assert found(search="nothing like this") == []
    assert found(search="100% _") == []
    assert found(language="ar", category="instructor-led") == []
    arabic = queries.catalogue(db, "ar", Filters(language="ar"))
    assert arabic.cards == []
    assert [card.slug for card in arabic.partial] == [SLUG]
    dee = make_person(db, "dee")
    change_stage(db, dee, _course(db), Stage.ARCHIVED, now)
    assert found() == []


def test_a_draft_does_not_exist_for_others(db: Session, tmp_path: Path, now: datetime) -> None:
    load(db, tmp_path, now, course_files(course=COURSE.replace("stage: open", "stage: draft")))
    ada, dee = make_person(db, "ada"), make_person(db, "dee", now=now)
    for person in (None, ada):
        with pytest.raises(NotFound):
            queries.course_by_slug(db, person, SLUG, now)
    assert queries.course_by_slug(db, dee, SLUG, now).slug == SLUG


def test_stages_move_only_as_the_table_says(db: Session, tmp_path: Path, now: datetime) -> None:
    load(db, tmp_path, now)
    dee, course = make_person(db, "dee"), _course(db)
    with pytest.raises(Conflict):
        change_stage(db, dee, course, Stage.DRAFT, now)
    change_stage(db, dee, course, Stage.ARCHIVED, now)
    change_stage(db, dee, course, Stage.OPEN, now)
    assert course.stage == Stage.OPEN
