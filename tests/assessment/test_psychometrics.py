"""Facility, discrimination, and the comparison of languages: worked examples, laws, and simulated learners."""

from collections.abc import Sequence
from itertools import pairwise
from math import exp, log, sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.psychometrics import (
    LEAST_ANSWERS,
    LEAST_IN_BAND,
    Behaviour,
    Difference,
    Reply,
    Sheet,
    Table,
    band_ends,
    band_tables,
    behaviours,
    chi_square,
    common_odds_ratio,
    compare,
    difference,
    discrimination,
    ets_delta,
    facility,
    log_odds_variance,
    replies_to,
    sheet,
)

# Published results of R's mantelhaen.test. The rabbits: Agresti 1990, Categorical Data Analysis, pages 231 to 237.
# Berkeley: Bickel, Hammel and O'Connell 1975, Science 187; men beside women, department by department.
RABBITS = [(0, 6, 0, 5), (3, 3, 0, 6), (6, 0, 2, 4), (5, 1, 6, 0), (2, 0, 5, 0)]
BERKELEY = [
    (512, 313, 89, 19),
    (353, 207, 17, 8),
    (120, 205, 202, 391),
    (138, 279, 131, 244),
    (53, 138, 94, 299),
    (22, 351, 24, 317),
]
PUBLISHED = [
    (RABBITS, 7.0, 3.9286, (1.026713, 47.725133)),
    (BERKELEY, 0.9046968, 1.4269, (0.7719074, 1.0603298)),
]

cells = st.integers(0, 60)
tables = st.lists(st.builds(Table, cells, cells, cells, cells), min_size=1, max_size=6).filter(
    lambda all_: any(t[0] * t[3] for t in all_) and any(t[1] * t[2] for t in all_)
)


@pytest.mark.parametrize(("counts", "odds", "chi", "interval"), PUBLISHED)
def test_the_published_numbers_come_out(
    counts: list[tuple[int, int, int, int]], odds: float, chi: float, interval: tuple[float, float]
) -> None:
    bands = [Table(*each) for each in counts]
    assert common_odds_ratio(bands) == pytest.approx(odds, abs=5e-8)
    assert chi_square(bands) == pytest.approx(chi, abs=5e-5)
    reach = 1.959963984540054 * sqrt(log_odds_variance(bands))
    assert (exp(log(odds) - reach), exp(log(odds) + reach)) == pytest.approx(interval, rel=1e-6)


def _robins_breslow_greenland(bands: Sequence[Table]) -> float:
    """The variance in the terms of its other discoverers."""
    p, q = [(t[0] + t[3]) / t.total for t in bands], [(t[1] + t[2]) / t.total for t in bands]
    r, s = [t[0] * t[3] / t.total for t in bands], [t[1] * t[2] / t.total for t in bands]
    return (
        sum(map(float.__mul__, p, r)) / (2 * sum(r) ** 2)
        + sum(x * y + z * w for x, y, z, w in zip(p, s, q, r, strict=True)) / (2 * sum(r) * sum(s))
        + sum(map(float.__mul__, q, s)) / (2 * sum(s) ** 2)
    )


@given(tables)
def test_the_variance_is_that_of_robins_breslow_and_greenland(bands: list[Table]) -> None:
    bands = [each for each in bands if each.total]
    assert log_odds_variance(bands) == pytest.approx(_robins_breslow_greenland(bands), rel=1e-9)


@given(tables)
def test_changing_the_languages_round_changes_the_sign_and_nothing_else(bands: list[Table]) -> None:
    bands = [each for each in bands if each.total]
    turned = [Table(c, d, a, b) for a, b, c, d in bands]
    assert ets_delta(common_odds_ratio(turned)) == pytest.approx(-ets_delta(common_odds_ratio(bands)), abs=1e-9)
    assert log_odds_variance(turned) == pytest.approx(log_odds_variance(bands), rel=1e-9)
    assert chi_square(turned) == pytest.approx(chi_square(bands), rel=1e-9, abs=1e-9)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9), st.integers(1, 5))
def test_the_same_odds_in_every_band_are_no_difference(right: int, wrong: int, times: int, bands: int) -> None:
    alike = [Table(right, wrong, right * times, wrong * times)] * bands
    assert common_odds_ratio(alike) == pytest.approx(1)
    assert chi_square(alike) == 0


@pytest.mark.parametrize(
    ("delta", "error", "chi", "found"),
    [
        (-2.5, 0.5, 20.0, "C"),
        (2.5, 0.5, 20.0, "C"),
        (-1.5, 0.3, 20.0, "C"),  # 1.5 − 1.645 × 0.3 = 1.006
        (-1.5, 0.31, 20.0, "B"),  # 0.990: perhaps no more than 1
        (-1.49, 0.1, 200.0, "B"),
        (-3.0, 1.3, 5.0, "B"),
        (-1.0, 0.2, 20.0, "B"),
        (-0.99, 0.1, 90.0, "A"),
        (-2.5, 1.4, 3.84, "A"),  # large, and yet no more than chance
        (-2.5, 0.9, 3.85, "C"),
    ],
)
def test_the_classes_are_those_of_ets(delta: float, error: float, chi: float, found: str) -> None:
    assert difference(delta, error, chi) == found


@given(st.lists(st.integers(0, 12).map(lambda n: n / 12), max_size=300))
def test_bands_hold_enough_people_and_never_part_equals(scores: list[float]) -> None:
    ends = band_ends(scores)
    assert ends == sorted(set(ends))
    assert len(ends) <= 4
    assert set(ends) <= set(scores)
    edges = [-1.0, *ends, 2.0]
    held = [sum(low < score <= high for score in scores) for low, high in pairwise(edges)]
    assert sum(held) == len(scores)
    assert not ends or min(held) >= LEAST_IN_BAND


def test_bands_are_fifths_where_scores_are_spread() -> None:
    assert band_ends([n / 100 for n in range(100)]) == [0.19, 0.39, 0.59, 0.79]
    assert band_ends([0.5] * 100) == []
    assert band_ends([0.0] * 95 + [1.0] * 5) == []


def test_what_an_attempt_made_of_a_question() -> None:
    attempt = sheet({"a": "1", "b": "2/3", "c": "0"}, "en", {"b": "ar"})
    first, second, third = (replies_to(key, [attempt])[0] for key in "abc")
    assert first == Reply(1.0, 0.555555556, 3)
    assert [each.right for each in (first, second, third)] == [True, False, False]
    assert [each.others for each in (first, second, third)] == [0.333333, 0.5, 0.833333]
    assert replies_to("b", [attempt], {"b", "c", "z"}) == [Reply(2 / 3, 0.833333333, 2)]
    alone = replies_to("b", [attempt], {"a", "c"})[0]
    assert (alone.score, alone.others) == (0.666666667, None)


def _reply(share: float, others: float) -> Reply:
    """A reply in a quiz of ten questions."""
    return Reply(share, round((share + 9 * others) / 10, 9), 10)


ALONE = Reply(1.0, 1.0, 1)
"""In a quiz of one question."""


def test_facility_is_the_mean_share() -> None:
    assert facility([_reply(1, 1), _reply(0.5, 1), _reply(0, 1)]) == 0.5


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=LEAST_ANSWERS, max_size=80))
def test_discrimination_is_the_point_biserial(pairs: list[tuple[bool, int]]) -> None:
    """Of right and wrong answers: the distance of the two means in standard deviations, times √pq."""
    found = discrimination([_reply(float(right), others / 20) for right, others in pairs])
    right = [others / 20 for is_right, others in pairs if is_right]
    wrong = [others / 20 for is_right, others in pairs if not is_right]
    every = right + wrong
    mean = sum(every) / len(every)
    deviation = sqrt(sum((each - mean) ** 2 for each in every) / len(every))
    if not right or not wrong or len(set(every)) == 1:
        assert found is None
        return
    p = len(right) / len(every)
    expected = (sum(right) / len(right) - sum(wrong) / len(wrong)) / deviation * sqrt(p * (1 - p))
    assert found == pytest.approx(expected, abs=1e-9)


def test_no_correlation_of_few_or_of_a_question_alone() -> None:
    some = [_reply(float(n % 2), (n % 5) / 5) for n in range(LEAST_ANSWERS)]
    assert discrimination(some) is not None
    assert discrimination(some[1:]) is None
    assert discrimination([ALONE, ALONE._replace(share=0.0, score=0.0)] * 50) is None


def test_a_language_is_compared_from_thirty_learners_of_equal_score() -> None:
    english = [_reply(float(n % 2), (n % 7) / 7) for n in range(210)]
    arabic = [_reply(float(n % 3 == 0), (n % 7) / 7) for n in range(LEAST_ANSWERS)]
    enough = compare(english, arabic)
    assert enough.other == LEAST_ANSWERS
    assert enough.difference is not None
    few = compare(english, arabic[1:])
    assert (few.source, few.other, few.difference) == (210, LEAST_ANSWERS - 1, None)
    assert compare([], arabic).difference is None
    assert compare(english, []).difference is None


def test_learners_whose_scores_nobody_shares_do_not_count() -> None:
    """Many who do well in English tell nothing of the few who do badly in Arabic."""
    english = [_reply(float(n % 10 > 0), 0.8 + n % 20 / 100) for n in range(400)]
    arabic = [_reply(float(n % 4 == 0), n % 20 / 100) for n in range(400)]
    found = compare(english, arabic)
    assert 0 < found.source < 200
    assert 0 < found.other < 200
    bands = band_tables(english, arabic)
    assert len(bands) == 5
    assert sum(not (each[0] + each[1]) or not (each[2] + each[3]) for each in bands) >= 3


def test_a_quiz_of_one_question_compares_nobody() -> None:
    assert compare([ALONE] * 100, [ALONE] * 100).difference is None


@pytest.mark.parametrize(("right_in_arabic", "found"), [(0.0, "C"), (0.5, "C"), (0.98, "A"), (1.0, "A")])
def test_what_everybody_gets_right_in_one_language_can_still_be_flagged(right_in_arabic: float, found: str) -> None:
    """The odds ratio is infinite then; a translation that says something else must not slip through."""
    english = [_reply(1, (n % 5) / 4) for n in range(100)]
    arabic = [_reply(float(n >= 100 * (1 - right_in_arabic)), (n % 5) / 4) for n in range(100)]
    assert compare(english, arabic).difference == found


# -- simulated learners


def _rasch(
    chance: Random, *, gap: float = 0.0, harder: float = 0.0, bank: int = 20, draw: int = 20, people: int = 400
) -> list[Sheet]:
    """A quiz in English and Arabic, in logits: who reads Arabic knows less by `gap`, and finds q0 `harder`."""
    difficulties = {f"q{n}": -1.5 + 3 * ((n * 7) % bank) / bank for n in range(bank)} | {"q0": 0.0}
    sheets = []
    for language in ("en", "ar"):
        for _person in range(people):
            ability = chance.gauss(-gap if language == "ar" else 0.0, 1)
            shares = {}
            for key in chance.sample(sorted(difficulties), draw):
                hard = difficulties[key] + (harder if (key, language) == ("q0", "ar") else 0)
                shares[key] = str(int(chance.random() < 1 / (1 + exp(hard - ability))))
            sheets.append(sheet(shares, language, {}))
    return sheets


def _flagged(quiz: dict[str, Behaviour]) -> set[str]:
    return {key for key, each in quiz.items() if any(language.suspect for language in each.languages)}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("gap", [0.0, 1.0])
def test_a_question_harder_in_translation_is_flagged_and_no_other(seed: int, gap: float) -> None:
    """Whether or not the readers of the translation also know less on the whole."""
    quiz = behaviours(_rasch(Random(seed), gap=gap, harder=1.3), "en")
    assert _flagged(quiz) == {"q0"}
    english, arabic = quiz["q0"].languages
    assert (english.language, english.comparison, arabic.language) == ("en", None, "ar")
    assert arabic.comparison is not None
    assert arabic.comparison.harder
    assert arabic.comparison.delta == pytest.approx(-2.35 * 1.3, abs=1)


def _naively_flagged(quiz: dict[str, Behaviour]) -> set[str]:
    """What comparing facilities would flag: the same class, from one table of everybody."""
    found = set()
    for key, each in quiz.items():
        rights = [(round(lang.facility * lang.answers), lang.answers) for lang in each.languages]
        crude = [Table(rights[0][0], rights[0][1] - rights[0][0], rights[1][0], rights[1][1] - rights[1][0])]
        error = 2.35 * sqrt(log_odds_variance(crude))
        if difference(ets_delta(common_odds_ratio(crude)), error, chi_square(crude)) == Difference.LARGE:
            found.add(key)
    return found


@pytest.mark.parametrize(("bank", "draw"), [(20, 20), (10, 10), (20, 10)])
@pytest.mark.parametrize("seed", range(3))
def test_readers_who_know_less_do_not_make_a_translation_suspect(seed: int, bank: int, draw: int) -> None:
    """Comparing the facilities alone would accuse most of the questions."""
    quiz = behaviours(_rasch(Random(seed), gap=1.2, bank=bank, draw=draw), "en")
    assert _flagged(quiz) == set()
    assert len(_naively_flagged(quiz)) >= bank / 2


@pytest.mark.parametrize("seed", range(3))
def test_a_translation_that_says_something_else_accuses_itself_alone(seed: int) -> None:
    """Nobody gets q0 right in Arabic. Its readers earn less for it, by which all the other questions look easier there.

    Left in the scores it would accuse them; were all of them left out at once, none would be left to match by.
    """
    sheets = _rasch(Random(seed), bank=4, draw=4, gap=-1.0)
    broken = [
        sheet({key: "0" if key == "q0" else str(int(share)) for key, share in each.shares.items()}, "ar", {})
        if each.language == "ar"
        else each
        for each in sheets
    ]
    assert _flagged(behaviours(broken, "en")) == {"q0"}
    english, arabic = broken[:400], broken[400:]
    left_in = [compare(replies_to(key, english), replies_to(key, arabic)) for key in english[0].shares if key != "q0"]
    assert Difference.LARGE in [each.difference for each in left_in]


def test_leaving_the_question_out_of_the_score_would_accuse_the_innocent() -> None:
    """Why the score by which learners are matched includes the question itself."""
    sheets = _rasch(Random(1), gap=2.0, bank=10, draw=10, people=2000)
    english, arabic = (replies_to("q0", [each for each in sheets if each.language == code]) for code in ("en", "ar"))
    without = [[each._replace(score=each.others or 0.0) for each in group] for group in (english, arabic)]
    assert abs(compare(english, arabic).delta) < 0.5
    assert compare(*without).delta < -1.2


def test_tables_count_everybody_who_can_be_matched() -> None:
    quiz = [_reply(float(n % 2), (n % 11) / 11) for n in range(300)]
    english, arabic = quiz[::3], [*quiz[1::3], *quiz[2::3]]
    found = band_tables(english, [*arabic, ALONE])
    assert sum(each.total for each in found) == 300
    assert sum(each.source_right for each in found) == sum(each.right for each in english)
    assert sum(each.other_wrong for each in found) == sum(not each.right for each in arabic)


def test_the_source_language_comes_first_and_then_the_most_read() -> None:
    codes = ["fr"] * 3 + ["ar"] * 9 + ["en"]
    found = behaviours([sheet({"q": "1"}, "es", {"q": code}) for code in codes], "en")["q"]
    assert [(each.language, each.answers) for each in found.languages] == [("en", 1), ("ar", 9), ("fr", 3)]
    assert (found.answers, found.facility, found.discrimination) == (13, 1.0, None)
    assert behaviours([], "en") == {}
