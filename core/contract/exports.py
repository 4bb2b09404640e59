"""Lists that people take away as a file: which columns, which rows, who may have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select


@dataclass(frozen=True, slots=True)
class ExportList:
    """A list that a merchant's people may export as CSV or XLSX; written by the worker, row by row.

    `query(merchant_id, filters)` is one SELECT of plain columns, restricted to that merchant and ordered; it is read
    with a server-side cursor in a read-only transaction of its own, so it may have millions of rows. `row(found)`
    makes the cells of one line: text, whole numbers, Decimal, Money, moments (aware), days, bool or None; it may not
    ask the database. `filters` are the names that `query` understands (`from` and `to` are days, YYYY-MM-DD).
    `permission` is asked for when the file is made and again when it is fetched.
    """

    name: str
    label: Any
    permission: str
    columns: Sequence[Any]
    """The words at the head of each column (lazy translations; written in the language of who asks)."""
    query: Callable[[str, Mapping[str, str]], Select[*tuple[Any, ...]]]
    row: Callable[[Any], Sequence[object]]
    filters: frozenset[str] = frozenset()
    order: int = 50
    file: Callable[[Any], tuple[str, bytes]] | None = None
    """Where each row is a file of its own: its name and content; the list is then one ZIP of them."""
