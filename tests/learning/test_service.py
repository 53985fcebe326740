"""From the first lesson to completion; what is done is done once and stays."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.kernel.models import AuditEntry
from lms.kernel.refusals import Denied
from lms.learning import queries, service
from lms.learning.models import ActivityCompletion, CourseCompletion, Evaluation
from lms.runs.models import Enrolment
from tests.factories import COURSE, course_files, load, make_enrolment
from tests.people import make_person


@pytest.fixture
def ada(db: Session) -> Person:
    return make_person(db, "ada", country="KE", gender="female")


@pytest.fixture
def enrolment(db: Session, tmp_path: Path, now: datetime, ada: Person) -> Enrolment:
    load(db, tmp_path, now)
    return make_enrolment(db, ada, now)


def _do(db: Session, ada: Person, enrolment: Enrolment, now: datetime, *keys: str) -> None:
    for key in keys:
        service.complete_activity(db, ada, enrolment, key, "en", now)


def _events(db: Session) -> list[str]:
    return [facts["completion"].kind for name, facts in db.info.get("events", []) if name == "course.completed"]


def test_enrolment_keeps_the_person_as_of_then(db: Session, ada: Person, enrolment: Enrolment, now: datetime) -> None:
    ada.country = "UG"
    assert (enrolment.country, enrolment.gender) == ("KE", "female")
    assert make_enrolment(db, ada, now).id == enrolment.id


def test_an_activity_is_done_once(db: Session, ada: Person, enrolment: Enrolment, now: datetime) -> None:
    _do(db, ada, enrolment, now, "what", "what")
    assert db.scalar(select(func.count()).select_from(ActivityCompletion)) == 1
    assert db.scalar(select(func.count()).where(AuditEntry.action == "complete_activity")) == 1


def test_completion_comes_with_the_last_missing_thing_and_only_once(
    db: Session, ada: Person, enrolment: Enrolment, now: datetime
) -> None:
    _do(db, ada, enrolment, now, "what")
    assert queries.earned_completions(db, enrolment) == {"participation"}
    _do(db, ada, enrolment, now, "how", "final")
    assert queries.earned_completions(db, enrolment) == {"participation"}
    _do(db, ada, enrolment, now, "view", "check")
    assert queries.earned_completions(db, enrolment) == {"participation", "completion"}
    assert _events(db) == ["participation", "completion"]


def test_a_completion_outlives_a_stricter_course(
    db: Session, ada: Person, enrolment: Enrolment, now: datetime, tmp_path: Path
) -> None:
    _do(db, ada, enrolment, now, "what", "how", "final", "view")
    stricter = COURSE.replace(
        "- {kind: self-test", "- {kind: lesson, key: more, title: More}\n      - {kind: self-test"
    )
    load(db, tmp_path, now, course_files(course=stricter) | {"lessons/more.md": b"One more thing."})
    service.refresh_progress(db, enrolment, now)
    assert db.scalar(select(func.count()).select_from(CourseCompletion)) == 2


def test_a_loosened_rule_is_met_by_going_on(
    db: Session, ada: Person, enrolment: Enrolment, now: datetime, tmp_path: Path
) -> None:
    _do(db, ada, enrolment, now, "what", "how", "final")
    assert "completion" not in queries.earned_completions(db, enrolment)
    load(db, tmp_path, now, course_files(course=COURSE.replace("evaluation: true", "evaluation: false")))
    _do(db, ada, enrolment, now, "how")
    assert "completion" in queries.earned_completions(db, enrolment)


def test_evaluation_once(db: Session, ada: Person, enrolment: Enrolment, now: datetime) -> None:
    view = {"satisfaction": 5, "expectations": 4, "equipped": 3, "comment": None, "language": "en", "now": now}
    service.hand_in_evaluation(db, ada, enrolment, "view", **view)  # type: ignore[arg-type]
    with pytest.raises(Denied):
        service.hand_in_evaluation(db, ada, enrolment, "view", **view)  # type: ignore[arg-type]
    assert db.scalars(select(Evaluation)).one().equipped == 3


def test_details_can_be_corrected_until_a_certificate_carries_them(
    db: Session, ada: Person, enrolment: Enrolment, now: datetime
) -> None:
    names = {"local_name": None, "language": "en", "now": now}
    service.confirm_certificate_details(db, ada, enrolment, name="Ada O", **names)  # type: ignore[arg-type]
    service.confirm_certificate_details(db, ada, enrolment, name="Ada Okafor", **names)  # type: ignore[arg-type]
    _do(db, ada, enrolment, now, "what")
    assert queries.earned_completions(db, enrolment) == {"participation"}
    with pytest.raises(Denied):
        service.confirm_certificate_details(db, ada, enrolment, name="Someone", **names)  # type: ignore[arg-type]


def test_a_deleted_person_leaves_no_free_words(db: Session, ada: Person, enrolment: Enrolment, now: datetime) -> None:
    service.hand_in_evaluation(
        db,
        ada,
        enrolment,
        "view",
        satisfaction=5,
        expectations=5,
        equipped=5,
        comment="It is me, Ada",
        language="en",
        now=now,
    )
    service.forget_person(db, ada)
    assert db.scalars(select(Evaluation)).one().comment is None
