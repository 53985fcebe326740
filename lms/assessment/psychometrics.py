"""How the questions of a quiz behave: how hard, how telling, and whether one is harder in some language. Pure.

A room beside the rules, which say what happens in an attempt; here are only the formulas of a report on many attempts,
each with its source. Imports nothing of ours.

What is compared. Each reply is scored as right when it earned all its points, and wrong otherwise. Learners who read a
question in one language are compared with those who read it in the source language and did equally well in the whole
quiz. Questions are drawn from a bank, so totals are over different questions; the *score* by which learners are matched
is therefore the mean share over all the questions they were asked, the studied one included. Included it must be:
without it a question with no fault looks harder for whichever group is weaker on the whole (Holland and Thayer 1988;
Zwick 1990, Journal of Educational Statistics 15). Scores are matched in fifths, which serves short quizzes better than
single scores (Donoghue and Allen 1993, Journal of Educational Statistics 18).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import log, sqrt
from statistics import StatisticsError, correlation, fmean
from typing import NamedTuple

LEAST_ANSWERS = 30
"""From how many answers a correlation is shown, and how many learners of equal score each language needs for a verdict.

A small number, as these quizzes have: the verdict weighs how uncertain it is by itself (`difference`).
"""

BANDS = 5
LEAST_IN_BAND = 10
"""A band with fewer learners, of both languages together, is joined with its neighbour."""


class Difference(StrEnum):
    """How much the difficulty differs between two languages: the classes of the Educational Testing Service."""

    NEGLIGIBLE = "A"
    MODERATE = "B"
    LARGE = "C"


class Sheet(NamedTuple):
    """One learner's graded attempt."""

    shares: Mapping[str, float]
    """For each question they were asked, the share of its points."""
    language: str
    """In which it was begun."""
    read_in: Mapping[str, str]
    """The language of the questions that were read in another one."""
    total: float
    """All shares together."""


class Reply(NamedTuple):
    """What one learner made of one question, and how they did on the whole."""

    share: float
    """Of its points."""
    score: float
    """Mean share of the questions by which they are matched, this one included."""
    matched_by: int
    """How many questions those are."""

    @property
    def right(self) -> bool:
        """It earned all its points."""
        return self.share == 1

    @property
    def others(self) -> float | None:
        """Mean share of those questions without this one; None when there was no other."""
        rest = self.matched_by - 1
        return round((self.score * self.matched_by - self.share) / rest, 6) if rest else None


class Table(NamedTuple):
    """One band of scores: how many were right and wrong in the source language and in the other one."""

    source_right: float
    source_wrong: float
    other_right: float
    other_wrong: float

    @property
    def total(self) -> float:
        return sum(self)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A question in one language beside the same question in the source language."""

    source: int
    """Learners of the source language whose score somebody of the other language shares."""
    other: int
    """The same the other way round."""
    difference: Difference | None
    """None: too few to tell."""
    delta: float
    """On the ETS scale; below zero: harder in the other language."""

    @property
    def harder(self) -> bool:
        return self.delta < 0


@dataclass(frozen=True, slots=True)
class InLanguage:
    """How a question behaves for those who read it in one language."""

    language: str
    answers: int
    facility: float
    discrimination: float | None
    comparison: Comparison | None
    """None: the source language itself."""

    @property
    def suspect(self) -> bool:
        """Whether the translation should be looked at."""
        return self.comparison is not None and self.comparison.difference is Difference.LARGE


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a question behaves for all, and in each language it was read in: the source first, then the most read."""

    answers: int
    facility: float
    discrimination: float | None
    languages: tuple[InLanguage, ...]

    @property
    def suspects(self) -> list[InLanguage]:
        return [each for each in self.languages if each.suspect]


def sheet(shares: Mapping[str, str], language: str, read_in: Mapping[str, str]) -> Sheet:
    """An attempt from the exact shares of its grade, like `2/3`."""
    values = {key: _share(share) for key, share in shares.items()}
    return Sheet(values, language, read_in, sum(values.values()))


def behaviours(sheets: Iterable[Sheet], source: str) -> dict[str, Behaviour]:
    """All that is told of every question that was asked in these attempts."""
    asked: Asked = {}
    for each in sheets:
        for key in each.shares:
            asked.setdefault(key, {}).setdefault(each.read_in.get(key, each.language), []).append(each)
    replies = {
        key: {language: replies_to(key, found) for language, found in by_language.items()}
        for key, by_language in asked.items()
    }
    others = {language for by_language in asked.values() for language in by_language} - {source}
    compared = {language: compare_all(asked, replies, source, language) for language in others}
    return {
        key: Behaviour(
            answers=len(every := [reply for each in found.values() for reply in each]),
            facility=facility(every),
            discrimination=discrimination(every),
            languages=tuple(
                InLanguage(
                    language=language,
                    answers=len(found[language]),
                    facility=facility(found[language]),
                    discrimination=discrimination(found[language]),
                    comparison=compared[language][key] if language != source else None,
                )
                for language in sorted(found, key=lambda each: (each != source, -len(found[each]), each))
            ),
        )
        for key, found in replies.items()
    }


Asked = dict[str, dict[str, list[Sheet]]]
"""For each question and each language it was read in, the attempts in which it was."""


def replies_to(key: str, sheets: Iterable[Sheet], apart: Collection[str] = ()) -> list[Reply]:
    """What these learners, who were all asked the question, made of it; `apart` does not count in their scores."""
    found = []
    for each in sheets:
        total, count = each.total, len(each.shares)
        for other in apart:
            if other != key and other in each.shares:
                total, count = total - each.shares[other], count - 1
        # Rounded, equal scores stay equal in whichever order they were added up.
        found.append(Reply(each.shares[key], round(total / count, 9), count))
    return found


def compare_all(
    asked: Asked, replies: Mapping[str, Mapping[str, list[Reply]]], source: str, other: str
) -> dict[str, Comparison]:
    """Every question in one language beside the source.

    A question that really is harder lowers the scores of its readers, by which all the others then look easier. So the
    one that differs most no longer counts in the scores (but its own), and all are compared again, until no more
    differ (van der Flier, Mellenbergh, Adèr and Wijn 1984, Journal of Educational Measurement 21).
    """
    found = {key: compare(each.get(source, []), each.get(other, [])) for key, each in replies.items()}
    apart: set[str] = set()
    while True:
        differing = [key for key, each in found.items() if each.difference is Difference.LARGE and key not in apart]
        if not differing:
            return found
        apart.add(max(differing, key=lambda key: abs(found[key].delta)))
        found = {
            key: compare(*(replies_to(key, each.get(language, []), apart) for language in (source, other)))
            for key, each in asked.items()
        }


def facility(replies: Sequence[Reply]) -> float:
    """The mean share of the points, 0 to 1: the higher, the easier (Crocker and Algina 1986, chapter 14)."""
    return fmean(reply.share for reply in replies)


def discrimination(replies: Sequence[Reply]) -> float | None:
    """The correlation of the share with that of the other questions, −1 to 1.

    For questions that are right or wrong, the corrected item–total (point-biserial) correlation: the question itself is
    left out of the total, or it would be correlated with itself (Henrysson 1963, Psychometrika 28). None with fewer
    than `LEAST_ANSWERS`, and when all did alike.
    """
    pairs = [(reply.share, others) for reply in replies if (others := reply.others) is not None]
    if len(pairs) < LEAST_ANSWERS:
        return None
    try:
        return correlation(*zip(*pairs, strict=True))
    except StatisticsError:
        return None


def compare(source: Sequence[Reply], other: Sequence[Reply]) -> Comparison:
    """Whether a question is harder in the other language for learners of equal score.

    Bands in which only one language is found compare nobody, and do not count towards `LEAST_ANSWERS`.
    """
    tables = [each for each in band_tables(source, other) if each[0] + each[1] and each[2] + each[3]]
    counted = round(sum(each[0] + each[1] for each in tables)), round(sum(each[2] + each[3] for each in tables))
    if min(counted) < LEAST_ANSWERS:
        return Comparison(*counted, None, 0.0)
    measured = _measurable(tables)
    delta = ets_delta(common_odds_ratio(measured))
    error = abs(ETS_SCALE) * sqrt(log_odds_variance(measured))
    return Comparison(*counted, difference(delta, error, chi_square(tables)), delta)


def band_tables(source: Sequence[Reply], other: Sequence[Reply]) -> list[Table]:
    """Right and wrong in both languages, band by band. Who was asked nothing else can be matched with nobody."""
    groups = [[reply for reply in group if reply.matched_by > 1] for group in (source, other)]
    ends = band_ends([reply.score for group in groups for reply in group])
    counts = [[0, 0, 0, 0] for _ in range(len(ends) + 1)]
    for place, group in enumerate(groups):
        for reply in group:
            counts[bisect_left(ends, reply.score)][2 * place + (not reply.right)] += 1
    return [Table(*each) for each in counts]


def band_ends(scores: Sequence[float]) -> list[float]:
    """The highest score of each band but the last: fifths of all, equal scores never parted, thin bands joined."""
    ordered = sorted(scores)
    ends: list[float] = []
    begun = 0
    for fifth in range(1, BANDS) if len(ordered) >= 2 * LEAST_IN_BAND else ():
        at = len(ordered) * fifth // BANDS
        equals = bisect_left(ordered, ordered[at - 1]), bisect_right(ordered, ordered[at - 1])
        cut = min(equals, key=lambda place: abs(place - at))
        if cut - begun >= LEAST_IN_BAND and len(ordered) - cut >= LEAST_IN_BAND:
            ends.append(ordered[cut - 1])
            begun = cut
    return ends


def common_odds_ratio(tables: Sequence[Table]) -> float:
    """The odds of being right in the source language over those in the other one, learners of equal score compared.

    Mantel and Haenszel 1959, Journal of the National Cancer Institute 22; for questions of tests Holland and Thayer
    1988, in Wainer and Braun (eds.), Test Validity.
    """
    return sum(a * d / (a + b + c + d) for a, b, c, d in tables) / sum(b * c / (a + b + c + d) for a, b, c, d in tables)


def log_odds_variance(tables: Sequence[Table]) -> float:
    """The variance of the logarithm of the common odds ratio.

    Phillips and Holland 1987, Biometrics 43; the same number as Robins, Breslow and Greenland 1986, Biometrics 42.
    """
    alpha = common_odds_ratio(tables)
    above = sum((a * d + alpha * b * c) * (a + d + alpha * (b + c)) / (a + b + c + d) ** 2 for a, b, c, d in tables)
    return above / (2 * sum(a * d / (a + b + c + d) for a, b, c, d in tables) ** 2)


def chi_square(tables: Sequence[Table]) -> float:
    """The Mantel–Haenszel test with continuity correction, one degree of freedom; 0 when all did alike.

    Mantel and Haenszel 1959; Holland and Thayer 1988.
    """
    apart = spread = 0.0
    for table in tables:
        a, b, c, d = table
        total = table.total
        if total > 1:
            apart += a - (a + b) * (a + c) / total
            spread += (a + b) * (c + d) * (a + c) * (b + d) / (total**2 * (total - 1))
    return float(max(0.0, abs(apart) - 0.5) ** 2 / spread) if spread else 0.0


ETS_SCALE = -2.35
"""Turns a logarithm of odds into a difference of deltas, the scale on which ETS states difficulty."""


def ets_delta(odds_ratio: float) -> float:
    """MH D-DIF: the difference of difficulty on the delta scale, below zero when the other language is the harder one.

    Holland and Thayer 1985, An alternate definition of the ETS delta scale of item difficulty.
    """
    return ETS_SCALE * log(odds_ratio)


_SIGNIFICANT = 3.841458820694124
"""What a chi-square of one degree of freedom exceeds by chance in 5 % of cases."""
_ONE_SIDED = 1.6448536269514722
"""The same of a normal deviate, looked at from one side."""


def difference(delta: float, error: float, chi_squared: float) -> Difference:
    """The class of a difference with its standard error.

    A: below 1, or not significantly other than 0 (by chi-square). C: at least 1.5, and significantly above 1 in
    absolute value. B: what is left. Both at 5 %. Zieky 1993, in Holland and Wainer (eds.), Differential Item
    Functioning; Zwick 2012, ETS Research Report 12-08.
    """
    size = abs(delta)
    if size < 1 or chi_squared <= _SIGNIFICANT:
        return Difference.NEGLIGIBLE
    if size >= 1.5 and size - _ONE_SIDED * error > 1:  # noqa: PLR2004 - the rule as it is written
        return Difference.LARGE
    return Difference.MODERATE


def _measurable(tables: Sequence[Table]) -> list[Table]:
    """The tables, with half a learner added to every cell where the odds ratio would be nought or infinite.

    A question that nobody gets wrong in one language and many in the other must be flagged, not left out (Haldane 1956,
    Annals of Human Genetics 20).
    """
    if any(a * d for a, _b, _c, d in tables) and any(b * c for _a, b, c, _d in tables):
        return list(tables)
    return [Table(*(cell + 0.5 for cell in table)) for table in tables]


@lru_cache(maxsize=1024)
def _share(share: str) -> float:
    return float(Fraction(share))
