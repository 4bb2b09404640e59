"""What the bank's answers mean for the shop: nothing is called certain that is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.contract.providers import PaymentState, PayoutState, RefundState
from plugins.payment import outcomes
from plugins.payment.bank.client import Done, Refused, Unknown
from plugins.payment.bank.messages import Collection, CollectionState, Payment, Payout, Refund, TransferState

WHEN = datetime(2026, 11, 23, tzinfo=UTC)
OPEN = Collection("CO1", "pay_1", 100, "CNY", CollectionState.OPEN, "http://bank/pay/x", WHEN, 0, 0, [])
PAYMENT = Payment("TR1", 100, "CNY", "****1", "Lin Mei", WHEN)
PAID = replace(OPEN, state=CollectionState.PAID, paid_minor=100, payments=[PAYMENT])
REFUND = Refund("RE1", "rfd_1", "pay_1", 100, "CNY", TransferState.DONE, "TR2", None)
PAYOUT = Payout("PO1", "pyt_1", "62170000", "Tea", 100, "CNY", TransferState.DONE, "TR3", None)

NOT_FINAL = [
    Unknown("no_answer"),
    Refused("unknown_key", "…"),
    Refused("key_not_valid", "…"),
    Refused("bad_signature", "…"),
    Refused("expired", "…"),
    Refused("replayed", "…"),
    Refused("reference_conflict", "…"),
    Refused("not_found", "…"),
    Refused("something_new", "…"),
]


@pytest.mark.parametrize("result", NOT_FINAL)
def test_what_says_nothing_of_an_earlier_copy_of_the_request_is_unknown(result: Unknown | Refused) -> None:
    assert outcomes.start_outcome(result).state == PaymentState.UNKNOWN
    assert outcomes.query_outcome(result).state == PaymentState.UNKNOWN
    assert outcomes.refund_outcome(result).state == RefundState.UNKNOWN
    assert outcomes.payout_outcome(result).state == PayoutState.UNKNOWN


@pytest.mark.parametrize("code", sorted(outcomes.FINAL_REFUSALS))
def test_what_the_bank_says_of_every_copy_is_final(code: str) -> None:
    assert outcomes.start_outcome(Refused(code, "no")).state == PaymentState.FAILED
    assert outcomes.refund_outcome(Refused(code, "no")).state == RefundState.FAILED
    assert outcomes.payout_outcome(Refused(code, "no")).state == PayoutState.FAILED


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (CollectionState.OPEN, PaymentState.REQUIRES_ACTION),
        (CollectionState.CLOSED, PaymentState.CANCELLED),
        (CollectionState.EXPIRED, PaymentState.CANCELLED),
    ],
)
def test_a_collection_without_payment_stands_as_the_bank_says(state: CollectionState, expected: PaymentState) -> None:
    assert outcomes.query_outcome(Done(replace(OPEN, state=state))).state == expected


def test_a_paid_collection_tells_what_really_came() -> None:
    short = replace(PAID, payments=[replace(PAYMENT, amount_minor=99)])
    outcome = outcomes.query_outcome(Done(short))
    assert (outcome.state, outcome.amount_minor, outcome.external_id) == (PaymentState.CAPTURED, 99, "pay_1/TR1")
    assert outcomes.parse_external_id(outcome.external_id) == ("pay_1", "TR1")


def test_money_counts_whatever_the_collection_calls_itself() -> None:
    assert outcomes.query_outcome(Done(replace(PAID, state=CollectionState.CLOSED))).state == PaymentState.CAPTURED


def test_closing_what_was_paid_asks_with_what_and_closing_what_is_unknown_is_done() -> None:
    assert outcomes.close_outcome(Refused("already_paid", "")) is None
    closed = outcomes.close_outcome(Refused("not_found", ""))
    lost = outcomes.close_outcome(Unknown("no_answer"))
    assert closed is not None and closed.state == PaymentState.CANCELLED
    assert lost is not None and lost.state == PaymentState.UNKNOWN


@pytest.mark.parametrize(
    ("state", "refund", "payout"),
    [
        (TransferState.DONE, RefundState.SUCCEEDED, PayoutState.SUCCEEDED),
        (TransferState.FAILED, RefundState.FAILED, PayoutState.FAILED),
        (TransferState.PROCESSING, RefundState.UNKNOWN, PayoutState.UNKNOWN),
    ],
)
def test_a_transfer_that_is_being_processed_is_neither_done_nor_failed(
    state: TransferState, refund: RefundState, payout: PayoutState
) -> None:
    assert outcomes.refund_outcome(Done(replace(REFUND, state=state))).state == refund
    assert outcomes.payout_outcome(Done(replace(PAYOUT, state=state))).state == payout


def test_an_id_of_a_collection_is_not_taken_for_a_payment() -> None:
    assert outcomes.parse_external_id("CO1") is None
    assert outcomes.parse_external_id(None) is None
