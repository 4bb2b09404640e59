"""How fast the ledger moves money on PostgreSQL, beside the same rows written in bare SQL on the same machine.

    python -m bench.ledger [--seconds 3] [--threads 8]

Uses the server of TONGBAO_TEST_POSTGRES_URL, or starts the one that comes as a wheel (without fsync, on both sides).
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime

import psycopg
from flask import Flask

from core.app import create_app
from core.base.config import load_config
from core.base.database import Base, db
from core.base.ids import new_id
from core.ledger.service import AccountRef, Posting, TransferDraft, post_transfer, post_transfers
from core.ledger.verify import verify_ledger
from tests.databases import URL_VARIABLE, PostgresServer, make_database

ACCOUNTS = 64
BATCH = 1_000
BANK = AccountRef("custody", "bench.bank", "CNY")
CLIENTS = [AccountRef("merchant_available", f"mer_{number}", "CNY") for number in range(ACCOUNTS)]

WRITE_TRANSFER = (
    "INSERT INTO ledger_transfer (id, kind, reference, idempotency_key, fingerprint, memo, occurred_at, created_at) "
    "VALUES (%s, 'payment_captured', 'bench', %s, 'bench', '', %s, %s) ON CONFLICT DO NOTHING"
)
CHANGE_BALANCE = (
    "UPDATE ledger_balance SET balance_minor = balance_minor + 1, version = version + 1 "
    "WHERE account_id = %s RETURNING balance_minor"
)
WRITE_ENTRIES = (
    "INSERT INTO ledger_entry (transfer_id, account_id, amount_minor, currency, balance_after, created_at) "
    "VALUES (%s, %s, -1, 'CNY', NULL, %s), (%s, %s, 1, 'CNY', %s, %s)"
)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def rate(threads: int, seconds: float, make_step: Callable[[int, ExitStack], Callable[[int], int]]) -> float:
    """Transfers per second when so many threads each repeat a step (which says how many it made)."""
    done = [0] * threads
    ready, over = threading.Barrier(threads + 1), threading.Event()

    def run(number: int) -> None:
        with ExitStack() as stack:
            step = make_step(number, stack)
            step(-1)
            ready.wait()
            turn = 0
            while not over.is_set():
                done[number] += step(turn)
                turn += 1

    workers = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    ready.wait()
    started = time.perf_counter()
    time.sleep(seconds)
    over.set()
    for worker in workers:
        worker.join()
    return sum(done) / (time.perf_counter() - started)


def draft(client: AccountRef, key: str) -> TransferDraft:
    return TransferDraft("payment_captured", [Posting(BANK, -1), Posting(client, 1)], "bench", key)


def ledger_one_by_one(app: Flask) -> Callable[[int, ExitStack], Callable[[int], int]]:
    def make(number: int, stack: ExitStack) -> Callable[[int], int]:
        stack.enter_context(app.app_context())

        def step(turn: int) -> int:
            one = draft(CLIENTS[(number * 8 + turn) % ACCOUNTS], new_id("key"))
            post_transfer(one.kind, one.postings, reference=one.reference, idempotency_key=one.idempotency_key)
            return 1

        return step

    return make


def ledger_in_batches(app: Flask) -> Callable[[int, ExitStack], Callable[[int], int]]:
    def make(_number: int, stack: ExitStack) -> Callable[[int], int]:
        stack.enter_context(app.app_context())

        def step(_turn: int) -> int:
            post_transfers([draft(CLIENTS[place % ACCOUNTS], new_id("key")) for place in range(BATCH)])
            return BATCH

        return step

    return make


def bare_sql(url: str) -> Callable[[int, ExitStack], Callable[[int], int]]:
    def make(number: int, stack: ExitStack) -> Callable[[int], int]:
        connection = stack.enter_context(psycopg.connect(url, prepare_threshold=1))

        def step(turn: int) -> int:
            account, moment = CLIENTS[(number * 8 + turn) % ACCOUNTS].id, datetime.now(UTC)
            transfer = new_id("trf")
            with connection.transaction():
                connection.execute(WRITE_TRANSFER, (transfer, new_id("key"), moment, moment))
                row = connection.execute(CHANGE_BALANCE, (account,)).fetchone()
                assert row is not None
                connection.execute(WRITE_ENTRIES, (transfer, BANK.id, moment, transfer, account, row[0], moment))
            return 1

        return step

    return make


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--threads", type=int, default=8)
    asked = parser.parse_args()
    with ExitStack() as stack:
        if not os.environ.get(URL_VARIABLE):
            server = PostgresServer()
            stack.callback(server.stop)
            os.environ[URL_VARIABLE] = server.url
        url = make_database("tongbao_bench_ledger")
        app = create_app(load_config({"TONGBAO_DATABASE_URL": url}))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            stack.callback(db.engine.dispose)
            post_transfers([draft(client, f"open-{client.owner}") for client in CLIENTS])
            plain_url = url.replace("postgresql+psycopg:", "postgresql:")
            floor = rate(asked.threads, asked.seconds, bare_sql(plain_url))
            single = rate(asked.threads, asked.seconds, ledger_one_by_one(app))
            batch = rate(1, asked.seconds, ledger_in_batches(app))
            for what, per_second in (
                (f"bare SQL, {asked.threads} connections (the floor)", floor),
                (f"post_transfer, {asked.threads} threads", single),
                (f"post_transfers, {BATCH} at a time, 1 thread", batch),
            ):
                say(f"{what:<42} {per_second:8.0f} transfers/s  ratio {per_second / floor:.2f}")
            wrong = list(verify_ledger())
            say("verify: nothing is wrong" if not wrong else "\n".join(wrong))
            sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
