"""What came with a course is looked at as well, once it is loaded, and again when the glossary changes."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms import consequences
from lms.kernel.db import Database
from lms.kernel.events import finish
from lms.kernel.files import FileStore
from lms.kernel.outbox import work_once
from lms.settings import Settings
from lms.translation.models import GlossaryTerm, Translation
from lms.workshop.service.checking import check_language
from tests.factories import SLUG, course_files, load, with_translations

GOOD, ODD = "التحويلات النقدية: الخطوات الأولى", "التحويلات  النقدية: الخطوات الأولى"


def _warnings(db: Session) -> dict[str, int | None]:
    return dict(db.execute(select(Translation.text, Translation.warnings)).all())


def test_a_loaded_language_is_checked_after_the_commit(
    db: Session, database: Database, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    files = with_translations(
        course_files(), "ar", {"Cash transfers: the first steps": ODD, "cash transfer": "تحويل نقدي"}
    )
    load(db, tmp_path, now, files)
    assert _warnings(db) == {ODD: None, "تحويل نقدي": None}
    finish(db, consequences.within(settings), now)
    handlers = consequences.after(settings, database, FileStore(tmp_path / "files"), lambda: now)
    while work_once(database, handlers, lambda: now):
        pass
    db.expire_all()
    found = _warnings(db)
    assert found[ODD] == 1
    assert found["تحويل نقدي"] == 0


def test_the_glossary_changes_what_is_said(db: Session, tmp_path: Path, now: datetime) -> None:
    load(db, tmp_path, now, with_translations(course_files(), "ar", {"Cash transfers: the first steps": GOOD}))
    check_language(db, SLUG, "ar")
    assert _warnings(db) == {GOOD: 0}
    db.add(
        GlossaryTerm(
            language="ar",
            term="cash transfer",
            folded="cash transfer",
            translation="حوالة مالية",
            forbidden=[],
            needs_review=True,
            changed_at=now,
        )
    )
    db.flush()
    assert check_language(db, SLUG, "ar") == 1
    db.expire_all()
    assert _warnings(db) == {GOOD: 1}
    assert check_language(db, SLUG, "ar") == 0
