"""The seven kinds: what authors may write, what pages may show, what answers earn."""

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lms.assessment.question_types import KINDS
from lms.assessment.question_types.kind import Problem, UnreadableAnswer
from tests.assessment.questions import EXAMPLES, field_values, in_capitals, in_source, questions

every_kind = pytest.mark.parametrize("name", list(KINDS))
seeds = st.text("0123456789abcdef", min_size=4, max_size=8)


def read(name: str, data: dict[str, Any] | None = None, **changes: Any) -> Any:
    return KINDS[name].Question.model_validate((data or EXAMPLES[name]) | changes)


def sentence(name: str, **changes: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        read(name, **changes)
    return " ".join(problem["msg"] for problem in refused.value.errors())


def score(name: str, fields: dict[str, list[str]], accepted: tuple[str, ...] = (), **changes: Any) -> Fraction:
    question, kind = read(name, **changes), KINDS[name]
    return kind.grade(question, kind.read_answer(question, "seed", fields), accepted)


def test_every_kind_has_an_example() -> None:
    assert list(EXAMPLES) == list(KINDS)


@every_kind
@given(data=st.data())
def test_any_answer_is_read_kept_and_graded_alike(name: str, data: st.DataObject) -> None:
    kind, seed = KINDS[name], data.draw(seeds)
    question = read(name, data.draw(questions(name)))
    offered = field_values(kind.shown(question, seed, in_source))
    sent = {field: [data.draw(st.sampled_from(values))] for field, values in offered.items()}
    if name == "multiple":
        sent = {field: data.draw(st.lists(st.sampled_from(values), unique=True)) for field, values in offered.items()}
    try:
        payload = kind.read_answer(question, seed, sent)
    except UnreadableAnswer:
        assert name in {"number", "true-false"}
        return
    assert 0 <= kind.grade(question, payload, ()) <= 1
    if payload is not None:
        kept = json.loads(json.dumps(payload))
        assert kind.read_answer(question, seed, kind.filled(question, seed, kept)) == payload
        assert kind.grade(question, kept, ()) == kind.grade(question, payload, ())


@every_kind
@given(data=st.data())
def test_the_right_answer_earns_all_and_none_earns_nothing(name: str, data: st.DataObject) -> None:
    kind, question = KINDS[name], read(name, data.draw(questions(name)))
    assert kind.grade(question, kind.right_answer(question), ()) == 1
    assert kind.grade(question, None, ()) == 0
    assert kind.read_answer(question, "s", {}) is None


@every_kind
@given(data=st.data())
def test_the_order_is_the_same_in_every_language_and_for_every_writing_order(name: str, data: st.DataObject) -> None:
    kind, seed, written = KINDS[name], data.draw(seeds), data.draw(questions(name))
    question = read(name, written)
    here, there = kind.shown(question, seed, in_source), kind.shown(question, seed, in_capitals)
    assert kind.shown(question, seed, in_source) == here
    for part in ("options", "rows"):
        ours, theirs = getattr(here, part, ()), getattr(there, part, ())
        assert [thing.text.text.upper() for thing in ours] == [thing.text.text for thing in theirs]
    if "choices" in written:
        turned = read(name, written | {"choices": written["choices"][::-1]})
        assert kind.shown(turned, seed, in_source) == here


@every_kind
def test_a_page_shows_no_key_of_the_author(name: str) -> None:
    """A key such as `right-one` would tell the answer."""
    kind, question = KINDS[name], read(name)
    told = repr(kind.shown(question, "seed", in_source)) + repr(
        kind.filled(question, "seed", kind.right_answer(question))
    )
    parts = [part for field in ("choices", "pairs", "extra", "items") for part in EXAMPLES[name].get(field, ())]
    assert not [part["key"] for part in parts if f"'{part['key']}'" in told]


def test_orders_differ_between_attempts() -> None:
    question, kind = read("ordering"), KINDS["ordering"]
    assert len({kind.shown(question, f"seed {n}", in_source) for n in range(60)}) == 6


@every_kind
def test_texts_hold_all_that_is_shown_each_once(name: str) -> None:
    question, kind = read(name), KINDS[name]
    texts, asked = kind.texts(question), list[str]()
    kind.shown(question, "seed", lambda text: in_source(asked.append(text) or text))  # type: ignore[func-returns-value]
    assert set(asked) | set(kind.accepted(question)) <= set(texts)
    assert len(set(texts)) == len(texts)
    assert texts[0] == question.prompt


@every_kind
def test_a_question_survives_storing(name: str) -> None:
    question = read(name)
    assert KINDS[name].Question.model_validate(json.loads(question.model_dump_json())) == question


@every_kind
@pytest.mark.parametrize("value", ["0", "99", "-1", "first", "1' or", "٣", "9" * 400])
def test_what_was_not_offered_is_refused(name: str, value: str) -> None:
    question, kind = read(name), KINDS[name]
    fields = {field: [value] for field in field_values(kind.shown(question, "seed", in_source))}
    if name in {"number", "short-text"} and len(value) < 100:
        return
    with pytest.raises(UnreadableAnswer):
        kind.read_answer(question, "seed", fields)


def test_two_answers_to_one_are_refused() -> None:
    for name in set(KINDS) - {"multiple"}:
        question, kind = read(name), KINDS[name]
        fields = {field: values[1:3] for field, values in field_values(kind.shown(question, "s", in_source)).items()}
        with pytest.raises(UnreadableAnswer):
            kind.read_answer(question, "s", fields)


def test_multiple_choice_gives_parts_and_never_less_than_nothing() -> None:
    question, kind = read("multiple"), KINDS["multiple"]

    def earns(*keys: str) -> Fraction:
        return kind.grade(question, {"choices": list(keys)}, ())

    assert earns("flood", "drought") == 1
    assert earns("flood") == Fraction(1, 2)
    assert earns("flood", "drought", "birth") == Fraction(1, 2)
    assert earns("flood", "birth") == earns("birth", "accident") == 0
    assert earns("flood", "drought", "birth", "accident") == 0


@pytest.mark.parametrize("typed", ["12.5", "12,5", "١٢٫٥", " 12.50 ", "12,5 %", "13", "12", "۱۲٫۵"])
def test_numbers_are_read_as_people_write_them(typed: str) -> None:
    assert score("number", {"answer": [typed]}) == 1


@pytest.mark.parametrize("typed", ["11.9", "13.01", "125", "-12.5", "0"])
def test_numbers_outside_the_tolerance_earn_nothing(typed: str) -> None:
    assert score("number", {"answer": [typed]}) == 0


def test_a_word_is_no_number() -> None:
    with pytest.raises(UnreadableAnswer) as refused:
        score("number", {"answer": ["twelve"]})
    assert refused.value.problem is Problem.NOT_A_NUMBER


@pytest.mark.parametrize(
    "typed", ["CASH-GRANT", " cash  grant. ", "cásh gränt", "Unconditional transfer", "تَحويل نقدي"]
)
def test_short_texts_are_compared_by_what_matters(typed: str) -> None:
    assert score("short-text", {"answer": [typed]}, accepted=("تحويل نقديّ",)) == 1


@pytest.mark.parametrize("typed", ["cash", "grant cash", "!!!", "cash grants"])
def test_other_words_earn_nothing(typed: str) -> None:
    assert score("short-text", {"answer": [typed]}) == 0


def test_matching_offers_each_text_once_and_gives_parts() -> None:
    question, kind = read("matching"), KINDS["matching"]
    assert len(kind.shown(question, "s", in_source).options) == 3
    assert kind.grade(question, {"matches": {"old-age": "old-age", "sickness": "old-age"}}, ()) == Fraction(2, 3)
    assert kind.grade(question, {"matches": {"grant": "luck"}}, ()) == 0


def test_ordering_gives_parts_for_right_places() -> None:
    question, kind = read("ordering"), KINDS["ordering"]
    assert kind.grade(question, {"places": {"first": 1, "second": 3, "third": 2}}, ()) == Fraction(1, 3)
    assert kind.grade(question, {"places": {"first": 1, "second": 1, "third": 1}}, ()) == Fraction(1, 3)


def test_feedback_is_that_of_the_chosen() -> None:
    question, kind = read("single"), KINDS["single"]
    (number,) = kind.filled(question, "s", {"choice": "pension"})["choice"]
    assert kind.choice_feedback(question, "s", {"choice": "pension"}) == {number: "That is one guarantee of several."}
    assert kind.choice_feedback(question, "s", {"choice": "insurance"}) == {}
    assert kind.choice_feedback(question, "s", None) == {}


def _choices(*correct: bool) -> list[dict[str, Any]]:
    return [{"key": f"c{n}", "text": f"Text {n}", "correct": yes} for n, yes in enumerate(correct)]


@pytest.mark.parametrize(
    ("name", "changes", "told"),
    [
        ("single", {"choices": _choices(True)}, "at least two choices"),
        ("single", {"choices": _choices(True, True)}, "exactly one choice"),
        ("single", {"choices": _choices(False, False)}, "exactly one choice"),
        ("multiple", {"choices": _choices(False, False)}, "at least one choice"),
        ("single", {"choices": _choices(True, False)[:1] * 2}, "key “c0”"),
        ("single", {"choices": [{"key": "a", "text": "T", "correct": True}, {"key": "b", "text": "T "}]}, "same text"),
        ("single", {"key": "Not a key"}, "lower-case letters"),
        ("single", {"prompt": 12}, "in quotes"),
        ("single", {"prompt": "  "}, "empty"),
        ("single", {"points": 0}, "greater than or equal to 1"),
        ("single", {"colour": "red"}, "not permitted"),
        ("true-false", {"answer": "yes"}, "boolean"),
        ("number", {"answer": "many"}, "should be a number"),
        ("number", {"answer": True}, "should be a number"),
        ("number", {"answer": float("nan")}, "should be a number"),
        ("number", {"tolerance": -1}, "zero or more"),
        ("short-text", {"accepted": []}, "at least one accepted answer"),
        ("short-text", {"accepted": ["?!"]}, "neither letters nor digits"),
        ("short-text", {"accepted": ["x" * 301]}, "at most 300"),
        ("matching", {"pairs": EXAMPLES["matching"]["pairs"][:1]}, "at least two pairs"),
        ("matching", {"extra": [{"key": "luck", "right": "Taxes"}]}, "belongs to a pair"),
        ("matching", {"extra": [{"key": "grant", "right": "Luck"}]}, "key “grant”"),
        ("matching", {"pairs": EXAMPLES["matching"]["pairs"][:2], "extra": []}, "same right side"),
        ("ordering", {"items": EXAMPLES["ordering"]["items"][:1]}, "at least two items"),
        ("ordering", {"items": [{"key": "a", "text": "T"}, {"key": "b", "text": "T"}]}, "same text"),
    ],
)
def test_authors_are_told_in_a_sentence(name: str, changes: dict[str, Any], told: str) -> None:
    assert told in sentence(name, **changes)
