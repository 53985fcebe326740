"""The screens: from the page of a run to a confirmed place; the board, blind and in a few queries."""

import re
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
from lms.intake.models import Application, Invitation
from lms.intake.rules import ApplicationState
from lms.kernel import clock
from lms.kernel.db import Database
from lms.runs.models import Run
from lms.settings import Settings
from tests.intake.applying import apply, make_worker, open_call
from tests.people import log_in, make_person

BOARD = "/en/teaching/cash-autumn/applications/"
MINE = "/en/runs/cash-autumn/application/"
WRITTEN = {
    "years": "4",
    "organisation": "Ministry of Labour",
    "role": "Registry officer",
    "motivation": "Better registries",
    "hours": "5",
    "consent": "y",
}


class Browser:
    """Sends forms as the pages do."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, url: str) -> str:
        answer = self.client.get(url)
        assert answer.status_code == 200, url
        return answer.text

    def post(self, url: str, status: int = 303, **fields: object) -> str:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get("/en/profile/").text)
        assert token
        answer = self.client.post(url, data={"csrf_token": token[1], **fields})
        assert answer.status_code == status, answer.text
        return answer.text


@pytest.fixture
def run(db: Session, tmp_path: Path) -> Run:
    return open_call(db, tmp_path, clock.now(), seats=2)


@pytest.fixture
def lead(db: Session, run: Run) -> Person:
    return make_worker(db, "lea", run, Role.COORDINATOR, clock.now())


def test_from_the_page_of_the_run_to_a_place(app: Flask, db: Session, run: Run, lead: Person) -> None:
    ada = make_person(db, "ada", time_zone="Asia/Manila")
    db.commit()
    learner, coordinator = Browser(log_in(app, ada)), Browser(log_in(app, lead))
    assert f'href="{MINE}"' in learner.get("/en/runs/cash-autumn/")
    learner.post(MINE, deed="save", role="Registry officer")
    assert 'value="Registry officer"' in learner.get(MINE)
    page = learner.post(MINE, 422, deed="submit", **(WRITTEN | {"years": ""}))
    assert "Write how many years of experience you have" in page
    assert "Better registries" in page
    assert "Better registries" in learner.get(MINE), "what was written is kept"
    learner.post(MINE, deed="submit", **WRITTEN)
    assert "Submitted" in learner.get(MINE)
    board = coordinator.get(BOARD)
    public_id = db.scalars(select(Application.public_id)).one()
    db.commit()
    assert public_id in board
    coordinator.post(f"{BOARD}decide/", chosen=public_id, decision="accepted", message="Bring your laptop")
    page = learner.get(MINE)
    assert "Bring your laptop" in page
    assert "5:00" in page, "midnight in Nairobi is five in the morning in Manila"
    learner.post(f"{MINE}confirm/")
    assert "You are a participant of this run" in learner.get(MINE)
    learner.get("/en/learn/cash-autumn/")


def test_nothing_is_decided_when_seats_do_not_suffice(
    app: Flask, db: Session, settings: Settings, run: Run, lead: Person
) -> None:
    ids = [apply(db, settings, run, key, clock.now()).public_id for key in ("ada", "px", "kai")]
    db.commit()
    coordinator = Browser(log_in(app, lead))
    page = coordinator.post(f"{BOARD}decide/", 422, chosen=ids, decision="accepted", message="Welcome")
    assert "There are not enough free seats" in page
    assert page.count("checked>") == 3, "what was ticked stays ticked"
    assert set(db.scalars(select(Application.state))) == {"submitted"}
    db.commit()
    coordinator.post(f"{BOARD}decide/", 404, chosen=[*ids, "\0"], decision="accepted", rest_waits="y")
    coordinator.post(f"{BOARD}order/", 409, **{"rank-\0": "1"})
    coordinator.post(f"{BOARD}decide/", chosen=ids, decision="accepted", rest_waits="y")
    assert sorted(db.scalars(select(Application.state))) == ["accepted", "accepted", "waiting-list"]
    db.commit()
    assert "Tick the applications" in coordinator.post(f"{BOARD}decide/", 422, decision="accepted")


def test_scoring_is_blind_on_the_page(app: Flask, db: Session, settings: Settings, run: Run) -> None:
    one = apply(db, settings, run, "ada", clock.now())
    bo, chi = (make_worker(db, key, run, Role.TRAINER, clock.now()) for key in ("bo", "chi"))
    db.commit()
    page, first, second = f"{BOARD}{one.public_id}/", Browser(log_in(app, bo)), Browser(log_in(app, chi))
    for url in (BOARD, page, f"{BOARD}?view=side"):
        text = first.get(url)
        assert f"Application {one.id}" in text
        assert "Ada Okafor" not in text
        assert "ada@example.org" not in text
    first.post(page, 422, **{"score-role": "4"})
    scores = {f"score-{key}": "3" for key in ("role", "motivation", "experience", "chance")}
    first.post(page, **scores)
    assert "Ada Okafor" in first.get(page)
    assert "12.0 of 16" in first.get(page)
    assert "12.0 of 16" not in second.get(page)
    first.post(page, 409, **scores)
    first.post(f"{BOARD}decide/", 403, chosen=one.public_id, decision="accepted")
    assert first.client.get(f"{BOARD}form/").status_code == 403


def test_filters_and_balance(app: Flask, db: Session, settings: Settings, run: Run, lead: Person) -> None:
    now = clock.now()
    ada = apply(db, settings, run, "ada", now, country="KE", gender="female")
    px = apply(db, settings, run, "px", now, country="PE", organisation_type="academia")
    ada.state, ada.offer_expires_at = ApplicationState.ACCEPTED, now + timedelta(days=1)
    db.commit()
    coordinator = Browser(log_in(app, lead))
    coordinator.post(f"{BOARD}targets/", version="1", **{"gender-female": "50", "country": "KE", "share": "20"})
    page = coordinator.get(BOARD)
    assert "50%" in page
    assert "20%" in page
    assert "Not stated" in page
    only = coordinator.get(f"{BOARD}?country=PE&kind=academia")
    assert px.public_id in only
    assert ada.public_id not in only
    too_much = {"gender-female": "60", "gender-male": "50"}
    assert "more than 100" in coordinator.post(f"{BOARD}targets/", 422, version="2", **too_much)
    coordinator.post(f"{BOARD}targets/", 409, version="1")


def test_own_questions_are_asked_in_the_readers_language(app: Flask, db: Session, run: Run, lead: Person) -> None:
    ada = make_person(db, "ada")
    db.commit()
    coordinator, learner = Browser(log_in(app, lead)), Browser(log_in(app, ada))
    texts = {"question-2-en": "Which programme?", "question-2-ar": "أي برنامج؟", "criterion-1-en": "Fit"}
    coordinator.post(f"{BOARD}form/", version="0", **texts)
    assert "Which programme?" in learner.get(MINE)
    assert "أي برنامج؟" in learner.get(MINE.replace("/en/", "/ar/"))
    assert '<span lang="en" dir="ltr">Which programme?</span>' in learner.get(MINE.replace("/en/", "/fr/"))
    learner.post(MINE, deed="submit", **WRITTEN, **{"answer-q2": "Cash"})
    assert "Cash" in learner.get(MINE)


def test_a_list_of_people_is_invited(app: Flask, db: Session, run: Run, lead: Person) -> None:
    make_person(db, "ada")
    db.commit()
    coordinator, url = Browser(log_in(app, lead)), "/en/teaching/cash-autumn/invitations/"
    file = (BytesIO(b"name,e-mail\nKai,kai@example.org\n"), "people.csv")
    page = coordinator.post(url, 200, people="ada@example.org\nwho?", language="en", file=file)
    for told in ("ada@example.org</bdi>: enrolled", "who?</bdi>: not an e-mail address", "invited; a place is kept"):
        assert told in page
    waiting = db.scalars(select(Invitation).where(Invitation.joined_at.is_(None))).one()
    db.commit()
    coordinator.post(f"{url}{waiting.public_id}/take-back/")
    assert "Kai" not in coordinator.get(url)
    coordinator.post(url, 422, people="", language="en")


@pytest.mark.parametrize("view", ["", "?view=side"])
def test_the_board_asks_as_much_for_many_as_for_few(
    app: Flask, database: Database, db: Session, settings: Settings, run: Run, lead: Person, view: str
) -> None:
    asked: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    def count() -> int:
        db.commit()
        asked.clear()
        coordinator.get(BOARD + view)
        return len(asked)

    apply(db, settings, run, "p0", clock.now())
    db.commit()
    coordinator = Browser(log_in(app, lead))
    count()
    few = count()
    for number in range(1, 40):
        apply(db, settings, run, f"p{number}", clock.now())
    assert count() == few
