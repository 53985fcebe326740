"""The glossary: what the platform brings, who may keep it, that nobody's word is lost, and what is seen of it."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms import consequences
from lms.accounts.models import Person
from lms.accounts.rules import EVERYWHERE, Role
from lms.catalog.source.catalogue import read_catalogue
from lms.kernel.db import Database
from lms.kernel.events import finish
from lms.kernel.files import FileStore
from lms.kernel.i18n import FOLDER, LANGUAGES, SOURCE_LANGUAGE
from lms.kernel.models import AuditEntry
from lms.kernel.outbox import work_once
from lms.kernel.refusals import Denied, Invalid
from lms.kernel.text import fold
from lms.settings import ROOT, Settings
from lms.translation.models import GlossaryTerm, Translation
from lms.workshop.checks import Check, TermPair, check_translation
from lms.workshop.queries.terms import terms_of
from lms.workshop.service.glossary import (
    LONGEST,
    MOST_FORBIDDEN,
    TermChanged,
    Wording,
    add_term,
    change_term,
    confirm_term,
    read_seeds,
    remove_term,
    take_in_seeds,
)
from tests.contracts.html import problems
from tests.factories import course_files, load, make_term, with_translations
from tests.people import log_in, make_person
from tests.workshop.test_shipped_translations import shipped
from tests.workshop.work import give

TRANSLATED = [code for code in LANGUAGES if code != SOURCE_LANGUAGE]
QUIZ = Wording("quiz", "اختبار قصير", "Questions that are marked.", ("امتحان",))


# -- what the platform brings


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_language_brings_a_glossary_that_is_whole(language: str) -> None:
    seeds = read_seeds((FOLDER / language / "glossary.yaml").read_bytes())
    folded = [fold(wording.term) for wording, _needs_review in seeds]
    assert folded == sorted(set(folded))
    assert folded == [fold(each.term) for each, _ in read_seeds((FOLDER / "ar" / "glossary.yaml").read_bytes())]
    for wording, _needs_review in seeds:
        assert wording.term
        assert wording.translation
        assert 20 <= len(wording.definition) <= LONGEST, wording.term
        assert fold(wording.translation) not in map(fold, wording.forbidden)
    if language == "ar":
        assert all(needs_review for _wording, needs_review in seeds)


def test_every_folder_with_a_glossary_is_a_language() -> None:
    assert sorted(path.parent.name for path in FOLDER.glob("*/glossary.yaml")) == sorted(TRANSLATED)


def test_the_terms_of_the_shipped_courses_are_in_it_as_the_courses_say_them() -> None:
    wrong = []
    for path in sorted((ROOT / "courses").glob("*/translations/*.po")):
        seeds = {each.term: each for each, _ in read_seeds((FOLDER / path.stem / "glossary.yaml").read_bytes())}
        named: set[str] = set()
        for entry in read_catalogue(path.read_bytes()).entries:
            if entry.document.startswith("glossary ") and entry.document not in named:
                named.add(entry.document)
                said = seeds.get(entry.source)
                wrong += [entry.source] if said is None or (entry.target and said.translation != entry.target) else []
        assert len(named) >= 10
    assert wrong == []


def test_what_is_shipped_keeps_to_it() -> None:
    """Where it does not, for good reason: an answer that fits its gap, a verb, a programme that is understood."""
    pairs = {
        language: [
            TermPair(each.term, each.translation, each.forbidden)
            for each, _ in read_seeds((FOLDER / language / "glossary.yaml").read_bytes())
        ]
        for language in TRANSLATED
    }
    found = [
        f"{text.language} {text.document}: {finding.sentence}"
        for text in shipped()
        for finding in check_translation(text.source, text.target, language=text.language, terms=pairs[text.language])
        if finding.kind in (Check.TERMS, Check.FORBIDDEN_TERMS)
    ]
    assert len(found) <= 4, "\n".join(found)


def test_seeds_fill_gaps_and_leave_people_alone(db: Session, tmp_path: Path, now: datetime) -> None:
    rim = make_person(db, "dee", now=now)
    _seed(tmp_path, quiz="اختبار", course="دورة", lesson="درس", run="نسخة")
    assert take_in_seeds(db, now, tmp_path) == {"ar": 4}
    assert take_in_seeds(db, now, tmp_path) == {}
    changed, removed, confirmed = (_term(db, name) for name in ("quiz", "course", "lesson"))
    change_term(db, rim, changed, replace(QUIZ, translation="امتحان صغير", forbidden=()), 1, now)
    remove_term(db, rim, removed, 1, now)
    confirm_term(db, rim, confirmed, 1, now)
    _seed(tmp_path, quiz="اختبار ثان", course="مقرر", lesson="حصة", run="طبعة", module="وحدة")
    assert take_in_seeds(db, now, tmp_path) == {"ar": 2}
    said = {pair.term: pair.target for pair in terms_of(db, "ar")}
    assert said == {"quiz": "امتحان صغير", "lesson": "درس", "run": "طبعة", "module": "وحدة"}
    assert not _term(db, "lesson").needs_review
    db.flush()
    ledger = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "take_in_glossary")
    assert db.scalar(ledger) == 2


def test_the_real_seeds_are_taken_in_whole(db: Session, now: datetime) -> None:
    taken = take_in_seeds(db, now)
    assert sorted(taken) == sorted(TRANSLATED)
    assert all(len(terms_of(db, language)) == count > 80 for language, count in taken.items())


def _seed(folder: Path, **said: str) -> None:
    (folder / "ar").mkdir(exist_ok=True)
    lines = [
        f"- {{term: {term}, translation: {translation}, definition: A thing., forbidden: [], needs_review: true}}\n"
        for term, translation in said.items()
    ]
    (folder / "ar" / "glossary.yaml").write_text("".join(lines))


def _term(db: Session, term: str) -> GlossaryTerm:
    return db.scalars(select(GlossaryTerm).where(GlossaryTerm.term == term)).one()


# -- keeping it


@pytest.fixture
def rim(db: Session, now: datetime) -> Person:
    """Reviews Arabic in one course."""
    return _with(db, "rim", Role.REVIEWER, now, language="ar")


def _with(db: Session, key: str, role: Role, now: datetime, language: str | None = None) -> Person:
    person = make_person(db, key)
    give(db, person, role, now, scope=EVERYWHERE if role == Role.PROGRAMME_MANAGER else "course:any", language=language)
    db.refresh(person, ["grants"])
    return person


def test_a_term_from_its_beginning_to_its_end(db: Session, rim: Person, now: datetime) -> None:
    sam = _with(db, "sam", Role.COORDINATOR, now)
    term = add_term(db, rim, "ar", replace(QUIZ, term=" quiz ", forbidden=("امتحان", "", "امتحان")), now)
    assert (term.term, term.forbidden, term.needs_review, term.version) == ("quiz", ["امتحان"], True, 1)
    with pytest.raises(Invalid, match="already"):
        add_term(db, rim, "ar", replace(QUIZ, term="QUIZ"), now)
    with pytest.raises(Denied, match="wrote this term last"):
        confirm_term(db, rim, term, 1, now)
    assert not confirm_term(db, sam, term, 1, now).needs_review
    with pytest.raises(TermChanged, match="in the meantime"):
        change_term(db, rim, term, QUIZ, 1, now)
    assert change_term(db, rim, term, replace(QUIZ, definition="Marked questions."), 2, now).needs_review is False
    assert change_term(db, rim, term, replace(QUIZ, definition="Marked questions."), 3, now).version == 3
    assert change_term(db, rim, term, replace(QUIZ, translation="اختبار"), 3, now).needs_review is True
    with pytest.raises(TermChanged):
        remove_term(db, sam, term, 3, now)
    remove_term(db, sam, term, 4, now)
    for verb in (confirm_term, remove_term):
        with pytest.raises(TermChanged, match="in the meantime"):
            verb(db, rim, term, 5, now)
    assert terms_of(db, "ar") == []
    again = add_term(db, sam, "ar", QUIZ, now)
    assert again.public_id != term.public_id
    done = db.scalars(select(AuditEntry.action).where(AuditEntry.thing.startswith("term:ar/")).order_by(AuditEntry.id))
    assert list(done) == ["add_term", "confirm_term", "change_term", "change_term", "remove_term", "add_term"]


def test_two_terms_cannot_be_the_same(db: Session, rim: Person, now: datetime) -> None:
    add_term(db, rim, "ar", QUIZ, now)
    other = add_term(db, rim, "ar", replace(QUIZ, term="exam"), now)
    with pytest.raises(Invalid, match="already"):
        change_term(db, rim, other, replace(QUIZ, term="Quiz"), 1, now)
    kept = select(GlossaryTerm.term, GlossaryTerm.version).where(GlossaryTerm.public_id == other.public_id)
    assert db.execute(kept).one() == ("exam", 1)
    add_term(db, _with(db, "fay", Role.REVIEWER, now, language="fr"), "fr", replace(QUIZ, translation="quiz"), now)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("term", "!"), ("term", "x" * (LONGEST + 1)), ("term", "a\u202eb"), ("translation", ""),
        ("translation", "a\x00b"),
        ("definition", "x" * 1001), ("forbidden", tuple(f"w{n}" for n in range(MOST_FORBIDDEN + 1))),
        ("forbidden", ("اختبار قصير",)), ("forbidden", ("x" * 201,)),
    ],
)  # fmt: skip
def test_what_is_no_term(db: Session, rim: Person, now: datetime, field: str, said: object) -> None:
    with pytest.raises(Invalid) as wrong:
        add_term(db, rim, "ar", replace(QUIZ, **{field: said}), now)
    assert list(wrong.value.fields) == [field]


def test_who_may_keep_it(db: Session, rim: Person, now: datetime) -> None:
    term = make_term(db, "quiz", "اختبار", now)
    for who in (
        rim,
        _with(db, "all", Role.REVIEWER, now),
        _with(db, "sam", Role.COORDINATOR, now),
        _with(db, "pat", Role.PROGRAMME_MANAGER, now),
        make_person(db, "dee", now=now),
    ):
        change_term(db, who, term, replace(QUIZ, translation=f"كلمة {who.name}"), term.version, now)
    for who in (
        _with(db, "chi", Role.TRANSLATOR, now, language="ar"),
        _with(db, "fay", Role.REVIEWER, now, language="fr"),
        _with(db, "hana", Role.AUTHOR, now),
        make_person(db, "eve"),
    ):
        for refused in (
            lambda who=who: add_term(db, who, "ar", replace(QUIZ, term="other"), now),
            lambda who=who: change_term(db, who, term, QUIZ, term.version, now),
            lambda who=who: confirm_term(db, who, term, term.version, now),
            lambda who=who: remove_term(db, who, term, term.version, now),
        ):
            with pytest.raises(Denied, match="Only reviewers of this language"):
                refused()


def test_every_change_is_seen_by_the_checks_at_once(db: Session, rim: Person, now: datetime) -> None:
    assert terms_of(db, "ar") == []
    term = add_term(db, rim, "ar", QUIZ, now)
    assert terms_of(db, "ar") == [TermPair("quiz", "اختبار قصير", ("امتحان",), "Questions that are marked.")]
    assert terms_of(db, "ar") is terms_of(db, "ar")
    change_term(db, rim, term, replace(QUIZ, translation="اختبار"), 1, now)  # by the same clock
    assert [pair.target for pair in terms_of(db, "ar")] == ["اختبار"]
    remove_term(db, rim, term, 2, now - timedelta(hours=1))  # by a slower one
    assert terms_of(db, "ar") == []


def test_texts_are_checked_anew_after_a_change(
    db: Session, database: Database, rim: Person, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    said = {"Cash transfers: the first steps": "التحويلات النقدية: الخطوات الأولى"}
    load(db, tmp_path, now, with_translations(course_files(), "ar", said))
    handlers = consequences.after(settings, database, FileStore(tmp_path / "files"), lambda: now)

    def warnings() -> list[int | None]:
        finish(db, consequences.within(settings), now)
        while work_once(database, handlers, lambda: now):
            pass
        return list(db.scalars(select(Translation.warnings)))

    assert warnings() == [0]
    transfer = Wording("cash transfer", "حوالة مالية", "Money that is paid to people.", ())
    term = add_term(db, rim, "ar", transfer, now)
    assert warnings() == [1]
    now += timedelta(minutes=1)
    remove_term(db, rim, term, 1, now)
    assert warnings() == [0]


# -- what is seen of it


def test_the_pages_of_a_reviewer(app: Flask, db: Session, rim: Person, now: datetime) -> None:
    quiz = make_term(db, "quiz", "اختبار قصير", now, forbidden=["امتحان"])
    make_term(db, "course", "دورة", now, needs_review=False)
    db.commit()
    client = log_in(app, rim)
    here = f"/en/workshop/glossary/ar/{quiz.public_id}/"
    assert re.search(r"Arabic.*2.*1", client.get("/en/workshop/glossary/").text, re.DOTALL)
    listed = client.get("/en/workshop/glossary/ar/").text
    assert '<p class="said" lang="ar" dir="rtl">اختبار قصير</p>' in listed
    assert "2 terms" in listed
    assert "Needs a native reader (1)" in listed
    assert "دورة" not in client.get("/en/workshop/glossary/ar/?unconfirmed=1").text
    assert "دورة" not in client.get("/en/workshop/glossary/ar/?q=إمتحان").text, "found by what must not be said, folded"
    assert "اختبار" in client.get("/en/workshop/glossary/ar/?q=إمتحان").text
    assert "No term fits" in client.get("/en/workshop/glossary/ar/?q=zzz").text
    sent = {"term": "quiz", "translation": "", "definition": "x", "forbidden": "امتحان؛ فحص;", "version": "1"}
    token = re.findall(r'name="csrf_token" value="([^"]+)"', listed)[0]
    refused = client.post(here, data={**sent, "csrf_token": token})
    assert refused.status_code == 422
    assert 'href="#translation"' in refused.text
    done = client.post(here, data={**sent, "translation": "اختبار", "csrf_token": token})
    assert (done.status_code, done.location) == (303, "/en/workshop/glossary/ar/")
    late = client.post(here, data={**sent, "translation": "سؤال", "csrf_token": token})
    assert late.status_code == 409
    assert ">اختبار</dd>" in late.text, "what is there now"
    assert 'value="سؤال"' in late.text, "and what they wrote"
    assert 'name="version" value="2"' in late.text
    for page in (
        listed,
        refused.text,
        late.text,
        client.get(f"{here}remove/").text,
        client.get(f"{here[:-23]}add/").text,
    ):
        assert problems(page, "en") == []
    same = client.post(here, data={**sent, "term": "Course", "translation": "ن", "version": "2", "csrf_token": token})
    assert (same.status_code, "has this term already" in same.text) == (422, True)
    mine = client.post(f"{here}confirm/", data={"version": "2", "csrf_token": token})
    assert mine.status_code == 403
    gone = client.post(f"{here}remove/?q=quiz", data={"version": "2", "csrf_token": token})
    assert gone.location == "/en/workshop/glossary/ar/?q=quiz"
    assert client.get(here).status_code == 404


def test_translators_read_and_others_are_told_nothing(app: Flask, db: Session, now: datetime) -> None:
    quiz = make_term(db, "quiz", "اختبار قصير", now)
    chi, eve = _with(db, "chi", Role.TRANSLATOR, now, language="fr"), make_person(db, "eve")
    db.commit()
    client, outside = log_in(app, chi), log_in(app, eve)
    listed = client.get("/en/workshop/glossary/ar/").text
    assert "اختبار" in listed
    assert "Only reviewers of this language" in listed
    assert "Add a term" not in listed
    for path in ("new/", f"{quiz.public_id}/", f"{quiz.public_id}/remove/"):
        assert client.get(f"/en/workshop/glossary/ar/{path}").status_code == 403
    for path in ("", "ar/", "ar/new/"):
        assert outside.get(f"/en/workshop/glossary/{path}").status_code == 404
    for path in ("en/", "xx/", "ar/short/", f"fr/{quiz.public_id}/remove/"):
        assert client.get(f"/en/workshop/glossary/{path}").status_code in (403, 404)
    assert client.get("/en/workshop/glossary/xx/").status_code == 404
