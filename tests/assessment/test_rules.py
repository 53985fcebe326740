"""Deadlines, draws and percentages."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.rules import (
    GRACE,
    OUTCOMES,
    Answer,
    AttemptState,
    Command,
    current_answers,
    deadline,
    draw_questions,
    is_over,
    minutes_to_wait,
    missing_saves,
    percent,
    reaches,
    when_given,
)

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
keys = st.lists(st.text("abcdef", min_size=1, max_size=6), min_size=1, max_size=30, unique=True)


def test_every_pair_of_state_and_command_has_an_outcome() -> None:
    assert set(OUTCOMES) == {(state, command) for state in AttemptState for command in Command}


@given(keys=keys, seed=st.text(min_size=1, max_size=5), count=st.integers(1, 40))
def test_a_draw_takes_as_many_as_asked_each_once_and_always_the_same(keys: list[str], seed: str, count: int) -> None:
    drawn = draw_questions(seed, keys, count)
    assert len(drawn) == len(set(drawn)) == min(count, len(keys))
    assert set(drawn) <= set(keys)
    assert drawn == draw_questions(seed, keys, count)
    assert draw_questions(seed, keys, None) == keys
    if count < len(keys):
        assert drawn == draw_questions(seed, keys[::-1], count)


def test_draws_differ_between_attempts() -> None:
    bank = [f"q{n}" for n in range(20)]
    assert len({tuple(draw_questions(f"seed {n}", bank, 10)) for n in range(50)}) == 50


def test_the_deadline_has_extra_time_and_a_short_grace() -> None:
    assert deadline(NOW, None, 50) is None
    assert deadline(NOW, 30, 50) == NOW + timedelta(minutes=45)
    end = NOW + timedelta(minutes=30)
    assert not is_over(end, end + GRACE)
    assert is_over(end, end + GRACE + timedelta(microseconds=1))
    assert not is_over(None, NOW)


@given(points=st.fractions(0, 100), most=st.integers(1, 100), mark=st.integers(1, 100))
def test_a_shown_percentage_never_contradicts_the_verdict(points: Fraction, most: int, mark: int) -> None:
    points = min(points, Fraction(most)).limit_denominator(60)
    shown = percent(round(float(points), 6), most)
    assert 0 <= shown <= 100
    assert reaches(points / most, mark) == (shown >= mark)


def _answer(question: str, client: str, seq: int, value: str, waited: int = 0) -> Answer:
    return Answer(question, client, seq, {"text": value}, "en", NOW, NOW - waited * MINUTE)


def test_the_last_answer_holds_unless_it_was_overtaken_on_the_way() -> None:
    arrived = [(1, "first"), (3, "third"), (2, "second")]
    held = current_answers([_answer("q", "a", seq, text) for seq, text in arrived] + [_answer("r", "b", 1, "x")])
    assert held["q"].payload == {"text": "third"}
    held = current_answers([_answer("q", "a", 3, "phone"), _answer("q", "b", 1, "laptop")])
    assert held["q"].payload == {"text": "laptop"}


def test_the_answer_given_last_holds_whenever_it_arrives() -> None:
    phone, laptop = _answer("q", "a", 1, "phone", waited=5), _answer("q", "b", 1, "laptop", waited=3)
    for arrived in ([phone, laptop], [laptop, phone]):
        assert current_answers(arrived)["q"].payload == {"text": "laptop"}
    tablet = _answer("q", "c", 1, "tablet", waited=3)
    for arrived in ([laptop, phone, tablet], [phone, tablet, laptop], [tablet, laptop, phone]):
        last = next(each for each in reversed(arrived) if each is not phone)
        assert current_answers(arrived)["q"] is last, "of two given at once the one that arrived last"
    again = _answer("q", "b", 2, "laptop again", waited=4)
    assert current_answers([laptop, phone, again])["q"] is again, "a client's own count says more than its clock"


@given(st.integers(0, 10**40))
def test_no_answer_was_given_before_its_attempt_or_later_than_now(waited: int) -> None:
    given_at = when_given(NOW, NOW + MINUTE, waited)
    assert NOW <= given_at <= NOW + MINUTE
    assert given_at == NOW + MINUTE - timedelta(milliseconds=min(waited, 60_000))
    assert when_given(NOW + MINUTE, NOW, waited) == NOW, "two machines' clocks"


def test_missing_saves_are_named() -> None:
    assert missing_saves([1, 2, 4], 5) == [3, 5]
    assert missing_saves([1, 2, 3], 3) == []


def test_the_pause_counts_from_the_last_attempt() -> None:
    ends = [NOW - timedelta(minutes=90), NOW - timedelta(minutes=20, seconds=30)]
    assert minutes_to_wait(ends, 60, NOW) == 40
    assert minutes_to_wait(ends, 20, NOW) == 0
    assert minutes_to_wait([], 60, NOW) == 0
