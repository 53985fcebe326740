"""The one clock. Screens and commands ask it once and pass the answer down; nothing else may."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
