"""Writing rows in one statement, in their order, on both engines; for paths where each round trip counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, bindparam, column, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from core.base.database import db

_KEPT_MAX = 128


def connection() -> Connection:
    """The connection of the use case under way; statements on it skip what the session does for objects."""
    return db.session.connection()


def insert_new(table: Table) -> Any:
    """An INSERT that skips rows whose key is taken, and waits for whoever is just taking it."""
    dialect = postgresql if connection().dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def insert_rows(table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows in their order, in one statement. All rows name the same columns."""
    if not rows:
        return
    here = connection()
    if len(rows) == 1:
        here.execute(_values(table), rows[0])
    elif here.dialect.name == "postgresql":
        names = tuple(rows[0])
        here.execute(_arrays(table, names), {name: [row[name] for row in rows] for name in names})
    else:
        here.execute(_values(table), list(rows))


def insert_new_rows(table: Table, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Write those rows whose key is not taken, in their order; gives the (first column of the) keys written."""
    if not rows:
        return []
    here = connection()
    if here.dialect.name == "postgresql":
        names = tuple(rows[0])
        given = {name: [row[name] for row in rows] for name in names}
        return list(here.execute(_new_arrays(table, names), given).scalars())
    return list(here.execute(_new_values(table), list(rows)).scalars())


@lru_cache(maxsize=_KEPT_MAX)
def _values(table: Table) -> Any:
    return insert(table)


@lru_cache(maxsize=_KEPT_MAX)
def _arrays(table: Table, names: tuple[str, ...]) -> Any:
    """One array for each column: the statement is short and stays prepared, however many rows there are."""
    arrays = func.unnest(*(bindparam(name, type_=postgresql.ARRAY(table.c[name].type)) for name in names))
    given = arrays.table_valued(*(column(name) for name in names), with_ordinality="place", name="given")
    given = given.render_derived()
    in_order = select(*(given.c[name] for name in names)).order_by(given.c.place)
    return postgresql.insert(table).from_select(list(names), in_order)


@lru_cache(maxsize=_KEPT_MAX)
def _new_arrays(table: Table, names: tuple[str, ...]) -> Any:
    return _arrays(table, names).on_conflict_do_nothing().returning(*table.primary_key)


@lru_cache(maxsize=_KEPT_MAX)
def _new_values(table: Table) -> Any:
    return sqlite.insert(table).on_conflict_do_nothing().returning(*table.primary_key)
