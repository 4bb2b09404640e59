"""Rows into a file, one at a time: CSV that no spreadsheet takes for formulas, and XLSX that never stands in memory."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from core.base.money import Money, minor_digits

FORMATS: Final = ("xlsx", "csv", "csv-bom")
ZIP: Final = "zip"
MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "csv-bom": "text/csv; charset=utf-8",
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHEET_ROWS_MAX: Final = 1_000_000
"""A sheet of XLSX holds 1,048,576 rows; what goes beyond stands on the next sheet."""
CELL_CHARS_MAX: Final = 32_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Told = Callable[[int], None]
"""Told after each row how many there are."""


def suffix(format: str) -> str:
    """How the name of a file of this format ends."""
    return format if format in ("xlsx", ZIP) else "csv"


def safe_text(text: str) -> str:
    """A text that no spreadsheet runs as a formula: one that begins like a formula gets an apostrophe before it."""
    return "'" + text if text.startswith(_FORMULA) else text


def write_rows(
    out: IO[bytes], format: str, header: Sequence[object], rows: Iterable[Sequence[object]], told: Told
) -> int:
    """Write a list into a binary file; gives the number of rows. Uses the same memory however many there are."""
    if format == "xlsx":
        return _write_xlsx(out, header, rows, told)
    return _write_csv(out, header, rows, told, bom=format == "csv-bom")


def write_files(out: IO[bytes], files: Iterable[tuple[str, bytes]], told: Told) -> int:
    """Write files into a ZIP, one at a time; gives their number. A name that comes again gets a number."""
    count, given = 0, set[str]()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for wanted, content in files:
            count += 1
            stem, _dot, ending = wanted.rpartition(".")
            name = wanted if wanted not in given else f"{stem}-{count}.{ending}"
            given.add(name)
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
            told(count)
    return count


def _write_csv(
    out: IO[bytes], header: Sequence[object], rows: Iterable[Sequence[object]], told: Told, *, bom: bool
) -> int:
    text = io.TextIOWrapper(out, encoding="utf-8-sig" if bom else "utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow([_csv_cell(str(cell)) for cell in header])
    count = 0
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
        count += 1
        told(count)
    text.flush()
    text.detach()
    return count


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_text(_UNWRITABLE.sub("", value))
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Money):
        return f"{value.decimal:.{minor_digits(value.currency)}f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | Decimal):
        return str(value)
    return safe_text(_UNWRITABLE.sub("", str(value)))


def _write_xlsx(out: IO[bytes], header: Sequence[object], rows: Iterable[Sequence[object]], told: Told) -> int:
    book = Workbook(write_only=True)
    sheet: Any = None
    count = 0
    for row in rows:
        if count % SHEET_ROWS_MAX == 0:
            sheet = _new_sheet(book, header)
        sheet.append([_xlsx_cell(sheet, value) for value in row])
        count += 1
        told(count)
    if sheet is None:
        _new_sheet(book, header)
    book.save(out)
    return count


def _new_sheet(book: Workbook, header: Sequence[object]) -> Any:
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for place, word in enumerate(header):
        sheet.column_dimensions[_letters(place)].width = max(12, min(40, 2 * len(str(word))))
    cells = [_text_cell(sheet, str(word)) for word in header]
    for cell in cells:
        cell.font = Font(bold=True)
    sheet.append(cells)
    return sheet


def _letters(place: int) -> str:
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _text_cell(sheet: Any, text: str) -> Any:
    """A cell of text, said to be text: openpyxl would take one that begins with = for a formula."""
    cell = WriteOnlyCell(sheet, value="")
    cell.value = _UNWRITABLE.sub("", text)[:CELL_CHARS_MAX]
    cell.data_type = "s"
    return cell


def _xlsx_cell(sheet: Any, value: object) -> Any:
    if value is None or isinstance(value, bool | int | Decimal):
        return value
    if isinstance(value, Money):
        cell = WriteOnlyCell(sheet)
        cell.value = value.decimal
        digits = minor_digits(value.currency)
        cell.number_format = "#,##0" + ("." + "0" * digits if digits else "")
        return cell
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value=value.astimezone(UTC).replace(tzinfo=None))
        cell.number_format = "yyyy-mm-dd hh:mm"
        return cell
    if isinstance(value, date):
        return value
    return _text_cell(sheet, str(value))
