"""What the bank's answers mean for the shop: plain functions, no database, no network."""

from __future__ import annotations

from typing import Any

from core.sdk import PaymentOutcome, PaymentState, PayoutOutcome, PayoutState, RefundOutcome, RefundState
from plugins.payment.bank.client import Done, Refused, Result, Unknown
from plugins.payment.bank.messages import (
    Collection,
    CollectionState,
    Payment,
    Payout,
    Refund,
    TransferState,
)

# The bank says these of every copy of the same request, so they are final. Other refusals (a key that is not
# accepted, a reference that is not known yet) say nothing of an earlier copy, and count as unknown.
FINAL_REFUSALS = frozenset({"bad_request", "currency_not_served", "not_paid", "refund_exceeds_paid"})


def external_id(reference: str, transfer_id: str) -> str:
    """How the host knows one payment at the bank: the collection's reference and the transfer that paid it."""
    return f"{reference}/{transfer_id}"


def parse_external_id(text: str | None) -> tuple[str, str] | None:
    """The reference and the transfer in an `external_id`; None when it is not one."""
    reference, slash, transfer_id = (text or "").partition("/")
    return (reference, transfer_id) if slash else None


def payment_received(reference: str, payment: Payment) -> PaymentOutcome:
    """One payment of a collection reached the account."""
    return PaymentOutcome(
        PaymentState.CAPTURED,
        external_id=external_id(reference, payment.transfer_id),
        amount_minor=payment.amount_minor,
        currency=payment.currency,
    )


def collection_outcome(collection: Collection) -> PaymentOutcome:
    """How a collection stands. Of several payments the first counts; the others are recorded one by one."""
    if collection.payments:
        return payment_received(collection.reference, collection.payments[0])
    if collection.state is CollectionState.OPEN:
        return PaymentOutcome(
            PaymentState.REQUIRES_ACTION,
            external_id=collection.collection_id,
            instructions=instructions(collection),
        )
    return PaymentOutcome(PaymentState.CANCELLED, external_id=collection.collection_id)


def instructions(collection: Collection) -> dict[str, Any]:
    """What the pay page needs to show the code."""
    return {
        "qr_payload": collection.qr_payload,
        "expires_at": collection.expires_at.isoformat(),
    }


def start_outcome(result: Result[Collection]) -> PaymentOutcome:
    """What came of asking for a collection."""
    match result:
        case Done(collection):
            return collection_outcome(collection)
        case Refused(code, message) if code in FINAL_REFUSALS:
            return PaymentOutcome(PaymentState.FAILED, message=message)
    return PaymentOutcome(PaymentState.UNKNOWN, message=_reason(result))


def query_outcome(result: Result[Collection]) -> PaymentOutcome:
    """What came of asking how a collection stands. "Not found" is not final: the request may still be on its way."""
    match result:
        case Done(collection):
            return collection_outcome(collection)
    return PaymentOutcome(PaymentState.UNKNOWN, message=_reason(result))


def close_outcome(result: Result[Collection]) -> PaymentOutcome | None:
    """What came of closing a collection; None when it was paid, and the bank must be asked with what.

    A collection that the bank does not know has shown no code to anybody, so it counts as closed.
    """
    match result:
        case Done(collection):
            return collection_outcome(collection)
        case Refused("already_paid", _):
            return None
        case Refused("not_found", _):
            return PaymentOutcome(PaymentState.CANCELLED)
    return PaymentOutcome(PaymentState.UNKNOWN, message=_reason(result))


def refund_outcome(result: Result[Refund]) -> RefundOutcome:
    """What came of a refund, or of asking for it."""
    match result:
        case Done(refund) if refund.state is TransferState.DONE:
            return RefundOutcome(RefundState.SUCCEEDED, external_id=refund.transfer_id)
        case Done(refund) if refund.state is TransferState.FAILED:
            return RefundOutcome(RefundState.FAILED, message=refund.failure_code or "")
        case Refused(code, message) if code in FINAL_REFUSALS:
            return RefundOutcome(RefundState.FAILED, message=message)
    return RefundOutcome(RefundState.UNKNOWN, message=_reason(result))


def payout_outcome(result: Result[Payout]) -> PayoutOutcome:
    """What came of a payout, or of asking for it."""
    match result:
        case Done(payout) if payout.state is TransferState.DONE:
            return PayoutOutcome(PayoutState.SUCCEEDED, external_id=payout.transfer_id)
        case Done(payout) if payout.state is TransferState.FAILED:
            return PayoutOutcome(PayoutState.FAILED, message=payout.failure_code or "")
        case Refused(code, message) if code in FINAL_REFUSALS:
            return PayoutOutcome(PayoutState.FAILED, message=message)
    return PayoutOutcome(PayoutState.UNKNOWN, message=_reason(result))


def _reason(result: Done[Any] | Refused | Unknown) -> str:
    match result:
        case Refused(code, message):
            return f"{code}: {message}"
        case Unknown(reason):
            return reason
    return ""
