"""Files of tables: no cell is ever a formula, in any program."""

import csv
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from lms.kernel.sheets import Sheet, safe_text, write_csv, write_xlsx

TRIGGERS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "|calc",
    "%0A",
    "\t=1",
    "\r=1",
    "\n=1",
    "\0=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠a",
]
BEFORE = ["", " ", "\t", "\n", "\u00a0", "\u200b", "\ufeff", "\u202e", "\u3000"]


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("text", TRIGGERS)
def test_what_could_be_a_formula_begins_with_an_apostrophe(before: str, text: str) -> None:
    [head, row] = read(write_csv(Sheet("t", [before + text], [[before + text]])))
    assert head[0].startswith("'")
    assert row[0].startswith("'")
    book = load_workbook(BytesIO(write_xlsx(Sheet(before + text, [before + text], [[before + text]]))))
    assert {cell.data_type for line in book.active for cell in line} <= {"s", "n"}, "never f; n is an empty cell"


@given(st.text(max_size=40))
def test_a_text_never_begins_like_a_formula(text: str) -> None:
    written = safe_text(text).strip()
    assert not written or written[0] not in "=+-@|%"
    [_head, row] = read(write_csv(Sheet("t", ["a"], [["x" + text]])))
    assert row[0].startswith("x")


def test_words_and_numbers_stay_what_they_are() -> None:
    rows = [["Ada Okafor", 3, 87.5, None], ["أدا", -1, 0.0, "a-b"]]
    data = write_csv(Sheet("Autumn", ["Name", "Done", "Score", "Note"], rows))
    assert read(data)[1:] == [["Ada Okafor", "3", "87.5", ""], ["أدا", "-1", "0.0", "a-b"]]
    book = load_workbook(BytesIO(write_xlsx(Sheet("A/B: [2026]?", ["N"], rows, right_to_left=True))))
    assert [[cell.value for cell in line] for line in book.active][1:] == rows
    assert (book.active.freeze_panes, book.active.sheet_view.rightToLeft) == ("B2", True)
