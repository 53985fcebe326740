"""Folding what people type, and reading the numbers they type."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.kernel.text import fold, number_readings, parse_number


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Éléphant", "elephant"),
        ("الحِمايةُ الاجتماعيّة", "الحمايه الاجتماعية"),
        ("أرضيّات", "ارضيات"),
        ("social-protection, floor!", "Social protection floor"),
        ("١٢", "12"),
        ("Straße", "STRASSE"),
    ],
)
def test_folds_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12.5", "12.5"),
        ("12,5", "12.5"),
        ("١٢٫٥", "12.5"),
        ("1 250,5", "1250.5"),
        ("1,250.5", "1250.5"),
        ("3,000,000", "3000000"),
        ("70 %", "70"),
        ("-4", "-4"),
        ("−4", "-4"),
        ("2,000", "2000"),
        ("0,125", "0.125"),
    ],
)
def test_reads_numbers_as_people_write_them(typed: str, number: str) -> None:
    assert parse_number(typed) == Decimal(number)


@pytest.mark.parametrize("typed", ["", "abc", "1.2.3", "--1", "1e9", "NaN", "Infinity", "1" * 41])
def test_what_is_no_number(typed: str) -> None:
    assert parse_number(typed) is None


def test_a_mark_before_three_digits_can_mean_either() -> None:
    assert set(number_readings("2,000")) == set(number_readings("2.000")) == {Decimal(2), Decimal(2000)}


@given(st.text(max_size=50))
def test_never_fails(typed: str) -> None:
    assert all(number.is_finite() for number in number_readings(typed))
