"""A small course with a self-test and a quiz of every kind of question, and people who sit in it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.assessment.queries import Sitting
from lms.assessment.question_types import KINDS
from lms.catalog.models import Course
from lms.catalog.service import load_course
from lms.catalog.source.package import read_package
from lms.kernel.files import FileStore
from lms.runs.queries import Place, place
from lms.runs.service import enrol
from tests.assessment.questions import EXAMPLES

SLUG = "floors"
ARABIC = {
    "Floors": "الأرضيات",
    "Final quiz": "الاختبار النهائي",
    "What is a social protection floor?": "ما هي أرضية الحماية الاجتماعية؟",
    "Basic guarantees": "ضمانات أساسية",
    "cash grant": "منحة نقدية",
}


def course_files(**rules: Any) -> dict[str, bytes]:
    """The package as files; JSON is YAML too."""
    course = {
        "format": 1,
        "title": "Floors",
        "summary": "About floors.",
        "language": "en",
        "category": "self-paced",
        "stage": "open",
        "minutes": 20,
        "audience": "Everyone.",
        "objectives": ["Know what a floor is"],
        "licence": "CC BY 4.0",
        "modules": [
            {
                "key": "one",
                "title": "One",
                "activities": [
                    {"kind": "lesson", "key": "why", "title": "Why"},
                    {"kind": "self-test", "key": "check", "title": "Check yourself"},
                    {"kind": "quiz", "key": "final", "title": "Final quiz"},
                ],
            }
        ],
        "certificate": {"hours": 1, "completion": {"lessons": "all", "quizzes": ["final"]}},
    }
    questions = list(EXAMPLES.values())
    final = {"pass_mark": 70, "questions": questions} | rules
    return {
        "course.yaml": json.dumps(course).encode(),
        "lessons/why.md": b"A floor is a floor.\n\n## Sources\n\n- Ourselves.\n",
        "quizzes/check.yaml": json.dumps({"questions": [EXAMPLES["single"], EXAMPLES["number"]]}).encode(),
        "quizzes/final.yaml": json.dumps(final).encode(),
        "translations/ar.po": _catalogue().encode(),
    }


def _catalogue() -> str:
    documents = {
        "Floors": "course",
        "Final quiz": "course",
        "What is a social protection floor?": "quiz final floor",
        "Basic guarantees": "quiz final floor",
        "cash grant": "quiz final word",
    }
    head = 'msgid ""\nmsgstr ""\n"Language: ar\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    return head + "".join(
        f'\nmsgctxt "{documents[source]}"\nmsgid "{source}"\nmsgstr "{text}"\n' for source, text in ARABIC.items()
    )


def load(db: Session, folder: Path, now: datetime, **rules: Any) -> None:
    """Take the course in; `rules` are those of its quiz."""
    files = course_files(**rules)
    load_course(db, None, read_package(SLUG, files, KINDS), files, FileStore(folder / "files"), now)
    db.flush()


def seat(db: Session, person: Person, now: datetime, language: str = "en") -> Place:
    """Enrol the person, once; where they sit."""
    enrol(db, person, db.scalars(select(Course).where(Course.slug == SLUG)).one(), language, now)
    return place(db, person, SLUG, language)


def right_fields(sitting: Sitting, key: str) -> dict[str, list[str]]:
    """What a page would send for the right answer to this question."""
    asked = sitting.asked(key)
    return asked.rules.filled(asked.question, sitting.attempt.seed, asked.rules.right_answer(asked.question))
