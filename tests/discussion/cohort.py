"""A dated run whose people talk: two modules, a discussion in each; Ada and Px take part, Bo teaches, Eve does not."""

import re
from datetime import datetime
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import Role
from lms.discussion.models import Post, Thread
from lms.discussion.queries import Hall, Topic, hall
from lms.discussion.service import talking
from lms.kernel.models import OutboxJob
from lms.runs.models import Run
from lms.runs.rules import RunStage
from tests.factories import HELLO, RUN, SLUG, TWO_MODULES, course_files, load, make_participant, open_cohort_run
from tests.people import make_person

COURSE = TWO_MODULES.replace(
    "      - {kind: self-test, key: check, title: Check yourself}\n",
    "      - {kind: self-test, key: check, title: Check yourself}\n"
    "      - {kind: discussion, key: hello, title: Introduce yourself}\n",
).replace(
    "      - {kind: quiz, key: final, title: Final quiz}\n",
    "      - {kind: discussion, key: plans, title: Your plans}\n      - {kind: quiz, key: final, title: Final quiz}\n",
)
WHOLE = Topic(None, None, None)


def open_talking_run(db: Session, folder: Path, now: datetime, slug: str = RUN) -> Run:
    """Running; flushed, not committed."""
    texts = {"lessons/hello.md": HELLO.encode(), "lessons/plans.md": b"What will you change?\n"}
    load(db, folder, now, course_files(course=COURSE) | texts)
    run = open_cohort_run(db, folder, now, slug)
    run.stage = RunStage.RUNNING
    db.flush()
    return run


def people_of(db: Session, run: Run, now: datetime) -> dict[str, Person]:
    people = {key: make_person(db, key) for key in ("ada", "px", "eve")}
    bo = RoleGrant(role=Role.E_TUTOR, scope=f"run:{run.slug}", valid_from=now)
    gala = RoleGrant(role=Role.COORDINATOR, scope=f"course:{SLUG}", valid_from=now)
    people |= {"bo": make_person(db, "bo", grants=[bo]), "gala": make_person(db, "gala", grants=[gala])}
    db.flush()
    for key in ("ada", "px"):
        make_participant(db, run, people[key], now)
    return people


def hall_of(db: Session, person: Person, now: datetime, slug: str = RUN) -> Hall:
    return hall(db, person, slug, "en", now)


def talk(
    db: Session, person: Person, now: datetime, title: str = "Cards or cash?", about: Topic = WHOLE, **more: object
) -> Thread:
    said = {"title": title, "text": "Which do *you* use?", "lang": "en", "mentioned": []} | more
    return talking.open_thread(db, hall_of(db, person, now), about, now=now, **said)  # type: ignore[arg-type]


def answer(db: Session, person: Person, thread: Thread, text: str, now: datetime, **more: object) -> Post:
    said = {"text": text, "lang": "en", "mentioned": []} | more
    return talking.answer_thread(db, hall_of(db, person, now), thread, now=now, **said)  # type: ignore[arg-type]


def opening(db: Session, thread: Thread) -> Post:
    return db.scalars(select(Post).where(Post.thread_id == thread.id, Post.opening)).one()


def letters(db: Session) -> list[dict[str, str]]:
    jobs = db.scalars(select(OutboxJob).where(OutboxJob.topic == "mail").order_by(OutboxJob.id))
    return [dict(job.payload) for job in jobs]


def send(client: FlaskClient, url: str, **fields: object) -> TestResponse:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/en/privacy/").text)
    assert found
    return client.post(url, data={"csrf_token": found[1], **fields})
