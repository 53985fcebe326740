"""A run of 500 participants and 60 activities beside one of 50: what those who teach it open, and its closing."""

import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Select, event, func, insert, select
from sqlalchemy.orm import Session

from bench.beside import BARE_LESSON, Both, both_serving
from bench.client import Client
from bench.server import cpu_each
from bench.table import Table, middle_ratio, verdict
from lms.accounts.models import Person, search_text
from lms.assessment.models import Attempt
from lms.assessment.rules import AttemptState, ClosedBy, QuizKind
from lms.catalog.models import Course, Edition
from lms.certification.models import Certificate, PrintedCertificate
from lms.facilitation.models import FinalOutcome
from lms.factory import create_app
from lms.kernel import clock
from lms.kernel.db import new_public_id
from lms.learning.models import ActivityCompletion, CertificateDetails
from lms.runs.models import Enrolment, Run
from lms.runs.rules import RunStage, Track, Visibility
from lms.runs.service import RunDetails, open_run

FEW, MANY = 50, 500
MODULES = 10
ROUNDS, REQUESTS, WARM = 5, 6, 3
COURSE = "led-course"
FIRST_QUESTION = "a"
SCREENS: list[tuple[str, str, float, float]] = [
    ("dashboard", "", 60, 40),
    ("gradebook, first 50 people", "gradebook/", 60, 40),
    ("gradebook as CSV", "gradebook.csv", 120, 80),
    ("gradebook as XLSX", "gradebook.xlsx", 600, 400),
    ("final list", "closing/", 120, 80),
    ("report", "report/", 60, 40),
]
"""Name, address in the run, how often the CPU of the bare page it must and should take, with 500 people."""
PATIENCE = 1_200


def main() -> None:
    table = Table(
        f"A run of {MANY} participants and {MODULES * 6} activities, and of {FEW}",
        ["page", "ms CPU", "bare ms", "× bare", "must", "aim", "", f"× of {FEW} people", "queries", f"of {FEW}", "KB"],
    )
    with both_serving() as both:
        _load(both)
        runs = {size: _fill(both, size) for size in (FEW, MANY)}
        cookie = both.ground.cookie("dee", administrator=True)
        for name, path, must, aim in SCREENS:
            table.add(name, *_row(both, runs, path, must, aim, cookie))
        print(table)
        with Client(both.ours.port, cookie) as client:
            print(_closing(both, client, runs[MANY]))


def _row(both: Both, runs: dict[int, str], path: str, must: float, aim: float, cookie: str) -> list[str]:
    spent: dict[int, list[float]] = {FEW: [], MANY: []}
    beside, size_on_line = [], 0
    for place in range(ROUNDS + 1):  # the first one warms up; each has lines of its own, as servers end idle ones
        with Client(both.ours.port, cookie) as client, both.bare_learner() as bare:
            beside.append(cpu_each(both.bare, bare, bare.request("GET", BARE_LESSON), 40))
            for size, slug in runs.items():
                request = client.request("GET", f"/en/teaching/{slug}/{path}")
                spent[size].append(cpu_each(both.ours, client, request, REQUESTS if place else WARM))
                size_on_line = client.ask(request).size
    spent, beside = {size: each[1:] for size, each in spent.items()}, beside[1:]
    ratio = middle_ratio(spent[MANY], beside)
    queries = [_queries(both, f"/en/teaching/{runs[size]}/{path}", cookie) for size in (MANY, FEW)]
    fits = verdict(ratio, must, aim) if queries[0] == queries[1] else "OVER"
    cells = [f"{median(spent[MANY]):.0f}", f"{median(beside):.2f}", f"{ratio:.0f}", f"{must:g}", f"{aim:g}", fits]
    return [*cells, f"{middle_ratio(spent[MANY], spent[FEW]):.1f}", *map(str, queries), f"{size_on_line / 1000:.0f}"]


def _queries(both: Both, path: str, cookie: str) -> int:
    """How many statements a page asks, its course being on the shelf."""
    app = create_app(both.ground.settings)
    asked: list[str] = []
    name, _, value = cookie.partition("=")
    browser: FlaskClient = app.test_client()
    browser.set_cookie(name, value)
    assert browser.get(path).status_code == 200
    event.listen(
        app.extensions["lms.database"].engine, "before_cursor_execute", lambda *values: asked.append(values[2])
    )
    assert browser.get(path).status_code == 200
    app.extensions["lms.database"].close()
    return len(asked)


def _closing(both: Both, client: Client, slug: str) -> Table:
    """One press; then the outbox of the same process gives out certificates, then prints them."""
    table = Table(
        f"Closing a run of {MANY}", ["until", "seconds", "ms CPU of the server", "for each of them, ms CPU", ""]
    )
    address = f"/en/teaching/{slug}/closing/"
    token = client.token(address)
    began, before = time.perf_counter(), both.ours.cpu()

    def add(what: str, number: int) -> None:
        cpu = (both.ours.cpu() - before) * 1000
        seconds = time.perf_counter() - began
        table.add(what, f"{seconds:.1f}", f"{cpu:.0f}", f"{cpu / number:.1f}", f"{number}")

    client.post(address, csrf_token=token)
    add("the press is answered", MANY)
    earned = _wait(both, SETTLED, MANY)
    add("all certificates are issued", earned)
    _wait(both, select(func.count()).select_from(PrintedCertificate), earned)
    add("all PDFs are printed and all letters written (the press works in a process of its own)", earned)
    return table


SETTLED = select(func.count()).select_from(FinalOutcome).where(FinalOutcome.settled_at.is_not(None))


def _wait(both: Both, counting: Select[int], number: int) -> int:
    """Looks at the database, so that the server has nothing else to do; how many certificates there are."""
    until, database = time.perf_counter() + PATIENCE, both.ground.database
    while time.perf_counter() < until:
        with database.session(write=False) as db:
            if db.scalar(counting) == number:
                return db.scalar(select(func.count()).select_from(Certificate)) or 0
        time.sleep(0.5)
    raise RuntimeError(f"not {number} after {PATIENCE} seconds")


# -- the course and who is in it


def _load(both: Both) -> None:
    with tempfile.TemporaryDirectory(prefix="masar-led-") as folder:
        course = Path(folder) / COURSE
        for part in ("lessons", "quizzes", "assignments"):
            (course / part).mkdir(parents=True)
        modules = "\n".join(_module(number) for number in range(MODULES))
        quizzes = ", ".join(f"q{number}" for number in range(MODULES))
        works = ", ".join(f"w{number}" for number in range(MODULES))
        (course / "course.yaml").write_text(YAML.format(modules=modules, quizzes=quizzes, works=works), "utf-8")
        for number in range(MODULES):
            talk = [] if number == MODULES - 1 else [f"d{number}"]
            for key in (f"l{number}-1", f"l{number}-2", f"w{number}", *talk):
                (course / "lessons" / f"{key}.md").write_text(f"What {key} says.\n", "utf-8")
            (course / "quizzes" / f"q{number}.yaml").write_text(QUIZ, "utf-8")
            (course / "assignments" / f"w{number}.yaml").write_text(WORK, "utf-8")
        both.ground.command("courses", "load", str(course))


def _module(number: int) -> str:
    last = (
        "{kind: evaluation, key: view, title: Your view}"
        if number == MODULES - 1
        else f"{{kind: discussion, key: d{number}, title: Talk about {number}}}"
    )
    return f"""\
  - key: m{number}
    title: Module {number}
    activities:
      - {{kind: lesson, key: l{number}-1, title: Lesson {number}.1}}
      - {{kind: lesson, key: l{number}-2, title: Lesson {number}.2}}
      - {{kind: quiz, key: q{number}, title: Quiz {number}}}
      - {{kind: meeting, key: s{number}, title: Session {number}, minutes: 60}}
      - {{kind: assignment, key: w{number}, title: Assignment {number}}}
      - {last}"""


def _fill(both: Both, size: int) -> str:
    """A run at its end: most did all of it, some are behind, one in ten has not confirmed their name."""
    database, now, chance, slug = both.ground.database, clock.now(), Random(size), f"run-of-{size}"
    with database.session(write=True) as db:
        course = db.scalars(select(Course).where(Course.slug == COURSE)).one()
        run = open_run(db, None, course, slug, _details(now), now)
        run.stage, run.taken = RunStage.RUNNING, size
        db.flush()
        edition = db.scalars(select(Edition.id).where(Edition.course_id == course.id)).one()
        _participants(db, run, edition, size, chance, now)
        db.commit()
    database.close()
    return slug


def _details(now: Any) -> RunDetails:
    return RunDetails(
        title="Autumn",
        starts_on=now.date() - timedelta(days=66),
        weeks=MODULES,
        grace_days=14,
        time_zone="Africa/Nairobi",
        seats=None,
        languages=("en",),
        visibility=Visibility.PUBLIC,
        provisional=False,
        apply_from=None,
        apply_until=None,
        early_days=0,
        confirm_days=7,
    )


def _participants(db: Session, run: Run, edition: int, size: int, chance: Random, now: Any) -> None:
    names = [f"Person {number} of {size}" for number in range(size)]
    people = list(
        db.scalars(insert(Person).returning(Person.id, sort_by_parameter_order=True), [_person(n, now) for n in names])
    )
    seats = [_enrolment(person, run.id, chance, now) for person in people]
    enrolments = list(db.scalars(insert(Enrolment).returning(Enrolment.id, sort_by_parameter_order=True), seats))
    last = {each: MODULES if chance.random() < 0.7 else chance.randint(0, MODULES) for each in enrolments}
    db.execute(insert(ActivityCompletion), [row for each in enrolments for row in _done(each, last[each], now)])
    db.execute(insert(Attempt), [row for each in enrolments for row in _attempts(each, last[each], edition, now)])
    named = [each for each in enrolments if chance.random() < 0.9]
    db.execute(insert(CertificateDetails), [_details_of(each, now) for each in named])


def _person(name: str, now: Any) -> dict[str, Any]:
    email = f"{name.replace(' ', '-').lower()}@example.net"
    return {
        "public_id": new_public_id(),
        "email": email,
        "email_confirmed_at": now,
        "password_hash": "!",
        "name": name,
        "language": "en",
        "time_zone": "UTC",
        "folded": search_text(email, name, None),
        "created_at": now,
    }


def _enrolment(person: int, run: int, chance: Random, now: Any) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "person_id": person,
        "run_id": run,
        "country": chance.choice(("KE", "JO", "SN", "CO", None)),
        "gender": chance.choice(("female", "male", None)),
        "enrolled_at": now - timedelta(days=70),
        "language": "en",
        "track": Track.OPEN.value,
    }


def _done(enrolment: int, modules: int, now: Any) -> Iterator[dict[str, Any]]:
    for number in range(modules):
        last = ["view"] if number == MODULES - 1 else []
        for key in (f"l{number}-1", f"l{number}-2", f"q{number}", f"w{number}", *last):
            yield {"enrolment_id": enrolment, "activity": key, "language": "en", "completed_at": now}


def _attempts(enrolment: int, modules: int, edition: int, now: Any) -> Iterator[dict[str, Any]]:
    for number in range(modules):
        for tried, score in enumerate((0.0, 1.0), 1):
            yield {
                "public_id": new_public_id(),
                "enrolment_id": enrolment,
                "edition_id": edition,
                "quiz_key": f"q{number}",
                "kind": QuizKind.QUIZ,
                "number": tried,
                "state": AttemptState.FINISHED,
                "closed_by": ClosedBy.SUBMIT,
                "seed": new_public_id(),
                "question_keys": [FIRST_QUESTION],
                "language": "en",
                "started_at": now - timedelta(hours=1),
                "finished_at": now,
                "score": score,
                "max_score": 1,
                "passed": score > 0,
            }


def _details_of(enrolment: int, now: Any) -> dict[str, Any]:
    return {"enrolment_id": enrolment, "name": f"Person {enrolment}", "language": "en", "confirmed_at": now}


YAML = """\
format: 1
title: A course of ten modules
summary: Made to be measured.
language: en
category: instructor-led
stage: open
minutes: 600
audience: Nobody.
objectives: [Nothing.]
licence: CC BY 4.0
modules:
{modules}
certificate:
  hours: 50
  completion: {{lessons: all, quizzes: [{quizzes}], assignments: [{works}], evaluation: true}}
  participation: {{lessons: 50}}
"""
QUIZ = """\
pass_mark: 60
questions:
  - {key: a, kind: true-false, prompt: Is it so?, answer: true}
"""
WORK = """\
pass_points: 1
rubric:
  - key: all
    title: All of it
    levels:
      - {points: 0, text: Nothing.}
      - {points: 2, text: Something.}
"""
