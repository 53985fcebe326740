"""Announcements: to whom, in which language, once, and only to those who want them by mail."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.accounts.rules import LetterKind
from lms.accounts.service import unsubscribe
from lms.discussion.models import Announcement, AnnouncementRecipient
from lms.discussion.queries import announcements, group, hall
from lms.discussion.rules import Audience, Said
from lms.discussion.service.announcing import A_BATCH, publish_announcement, send_announcement
from lms.kernel.models import AuditEntry, OutboxJob
from lms.kernel.refusals import Denied, Invalid
from lms.learning.service import complete_activity
from lms.runs.models import Enrolment, Run
from lms.runs.queries import package_of_run
from lms.runs.rules import RunStage, Track
from lms.settings import Settings
from tests.discussion.cohort import letters, open_talking_run, people_of, send
from tests.factories import RUN, make_participant
from tests.people import log_in, make_person

TEXTS = {"en": Said("Week two", "Read *both* lessons."), "ar": Said("الأسبوع الثاني", "اقرأ الدرسين.")}


@pytest.fixture
def run(db: Session, tmp_path: Path, now: datetime) -> Run:
    return open_talking_run(db, tmp_path, now)


@pytest.fixture
def people(db: Session, run: Run, now: datetime) -> dict[str, Person]:
    return people_of(db, run, now)


Publish = Callable[..., Announcement]


@pytest.fixture
def publish(db: Session, run: Run, people: dict[str, Person], now: datetime) -> Publish:
    def publish(actor: str = "bo", texts: dict[str, Said] = TEXTS, **changes: object) -> Announcement:
        said = {"source": "en", "audience": Audience.ALL, "value": None, "by_mail": True, "now": now} | changes
        return publish_announcement(db, people[actor], run, texts, **said)  # type: ignore[arg-type]

    return publish


def deliver(db: Session, settings: Settings, now: datetime) -> None:
    for job in db.scalars(select(OutboxJob).where(OutboxJob.topic == "announcement")).all():
        send_announcement(db, settings, job.payload["announcement"], job.payload["first"], now)


def test_each_in_their_language_with_a_way_to_stop(
    db: Session, settings: Settings, people: dict[str, Person], publish: Publish, now: datetime
) -> None:
    people["ada"].language, people["px"].language = "ar", "fr"
    publish()
    deliver(db, settings, now)
    deliver(db, settings, now)
    arabic, french = letters(db)
    assert (arabic["to_email"], arabic["language"]) == ("ada@example.org", "ar")
    assert "الأسبوع الثاني" in arabic["subject"]
    assert "اقرأ الدرسين." in arabic["text"]
    assert (french["to_email"], french["language"]) == ("px@example.org", "fr")
    assert "Week two" in french["subject"], "no French text was given"
    assert "Read *both* lessons." in french["text"]
    for letter in (arabic, french):
        assert letter["unsubscribe"].startswith(f"http://localhost/{letter['language']}/unsubscribe/")
        assert letter["unsubscribe"] in letter["text"]
        assert f"http://localhost/{letter['language']}/learn/{RUN}/announcements/" in letter["text"]
    assert db.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first() == "publish_announcement"


def test_no_letter_to_who_left_or_does_not_want_it(
    db: Session, settings: Settings, run: Run, people: dict[str, Person], publish: Publish, now: datetime
) -> None:
    for key in ("stopped", "left", "suspended", "unconfirmed"):
        people[key] = make_person(db, key)
        db.flush()
        make_participant(db, run, people[key], now)
    publish()
    unsubscribe(db, people["stopped"], [LetterKind.ANNOUNCEMENTS], now)
    left = db.scalars(select(Enrolment).where(Enrolment.person_id == people["left"].id)).one()
    left.withdrawn_at, people["suspended"].suspended_at, people["unconfirmed"].email_confirmed_at = now, now, None
    db.flush()
    deliver(db, settings, now)
    assert [each["to_email"] for each in letters(db)] == ["ada@example.org", "px@example.org"]


def test_the_groups(
    db: Session, run: Run, people: dict[str, Person], publish: Publish, now: datetime, tmp_path: Path
) -> None:
    ada, px = (
        db.scalars(select(Enrolment).where(Enrolment.person_id == people[key].id)).one() for key in ("ada", "px")
    )
    ada.country, px.track = "KE", Track.INVITED
    complete_activity(db, people["ada"], ada, "what", "en", now)
    complete_activity(db, people["px"], px, "check", "en", now)
    zoe = make_person(db, "zoe")
    db.flush()
    third = make_participant(db, run, zoe, now)
    package = package_of_run(db, run)

    def members(audience: Audience, value: str | None = None) -> set[int]:
        return set(group(db, run, package, audience, value))

    assert members(Audience.ALL) == {ada.id, px.id, third.id}
    assert members(Audience.NOT_STARTED) == {third.id}
    assert members(Audience.BEHIND, "start") == {px.id, third.id}, (
        "neither the self-test nor the discussion in it counts"
    )
    assert members(Audience.BEHIND, "reach") == {ada.id, px.id, third.id}
    assert members(Audience.BEHIND, "nothing") == set()
    assert members(Audience.TRACK, "invited") == {px.id}
    assert members(Audience.COUNTRY, "KE") == {ada.id}
    px.withdrawn_at = now
    db.flush()
    assert members(Audience.TRACK, "invited") == set()
    with pytest.raises(Invalid, match="Nobody is in this group"):
        publish(audience=Audience.TRACK, value="invited")
    with pytest.raises(Invalid, match="Choose which"):
        publish(audience=Audience.COUNTRY)
    with pytest.raises(Invalid, match="Choose which"):
        publish(value="start")


def test_who_reads_it_on_the_page(db: Session, people: dict[str, Person], publish: Publish, now: datetime) -> None:
    ada = db.scalars(select(Enrolment).where(Enrolment.person_id == people["ada"].id)).one()
    ada.country = "KE"
    publish()
    publish(texts={"fr": Said("Pour le Kenya", "Texte")}, audience=Audience.COUNTRY, value="KE")

    def titles(key: str, language: str) -> list[tuple[str, str]]:
        found = announcements(db, hall(db, people[key], RUN, language, now), language, 1)
        return [(line.title.text, line.title.lang) for line in found.lines]

    assert titles("ada", "ar") == [("Pour le Kenya", "fr"), ("الأسبوع الثاني", "ar")]
    assert titles("px", "es") == [("Week two", "en")]
    assert titles("bo", "en") == [("Pour le Kenya", "fr"), ("Week two", "en")]
    assert db.scalars(select(AnnouncementRecipient.enrolment_id)).all().count(ada.id) == 2


def test_one_language_is_enough_and_none_is_not(run: Run, publish: Publish, now: datetime) -> None:
    assert publish(texts={"es": Said("Hola", "Texto")}).source == "es"
    for texts, field in (
        ({}, "title-en"),
        ({"en": Said(" ", "\u202e")}, "title-en"),
        ({"en": Said("Title", "")}, "text-en"),
        ({"en": Said("T", "x"), "fr": Said("", "texte")}, "title-fr"),
        ({"en": Said("T" * 151, "x")}, "title-en"),
    ):
        with pytest.raises(Invalid) as refused:
            publish(texts=texts)
        assert list(refused.value.fields) == [field]
    with pytest.raises(Denied):
        publish("ada")
    run.stage, run.closed_at = RunStage.CLOSED, now
    with pytest.raises(Denied):
        publish()


def test_many_letters_go_in_batches(db: Session, settings: Settings, run: Run, publish: Publish, now: datetime) -> None:
    for number in range(A_BATCH):
        person = make_person(db, f"p{number}")
        db.flush()
        make_participant(db, run, person, now)
    publish()
    assert len(db.scalars(select(OutboxJob).where(OutboxJob.topic == "announcement")).all()) == 2
    deliver(db, settings, now + timedelta(minutes=1))
    assert len({each["to_email"] for each in letters(db)}) == len(letters(db)) == A_BATCH + 2


def test_the_form(app: Flask, db: Session, people: dict[str, Person]) -> None:
    db.commit()
    bo, ada = log_in(app, people["bo"]), log_in(app, people["ada"])
    form, page = f"/en/teaching/{RUN}/announcements/new/", f"/en/learn/{RUN}/announcements/"
    assert "Announce something" in bo.get(page).text
    assert "Announce something" not in ada.get(page).text
    assert re.search(r'<input checked [^>]*value="behind"', bo.get(f"{form}?audience=behind&module=reach").text)
    empty = send(bo, form, audience="all")
    assert empty.status_code == 422
    assert "Write the announcement in one language at least." in empty.text
    written = {"title-en": "Hello", "text-en": "**All** of you", "title-ar": "أهلا", "text-ar": "جميعا", "by_mail": "y"}
    assert send(bo, form, audience="everybody", **written).status_code == 422
    nobody = send(bo, form, audience="country", country="KE", **written)
    assert "Nobody is in this group at the moment." in nobody.text
    assert send(bo, form, audience="all", **written).status_code == 303
    shown = ada.get(page).text
    assert "<strong>All</strong>" in shown
    assert "2 people" not in shown, "how many were told is for those who teach"
    assert "2 people" in bo.get(page).text
    assert '<div class="post-text" lang="ar" dir="rtl"><p>جميعا' in ada.get(page.replace("/en/", "/ar/")).text
