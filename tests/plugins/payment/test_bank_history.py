"""Random histories: buyers, faults and lost answers in any order, and at the end not a cent is missing."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.base import clock
from core.base.database import db
from core.base.errors import TongbaoError
from core.contract.providers import PaymentState
from core.ledger.models import LedgerAccount, LedgerEntry
from core.orders.service import cancel_order
from core.payments.models import Payment, Refund
from core.payments.refunds import send_refunds
from core.payments.service import ask_unknown
from plugins.payment.bank.client import Done
from plugins.payment.jobs import handle_open_notices, read_bank_statements
from plugins.payment.models import BankNotice, Verdict
from tests.plugins.payment.bank_process import PAYER, SECOND_PAYER, BankProcess
from tests.plugins.payment.sale import Sale, begin_sale, wrong_things

NOTICE_FAULTS = (
    "hold", "out_of_order", "twice", "replay", "wrong_signature", "stale", "lost", "lying_amount", "lying_reference",
    "lying_currency",
)  # fmt: skip
ANSWER_FAULTS = ("drop_request", "drop_answer", "error", "wrong_signature")
OPERATIONS = ("create_collection", "query", "close", "refund", "query_refund", "statement")
STEPS = 25


def one_step(chance: random.Random, sales: list[Sale], bank: BankProcess, notify_url: str) -> None:
    """Something happens: a fault is set, a buyer does something, or the worker runs."""
    sale = chance.choice(sales) if sales else None
    match chance.randrange(8):
        case 0:
            bank.fault(chance.choice(OPERATIONS), chance.choice(ANSWER_FAULTS))
        case 1:
            kind = chance.choice(NOTICE_FAULTS)
            # A signed lie that happens to be what we expect is believed; `verify` finds it in the statement.
            bank.fault("collection.paid", kind, 7 if kind == "lying_amount" else None)
        case 2 | 3:
            sales.append(begin_sale(bank, notify_url, f"shop-{len(sales)}"))
        case 4 | 5 if sale is not None and "qr_payload" in sale.payment.instructions:
            action = chance.choice(("pay", "pay", "pay", "wrong_amount", "twice", "late", "decline"))
            bank.scan(sale.qr_payload, action, account=chance.choice((PAYER, SECOND_PAYER)))
        case 6 if sale is not None:
            try:
                cancel_order(sale.merchant_id, sale.placed.order_id, actor="buyer")
            except TongbaoError:
                return
        case 7:
            run_the_worker(chance.randrange(1, 40))


def run_the_worker(seconds_later: int) -> None:
    with clock.moved(timedelta(seconds=seconds_later)):
        for job in (handle_open_notices, ask_unknown, send_refunds, read_bank_statements):
            job()


def until_all_is_known(bank: BankProcess) -> None:
    """The bank behaves again, its held notices go out, and the worker runs until nothing is open."""
    bank.behave()
    bank.admin("notices/release")
    bank.settle()
    for _ in range(6):
        run_the_worker(150)
    db.session.remove()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_not_a_cent_is_missing(app: Flask, connected: BankProcess, notify_url: str, seed: int) -> None:
    chance = random.Random(seed)
    sales = [begin_sale(connected, notify_url, "first")]
    for _ in range(STEPS):
        one_step(chance, sales, connected, notify_url)
        db.session.remove()
    until_all_is_known(connected)

    assert wrong_things() == []
    at_bank = connected.client().balance()
    in_books = db.session.scalar(
        select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0))
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(LedgerAccount.kind == "custody")
    )
    assert isinstance(at_bank, Done) and at_bank.value.amount_minor == -in_books
    states = set(db.session.scalars(select(Payment.state)))
    assert states <= {PaymentState.CAPTURED, PaymentState.CANCELLED, PaymentState.REQUIRES_ACTION}
    assert set(db.session.scalars(select(Refund.state))) <= {"succeeded"}
    assert not {Verdict.WAITING, Verdict.ASKING} & set(db.session.scalars(select(BankNotice.verdict)))
