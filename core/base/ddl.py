"""What the database must know and SQLAlchemy cannot say (triggers), written out into an owner's first migration."""

from __future__ import annotations

import re

from sqlalchemy import Connection, Table, event

from core.base.database import Base

_KEY = "first_migration"
_LOOKS_BOUND = re.compile(r"(?<![:\w\\]):(?=\w)")


def in_first_migration(owner: str, dialect: str, *statements: str) -> None:
    """Have `db revision` write statements for one engine (`sqlite`, `postgresql`) into an owner's first migration.

    They run after its tables are made. A later change needs a migration written by hand; `create_all` ignores them.
    """
    Base.metadata.info.setdefault(_KEY, []).extend((owner, dialect, statement) for statement in statements)


def first_migration_source(owner: str) -> str:
    """An owner's statements as the source of a dict of lists by engine; empty when there are none."""
    by_dialect: dict[str, list[str]] = {}
    for whose, dialect, sql in Base.metadata.info.get(_KEY, ()):
        # op.execute reads `:name` as a parameter unless the colon is escaped.
        statement = _LOOKS_BOUND.sub(r"\:", sql.strip())
        if whose == owner and statement not in by_dialect.setdefault(dialect, []):
            by_dialect[dialect].append(statement)
    lines = ["{"] if any(by_dialect.values()) else []
    for dialect, statements in sorted(by_dialect.items()):
        lines += [f"    {dialect!r}: [", *(f"        {_quoted(statement)}," for statement in statements), "    ],"]
    return "\n".join([*lines, "}"] if lines else [])


def _quoted(statement: str) -> str:
    escaped = statement.replace("\\", "\\\\").replace('"""', r"\"\"\"")
    return f'"""{escaped}"""' if "\n" in statement or '"' in statement else f'"{escaped}"'


def append_only(table: Table, why: str) -> None:
    """Have the database itself refuse UPDATE and DELETE on a table, wherever `create_all` makes it.

    Migrations run `append_only_statements`. `why` is the sentence of the error.
    """

    def create(table: Table, connection: Connection, **_details: object) -> None:
        for statement in append_only_statements(connection.dialect.name, table.name, why):
            connection.exec_driver_sql(statement)

    event.listen(table, "after_create", create)


def append_only_statements(dialect: str, table: str, why: str) -> list[str]:
    """The statements that make a table refuse changes, for `sqlite` or `postgresql`."""
    if dialect == "postgresql":
        return [
            f"CREATE OR REPLACE FUNCTION {table}_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = '{table}: {why}'; END $$",
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse_change()",
        ]
    return [
        f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} BEGIN "
        f"SELECT RAISE(ABORT, '{table}: {why}'); END"
        for verb in ("UPDATE", "DELETE")
    ]
