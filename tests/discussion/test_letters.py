"""The letter of the day: in one's own morning, once, only with what one may read; and how such letters are stopped."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
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
from lms.accounts.models import Person, Unsubscription
from lms.accounts.rules import LetterKind
from lms.accounts.service import choose_letters, unsubscribe
from lms.discussion.models import DigestMark
from lms.discussion.service import talking
from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.kernel.outbox import work_once
from lms.operations.rounds import go_round
from lms.runs.models import Enrolment, Run
from lms.settings import Settings
from tests.accounts.test_mail import Mailbox
from tests.discussion.cohort import answer, hall_of, open_talking_run, opening, people_of, send, talk
from tests.people import log_in

START = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)


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
def people(db: Session, tmp_path: Path) -> dict[str, Person]:
    """Ada reads Arabic in Amman, three hours ahead; the others English, on the clock of Greenwich."""
    before = START - timedelta(days=1)
    people = people_of(db, open_talking_run(db, tmp_path, before), before)
    people["ada"].language, people["ada"].time_zone = "ar", "Asia/Amman"
    db.commit()
    return people


def utc(hour: int, minute: int = 0, *, day: int = 20) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def to(letters: list[EmailMessage]) -> list[str]:
    return sorted(str(letter["To"]).split()[-1].strip("<>") for letter in letters)


def test_one_letter_each_in_their_own_morning(db: Session, people: dict[str, Person], post: Post) -> None:
    thread = talk(db, people["px"], START, "Cards or cash?")
    answer(db, people["px"], thread, "Anybody?", START)
    answer(db, people["bo"], thread, "Cash, says Bo.", START, mentioned=[people["ada"].public_id])
    db.commit()
    assert post.at(utc(3, 59)) == []
    [arabic] = post.at(utc(4, 0))  # seven in Amman
    assert to([arabic]) == ["ada@example.org"]
    assert arabic["Content-Language"] == "ar"
    assert f"http://localhost/ar/learn/cash-autumn/threads/{thread.public_id}/" in arabic.get_content()
    assert post.at(utc(6, 59)) == []
    letters = post.at(utc(7, 0))
    assert to(letters) == ["bo@example.org", "gala@example.org", "px@example.org"], "who teaches hears of it too"
    [of_px] = [each for each in letters if "px@" in str(each["To"])]
    assert of_px["Subject"] == "1 new post in the discussions of your runs", "their own posts are no news"
    assert "“Cards or cash?”: 1 new post" in of_px.get_content().splitlines()
    assert of_px["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(of_px["List-Unsubscribe"]).startswith("<http://localhost/en/unsubscribe/")
    assert [post.at(utc(hour)) for hour in (8, 10)] == [[], []], "once a day"
    assert post.at(utc(7, day=21)) == [], "and nothing twice"
    answer(db, people["ada"], thread, "شكرا", utc(9, day=21), lang="ar")
    db.commit()
    assert post.at(utc(10, day=21)) != []


def test_mentions_come_first(db: Session, people: dict[str, Person], post: Post) -> None:
    talk(db, people["bo"], START, "Cash", mentioned=[people["px"].public_id])
    db.commit()
    [letter] = [each for each in post.at(utc(7)) if "px@" in str(each["To"])]
    said = letter.get_content()
    assert "Bo Lindqvist mentioned you in “Cash”:" in said
    assert said.index("mentioned you") < said.index("1 new post")
    assert "eve@" not in "".join(to(post.at(utc(8))))


def test_only_what_one_may_read(db: Session, people: dict[str, Person], post: Post) -> None:
    run = db.scalars(select(Run)).one()
    run.openings = run.openings | {"reach": "2099-01-05"}
    db.flush()
    bo = hall_of(db, people["bo"], START)
    later = talking.Topic("reach", None, None)
    talk(db, people["bo"], START, "For later", later)
    hidden = talk(db, people["px"], START, "Cheap cards")
    answer(db, people["ada"], hidden, "How much?", START)
    talking.hide_post(db, people["bo"], bo.run, opening(db, hidden), reason="Sells", now=START)
    enrolment = db.scalars(select(Enrolment).where(Enrolment.person_id == people["px"].id)).one()
    db.commit()
    assert to(post.at(utc(7))) == ["gala@example.org"]
    talk(db, people["bo"], utc(8), "For all")
    enrolment.withdrawn_at = utc(9)
    db.commit()
    assert "px@example.org" not in to(post.at(utc(7, day=21)))


def test_each_kind_is_stopped_by_itself(db: Session, people: dict[str, Person], post: Post) -> None:
    px, bo, gala = people["px"], people["bo"], people["gala"]
    unsubscribe(db, px, [LetterKind.DISCUSSIONS], START)
    unsubscribe(db, gala, [LetterKind.DISCUSSIONS, LetterKind.MENTIONS], START)
    thread = talk(db, bo, START, "First")
    answer(db, bo, thread, "Px?", START, mentioned=[px.public_id])
    talk(db, bo, START, "Second")
    db.commit()
    letters = {to([each])[0]: each for each in post.at(utc(7))}
    assert set(letters) == {"ada@example.org", "px@example.org"}
    assert letters["px@example.org"]["Subject"] == "You were mentioned in a discussion"
    assert "Second" not in letters["px@example.org"].get_content()
    choose_letters(db, px, wanted=[LetterKind.DISCUSSIONS], now=utc(8))
    talk(db, bo, utc(8), "Third", mentioned=[px.public_id])
    db.commit()
    [letter] = [each for each in post.at(utc(7, day=21)) if "px@" in str(each["To"])]
    assert "mentioned you" not in letter.get_content()
    assert "“Third”: 1 new post" in letter.get_content()


def test_one_click_without_a_page_or_a_log_in(app: Flask, db: Session, people: dict[str, Person], post: Post) -> None:
    """As mailboxes do it (RFC 8058): a POST with no cookie and no token."""
    talk(db, people["bo"], START, "Cash", mentioned=[people["px"].public_id])
    db.commit()
    [letter] = [each for each in post.at(utc(7)) if "px@" in str(each["To"])]
    url = str(letter["List-Unsubscribe"]).strip("<>").removeprefix("http://localhost")
    client = app.test_client()
    shown = client.get(url)
    assert shown.status_code == 200
    assert "px@example.org" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert db.scalars(select(Unsubscription.kind)).all() == [], "looking stops nothing"
    db.commit()
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        done = client.post(url, data={"List-Unsubscribe": "One-Click"}, content_type=kind)
        assert done.status_code == 200, "no mailbox follows a redirect"
    assert sorted(db.scalars(select(Unsubscription.kind))) == ["discussions", "mentions"]
    db.commit()
    forged = url[:-4] + ("AA/" if not url.endswith("AA/") else "BB/")
    assert client.post(forged, data={"List-Unsubscribe": "One-Click"}).status_code == 404


def test_the_page_of_letters(app: Flask, db: Session, people: dict[str, Person]) -> None:
    px = log_in(app, people["px"])
    assert px.get("/en/profile/letters/").text.count("checked") == len(LetterKind)
    assert send(px, "/en/profile/letters/", wanted=["mentions", "no-such-kind"]).status_code == 303
    assert px.get("/en/profile/letters/").text.count("checked") == 1
    assert sorted(db.scalars(select(Unsubscription.kind))) == ["announcements", "discussions"]
    db.commit()
    assert send(px, "/en/profile/letters/", wanted=[str(each) for each in LetterKind]).status_code == 303
    assert db.scalars(select(Unsubscription.kind)).all() == []


def test_old_news_are_told_no_more(db: Session, people: dict[str, Person], post: Post) -> None:
    talk(db, people["bo"], START, "Long ago")
    db.commit()
    assert post.at(utc(7, day=24)) == []
    assert db.scalars(select(DigestMark)).all() == []
