"""Numbers of papers: without a gap in each series of a year, because the counter's row is locked until the commit."""

from __future__ import annotations

from typing import Final

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from core.base.database import db, table_of
from core.documents.models import DocumentCounter

PREFIXES: Final = {"invoice": "INV", "credit_note": "CN", "fee": "TB"}
DIGITS: Final = 6


def next_number(issuer: str, series: str, year: int) -> int:
    """The next number of a series, from 1. In a use case: if it is rolled back, the number was never given."""
    table = table_of(DocumentCounter)
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    first = insert(table).values(issuer=issuer, series=series, year=year, last=0).on_conflict_do_nothing()
    db.session.execute(first)
    return int(
        db.session.execute(
            update(table)
            .where(table.c.issuer == issuer, table.c.series == series, table.c.year == year)
            .values(last=table.c.last + 1)
            .returning(table.c.last)
        ).scalar_one()
    )


def code_of(prefix: str, year: int, number: int) -> str:
    """A number as it is printed: `INV-2026-000123`."""
    return f"{prefix}-{year}-{number:0{DIGITS}d}"
