"""The one database object, the column types, and what makes SQLite and PostgreSQL behave alike."""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, datetime
from typing import Any, cast

from flask_sqlalchemy import SQLAlchemy
from psycopg.types.numeric import Int8Dumper
from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Engine,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    String,
    Table,
    TypeDecorator,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, registry
from sqlalchemy.pool import ConnectionPoolEntry, Pool

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

ID = String(40)
Json = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, aware on both engines (SQLite would give it back naive)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("moments are stored aware, in UTC")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What every table of core and plugins inherits from."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={int: BigInteger, datetime: UtcDateTime, dict[str, Any]: Json, list[Any]: Json},
    )


db = SQLAlchemy(
    model_class=Base,
    session_options={"expire_on_commit": False, "autoflush": True},
    disable_autonaming=True,
)


def table_of(model: type[Base]) -> Table:
    """The table of a model, for plain inserts that need nothing of the ORM (hot paths)."""
    return cast("Table", model.__table__)


class TenantRow:
    """A row that belongs to a merchant: the merchant's id leads its primary key and every index."""

    @declared_attr
    def merchant_id(cls) -> Mapped[str]:
        return mapped_column(ID, ForeignKey("merchant.id"), primary_key=True, sort_order=-2)

    id: Mapped[str] = mapped_column(ID, primary_key=True, sort_order=-1)


def tenant_fk(column: str, table: str) -> ForeignKeyConstraint:
    """A foreign key within one merchant: the database itself refuses an id of another merchant."""
    return ForeignKeyConstraint(["merchant_id", column], [f"{table}.merchant_id", f"{table}.id"])


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")


IDLE_SECONDS_MAX = 5.0
"""A pooled connection that lay longer than this is asked whether it still lives before it is used."""


PREPARED_MAX = 400
"""Statements that a connection keeps prepared: more than the faces and the jobs have between them."""


@event.listens_for(Pool, "connect")
def _keep_prepared(connection: Any, _record: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        connection.prepare_threshold = 1
        connection.prepared_max = PREPARED_MAX
        # One width for all whole numbers: else each mix of small and large ones would be a statement of its own.
        connection.adapters.register_dumper(int, Int8Dumper)


@event.listens_for(Pool, "checkin")
def _laid_down(connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["laid_down"] = time.monotonic()
    if not isinstance(connection, sqlite3.Connection) and connection is not None and connection.read_only:
        connection.read_only = None


@event.listens_for(Pool, "checkout")
def _still_alive(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Ask an idle connection; the pool replaces it when the answer is no. Busy ones need no extra round trip."""
    idle_since = record.info.get("laid_down")
    if isinstance(connection, sqlite3.Connection) or idle_since is None:
        return
    if time.monotonic() - idle_since > IDLE_SECONDS_MAX:
        try:
            connection.execute("SELECT 1")
            connection.rollback()
        except Exception as error:
            raise DisconnectionError("the database closed this connection") from error


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
