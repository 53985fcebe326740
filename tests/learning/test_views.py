"""What a participant of a course that an instructor leads sees of it."""

from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from lms.learning import queries, service
from lms.runs.queries import place
from tests.factories import RUN, SLUG, led_files, load, make_participant, open_cohort_run, with_translations
from tests.people import log_in, make_person

QUESTION = "Who are you, and what do you hope to change?"
PAGES = {
    "session/live": ("Live session", "and a question about it."),
    "session/open-hour": ("Live session", "Open hour"),
    "discussion/hello": ("Discussion", QUESTION),
    "assignment/gap": ("Assignment", "Describe one gap in the payments you know."),
}


@pytest.fixture
def ada(app: Flask, db: Session, tmp_path: Path, now: datetime) -> FlaskClient:
    load(db, tmp_path, now, with_translations(led_files(), "ar", {QUESTION: "من أنت؟"}))
    person = make_person(db, "ada")
    make_participant(db, open_cohort_run(db, tmp_path, now), person, now)
    db.commit()
    return log_in(app, person)


def test_the_course_leads_to_each_by_its_name(ada: FlaskClient) -> None:
    home, about = ada.get(f"/en/learn/{RUN}/").text, ada.get(f"/en/courses/{SLUG}/").text
    for path, (kind, _text) in PAGES.items():
        assert f'href="/en/learn/{RUN}/{path}/"' in home
        assert f'<span class="meta">{kind}' in home
        assert f'<span class="meta">{kind}' in about
    assert "Attend at least 90 minutes of live sessions." in about


@pytest.mark.parametrize("path", PAGES)
def test_each_shows_its_text(ada: FlaskClient, path: str) -> None:
    kind, text = PAGES[path]
    shown = ada.get(f"/en/learn/{RUN}/{path}/").text
    assert f'<p class="meta">{kind}' in shown
    assert text in shown.partition("<article")[2]


def test_a_text_is_shown_in_the_readers_language(ada: FlaskClient) -> None:
    hello = ada.get(f"/ar/learn/{RUN}/discussion/hello/").text
    assert "من أنت؟" in hello
    assert 'class="notice"' not in hello
    assert 'class="notice"' in ada.get(f"/ar/learn/{RUN}/assignment/gap/").text


def test_an_address_of_another_kind_or_for_a_stranger_is_none(app: Flask, db: Session, ada: FlaskClient) -> None:
    eve = make_person(db, "eve")
    db.commit()
    stranger = log_in(app, eve)
    for path in PAGES:
        assert stranger.get(f"/en/learn/{RUN}/{path}/").status_code == 404
    for path in ("discussion/live", "assignment/hello", "session/gap", "lesson/gap", "session/what", "session/none"):
        assert ada.get(f"/en/learn/{RUN}/{path}/").status_code == 404


def test_what_is_missing_for_the_certificate(app: Flask, db: Session, tmp_path: Path, now: datetime) -> None:
    load(db, tmp_path, now, led_files())
    person = make_person(db, "ada")
    enrolment = make_participant(db, open_cohort_run(db, tmp_path, now), person, now)
    found = place(db, person, RUN, "en")

    def lines(done: set[str], minutes: int) -> dict[str, tuple[bool, str | None]]:
        outline = queries.outline(found, done, "en", now)
        completion, _participation = queries.certificate_standings(found, outline, done, minutes, set(), None)
        return {item.sentence: (item.done, item.url) for item in completion.items}

    begun = lines(set(), 0)
    gap = f"/en/learn/{RUN}/assignment/gap/"
    assert begun["Hand in “Name a gap” and earn at least 4 of 6 points"] == (False, gap)
    assert begun["0 of 90 minutes of live sessions attended"] == (False, f"/en/learn/{RUN}/session/live/")
    ended = lines({"gap"}, 120)
    assert ended["Assignment “Name a gap” passed"] == (True, None)
    assert ended["90 of 90 minutes of live sessions attended"] == (True, None)
    for key in ("what", "how", "final", "gap", "view"):
        service.complete_activity(db, person, enrolment, key, "en", now)
    done = queries.done_activities(db, enrolment)
    met = {
        kind: queries.weigh_requirement(found.reading.package, requirement, done, 0).met
        for kind, requirement in queries.requirements(found.reading.package).items()
    }
    assert met == {"completion": False, "participation": True}, "nobody has attended a live session yet"
    assert queries.earned_completions(db, enrolment) == set(), "a dated run is decided when it is closed"
