import io
import subprocess
import sys
import textwrap
import zipfile
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from core.catalog.transfer import sheets
from core.catalog.transfer.detect import CatalogFileRefused, open_catalog
from core.catalog.transfer.sheets import SheetRefused, sheet_rows

from .transfer_kit import FIXTURES, codes, read

HEAD = ("Handle", "Title", "Variant SKU", "Variant Price", "Image Src")
BOOK = '<workbook xmlns:r="x"><sheets><sheet name="S" r:id="r1"/></sheets></workbook>'
LINKS = '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'


def book_of(*rows) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def archive_of(sheet: bytes, **more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", LINKS)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, content in more.items():
            archive.writestr(f"xl/{name}.xml", content)
    return out.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(CatalogFileRefused) as caught:
        list(open_catalog(io.BytesIO(content)).rows())
    return caught.value.code


def test_a_spreadsheet_reads_like_the_csv_file_it_was_made_from():
    import csv

    text = (FIXTURES / "shopify_old.csv").read_text(encoding="utf-8")
    found = read(book_of(*csv.reader(io.StringIO(text, newline=""))))
    wanted = read(text)
    assert [(one.handle, one.title) for one in found] == [(one.handle, one.title) for one in wanted]
    assert [getattr(one, "variants", None) and [v.price_minor for v in one.variants] for one in found] == [
        getattr(one, "variants", None) and [v.price_minor for v in one.variants] for one in wanted
    ]


def test_a_problem_names_the_row_of_the_spreadsheet():
    found = read(book_of(HEAD, ("a", "A", "", 1.5, ""), (), ("b", "B\nover two lines", "", "cheap", ""), ("c", "C")))
    assert codes(found) == [(4, "Variant Price", "price_unreadable"), (5, "Variant Price", "price_missing")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12, "12"),
        (0.1 + 0.2, "0.3"),
        (6901234567892, "6901234567892"),
        (1e-7, "0.0000001"),
        (True, "TRUE"),
        (datetime(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 11, 23, 8, 30), "2026-11-23 08:30:00"),
        ("=1+1 龙井 <b>", "=1+1 龙井 <b>"),
    ],
)
def test_cells_read_as_people_see_them(value, text):
    book = Workbook()
    cell = book.active["B2"]
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    [row] = sheet_rows(out)
    assert (row.line, row.cells) == (2, ["", text])


def test_what_is_a_zip_but_no_spreadsheet_is_refused_in_words():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("holiday.txt", "sun")
    assert refusal(out.getvalue()) == "file_is_spreadsheet"


@pytest.mark.parametrize("content", [b"PK\x03\x04 and more", book_of(HEAD)[:-40], book_of(HEAD)[:400]])
def test_a_damaged_spreadsheet_is_refused_in_words(content):
    assert refusal(content) == "sheet_damaged"


def test_declared_entities_are_refused():
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    assert refusal(archive_of(laughs)) == "sheet_damaged"
    assert refusal(archive_of(b"<worksheet/>", sharedStrings=laughs)) == "sheet_damaged"


def test_a_cell_far_to_the_right_or_below_costs_nothing():
    sheet = b'<worksheet><sheetData><row r="1048577"><c r="XFD1" t="inlineStr"><is><t>x</t></is></c></row>'
    sheet += b'<row r="7"><c r="ZZZ9"><v>1</v></c><c r="A7"><v>2</v></c></row></sheetData></worksheet>'
    assert [(row.line, row.cells) for row in sheet_rows(io.BytesIO(archive_of(sheet)))] == [(7, ["2"])]


def test_too_many_shared_texts_are_refused(monkeypatch):
    monkeypatch.setattr(sheets, "STRINGS_MAX", 10)
    strings = b"<sst>" + b"<si><t>x</t></si>" * 11 + b"</sst>"
    assert refusal(archive_of(b"<worksheet/>", sharedStrings=strings)) == "sheet_too_large"


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 4000))
def test_whatever_bytes_a_spreadsheet_holds_it_is_read_or_refused_in_words(noise, place):
    content = bytearray(SOUND)
    place %= len(content)
    content[place : place + len(noise)] = noise
    try:
        list(sheet_rows(io.BytesIO(bytes(content))))
    except SheetRefused as refused:
        assert refused.code


SOUND = book_of(HEAD, *[(f"tea-{number}", f"Tea {number}", f"S{number}", number, "") for number in range(30)])

MEASURED = """
    import io, re, sys, zipfile
    from pathlib import Path
    from core.app import create_app
    from core.catalog.transfer.detect import CatalogFileRefused, open_catalog
    from core.catalog.pictures import prepare_picture
    from core.catalog.errors import PictureRefused
    create_app()
    def most():
        # Not ru_maxrss: that still counts what the process that started this one had.
        return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
    before = most()
    content = open(sys.argv[1], "rb").read()
    try:
        rows = sum(1 for _ in open_catalog(io.BytesIO(content)).rows())
        print("rows", rows)
    except CatalogFileRefused as refused:
        print("refused", refused.code)
    print(most() // 1024, before // 1024)
"""


def measured(content: bytes, folder) -> tuple[str, int]:
    """What a process of its own makes of a file, and the most memory in MB that it ever had."""
    path = folder / "file.xlsx"
    path.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(MEASURED), str(path)], capture_output=True, text=True, check=True
    )
    said, sizes = done.stdout.strip().splitlines()
    return said, int(sizes.split()[0])


def zeros(megabytes: int, begin: bytes, end: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", LINKS)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            part.write(begin)
            for _ in range(megabytes):
                part.write(b" " * 1024 * 1024)
            part.write(end)
    return out.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    said, most = measured(zeros(2000, b"<worksheet>"), tmp_path)
    assert said == "refused sheet_too_large" and most < 300


def test_one_endless_cell_does_not_fill_the_memory(tmp_path):
    begin = b'<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>'
    said, most = measured(zeros(100, begin, b"</v></c></row></sheetData></worksheet>"), tmp_path)
    assert said.startswith("refused") and most < 300


def test_a_million_shared_texts_stay_small(tmp_path):
    strings = b"<sst>" + b"".join(b"<si><t>text %d</t></si>" % number for number in range(1_000_000)) + b"</sst>"
    said, most = measured(archive_of(b"<worksheet/>", sharedStrings=strings), tmp_path)
    assert said == "refused file_empty" and most < 300
