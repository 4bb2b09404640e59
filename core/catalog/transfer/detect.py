"""What a catalogue file is: its encoding, its delimiter, and whose export it is. Anything else is refused in words."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final, Literal

from core.base.errors import Invalid

from . import columns
from .rows import RawRow, Row, raw_rows, rows_under
from .sheets import SheetRefused, looks_like_archive, sheet_rows
from .words import worded

Format = Literal["shopify", "woocommerce"]

FILE_BYTES_MAX: Final = 200 * 1024 * 1024
SHEET: Final = "xlsx"
"""Stands for an encoding where the file is a spreadsheet."""
SAMPLE_BYTES: Final = 1024 * 1024
DELIMITERS: Final = (",", ";", "\t")
_CHINESE_PAIR = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")
_HIGH = re.compile(rb"[\x80-\xff]")
_SEPARATOR_LINE = re.compile(r"\s*sep=.\s*", re.IGNORECASE)


class CatalogFileRefused(Invalid):
    """The file as a whole cannot be imported; the message says why and what to do."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(worded(code, values), code=code)


@dataclass(frozen=True)
class CatalogFile:
    """A catalogue file that was looked at and can be read, as often as needed and a row at a time."""

    source: Path | BinaryIO
    encoding: str
    delimiter: str
    format: Format
    headers: tuple[str, ...]
    header_line: int
    columns: Mapping[str, int]

    def rows(self) -> Iterator[Row]:
        """Read the rows below the header. Only one reading of a file may be under way when it came as a stream."""
        if self.encoding == SHEET:
            yield from self._sheet_rows()
            return
        with _text(self.source, self.encoding) as text:
            for _ in range(self.header_line - 1):
                text.readline()
            raws = raw_rows(text, self.delimiter, self.header_line - 1)
            next(raws, None)
            yield from rows_under(raws, self.columns, self.headers)

    def _sheet_rows(self) -> Iterator[Row]:
        """A spreadsheet leaves empty cells at the end of a row out; they are put back."""
        with _bytes(self.source) as stream:
            raws = _sheet(stream)
            next(raws, None)
            most = len(self.headers)
            filled = (replace(raw, cells=raw.cells + [""] * (most - len(raw.cells))) for raw in raws)
            yield from rows_under(filled, self.columns, self.headers)


def open_catalog(source: Path | str | BinaryIO) -> CatalogFile:
    """Look at a file (by path, or a seekable binary stream) and tell how to read it.

    Raises `CatalogFileRefused` when it is not a product export of Shopify or WooCommerce.
    """
    if isinstance(source, str):
        source = Path(source)
    with _bytes(source) as stream:
        if looks_like_archive(stream.read(4)):
            return _open_sheet(source, stream)
    encoding = _encoding(source)
    with _text(source, encoding) as text:
        skipped = 0
        first = text.readline(SAMPLE_BYTES)
        while first and (not first.strip() or _SEPARATOR_LINE.fullmatch(first)):
            skipped += 1
            first = text.readline(SAMPLE_BYTES)
    if not first:
        raise CatalogFileRefused("file_empty")
    delimiter, headers = _headers(first)
    form, known = _recognised(headers)
    return CatalogFile(source, encoding, delimiter, form, headers, skipped + 1, known)


def _open_sheet(source: Path | BinaryIO, stream: BinaryIO) -> CatalogFile:
    if stream.seek(0, io.SEEK_END) > FILE_BYTES_MAX:
        raise CatalogFileRefused("file_too_large", limit_mb=FILE_BYTES_MAX // 1024**2)
    first = next(_sheet(stream), None)
    if first is None:
        raise CatalogFileRefused("file_empty")
    headers = tuple(cell.strip() for cell in first.cells)
    form, known = _recognised(headers)
    return CatalogFile(source, SHEET, "", form, headers, first.line, known)


def _sheet(stream: BinaryIO) -> Iterator[RawRow]:
    try:
        yield from sheet_rows(stream)
    except SheetRefused as refused:
        raise CatalogFileRefused(refused.code, **refused.values) from None


def _recognised(headers: tuple[str, ...]) -> tuple[Format, Mapping[str, int]]:
    """Whose export has these headers. Raises CatalogFileRefused with what to do."""
    form, known = columns.recognise(headers)
    if form is None and columns.seems_translated(headers):
        raise CatalogFileRefused("format_translated")
    if form is None:
        found = ", ".join(f"“{header[:40]}”" for header in headers[:6] if header) or "“”"
        raise CatalogFileRefused("format_unknown", found=found)
    if twice := columns.given_twice(form, headers):
        raise CatalogFileRefused("column_twice", name=twice)
    if missing := columns.missing(form, known):
        label = {"shopify": "Shopify", "woocommerce": "WooCommerce"}[form]
        raise CatalogFileRefused("columns_missing", format=label, missing=", ".join(missing))
    return form, known


def _headers(line: str) -> tuple[str, tuple[str, ...]]:
    """The delimiter under which most headers are known, and the headers."""
    best: tuple[int, str, tuple[str, ...]] = (-1, ",", ())
    for delimiter in DELIMITERS:
        cells = next(csv.reader([line], delimiter=delimiter), [])
        headers = tuple(cell.strip().lstrip("\ufeff") for cell in cells)
        score = columns.known_count(headers)
        if score > best[0] or (score == best[0] and len(headers) > len(best[2])):
            best = (score, delimiter, headers)
    headers = best[2]
    while headers and not headers[-1]:
        headers = headers[:-1]
    return best[1], headers


@contextmanager
def _bytes(source: Path | BinaryIO) -> Iterator[BinaryIO]:
    if isinstance(source, Path):
        try:
            opened = source.open("rb")
        except OSError as error:
            raise CatalogFileRefused("file_missing", name=str(source)) from error
        with opened:
            yield opened
    else:
        source.seek(0)
        yield source


@contextmanager
def _text(source: Path | BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    with _bytes(source) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, newline="")
        try:
            yield text
        finally:
            text.detach()  # a stream that was handed in stays open


def _encoding(source: Path | BinaryIO) -> str:
    with _bytes(source) as stream:
        if stream.seek(0, io.SEEK_END) > FILE_BYTES_MAX:
            raise CatalogFileRefused("file_too_large", limit_mb=FILE_BYTES_MAX // 1024**2)
        stream.seek(0)
        sample = stream.read(SAMPLE_BYTES)
        if not sample.strip(b" \t\r\n\x00\xef\xbb\xbf"):
            raise CatalogFileRefused("file_empty")
        if sample.startswith((b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")):
            raise CatalogFileRefused("file_is_spreadsheet")
        if sample.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype", b"<html")):
            raise CatalogFileRefused("file_is_html")
        bad_line = 1
        for encoding in _candidates(sample):
            stream.seek(0)
            line = _first_undecodable_line(stream, encoding)
            if line == 0:
                return encoding
            bad_line = max(bad_line, line) if encoding == "utf-8-sig" else bad_line
    raise CatalogFileRefused("encoding_unknown", line=bad_line)


def _candidates(sample: bytes) -> list[str]:
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-16"]
    if sample.startswith(codecs.BOM_UTF8):
        return ["utf-8-sig"]
    head = sample[:2000]
    if head[1::2].count(0) > len(head) // 3:
        return ["utf-16-le"]
    if head[0::2].count(0) > len(head) // 3:
        return ["utf-16-be"]
    # any Latin text decodes as GB18030 too; Chinese text is nearly all made of pairs from the first table
    high = len(_HIGH.findall(sample))
    chinese = high == 0 or 2 * len(_CHINESE_PAIR.findall(sample)) >= 0.8 * high
    return ["utf-8-sig", "gb18030"] if chinese else ["utf-8-sig"]


def _first_undecodable_line(stream: BinaryIO, encoding: str) -> int:
    """0 when all of the stream can be decoded."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    while True:
        chunk = stream.read(SAMPLE_BYTES)
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return line + error.object[: error.start].count(b"\n")
        if not chunk:
            return 0
        line += chunk.count(b"\n")
