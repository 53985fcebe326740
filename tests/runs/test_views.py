"""The pages of dated runs: for anybody, for participants, for those who teach."""

import re
from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from lms.accounts.models import RoleGrant
from lms.accounts.rules import Role
from lms.kernel.db import Database
from lms.runs.models import Enrolment, Extension, Run
from lms.runs.rules import RunStage, Visibility
from tests.factories import RUN, SLUG, make_participant, open_cohort_run
from tests.people import log_in, make_person


@pytest.fixture
def clients(app: Flask, database: Database, tmp_path: Path, now: datetime) -> dict[str, FlaskClient]:
    """Ada takes part, Gala coordinates the course, Bo is e-tutor of the run, Eve has nothing to do with it."""
    with database.session(write=True) as db:
        run = open_cohort_run(db, tmp_path, now)
        run.stage = RunStage.RUNNING
        people = {key: make_person(db, key) for key in ("ada", "eve")}
        for key, role, scope in (("gala", Role.COORDINATOR, f"course:{SLUG}"), ("bo", Role.E_TUTOR, f"run:{RUN}")):
            people[key] = make_person(db, key, grants=[RoleGrant(role=role, scope=scope, valid_from=now)])
        db.flush()
        make_participant(db, run, people["ada"], now)
        db.commit()
    return {key: log_in(app, person) for key, person in people.items()}


def send(client: FlaskClient, url: str, **fields: object) -> TestResponse:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/en/privacy/").text)
    assert found
    return client.post(url, data={"csrf_token": found[1], **fields})


PLAN = {
    "title": "Autumn",
    "starts_on": "2026-11-02",
    "weeks": "2",
    "grace_days": "7",
    "time_zone": "Africa/Nairobi",
    "languages": ["en", "fr"],
    "visibility": "public",
    "confirm_days": "7",
    "early_days": "0",
}


def test_a_coordinator_plans_changes_and_copies_a_run(clients: dict[str, FlaskClient], database: Database) -> None:
    gala = clients["gala"]
    assert "Plan a new run" in gala.get("/en/teaching/").text
    refused = send(gala, f"/en/teaching/new/{SLUG}/", **(PLAN | {"slug": SLUG}))
    assert refused.status_code == 422
    assert "Another run or course has this name." in refused.text
    assert send(gala, f"/en/teaching/new/{SLUG}/", **(PLAN | {"slug": "cash-next"})).status_code == 303
    page = gala.get("/en/teaching/cash-next/plan/").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    changed = PLAN | {"starts_on": "2026-11-09", "version": version[1]}
    assert send(gala, "/en/teaching/cash-next/plan/", **changed).status_code == 303
    stale = send(gala, "/en/teaching/cash-next/plan/", **changed)
    assert stale.status_code == 409
    with database.session(write=False) as db:
        run = db.scalars(select(Run).where(Run.slug == "cash-next")).one()
        assert (run.starts_on, run.openings["reach"], run.languages) == (date(2026, 11, 9), "2026-11-16", ["en", "fr"])
        version_now = run.version
    days = {"opens-start": "2026-11-09", "opens-reach": "2026-11-18", "version": version_now}
    assert send(gala, "/en/teaching/cash-next/openings/", **days).status_code == 303
    wrong = send(
        gala, "/en/teaching/cash-next/openings/", **(days | {"opens-reach": "soon", "version": version_now + 1})
    )
    assert wrong.status_code == 422
    assert 'id="opens-reach-error"' in wrong.text
    copy = {"slug": "cash-later", "title": "Later", "starts_on": "2027-01-04"}
    assert send(gala, "/en/teaching/cash-next/clone/", **copy).status_code == 303
    assert "2027-01-13" in gala.get("/en/teaching/cash-later/plan/").text
    assert send(gala, "/en/teaching/cash-later/stage/", stage="selecting").status_code == 303
    assert send(gala, "/en/teaching/cash-later/stage/", stage="nowhere").status_code == 422


def test_who_teaches_gives_more_time_and_only_who_leads_takes_somebody_out(
    clients: dict[str, FlaskClient], database: Database
) -> None:
    roster = clients["bo"].get(f"/en/teaching/{RUN}/participants/").text
    assert "ada@example.org" in roster
    address = re.search(rf"/en/teaching/{RUN}/participants/[\w-]+/", roster)
    assert address
    assert "Take out" not in clients["bo"].get(address[0]).text
    more = {"until": "2026-12-01", "reason": "Flood at home"}
    assert send(clients["bo"], f"{address[0]}extension/", **more).status_code == 303
    assert send(clients["bo"], f"{address[0]}extension/", until="").status_code == 422
    assert send(clients["bo"], f"{address[0]}withdraw/", reason="x").status_code == 403
    assert send(clients["gala"], f"{address[0]}withdraw/", reason="").status_code == 422
    assert send(clients["gala"], f"{address[0]}withdraw/", reason="Changed jobs").status_code == 303
    with database.session(write=False) as db:
        assert db.scalars(select(Extension.until)).all() == [date(2026, 12, 1)]
        assert db.scalars(select(Enrolment.withdrawn_at)).one() is not None
    assert clients["ada"].get(f"/en/learn/{RUN}/").status_code == 404


def test_a_participant_sees_what_is_open_and_when_the_rest_opens(
    clients: dict[str, FlaskClient], database: Database
) -> None:
    home = clients["ada"].get(f"/en/learn/{RUN}/").text
    assert "Autumn 2026" in home
    assert clients["ada"].get(f"/en/learn/{RUN}/lesson/how/").status_code == 200, (
        "the second module opened on 9 November"
    )
    with database.session(write=True) as db:
        run = db.scalars(select(Run)).one()
        run.openings = run.openings | {"reach": "2099-01-05"}
        db.commit()
    home = clients["ada"].get(f"/en/learn/{RUN}/").text
    assert "This module opens on January 5, 2099." in home
    assert f"/en/learn/{RUN}/lesson/how/" not in home
    for path in ("lesson/how/", "quiz/final/", "evaluation/view/"):
        answer = clients["ada"].get(f"/en/learn/{RUN}/{path}")
        assert answer.status_code == 403
        assert "January 5, 2099" in answer.text
    assert clients["ada"].get("/en/learn/").text.count("Autumn 2026") == 1
    assert clients["eve"].get(f"/en/learn/{RUN}/").status_code == 404


def test_anybody_finds_a_public_run_and_nobody_a_closed_one(
    app: Flask, clients: dict[str, FlaskClient], database: Database
) -> None:
    anybody = app.test_client()
    assert "Autumn 2026" in anybody.get("/en/runs/").text
    assert "Autumn 2026" in anybody.get(f"/en/courses/{SLUG}/").text
    shown = anybody.get(f"/en/runs/{RUN}/").text
    assert "Africa/Nairobi" in shown
    assert "November 9, 2026" in shown
    for visibility, statuses in ((Visibility.UNLISTED, (200, 200)), (Visibility.CLOSED, (404, 200))):
        with database.session(write=True) as db:
            db.scalars(select(Run)).one().visibility = visibility
            db.commit()
        assert "Autumn 2026" not in anybody.get("/en/runs/").text
        assert (
            anybody.get(f"/en/runs/{RUN}/").status_code,
            clients["ada"].get(f"/en/runs/{RUN}/").status_code,
        ) == statuses


def test_as_many_questions_to_the_database_whatever_the_number_of_participants(
    clients: dict[str, FlaskClient], database: Database, now: datetime
) -> None:
    asked: list[str] = []

    def count(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", count)

    def questions() -> int:
        asked.clear()
        assert clients["gala"].get(f"/en/teaching/{RUN}/participants/").status_code == 200
        return len(asked)

    questions()
    before = questions()
    with database.session(write=True) as db:
        run = db.scalars(select(Run)).one()
        for number in range(30):
            make_participant(db, run, make_person(db, f"more{number}"), now)
        db.commit()
    assert questions() == before
