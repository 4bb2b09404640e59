from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from core.base.money import Money
from core.exports import writers
from core.exports.writers import safe_text, write_rows


def written(format: str, rows, header=("A", "B")) -> bytes:
    out = io.BytesIO()
    write_rows(out, format, header, rows, lambda count: None)
    return out.getvalue()


def cells_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", '=HYPERLINK("http://x")'])
def test_a_text_that_looks_like_a_formula_is_only_a_text_in_csv(text):
    assert cells_of(written("csv", [[text, "x"]]))[1][0].startswith("'")


@given(st.text())
def test_no_text_whatsoever_begins_like_a_formula(text):
    assert not safe_text(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_any_texts_can_be_written_and_read_back_as_so_many_rows(rows):
    assert len(cells_of(written("csv", rows))) == len(rows) + 1
    sheet = load_workbook(io.BytesIO(written("xlsx", rows)), read_only=True).worksheets[0]
    assert len(list(sheet.iter_rows(values_only=True))) == len(rows) + 1


def test_numbers_stay_numbers_and_amounts_are_exact():
    row = [-5, Money(-1250, "CNY"), Money(7, "JPY"), Decimal("0.1"), None, True, datetime(2026, 11, 23, 8, tzinfo=UTC)]
    (_, line) = cells_of(written("csv", [row], header="abcdefg"))
    assert line == ["-5", "-12.50", "7", "0.1", "", "TRUE", "2026-11-23 08:00:00"]
    sheet = load_workbook(io.BytesIO(written("xlsx", [row], header="abcdefg"))).worksheets[0]
    found = [cell.value for cell in sheet[2]]
    assert found == [-5, -12.5, 7, 0.1, None, True, datetime(2026, 11, 23, 8)]


def test_a_formula_is_a_text_in_a_spreadsheet_too():
    cell = load_workbook(io.BytesIO(written("xlsx", [["=1+1", "x"]]))).worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_the_byte_order_mark_is_there_only_when_asked_for():
    assert written("csv-bom", []).startswith(b"\xef\xbb\xbf")
    assert not written("csv", []).startswith(b"\xef\xbb\xbf")


def test_what_does_not_fit_on_a_sheet_stands_on_the_next(monkeypatch):
    monkeypatch.setattr(writers, "SHEET_ROWS_MAX", 3)
    book = load_workbook(io.BytesIO(written("xlsx", [[number, "x"] for number in range(7)])))
    assert [sheet.max_row for sheet in book.worksheets] == [4, 4, 2]
    assert [sheet["A1"].value for sheet in book.worksheets] == ["A", "A", "A"]
