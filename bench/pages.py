"""Product pages over HTTP, without a session and with a cart, beside a Flask view that returns the same bytes.

python -m bench.pages [--seconds 4]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench import shop as bench_shop
from bench.client import FLOOR_FILE, FLOOR_HOST, Line, get, serving, throughput
from core.app import create_app
from core.base.config import load_config
from core.base.database import db
from core.sdk.testing.fakes import FAKES
from tests.databases import URL_VARIABLE, PostgresServer, make_database

CLIENTS = 4
ROUNDS = 3
GOALS = {"visitor": 0.4, "cart": 0.25}


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    seconds = parser.parse_args(arguments).seconds
    with ExitStack() as stack:
        if not os.environ.get(URL_VARIABLE):
            server = PostgresServer()
            stack.callback(server.stop)
            os.environ[URL_VARIABLE] = server.url
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = make_database(bench_shop.unique())
        environ = {"TONGBAO_DATABASE_URL": url, "TONGBAO_DATA_DIR": str(folder), FLOOR_FILE: str(folder / "floor.html")}
        (folder / "floor.html").write_bytes(b"")
        shop_app = create_app(load_config(environ), extra=(FAKES,))
        made = bench_shop.make(shop_app)
        cookie = f"tb_s={bench_shop.carts(shop_app, made, 1)[0]}"
        with shop_app.app_context():
            db.engine.dispose()
        page = f"/products/{made.slugs[0]}"
        with serving("bench.server:app", environ) as port:
            line = Line(port)
            status, answer = line.send(get(f"{bench_shop.HOST}:{port}", page))
            assert status == 200, (status, answer[:300])
            body = answer.partition(b"\r\n\r\n")[2]
            (folder / "floor.html").write_bytes(body)
            line.send(get(f"{FLOOR_HOST}:{port}", "/load"))
            assert line.send(get(f"{bench_shop.HOST}:{port}", page, cookie))[0] == 200
            requests = {
                "floor": get(f"{FLOOR_HOST}:{port}", "/"),
                "visitor": get(f"{bench_shop.HOST}:{port}", page),
                "cart": get(f"{bench_shop.HOST}:{port}", page, cookie),
            }
            found: dict[str, list[float]] = {name: [] for name in requests}
            for _round in range(ROUNDS):
                for name, request in requests.items():
                    rate, wrong = throughput(port, CLIENTS, seconds, lambda _client, one=request: one)
                    assert wrong == 0, f"{name}: {wrong} errors"
                    found[name].append(rate)
        floor = median(found["floor"])
        say(f"product page of {len(body)} bytes, {CLIENTS} clients, granian, 1 process, PostgreSQL")
        say(f"  plain Flask view, the same bytes       {floor:8.0f} /s  1.00")
        missed = 0
        for name, label in (("visitor", "visitor without a session"), ("cart", "visitor with a cart")):
            ratio = median(one / base for one, base in zip(found[name], found["floor"], strict=True))
            missed += ratio < GOALS[name]
            say(f"  {label:<38} {median(found[name]):8.0f} /s  {ratio:.2f} (at least {GOALS[name]})")
        return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
