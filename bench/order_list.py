"""A merchant with a million orders: the first page of the list and each of its filters, as times of a key lookup.

All on one connection. The rows are made in SQL, set-based, with the words that `core.orders.terms` would have written.
Ends with 1 when a filter takes longer than LIMIT_RATIO lookups.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import bindparam, select

from bench import shop as bench_shop
from core.app import create_app
from core.base.config import load_config
from core.base.database import db
from core.base.transactions import end_read
from core.orders.finding import LISTED, ORDER, OrderFilter, counts_by_state, find_orders
from core.sdk.testing.fakes import FAKES
from tests.databases import URL_VARIABLE, PostgresServer, make_database

LIMIT_RATIO = 8.0
ROUNDS = 200

ORDERS = """
INSERT INTO orders (merchant_id, id, code, email, locale, state, currency, goods_minor, discount_minor, delivery_minor,
  fees_minor, tax_minor, total_minor, refunded_minor, fee_ppm, address, delivery, note, extras, cart_id, placed_at)
SELECT %(merchant)s, 'ord_' || lpad(to_hex(n), 26, '0'), 'C' || lpad(n::text, 9, '0'),
  'buyer' || (n %% 50000) || '@example.com', 'en',
  CASE WHEN n > %(count)s - 300 THEN 'pending' WHEN n > %(count)s - 2300 THEN 'paid'
       WHEN n > %(count)s - 2400 THEN 'packed'
       WHEN n > %(count)s - 9000 THEN 'shipped' WHEN n %% 25 = 0 THEN 'cancelled' ELSE 'completed' END,
  'CNY', 10000, 0, 800, 0, 1242, 10800, 0, 6000,
  jsonb_build_object('name', 'Li ' || (n %% 50000), 'phone', '138' || lpad((n %% 50000)::text, 8, '0'),
    'region', 'Region ' || (n %% 30)), '{"provider_id": "logistics.flat", "code": "standard"}', '', '{}',
  'cart' || n, now() - ((%(count)s - n) * interval '30 seconds')
FROM generate_series(1, %(count)s) AS n
"""
TERMS = """
INSERT INTO order_term (merchant_id, term, order_id)
SELECT merchant_id, term, id FROM orders, LATERAL (VALUES
  (lower(code)), (email), (split_part(email, '@', 1)), (address->>'phone'), (right(address->>'phone', 4)), ('li'),
  (lower(split_part(address->>'name', ' ', 2))), ('at:' || lower(address->>'region')),
  ('by:logistics.flat/standard'), (CASE WHEN right(code, 1) = '7' THEN 'pay:bank.rare' ELSE 'pay:bank.qr' END),
  (CASE WHEN right(code, 5) = '00042' THEN 'note:1' END), ('sku-' || right(code, 2)), ('buyer'), ('buy')
) AS words(term) WHERE merchant_id = %(merchant)s AND term IS NOT NULL AND term <> '' ON CONFLICT DO NOTHING
"""


def fill(merchant_id: str, count: int) -> None:
    """The orders and their words."""
    end_read()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
        for table in ("orders", "order_term"):
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        given = {"merchant": merchant_id, "count": count}
        connection.exec_driver_sql(ORDERS, given)
        connection.exec_driver_sql(TERMS, given)
        for table in ("orders", "order_term"):
            connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE orders")
        connection.exec_driver_sql("VACUUM ANALYZE order_term")


def median(call: Callable[[], object]) -> float:
    """Milliseconds of one call, the median of many."""
    for _ in range(20):
        call()
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        call()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


def filters(count: int) -> dict[str, OrderFilter]:
    """What people look for: common, rare and absent things, alone and together."""
    recent = datetime.now(UTC) - timedelta(days=2)
    return {
        "first page": OrderFilter(),
        "state that most have": OrderFilter(state="completed"),
        "state that few have": OrderFilter(state="packed"),
        "order code": OrderFilter(text=f"C{count // 2:09d}"),
        "e-mail address": OrderFilter(text="buyer4711@example.com"),
        "phone": OrderFilter(text="13800004711"),
        "name that all have": OrderFilter(text="li"),
        "two words": OrderFilter(text="li 4711"),
        "beginning of a word": OrderFilter(text="buyer"),
        "SKU": OrderFilter(text="sku-11"),
        "nobody": OrderFilter(text="nobody@nowhere.example"),
        "region": OrderFilter(region="Region 7"),
        "way to pay that few use": OrderFilter(provider="bank.rare"),
        "with a note": OrderFilter(note=True),
        "days": OrderFilter(since=recent, until=recent + timedelta(days=1)),
        "state and region": OrderFilter(state="completed", region="Region 7"),
        "few in state, region, payment": OrderFilter(state="paid", region="Region 7", provider="bank.qr"),
        "few in state that nobody paid so": OrderFilter(state="packed", provider="bank.rare", note=True),
        "cancelled, by word": OrderFilter(state="cancelled", text="buyer4700"),
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 1 when a filter is too slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    asked = parser.parse_args(arguments)
    with ExitStack() as stack:
        if not os.environ.get(URL_VARIABLE):
            server = PostgresServer()
            stack.callback(server.stop)
            os.environ[URL_VARIABLE] = server.url
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        environ = {"TONGBAO_DATABASE_URL": make_database(bench_shop.unique()), "TONGBAO_DATA_DIR": str(Path(folder))}
        app = create_app(load_config(environ), extra=(FAKES,))
        merchant_id = bench_shop.make(app).merchant_id
        with app.app_context():
            stack.callback(db.engine.dispose)
            begun = time.perf_counter()
            fill(merchant_id, asked.orders)
            sys.stdout.write(f"{asked.orders:,} orders made in {time.perf_counter() - begun:.0f} s, PostgreSQL\n")
            return measure(merchant_id, asked.orders)


def measure(merchant_id: str, count: int) -> int:
    """Each filter beside a lookup by primary key of the same columns, on one connection."""
    by_key = select(*LISTED).where(ORDER.c.merchant_id == bindparam("merchant"), ORDER.c.id == bindparam("order"))
    key = {"merchant": merchant_id, "order": f"ord_{count // 3:026x}"}
    assert db.session.execute(by_key, key).first() is not None
    lookup = median(lambda: db.session.execute(by_key, key).first())
    sys.stdout.write(f"  lookup by primary key             {lookup:7.3f} ms   1.0\n")
    missed = 0
    for name, wanted in filters(count).items():
        shown = len(find_orders(merchant_id, wanted).rows)
        took = median(lambda wanted=wanted: find_orders(merchant_id, wanted))  # type: ignore[misc]
        late = took / lookup > LIMIT_RATIO
        missed += late
        sys.stdout.write(
            f"  {name:<34}{took:7.3f} ms  {took / lookup:4.1f}  {shown:3d} shown{'  MISSED' if late else ''}\n"
        )
    states = ("pending", "paid", "packed", "shipped")
    took = median(lambda: counts_by_state(merchant_id, states))
    sys.stdout.write(f"  {'counts of the open states':<34}{took:7.3f} ms  {took / lookup:4.1f}\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
