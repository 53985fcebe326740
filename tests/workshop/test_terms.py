"""The terms of the glossary at the desk: marked in the source, looked for in the translation, at once."""

import html
import re
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms import consequences
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.kernel.outbox import work_once
from lms.settings import Settings
from lms.translation.models import Translation
from lms.workshop.queries.terms import terms_of, with_terms_marked
from lms.workshop.service.glossary import Wording, add_term
from tests.people import make_person
from tests.workshop.test_desk import Workshop, workshop

__all__ = ["workshop"]
FLOOR = Wording("social protection floor", "أرضية الحماية الاجتماعية", "The first guarantees.", ("حد أدنى",))


def test_terms_are_marked_in_the_source_to_the_letter(db: Session, now: datetime) -> None:
    add_term(db, make_person(db, "dee", now=now), "ar", FLOOR, now)
    source = "A **social protection floor** and [two floors](term:floor): Social protection floors differ."
    stretches = with_terms_marked(source, terms_of(db, "ar"))
    assert "".join(each.text for each in stretches) == source
    assert [each.text for each in stretches if each.term] == ["social protection floor", "Social protection floors"]


def test_a_term_works_at_the_desk_as_soon_as_it_is_there(
    workshop: Workshop, settings: Settings, database: Database, tmp_path: Path, now: datetime
) -> None:
    base = "/en/workshop/glossary/ar/"
    rim, gala = workshop.as_("rim"), workshop.as_("gala")
    token = workshop.fields(rim.get(f"{base}new/"))["csrf_token"]
    said = {"term": "enrolled", "translation": "ملتحق", "forbidden": "مسجَّل؛ مقيَّد", "definition": ""}
    assert rim.post(f"{base}new/", data={**said, "csrf_token": token}).status_code == 303
    listed = rim.get(f"{base}?q=enrol&unconfirmed=1").text
    edit = re.search(r'href="(/en/workshop/glossary/ar/[\w-]{22}/)remove/', listed)
    assert edit
    version = {"csrf_token": workshop.fields(gala.get(f"{edit[1]}remove/"))["csrf_token"], "version": "1"}
    assert gala.post(f"{edit[1]}confirm/", data=version).status_code == 303
    assert gala.post(f"{edit[1]}remove/", data=version).status_code == 409

    desk = html.unescape(workshop.open("chi", workshop.place("People are enrolled")).text)
    assert "<mark>enrolled</mark>" in desk
    assert "مسجَّل" in desk
    workshop.save("chi", "People are enrolled", "يُسجَّل الناس")
    handlers = consequences.after(settings, database, FileStore(tmp_path / "files"), lambda: now)
    assert gala.post(f"{edit[1]}remove/", data={**version, "version": "2"}).status_code == 303
    with database.session(write=False) as db:
        assert db.scalars(select(Translation.warnings).where(Translation.language == "ar")).all() == [1]
    while work_once(database, handlers, lambda: now + timedelta(days=365)):
        pass
    with database.session(write=False) as db:
        assert db.scalars(select(Translation.warnings).where(Translation.language == "ar")).all() == [0]
