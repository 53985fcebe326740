"""The catalogue's page: drawn once for everybody who is not logged in, and never older than the catalogue."""

from datetime import datetime
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from lms.catalog import queries
from lms.catalog.rules import Stage
from lms.catalog.service import change_stage
from tests.factories import SLUG, course_files, load, with_translations
from tests.people import log_in, make_person


def test_a_kept_page_is_never_older_than_the_catalogue(app: Flask, db: Session, tmp_path: Path, now: datetime) -> None:
    load(db, tmp_path, now)
    person, dee = make_person(db, "ada"), make_person(db, "dee")
    db.commit()
    anybody, ada = app.test_client(), log_in(app, person)
    english = anybody.get("/en/courses/").text
    assert SLUG in english
    assert anybody.get("/en/courses/").text == english
    assert "Ada Okafor" in ada.get("/en/courses/").text
    assert anybody.get("/en/courses/").text == english
    assert SLUG in anybody.get("/ar/courses/").text
    title = queries.reading(db, 1, "en").package.title
    load(db, tmp_path, now, with_translations(course_files(), "ar", {title: "عنوان جديد"}))
    db.commit()
    assert "عنوان جديد" in anybody.get("/ar/courses/").text
    change_stage(db, dee, queries.course_by_slug(db, dee, SLUG, now), Stage.ARCHIVED, now)
    db.commit()
    assert SLUG not in anybody.get("/en/courses/").text
    assert "عنوان جديد" not in anybody.get("/ar/courses/").text
