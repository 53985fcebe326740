"""Who counts as behind, on the dashboard and for those who write to them."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from lms.discussion.queries import group
from lms.discussion.rules import Audience
from lms.facilitation import queries
from lms.learning.service import complete_activity
from lms.settings import Settings
from tests.coursework import handing_in


def test_who_has_handed_in_and_waits_for_a_mark_is_not_behind(
    db: Session, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    run = handing_in.open_run(db, tmp_path, now, starts_on=now.date() - timedelta(days=9))
    desk = handing_in.Desk(db, settings, run)
    ada, px = handing_in.make_participants(db, run, now - timedelta(days=9), "ada", "px")
    marker = handing_in.make_marker(db, "bo", now)
    for person in (ada, px):
        complete_activity(db, person, handing_in.place_of(db, person).enrolment, "what", "en", now)
    work = desk.hand_in(ada, now)

    def behind() -> list[str]:
        shown = [each.participant.name for each in queries.dashboard(db, run, "en", now).behind if each.undone]
        package = handing_in.place_of(db, ada).reading.package
        assert len(group(db, run, package, Audience.BEHIND, "start")) == len(shown)
        return shown

    assert behind() == [px.name]
    desk.grade(marker, work, now)
    assert behind() == [px.name], "marked, and Ada does not know yet"
    px_work = desk.hand_in(px, now)
    assert behind() == []
    desk.revise(marker, px_work, now)
    assert behind() == [px.name], "Px is asked to revise it"
