"""A sheet of A4 to draw on: titles, facts, tables that go over pages, a QR code. Lengths are millimetres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import qrcode
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, TextMode

from core.base.i18n import gettext as _
from core.documents.drawing.fonts import MISSING, faces

Align = Literal["L", "R", "C"]
WIDTH: Final = 210
MARGIN: Final = 18
INNER: Final = WIDTH - 2 * MARGIN
BOTTOM: Final = 24
INK: Final = (33, 30, 26)
MUTED: Final = (112, 105, 95)
HAIR: Final = (214, 207, 196)
LEADING: Final = 1.45
_POINT: Final = 0.352778
PAGES: Final = "ƒ"
"""Stands for the number of pages until it is known: as wide as a digit, so that it stays where it belongs."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its head, its width in millimetres, and on which side its text stands."""

    head: str
    width: float
    align: Align = "L"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell: a text, and a quieter one below it."""

    text: str
    below: str = ""


class _Sheets(FPDF):
    """FPDF with the foot of every page."""

    foot: Sequence[str] = ()
    pages_word = ""

    def footer(self) -> None:
        self.set_draw_color(*HAIR)
        self.set_line_width(0.2)
        y = self.h - BOTTOM + 6
        self.line(MARGIN, y, self.w - MARGIN, y)
        self.set_text_color(*MUTED)
        self.set_font("text", size=7.5)
        for place, text in enumerate(self.foot[:3]):
            self.set_xy(MARGIN, y + 2 + place * 3.8)
            self.cell(INNER - 30, 3.8, text)
        self.set_xy(self.w - MARGIN - 30, y + 2)
        self.cell(30, 3.8, self.pages_word.format(page=self.page_no(), pages=PAGES), align="R")


class Paper:
    """One paper in the making. `bytes()` gives the finished PDF; the same input gives the same bytes."""

    def __init__(
        self,
        *,
        locale: str,
        title: str,
        made_at: datetime,
        author: str = "",
        foot: Sequence[str] = (),
        accent: str = "#7a4b1e",
    ) -> None:
        text_face, title_face, other_face = faces(locale)
        self._other_face = other_face
        self._other: Mapping[int, Any] | None = None
        self.accent = _colour(accent)
        self.pdf = pdf = _Sheets(format="A4")
        pdf.add_font("text", fname=text_face)
        pdf.add_font("title", fname=title_face)
        self._known = _characters(pdf, "text")
        pdf.foot = [self.writable(line) for line in foot if line]
        pdf.pages_word = self.writable(_("Page {page} of {pages}"))
        pdf.set_title(title)
        pdf.set_author(author)
        pdf.set_creator("Tongbao")
        pdf.set_producer("Tongbao")
        pdf.set_creation_date(made_at)
        pdf.alias_nb_pages(PAGES)
        pdf.set_lang(locale.replace("_", "-"))
        pdf.set_margins(MARGIN, MARGIN, MARGIN)
        pdf.set_auto_page_break(False)
        pdf.c_margin = 0
        pdf.add_page()

    # --- where the pen is ------------------------------------------------------------------------------------------

    @property
    def y(self) -> float:
        return float(self.pdf.get_y())

    @y.setter
    def y(self, value: float) -> None:
        self.pdf.set_xy(MARGIN, value)

    @property
    def floor(self) -> float:
        """Where the foot of the page begins."""
        return float(self.pdf.h) - BOTTOM

    def room_for(self, height: float) -> None:
        """Go to a new page if less than this height is left."""
        if self.y + height > self.floor:
            self.new_page()

    def new_page(self) -> None:
        """Go on at the top of a new page."""
        self.pdf.add_page()

    # --- words -----------------------------------------------------------------------------------------------------

    def writable(self, text: str) -> str:
        """The text with a mark for what no typeface has, and without what has no width."""
        shown = []
        for character in text.replace("\r", ""):
            code = ord(character)
            if character == PAGES:
                shown.append("f")
            elif character == "\n" or code in self._known:
                shown.append(character)
            elif character.isspace():
                shown.append(" ")
            elif not character.isprintable() or 0xFE00 <= code <= 0xFE0F:
                continue
            elif code in self._others():
                shown.append(character)
            else:
                shown.append(MISSING)
        return "".join(shown)

    def _others(self) -> Mapping[int, Any]:
        """What the second typeface has; it is read only when the first lacks something."""
        if self._other is None:
            self.pdf.add_font("other", fname=self._other_face)
            self.pdf.set_fallback_fonts(["other"])
            self._other = _characters(self.pdf, "other")
        return self._other

    def _style(self, size: float, colour: tuple[int, int, int], face: str, strong: bool) -> None:
        self.pdf.set_font(face, size=size)
        self.pdf.set_text_color(*colour)
        self.pdf.set_draw_color(*(colour if strong else HAIR))
        self.pdf.set_line_width(0.007 * size if strong else 0.2)
        self.pdf.text_mode = TextMode.FILL_STROKE if strong else TextMode.FILL

    def height_of(self, text: str, width: float, size: float = 9) -> float:
        """How high a text is when it is broken into lines of a width."""
        if not text:
            return 0
        self._style(size, INK, "text", strong=False)
        line = size * _POINT * LEADING
        lines: Any = self.pdf.multi_cell(width, line, self.writable(text), dry_run=True, output=MethodReturnValue.LINES)
        return float(line * len(lines))

    def write(
        self,
        text: str,
        x: float,
        y: float,
        width: float,
        *,
        size: float = 9,
        align: Align = "L",
        colour: tuple[int, int, int] = INK,
        face: str = "text",
        strong: bool = False,
    ) -> float:
        """Write a text into a column, broken into lines; gives the height it took."""
        if not text:
            return 0
        self._style(size, colour, face, strong)
        line = size * _POINT * LEADING
        self.pdf.set_xy(x, y)
        self.pdf.multi_cell(width, line, self.writable(text), align=align, new_x="LEFT", new_y="NEXT")
        self.pdf.text_mode = TextMode.FILL
        return float(self.pdf.get_y()) - y

    def rule(self, *, y: float | None = None, colour: tuple[int, int, int] = HAIR, width: float = 0.2) -> None:
        """A line across the page."""
        at = self.y if y is None else y
        self.pdf.set_draw_color(*colour)
        self.pdf.set_line_width(width)
        self.pdf.line(MARGIN, at, WIDTH - MARGIN, at)

    # --- blocks ----------------------------------------------------------------------------------------------------

    def letterhead(self, title: str, code: str, name: str, lines: Sequence[str]) -> None:
        """The title with its number at the left, who issues it at the right."""
        top = self.y
        half = INNER / 2
        left = self.write(title, MARGIN, top, half, size=24, face="title")
        left += self.write(code, MARGIN, top + left + 1, half, size=10.5, colour=self.accent)
        right = self.write(name, MARGIN + half, top + 1.5, half, size=11, align="R", strong=True)
        right += self.write(
            "\n".join(filter(None, lines)), MARGIN + half, top + right + 2.5, half, size=8, align="R", colour=MUTED
        )
        self.y = top + max(left, right) + 6
        self.rule(colour=self.accent, width=0.4)
        self.y += 7

    def facts(self, left_head: str, left: Sequence[str], right: Sequence[tuple[str, str]]) -> None:
        """Whom it is for at the left; facts with their names at the right."""
        top, half = self.y, INNER / 2 - 4
        used = self.write(left_head, MARGIN, top, half, size=7.5, colour=MUTED) + 1
        for place, line in enumerate(filter(None, left)):
            used += self.write(line, MARGIN, top + used, half, size=10 if place == 0 else 9)
        x, at = MARGIN + INNER / 2 + 10, top
        for name, value in right:
            if value:
                below = self.write(name, x, at + 0.5, 30, size=8, colour=MUTED)
                at += max(below, self.write(value, x + 32, at, INNER / 2 - 42, size=9, align="R")) + 0.8
        self.y = max(top + used, at) + 7

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[Cell | str]], *, size: float = 8.5) -> None:
        """A table with hairlines; its head stands again on each page."""
        self._head(columns)
        for row in rows:
            cells = [cell if isinstance(cell, Cell) else Cell(cell) for cell in row]
            height = max(
                self.height_of(cell.text, column.width - 2, size)
                + self.height_of(cell.below, column.width - 2, size - 1.5)
                for column, cell in zip(columns, cells, strict=True)
            )
            if self.y + height + 4 > self.floor:
                self.new_page()
                self._head(columns)
            top, x = self.y, float(MARGIN)
            for column, cell in zip(columns, cells, strict=True):
                inner = x + (2 if column.align == "R" else 0)
                used = self.write(cell.text, inner, top + 1.8, column.width - 2, size=size, align=column.align)
                self.write(
                    cell.below,
                    inner,
                    top + 1.8 + used,
                    column.width - 2,
                    size=size - 1.5,
                    align=column.align,
                    colour=MUTED,
                )
                x += column.width
            self.rule(y=top + height + 3.6)
            self.y = top + height + 3.6

    def _head(self, columns: Sequence[Column]) -> None:
        top, x, used = self.y, float(MARGIN), 0.0
        for column in columns:
            inner = x + (2 if column.align == "R" else 0)
            width = column.width - 2
            used = max(used, self.write(column.head, inner, top, width, size=7.5, align=column.align, colour=MUTED))
            x += column.width
        self.rule(y=top + used + 1.4, colour=MUTED)
        self.y = top + used + 1.4

    def sums(
        self, rows: Sequence[tuple[str, str]], total: tuple[str, str], quiet: Sequence[tuple[str, str]] = ()
    ) -> None:
        """What adds up, at the right, and what it comes to; below it what is within it."""
        x, width = MARGIN + INNER * 0.48, INNER * 0.52
        self.room_for(6 * (len(rows) + len(quiet)) + 14)
        self.y += 3
        for name, value in rows:
            self._sum(name, value, x, width, size=9)
        self.pdf.set_draw_color(*INK)
        self.pdf.set_line_width(0.3)
        self.pdf.line(x, self.y + 0.8, x + width, self.y + 0.8)
        self.y += 2.6
        self._sum(*total, x, width, size=12.5, strong=True)
        self.y += 0.6
        for name, value in quiet:
            self._sum(name, value, x, width, size=8, colour=MUTED)

    def _sum(
        self,
        name: str,
        value: str,
        x: float,
        width: float,
        *,
        size: float,
        strong: bool = False,
        colour: tuple[int, int, int] = INK,
    ) -> None:
        top = self.y
        left = self.write(name, x, top, width * 0.58, size=size, colour=colour, strong=strong)
        right = self.write(
            value, x + width * 0.58, top, width * 0.42, size=size, align="R", colour=colour, strong=strong
        )
        self.y = top + max(left, right) + 0.6

    def stamp(self, text: str) -> None:
        """A quiet mark at the left: paid, given back."""
        self._style(10, self.accent, "title", strong=False)
        width = self.pdf.get_string_width(self.writable(text)) + 8
        self.pdf.set_draw_color(*self.accent)
        self.pdf.set_line_width(0.4)
        self.pdf.rect(MARGIN, self.y, width, 8, style="D", round_corners=True, corner_radius=1.5)
        self.pdf.set_xy(MARGIN, self.y)
        self.pdf.cell(width, 8, self.writable(text), align="C")

    def note(self, text: str, *, width: float = INNER, size: float = 8.5) -> None:
        """A paragraph in quiet ink."""
        if text:
            self.room_for(self.height_of(text, width, size) + 3)
            self.y += self.write(text, MARGIN, self.y, width, size=size, colour=MUTED) + 3

    def code(self, content: str, words: str, *, size: float = 24) -> None:
        """A QR code with words beside it."""
        self.room_for(size + 4)
        top = self.y
        draw_code(self.pdf, content, MARGIN, top, size)
        self.write(words, MARGIN + size + 5, top + 3, INNER - size - 5, size=8.5, colour=MUTED)
        self.pdf.link(MARGIN, top, size, size, content)
        self.y = top + size + 3

    def bytes(self) -> bytes:
        """The finished PDF."""
        return bytes(self.pdf.output())


def _characters(pdf: FPDF, face: str) -> Mapping[int, Any]:
    font: Any = pdf.fonts[face]
    found: Mapping[int, Any] = font.cmap
    return found


def draw_code(pdf: FPDF, content: str, x: float, y: float, size: float) -> None:
    """Draw a QR code of dark squares, row by row."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(content)
    code.make(fit=True)
    unit = size / code.modules_count
    pdf.set_fill_color(*INK)
    for row, cells in enumerate(code.modules):
        start = None
        for column, dark in enumerate([*cells, False]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                pdf.rect(x + start * unit, y + row * unit, (column - start) * unit, unit + 0.02, style="F")
                start = None


def _colour(text: str) -> tuple[int, int, int]:
    value = text.lstrip("#")
    if len(value) != 6:
        return (122, 75, 30)
    return int(value[:2], 16), int(value[2:4], 16), int(value[4:], 16)
