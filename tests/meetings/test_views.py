"""The screens: a session from its plan to the attendance of those who came, for both sides, without scripts."""

import re
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.kernel import clock
from lms.kernel.db import Database
from lms.meetings.models import Meeting, Question
from lms.meetings.rules import MeetingKind
from lms.runs.models import Enrolment, Run
from tests.factories import make_participant
from tests.meetings.holding import led_run, make_tutor, plan
from tests.people import log_in, make_person

TEACHING = "/en/teaching/cash-autumn/sessions/"
LEARNING = "/en/learn/cash-autumn/sessions/"


class Browser:
    """Sends forms as the pages do."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, url: str, status: int = 200) -> str:
        answer = self.client.get(url)
        assert answer.status_code == status, url
        return answer.text

    def post(self, url: str, status: int = 303, **fields: Any) -> str:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get("/en/profile/").text)
        assert token
        answer = self.client.post(url, data={"csrf_token": token[1], **fields})
        assert answer.status_code == status, answer.text
        return answer.text


@pytest.fixture
def run(db: Session, tmp_path: Path) -> Run:
    return led_run(db, tmp_path, clock.now())


@pytest.fixture
def ada(db: Session, run: Run) -> Enrolment:
    return make_participant(db, run, make_person(db, "ada", time_zone="Asia/Manila"), clock.now())


@pytest.fixture
def tutor(app: Flask, db: Session, run: Run) -> Browser:
    bo = make_tutor(db, run, clock.now())
    db.commit()
    return Browser(log_in(app, bo))


@pytest.fixture
def learner(app: Flask, db: Session, ada: Enrolment, tutor: Browser) -> Browser:
    return Browser(log_in(app, db.get_one(Person, ada.person_id)))


def form(begin: datetime, **changes: object) -> dict[str, object]:
    return {
        "kind": "live",
        "activity": "live",
        "title": "",
        "held_on": begin.date().isoformat(),
        "hour": begin.strftime("%H:%M"),
        "time_zone": "UTC",
        "minutes": "60",
        "link": "https://rooms.example.org/j/1?pwd=a&b=c",
        "resource_persons": "",
        "note": "",
        "deed": "plan",
    } | changes


def test_from_the_plan_to_who_attended(
    app: Flask, db: Session, run: Run, ada: Enrolment, tutor: Browser, learner: Browser
) -> None:
    began = clock.now().replace(second=0, microsecond=0) - timedelta(minutes=10)
    tutor.get(TEACHING)
    assert "Questions and answers" in tutor.get(f"{TEACHING}new/")
    looked = tutor.post(f"{TEACHING}new/", 200, **form(began, deed="look"))
    assert "Asia/Manila" in looked
    assert db.scalars(select(Meeting)).all() == []
    db.commit()
    tutor.post(f"{TEACHING}new/", **form(began, anyway="y"))
    meeting = db.scalars(select(Meeting)).one()
    db.commit()
    mine, theirs = f"{LEARNING}{meeting.public_id}/", f"{TEACHING}{meeting.public_id}/"
    for page in (learner.get(LEARNING), learner.get(mine), learner.get("/en/learn/cash-autumn/session/live/")):
        assert "Your time" in page
        assert "Session time" in page
        assert "UTC" in page
        assert "rooms.example.org" not in page
    assert "Live sessions" in learner.get("/en/learn/cash-autumn/")
    door = learner.post(f"{mine}join/", 200)
    assert door.count('href="https://rooms.example.org/j/1?pwd=a&amp;b=c"') == 1
    assert f"[{ada.public_id}]" in learner.get(mine)
    assert "went to the room by their own link" in learner.get(mine)
    assert "went to the room by their own link" in tutor.get(theirs)
    day = began.strftime("%m/%d/%Y")
    report = (
        "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest\n"
        f"Ada,ada@example.org,{day} {began:%H:%M}:00,{day} {began + timedelta(minutes=9):%H:%M}:00,9,No\n"
        f"iPad,,{day} {began:%H:%M}:00,{day} {began + timedelta(minutes=9):%H:%M}:00,9,Yes\n"
    )
    if (began + timedelta(minutes=9)).date() != began.date():  # over midnight a report tells two days
        report = report.replace(f"{day} 00:", f"{began + timedelta(days=1):%m/%d/%Y} 00:")
    wrong = tutor.post(f"{theirs}report/", 422, report=(BytesIO(b"a,b"), "a.csv"), time_zone="UTC")
    assert "not a participant report" in wrong
    tutor.post(f"{theirs}report/", report=(BytesIO(report.encode()), "zoom.csv"), time_zone="UTC")
    page = tutor.get(theirs)
    assert "The report gives no e-mail address" in page
    line = re.search(rf'href="({theirs}waiting/[^"]+)"', page)
    assert line
    assert "iPad" in tutor.get(line[1])
    tutor.post(line[1], 422, whose="?")
    tutor.post(line[1], whose="")
    assert "iPad" not in tutor.get(theirs)
    assert "9 minutes of this session count for you." in learner.get(mine)
    person = f"{theirs}attendance/{ada.public_id}/"
    tutor.post(person, 422, minutes="70", reason="Long")
    tutor.post(person, minutes="50", reason="The line broke, they dialled in")
    assert "The line broke, they dialled in" in learner.get(mine)
    assert "50 minutes of live sessions so far" in learner.get(LEARNING)
    assert "50 of 90 minutes of live sessions attended" in learner.get("/en/learn/cash-autumn/")
    assert "Ada Okafor" in tutor.get(f"{theirs}sheet/")
    learner.get(theirs, 403)
    Browser(log_in(app, _person(db, "eve"))).get(theirs, 404)


def _person(db: Session, key: str) -> Person:
    person = make_person(db, key)
    db.commit()
    return person


def test_night_is_warned_of_before_anything_is_planned(db: Session, ada: Enrolment, tutor: Browser) -> None:
    at_night = (clock.now() + timedelta(days=9)).replace(hour=18, minute=0)
    page = tutor.post(f"{TEACHING}new/", 422, **form(at_night))
    assert "This is night for 1 person in the run." in page
    assert "These hours of the same day are night for fewer people" in page
    assert 'name="anyway"' in page
    assert db.scalars(select(Meeting)).all() == []
    db.commit()
    by_day = at_night.replace(hour=8)
    tutor.post(f"{TEACHING}new/", **form(by_day))
    meeting = db.scalars(select(Meeting)).one()
    db.commit()
    change = f"{TEACHING}{meeting.public_id}/plan/"
    assert 'value="08:00"' in tutor.get(change)
    tutor.post(change, 422, **form(at_night, sequence="0"))
    tutor.post(change, **form(at_night, sequence="0", anyway="y"))
    tutor.post(change, 409, **form(by_day, sequence="0"))
    tutor.post(f"{TEACHING}{meeting.public_id}/cancel/", 422, reason="")
    tutor.post(f"{TEACHING}{meeting.public_id}/cancel/", reason="The speaker is ill.")


def test_an_hour_that_does_not_exist_is_refused_at_its_field(db: Session, tutor: Browser) -> None:
    sent = form(datetime(2027, 3, 28, 2, 30), time_zone="Europe/Paris")  # noqa: DTZ001 - on the wall
    page = tutor.post(f"{TEACHING}new/", 422, **sent)
    assert "This hour does not exist on that day" in page
    assert 'href="#hour"' in page


def test_a_clinic_on_both_sides(db: Session, run: Run, ada: Enrolment, tutor: Browser, learner: Browser) -> None:
    soon = clock.now() + timedelta(days=2)
    tutor.post(f"{TEACHING}new/", **form(soon, kind="clinic", resource_persons="Chi Haddad", anyway="y"))
    meeting = db.scalars(select(Meeting)).one()
    mine, theirs = f"{LEARNING}{meeting.public_id}/", f"{TEACHING}{meeting.public_id}/"
    db.commit()
    assert "Chi Haddad" in learner.get(mine)
    assert "Write your question" in learner.post(f"{mine}questions/", 422, text="")
    learner.post(f"{mine}questions/", text="<b>Who</b> pays?")
    question = db.scalars(select(Question)).one()
    page = tutor.get(theirs)
    assert "&lt;b&gt;Who&lt;/b&gt; pays?" in page
    assert "Ada Okafor" in page
    db.commit()
    learner.post(f"{mine}questions/{question.public_id}/vote/", 403, wanted="yes")
    tutor.post(f"{theirs}answers/{question.public_id}/", 422, answer="")
    tutor.post(f"{theirs}answers/{question.public_id}/", answer="The fund.")
    assert "Bo Lindqvist answers:" in learner.get(mine)
    assert "The way to the room opens here an hour before" in learner.get(mine)
    learner.post(f"{mine}join/", 403)


def test_a_hangout_lists_nobody_anywhere(
    db: Session, run: Run, ada: Enrolment, tutor: Browser, learner: Browser
) -> None:
    began = clock.now() - timedelta(minutes=10)
    tutor.post(f"{TEACHING}new/", **form(began, kind="hangout", activity="", title="Coffee", anyway="y"))
    meeting = db.scalars(select(Meeting)).one()
    db.commit()
    mine, theirs = f"{LEARNING}{meeting.public_id}/", f"{TEACHING}{meeting.public_id}/"
    learner.post(f"{mine}join/", 200)
    page = tutor.get(theirs)
    assert "Ada Okafor" not in page
    assert "Recording" not in page
    tutor.get(f"{theirs}sheet/", 403)
    tutor.post(f"{theirs}headcount/", heads="6")
    assert "6 people came." in tutor.get(theirs)
    assert "Your attendance" not in learner.get(mine)


@pytest.mark.parametrize("path", ["", "{meeting}/", "{meeting}/sheet/"])
def test_as_many_queries_for_many_as_for_few(
    db: Session, database: Database, run: Run, ada: Enrolment, tutor: Browser, path: str
) -> None:
    bo = db.scalars(select(Person).where(Person.email == "bo@example.org")).one()
    now = clock.now()
    meeting = plan(db, bo, run, now, held_on=(now - timedelta(days=1)).date(), kind=MeetingKind.CLINIC)
    db.commit()
    counts = []
    for keys in (["p1"], ["p2", "p3", "p4", "p5", "p6"]):
        for key in keys:
            make_participant(db, run, make_person(db, key), now)
        db.commit()
        tutor.get(TEACHING + path.format(meeting=meeting.public_id))
        asked: list[str] = []

        def note(*sent: Any, asked: list[str] = asked) -> None:
            asked.append(sent[2])

        event.listen(database.engine, "before_cursor_execute", note)
        tutor.get(TEACHING + path.format(meeting=meeting.public_id))
        event.remove(database.engine, "before_cursor_execute", note)
        counts.append(len(asked))
    assert counts[0] == counts[1]
