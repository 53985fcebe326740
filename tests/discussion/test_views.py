"""The pages of discussions: for participants, for those who teach, and for nobody else."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import joinedload

from lms.accounts.models import Person, RoleGrant
from lms.discussion.models import Post, PostReport, Thread
from lms.discussion.rules import Audience, Said
from lms.discussion.service import announcing, talking
from lms.kernel.db import Database
from lms.runs.models import Enrolment, Run
from lms.runs.rules import RunStage
from tests.discussion.cohort import answer, hall_of, open_talking_run, people_of, send, talk
from tests.factories import RUN, make_participant
from tests.people import log_in, make_person

THREADS = f"/en/learn/{RUN}/threads/"


@pytest.fixture
def clients(app: Flask, database: Database, tmp_path: Path, now: datetime) -> dict[str, FlaskClient]:
    with database.session(write=True) as db:
        people = people_of(db, open_talking_run(db, tmp_path, now), now)
        people["dee"] = make_person(db, "dee")
        db.commit()
    return {key: log_in(app, person) for key, person in people.items()}


def begin(client: FlaskClient, **changes: object) -> str:
    """The address of a new thread."""
    written = {"about": "", "title": "Cards or cash?", "text": "Which do **you** use?", "lang": "en"}
    done = send(client, f"{THREADS}new/", **(written | changes))
    assert done.status_code == 303, done.text
    return str(done.location)


def test_people_of_a_run_talk_and_nobody_else_hears(clients: dict[str, FlaskClient]) -> None:
    url = begin(clients["ada"], about="activity:hello", title="أنا آدا", text="مرحبا **بكم**", lang="ar")
    for key in ("px", "bo", "gala", "dee"):
        page = clients[key].get(url)
        assert page.status_code == 200
        assert '<div class="post-text" lang="ar" dir="rtl"><p>مرحبا <strong>بكم</strong></p>' in page.text
        assert '<span lang="ar" dir="rtl">أنا آدا</span>' in page.text
    for path in (
        url,
        THREADS,
        f"{THREADS}new/",
        f"/en/learn/{RUN}/announcements/",
        f"/en/learn/{RUN}/discussion/hello/",
    ):
        assert clients["eve"].get(path).status_code == 404
    assert "أنا آدا" in clients["px"].get(f"/en/learn/{RUN}/discussion/hello/").text
    assert "أنا آدا" in clients["bo"].get(f"/en/learn/{RUN}/discussion/hello/").text
    assert "أنا آدا" not in clients["px"].get(f"{THREADS}?about=activity:plans").text
    done = send(clients["px"], url, text="Welcome!", lang="en")
    assert done.status_code == 303
    assert "#post-" in done.location
    assert "Px" in clients["ada"].get(url).text
    assert send(clients["px"], url, text=" \u202e ", lang="en").status_code == 422, "nothing that can be seen"
    assert send(clients["px"], url, text="x", lang="tlh").status_code == 422
    assert send(clients["eve"], url, text="x", lang="en").status_code == 404


def test_what_is_not_open_yet_is_for_those_who_teach(clients: dict[str, FlaskClient], database: Database) -> None:
    with database.session(write=True) as db:
        run = db.scalars(select(Run)).one()
        run.openings = run.openings | {"reach": "2099-01-05"}
        db.commit()
    url = begin(clients["bo"], about="module:reach", title="Later on")
    assert clients["ada"].get(url).status_code == 403
    assert send(clients["ada"], url, text="Early", lang="en").status_code == 403
    assert "Later on" not in clients["ada"].get(THREADS).text
    assert "Later on" in clients["gala"].get(THREADS).text
    assert clients["ada"].get(f"/en/learn/{RUN}/discussion/plans/").status_code == 403
    early = send(clients["ada"], f"{THREADS}new/", about="module:reach", title="Early", text="x", lang="en")
    assert early.status_code == 422
    assert "Choose one from the list." in early.text


def test_edited_posts_keep_what_they_said_for_the_writer_and_those_who_teach(clients: dict[str, FlaskClient]) -> None:
    url = begin(clients["ada"], text="First words")
    found = re.search(r'id="post-([\w-]+)"', clients["ada"].get(url).text)
    assert found
    post = f"{url}posts/{found[1]}/"
    assert clients["px"].get(f"{post}edit/").status_code == 403
    assert send(clients["px"], f"{post}edit/", text="Mine", lang="en", version=1).status_code == 403
    assert send(clients["ada"], f"{post}edit/", text="", lang="en", version=1).status_code == 422
    assert send(clients["ada"], f"{post}edit/", text="Second words", lang="en", version=1).status_code == 303
    assert send(clients["ada"], f"{post}edit/", text="Third words", lang="en", version=1).status_code == 409
    shown = clients["px"].get(url).text
    assert "Second words" in shown
    assert "First words" not in shown
    assert "edited on" in shown
    assert clients["px"].get(f"{post}history/").status_code == 403
    for key in ("ada", "bo"):
        assert "First words" in clients[key].get(f"{post}history/").text


def test_reported_hidden_and_shown_again(clients: dict[str, FlaskClient], database: Database) -> None:
    url = begin(clients["ada"])
    send(clients["px"], url, text="Buy my cards", lang="en")
    with database.session(write=False) as db:
        post = db.scalars(select(Post).where(~Post.opening)).one().public_id
    report, hide = f"{url}posts/{post}/report/", f"{url.replace('/learn/', '/teaching/')}posts/{post}/hide/"
    assert clients["px"].get(report).status_code == 403, "nobody reports their own"
    assert send(clients["ada"], report, reason="").status_code == 422
    assert send(clients["ada"], report, reason="Advertising").status_code == 303
    assert send(clients["ada"], report, reason="Again").status_code == 303
    with database.session(write=False) as db:
        assert db.scalars(select(PostReport.reason)).all() == ["Advertising"]
    assert clients["ada"].get(f"/en/teaching/{RUN}/reports/").status_code == 403
    assert "1 report waits" in clients["bo"].get(THREADS).text
    assert "Advertising" in clients["bo"].get(f"/en/teaching/{RUN}/reports/").text
    assert send(clients["ada"], hide, reason="x").status_code == 403
    assert send(clients["bo"], hide, reason="").status_code == 422
    assert send(clients["bo"], hide, reason="Sells cards").status_code == 303
    assert "No report waits." in clients["bo"].get(f"/en/teaching/{RUN}/reports/").text
    for key in ("ada", "px"):
        shown = clients[key].get(url).text
        assert "Those who teach have hidden this post." in shown
        assert "Buy my cards" not in shown
        assert "Sells cards" not in shown
    assert clients["px"].get(f"{url}posts/{post}/edit/").status_code == 404
    assert "Sells cards" in clients["gala"].get(url).text
    assert send(clients["bo"], hide.replace("hide", "show")).status_code == 303
    assert "Buy my cards" in clients["ada"].get(url).text


def test_a_thread_is_hidden_with_the_post_that_opened_it(clients: dict[str, FlaskClient], database: Database) -> None:
    url = begin(clients["px"], title="Cheap cards")
    with database.session(write=False) as db:
        post = db.scalars(select(Post)).one().public_id
    hide = f"{url.replace('/learn/', '/teaching/')}posts/{post}/hide/"
    assert send(clients["bo"], hide, reason="Sells").status_code == 303
    assert clients["ada"].get(url).status_code == 404
    assert "Cheap cards" not in clients["ada"].get(THREADS).text
    assert "Cheap cards" in clients["bo"].get(THREADS).text


def test_pinned_and_resolved(clients: dict[str, FlaskClient]) -> None:
    first = begin(clients["ada"], title="First thread")
    begin(clients["px"], title="Second thread")
    pin = f"{first.replace('/learn/', '/teaching/')}pin/"
    assert send(clients["ada"], pin, pinned="yes").status_code == 403
    shown = clients["px"].get(THREADS).text
    assert shown.index("Second thread") < shown.index("First thread")
    assert send(clients["bo"], pin, pinned="yes").status_code == 303
    shown = clients["px"].get(THREADS).text
    assert shown.index("First thread") < shown.index("Second thread")
    assert send(clients["px"], f"{first}resolve/", resolved="yes").status_code == 403
    assert send(clients["ada"], f"{first}resolve/", resolved="yes").status_code == 303
    assert "Resolved" in clients["px"].get(first).text
    assert send(clients["bo"], f"{first}resolve/", resolved="no").status_code == 303
    assert "Resolved" not in clients["px"].get(first).text


def test_who_leaves_or_is_removed_loses_everything_at_once(clients: dict[str, FlaskClient], database: Database) -> None:
    url = begin(clients["ada"])
    with database.session(write=True) as db:
        now = db.scalars(select(Enrolment.enrolled_at)).first()
        for each in db.scalars(select(Enrolment)):
            each.withdrawn_at = now
        for grant in db.scalars(select(RoleGrant).where(RoleGrant.scope == f"run:{RUN}")):
            grant.valid_until = grant.valid_from
        db.commit()
    for key in ("ada", "px", "bo"):
        for path in (url, THREADS, f"/en/learn/{RUN}/announcements/", f"/en/teaching/{RUN}/reports/"):
            assert clients[key].get(path).status_code == 404
        assert send(clients[key], url, text="Still here", lang="en").status_code == 404
    assert clients["gala"].get(url).status_code == 200


def test_a_closed_run_can_be_read(clients: dict[str, FlaskClient], database: Database, now: datetime) -> None:
    url = begin(clients["ada"])
    with database.session(write=True) as db:
        run = db.scalars(select(Run)).one()
        run.stage, run.closed_at = RunStage.CLOSED, now
        db.commit()
    for key in ("ada", "bo"):
        shown = clients[key].get(url)
        assert shown.status_code == 200
        assert "This run is closed." in shown.text
        assert "Send the answer" not in shown.text
        assert send(clients[key], url, text="Too late", lang="en").status_code == 403
        assert send(clients[key], f"{url}resolve/", resolved="yes").status_code == 403
        assert clients[key].get(f"{THREADS}new/").status_code == 403
    assert clients["bo"].get(f"/en/teaching/{RUN}/announcements/new/").status_code == 403


def test_nothing_of_another_run_is_seen_or_reached(
    clients: dict[str, FlaskClient], database: Database, tmp_path: Path, now: datetime
) -> None:
    """Px is in a second run of the same course, in which Bo does not teach."""
    url = begin(clients["ada"])
    with database.session(write=True) as db:
        other = open_talking_run(db, tmp_path, now, "cash-winter")
        zoe = make_person(db, "zoe")
        db.flush()
        make_participant(db, other, zoe, now)
        db.commit()
        zoe_id = zoe.public_id
    there = url.replace(RUN, "cash-winter")
    assert clients["gala"].get(there).status_code == 404, "the thread is not of that run"
    assert clients["ada"].get("/en/learn/cash-winter/threads/").status_code == 404
    refused = send(clients["ada"], url, text="Hello", lang="en", mentioned=zoe_id)
    nobody = send(clients["ada"], url, text="Hello", lang="en", mentioned="A" * 22)
    assert refused.status_code == nobody.status_code == 422
    assert "Zoe" not in refused.text


def test_as_many_questions_to_the_database_whatever_stands_there(
    clients: dict[str, FlaskClient], database: Database, now: datetime
) -> None:
    def asked(key: str, url: str) -> int:
        statements: list[str] = []

        def count(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            statements.append(statement)

        event.listen(database.engine, "before_cursor_execute", count)
        assert clients[key].get(url).status_code == 200
        event.remove(database.engine, "before_cursor_execute", count)
        return len(statements)

    url = begin(clients["ada"])
    pages = [url, THREADS, f"/en/learn/{RUN}/discussion/hello/", f"/en/learn/{RUN}/announcements/", f"{THREADS}new/"]
    visits: list[tuple[str, str]] = [(key, each) for key in ("ada", "bo") for each in pages]
    visits.append(("bo", f"/en/teaching/{RUN}/reports/"))
    for key, each in visits:
        asked(key, each)
    few = {visit: asked(*visit) for visit in visits}
    _fill(database, now)
    assert {visit: asked(*visit) for visit in visits} == few


def _fill(database: Database, now: datetime) -> None:
    """Thirty people who write, mention, report and are told."""
    with database.session(write=True) as db:
        run = db.scalars(select(Run)).one()
        bo = (
            db.scalars(select(Person).options(joinedload(Person.grants)).where(Person.email == "bo@example.org"))
            .unique()
            .one()
        )
        thread = db.scalars(select(Thread)).one()
        for number in range(30):
            person = make_person(db, f"p{number}")
            db.flush()
            make_participant(db, run, person, now)
            talk(db, person, now, f"Thread {number}")
            post = answer(db, person, thread, f"Answer {number}", now, mentioned=[bo.public_id])
            talking.report_post(db, hall_of(db, bo, now), post, reason="Look", now=now)
            said = {"en": Said(f"News {number}", "Text"), "ar": Said("خبر", "نص")}
            announcing.publish_announcement(
                db, bo, run, said, source="en", audience=Audience.ALL, value=None, by_mail=False, now=now
            )
        db.commit()
