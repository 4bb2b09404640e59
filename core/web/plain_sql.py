"""Statements compiled once and run as plain text, for the one path where each request counts every microsecond.

They are written and typed as SQLAlchemy selects; only what the library does anew for each execution is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select
from sqlalchemy.engine import Dialect

Processor = Callable[[Any], Any]


class PlainStatement:
    """A select with named parameters, compiled for one engine. Rows hold what the driver gives."""

    def __init__(self, select: Select[Any], dialect: Dialect) -> None:
        compiled = select.compile(dialect=dialect)
        self._text = str(compiled)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._names: tuple[str, ...] | None = tuple(compiled.positiontup) if compiled.positiontup is not None else None
        self._processors: dict[str, Processor] = {}
        for name, bind in compiled.binds.items():
            processor = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if processor is not None:
                self._processors[name] = processor

    def first(self, connection: Connection, given: Mapping[str, Any]) -> Row[Any] | None:
        """The first row, or None."""
        values = {**self._fixed, **given}
        for name, processor in self._processors.items():
            values[name] = processor(values[name])
        parameters: Any = values if self._names is None else tuple(values[name] for name in self._names)
        return connection.exec_driver_sql(self._text, parameters).first()
