"""Many at once, with real threads. What is lost or doubled here is somebody's money."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from core.base import transactions
from core.base.transactions import transactional
from core.ledger.errors import HoldClosed, NotEnoughMoney
from core.ledger.queries import balance, statement
from core.ledger.service import (
    AccountRef,
    Balance,
    Posting,
    TransferDraft,
    expire_holds,
    place_hold,
    post_hold,
    post_transfers,
    release_hold,
    roll_up,
)
from core.ledger.verify import verify_ledger
from tests.core.ledger.books import BANK, CERAMICS, FEES, TEA, escrow, move, pay_in


def at_once(app: Flask, calls: list[Callable[[], object]]) -> list[object]:
    """Start all calls at the same moment, each in a thread of its own; gives results and exceptions."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        with app.app_context():
            barrier.wait(30)
            try:
                return call()
            except Exception as error:
                return error

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@pytest.fixture
def no_second_try(monkeypatch):
    """Locks are taken in order, so nobody deadlocks and nobody needs a second try."""
    monkeypatch.setattr(transactions, "ATTEMPTS_MAX", 1)


def refusals(results: list[object], *expected: type[Exception]) -> int:
    errors = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(error, expected) for error in errors), errors
    return len(errors)


def test_fifty_at_once_take_out_exactly_what_is_there(bare_app, no_second_try):
    with bare_app.app_context():
        pay_in(TEA, 1_000)
        move(TEA, CERAMICS, 70, "opens-the-other")
    results = at_once(bare_app, [lambda n=n: move(TEA, CERAMICS, 30, f"take-{n}") for n in range(50)])
    assert refusals(results, NotEnoughMoney) == 50 - 31
    with bare_app.app_context():
        assert balance(TEA) == Balance(0, 0)
        assert balance(CERAMICS).posted_minor == 1_000
        assert list(verify_ledger()) == []


def test_opposite_directions_do_not_block_each_other_for_good(bare_app, no_second_try):
    with bare_app.app_context():
        pay_in(TEA, 500, "a")
        pay_in(CERAMICS, 500, "b")

    def back_and_forth(name: int, source: AccountRef, target: AccountRef):
        for turn in range(10):
            move(source, target, 1, f"{name}-{turn}")

    pairs = [(TEA, CERAMICS), (CERAMICS, TEA)] * 4
    calls = [lambda n=n, pair=pair: back_and_forth(n, *pair) for n, pair in enumerate(pairs)]
    assert refusals(at_once(bare_app, calls)) == 0
    with bare_app.app_context():
        assert (balance(TEA).posted_minor, balance(CERAMICS).posted_minor) == (500, 500)
        assert list(verify_ledger()) == []


@pytest.mark.engine("postgres")
def test_two_larger_use_cases_that_lock_crosswise_both_get_through(bare_app):
    with bare_app.app_context():
        pay_in(TEA, 500, "a")
        pay_in(CERAMICS, 500, "b")
        move(BANK, FEES, 1, "opens-the-fees")
    both_hold_one = threading.Barrier(2)

    def crosswise(source: AccountRef, target: AccountRef):
        tries = []

        @transactional
        def both_ways():
            tries.append("one more")
            move(source, FEES, 1, f"{source.owner}-out")
            if len(tries) == 1:
                both_hold_one.wait(20)
            move(target, FEES, 1, f"{source.owner}-in")

        both_ways()
        return len(tries)

    results = at_once(bare_app, [lambda: crosswise(TEA, CERAMICS), lambda: crosswise(CERAMICS, TEA)])
    assert sorted(results) == [1, 2]
    with bare_app.app_context():
        assert (balance(TEA).posted_minor, balance(CERAMICS).posted_minor) == (498, 498)
        assert balance(FEES).posted_minor == 5
        assert list(verify_ledger()) == []


@pytest.mark.parametrize("source", [BANK, TEA], ids=["platform", "client"])
def test_one_key_from_twenty_threads_moves_money_once(bare_app, no_second_try, source):
    with bare_app.app_context():
        pay_in(TEA, 10)
    results = at_once(bare_app, [lambda: move(source, CERAMICS, 10, "the-key") for _ in range(20)])
    assert refusals(results) == 0
    assert len({transfer.id for transfer in results}) == 1
    assert [transfer.replayed for transfer in results].count(False) == 1
    with bare_app.app_context():
        assert balance(CERAMICS).posted_minor == 10
        assert list(verify_ledger()) == []


def test_one_key_between_platform_accounts_moves_money_once(bare_app, no_second_try):
    results = at_once(bare_app, [lambda: move(BANK, FEES, 10, "the-key") for _ in range(20)])
    assert refusals(results) == 0
    with bare_app.app_context():
        assert balance(FEES).posted_minor == 10
        assert list(verify_ledger()) == []


def test_an_account_opened_by_many_at_once_is_one_account(bare_app, no_second_try):
    results = at_once(bare_app, [lambda n=n: pay_in(escrow("ord_1"), 5, f"pay-{n}") for n in range(20)])
    assert refusals(results) == 0
    with bare_app.app_context():
        assert balance(escrow("ord_1")).posted_minor == 100
        assert [row.balance_minor for row in statement(escrow("ord_1"), limit=100)] == list(range(100, 0, -5))
        assert list(verify_ledger()) == []


def test_holds_placed_at_once_never_set_aside_more_than_there_is(bare_app, no_second_try):
    with bare_app.app_context():
        pay_in(TEA, 100)
    calls = [lambda n=n: place_hold(TEA, 15, reference="r", idempotency_key=f"hold-{n}") for n in range(20)]
    assert refusals(at_once(bare_app, calls), NotEnoughMoney) == 14
    with bare_app.app_context():
        assert balance(TEA) == Balance(100, 90)
        assert list(verify_ledger()) == []


def test_one_hold_posted_and_released_at_once_ends_one_way(bare_app, no_second_try):
    with bare_app.app_context():
        pay_in(TEA, 100)
        hold = place_hold(TEA, 100, reference="r", idempotency_key="hold")

    def post(name: int):
        return post_hold(hold.id, "payout_paid", [Posting(BANK, 100)], idempotency_key=f"post-{name}")

    calls = [*(lambda n=n: post(n) for n in range(6)), *(lambda: release_hold(hold.id) for _ in range(6)), expire_holds]
    results = at_once(bare_app, calls)
    refused = refusals(results, HoldClosed)
    with bare_app.app_context():
        left = balance(TEA)
        assert (left, refused) in [(Balance(0, 0), 11), (Balance(100, 0), 6)]
        assert list(verify_ledger()) == []


@pytest.mark.parametrize("target", [FEES, TEA], ids=["platform", "client"])
def test_batches_of_the_same_keys_in_opposite_orders_post_once(bare_app, no_second_try, target):
    drafts = [
        TransferDraft("payment_captured", [Posting(BANK, -1), Posting(target, 1)], "batch", f"key-{n}")
        for n in range(300)
    ]
    with bare_app.app_context():
        move(BANK, target, 1, "opens-the-accounts")
    calls = [lambda n=n: post_transfers(drafts if n % 2 else drafts[::-1]) for n in range(6)]
    assert refusals(at_once(bare_app, calls)) == 0
    with bare_app.app_context():
        assert balance(BANK).posted_minor == -301
        assert list(verify_ledger()) == []


def test_balances_are_right_while_payments_and_roll_ups_go_on(bare_app):
    def pay(name: int):
        for turn in range(10):
            pay_in(TEA if name % 2 else CERAMICS, 1, f"{name}-{turn}")

    def look():
        for _ in range(5):
            roll_up(1)
            assert list(verify_ledger()) == []

    calls = [*(lambda n=n: pay(n) for n in range(4)), look]
    assert refusals(at_once(bare_app, calls)) == 0
    with bare_app.app_context():
        roll_up(1)
        assert balance(BANK).posted_minor == -40
        assert list(verify_ledger()) == []
