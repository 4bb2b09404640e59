"""Writing rows in one statement, in their order, on both engines; for paths where each round trip counts.

The statements are plain SQL made once for a table, its columns and a number of rows: SQLAlchemy's types still convert
the values, but nothing is compiled or copied for each call. Values come from the caller alone: a column with a default
made in Python must be named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, bindparam, column, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect

from core.base.database import db

_KEPT_MAX = 512
_PARAMETERS_MAX = 50
"""psycopg keeps how it reads a statement only up to so many parameters; more rows go as one array for each column."""


def connection() -> Connection:
    """The connection of the use case under way; statements on it skip what the session does for objects."""
    return db.session.connection()


def insert_new(table: Table) -> Any:
    """An INSERT that skips rows whose key is taken, and waits for whoever is just taking it."""
    dialect = postgresql if connection().dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def insert_rows(table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows in their order, in one statement. All rows name the same columns."""
    if rows:
        _insert(table, rows, new=False)


def insert_new_rows(table: Table, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Write those rows whose key is not taken, in their order; gives the (first column of the) keys written."""
    return list(_insert(table, rows, new=True).scalars()) if rows else []


def _insert(table: Table, rows: Sequence[Mapping[str, Any]], *, new: bool) -> Any:
    here = connection()
    names = tuple(rows[0])
    if here.dialect.name == "postgresql" and len(rows) > 1 and len(rows) * len(names) > _PARAMETERS_MAX:
        return here.execute(_arrays(table, names, new), {name: [row[name] for row in rows] for name in names})
    written = _values(table, names, len(rows), here.dialect, new)
    return here.exec_driver_sql(written.sql, written.parameters(rows))


@dataclass(frozen=True, slots=True)
class _Values:
    """INSERT … VALUES for a number of rows, and what turns each column's values into the driver's (None: nothing)."""

    sql: str
    columns: tuple[tuple[str, Callable[[Any], Any] | None], ...]

    def parameters(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
        return tuple(
            row[name] if convert is None else convert(row[name]) for row in rows for name, convert in self.columns
        )


@lru_cache(maxsize=_KEPT_MAX)
def _values(table: Table, names: tuple[str, ...], count: int, dialect: Dialect, new: bool) -> _Values:
    _nothing_left_out(table, names)
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    quoted = dialect.identifier_preparer.quote
    row = f"({', '.join([mark] * len(names))})"
    parts = [
        "INSERT INTO",
        quoted(table.name),
        f"({', '.join(map(quoted, names))})",
        "VALUES",
        ", ".join([row] * count),
    ]
    if new:
        parts += ["ON CONFLICT DO NOTHING RETURNING", ", ".join(quoted(key.name) for key in table.primary_key)]
    types = ((name, table.c[name].type) for name in names)
    return _Values(
        " ".join(parts), tuple((name, kind.dialect_impl(dialect).bind_processor(dialect)) for name, kind in types)
    )


@lru_cache(maxsize=_KEPT_MAX)
def _arrays(table: Table, names: tuple[str, ...], new: bool) -> Any:
    """One array for each column: the statement is short and stays prepared, however many rows there are.

    Not for columns that hold JSON: `unnest` would take a list apart.
    """
    _nothing_left_out(table, names)
    arrays = func.unnest(*(bindparam(name, type_=postgresql.ARRAY(table.c[name].type)) for name in names))
    given = arrays.table_valued(*(column(name) for name in names), with_ordinality="place", name="given")
    given = given.render_derived()
    in_order = select(*(given.c[name] for name in names)).order_by(given.c.place)
    insert = postgresql.insert(table).from_select(list(names), in_order)
    return insert.on_conflict_do_nothing().returning(*table.primary_key) if new else insert


def _nothing_left_out(table: Table, names: Sequence[str]) -> None:
    left_out = [one.name for one in table.c if one.default is not None and one.name not in names]
    if left_out:
        raise ValueError(f"{table.name}: {', '.join(left_out)} must be given, nothing fills it in here")
