"""Letters that invite, change, cancel and remind, each in the recipient's language and time; the address to subscribe
to.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms import consequences
from lms.accounts.models import Person
from lms.kernel import clock
from lms.kernel.db import Database
from lms.kernel.events import finish
from lms.kernel.files import FileStore
from lms.kernel.models import AuditEntry
from lms.kernel.outbox import work_once
from lms.meetings.links import feed_address
from lms.meetings.models import Meeting
from lms.meetings.service import calendars, planning
from lms.operations.rounds import go_round
from lms.runs.models import Enrolment, Run
from lms.runs.rules import RunStage
from lms.runs.service import withdraw_participant
from lms.settings import Settings
from tests.factories import make_participant
from tests.meetings.holding import details, led_run, make_tutor, plan
from tests.meetings.test_calendar import read_icalendar, read_vobject
from tests.people import log_in, make_person

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
BEGIN = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class World:
    """A run with Bo who teaches it, Ada in Manila who reads English and Chi in Tunis who reads French."""

    def __init__(self, db: Session, database: Database, settings: Settings, folder: Path) -> None:
        self.db, self.database, self.settings, self.folder = db, database, settings, folder
        self.run: Run = led_run(db, folder, NOW)
        self.bo = make_tutor(db, self.run, NOW)
        self.ada = self.join("ada", language="en", time_zone="Asia/Manila")
        self.chi = self.join("chi", language="fr", time_zone="Africa/Tunis")
        self.settle(NOW)

    def join(self, key: str, **values: object) -> Enrolment:
        return make_participant(self.db, self.run, make_person(self.db, key, now=NOW, **values), NOW)

    def settle(self, now: datetime) -> None:
        finish(self.db, consequences.within(self.settings), now)
        self.work(now)

    def work(self, now: datetime) -> None:
        """Everything in the outbox, once what asked for it is committed."""
        handlers = consequences.after(self.settings, self.database, FileStore(self.folder / "files"), lambda: now)
        while work_once(self.database, handlers, lambda: now):
            pass

    def letters(self) -> list[EmailMessage]:
        """What arrived since the last time, by recipient and subject."""
        found: list[Any] = []
        for path in (self.folder / "mail").glob("*.eml") if (self.folder / "mail").exists() else ():
            found.append(message_from_bytes(path.read_bytes(), policy=default))
            path.unlink()
        return sorted(found, key=lambda each: (str(each["To"]), str(each["Subject"])))


@pytest.fixture
def world(db: Session, database: Database, settings: Settings, tmp_path: Path) -> World:
    found = World(db, database, settings, tmp_path)
    found.letters()
    return found


def calendar_in(letter: EmailMessage) -> str:
    [part] = [each for each in letter.walk() if each.get_content_type() == "text/calendar"]
    return str(part.get_content()).replace("\r\n", "\n").replace("\n", "\r\n")


def method_of(letter: EmailMessage) -> str:
    [part] = [each for each in letter.walk() if each.get_content_type() == "text/calendar"]
    return str(part.get_param("method"))


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_a_session_is_told_changed_and_cancelled_in_every_calendar(world: World) -> None:
    meeting = plan(world.db, world.bo, world.run, NOW, note="Bring your registry.")
    world.settle(NOW)
    to_ada, to_chi = world.letters()
    assert (to_ada["To"], to_ada["Content-Language"]) == ("Ada Okafor <ada@example.org>", "en")
    assert (to_chi["Content-Language"], method_of(to_ada)) == ("fr", "REQUEST")
    said = text_of(to_ada)
    assert "Your time: November 25, 2026, 8:00" in said
    assert "Session time: November 25, 2026, 3:00" in said
    assert "(Africa/Nairobi)" in said
    assert "Bring your registry." in said
    assert f"http://localhost/en/learn/cash-autumn/sessions/{meeting.public_id}/" in said
    assert meeting.link is not None
    assert meeting.link not in to_ada.as_string(), "the way to the room is on the page alone"
    assert "25 novembre 2026" in text_of(to_chi)
    assert "13:00" in text_of(to_chi), "noon in UTC is one in Tunis"
    assert f"/fr/learn/cash-autumn/sessions/{meeting.public_id}/" in text_of(to_chi)
    for letter, address in ((to_ada, "ada@example.org"), (to_chi, "chi@example.org")):
        text = calendar_in(letter)
        [event] = read_icalendar(text)
        assert read_vobject(text) == [event]
        assert event[:5] == (f"{meeting.public_id}@localhost", 0, "CONFIRMED", BEGIN, timedelta(minutes=60))
        assert f"mailto:{address}" in text.replace("\r\n ", "")

    later = NOW + timedelta(hours=1)
    planning.change_meeting(world.db, world.bo, world.run, meeting, 0, details(hour=time(16)), later)
    world.settle(later)
    for letter in world.letters():
        [event] = read_icalendar(calendar_in(letter))
        assert (method_of(letter), event[1], event[3]) == ("REQUEST", 1, BEGIN + timedelta(hours=1))
    planning.cancel_meeting(world.db, world.bo, world.run, meeting, reason="The speaker is ill.", now=later)
    world.settle(later)
    for letter in world.letters():
        [event] = read_icalendar(calendar_in(letter))
        assert (method_of(letter), event[0], event[1], event[2]) == (
            "CANCEL", f"{meeting.public_id}@localhost", 2, "CANCELLED",
        )  # fmt: skip
        assert "The speaker is ill." in text_of(letter)
    told = world.db.scalars(select(AuditEntry.action).where(AuditEntry.thing == f"meeting:{meeting.public_id}")).all()
    assert list(told) == ["tell_meeting"] * 3


def test_what_is_overtaken_or_over_is_not_told(world: World) -> None:
    meeting = plan(world.db, world.bo, world.run, NOW)
    planning.change_meeting(world.db, world.bo, world.run, meeting, 0, details(hour=time(16)), NOW)
    plan(world.db, world.bo, world.run, NOW, held_on=date(2026, 11, 19))
    world.settle(NOW)
    assert [read_icalendar(calendar_in(each))[0][1] for each in world.letters()] == [1, 1]
    calendars.tell_meeting(world.db, world.settings, meeting.public_id, 1, NOW)
    world.settle(NOW)
    assert world.letters() == [], "told once, whatever is tried twice"


def test_who_comes_gets_all_coming_sessions_and_who_leaves_loses_them(world: World) -> None:
    plan(world.db, world.bo, world.run, NOW)
    plan(world.db, world.bo, world.run, NOW, activity="open-hour", held_on=date(2026, 12, 2), time_zone="Europe/Paris")
    world.settle(NOW)
    world.letters()
    px = world.join("px")
    world.settle(NOW)
    [letter] = world.letters()
    assert (letter["To"], method_of(letter)) == ("Px <px@example.org>", "PUBLISH")
    assert [each[2] for each in read_vobject(calendar_in(letter))] == ["CONFIRMED", "CONFIRMED"]
    assert "Open hour" in text_of(letter)
    later = NOW + timedelta(hours=1)
    withdraw_participant(world.db, world.db.get_one(Person, px.person_id), world.run, px, reason="", now=later)
    world.settle(later)
    [letter] = world.letters()
    assert (letter["To"], method_of(letter)) == ("Px <px@example.org>", "CANCEL")
    assert [each[2] for each in read_icalendar(calendar_in(letter))] == ["CANCELLED", "CANCELLED"]


@pytest.fixture
def rounds(world: World) -> Callable[[datetime], list[str]]:
    """Go round at a moment; who is written to, and what."""

    def at(now: datetime) -> list[str]:
        world.db.commit()
        go_round(world.database, consequences.within(world.settings), now)
        world.work(now)
        return [f"{each['To'].addresses[0].username} {each['Subject']}" for each in world.letters()]

    return at


def test_reminders_a_day_and_an_hour_before(world: World, rounds: Callable[[datetime], list[str]]) -> None:
    plan(world.db, world.bo, world.run, NOW)
    world.settle(NOW)
    world.letters()
    day, hour = BEGIN - timedelta(days=1), BEGIN - timedelta(hours=1)
    assert rounds(day - timedelta(seconds=1)) == []
    ada, chi = rounds(day)
    assert ada.startswith("ada Soon: Questions and answers, November 25, 2026, 8:00")
    assert chi.startswith("chi ")
    assert "25 novembre 2026" in chi
    assert rounds(day + timedelta(minutes=1)) == []
    assert rounds(hour - timedelta(seconds=1)) == []
    assert len(rounds(hour)) == 2
    assert rounds(hour + timedelta(minutes=1)) == []
    assert rounds(BEGIN) == []


def test_no_reminder_of_what_was_just_told(world: World, rounds: Callable[[datetime], list[str]]) -> None:
    """Who plans a session for tomorrow noon this afternoon has written to everybody already."""
    planned = BEGIN - timedelta(hours=20)
    meeting = plan(world.db, world.bo, world.run, planned)
    world.settle(planned)
    world.letters()
    assert rounds(planned + timedelta(minutes=1)) == []
    assert len(rounds(BEGIN - timedelta(minutes=50))) == 2
    planning.cancel_meeting(world.db, world.bo, world.run, meeting, reason="Ill", now=BEGIN - timedelta(minutes=40))
    world.settle(BEGIN - timedelta(minutes=40))
    world.letters()
    assert rounds(BEGIN - timedelta(minutes=30)) == []


def test_a_round_too_late_reminds_of_the_hour_alone(world: World, rounds: Callable[[datetime], list[str]]) -> None:
    """We stood still the day before: nobody gets two letters at once, and a closed run gets none."""
    plan(world.db, world.bo, world.run, NOW)
    world.settle(NOW)
    world.letters()
    assert len(rounds(BEGIN - timedelta(minutes=30))) == 2
    plan(world.db, world.bo, world.run, NOW, held_on=date(2026, 12, 2))
    world.run.stage, world.run.closed_at = RunStage.CLOSED, NOW
    world.settle(NOW)
    world.letters()
    assert rounds(BEGIN + timedelta(days=7, minutes=-30)) == []


# -- the address to subscribe to


def test_a_calendar_subscribes_until_the_address_is_revoked(app: Flask, world: World) -> None:
    with time_machine.travel(NOW, tick=False):
        meeting = plan(world.db, world.bo, world.run, NOW)
        gone = plan(world.db, world.bo, world.run, NOW, activity="open-hour", time_zone="Europe/Paris")
        planning.cancel_meeting(world.db, world.bo, world.run, gone, reason="Ill", now=NOW)
        ada = world.db.get_one(Person, world.ada.person_id)
        world.settle(NOW)
        client, anybody = log_in(app, ada), app.test_client()
        page = client.get("/en/profile/calendar/")
        assert ".ics" not in page.text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token

        def deed(what: str) -> str | None:
            answer = client.post("/en/profile/calendar/", data={"csrf_token": token[1], "deed": what})
            assert answer.status_code == 303
            found = re.search(r"http://localhost(/calendar/[^<]+\.ics)", client.get("/en/profile/calendar/").text)
            return found[1] if found else None

        first = deed("make")
        assert first is not None
        answer = anybody.get(first)
        assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
        events = read_vobject(answer.text)
        assert events == read_icalendar(answer.text)
        assert {(each[0], each[1], each[2]) for each in events} == {
            (f"{meeting.public_id}@localhost", 0, "CONFIRMED"),
            (f"{gone.public_id}@localhost", 1, "CANCELLED"),
        }
        assert meeting.link is not None
        assert meeting.link not in answer.text
        assert "Set-Cookie" not in answer.headers
        second = deed("make")
        assert second is not None
        assert second != first
        assert anybody.get(first).status_code == 404
        assert anybody.get(second).status_code == 200
        assert anybody.get(second.replace("/calendar/", "/calendar/x")).status_code == 404
        assert deed("revoke") is None
        assert anybody.get(second).status_code == 404
        third = deed("make")
        assert third is not None
        withdraw_participant(world.db, ada, world.run, world.ada, reason="", now=NOW)
        world.settle(NOW)
        assert read_icalendar(anybody.get(third).text) == [], "who has left has no sessions there"
        ada.suspended_at = NOW
        world.db.commit()
        assert anybody.get(third).status_code == 404


def test_who_teaches_has_the_sessions_too_and_nobody_elses(app: Flask, world: World) -> None:
    with time_machine.travel(NOW, tick=False):
        meeting = plan(world.db, world.bo, world.run, NOW)
        other = led_run(world.db, world.folder, NOW, "other")
        gus = make_tutor(world.db, other, NOW, "gus")
        addresses = []
        for person in (world.bo, gus):
            feed = calendars.make_feed(world.db, person, NOW)
            addresses.append(
                feed_address(world.settings, person.public_id, feed.number).removeprefix("http://localhost")
            )
        world.settle(NOW)
        mine, theirs = (app.test_client().get(each).text for each in addresses)
        assert [each[0] for each in read_icalendar(mine)] == [f"{meeting.public_id}@localhost"]
        assert f"/en/teaching/cash-autumn/sessions/{meeting.public_id}/" in mine.replace("\r\n ", "")
        assert read_icalendar(theirs) == []
        world.bo.grants[0].valid_until = NOW
        world.db.commit()
        assert clock.now() == NOW
        assert read_icalendar(app.test_client().get(addresses[0]).text) == [], "the role is over"


def test_meetings_know_their_times_by_the_wall(world: World) -> None:
    plan(world.db, world.bo, world.run, NOW)
    world.db.commit()
    assert [each.starts_at for each in world.db.scalars(select(Meeting))] == [BEGIN]
