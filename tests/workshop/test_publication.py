"""A language is published from a threshold on, withdrawn without stranding anybody, and published again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.accounts.rules import Role
from lms.catalog.rules import must_be_exact
from lms.kernel import clock
from lms.kernel.models import AuditEntry
from lms.settings import Settings
from lms.translation.models import Segment
from tests.accounts.visitor import Visitor
from tests.factories import SLUG, course_files, load, make_enrolment, translated_fully, with_translations
from tests.people import log_in, make_person
from tests.workshop.work import approve, give, segments

HERE = f"/en/workshop/{SLUG}/fr/publication/"
LESSON = f"/fr/learn/{SLUG}/lesson/what/"
CASH = "It is quick, and it respects what people know about their own needs."
CASH_FR = "C’est rapide, et cela respecte ce que les gens savent de leurs besoins."


@pytest.fixture
def now() -> datetime:
    return clock.now()


@dataclass
class Stage:
    """A course in English; Chi writes its French, Rim approves and publishes it, Ada learns from the beginning."""

    app: Flask
    db: Session
    settings: Settings
    now: datetime
    people: dict[str, Person]

    def visitor(self, key: str) -> Visitor:
        return Visitor(log_in(self.app, self.people[key]))

    def approve(self, chosen: list[Segment]) -> None:
        chi, rim = self.people["chi"], self.people["rim"]
        texts = {each.id: CASH_FR for each in chosen if each.document == "lesson what" and each.words == 13}
        say = lambda segment: texts.get(segment.id, f"FR {segment.public_id}")  # noqa: E731 - shorter than its name
        approve(self.db, self.settings, chi, rim, chosen, "fr", self.now, say)

    def offered(self) -> bool:
        """Whether somebody who comes by finds the course among those in French."""
        page = self.app.test_client().get("/en/courses/?language=fr").text
        return f"/en/courses/{SLUG}/" in page.partition("Begun in this language")[0]

    def reads(self, key: str) -> str:
        return self.visitor(key).open(LESSON).text

    def certificate_languages(self, key: str) -> set[str]:
        text = self.visitor(key).open(f"/en/learn/{SLUG}/certificate/").text
        return {code for code in ("en", "fr") if f'value="{code}"' in text}


@pytest.fixture
def stage(app: Flask, db: Session, settings: Settings, tmp_path: Path, now: datetime) -> Stage:
    load(db, tmp_path, now)
    people = {key: make_person(db, key) for key in ("ada", "px", "chi", "rim", "gala")}
    give(db, people["chi"], Role.TRANSLATOR, now, language="fr")
    give(db, people["rim"], Role.REVIEWER, now, language="fr")
    give(db, people["gala"], Role.COORDINATOR, now)
    make_enrolment(db, people["ada"], now - timedelta(minutes=1))
    db.commit()
    return Stage(app, db, settings, now, people)


def enough(every: list[Segment], share: float = 0.8) -> list[Segment]:
    """All that must be exact, and as little of the rest as makes up the share; the lesson that is read among it."""
    exact = [each for each in every if must_be_exact(each.document)]
    rest = [each for each in every if not must_be_exact(each.document)]
    rest.sort(key=lambda each: each.document != "lesson what")
    chosen, needed = [], share * sum(each.words for each in rest)
    while sum(each.words for each in chosen) < needed:
        chosen.append(rest[len(chosen)])
    assert len(chosen) < len(rest)
    return exact + chosen


def test_from_the_threshold_on_withdrawn_and_back(stage: Stage) -> None:
    rim = stage.visitor("rim")
    *most, last = enough(segments(stage.db))
    stage.approve(most)
    page = rim.open(HERE)
    assert "Not enough yet" in page.text
    assert "Publish this language" not in page.text
    assert f"/en/workshop/{SLUG}/fr/?state=untranslated" in page.text
    assert rim.send(f"{HERE}publish/", seen_on=HERE).status_code == 409
    assert not stage.offered()
    assert stage.certificate_languages("ada") == {"en"}

    stage.approve([last])
    assert "Not enough yet" not in rim.open(HERE).text
    assert rim.send(f"{HERE}publish/", seen_on=HERE).status_code == 303
    assert rim.send(f"{HERE}publish/", seen_on="/en/profile/").status_code == 409
    assert stage.offered()
    assert stage.certificate_languages("ada") == {"en", "fr"}
    assert CASH_FR in stage.reads("ada")

    assert rim.send(f"{HERE}withdraw/", {"reason": " "}, seen_on=HERE).status_code == 422
    assert rim.send(f"{HERE}withdraw/", {"reason": "a\u202eb"}, seen_on=HERE).status_code == 422
    assert stage.offered()
    assert rim.send(f"{HERE}withdraw/", {"reason": "Wrong terms"}, seen_on=HERE).status_code == 303
    assert rim.send(f"{HERE}withdraw/", {"reason": "Wrong terms"}, seen_on="/en/profile/").status_code == 409
    assert not stage.offered()
    assert stage.certificate_languages("ada") == {"en"}
    assert CASH_FR in stage.reads("ada"), "who had enrolled before goes on reading in it"
    make_enrolment(stage.db, stage.people["px"], clock.now(), "fr")
    stage.db.commit()
    lesson = stage.reads("px")
    assert CASH in lesson
    assert CASH_FR not in lesson
    assert "pas encore" in lesson, "a notice in the reader's own language"

    assert rim.send(f"{HERE}publish/", seen_on=HERE).status_code == 303
    assert stage.offered()
    assert stage.certificate_languages("px") == {"en", "fr"}
    assert CASH_FR in stage.reads("px")
    entries = stage.db.scalars(select(AuditEntry).where(AuditEntry.action == "change_language_state"))
    moves = [
        (entry.actor, entry.before, entry.after) for entry in entries if entry.thing == f"course-language:{SLUG}/fr"
    ]
    who = f"person:{stage.people['rim'].public_id}"
    assert moves == [
        (who, {"state": "in-preparation"}, {"state": "published"}),
        (who, {"state": "published"}, {"state": "withdrawn", "reason": "Wrong terms"}),
        (who, {"state": "withdrawn"}, {"state": "published"}),
    ]


def test_who_publishes(stage: Stage) -> None:
    stage.approve(segments(stage.db))
    chi, gala = stage.visitor("chi"), stage.visitor("gala")
    page = chi.open(HERE)
    assert "Only reviewers and coordinators publish a language." in page.text
    assert "Publish this language" not in page.text
    for verb in ("publish", "withdraw"):
        assert chi.send(f"{HERE}{verb}/", {"reason": "x"}, seen_on=HERE).status_code == 403
        assert stage.visitor("ada").send(f"{HERE}{verb}/", {"reason": "x"}, seen_on="/en/profile/").status_code == 404
    assert stage.visitor("ada").open(HERE).status_code == 404
    assert gala.send(f"{HERE}publish/", seen_on=HERE).status_code == 303
    assert gala.send(f"{HERE}withdraw/", {"reason": "x"}, seen_on=HERE).status_code == 303


def test_only_a_language_that_is_begun_and_ones_own(stage: Stage) -> None:
    stage.approve(segments(stage.db)[:1])
    gala, rim = stage.visitor("gala"), stage.visitor("rim")
    for language in ("en", "es", "xx"):
        path = f"/en/workshop/{SLUG}/{language}/publication/"
        assert gala.open(path).status_code == 404
        for verb in ("publish", "withdraw"):
            assert gala.send(f"{path}{verb}/", {"reason": "x"}, seen_on=HERE).status_code == 404
            assert rim.send(f"{path}{verb}/", {"reason": "x"}, seen_on=HERE).status_code == 404
        assert rim.open(path).status_code == 404
    assert gala.open(HERE).status_code == 200
    other = make_person(stage.db, "omar")
    give(stage.db, other, Role.REVIEWER, stage.now, language="ar")
    stage.db.commit()
    omar = Visitor(log_in(stage.app, other))
    assert omar.open(HERE).status_code == 403
    assert omar.send(f"{HERE}publish/", seen_on="/en/profile/").status_code == 403


def test_the_course_sets_the_threshold(stage: Stage, tmp_path: Path) -> None:
    lenient = course_files()["course.yaml"].decode() + "publication: {exact: 50, rest: 0}\n"
    load(stage.db, tmp_path, stage.now, course_files(course=lenient))
    every = segments(stage.db)
    exact = [each for each in every if must_be_exact(each.document)]
    half = [each for number, each in enumerate(exact) if number % 3]
    assert sum(each.words for each in half) * 2 >= sum(each.words for each in exact)
    stage.approve(half)
    rim = stage.visitor("rim")
    page = rim.open(HERE)
    assert "(50%" in page.text
    assert "(0%" in page.text
    assert rim.send(f"{HERE}publish/", seen_on=HERE).status_code == 303
    assert stage.offered()


def test_what_the_original_changed_is_named_and_does_not_stop_it(stage: Stage, tmp_path: Path) -> None:
    stage.approve(segments(stage.db))
    load(stage.db, tmp_path, stage.now, course_files(what=course_files()["lessons/what.md"].decode() + "\nMore.\n"))
    changed = course_files(how=course_files()["lessons/how.md"].decode().replace("then they are", "then all are"))
    load(stage.db, tmp_path, stage.now, changed)
    stage.db.commit()
    rim = stage.visitor("rim")
    page = rim.open(HERE)
    assert "?state=source-changed" in page.text
    assert rim.send(f"{HERE}publish/", seen_on=HERE).status_code == 303


def test_a_package_does_not_bring_back_what_was_withdrawn(stage: Stage, tmp_path: Path) -> None:
    """People decided that; people decide the other way."""
    full = translated_fully(course_files(), "fr", "FR")
    load(stage.db, tmp_path, stage.now, full)
    stage.db.commit()
    assert stage.offered()
    rim = stage.visitor("rim")
    assert rim.send(f"{HERE}withdraw/", {"reason": "Wrong terms"}, seen_on=HERE).status_code == 303
    again = with_translations(course_files(), "fr", {CASH: CASH_FR})
    load(stage.db, tmp_path, stage.now, again)
    load(stage.db, tmp_path, stage.now, full)
    stage.db.commit()
    assert not stage.offered()
