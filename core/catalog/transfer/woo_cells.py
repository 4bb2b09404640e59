"""What the cells of a WooCommerce export mean."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Final

from . import cells
from .assembly import stock_of
from .descriptions import safe_description
from .drafts import ALT_CHARS_MAX, NAME_CHARS_MAX, OPTION_CHARS_MAX, ImageDraft, RowProblem
from .rows import Row

_LIST = re.compile(r"(?<!\\),")
_LINE_BREAK = re.compile(r"\\\\n|\\n")
_NO_CATEGORY: Final = ("uncategorized", "未分类", "未分類")
_NO_ADDRESSES: list[str] = []


def kinds_of(row: Row) -> set[str]:
    return {part for part in (part.strip() for part in row.raw("type").lower().split(",")) if part}


def parent_reference(row: Row) -> str:
    return cells.unguarded(row.raw("parent")).strip()


def listed(cell: str) -> list[str]:
    """Parts of a cell with several values; `\\,` is a comma within one."""
    parts = (part.replace("\\,", ",").strip() for part in _LIST.split(cells.unguarded(cell)))
    return [part for part in parts if part]


def single_value(cell: str) -> str:
    return cells.one_line(cells.unguarded(cell).replace("\\,", ","), OPTION_CHARS_MAX)


def first_of_list(cell: str) -> str:
    return cells.one_line((listed(cell) or [""])[0], NAME_CHARS_MAX)


def price_if_any(cell: str, decimals: int) -> int | None:
    return cells.price_minor(cell, decimals) if cell.strip() else None


def prose(cell: str) -> str:
    """A description: WooCommerce writes line breaks as `\\n` and that sign itself as `\\\\n`."""
    text = _LINE_BREAK.sub(lambda found: "\n" if found[0] == "\\n" else "\\n", cells.unguarded(cell))
    return safe_description(text)


def day(cell: str) -> date | None:
    value = cell.strip()
    if not value:
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise cells.CellRefused("date_unreadable", value=cells.shown(value)) from None


def stock(row: Row, notes: list[RowProblem]) -> tuple[int | None, bool]:
    """Stock and whether it is counted: 0 where WooCommerce does not count but says “out of stock”."""
    cell = row.raw("stock").strip().lower()
    if cell == "parent":
        notes.append(row.problem("stock", "stock_of_parent"))
        return None, True
    if cell:
        return stock_of(row, row.take("stock", cells.count, 0), notes), True
    if row.raw("in_stock").strip().lower() in ("0", "no", "false"):
        return 0, True
    return None, "stock" not in row.columns


def taxable(row: Row) -> bool:
    status = row.raw("tax_status").strip().lower()
    if status not in ("", "taxable", "shipping", "none"):
        row.refuse("tax_status", "status_unknown", value=cells.shown(status), expected="taxable, shipping, none")
    return status in ("", "taxable")


def published(row: Row, notes: list[RowProblem]) -> bool:
    status = row.raw("published").strip()
    if status not in ("", "1", "0", "-1", "2"):
        row.refuse("published", "status_unknown", value=cells.shown(status), expected="1, 0, -1")
    if status in ("", "1") and row.raw("visibility").strip().lower() == "hidden":
        notes.append(row.problem("visibility", "hidden_unpublished"))
        return False
    return status in ("", "1")


def categories(cell: str) -> tuple[tuple[str, ...], ...]:
    """The categories of a product, such as `Tea > Green, Gifts`; WooCommerce's stand-in for none is none."""
    paths = {path for path in map(cells.path_of, listed(cell)) if path}
    return tuple(sorted(path for path in paths if len(path) > 1 or path[0].casefold() not in _NO_CATEGORY))


def addresses(cell: str) -> list[str]:
    return [cells.web_address(part) for part in listed(cell)]


def images(row: Row) -> list[ImageDraft]:
    urls = row.take("images", addresses, _NO_ADDRESSES)
    try:
        alts = json.loads(cells.unguarded(row.raw("image_alts")) or "[]")
    except ValueError:
        alts = []  # somebody else's column under our name
    alts = [alt if isinstance(alt, str) else "" for alt in alts] if isinstance(alts, list) else []
    alts += [""] * (len(urls) - len(alts))
    return [
        ImageDraft(url, cells.one_line(alt[:ALT_CHARS_MAX], ALT_CHARS_MAX), place)
        for place, (url, alt) in enumerate(zip(urls, alts, strict=False), start=1)
    ]
