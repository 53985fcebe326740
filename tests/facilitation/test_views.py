"""The pages of a run that is taught, closed and reported on; each asks as much for many people as for few."""

import csv
import re
from datetime import timedelta
from html import unescape
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import Role
from lms.facilitation.models import FinalOutcome, OutcomeOverride, SummaryDraft
from lms.kernel import clock
from lms.kernel.db import Database
from lms.learning.models import ActivityCompletion, Evaluation
from lms.runs.models import Enrolment, Run
from lms.runs.rules import RunStage, Track, Visibility
from lms.settings import Settings
from tests.facilitation.ending import ALL, make_leader, open_run, take_part, work_off
from tests.factories import RUN
from tests.people import log_in, make_person

AT = f"/en/teaching/{RUN}/"
PAGES = ("", "gradebook/", "gradebook.csv", "gradebook.xlsx", "report/", "report/print/", "report.csv", "closing/")


@pytest.fixture
def run(db: Session, tmp_path: Path) -> Run:
    """In its second week: `start` is over, `reach` is on."""
    now = clock.now()
    monday = now.date() - timedelta(days=9)
    run = open_run(db, tmp_path, now, starts_on=monday, time_zone="UTC", apply_from=None, apply_until=None)
    run.stage = RunStage.RUNNING
    return run


@pytest.fixture
def clients(app: Flask, db: Session, run: Run) -> dict[str, FlaskClient]:
    """Gala and Hugo lead, Bo is e-tutor, Tx teaches elsewhere, Ada and Chi take part, Eve does not."""
    now = clock.now()
    people = {key: make_leader(db, key, now) for key in ("gala", "hugo")}
    for key, scope in (("bo", f"run:{RUN}"), ("tx", "run:another")):
        grant = RoleGrant(role=Role.E_TUTOR, scope=scope, valid_from=now - timedelta(days=9))
        people[key] = make_person(db, key, grants=[grant])
    people["eve"] = make_person(db, "eve")
    ada = take_part(db, run, "ada", now, ALL, country="KE", gender="female", organisation_type="un-multilateral")
    chi = take_part(db, run, "chi", now - timedelta(days=8), ["what"], country="JO")
    people |= {"ada": ada.person, "chi": chi.person}
    db.commit()
    return {key: log_in(app, person) for key, person in people.items()}


def send(client: FlaskClient, url: str, **fields: object) -> TestResponse:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/en/privacy/").text)
    assert found
    return client.post(url, data={"csrf_token": found[1], **fields})


def page_of(client: FlaskClient, name: str, of: str) -> str:
    """The address of somebody's page behind a list."""
    found = re.search(rf'href="({AT}{of}/[\w-]+/)"><bdi>{name}', client.get(f"{AT}{of}/").text)
    assert found
    return found[1]


def test_who_may_see_and_who_may_close(clients: dict[str, FlaskClient]) -> None:
    for path in PAGES:
        for key, status in (("gala", 200), ("bo", 200), ("ada", 403), ("eve", 404), ("tx", 404)):
            assert clients[key].get(AT + path).status_code == status, (path, key)
    for key, status in (("bo", 403), ("ada", 403), ("eve", 404), ("tx", 404)):
        assert send(clients[key], f"{AT}closing/").status_code == status, key
    assert "Close the run and issue" in clients["gala"].get(f"{AT}closing/").text
    assert "Close the run and issue" not in clients["bo"].get(f"{AT}closing/").text


def test_a_run_is_closed_from_its_pages(
    app: Flask, clients: dict[str, FlaskClient], db: Session, database: Database, settings: Settings
) -> None:
    gala, hugo = clients["gala"], clients["hugo"]
    chi = page_of(gala, "Chi Haddad", "closing")
    preview = gala.get(f"{AT}closing/").text
    assert "1 lesson<br>the quiz “Final quiz”<br>the evaluation" in preview
    refused = send(gala, chi, outcome="completion")
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert send(gala, chi, outcome="completion", reason="Flood in week two").status_code == 303
    [override] = db.scalars(select(OutcomeOverride)).all()
    db.commit()
    decide = f"{chi}{override.public_id}/"
    assert "A second person has to confirm it." in gala.get(chi).text
    assert 'value="confirmed"' not in gala.get(chi).text
    assert send(gala, decide, decision="confirmed").status_code == 403
    assert send(gala, f"{AT}closing/").status_code == 409
    assert send(hugo, decide, decision="proposed").status_code == 422
    assert "Flood in week two" in hugo.get(chi).text
    assert send(hugo, decide, decision="confirmed").status_code == 303
    assert "by the rule: Certificate of participation" in gala.get(f"{AT}closing/").text
    for said in ("Certificates are being issued", "The run was closed before. Nothing was changed."):
        answer = send(gala, f"{AT}closing/")
        assert answer.status_code == 303
        assert said in gala.get(answer.location).text
    begun = gala.get(f"{AT}closing/").text
    assert "0 of 2 outcomes are settled." in begun
    assert "Look again" in begun
    work_off(database, settings, clock.now())
    over = gala.get(f"{AT}closing/").text
    assert "2 of 2 outcomes are settled." in over
    assert "2 certificates are issued." in over
    assert "decided by two people" in over
    [leads_to] = re.findall(r'href="(/en/administration/certificates/all/[^"]+)"', over)
    assert "2 certificates of this run count now." in gala.get(unescape(leads_to)).text
    assert "/certificates/all/" not in clients["bo"].get(f"{AT}closing/").text, "who teaches takes none along"
    assert sorted(db.scalars(select(FinalOutcome.outcome)).all()) == ["completion", "completion"]
    chis = FinalOutcome.override_id.is_not(None)
    db.execute(update(FinalOutcome).where(chis).values(by_rule="none"))
    db.commit()
    assert re.search(r"<dt>By the rule</dt><dd>No certificate", gala.get(chi).text), "as it was settled"


def test_after_the_closing_one_reads_and_changes_nothing(
    clients: dict[str, FlaskClient], db: Session, database: Database, settings: Settings
) -> None:
    chi = clients["chi"]
    assert send(clients["gala"], f"{AT}closing/").status_code == 303
    work_off(database, settings, clock.now())
    home = chi.get(f"/en/learn/{RUN}/").text
    assert "This run is closed. You can still read everything." in home
    assert "Certificate of participation" in home
    assert "Certificate of completion" not in home, "the other one is not to be earned any more"
    assert chi.get(f"/en/learn/{RUN}/lesson/how/").status_code == 200
    send(chi, f"/en/learn/{RUN}/lesson/how/")
    assert send(chi, f"/en/learn/{RUN}/quiz/final/start").status_code == 403
    view = {"satisfaction": "5", "expectations": "5", "equipped": "5"}
    assert send(chi, f"/en/learn/{RUN}/evaluation/view/", **view).status_code == 403
    noted = select(ActivityCompletion.activity).join(Enrolment).join(Person).where(Person.email == "chi@example.org")
    assert db.scalars(noted).all() == ["what"]
    assert db.scalars(select(Evaluation)).all() == []


def test_the_archive_has_the_numbers_for_whoever_may_see_the_run(
    app: Flask, clients: dict[str, FlaskClient], db: Session, run: Run
) -> None:
    anybody, address = app.test_client(), f"/en/runs/{RUN}/archive/"
    assert anybody.get(address).status_code == 404, "not closed yet"
    for number in range(4):
        take_part(db, run, f"more{number}", clock.now(), ALL, country="PE")
    db.commit()
    send(clients["gala"], f"{AT}closing/")
    shown = anybody.get(address).text
    assert re.search(r"<dt>Participants</dt><dd><bdi>6</bdi>", shown)
    assert re.search(r"<dt>Have completed</dt><dd><bdi>5</bdi>", shown)
    assert re.search(r"<dt>Certificate of participation</dt><dd>fewer than 5", shown)
    assert re.search(r"<dt>Countries</dt><dd><bdi>3</bdi>", shown)
    assert address in anybody.get(f"/en/runs/{RUN}/").text
    db.execute(update(Run).values(visibility=Visibility.CLOSED))
    db.commit()
    assert anybody.get(address).status_code == 404
    assert clients["ada"].get(address).status_code == 200


# -- the dashboard


def test_the_dashboard_says_who_is_behind_with_what(clients: dict[str, FlaskClient], db: Session, run: Run) -> None:
    take_part(db, run, "dan", clock.now() - timedelta(days=8))
    db.commit()
    shown = clients["bo"].get(AT).text
    assert "3 participants" in shown
    assert "1 at work in the last seven days" in shown
    assert "1 behind" in shown
    assert "2 silent" in shown
    [first, second] = re.findall(r"<tr><th scope=\"row\">.*?</tr>", shown.partition("Behind or silent")[2], re.DOTALL)
    assert re.search(r"Dan</bdi>.*<bdi>1</bdi>.*Start</td>.*never", first, re.DOTALL)
    assert re.search(r"Chi Haddad</bdi>.*<bdi>0</bdi>.*–</td>.*202", second, re.DOTALL), "silent, and not behind"
    run.stage = RunStage.GRACE
    db.commit()
    after = clients["bo"].get(AT).text
    assert "After the last module" in after
    assert "0 of 3 participants gave their view" in after
    run.stage = RunStage.SELECTING
    run.provisional = True
    db.commit()
    before = clients["bo"].get(AT).text
    assert "Before the run" in before
    assert "Behind or silent" not in before
    assert re.search(r"To do:</span> <a[^>]*>The dates are settled", before)


def test_the_weekly_summary_is_a_draft_that_nobody_is_sent(clients: dict[str, FlaskClient], db: Session) -> None:
    bo, gala, address = clients["bo"], clients["gala"], f"{AT}summary/"
    fresh = bo.get(address).text
    assert "this week&#39;s module is “Reach”." in fresh
    assert "1 of 2 participants have begun it, and 1 have finished it." in fresh
    assert send(bo, address, text="", version="0").status_code == 422
    assert send(bo, address, text="x", version="9" * 30).status_code == 422
    assert send(bo, address, text="Dear all, well done!", version="0").status_code == 303
    kept = gala.get(address).text
    assert "Dear all, well done!" in kept
    assert "kept by Bo Lindqvist" in kept
    assert "this week&#39;s module" in gala.get(f"{address}?anew=yes").text
    assert send(gala, address, text="Too late", version="0").status_code == 409
    assert send(gala, address, text="Dear all", version="1").status_code == 303
    assert db.scalars(select(SummaryDraft.text)).all() == ["Dear all"]
    db.commit()
    assert bo.get(address.replace("/en/", "/ar/")).status_code == 200
    assert send(clients["ada"], address, text="x", version="2").status_code == 403


# -- the gradebook


def test_the_gradebook_shows_people_by_activities(clients: dict[str, FlaskClient]) -> None:
    shown = clients["bo"].get(f"{AT}gradebook/").text
    assert re.search(r'<div class="book" role="region" tabindex="0" aria-label="[^"]+">', shown)
    head, body = shown.partition("<thead>")[2].split("</thead>")
    assert re.findall(r'<th scope="col">(.*?)</th>', head) == [
        "What it is", "Check yourself", "How it reaches people", "Final quiz", "Your view",
    ]  # fmt: skip
    rows = re.findall(r"<bdi>([^<]+)</bdi></a></th>(.*?)</tr>", body, re.DOTALL)
    assert [(name, cells.count("✓")) for name, cells in rows] == [("Ada Okafor", 4), ("Chi Haddad", 1)]
    one = clients["bo"].get(f"{AT}gradebook/?module=reach").text.partition("<thead>")[2]
    assert "What it is" not in one
    assert clients["bo"].get(f"{AT}gradebook/?module=none&page=99").status_code == 200
    assert clients["bo"].get(f"{AT}gradebook/?page=0").status_code == 200


def test_the_gradebook_leaves_as_a_file_without_formulas(
    clients: dict[str, FlaskClient], db: Session, run: Run
) -> None:
    take_part(db, run, "mal", clock.now(), name='=HYPERLINK("http://evil.example")')
    db.commit()
    sent = clients["bo"].get(f"{AT}gradebook.csv")
    assert sent.headers["Content-Disposition"] == f'attachment; filename="{RUN}-gradebook.csv"'
    rows = list(csv.DictReader(StringIO(sent.data.decode("utf-8-sig"))))
    assert sorted((row["Name"], row["Done"], row["What it is"]) for row in rows) == [
        ('\'=HYPERLINK("http://evil.example")', "0", ""),
        ("Ada Okafor", "4", "1"),
        ("Chi Haddad", "1", "1"),
    ]
    book = load_workbook(BytesIO(clients["bo"].get(f"{AT}gradebook.xlsx").data))
    cells = [cell for line in book.active for cell in line]
    assert all(cell.data_type in ("s", "n") for cell in cells)
    assert '=HYPERLINK("http://evil.example")' in [cell.value for cell in cells]
    arabic = load_workbook(BytesIO(clients["bo"].get(f"{AT}gradebook.xlsx".replace("/en/", "/ar/")).data))
    assert arabic.active.sheet_view.rightToLeft


# -- the report


def test_the_report_counts_from_application_to_completion(
    clients: dict[str, FlaskClient], db: Session, run: Run
) -> None:
    now = clock.now()
    for number in range(6):
        enrolment = take_part(db, run, f"six{number}", now, ALL, country="PE", gender="male")
        enrolment.track = Track.INVITED
        answers = {"satisfaction": 5, "expectations": 4, "equipped": 3}
        db.add(Evaluation(enrolment_id=enrolment.id, language="en", handed_in_at=now, **answers))
    db.commit()
    inside = clients["bo"].get(f"{AT}report/").text
    assert "The run is not closed" in inside
    came = re.search(r"Came in</th>(.*?)</tr>", inside, re.DOTALL)
    assert came
    assert re.findall(r"<bdi>(\d+)</bdi>", came[1]) == ["2", "6", "8"]
    assert re.search(r"Jordan</th><td[^>]*><bdi>1</bdi>", inside)
    assert re.search(r"Not stated</th><td[^>]*><bdi>1</bdi>", inside), "Chi did not say their gender"
    printed = clients["bo"].get(f"{AT}report/print/").text
    assert re.search(r"Jordan</th><td[^>]*>fewer than 5", printed)
    assert "left out where people are told apart" in printed
    sent = clients["bo"].get(f"{AT}report.csv").data.decode("utf-8-sig")
    lines = list(csv.DictReader(StringIO(sent)))
    found = {(each["Section"], each["Line"], each["Column"]): each["Number"] for each in lines}
    assert found["From application to completion", "Came in", "All"] == "8"
    assert found["From application to completion", "Came in", "Invitation"] == "fewer than 5", "or it would tell 2"
    assert found["Country", "Kenya", "Came in"] == "fewer than 5"
    assert found["Country", "Peru", "Came in"] == "6"
    assert found["Satisfaction", "Did it meet your expectations?", "Mean of 5"] == "4.0"
    assert all(each["Definition"] and each["As of"] for each in lines)


# -- queries


def test_each_page_asks_as_much_for_many_as_for_few(
    clients: dict[str, FlaskClient], db: Session, database: Database, run: Run
) -> None:
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *values: asked.append(values[2]))

    def questions() -> dict[str, int]:
        counts = {}
        for path in (*PAGES, "summary/"):
            asked.clear()
            assert clients["gala"].get(AT + path).status_code == 200
            counts[path] = len(asked)
        return counts

    questions()
    before = questions()
    for number in range(60):
        take_part(db, run, f"person{number}", clock.now(), ALL[: number % 5], country="KE", named=number % 2 == 0)
    db.commit()
    assert questions() == before
    asked.clear()
    assert send(clients["gala"], f"{AT}closing/").status_code == 303
    closing = len(asked)
    assert closing < 45, "no statement for each of 62 people"
