"""Small real things for tests: a course of two lessons, a self-test and a final quiz, taken in like any other."""

from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.assessment.question_types import KINDS
from lms.catalog.models import Course
from lms.catalog.service import Loaded, load_course
from lms.catalog.source.catalogue import write_catalogue
from lms.catalog.source.package import read_package
from lms.kernel.files import FileStore
from lms.kernel.text import fold
from lms.runs.models import Enrolment, Run
from lms.runs.rules import Track, Visibility
from lms.runs.service import RunDetails, enrol, enrol_participant, open_run, take_seat
from lms.translation.models import GlossaryTerm

SLUG = "cash-first-steps"
COURSE = """\
format: 1
title: "Cash transfers: the first steps"
summary: What a cash transfer is and how the first one reaches a household.
language: en
category: self-paced
stage: open
series: {title: Fundamentals, number: 1}
minutes: 20
audience: Anyone who begins to work with cash transfers.
objectives: [Say what a cash transfer is.]
licence: CC BY 4.0
modules:
  - key: start
    title: Start
    activities:
      - {kind: lesson, key: what, title: What it is}
      - {kind: self-test, key: check, title: Check yourself}
      - {kind: lesson, key: how, title: How it reaches people}
      - {kind: quiz, key: final, title: Final quiz}
      - {kind: evaluation, key: view, title: Your view}
certificate:
  hours: 0.5
  completion: {lessons: all, quizzes: [final], evaluation: true}
  participation: {lessons: 50}
glossary:
  - {key: transfer, term: cash transfer, definition: Money paid to people to protect their living.}
"""
WHAT = """\
A [cash transfer](term:transfer) is money that people receive and may spend as they choose.

## Why cash

It is quick, and it respects what people know about their own needs.
"""
HOW = """\
First people are enrolled, then they are paid, then someone listens to complaints.

![Three steps in a row: enrol, pay, listen](media/steps.svg "Three steps")
"""
STEPS = """\
<svg viewBox="0 0 360 80"><rect x="10" y="10" width="100" height="60" class="f-soft"/>
<text x="60" y="40" text-anchor="middle" class="f-ink">Enrol</text></svg>
"""
CHECK = """\
questions:
  - key: is-cash
    kind: true-false
    prompt: A cash transfer may be spent as people choose.
    answer: true
    feedback: Yes, that is what makes it cash.
"""
FINAL = """\
pass_mark: 60
review: after-pass
questions:
  - key: first
    kind: single
    prompt: What comes first?
    choices:
      - {key: enrol, text: People are enrolled, correct: true}
      - {key: pay, text: People are paid, feedback: They must be known first.}
  - key: share
    kind: number
    prompt: How many steps are there?
    answer: 3
"""


def course_files(**changes: str) -> dict[str, bytes]:
    """The package's files; `changes` replaces one by the name of its constant in lower case, like what=…"""
    texts = {
        "course.yaml": changes.get("course", COURSE),
        "lessons/what.md": changes.get("what", WHAT),
        "lessons/how.md": changes.get("how", HOW),
        "quizzes/check.yaml": changes.get("check", CHECK),
        "quizzes/final.yaml": changes.get("final", FINAL),
        "media/steps.svg": changes.get("steps", STEPS),
    }
    return {path: text.encode() for path, text in texts.items()}


LIVE = """\
Bring one [cash transfer](term:transfer) of your country, and a question about it.
"""
HELLO = """\
Who are you, and what do you hope to change?
"""
GAP = """\
Describe one gap in the payments you know.

## How long

About one page.
"""
RUBRIC = """\
due_days: 10
pass_points: 4
resubmissions: 2
rubric:
  - key: problem
    title: The gap is named
    levels:
      - {points: 0, text: No gap is named.}
      - {points: 2, text: "It is named, without figures."}
      - {points: 4, text: "It is named, with figures."}
  - key: proposal
    title: Something is proposed
    levels:
      - {points: 0, text: Nothing is proposed.}
      - {points: 2, text: A step is proposed.}
"""


def led_files() -> dict[str, bytes]:
    """The same course led by an instructor: with two live sessions, one without words, a discussion, an assignment."""
    course = (
        COURSE.replace("self-paced", "instructor-led")
        .replace(
            "      - {kind: quiz,",
            """\
      - {kind: meeting, key: live, title: Questions and answers, minutes: 60}
      - {kind: meeting, key: open-hour, title: Open hour}
      - {kind: discussion, key: hello, title: Introduce yourself}
      - {kind: assignment, key: gap, title: Name a gap}
      - {kind: quiz,""",
        )
        .replace("lessons: all,", "lessons: all, assignments: [gap], attendance_minutes: 90,")
    )
    texts = {"lessons/live.md": LIVE, "lessons/hello.md": HELLO, "lessons/gap.md": GAP, "assignments/gap.yaml": RUBRIC}
    return course_files(course=course) | {path: text.encode() for path, text in texts.items()}


def with_translations(
    files: dict[str, bytes], language: str, texts: dict[str, str], slug: str = SLUG
) -> dict[str, bytes]:
    """The same package with a catalogue in which the given source texts are translated, wherever they stand."""
    sources = {path: data for path, data in files.items() if not path.startswith(f"translations/{language}")}
    package = read_package(slug, {p: d for p, d in sources.items() if not p.startswith("translations/")}, KINDS)
    lines = write_catalogue(package, language, files.get(f"translations/{language}.po")).decode()
    for source, target in texts.items():
        lines = lines.replace(f'msgid "{source}"\nmsgstr ""', f'msgid "{source}"\nmsgstr "{target}"')
    return sources | {f"translations/{language}.po": lines.encode()}


def translated_fully(files: dict[str, bytes], language: str, mark: str) -> dict[str, bytes]:
    """The same package with every text translated, as the source with a mark before it."""
    package = read_package(SLUG, files, KINDS)
    every = {text for texts in package.documents.values() for text in texts}
    return with_translations(files, language, {text: f"{mark} {text}" for text in every})


def load(db: Session, folder: Path, now: datetime, files: dict[str, bytes] | None = None, slug: str = SLUG) -> Loaded:
    """Take the package in, as the command line does; flushed, not committed."""
    files = files or course_files()
    return load_course(db, None, read_package(slug, files, KINDS), files, FileStore(folder / "files"), now)


def make_enrolment(db: Session, person: Person, now: datetime, language: str = "en", slug: str = SLUG) -> Enrolment:
    """The person joins the course's self-paced run."""
    return enrol(db, person, db.scalars(select(Course).where(Course.slug == slug)).one(), language, now)


def make_term(
    db: Session, term: str, translation: str, now: datetime, *, language: str = "ar", **values: object
) -> GlossaryTerm:
    """A term of the glossary as the platform brings it, not confirmed yet."""
    fields: dict[str, object] = {"definition": f"What {term} means here.", "forbidden": [], "needs_review": True}
    said = GlossaryTerm(
        language=language, term=term, folded=fold(term), translation=translation, changed_at=now, **(fields | values)
    )
    db.add(said)
    db.flush()
    return said


RUN = "cash-autumn"
TWO_MODULES = COURSE.replace("category: self-paced", "category: instructor-led").replace(
    """      - {kind: lesson, key: how, title: How it reaches people}
""",
    """  - key: reach
    title: Reach
    activities:
      - {kind: lesson, key: how, title: How it reaches people}
""",
)
"""The same course with facilitators: two modules, `start` and `reach`."""


def handing_in_files(rubric: str = RUBRIC) -> dict[str, bytes]:
    """The course with two modules, and an assignment in the first of them."""
    course = TWO_MODULES.replace(
        "  - key: reach", "      - {kind: assignment, key: gap, title: Name a gap}\n  - key: reach"
    )
    return course_files(course=course) | {"lessons/gap.md": GAP.encode(), "assignments/gap.yaml": rubric.encode()}


def run_details(**changes: object) -> RunDetails:
    """Two weeks from Monday 2 November 2026 and one to catch up, on the days of Nairobi."""
    values: dict[str, object] = {
        "title": "Autumn 2026",
        "starts_on": date(2026, 11, 2),
        "weeks": 2,
        "grace_days": 7,
        "time_zone": "Africa/Nairobi",
        "seats": None,
        "languages": ("en",),
        "visibility": Visibility.PUBLIC,
        "provisional": False,
        "apply_from": date(2026, 9, 1),
        "apply_until": date(2026, 10, 1),
        "early_days": 0,
        "confirm_days": 7,
    }
    return RunDetails(**(values | changes))  # type: ignore[arg-type]


def open_cohort_run(
    db: Session, folder: Path, now: datetime, slug: str = RUN, *, course: str = SLUG, **changes: object
) -> Run:
    """A dated run of the course with two modules, taken in where it is not there; flushed, not committed."""
    found = db.scalar(select(Course).where(Course.slug == course))
    if found is None:
        load(db, folder, now, course_files(course=TWO_MODULES), course)
        found = db.scalars(select(Course).where(Course.slug == course)).one()
    return open_run(db, None, found, slug, run_details(**changes), now)


def make_participant(db: Session, run: Run, person: Person, now: datetime, language: str = "en") -> Enrolment:
    """The person takes a seat in the run."""
    assert take_seat(db, run)
    return enrol_participant(db, None, person, run, Track.OPEN, language, now)
