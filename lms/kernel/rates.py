"""How often something may be tried: counted in the database, so every process and every restart counts the same."""

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lms.kernel.models import RateWindow
from lms.kernel.refusals import TooMany


def count_try(db: Session, key: str, *, most: int, within: timedelta, now: datetime) -> None:
    """Count one try of `key`; raises TooMany beyond `most` tries in the current window of length `within`.

    The count is part of the caller's transaction: a caller that refuses and still wants it counted commits.
    """
    refuse_more(db, key, most=most, within=within, now=now)
    start = _window_start(within, now)
    insert = sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(RateWindow).values(key=key, starts_at=start, count=1)
    db.execute(
        statement.on_conflict_do_update(index_elements=["key", "starts_at"], set_={"count": RateWindow.count + 1})
    )


def refuse_more(db: Session, key: str, *, most: int, within: timedelta, now: datetime) -> None:
    """Raises TooMany, with the seconds left of the window, when `key` was tried `most` times. Counts nothing."""
    if tries(db, key, within=within, now=now) >= most:
        left = _window_start(within, now) + within - now
        raise TooMany(max(1, ceil(left.total_seconds())))


def tries(db: Session, key: str, *, within: timedelta, now: datetime) -> int:
    """How often `key` was tried in the current window."""
    found = db.scalar(
        select(RateWindow.count).where(RateWindow.key == key, RateWindow.starts_at == _window_start(within, now))
    )
    return found or 0


def forget_old_windows(db: Session, now: datetime) -> None:
    db.execute(delete(RateWindow).where(RateWindow.starts_at < now - timedelta(days=2)))


def _window_start(within: timedelta, now: datetime) -> datetime:
    seconds = int(within.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=now.tzinfo)
