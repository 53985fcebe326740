"""States, deadlines, draws and shares of an attempt. Pure: imports nothing of ours."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any, Protocol, TypeVar

GRACE = timedelta(seconds=30)
"""How long after the deadline an answer still counts: it was given before and travelled a slow line."""

A_MOMENT = timedelta(seconds=2)
"""Nobody changes the device in less: what waited no longer is not looked at for a later answer."""

MOST_SAVES = 5000
"""How often one attempt can be saved to; no person answers so often."""

ALL_QUIZZES = "*"
"""The quiz key of extra time that holds for every quiz of a course."""


class QuizKind(StrEnum):
    SELF_TEST = "self-test"
    """Ungraded, feedback at once, as often as one likes."""
    QUIZ = "quiz"
    """Graded; the best attempt counts."""


class AttemptState(StrEnum):
    OPEN = "open"
    FINISHED = "finished"


class ClosedBy(StrEnum):
    """What finished an attempt."""

    SUBMIT = "submit"
    EXPIRY = "expiry"


class Command(StrEnum):
    """What can be asked of an attempt."""

    SAVE = "save"
    SUBMIT = "submit"
    EXPIRE = "expire"


class Outcome(StrEnum):
    """What comes of a command."""

    DONE = "done"
    SAME = "same"
    """Nothing changes; the answer is that of the first time."""
    REFUSED = "refused"


OUTCOMES = {
    (AttemptState.OPEN, Command.SAVE): Outcome.DONE,
    (AttemptState.OPEN, Command.SUBMIT): Outcome.DONE,
    (AttemptState.OPEN, Command.EXPIRE): Outcome.DONE,
    (AttemptState.FINISHED, Command.SAVE): Outcome.REFUSED,
    (AttemptState.FINISHED, Command.SUBMIT): Outcome.SAME,
    (AttemptState.FINISHED, Command.EXPIRE): Outcome.SAME,
}
"""Every pair of state and command."""


def deadline(started_at: datetime, minutes: int | None, extra_percent: int) -> datetime | None:
    """When a timed attempt ends, with a person's extra time; None when there is no limit."""
    if minutes is None:
        return None
    return started_at + timedelta(minutes=minutes) * (100 + extra_percent) / 100


def is_over(expires_at: datetime | None, now: datetime) -> bool:
    """Whether the time is up, grace included: nothing more is taken."""
    return expires_at is not None and now > expires_at + GRACE


def draw_questions(seed: str, keys: Sequence[str], count: int | None) -> list[str]:
    """The questions of one attempt in their order: all as they are written, or `count` of them drawn from the bank."""
    if count is None or count >= len(keys):
        return list(keys)
    return sorted(keys, key=lambda key: hashlib.sha256(f"{seed}\ndraw\n{key}".encode()).digest())[:count]


@dataclass(frozen=True, slots=True)
class Answer:
    """One saved answer."""

    question_key: str
    client: str
    client_seq: int
    payload: dict[str, Any] | None
    language: str
    received_at: datetime
    given_at: datetime


def when_given(started_at: datetime, now: datetime, waited: int) -> datetime:
    """When an answer was given that waited so many milliseconds on its device: never before the attempt began."""
    longest = max(0, (now - started_at) // timedelta(milliseconds=1))
    return now - timedelta(milliseconds=min(waited, longest))


class Save(Protocol):
    """As much of a saved answer as decides which one holds."""

    @property
    def question_key(self) -> str: ...
    @property
    def client(self) -> str: ...
    @property
    def client_seq(self) -> int: ...
    @property
    def given_at(self) -> datetime: ...


Kept = TypeVar("Kept", bound=Save)


def current_answers(saved: Iterable[Kept]) -> dict[str, Kept]:
    """The answer that holds for each question, from all saves in the order in which they arrived.

    The one given last holds, of several at once the one that arrived last. One client's answers follow each other as it
    counted them, so that a save that overtook an earlier one on the way is not undone by it.
    """
    last: dict[tuple[str, str], Kept] = {}
    for answer in saved:
        key = (answer.question_key, answer.client)
        if key not in last or last[key].client_seq < answer.client_seq:
            last.pop(key, None)  # so that what arrived last stands last
            last[key] = answer
    holding: dict[str, Kept] = {}
    for answer in last.values():
        before = holding.get(answer.question_key)
        if before is None or before.given_at <= answer.given_at:
            holding[answer.question_key] = answer
    return holding


def missing_saves(known: Iterable[int], last_seq: int) -> list[int]:
    """The sequence numbers up to `last_seq` that a client sent and that never arrived."""
    return sorted(set(range(1, last_seq + 1)) - set(known))


def percent(score: float, max_score: int) -> int:
    """The score in whole per cent, never rounded up: 69.9 is not the 70 that a pass mark asks for."""
    return int(100 * score / max_score + 1e-9)


def reaches(share: Fraction, pass_mark: int) -> bool:
    """Whether a share of all points reaches a pass mark in per cent; exact."""
    return share * 100 >= pass_mark


def minutes_to_wait(finished: Sequence[datetime], wait_minutes: int, now: datetime) -> int:
    """How many minutes are left until the next attempt may begin after these; 0: at once."""
    if not finished:
        return 0
    left = max(finished) + timedelta(minutes=wait_minutes) - now
    return max(0, -(-left // timedelta(minutes=1)))
