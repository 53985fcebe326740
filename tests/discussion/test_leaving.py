"""What one takes along of the discussions, and what a deleted account leaves in them."""

from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms import consequences
from lms.accounts.rules import LetterKind
from lms.accounts.service import delete_account, unsubscribe
from lms.discussion.models import DigestMark, Mention, Post, PostReport, PostVersion
from lms.discussion.rules import Audience, Said
from lms.discussion.service import announcing, talking
from lms.discussion.service.leaving import personal_data
from lms.kernel.events import finish
from lms.settings import Settings
from tests.discussion.cohort import answer, hall_of, open_talking_run, opening, people_of, talk
from tests.factories import RUN
from tests.people import log_in


def test_taken_along_and_forgotten(app: Flask, db: Session, settings: Settings, tmp_path: Path, now: datetime) -> None:
    run = open_talking_run(db, tmp_path, now)
    people = people_of(db, run, now)
    ada, px, bo = people["ada"], people["px"], people["bo"]
    thread = talk(db, ada, now, "My office", text="I work at a ministry")
    first, later = opening(db, thread), now + timedelta(hours=1)
    talking.edit_post(db, hall_of(db, ada, now), first, 1, text="I work somewhere", lang="en", now=later)
    db.refresh(first)
    theirs = answer(db, px, thread, "So do I", now, mentioned=[ada.public_id])
    talking.report_post(db, hall_of(db, ada, now), theirs, reason="Not true", now=now)
    unsubscribe(db, ada, [LetterKind.MENTIONS], now)
    db.add(DigestMark(person_id=ada.id, told_until=now))
    texts = {"en": Said("Welcome", "All of you")}
    announcing.publish_announcement(
        db, bo, run, texts, source="en", audience=Audience.ALL, value=None, by_mail=False, now=now
    )
    db.flush()

    data = personal_data(db, ada)
    assert data["posts"] == [
        {
            "run": RUN,
            "thread": "My office",
            "language": "en",
            "text": "I work somewhere",
            "written_at": now,
            "edited_at": later,
            "hidden_at": None,
            "before": [{"language": "en", "text": "I work at a ministry", "written_at": now}],
        }
    ]
    assert data["post_reports"] == [{"reason": "Not true", "reported_at": now}]
    assert data["mentioned_in"] == [theirs.public_id]
    assert personal_data(db, bo)["announcements"] == [
        {"run": RUN, "texts": {"en": {"title": "Welcome", "text": "All of you"}}, "published_at": now}
    ]

    delete_account(db, settings, ada, old_hash=ada.password_hash, now=later)
    finish(db, consequences.within(settings), later)
    for table in (PostVersion, Mention, DigestMark):
        assert db.scalar(select(func.count()).select_from(table)) == 0
    assert db.scalars(select(PostReport.reason)).all() == [""]
    assert db.scalar(select(func.count()).select_from(Post)) == 2
    db.commit()
    shown = log_in(app, px).get(f"/en/learn/{RUN}/threads/{thread.public_id}/").text
    assert "a former participant" in shown
    assert "I work somewhere" in shown
    assert "Ada" not in shown
    assert "Deleted account" not in shown
