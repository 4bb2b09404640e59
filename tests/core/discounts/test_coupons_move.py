from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Connection, MetaData, Table, create_engine, insert, select

from core.base.migrate import CORE_OWNER, _config, _migrating
from tests.core.contract.processes import database_url

LONG_AGO = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def filled(table: Table, **values: Any) -> dict[str, Any]:
    """A row with something in each column that must have it."""
    made: dict[str, Any] = {}
    for column in table.columns:
        if column.nullable or column.server_default is not None:
            continue
        kind = column.type.python_type
        made[column.name] = {int: 0, str: "x", bool: False, datetime: LONG_AGO}.get(kind, {})
    return made | values


def write(connection: Connection, name: str, **values: Any) -> None:
    table = Table(name, MetaData(), autoload_with=connection)
    connection.execute(insert(table).values(**filled(table, **values)))


def order(connection: Connection, number: int, **values: Any) -> None:
    write(
        connection,
        "orders",
        merchant_id="mer_1",
        id=f"ord_{number}",
        code=f"A{number}",
        cart_id=f"crt_{number}",
        coupon_code="SPRING",
        discount_minor=500,
        total_minor=4500,
        **values,
    )


def rows(connection: Connection, name: str) -> list[dict[str, Any]]:
    table = Table(name, MetaData(), autoload_with=connection)
    return [dict(row._mapping) for row in connection.execute(select(table).order_by(table.c.id))]


def scopes(connection: Connection) -> list[str]:
    stored = rows(connection, "api_client")[0]["scopes"]
    return json.loads(stored) if isinstance(stored, str) else stored


def test_coupons_become_discounts_with_their_uses_and_go_back(engine_name: str, tmp_path: Path) -> None:
    engine = create_engine(database_url(engine_name, tmp_path, "coupons_move"))
    with _migrating(engine) as connection:
        command.upgrade(_config(CORE_OWNER, [CORE_OWNER], connection), "0024")
    with engine.begin() as connection:
        write(connection, "merchant", id="mer_1")
        write(connection, "person", id="x")
        write(
            connection,
            "coupon",
            merchant_id="mer_1",
            id="cpn_1",
            code="SPRING",
            kind="percent",
            rate_ppm=100_000,
            minimum_minor=1000,
            uses_max=1,
            used=1,
            active=True,
        )
        order(connection, 1, state="paid", paid_at=LONG_AGO)
        order(connection, 2, state="cancelled", paid_at=LONG_AGO)
        order(connection, 3, state="cancelled")
        write(connection, "api_client", id="cli_1", merchant_id="mer_1", scopes=["coupons:read", "orders:write"])

    with _migrating(engine) as connection:
        command.upgrade(_config(CORE_OWNER, [CORE_OWNER], connection), "0025")
    with engine.connect() as connection:
        (discount,) = rows(connection, "discount")
        assert (discount["id"], discount["method"], discount["title"]) == ("cpn_1", "code", "SPRING")
        assert (discount["rate_ppm"], discount["minimum_minor"], discount["active"]) == (100_000, 1000, True)
        # A second use had been given after the first was cancelled and paid back: the count is what orders say.
        assert (discount["used"], discount["uses_max"]) == (2, 2)
        assert [row["code"] for row in rows(connection, "discount_code")] == ["SPRING"]
        uses = rows(connection, "discount_use")
        assert [(use["order_id"], use["amount_minor"], use["order_minor"]) for use in uses] == [
            ("ord_1", 500, 4500),
            ("ord_2", 500, 4500),
        ]
        assert scopes(connection) == ["discounts:read", "orders:write"]

    with _migrating(engine) as connection:
        command.downgrade(_config(CORE_OWNER, [CORE_OWNER], connection), "0024")
    with engine.connect() as connection:
        (coupon,) = rows(connection, "coupon")
        assert (coupon["code"], coupon["kind"], coupon["used"], coupon["uses_max"]) == ("SPRING", "percent", 2, 2)
        assert scopes(connection) == ["coupons:read", "orders:write"]
    engine.dispose()
