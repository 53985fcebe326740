"""`lms people extra-time`: how an operator gives a person more time."""

from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from lms.assessment.models import ExtraTime
from lms.cli import NotDone, commands
from lms.kernel.db import Database
from lms.kernel.models import AuditEntry
from tests.assessment.courses import load, seat
from tests.people import make_person


def test_an_operator_gives_more_time(
    database: Database, database_url: str, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LMS_DATABASE_URL", database_url)
    with database.session(write=True) as db:
        load(db, tmp_path, now, minutes=30)
        seat(db, make_person(db, "ada"), now)
        make_person(db, "eve")
        db.commit()

    def run(*words: str) -> str:
        found = CliRunner().invoke(commands, ["people", "extra-time", *words])
        if found.exception:
            assert isinstance(found.exception, NotDone), found.exception
            return str(found.exception)
        return found.output

    assert "50 % more time" in run("ada@example.org", "floors", "50")
    assert "has no quiz" in run("ada@example.org", "floors", "50", "--quiz", "nothing")
    assert "not enrolled" in run("eve@example.org", "floors", "50")
    assert "Nobody" in run("nobody@example.org", "floors", "50")
    with database.session(write=False) as db:
        assert db.scalars(select(ExtraTime.percent)).all() == [50]
        assert "grant_extra_time" in db.scalars(select(AuditEntry.action)).all()
