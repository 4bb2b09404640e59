"""Rows of a CSV file, one at a time, each with its line number; a damaged row is reported and reading goes on."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TextIO, TypeVar

from .cells import CellRefused
from .drafts import RowProblem

ROW_CHARS_MAX: Final = 4_000_000
CELL_CHARS_MAX: Final = 500_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RawRow:
    """The cells of one row. `broken` names what makes them unreliable (then only the first cells may be there)."""

    line: int
    last_line: int
    cells: list[str]
    broken: str = ""


class _Lines:
    """Physical lines with a count; those read in vain can be given back."""

    def __init__(self, text: TextIO, number: int) -> None:
        self._text = text
        self._waiting: deque[str] = deque()
        self._chars = 0
        self.number = number
        self.taken: list[str] = []
        self.overlong = False

    def begin_row(self) -> int:
        self.taken.clear()
        self._chars = 0
        self.overlong = False
        return self.number + 1

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self._chars > ROW_CHARS_MAX:
            raise StopIteration
        line = self._waiting.popleft() if self._waiting else self._text.readline(ROW_CHARS_MAX)
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        self._chars += len(line)
        if len(line) >= ROW_CHARS_MAX and not line.endswith(("\n", "\r")):
            self.overlong = True
            while (rest := self._text.readline(ROW_CHARS_MAX)) and not rest.endswith(("\n", "\r")):
                pass
            raise StopIteration
        return line

    def give_back_all_but_first(self) -> None:
        self._waiting.extendleft(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1
        del self.taken[1:]


def raw_rows(text: TextIO, delimiter: str, lines_before: int = 0) -> Iterator[RawRow]:
    """Read rows from a text opened with `newline=""`; rows without any content are passed over.

    A quotation mark never closed spoils its own line only: reading resumes with the next one.
    """
    # process-wide, and only ever raised: the cell's size is checked with a better message later
    csv.field_size_limit(max(csv.field_size_limit(), 3 * ROW_CHARS_MAX))
    lines = _Lines(text, lines_before)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        first = lines.begin_row()
        try:
            cells = next(reader)
        except (StopIteration, csv.Error) as stop:
            if lines.overlong:
                lines.give_back_all_but_first()
                too_long = len(lines.taken[0]) >= ROW_CHARS_MAX
                code = "line_too_long" if too_long else "quote_unclosed"
                yield RawRow(first, first, _first_cells(lines.taken[0], delimiter), code)
                continue
            if isinstance(stop, StopIteration):
                return
            lines.give_back_all_but_first()
            yield RawRow(first, first, _first_cells(lines.taken[0], delimiter), "quote_unclosed")
            continue
        if any(cell and not cell.isspace() for cell in cells):
            yield RawRow(first, lines.number, cells)


def _first_cells(line: str, delimiter: str) -> list[str]:
    """The cells before the damage, as far as they can be told."""
    return next(csv.reader([line], delimiter=delimiter), [])[:-1]


@dataclass(slots=True, eq=False)
class Row:
    """One row under its headers: cells by field name, and the problems found in them so far."""

    line: int
    last_line: int
    columns: Mapping[str, int]
    headers: tuple[str, ...]
    cells: list[str]
    broken: bool = False
    problems: list[RowProblem] = field(default_factory=list)

    def raw(self, name: str) -> str:
        """The cell of a field as it stands in the file; '' where the file has no such column."""
        position = self.columns.get(name)
        return self.cells[position] if position is not None and position < len(self.cells) else ""

    def has(self, name: str) -> bool:
        """Whether the field's cell holds anything."""
        return bool(self.raw(name).strip())

    def header(self, name: str) -> str:
        """The column's name as the file writes it."""
        position = self.columns.get(name)
        return self.headers[position] if position is not None else ""

    def problem(self, name: str, code: str, /, **values: str | int) -> RowProblem:
        """Describe a problem of this row in the column of a field."""
        return RowProblem(self.line, self.header(name), code, values)

    def refuse(self, name: str, code: str, /, **values: str | int) -> None:
        """Note a problem that stops this row's product."""
        self.problems.append(self.problem(name, code, **values))

    def take(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """Read a field; what cannot be read becomes a problem, and `default` stands in."""
        try:
            return parse(self.raw(name))
        except CellRefused as refusal:
            self.refuse(name, refusal.code, **refusal.values)
            return default


def rows_under(raws: Iterator[RawRow], columns: Mapping[str, int], headers: tuple[str, ...]) -> Iterator[Row]:
    """Put rows under their headers and note what is wrong with a row as a whole."""
    for raw in raws:
        cells = raw.cells
        while len(cells) > len(headers) and not cells[-1].strip():
            cells.pop()
        row = Row(raw.line, raw.last_line, columns, headers, cells, bool(raw.broken))
        if raw.broken:
            row.problems.append(RowProblem(raw.line, "", raw.broken, {"limit": ROW_CHARS_MAX}))
        elif len(cells) != len(headers):
            row.broken = True
            code = "too_many_cells" if len(cells) > len(headers) else "too_few_cells"
            row.problems.append(RowProblem(raw.line, "", code, {"cells": len(cells), "columns": len(headers)}))
        for position, cell in enumerate(cells):
            header = headers[position] if position < len(headers) else ""
            if "\x00" in cell:
                row.problems.append(RowProblem(raw.line, header, "nul_character"))
            if len(cell) > CELL_CHARS_MAX:
                values: dict[str, str | int] = {"chars": len(cell), "limit": CELL_CHARS_MAX}
                row.problems.append(RowProblem(raw.line, header, "cell_too_large", values))
                cells[position] = ""
        yield row
