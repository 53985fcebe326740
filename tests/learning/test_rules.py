"""Holding what is done against what a certificate asks for."""

from hypothesis import given
from hypothesis import strategies as st

from lms.catalog.rules import lessons_needed
from lms.learning.rules import Standing, weigh

LESSONS = ["what", "how", "why"]
KEYS = st.sets(st.sampled_from([*LESSONS, "final", "gap", "view", "something-else"]))
MINUTES = st.integers(0, 200)


def _weigh(done: set[str], minutes: int = 90, needed: int = 3) -> Standing:
    return weigh(
        lessons=LESSONS,
        lessons_needed=needed,
        quizzes=["final"],
        assignments=["gap"],
        minutes_needed=90,
        evaluations=["view"],
        evaluation_needed=True,
        done=done,
        minutes=minutes,
    )


def test_met_only_when_nothing_is_missing() -> None:
    everything = {*LESSONS, "final", "gap", "view"}
    assert _weigh(everything).met
    for key in everything:
        assert not _weigh(everything - {key}).met
    assert not _weigh(everything, minutes=89).met


@given(KEYS, KEYS, MINUTES, MINUTES)
def test_doing_more_never_takes_away(done: set[str], more: set[str], minutes: int, longer: int) -> None:
    before, after = _weigh(done, minutes), _weigh(done | more, minutes + longer)
    assert after.met >= before.met
    assert after.lessons_done >= before.lessons_done
    assert after.minutes_attended >= before.minutes_attended


@given(st.integers(1, 500), st.integers(0, 100))
def test_share_of_lessons_is_rounded_up(lessons: int, percent: int) -> None:
    needed = lessons_needed(lessons, percent)
    assert needed * 100 >= lessons * percent
    assert (needed - 1) * 100 < lessons * percent or needed == 0
