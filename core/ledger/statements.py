"""Writing many rows in one statement, in their order, on both engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, bindparam, column, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from core.base.database import db


def connection() -> Connection:
    """The connection of the use case under way."""
    return db.session.connection()


def insert_new(table: Table) -> Any:
    """An INSERT that skips rows whose key is taken, and waits for whoever is just taking it."""
    dialect = postgresql if connection().dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def insert_rows(table: Table, rows: Sequence[Mapping[str, Any]], *, skip_taken: bool = False) -> list[Any]:
    """Write rows in their order and give back their primary keys; `skip_taken` leaves out those whose key is taken."""
    if not rows:
        return []
    names = tuple(rows[0])
    here = connection()
    if here.dialect.name == "postgresql":
        statement = _from_arrays(table, names, skip_taken)
        return list(here.execute(statement, {name: [row[name] for row in rows] for name in names}).scalars())
    return list(here.execute(_from_values(table, skip_taken), list(rows)).scalars())


@lru_cache(maxsize=32)
def _from_arrays(table: Table, names: tuple[str, ...], skip_taken: bool) -> Any:
    """One array for each column: the statement is short and stays prepared, however many rows there are."""
    arrays = func.unnest(*(bindparam(name, type_=postgresql.ARRAY(table.c[name].type)) for name in names))
    given = arrays.table_valued(*(column(name) for name in names), with_ordinality="place", name="given")
    given = given.render_derived()
    in_order = select(*(given.c[name] for name in names)).order_by(given.c.place)
    insert = postgresql.insert(table).from_select(list(names), in_order)
    return (insert.on_conflict_do_nothing() if skip_taken else insert).returning(*table.primary_key)


@lru_cache(maxsize=32)
def _from_values(table: Table, skip_taken: bool) -> Any:
    insert = sqlite.insert(table)
    return (insert.on_conflict_do_nothing() if skip_taken else insert).returning(*table.primary_key)
