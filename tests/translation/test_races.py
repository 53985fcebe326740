"""Two people save the same text at the same moment: one is kept, the other is told, nothing is half done."""

import threading
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.kernel.db import Database
from lms.translation import service
from lms.translation.models import Segment, Translation
from lms.translation.service import (
    Draft,
    Overtaken,
    Seen,
    save_translation,
    save_translations,
    take_in_sources,
)

OVERLAP_SECONDS = 0.7


@pytest.fixture
def segment(database: Database, now: datetime) -> Iterator[int]:
    with database.session(write=True) as db:
        refs = take_in_sources(db, "c", {"lesson a": ["People are paid."]}, lambda text: len(text.split()), now)
        db.commit()
        yield refs["lesson a"][0].segment


def _save_both_at_once(database: Database, segment: int, now: datetime, *, many: bool = False) -> list[str]:
    """The second begins while the first is not committed yet; what each of them was answered."""
    answers: list[str] = []

    def save(db: Session, text: str) -> None:
        found, draft, seen = db.get_one(Segment, segment), Draft(text, for_review=False, warnings=0), Seen(0, 1)
        if many:
            save_translations(db, None, "c", "ar", [(found, draft, seen)], now, about={})
        else:
            save_translation(db, None, found, "ar", draft, seen, now)

    def second() -> None:
        with database.session(write=True) as db:
            try:
                save(db, "الثاني")
                db.commit()
                answers.append("kept")
            except (Overtaken, IntegrityError) as error:
                answers.append(type(error).__name__)

    other = threading.Thread(target=second)
    with database.session(write=True) as db:
        save(db, "الأول")
        other.start()
        other.join(timeout=OVERLAP_SECONDS)
        db.commit()
        answers.append("kept")
    other.join()
    with database.session(write=False) as db:
        assert list(db.scalars(select(Translation.text))) == ["الأول"]
    return sorted(answers)


@pytest.mark.parametrize("many", [False, True])
def test_the_second_is_told_that_somebody_was_faster(
    database: Database, segment: int, now: datetime, many: bool
) -> None:
    assert _save_both_at_once(database, segment, now, many=many) == ["Overtaken", "kept"]


@pytest.mark.parametrize("many", [False, True])
def test_the_mutant_that_does_not_hold_the_segment_stumbles_over_the_constraint(
    database: Database, segment: int, now: datetime, monkeypatch: pytest.MonkeyPatch, many: bool
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite lets one writer in at a time, with or without the guard")
    monkeypatch.setattr(service, "hold", lambda _db, _segment: None)
    monkeypatch.setattr(service, "hold_collection", lambda _db, _collection: None)
    assert _save_both_at_once(database, segment, now, many=many) == ["IntegrityError", "kept"]
