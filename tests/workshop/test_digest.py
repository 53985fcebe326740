"""Letters in the morning: in one's own language, on one's own clock, never twice, never the same, never empty."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from socket import socket
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms import consequences
from lms.accounts.models import Person
from lms.accounts.rules import EVERYWHERE, Role
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.kernel.models import AuditEntry, OutboxJob
from lms.kernel.outbox import work_once
from lms.operations.rounds import go_round
from lms.settings import Settings
from lms.translation.service import send_back
from tests.accounts.test_mail import Mailbox
from tests.accounts.visitor import Visitor
from tests.factories import load
from tests.people import log_in, make_person
from tests.workshop.work import approve, give, seen, segments, write

BEFORE = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)


@dataclass
class Post:
    """The platform as time goes by, and a mailbox that takes its letters over SMTP."""

    database: Database
    settings: Settings
    server: Any

    def at(self, moment: datetime) -> list[EmailMessage]:
        """A round and all that follows; the letters that it brought. Nobody else may be writing."""
        already = len(self.server.handler.letters)
        go_round(self.database, consequences.within(self.settings), moment)
        files = FileStore(self.settings.data_dir / "files")
        handlers = consequences.after(self.settings, self.database, files, lambda: moment)
        while work_once(self.database, handlers, lambda: moment):
            pass
        return list(self.server.handler.letters[already:])


@pytest.fixture
def post(database: Database, settings: Settings) -> Iterator[Post]:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=port)
    controller.start()
    yield Post(database, replace(settings, smtp_host="127.0.0.1", smtp_port=port), controller)
    controller.stop()


@pytest.fixture
def course(db: Session, tmp_path: Path) -> Session:
    """Chi translates into French and lives in Tunis; Rim reviews it, reads Arabic and lives in Amman."""
    load(db, tmp_path, BEFORE - timedelta(days=3))
    since = BEFORE - timedelta(days=2)
    chi = make_person(db, "chi", now=since, language="fr", time_zone="Africa/Tunis")
    rim = make_person(db, "rim", now=since, language="ar", time_zone="Asia/Amman")
    give(db, chi, Role.TRANSLATOR, since, language="fr", due_on=date(2026, 11, 30))
    give(db, rim, Role.REVIEWER, since, language="fr")
    make_person(db, "ada", now=since)
    db.commit()
    return db


def person(db: Session, key: str) -> Person:
    return db.scalars(select(Person).where(Person.email == f"{key}@example.org")).one()


def to(letters: list[EmailMessage]) -> list[str]:
    return sorted(str(letter["To"]).split()[-1].strip("<>") for letter in letters)


def utc(hour: int, minute: int = 0, *, day: int = 20) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_two_people_in_two_languages_each_in_their_morning(course: Session, post: Post) -> None:
    chi, every = person(course, "chi"), segments(course)
    for each in every[:3]:
        write(course, chi, each, "fr", BEFORE)
    course.commit()
    assert post.at(utc(3, 59)) == []
    [arabic] = post.at(utc(4, 0))  # seven in Amman
    assert to([arabic]) == ["rim@example.org"]
    assert arabic["Content-Language"] == "ar"
    assert "http://localhost/ar/workshop/" in arabic.get_content()
    assert "http://localhost/ar/profile/" in arabic.get_content()
    assert post.at(utc(5, 59)) == []
    [french] = post.at(utc(6, 0))  # seven in Tunis
    assert to([french]) == ["chi@example.org"]
    assert french["Content-Language"] == "fr"
    assert "français" in french.get_content()
    assert "30 novembre 2026" in french.get_content()
    assert str(len(every) - 3) in str(french["Subject"])
    for minute in range(1, 60, 7):
        assert post.at(utc(6, minute)) == [], "once a day"


def test_numbers_have_their_plural(course: Session, post: Post) -> None:
    """Said in English, whose sentences these are: other languages' forms are the catalogues'."""
    chi, rim, every = person(course, "chi"), person(course, "rim"), segments(course)
    chi.language = rim.language = "en"
    write(course, chi, every[0], "fr", BEFORE)
    write(course, chi, every[1], "fr", BEFORE)
    send_back(course, rim, every[1], "fr", "?", seen(course, every[1], "fr"), BEFORE)
    course.commit()
    [to_rim] = post.at(utc(5))
    assert to_rim["Subject"] == "1 text waits for you"
    assert "- 1 text to review\n" in to_rim.get_content().replace("\r\n", "\n")
    [to_chi] = post.at(utc(6))
    left = len(every) - 2
    assert to_chi["Subject"] == f"{left + 1} texts wait for you"
    assert f"- {left} texts to translate\n- 1 text sent back to you\n" in to_chi.get_content().replace("\r\n", "\n")


def test_nothing_new_no_letter(course: Session, post: Post) -> None:
    chi, every = person(course, "chi"), segments(course)
    course.commit()
    assert to(post.at(utc(7))) == ["chi@example.org"], "nothing waits for Rim"
    assert post.at(utc(7, day=21)) == [], "it would say the same"
    write(course, chi, every[0], "fr", utc(12, day=21))
    course.commit()
    assert to(post.at(utc(7, day=22))) == ["chi@example.org", "rim@example.org"]
    assert post.at(utc(7, day=23)) == []
    assert (
        course.scalars(select(AuditEntry.action).where(AuditEntry.action == "send_digest")).all() == ["send_digest"] * 3
    )


def test_as_many_texts_that_are_others_are_something_new(course: Session, post: Post, settings: Settings) -> None:
    chi, rim, every = person(course, "chi"), person(course, "rim"), segments(course)
    write(course, chi, every[0], "fr", BEFORE)
    course.commit()
    assert to(post.at(utc(5))) == ["rim@example.org"]
    approve(course, settings, chi, rim, [every[0]], "fr", utc(12))
    write(course, chi, every[1], "fr", utc(13))
    course.commit()
    assert "rim@example.org" in to(post.at(utc(7, day=21)))
    approve(course, settings, chi, rim, [every[1]], "fr", utc(12, day=21))
    assert "rim@example.org" not in to(post.at(utc(7, day=22))), "all is done"


def test_what_waited_was_done_and_waits_again_is_told(course: Session, post: Post, settings: Settings) -> None:
    chi, rim = person(course, "chi"), person(course, "rim")
    every = segments(course)
    approve(course, settings, chi, rim, every[:-1], "fr", BEFORE)
    assert to(post.at(utc(7))) == ["chi@example.org"]
    write(course, chi, every[-1], "fr", utc(8), text="premier")
    course.commit()
    assert to(post.at(utc(7, day=21))) == ["rim@example.org"]
    send_back(course, rim, every[-1], "fr", "?", seen(course, every[-1], "fr"), utc(8, day=21))
    course.commit()
    assert to(post.at(utc(7, day=22))) == ["chi@example.org"]


def test_a_due_date_that_comes_near_or_passes_is_told_once(course: Session, post: Post) -> None:
    told = [day for day in range(20, 30) if post.at(utc(7, day=day))]
    assert told == [20, 27], "when it begins to be asked for, and three days before"
    assert post.at(utc(7, day=30)) == []
    december = datetime(2026, 12, 1, 7, 0, tzinfo=UTC)
    assert len(post.at(december)) == 1, "it has passed"
    assert post.at(december + timedelta(days=1)) == []


def test_until_noon_for_who_was_not_reached_at_seven(course: Session, post: Post) -> None:
    assert post.at(utc(11)) == [], "noon in Tunis"
    assert to(post.at(utc(10, 59, day=21))) == ["chi@example.org"]


def test_who_gets_none(app: Flask, course: Session, post: Post) -> None:
    since = BEFORE - timedelta(days=1)
    others: dict[str, dict[str, object]] = {
        "sus": {"suspended_at": since},
        "new": {"email_confirmed_at": None},
        "quiet": {"digest": False},
        "gala": {},
        "past": {},
    }
    for key, values in others.items():
        made = make_person(course, key, now=since, **values)
        grant = give(course, made, Role.COORDINATOR if key == "gala" else Role.TRANSLATOR, since, scope=EVERYWHERE)
        grant.language = None if key == "gala" else "fr"
        grant.valid_until = since if key == "past" else None
    course.commit()
    assert to(post.at(utc(7))) == ["chi@example.org"]
    asked = course.scalars(select(OutboxJob.key).where(OutboxJob.topic == "digest")).all()
    assert len(asked) == 2, "nobody else was even looked at"


def test_letters_are_stopped_and_wanted_again_in_the_profile(app: Flask, course: Session, post: Post) -> None:
    chi, ada = person(course, "chi"), person(course, "ada")
    course.commit()
    visitor = Visitor(log_in(app, chi))
    assert "Send me no such letters" in visitor.open("/en/profile/").text
    assert visitor.send("/en/profile/digest/", {"wanted": "no"}, seen_on="/en/profile/").status_code == 303
    assert "You get no letters about translations" in visitor.open("/en/profile/").text
    assert post.at(utc(7)) == []
    assert visitor.send("/en/profile/digest/", {"wanted": "yes"}, seen_on="/en/profile/").status_code == 303
    assert to(post.at(utc(7, day=21))) == ["chi@example.org"]
    audited = course.scalars(select(AuditEntry.after).where(AuditEntry.action == "choose_digest")).all()
    course.commit()
    assert audited == [{"digest": False}, {"digest": True}]
    assert "Letters about translations" not in Visitor(log_in(app, ada)).open("/en/profile/").text


def test_a_job_that_is_worked_twice_sends_one_letter(course: Session, post: Post) -> None:
    assert len(post.at(utc(7))) == 1
    job = course.scalars(select(OutboxJob).where(OutboxJob.topic == "digest").order_by(OutboxJob.id)).first()
    assert job is not None
    chi = person(course, "chi")
    job.done_at, job.payload = None, {"person": chi.public_id, "day": "2026-11-20"}
    chi.digest_said = None
    course.commit()
    assert post.at(utc(7, 1)) == []
