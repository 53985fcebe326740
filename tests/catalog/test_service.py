"""A package is taken in whole, given back the same, and keeps its translations over edits."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.assessment.question_types import KINDS
from lms.catalog import queries
from lms.catalog.models import Course, CourseLanguage, Edition
from lms.catalog.queries import Filters, Reading
from lms.catalog.rules import Stage
from lms.catalog.service import change_stage, export_course, refresh_language
from lms.catalog.source.catalogue import read_catalogue
from lms.catalog.source.files import read_folder
from lms.catalog.source.package import read_package
from lms.kernel.files import FileStore
from lms.kernel.refusals import Conflict, NotFound
from lms.settings import ROOT
from lms.translation.models import Translation
from lms.translation.queries import at_hand
from lms.translation.service import Draft, Seen, approve_all, save_translation
from tests.factories import (
    COURSE,
    RUBRIC,
    SLUG,
    WHAT,
    course_files,
    led_files,
    load,
    translated_fully,
    with_translations,
)
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


def test_what_an_instructor_leads_comes_back_the_same_and_is_translated_alike(
    db: Session, tmp_path: Path, now: datetime
) -> None:
    question, level = "Who are you, and what do you hope to change?", "Nothing is proposed."
    files = with_translations(led_files(), "ar", {question: "من أنت؟", level: "لا شيء."})
    load(db, tmp_path, now, files)
    assert export_course(db, _course(db), FileStore(tmp_path / "files")) == files
    assert load(db, tmp_path, now, files).nothing_new
    arabic = _read(db, "ar")
    assert arabic.text("assignment gap", level).text == "لا شيء."
    assert 'lang="ar"' not in arabic.lesson_html("hello")
    assert "من أنت؟" in arabic.lesson_html("hello")
    assert not arabic.lesson_marks("hello").untranslated
    assert arabic.lesson_marks("gap").untranslated


def test_a_rubric_must_be_approved_to_the_word(db: Session, tmp_path: Path, now: datetime) -> None:
    load(db, tmp_path, now, led_files())
    led = next(row.exact_words for row in _course(db).languages)
    load(db, tmp_path, now, led_files() | {"assignments/gap.yaml": RUBRIC.replace("A step", "A next step").encode()})
    assert next(row.exact_words for row in _course(db).languages) == led + 1


def test_the_rule_says_what_must_be_passed_and_attended(db: Session, tmp_path: Path, now: datetime) -> None:
    load(db, tmp_path, now, led_files())
    reading = _read(db, "en")
    assert queries.requirement_sentences(reading, reading.package.certificate.completion) == [
        "Read all 2 lessons.",
        "Reach 60% or more in “Final quiz”. You may try again; your best attempt counts.",
        "Hand in “Name a gap” and earn at least 4 of 6 points. You may hand it in again up to 2 times after feedback.",
        "Attend at least 90 minutes of live sessions.",
        "Give your view of the course in a short evaluation.",
    ]


def test_quizzes_with_the_same_pass_mark_are_told_together() -> None:
    slug = "building-social-protection-floors"
    package = read_package(slug, read_folder(ROOT / "courses" / slug), KINDS)
    reading = queries.Reading(package, 0, "en", {})
    told = [each for each in queries.requirement_sentences(reading, package.certificate.completion) if "Quiz" in each]
    assert told[0] == "Reach 60% or more in “Quiz: ready to start”. You may try again; your best attempt counts."
    assert len(told) == 2
    assert told[1].startswith("Reach 70% or more in each of “Quiz: the idea”, “Quiz: the gaps”, ")
    assert told[1].endswith(", and “Quiz: change”. You may try again; your best attempts count.")


def test_only_a_lesson_is_timed_by_its_length(db: Session, tmp_path: Path, now: datetime) -> None:
    load(db, tmp_path, now, led_files())
    package = _read(db, "en").package
    minutes = {each.key: queries.lesson_minutes(package, each) for each in package.activities}
    assert (minutes["what"], minutes["live"], minutes["open-hour"], minutes["gap"]) == (1, 60, None, None)


def _say(db: Session, source: str, text: str, now: datetime, language: str = "ar") -> None:
    """A translator writes a text here, and a reviewer approves it."""
    by = {key: db.scalar(select(Person).where(Person.email == f"{key}@example.org")) for key in ("chi", "bo")}
    writer, reviewer = (person or make_person(db, key) for key, person in by.items())
    (hand,) = [each for each in at_hand(db, SLUG, language) if each.source == source]
    seen = Seen(hand.newest, hand.segment.revision)
    saved = save_translation(db, writer, hand.segment, language, Draft(text, True, 0), seen, now)
    assert approve_all(db, reviewer, [(hand.segment, saved)], language, now) == 1
    refresh_language(db, SLUG, language, now)


def test_export_gives_what_was_approved_here_since(db: Session, tmp_path: Path, now: datetime) -> None:
    store = FileStore(tmp_path / "files")
    files = translated_fully(with_translations(course_files(), "ar", {CASH: CASH_AR}), "fr", "FR")
    header = b'# Begun by Chi\nmsgid ""\nmsgstr ""\n"Last-Translator: Chi <chi@example.org>\\n"\n'
    ar = files["translations/ar.po"].replace(b'msgid ""\nmsgstr ""\n', header, 1)
    files["translations/ar.po"] = ar.replace(b'msgctxt "lesson how"', b'# ask Bo\nmsgctxt "lesson how"', 1)
    load(db, tmp_path, now, files)
    _say(db, "Why cash", "لماذا النقد", now)
    exported = export_course(db, _course(db), store)
    assert {path for path in files if exported[path] != files[path]} == {"translations/ar.po"}
    assert exported.keys() == files.keys()
    said = {each.source: each.target for each in read_catalogue(exported["translations/ar.po"]).entries if each.target}
    assert said == {CASH: CASH_AR, "Why cash": "لماذا النقد"}
    for kept in (b"# Begun by Chi", b"Last-Translator: Chi <chi@example.org>", b'# ask Bo\nmsgctxt "lesson how"'):
        assert kept in exported["translations/ar.po"]


def test_loading_what_was_exported_changes_nothing(db: Session, tmp_path: Path, now: datetime) -> None:
    store = FileStore(tmp_path / "files")
    files = with_translations(course_files(), "ar", {CASH: CASH_AR, "Start": "البداية"})
    load(db, tmp_path, now, files)
    _say(db, CASH, "إنه سريع جدًا ويحترم الناس.", now)
    _say(db, "Why cash", "Pourquoi l'argent", now, "es")
    edited = course_files(what=WHAT.replace("It is quick", "It is very quick"))
    load(db, tmp_path, now, edited | {"translations/ar.po": files["translations/ar.po"]})
    exported = export_course(db, _course(db), store)
    assert {path for path in exported if path.endswith(".po")} == {"translations/ar.po", "translations/es.po"}
    stale = next(each for each in read_catalogue(exported["translations/ar.po"]).entries if each.fuzzy)
    assert (stale.target, stale.previous_source) == ("إنه سريع جدًا ويحترم الناس.", CASH)
    before = [tuple(row) for row in db.execute(select(Translation.__table__).order_by(Translation.id))]
    counted = select(CourseLanguage.language, CourseLanguage.revision).order_by(CourseLanguage.language)
    revisions = db.execute(counted).all()
    assert load(db, tmp_path, now, exported).nothing_new
    assert [tuple(row) for row in db.execute(select(Translation.__table__).order_by(Translation.id))] == before
    assert db.execute(counted).all() == revisions
    assert export_course(db, _course(db), store) == exported


def test_export_keeps_the_bytes_of_a_file_that_says_all_there_is(db: Session, tmp_path: Path, now: datetime) -> None:
    """Also when the source has moved on since: nothing was approved here that the file does not hold."""
    files = with_translations(course_files(), "ar", {CASH: CASH_AR})
    load(db, tmp_path, now, files)
    edited = course_files(what=WHAT.replace("It is quick", "It is very quick"))
    edited["translations/ar.po"] = files["translations/ar.po"]
    load(db, tmp_path, now, edited)
    assert export_course(db, _course(db), FileStore(tmp_path / "files")) == edited


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
