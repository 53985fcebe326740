"""The platform's own words, listed beside the courses': what the files say, nothing else, and nothing to change."""

from datetime import datetime

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from sqlalchemy.orm import Session

from lms.accounts.rules import Role
from lms.kernel import clock, i18n
from lms.kernel.i18n import FOLDER, Sentence
from lms.workshop.queries.interface import SENTENCES_ON_A_PAGE, Coverage, coverage, wording
from tests.accounts.visitor import Visitor
from tests.people import log_in, make_person
from tests.workshop.work import give

LIST = "/en/workshop/interface/"


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def chi(app: Flask, db: Session, now: datetime) -> Visitor:
    person = make_person(db, "chi")
    give(db, person, Role.TRANSLATOR, now, language="ar")
    db.commit()
    return Visitor(log_in(app, person))


def test_coverage_is_what_stands_in_the_files() -> None:
    for each in coverage():
        with (FOLDER / each.language / "LC_MESSAGES" / "messages.po").open("rb") as file:
            messages = [message for message in read_po(file, locale=each.language) if message.id]
        texts = [(message.string,) if isinstance(message.string, str) else message.string for message in messages]
        done = sum(all(said) and not message.fuzzy for message, said in zip(messages, texts, strict=True))
        assert (each.sentences, each.done) == (len(messages), done)
    assert [each.language for each in coverage()] == ["ar", "es", "fr"]


def test_missing_and_guesses_are_counted_apart_and_found(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = (
        Sentence(("Save",), ("Enregistrer",), fuzzy=False, files=("lms/ui/a.html",)),
        Sentence(("Go on",), ("",), fuzzy=False, files=("lms/x/letters.py",)),
        Sentence(("%(number)s day", "%(number)s days"), ("%(number)s jour", ""), fuzzy=False, files=()),
        Sentence(("Close",), ("Fermer ?",), fuzzy=True, files=()),
    )
    monkeypatch.setitem(i18n.SENTENCES, "fr", sentences)
    assert Coverage("fr", sentences=4, done=1, fuzzy=1) in coverage()
    assert next(each.missing for each in coverage() if each.language == "fr") == 2
    undone = wording("fr", "", 1, undone=True)
    assert [line.sentence.source[0] for line in undone.lines] == ["Go on", "%(number)s day", "Close"]
    assert [line.in_letters for line in undone.lines] == [True, False, False]
    assert [line.sentence for line in wording("fr", "ENREGISTRER", 1, undone=False).lines] == [sentences[0]]


def test_side_by_side_in_pages(chi: Visitor) -> None:
    page = chi.open(LIST)
    assert "Arabic" in page.text
    assert "translations/" in page.text
    total = len(i18n.SENTENCES["ar"])
    first = chi.open(f"{LIST}ar/")
    assert first.text.count('<p lang="ar" dir="rtl">') >= SENTENCES_ON_A_PAGE
    assert first.text.count("<tr>") == SENTENCES_ON_A_PAGE + 1
    last = -(-total // SENTENCES_ON_A_PAGE)
    assert 'rel="next"' in first.text
    page = chi.open(f"{LIST}ar/?page={last}")
    assert 'rel="next"' not in page.text
    assert page.text.count("<tr>") == total - (last - 1) * SENTENCES_ON_A_PAGE + 1
    assert "<textarea" not in first.text
    assert 'method="post"' not in first.text.partition("<main")[2].partition("</main>")[0]


def test_search_in_both_languages(chi: Visitor) -> None:
    assert "Log out" in chi.open(f"{LIST}ar/?q=log+OUT").text
    assert "Save" in chi.open(f"{LIST}fr/?q=enregistrer").text
    assert "No sentence fits" in chi.open(f"{LIST}fr/?q=zzzz&page=9").text
    for odd in ("page=-1", "page=x", "q=%00", "q=%25", "undone=2", "page=99999999999999999999"):
        assert chi.open(f"{LIST}es/?{odd}").status_code == 200


def test_only_languages_it_is_translated_into_and_only_for_who_has_a_part(
    app: Flask, chi: Visitor, db: Session
) -> None:
    for language in ("en", "xx", "EN"):
        assert chi.open(f"{LIST}{language}/").status_code == 404
    ada = make_person(db, "ada")
    db.commit()
    visitor = Visitor(log_in(app, ada))
    assert [visitor.open(path).status_code for path in (LIST, f"{LIST}ar/")] == [404, 404]
