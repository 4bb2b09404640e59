"""Statements compiled once and run on the driver's own connection, for the one path where microseconds count.

They are written and typed as SQLAlchemy selects; only what the library does anew for each execution is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import PoolProxiedConnection, Select
from sqlalchemy.engine import Dialect

watchers: list[Callable[[str], None]] = []
"""Told of each statement's text; the library's own events do not see what runs here."""


class PlainStatement:
    """A select with named parameters, compiled for one engine. Rows hold what the driver gives."""

    def __init__(self, select: Select[Any], dialect: Dialect) -> None:
        compiled = select.compile(dialect=dialect)
        self._text = str(compiled)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._names: tuple[str, ...] | None = tuple(compiled.positiontup) if compiled.positiontup is not None else None
        self._processors: dict[str, Callable[[Any], Any]] = {}
        for name, bind in compiled.binds.items():
            processor = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if processor is not None:
                self._processors[name] = processor

    def first(self, connection: PoolProxiedConnection, given: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row, or None."""
        for watcher in watchers:
            watcher(self._text)
        values = {**self._fixed, **given}
        for name, processor in self._processors.items():
            values[name] = processor(values[name])
        cursor = connection.cursor()
        try:
            cursor.execute(self._text, values if self._names is None else tuple(values[name] for name in self._names))
            row = cursor.fetchone()
        finally:
            cursor.close()
        return None if row is None else tuple(row)
