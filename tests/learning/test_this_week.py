"""What a participant's page says of the week: the open module, what is due and when for them, what is missing."""

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy.orm import Session

from lms.kernel import clock
from lms.kernel.i18n import format_date, format_datetime
from lms.learning.service import complete_activity
from lms.runs.rules import RunStage
from tests.factories import (
    GAP,
    RUBRIC,
    RUN,
    TWO_MODULES,
    course_files,
    load,
    make_enrolment,
    make_participant,
    open_cohort_run,
)
from tests.people import log_in, make_person

WITH_ASSIGNMENT = TWO_MODULES.replace(
    "      - {kind: quiz,", "      - {kind: assignment, key: gap, title: Name a gap}\n      - {kind: quiz,"
)
LIMA, AUCKLAND = "America/Lima", "Pacific/Auckland"


def week_of(app: Flask, db: Session, folder: Path, starts_on: date, **changes: Any) -> str:
    """The block on Ada's page, without its tags; she lives in Lima and has read the first lesson."""
    now = clock.now()
    files = {"lessons/gap.md": GAP.encode(), "assignments/gap.yaml": RUBRIC.encode()}
    load(db, folder, now, course_files(course=WITH_ASSIGNMENT) | files)
    run = open_cohort_run(db, folder, now, starts_on=starts_on, time_zone=AUCKLAND, **changes)
    run.stage = RunStage.RUNNING
    ada = make_person(db, "ada", time_zone=LIMA)
    db.flush()
    complete_activity(db, ada, make_participant(db, run, ada, now), "what", "en", now)
    db.commit()
    home = log_in(app, ada).get(f"/en/learn/{RUN}/").text
    week = home.partition('<section class="week">')[2].partition("</section>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", week).split())


def last_minute_of(day: date) -> datetime:
    following = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(AUCKLAND))
    return following - timedelta(minutes=1)


def in_lima(instant: datetime) -> str:
    return " ".join(format_datetime(instant, LIMA).split())


def test_what_is_due_and_when_for_them(app: Flask, db: Session, tmp_path: Path) -> None:
    monday = clock.now().date() - timedelta(days=8)
    week = week_of(app, db, tmp_path, monday)
    assert week.startswith("This week Reach")
    assert "How it reaches people" in week
    assert "What it is" not in week, "done, and of another module"
    due = in_lima(last_minute_of(monday + timedelta(days=7 + 10)))
    assert f"Name a gap Assignment · due by {due}, your time" in week
    ends = in_lima(last_minute_of(monday + timedelta(days=13)))
    assert f"This week goes until {ends}, your time." in week
    last = in_lima(last_minute_of(monday + timedelta(days=13 + 7)))
    assert f"4 things are still missing for your certificate of completion until {last}, your time" in week


def test_a_module_may_be_open_early(app: Flask, db: Session, tmp_path: Path) -> None:
    monday = clock.now().date() - timedelta(days=4)
    week = week_of(app, db, tmp_path, monday, early_days=5)
    assert week.startswith("This week Reach")
    opens = format_date(monday + timedelta(days=7))
    assert f"Open early for you to read ahead: its week begins on {opens}." in week


def test_before_the_first_module_it_says_when_it_opens(app: Flask, db: Session, tmp_path: Path) -> None:
    monday = clock.now().date() + timedelta(days=30)
    week = week_of(app, db, tmp_path, monday)
    opens = datetime.combine(monday, time.min, ZoneInfo(AUCKLAND))
    assert f"Opens next, on {in_lima(opens)}, your time: Start" in week
    assert "due by" not in week


def test_when_the_weeks_are_over_there_is_time_to_catch_up(app: Flask, db: Session, tmp_path: Path) -> None:
    week = week_of(app, db, tmp_path, clock.now().date() - timedelta(days=16))
    assert "The weeks are over. There is still time to catch up." in week
    assert "still missing" in week


def test_a_self_paced_course_has_no_weeks(app: Flask, db: Session, tmp_path: Path) -> None:
    now = clock.now()
    load(db, tmp_path, now)
    ada = make_person(db, "ada")
    db.flush()
    run = make_enrolment(db, ada, now).run_id
    db.commit()
    assert run
    assert "This week" not in log_in(app, ada).get("/en/learn/cash-first-steps/").text
