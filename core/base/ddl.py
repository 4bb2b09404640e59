"""What the database must know and SQLAlchemy cannot say (triggers), as plain SQL for each engine.

It is executed after `create_all`, and written out into the owner's first migration.
"""

from __future__ import annotations

import re
from typing import Any

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import MigrateOperation
from sqlalchemy import Connection, event, text

from core.base.database import Base

_LOOKS_BOUND = re.compile(r"(?<![:\w\\]):(?=\w)")


def plain_ddl(owner: str, dialect: str, *statements: str) -> None:
    """Have an owner's statements executed on one engine (`sqlite`, `postgresql`) when its tables are made.

    Call it where the module is imported; each statement must be repeatable (CREATE OR REPLACE, IF NOT EXISTS).
    A change later needs a migration written by hand.
    """
    Base.metadata.info.setdefault("plain_ddl", []).extend((owner, dialect, statement) for statement in statements)


def plain_ddl_of(owner: str) -> list[tuple[str, str]]:
    """An owner's statements as (dialect, SQL)."""
    return [(dialect, sql) for whose, dialect, sql in Base.metadata.info.get("plain_ddl", ()) if whose == owner]


def _as_text(sql: str) -> str:
    return _LOOKS_BOUND.sub(r"\:", sql)


@event.listens_for(Base.metadata, "after_create")
def _execute(_target: Any, connection: Connection, **_options: Any) -> None:
    for _, dialect, sql in Base.metadata.info.get("plain_ddl", ()):
        if dialect == connection.dialect.name:
            connection.execute(text(_as_text(sql)))


class PlainDdlOp(MigrateOperation):
    """One statement for one engine in a migration."""

    def __init__(self, dialect: str, sql: str) -> None:
        self.dialect = dialect
        self.sql = sql


@renderers.dispatch_for(PlainDdlOp)
def _render(_context: AutogenContext, operation: PlainDdlOp) -> list[str]:
    quoted = _as_text(operation.sql).strip().replace("\\", "\\\\").replace('"""', r"\"\"\"")
    return [f"if op.get_bind().dialect.name == {operation.dialect!r}:", f'    op.execute("""{quoted}""")']
