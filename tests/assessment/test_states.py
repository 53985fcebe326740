"""Attempts against the table of states and commands: every order of commands, however it interleaves with time."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select

from lms.assessment import queries, service
from lms.assessment.models import GradeEvent, ResponseEvent
from lms.assessment.rules import GRACE, OUTCOMES, AttemptState, Command, Outcome, is_over
from lms.kernel.db import Database
from lms.kernel.refusals import Conflict
from lms.operations.schema import migrate
from tests.assessment.courses import load, seat
from tests.assessment.questions import EXAMPLES
from tests.people import make_person

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


class AttemptMachine(RuleBasedStateMachine):
    """One attempt of half an hour with one question; `held` and `seen` are what a careful person would expect."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.state = AttemptState.OPEN
        self.held: bool | None = None
        self.seen: dict[int, bool] = {}
        self.score: float | None = None

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database(f"sqlite:///{self.folder.name}/lms.sqlite3")
        migrate(self.database)
        self.db = self.database.open(write=True)
        load(self.db, Path(self.folder.name), NOW, minutes=30, questions=[EXAMPLES["true-false"]])
        self.ada = make_person(self.db, "ada")
        self.attempt = service.start_attempt(self.db, self.ada, seat(self.db, self.ada, NOW), "final", NOW)

    @rule(minutes=st.sampled_from([0, 1, 10, 29, 31]), seconds=st.sampled_from([0, 15, 30]))
    def wait(self, minutes: int, seconds: int) -> None:
        self.now += timedelta(minutes=minutes, seconds=seconds)

    @rule(answer=st.booleans(), seq=st.integers(1, 6))
    def save(self, answer: bool, seq: int) -> None:
        outcome = OUTCOMES[self.state, Command.SAVE]
        replayed = self.seen.get(seq)
        if replayed is not None:
            fits = replayed == answer
        else:
            fits = outcome is Outcome.DONE and not is_over(self.attempt.expires_at, self.now)
        try:
            saved = service.save_answer(
                self.db,
                self.attempt,
                client="phone-1234",
                client_seq=seq,
                question_key="every",
                payload={"answer": answer},
                language="en",
                now=self.now,
            )
        except Conflict:
            assert not fits
            return
        assert fits
        assert saved.seq == seq
        if replayed is None:
            if seq > max(self.seen, default=0):
                self.held = answer
            self.seen[seq] = answer

    @rule(knows=st.booleans())
    def submit(self, knows: bool) -> None:
        sent = {"phone-1234": max(self.seen)} if knows and self.seen else {}
        missing = set(range(1, sent.get("phone-1234", 0) + 1)) - set(self.seen)
        over = is_over(self.attempt.expires_at, self.now)
        try:
            service.submit_attempt(self.db, self.ada, self.attempt, sent, self.now)
        except Conflict:
            assert self.state == AttemptState.OPEN
            assert missing
            assert not over
            return
        if OUTCOMES[self.state, Command.SUBMIT] is Outcome.DONE:
            assert over or not missing
            self.close()

    @rule()
    def expire(self) -> None:
        due = self.state == AttemptState.OPEN and self.now > NOW + timedelta(minutes=30) + GRACE
        assert service.close_expired(self.db, self.now) == int(due)
        if due:
            self.close()

    @precondition(lambda self: self.state == AttemptState.FINISHED)
    @rule()
    def look_again(self) -> None:
        marks = queries.asked_questions(self.db, self.attempt)
        assert [each.payload for each in marks.questions] == [None if self.held is None else {"answer": self.held}]

    def close(self) -> None:
        self.state = AttemptState.FINISHED
        self.score = float(self.held is True)

    @invariant()
    def the_database_agrees(self) -> None:
        if not hasattr(self, "attempt"):
            return
        self.db.expire_all()
        attempt = self.attempt
        assert attempt.state == self.state
        assert attempt.score == self.score
        assert self._count(GradeEvent) == int(self.state == AttemptState.FINISHED)
        assert self._count(ResponseEvent) == len(self.seen)
        if attempt.finished_at is not None:
            assert attempt.expires_at is not None
            assert attempt.finished_at <= attempt.expires_at

    def _count(self, model: Any) -> int:
        return self.db.scalar(select(func.count()).select_from(model)) or 0

    def teardown(self) -> None:
        if not hasattr(self, "db"):
            return
        self.db.close()
        self.database.close()
        self.folder.cleanup()


TestAttempt = AttemptMachine.TestCase
TestAttempt.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
