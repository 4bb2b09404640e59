import threading

import pytest

from core.base.transactions import transactional
from core.ledger import rollups
from core.ledger.queries import balance, balances, balances_by_kind, statement
from core.ledger.service import Balance, Posting, place_hold, post_transfer, roll_up
from core.ledger.verify import verify_ledger
from tests.core.ledger.books import BANK, BANK_USD, CERAMICS, FEES, TEA, TEA_USD, escrow, move, pay_in


def test_an_account_never_used_holds_nothing(app):
    assert balance(TEA) == Balance(0, 0)
    assert balances([BANK, TEA]) == {BANK: Balance(0, 0), TEA: Balance(0, 0)}
    assert statement(TEA) == []


def test_balances_of_both_sides_come_together(app):
    pay_in(TEA, 100)
    place_hold(TEA, 30, reference="pyo_1", idempotency_key="hold")
    assert balances([BANK, TEA, CERAMICS]) == {
        BANK: Balance(-100, 0),
        TEA: Balance(100, 30),
        CERAMICS: Balance(0, 0),
    }


def test_an_owner_sees_all_orders_together(app):
    pay_in(escrow("ord_1"), 100, "a")
    pay_in(escrow("ord_2"), 50, "b")
    pay_in(TEA, 7, "c")
    pay_in(TEA_USD, 9, "d")
    assert balances_by_kind("mer_tea") == {
        ("order_escrow", "CNY"): Balance(150, 0),
        ("merchant_available", "CNY"): Balance(7, 0),
        ("merchant_available", "USD"): Balance(9, 0),
    }
    assert balances_by_kind("demo.bank") == {
        ("custody", "CNY"): Balance(-157, 0),
        ("custody", "USD"): Balance(-9, 0),
    }
    assert balances_by_kind("nobody") == {}


@pytest.mark.parametrize("account", [TEA, BANK], ids=["client", "platform"])
@pytest.mark.parametrize("rolled_up_after", [None, 3, 5])
def test_statement_pages_carry_the_running_balance(app, account, rolled_up_after):
    sign = 1 if account == TEA else -1
    for number in range(1, 8):
        postings = [Posting(TEA, number), Posting(BANK, -number)]
        post_transfer("payment_captured", postings, reference="r", idempotency_key=f"pay-{number}")
        if number == rolled_up_after:
            assert roll_up(1) == 1
    rows = statement(account, limit=3)
    while rows[-1].balance_minor != sign:
        rows += statement(account, before_entry=rows[-1].entry_id, limit=3)
    assert [row.amount_minor for row in rows] == [sign * number for number in (7, 6, 5, 4, 3, 2, 1)]
    assert [row.balance_minor for row in rows] == [sign * minor for minor in (28, 21, 15, 10, 6, 3, 1)]
    assert statement(account, before_entry=rows[-1].entry_id) == []


def test_a_statement_line_says_what_it_was_for(app):
    transfer = post_transfer(
        "payment_captured",
        [Posting(BANK, -5), Posting(TEA, 5)],
        reference="ord_9",
        idempotency_key="k",
        memo="Longjing, 50 g",
    )
    (line,) = statement(TEA)
    assert (line.transfer_id, line.kind, line.reference, line.memo) == (
        transfer.id,
        "payment_captured",
        "ord_9",
        "Longjing, 50 g",
    )
    assert line.occurred_at == transfer.occurred_at


def test_a_roll_up_changes_no_balance(app):
    pay_in(TEA, 100)
    move(TEA, FEES, 10, "fee")
    pay_in(TEA_USD, 5, "usd")
    before = balances([BANK, BANK_USD, FEES, TEA])
    assert roll_up(1) == 3
    assert balances([BANK, BANK_USD, FEES, TEA]) == before
    assert roll_up(1) == 0
    pay_in(TEA, 1, "later")
    assert balance(BANK).posted_minor == -101
    assert roll_up(2) == 0
    assert roll_up(1) == 1
    assert balance(BANK).posted_minor == -101
    assert list(verify_ledger()) == []


def test_an_empty_ledger_needs_no_roll_up(app):
    assert roll_up(1) == 0


@pytest.mark.engine("postgres")
def test_a_roll_up_waits_for_older_entries_that_are_still_on_their_way(bare_app, monkeypatch):
    written, go_on = threading.Event(), threading.Event()

    @transactional
    def slow_payment():
        pay_in(TEA, 100, "slow")
        written.set()
        assert go_on.wait(20)

    def run():
        with bare_app.app_context():
            slow_payment()

    with bare_app.app_context():
        pay_in(FEES, 1, "opens-the-account")
    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert written.wait(20)
        with bare_app.app_context():
            pay_in(CERAMICS, 7, "quick")
            assert balance(BANK).posted_minor == -8
            with monkeypatch.context() as impatient:
                impatient.setattr(rollups, "_LOOKS_MAX", 1)
                assert roll_up(1) == 0
    finally:
        go_on.set()
        thread.join()
    with bare_app.app_context():
        assert balance(BANK).posted_minor == -108
        assert roll_up(2) == 1
        assert balance(BANK).posted_minor == -108
        assert list(verify_ledger()) == []
