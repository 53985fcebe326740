"""The glossary of a language: what comes with the platform, what people change, and that it is seen at the desk."""

import html
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms import consequences
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.kernel.i18n import LANGUAGES
from lms.kernel.outbox import work_once
from lms.kernel.refusals import Conflict, Denied, Invalid
from lms.kernel.text import fold
from lms.settings import Settings
from lms.translation.models import GlossaryTerm, Translation
from lms.workshop.queries.glossary import glossary
from lms.workshop.queries.terms import terms_of, with_terms_marked
from lms.workshop.service.glossary import (
    Said,
    add_term,
    change_term,
    confirm_term,
    read_seeds,
    remove_term,
    seed_files,
    take_in_seeds,
)
from tests.people import make_person
from tests.workshop.test_desk import Workshop, workshop

__all__ = ["workshop"]
FLOOR = Said("social protection floor", "أرضية الحماية الاجتماعية", "The first guarantees.", ("حد أدنى",))


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_what_comes_with_the_platform_is_whole_and_sorted(language: str) -> None:
    seeds = read_seeds(seed_files()[language])
    assert len(seeds) > 40
    for seed in seeds:
        assert set(seed) == {"term", "translation", "definition", "forbidden", "needs_review"}
        assert all(isinstance(seed[name], str) and seed[name].strip() for name in ("term", "translation", "definition"))
        assert seed["translation"] not in seed["forbidden"]
    terms = [seed["term"] for seed in seeds]
    assert terms == sorted(terms)
    assert len({fold(term) for term in terms}) == len(terms)
    assert language != "ar" or all(seed["needs_review"] for seed in seeds)


def test_seeds_come_once_and_never_over_what_people_did(db: Session, now: datetime) -> None:
    rim, gala = make_person(db, "rim"), make_person(db, "gala")
    first = take_in_seeds(db, now)
    assert first == sum(len(read_seeds(path)) for path in seed_files().values())
    assert take_in_seeds(db, now) == 0
    quiz, lesson = (
        db.scalars(select(GlossaryTerm).where(GlossaryTerm.language == "ar", GlossaryTerm.term == term)).one()
        for term in ("quiz", "lesson")
    )
    change_term(db, rim, quiz, Said("quiz", "اختبار", ""), quiz.version, now)
    remove_term(db, gala, lesson, lesson.version, now)
    assert take_in_seeds(db, now) == 0
    said = {pair.term: pair.target for pair in terms_of(db, "ar")}
    assert said["quiz"] == "اختبار"
    assert "lesson" not in said


def test_a_term_is_added_changed_confirmed_and_removed(db: Session, now: datetime) -> None:
    rim, gala = make_person(db, "rim"), make_person(db, "gala")
    row = add_term(db, rim, "ar", FLOOR, now)
    with pytest.raises(Invalid, match="already"):
        add_term(db, gala, "ar", Said("Social Protection FLOOR", "أرضية", ""), now)
    with pytest.raises(Denied, match="somebody else"):
        confirm_term(db, rim, row, row.version, now)
    confirm_term(db, gala, row, row.version, now)
    assert not row.needs_review
    with pytest.raises(Conflict, match="meantime"):
        change_term(db, rim, row, FLOOR, row.version - 1, now)
    change_term(db, gala, row, Said(FLOOR.term, "أرضيات الحماية", ""), row.version, now)
    assert row.needs_review
    remove_term(db, rim, row, row.version, now)
    assert glossary(db, "ar", "", unconfirmed=False).terms == []
    again = add_term(db, rim, "ar", FLOOR, now)
    assert again.id == row.id
    for wrong in (Said("", "x", ""), Said("x", "", ""), Said("x" * 300, "y", ""), Said("x", "y", "", ("y",))):
        with pytest.raises(Invalid):
            add_term(db, rim, "ar", wrong, now)


def test_terms_are_marked_in_the_source_to_the_letter(db: Session, now: datetime) -> None:
    add_term(db, make_person(db, "rim"), "ar", FLOOR, now)
    source = "A **social protection floor** and [two floors](term:floor): Social protection floors differ."
    stretches = with_terms_marked(source, terms_of(db, "ar"))
    assert "".join(each.text for each in stretches) == source
    assert [each.text for each in stretches if each.term] == ["social protection floor", "Social protection floors"]


def test_the_pages_of_the_glossary(
    workshop: Workshop, settings: Settings, database: Database, tmp_path: Path, now: datetime
) -> None:
    base = "/en/workshop/glossary/ar/"
    rim, chi = workshop.as_("rim"), workshop.as_("chi")
    assert chi.get(base).status_code == 200
    assert chi.get(f"{base}new/").status_code == 403
    assert workshop.as_("eve").get(base).status_code == 404
    assert rim.get("/en/workshop/glossary/fr/new/").status_code == 403
    assert [rim.get(f"/en/workshop/glossary/{code}/").status_code for code in ("en", "xx")] == [404, 404]
    page = rim.get(f"{base}new/")
    token = workshop.fields(page)["csrf_token"]
    fields = {
        "csrf_token": token,
        "term": "enrolled",
        "translation": "ملتحق",
        "forbidden": "مسجَّل؛ مقيَّد",
        "definition": "",
    }
    assert "Write how it is said" in rim.post(f"{base}new/", data=fields | {"translation": ""}).text
    assert rim.post(f"{base}new/", data=fields).status_code == 303
    listed = rim.get(f"{base}?q=enrol&show=unconfirmed").text
    assert "ملتحق" in listed
    assert "مسجَّل · مقيَّد" in listed
    edit = re.search(r'href="(/en/workshop/glossary/ar/[\w-]{22}/)"', listed)
    assert edit
    seen = workshop.fields(rim.get(edit[1]))
    assert rim.post(f"{edit[1]}confirm/", data=seen).status_code == 403
    gala = workshop.as_("gala")
    theirs = workshop.fields(gala.get(edit[1]))
    assert gala.post(f"{edit[1]}confirm/", data=theirs).status_code == 303
    assert gala.post(f"{edit[1]}remove/", data=theirs).status_code == 409
    assert gala.post(edit[1], data=fields | theirs).status_code == 409

    desk = html.unescape(workshop.open("chi", workshop.place("People are enrolled")).text)
    assert "<mark>enrolled</mark>" in desk
    assert "مسجَّل" in desk
    workshop.save("chi", "People are enrolled", "يُسجَّل الناس")
    handlers = consequences.after(settings, database, FileStore(tmp_path / "files"), lambda: now)
    current = workshop.fields(gala.get(edit[1]))
    assert gala.post(f"{edit[1]}remove/", data=current).status_code == 303
    with database.session(write=False) as db:
        assert db.scalars(select(Translation.warnings).where(Translation.language == "ar")).all() == [1]
    while work_once(database, handlers, lambda: now + timedelta(days=365)):
        pass
    with database.session(write=False) as db:
        assert db.scalars(select(Translation.warnings).where(Translation.language == "ar")).all() == [0]
