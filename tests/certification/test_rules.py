"""Codes that people read out, type and photograph; names that can be printed."""

import string

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from lms.certification import rules
from lms.certification.render.press import fontpkg_amiri, fontpkg_noto_sans

codes = st.text(rules.ALPHABET, min_size=rules.CODE_LENGTH, max_size=rules.CODE_LENGTH).map(rules.grouped)


def test_codes_cannot_be_guessed_nor_misread() -> None:
    assert rules.CODE_BITS >= 128
    assert len(set(rules.ALPHABET)) == 32
    assert not set("ILOU") & set(rules.ALPHABET)
    made = {rules.new_code() for _ in range(2_000)}
    assert len(made) == 2_000
    assert all(rules.parse_code(code) == code for code in made)
    assert {len(code) for code in made} == {rules.PRINTED_LENGTH}
    assert set("".join(made)) - {"-"} == set(rules.ALPHABET)


@given(codes, st.sampled_from(["", " ", "-", " - ", ".", "–", "\u00a0", "\u200f", "_"]), st.booleans())
def test_a_code_is_taken_however_it_is_typed(code: str, between: str, small: bool) -> None:
    typed = between.join(code.replace("-", ""))
    assert rules.parse_code(f"  {typed.lower() if small else typed}\n") == code
    assert rules.parse_code(f"https://learn.example.org/ar/verify/{code}?x=1#y") == code
    assert rules.parse_code(f"http://learn.example.org/v/{code.lower()}") == code


def test_look_alikes_mean_what_they_look_like() -> None:
    code = "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV"
    assert rules.parse_code("OI23-4567-89AB-CDEF-GHJK-MNPQ-RSTU") == code
    assert rules.parse_code("oL23 4567 89ab cdef ghjk mnpq rstv") == code
    assert rules.parse_code("٠١٢٣-٤٥٦٧-٨٩AB-CDEF-GHJK-MNPQ-RSTV") == code
    assert rules.parse_code("0123-4567-89АВ-СDЕF-GНJК-МNРQ-RЅТV") == code
    assert rules.parse_code("０１２３４５６７８９ＡＢＣＤＥＦＧＨＪＫＭＮＰＱＲＳＴＶ") == code


@given(st.text(max_size=500))
def test_anything_else_is_no_code_and_never_an_error(text: str) -> None:
    code = rules.parse_code(text)
    assert code is None or rules.parse_code(code) == code


@given(codes, st.integers(0, rules.CODE_LENGTH - 1))
def test_a_code_with_a_letter_missing_is_none(code: str, place: int) -> None:
    signs = code.replace("-", "")
    assert rules.parse_code(signs[:place] + signs[place + 1 :]) is None
    assert rules.parse_code(signs + "7") is None


def test_everything_called_printable_is_in_the_type() -> None:
    fonts = [fontpkg_amiri.ROOT / "files/Amiri-Regular.ttf", fontpkg_noto_sans.ROOT / "files/NotoSans[wdth,wght].ttf"]
    letters: set[int] = set()
    for font in fonts:
        with TTFont(font, lazy=True) as opened:
            letters |= set(opened.getBestCmap())
    missing = [
        hex(sign) for sign in range(0x20, 0x2100) if not rules.unprintable_letters(chr(sign)) and sign not in letters
    ]
    invisible = {hex(sign) for sign in range(0x20, 0x2100) if not rules.printable_name(chr(sign))}
    assert [sign for sign in missing if sign not in invisible] == []


@pytest.mark.parametrize(
    ("name", "printed", "strange"),
    [
        ("  Ada \t Okafor\n", "Ada Okafor", ""),
        ("e\u0301mile", "émile", ""),
        ("\u202eadA\u202c \u2066x\u2069\x00", "adA x", ""),
        ("می\u200cخواهم", "می\u200cخواهم", ""),
        ("王秀英", "王秀英", "王秀英"),
        ("Ada 🎓", "Ada 🎓", "🎓"),
    ],
)
def test_names_as_printed(name: str, printed: str, strange: str) -> None:
    assert rules.printable_name(name) == printed
    assert rules.unprintable_letters(name) == strange


def test_every_letter_people_type_for_a_code_is_thought_of() -> None:
    for letter in string.ascii_letters + string.digits:
        typed = "0123456789ABCDEFGHJKMNPQRST" + letter
        assert rules.parse_code(typed) is not None
