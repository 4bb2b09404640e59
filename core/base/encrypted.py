"""Bringing encrypted columns under the newest key, a bounded number of rows at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select, tuple_, update

from core.base.crypto import encrypted_anew, under_newest_key
from core.base.database import Base, db, table_of
from core.base.transactions import transactional

Renew = Callable[[str, int], tuple[str, int]]
Fresh = Callable[[Any], Mapping[str, Any]]


def encrypted_columns(model: type[Base], *columns: str, also: Fresh | None = None) -> Renew:
    """The `renew` of EncryptedRows for columns (texts or bytes) that hold what `encrypt` gave.

    `also(row)` gives further values to store with a row that is encrypted anew (a blind index under the new key).
    Rows that are under the newest key already stay as they are, so it may be broken off and begun again.
    """
    table = table_of(model)
    keys = tuple(table.primary_key.columns)

    @transactional
    def renew(after: str, limit: int) -> tuple[str, int]:
        query = select(table).order_by(*keys).limit(limit).with_for_update()
        if after:
            query = query.where(tuple_(*keys) > tuple_(*json.loads(after)))
        rows = db.session.execute(query).all()
        for row in rows:
            stored = {name: getattr(row, name) for name in columns}
            fresh = {name: _anew(value) for name, value in stored.items() if value and not under_newest_key(value)}
            if fresh:
                extra = also(row) if also is not None else {}
                same_row = [key == getattr(row, key.name) for key in keys]
                db.session.execute(update(table).where(*same_row).values(**fresh, **extra))
        last = json.dumps([getattr(rows[-1], key.name) for key in keys]) if rows else after
        return last, len(rows)

    return renew


def _anew(stored: str | bytes) -> str | bytes:
    return encrypted_anew(stored.decode()).encode() if isinstance(stored, bytes) else encrypted_anew(stored)
