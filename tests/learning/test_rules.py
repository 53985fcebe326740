"""Holding what is done against what a certificate asks for."""

from hypothesis import given
from hypothesis import strategies as st

from lms.catalog.rules import lessons_needed
from lms.learning.rules import Standing, weigh

LESSONS = ["what", "how", "why"]
KEYS = st.sets(st.sampled_from([*LESSONS, "final", "view", "something-else"]))


def _weigh(done: set[str], needed: int = 3) -> Standing:
    return weigh(
        lessons=LESSONS,
        lessons_needed=needed,
        quizzes=["final"],
        evaluations=["view"],
        evaluation_needed=True,
        done=done,
    )


def test_met_only_when_nothing_is_missing() -> None:
    everything = {*LESSONS, "final", "view"}
    assert _weigh(everything).met
    for key in everything:
        assert not _weigh(everything - {key}).met


@given(KEYS, KEYS)
def test_doing_more_never_takes_away(done: set[str], more: set[str]) -> None:
    assert _weigh(done | more).met >= _weigh(done).met
    assert _weigh(done | more).lessons_done >= _weigh(done).lessons_done


@given(st.integers(1, 500), st.integers(0, 100))
def test_share_of_lessons_is_rounded_up(lessons: int, percent: int) -> None:
    needed = lessons_needed(lessons, percent)
    assert needed * 100 >= lessons * percent
    assert (needed - 1) * 100 < lessons * percent or needed == 0
