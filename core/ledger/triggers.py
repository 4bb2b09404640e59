"""Triggers by which the database itself refuses to change what has been posted.

The same statements serve `create_all` (attached to the tables below) and the migration.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Table, event

from core.base.ddl import in_first_migration

IMMUTABLE_TABLES = ("ledger_transfer", "ledger_entry")

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
        MESSAGE = TG_TABLE_NAME || ' never changes: correct a mistake by a reversing transfer';
END
$$
""".strip()


def create_statements(dialect: str, table: str) -> list[str]:
    """The statements that make one table refuse UPDATE and DELETE, for `sqlite` or `postgresql`."""
    if dialect == "postgresql":
        return [
            _POSTGRES_FUNCTION,
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()",
        ]
    return [
        f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} BEGIN "
        f"SELECT RAISE(ABORT, '{table} never changes: correct a mistake by a reversing transfer'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def drop_statements(dialect: str, table: str) -> list[str]:
    """The statements that take these triggers away again."""
    if dialect == "postgresql":
        return [f"DROP TRIGGER {table}_immutable ON {table}"]
    return [f"DROP TRIGGER {table}_refuse_{verb}" for verb in ("update", "delete")]


def attach(tables: Mapping[str, Table]) -> None:
    """Let `create_all` make the triggers together with their tables, and core's first migration, too."""
    for name in IMMUTABLE_TABLES:
        event.listen(tables[name], "after_create", _create)
        for dialect in ("sqlite", "postgresql"):
            in_first_migration("core", dialect, *create_statements(dialect, name))


def _create(table: Table, connection: Connection, **_details: object) -> None:
    for statement in create_statements(connection.dialect.name, table.name):
        connection.exec_driver_sql(statement)
