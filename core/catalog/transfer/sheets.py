"""Rows of an XLSX file, one at a time, in bounded memory; written for files from strangers.

Only the first sheet is read. Sizes are taken from the archive's directory, which Python's zipfile never reads beyond;
texts that many cells share are kept as bytes in one block; declarations of entities are refused.
"""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import IO, Any, BinaryIO, Final
from xml.parsers import expat

from .rows import CELL_CHARS_MAX, RawRow

MEMBERS_MAX: Final = 2_000
SHEET_BYTES_MAX: Final = 120 * 1024 * 1024
STRINGS_BYTES_MAX: Final = 48 * 1024 * 1024
SMALL_BYTES_MAX: Final = 4 * 1024 * 1024
STRINGS_MAX: Final = 2_000_000
COLUMNS_MAX: Final = 500
ROWS_MAX: Final = 1_048_576
READ_BYTES: Final = 64 * 1024
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_LETTERS = re.compile(r"([A-Z]{1,3})\d{1,7}")
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's days have no zone


class SheetRefused(ValueError):
    """The file cannot be read as a spreadsheet; `code` is one of words.TEMPLATES."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def sheet_rows(source: BinaryIO) -> Iterator[RawRow]:
    """The rows of the first sheet that hold anything, with their numbers in the sheet. Raises SheetRefused."""
    with _archive(source) as archive:
        yield from _rows_of(archive)


@contextmanager
def _archive(source: BinaryIO) -> Iterator[zipfile.ZipFile]:
    source.seek(0)
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise SheetRefused("sheet_damaged") from None
    with archive:
        if len(archive.infolist()) > MEMBERS_MAX:
            raise SheetRefused("sheet_too_large", limit_mb=SHEET_BYTES_MAX // 1024**2)
        try:
            yield archive
        except SheetRefused:
            raise
        except (
            zlib.error,
            LookupError,
            ValueError,
            zipfile.BadZipFile,
            EOFError,
            OSError,
            expat.ExpatError,
            NotImplementedError,
            RuntimeError,
        ):
            raise SheetRefused("sheet_damaged") from None


def _rows_of(archive: zipfile.ZipFile) -> Iterator[RawRow]:
    names = {info.filename.lower(): info for info in archive.infolist()}
    if "xl/workbook.xml" not in names:
        raise SheetRefused("file_is_spreadsheet")
    first = _first_sheet(archive, names)
    strings = _Strings()
    if "xl/sharedstrings.xml" in names:
        _parse(archive, names["xl/sharedstrings.xml"], STRINGS_BYTES_MAX, strings)
    dates = _Styles()
    if "xl/styles.xml" in names:
        _parse(archive, names["xl/styles.xml"], SMALL_BYTES_MAX, dates)
    sheet = _Sheet(strings, dates.dates)
    for _fed in _fed_in_pieces(archive, first, SHEET_BYTES_MAX, sheet):
        yield from sheet.taken()
    yield from sheet.taken()


def _first_sheet(archive: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo]) -> zipfile.ZipInfo:
    """The sheet that the workbook names first; files of odd programs: the first part that is a sheet."""
    book, links = _Book(), _Links()
    _parse(archive, names["xl/workbook.xml"], SMALL_BYTES_MAX, book)
    if "xl/_rels/workbook.xml.rels" in names:
        _parse(archive, names["xl/_rels/workbook.xml.rels"], SMALL_BYTES_MAX, links)
    target = links.targets.get(book.sheets[0] if book.sheets else "", "").lstrip("/").lower()
    for name in (target, f"xl/{target}"):
        if target and name in names:
            return names[name]
    found = sorted(name for name in names if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name))
    if not found:
        raise SheetRefused("file_empty")
    return names[found[0]]


class _Handler:
    """What listens to a part of the archive."""

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Some text inside it."""


def _parse(archive: zipfile.ZipFile, info: zipfile.ZipInfo, bytes_max: int, handler: _Handler) -> None:
    for _fed in _fed_in_pieces(archive, info, bytes_max, handler):
        pass


def _refuse_entities(*_declaration: Any) -> None:
    raise SheetRefused("sheet_damaged")


def _fed_in_pieces(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, bytes_max: int, handler: _Handler
) -> Iterator[None]:
    if info.file_size > bytes_max:
        raise SheetRefused("sheet_too_large", limit_mb=bytes_max // 1024**2)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.EntityDeclHandler = _refuse_entities
    parser.StartElementHandler = lambda tag, found: handler.begin(tag.rsplit(":", 1)[-1], found)
    parser.EndElementHandler = lambda tag: handler.end(tag.rsplit(":", 1)[-1])
    parser.CharacterDataHandler = handler.text
    part: IO[bytes]
    with archive.open(info) as part:
        read = 0
        while piece := part.read(READ_BYTES):
            read += len(piece)
            if read > bytes_max:
                raise SheetRefused("sheet_too_large", limit_mb=bytes_max // 1024**2)
            parser.Parse(piece, False)
            yield
        parser.Parse(b"", True)


class _Book(_Handler):
    def __init__(self) -> None:
        self.sheets: list[str] = []

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet" and len(self.sheets) < MEMBERS_MAX:
            link = next((value for name, value in attributes.items() if name.rsplit(":", 1)[-1] == "id"), "")
            self.sheets.append(link)


class _Links(_Handler):
    def __init__(self) -> None:
        self.targets: dict[str, str] = {}

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and len(self.targets) < MEMBERS_MAX:
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")


class _Styles(_Handler):
    """Which cell styles show a number as a day."""

    def __init__(self) -> None:
        self.dates: set[int] = set()
        self._custom: set[int] = set()
        self._inside = False
        self._count = 0

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            code = _QUOTED.sub("", attributes.get("formatCode", ""))
            if re.search(r"[ymd]", code, re.IGNORECASE) and "general" not in code.lower():
                self._custom.add(_whole(attributes.get("numFmtId", "")))
        elif tag == "cellXfs":
            self._inside = True
        elif tag == "xf" and self._inside:
            shown = _whole(attributes.get("numFmtId", ""))
            if shown in _DATE_FORMATS or shown in self._custom:
                self.dates.add(self._count)
            self._count += 1

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self._inside = False


class _Strings(_Handler):
    """The texts that cells share, as UTF-8 in one block."""

    def __init__(self) -> None:
        self._block = bytearray()
        self._ends = array("Q")
        self._parts: list[str] = []
        self._listening = self._phonetic = False

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        self._listening = tag == "t" and not self._phonetic
        if tag == "rPh":
            self._phonetic = True

    def text(self, data: str) -> None:
        if self._listening:
            self._parts.append(data)

    def end(self, tag: str) -> None:
        self._listening = False
        if tag == "rPh":
            self._phonetic = False
        elif tag == "si":
            if len(self._ends) >= STRINGS_MAX:
                raise SheetRefused("sheet_too_large", limit_mb=STRINGS_BYTES_MAX // 1024**2)
            self._block += "".join(self._parts).encode("utf-8", "replace")
            self._ends.append(len(self._block))
            self._parts.clear()

    def at(self, number: int) -> str:
        if not 0 <= number < len(self._ends):
            return ""
        start = self._ends[number - 1] if number else 0
        return self._block[start : self._ends[number]].decode("utf-8")


class _Sheet(_Handler):
    """Cells into rows."""

    def __init__(self, strings: _Strings, dates: set[int]) -> None:
        self._strings, self._dates = strings, dates
        self._waiting: list[RawRow] = []
        self._number = self._chars = 0
        self._cells: list[str] = []
        self._place = -1
        self._type, self._style = "n", 0
        self._parts: list[str] = []
        self._listening = False

    def taken(self) -> list[RawRow]:
        found, self._waiting = self._waiting, []
        return found

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._begin_cell(attributes)
        elif tag == "row":
            number = _whole(attributes.get("r", ""))
            self._number = number if self._number < number <= ROWS_MAX else self._number + 1
            if self._number > ROWS_MAX:
                raise SheetRefused("sheet_too_large", limit_mb=SHEET_BYTES_MAX // 1024**2)
            self._cells, self._place = [], -1
        self._listening = tag in ("v", "t")

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        found = _LETTERS.fullmatch(attributes.get("r", ""))
        self._place = _column(found[1]) if found else self._place + 1
        self._type = attributes.get("t", "n")
        self._style = _whole(attributes.get("s", ""))
        self._parts, self._chars = [], 0

    def text(self, data: str) -> None:
        if self._listening and self._chars <= CELL_CHARS_MAX:
            self._chars += len(data)
            self._parts.append(data)

    def end(self, tag: str) -> None:
        self._listening = False
        if tag == "c" and self._parts and self._place < COLUMNS_MAX:
            text = self._shown("".join(self._parts))
            if text:
                self._cells += [""] * (self._place + 1 - len(self._cells))
                self._cells[self._place] = text
        elif tag == "row" and any(cell and not cell.isspace() for cell in self._cells):
            self._waiting.append(RawRow(self._number, self._number, self._cells))

    def _shown(self, value: str) -> str:
        if self._type == "s":
            return self._strings.at(_whole(value))
        if self._type == "b":
            return "TRUE" if value.strip() == "1" else "FALSE"
        if self._type == "n":
            return _day(value) if self._style in self._dates else _plain(value)
        return value


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def _column(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _plain(value: str) -> str:
    """A number as the spreadsheet shows it: fifteen digits, none of them made up by binary fractions."""
    try:
        number = float(value)
    except ValueError:
        return value.strip()
    if not math.isfinite(number):
        return ""
    text = f"{number:.15g}"
    return format(Decimal(text), "f") if "e" in text else text


def _day(value: str) -> str:
    try:
        moment = _FIRST_DAY + timedelta(seconds=round(float(value) * 86_400))
    except (ValueError, OverflowError):
        return _plain(value)
    return moment.strftime("%Y-%m-%d" if moment.time() == datetime.min.time() else "%Y-%m-%d %H:%M:%S")


def looks_like_archive(sample: bytes) -> bool:
    """Whether a file begins as XLSX files (and all ZIP archives) do."""
    return sample.startswith(b"PK\x03\x04")
