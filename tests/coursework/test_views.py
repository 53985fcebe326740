"""The screens: the page of an assignment, the queue, one work; files, and two who mark at once."""

import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.accounts.rules import Role
from lms.coursework.models import Submission, Work
from lms.kernel import clock
from lms.kernel.db import Database
from lms.runs.models import Run
from lms.settings import Settings
from tests.coursework.handing_in import IN_TIME, RUN, Desk, make_marker, make_participants, open_run, written
from tests.people import log_in, make_person

MINE = f"/en/learn/{RUN}/assignment/gap/"
QUEUE = f"/en/teaching/{RUN}/marking/"
PDF = b"%PDF-1.7 <script>alert(1)</script>"
BEST = {"level-problem": "2", "level-proposal": "1"}


class Browser:
    """Sends forms as the pages do: with the hidden fields of the page."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, url: str) -> str:
        answer = self.client.get(url)
        assert answer.status_code == 200, url
        return answer.text

    def hidden(self, url: str) -> dict[str, str]:
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.client.get(url).text))

    def post(self, url: str, status: int = 303, *, seen: dict[str, str] | None = None, **fields: object) -> str:
        hidden = {**self.hidden("/en/profile/"), **(self.hidden(url) if seen is None else seen)}
        answer = self.client.post(url, data={**hidden, **fields})
        assert answer.status_code == status, answer.text
        return answer.text


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Small limits, so that what is too large is still small."""
    return replace(settings, max_body_bytes=100_000, max_file_bytes=100_000)


@pytest.fixture
def run(db: Session, tmp_path: Path) -> Run:
    return open_run(db, tmp_path, clock.now())


@pytest.fixture
def ada(app: Flask, db: Session, run: Run) -> Browser:
    [person] = make_participants(db, run, clock.now(), "ada", time_zone="Asia/Manila")
    db.commit()
    return Browser(log_in(app, person))


def marker(app: Flask, db: Session, key: str, role: Role = Role.E_TUTOR, run: str = RUN) -> Browser:
    person = make_marker(db, key, clock.now(), role, run)
    db.commit()
    return Browser(log_in(app, person))


def work_page(db: Session) -> str:
    public_id = db.scalars(select(Work.public_id)).one()
    db.commit()
    return f"{QUEUE}{public_id}/"


def upload(data: bytes, name: str) -> tuple[BytesIO, str]:
    return BytesIO(data), name


def test_from_a_draft_to_a_released_grade(app: Flask, db: Session, ada: Browser) -> None:
    bo = marker(app, db, "bo")
    page = ada.get(MINE)
    assert "The gap is named" in page
    assert "5:00" in page, "midnight in Nairobi is five in the morning in Manila"
    ada.post(MINE, deed="save", text="Payments arrive late.")
    assert "Payments arrive late.</textarea>" in ada.get(MINE)
    assert "No work is here" in bo.get(QUEUE)
    ada.post(MINE, deed="hand-in", text="Payments arrive late: 40 of 100.")
    assert "Waits to be marked" in ada.get(MINE)
    assert "<textarea" not in ada.get(MINE)
    queue, work = bo.get(QUEUE), work_page(db)
    assert f'href="{work}"' in queue
    assert "40 of 100" in bo.get(work)
    assert "Choose a level for each criterion" in bo.post(work, 422, outcome="graded", feedback="Good figures")
    bo.post(work, outcome="graded", feedback="Good figures", **BEST)
    for page in (MINE, f"/en/learn/{RUN}/"):
        assert "Good figures" not in ada.get(page)
        assert "The work passed" not in ada.get(page)
    assert "Release 1 grade" in bo.get(QUEUE)
    bo.post(f"{QUEUE}release/", seen={}, assignment="gap")
    page = ada.get(MINE)
    assert "Good figures" in page
    assert "The work passed" in page
    assert "6 of 6 points" in page
    assert "(done)" in page
    bo.post(f"{QUEUE}release/", 404, seen={}, assignment="none")


def test_files_are_what_is_in_them_and_go_to_few(app: Flask, db: Session, ada: Browser, run: Run) -> None:
    px, bo = make_participants(db, run, clock.now(), "px")[0], marker(app, db, "bo")
    page = ada.post(
        MINE, 422, deed="save", text="See the file.", files=[upload(b"MZ\x00", "plan.pdf"), upload(PDF, "My gap.docx")]
    )
    assert "“plan.pdf” is none of" in page
    assert "See the file.</textarea>" in page, "what is right is kept"
    [file] = db.scalars(select(Work.files)).one()
    assert (file["name"], file["type"], file["size"]) == ("My gap.pdf", "application/pdf", len(PDF))
    db.commit()
    address = f"{MINE}files/{file['digest']}/"
    assert f'href="{address}"' in ada.get(MINE)
    bo_queue = f"{QUEUE}none/files/{file['digest']}/"
    assert bo.client.get(bo_queue).status_code == 404
    ada.post(MINE, deed="hand-in", text="See the file.")
    theirs = work_page(db) + f"files/{file['digest']}/"
    eve = make_person(db, "eve")
    db.commit()
    others = [Browser(log_in(app, person)) for person in (px, eve)]
    for browser, url in ((ada, address), (bo, theirs)):
        answer = browser.client.get(url)
        assert (answer.status_code, answer.data) == (200, PDF)
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "private, no-store"
    for browser, status in zip(others, (403, 404), strict=True):
        assert browser.client.get(address).status_code == 404
        assert browser.client.get(theirs).status_code == status
    assert ada.client.get(theirs).status_code == 403
    assert marker(app, db, "zed", run="another-run").client.get(theirs).status_code == 404
    assert bo.client.get(work_page(db) + f"files/{'0' * 64}/").status_code == 404


def test_too_large_or_too_many(app: Flask, db: Session, ada: Browser, settings: Settings) -> None:
    large = PDF + b" " * settings.max_file_bytes
    assert "larger than" in ada.post(MINE, 422, deed="save", text="", files=upload(large, "large.pdf"))
    assert ada.post(MINE, 413, deed="save", files=upload(large + b" " * settings.max_body_bytes, "huge.pdf"))
    six = [upload(PDF + bytes([65 + number]), f"{number}.pdf") for number in range(6)]
    assert "one file too many" in ada.post(MINE, 422, deed="save", text="", files=six)
    files = db.scalars(select(Work.files)).one()
    db.commit()
    assert len(files) == 5
    ada.post(MINE, deed="save", text="", dropped=[file["digest"] for file in files[1:]])
    assert [file["name"] for file in db.scalars(select(Work.files)).one()] == ["0.pdf"]
    db.commit()
    ada.post(MINE, deed="hand-in", text="")
    assert db.scalars(select(Submission.text)).all() == [""]


def test_where_only_text_is_asked_a_file_is_none(app: Flask, db: Session, tmp_path: Path) -> None:
    run = open_run(db, tmp_path, clock.now(), f"accepts: [text]\n{IN_TIME}")
    [person] = make_participants(db, run, clock.now(), "ada")
    db.commit()
    ada = Browser(log_in(app, person))
    assert 'type="file"' not in ada.get(MINE)
    assert "nothing to hand in" in ada.post(MINE, 422, deed="hand-in", text="", files=upload(PDF, "a.pdf"))
    assert db.scalars(select(Work.files)).one() == []


def test_what_another_page_saved_is_not_overwritten(db: Session, ada: Browser) -> None:
    first = ada.hidden(MINE)
    ada.post(MINE, deed="save", text="From the telephone")
    page = ada.post(MINE, 409, seen=first, deed="save", text="From the office")
    assert "saved on another page" in page
    assert "From the office</textarea>" in page
    assert "From the telephone" in page
    assert db.scalars(select(Work.text)).one() == "From the telephone"
    db.commit()
    again = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    ada.post(MINE, seen=again, deed="save", text="From both")
    assert db.scalars(select(Work.text)).one() == "From both"


def test_of_two_who_mark_the_second_is_told_and_loses_nothing(app: Flask, db: Session, ada: Browser) -> None:
    bo, chi = marker(app, db, "bo"), marker(app, db, "chi")
    ada.post(MINE, deed="hand-in", text="Payments arrive late.")
    work = work_page(db)
    seen = chi.hidden(work)
    bo.post(work, outcome="graded", feedback="Bo likes it", **BEST)
    page = chi.post(
        work, 409, seen=seen, outcome="graded", feedback="Chi is in doubt", **{**BEST, "level-problem": "0"}
    )
    assert "in the meantime" in page
    assert "Bo likes it" in page
    assert "Chi is in doubt" in page
    assert "Take over" in page
    seen = {"submissions": "1", "grades": "1"}
    chi.post(work, 403, seen=seen, outcome="graded", feedback="Chi is in doubt", **BEST)
    chi.post(f"{work}take/", seen={})
    chi.post(work, outcome="graded", feedback="Chi is in doubt", **BEST)
    page = bo.get(f"{work}")
    assert "Bo likes it" in page
    assert "Chi is in doubt" in page


def test_blind_marking_shows_no_name_before_the_release(app: Flask, db: Session, ada: Browser) -> None:
    lea, bo = marker(app, db, "lea", Role.COORDINATOR), marker(app, db, "bo")
    assert bo.client.get(f"{QUEUE}days/").status_code == 403
    lea.post(f"{QUEUE}days/", blind="gap")
    assert "marked blind" in lea.get(QUEUE)
    ada.post(MINE, deed="hand-in", text="Payments.", files=upload(PDF, "Ada Okafor.pdf"))
    work = work_page(db)
    [file] = db.scalars(select(Submission.files)).one()
    db.commit()
    for browser in (bo, lea):
        for url in (QUEUE, work):
            page = browser.get(url)
            assert "Ada" not in page
            assert "Work " in page
        assert "Ada" not in browser.client.get(f"{work}files/{file['digest']}/").headers["Content-Disposition"]
    bo.post(work, outcome="graded", feedback="Good", **BEST)
    assert "Ada" not in bo.get(f"{QUEUE}?state=all")
    bo.post(f"{QUEUE}release/", seen={}, assignment="gap")
    assert "Ada Okafor" in bo.get(f"{QUEUE}?state=all")
    assert "Ada Okafor.pdf" in bo.get(work)


def test_the_coordinator_sets_days(app: Flask, db: Session, ada: Browser) -> None:
    lea, day = marker(app, db, "lea", Role.COORDINATOR), clock.now().date() + timedelta(days=8)
    lea.post(f"{QUEUE}days/", **{"due-gap": day.isoformat()})
    assert f'value="{day.isoformat()}"' in lea.get(f"{QUEUE}days/")
    page = lea.post(f"{QUEUE}days/", 422, **{"due-gap": "2001-01-01"})
    assert "before the run ends" in page
    lea.post(f"{QUEUE}days/", 409, seen={"version": "0"}, **{"due-gap": day.isoformat()})


def test_work_is_handed_over_from_the_queue(app: Flask, db: Session, ada: Browser) -> None:
    bo, chi = marker(app, db, "bo"), marker(app, db, "chi")
    ada.post(MINE, deed="hand-in", text="Payments.")
    work = work_page(db)
    public_id, to = work.rstrip("/").rpartition("/")[2], db.scalars(select(Person).where(Person.email.like("chi@%")))
    chosen = {"chosen": public_id, "to": to.one().public_id}
    db.commit()
    assert "Tick the works" in bo.post(f"{QUEUE}hand-over/", 422, seen={}, to=chosen["to"])
    bo.post(f"{QUEUE}hand-over/", seen={}, **chosen)
    assert f'href="{work}"' in chi.get(f"{QUEUE}?whose=mine")
    assert f'href="{work}"' not in bo.get(f"{QUEUE}?whose=mine")
    assert f'href="{work}"' not in bo.get(f"{QUEUE}?whose=free&assignment=gap")
    assert "Somebody else marks this work" in bo.get(work)


def test_the_queue_asks_as_much_for_many_as_for_few(
    app: Flask, database: Database, db: Session, settings: Settings, run: Run
) -> None:
    asked: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    bo, desk, now = marker(app, db, "bo"), Desk(db, settings, run), clock.now()
    chi = make_marker(db, "chi", now)

    def count() -> int:
        db.commit()
        asked.clear()
        assert "Work to mark" in bo.get(QUEUE)
        return len(asked)

    def hand_in(number: int) -> None:
        [person] = make_participants(db, run, now, f"p{number}")
        desk.hand_in(person, now, written(f"Work {number}")).marker_id = chi.id if number % 2 else None

    hand_in(0)
    count()
    few = count()
    for number in range(1, 40):
        hand_in(number)
    assert count() == few


def test_classmates_review_each_other_without_names(app: Flask, db: Session, tmp_path: Path) -> None:
    run, bo = open_run(db, tmp_path, clock.now(), f"peer_reviews: 1\n{IN_TIME}"), marker(app, db, "bo")
    people = make_participants(db, run, clock.now(), "ada", "px")
    db.commit()
    ada, px = (Browser(log_in(app, person)) for person in people)
    ada.post(MINE, deed="hand-in", text="Ada's words", files=upload(PDF, "Ada Okafor.pdf"))
    bo.post(f"{QUEUE}reviews/", 409, seen={}, assignment="gap")
    px.post(MINE, deed="hand-in", text="Px's words")
    bo.post(f"{QUEUE}reviews/", seen={}, assignment="gap")
    assert "0 of 2 reviews are written" in bo.get(QUEUE)
    links = [re.findall(rf'href="({MINE}reviews/[^"]+)"', each.get(MINE)) for each in (ada, px)]
    [[to_px], [to_ada]] = links
    page = px.get(to_ada)
    assert "Ada&#39;s words" in page
    assert "Ada Okafor" not in page
    [file] = re.findall(rf'href="({to_ada}files/[^"]+)"', page)
    assert px.client.get(file).headers["Content-Disposition"] == "attachment; filename=1.pdf"
    for url in (to_ada, file):
        assert ada.client.get(url).status_code == 404
    assert "Choose a level" in px.post(to_ada, 422, feedback="Good")
    px.post(to_ada, feedback="Where is this?", **BEST)
    px.post(to_ada, 409, feedback="Once more", **BEST)
    assert "Where is this?" in px.get(to_ada)
    assert "Where is this?" not in ada.get(MINE)
    work = db.scalars(select(Work.public_id).order_by(Work.id)).first()
    db.commit()
    assert "Where is this?" in bo.get(f"{QUEUE}{work}/")
    bo.post(f"{QUEUE}{work}/", outcome="graded", feedback="", **BEST)
    bo.post(f"{QUEUE}release/", seen={}, assignment="gap")
    assert "Where is this?" in ada.get(MINE)
    assert "Where is this?" not in px.get(MINE)
    assert to_px != to_ada
