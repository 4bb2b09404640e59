"""Money that goes back to buyers and out to merchants, through the real bank process."""

from __future__ import annotations

from sqlalchemy import func, select, update

from core.base.database import db
from core.base.transactions import transactional
from core.contract.providers import PayoutState, RefundState
from core.ledger.models import LedgerAccount, LedgerEntry
from core.orders.fulfilment import mark_packed, ship_order
from core.orders.returns import refund_order
from core.orders.service import cancel_order
from core.orders.settlement import confirm_receipt
from core.payments.accounts import add_bank_account
from core.payments.models import Payout
from core.payments.payouts import request_payout, send_payout
from core.payments.refunds import send_refund
from core.payments.service import close_payment
from plugins.payment.jobs import read_bank_statements
from plugins.payment.models import BankLine, Verdict
from tests.plugins.payment.bank_process import SECOND_PAYER
from tests.plugins.payment.sale import PRICE_MINOR, Sale, transfers, wrong_things
from tests.trade import owner_of


def test_a_wrong_amount_is_given_back_and_the_order_stays_unpaid(sale: Sale) -> None:
    sale.scan("wrong_amount", amount_minor=PRICE_MINOR - 1)
    assert sale.verdicts() == [Verdict.CORRECTED]
    assert sale.order_state() == "pending"
    sale.send_refunds()
    assert [(one.state, one.amount_minor) for one in sale.refunds()] == [(RefundState.SUCCEEDED, PRICE_MINOR - 1)]
    assert sale.at_the_bank()["refunded_minor"] == PRICE_MINOR - 1
    assert wrong_things() == []


def test_a_second_payment_of_the_same_code_is_given_back_to_whoever_made_it(sale: Sale) -> None:
    sale.scan()
    sale.scan("late", account=SECOND_PAYER)
    sale.send_refunds()
    assert sale.order_state() == "paid"
    assert [(one.state, one.amount_minor) for one in sale.refunds()] == [(RefundState.SUCCEEDED, PRICE_MINOR)]
    read_bank_statements()
    lines = db.session.scalars(select(BankLine).order_by(BankLine.line)).all()
    assert [line.amount_minor for line in lines] == [PRICE_MINOR, PRICE_MINOR, -PRICE_MINOR]
    assert lines[2].counter_account == lines[1].counter_account != lines[0].counter_account
    assert wrong_things() == []


def test_money_for_a_cancelled_order_is_given_back_by_itself(sale: Sale) -> None:
    cancel_order(sale.merchant_id, sale.placed.order_id, actor="buyer")
    close_payment(sale.shop, sale.placed.payment_id)
    assert sale.at_the_bank()["state"] == "closed"
    sale.scan("late")
    assert sale.order_state() == "cancelled"
    sale.send_refunds()
    assert [one.state for one in sale.refunds()] == [RefundState.SUCCEEDED]
    assert sale.at_the_bank()["refunded_minor"] == PRICE_MINOR
    assert wrong_things() == []


def test_an_order_cancelled_while_the_notice_is_on_its_way_is_refunded(sale: Sale) -> None:
    sale.bank.fault("collection.paid", "hold")
    sale.scan()
    cancel_order(sale.merchant_id, sale.placed.order_id, actor="buyer")
    close_payment(sale.shop, sale.placed.payment_id)
    sale.bank.admin("notices/release")
    sale.bank.settle()
    db.session.remove()
    sale.send_refunds()
    assert [one.state for one in sale.refunds()] == [RefundState.SUCCEEDED]
    assert sale.order_state() == "cancelled"
    assert wrong_things() == []


def test_a_refund_reaches_the_buyer_once_though_the_answer_is_lost(sale: Sale) -> None:
    sale.scan()
    [refund_id] = refund_order(
        sale.merchant_id, sale.placed.order_id, amount_minor=1000, reason="broken cup", actor=owner_of(sale.merchant_id)
    )
    sale.bank.fault("notices", "hold", times=9)
    sale.bank.fault("refund", "drop_answer")
    assert send_refund(sale.merchant_id, refund_id).state == RefundState.UNKNOWN
    assert send_refund(sale.merchant_id, refund_id).state == RefundState.SUCCEEDED
    assert sale.at_the_bank()["refunded_minor"] == 1000
    read_bank_statements()
    assert wrong_things() == []


def test_a_refund_is_also_known_from_the_banks_notice(sale: Sale) -> None:
    sale.scan()
    [refund_id] = refund_order(
        sale.merchant_id, sale.placed.order_id, amount_minor=1000, reason="", actor=owner_of(sale.merchant_id)
    )
    sale.bank.fault("refund", "drop_answer")
    send_refund(sale.merchant_id, refund_id)
    sale.bank.settle()
    db.session.remove()
    assert [(one.state, one.amount_minor) for one in sale.refunds()] == [(RefundState.SUCCEEDED, 1000)]
    assert sale.verdicts() == [Verdict.ACTED, Verdict.ACTED]
    assert wrong_things() == []


def withdraw(sale: Sale, number: str, amount_minor: int = 2000) -> str:
    actor = owner_of(sale.merchant_id)
    sale.scan()
    mark_packed(sale.merchant_id, sale.placed.order_id, actor=actor)
    ship_order(sale.merchant_id, sale.placed.order_id, actor=actor, carrier="SF", tracking_number="1")
    confirm_receipt(sale.merchant_id, sale.placed.order_id, actor="buyer")
    account_id = add_bank_account(
        sale.merchant_id, holder="Tea Shop", bank_name="Harbour Bank", bank_code="", number=number, actor_id=actor
    )
    payout_id = request_payout(sale.merchant_id, account_id, amount_minor, actor_id=actor)
    send_through_the_bank(payout_id)
    return payout_id


@transactional
def send_through_the_bank(payout_id: str) -> None:
    """The tests' fake rail comes first; this withdrawal takes the real one."""
    db.session.execute(update(Payout).where(Payout.id == payout_id).values(provider_id="payment.bank_payout"))


def only_payout(sale: Sale) -> Payout:
    db.session.remove()
    return db.session.scalars(select(Payout)).one()


def test_a_withdrawal_arrives_once_though_the_answer_is_lost(sale: Sale) -> None:
    payout_id = withdraw(sale, "6217999988887777")
    sale.bank.fault("payout", "drop_answer")
    assert send_payout(sale.merchant_id, payout_id).state == PayoutState.UNKNOWN
    assert send_payout(sale.merchant_id, payout_id).state == PayoutState.SUCCEEDED
    read_bank_statements()
    paid_out = [line for line in db.session.scalars(select(BankLine)) if line.kind == "payout"]
    assert [line.amount_minor for line in paid_out] == [-2000]
    assert wrong_things() == []


def test_a_withdrawal_to_a_wrong_account_comes_back(sale: Sale) -> None:
    payout_id = withdraw(sale, "6217999988880000")
    failed = send_payout(sale.merchant_id, payout_id)
    assert (failed.state, failed.message) == (PayoutState.FAILED, "account_unknown")
    assert transfers("payout_paid") == 0
    assert wrong_things() == []


def test_a_slow_withdrawal_is_asked_about_until_it_is_known(sale: Sale) -> None:
    payout_id = withdraw(sale, "6217999988889999")
    assert send_payout(sale.merchant_id, payout_id).state == PayoutState.UNKNOWN
    sale.bank.admin(f"payouts/{payout_id}/settle")
    assert send_payout(sale.merchant_id, payout_id).state == PayoutState.SUCCEEDED
    assert only_payout(sale).state == PayoutState.SUCCEEDED
    assert wrong_things() == []


def test_the_platforms_money_at_the_bank_equals_its_books(sale: Sale) -> None:
    withdraw_id = withdraw(sale, "6217999988887777", 1500)
    send_payout(sale.merchant_id, withdraw_id)
    custody = db.session.scalar(
        select(func.sum(LedgerEntry.amount_minor))
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(LedgerAccount.kind == "custody")
    )
    assert -custody == sale.bank.client().balance().value.amount_minor == PRICE_MINOR - 1500
