"""Refunds: the money is held first, the provider is called, and only its success takes the money out."""

from __future__ import annotations

import logging

from sqlalchemy import update

from core.base import clock
from core.base.database import db
from core.base.ids import new_id
from core.base.outbox import emit
from core.base.transactions import end_read, transactional
from core.contract.providers import PaymentMethod, RefundOutcome, RefundRequest, RefundState
from core.contract.runtime import health, registry
from core.ledger.service import AccountRef, Posting, place_hold, post_hold, release_hold
from core.payments.asking import claim_due, judged, next_ask
from core.payments.errors import PaymentNotFound, RefundTooMuch
from core.payments.models import Payment, Refund
from core.shops.queries import shop_context

log = logging.getLogger(__name__)


@transactional
def create_refund(
    merchant_id: str,
    payment_id: str,
    *,
    amount_minor: int,
    source: AccountRef,
    reason: str,
    created_by: str | None = None,
    gift_card_id: str | None = None,
) -> str:
    """Hold an amount for a refund of a payment; the worker sends it. Returns the refund's id.

    Raises RefundTooMuch when it exceeds what was received and not refunded, NotEnoughMoney when the source has less.
    """
    taken = db.session.execute(
        update(Payment)
        .where(
            Payment.merchant_id == merchant_id,
            Payment.id == payment_id,
            Payment.refunded_minor + amount_minor <= Payment.received_minor,
        )
        .values(refunded_minor=Payment.refunded_minor + amount_minor)
        .returning(Payment.currency)
        .execution_options(synchronize_session="fetch")
    ).scalar_one_or_none()
    if taken is None or amount_minor <= 0:
        raise RefundTooMuch
    refund_id = new_id("rfd")
    hold = place_hold(source, amount_minor, reference=refund_id, idempotency_key=f"refund:{refund_id}")
    moment = clock.now()
    db.session.add(
        Refund(
            merchant_id=merchant_id,
            id=refund_id,
            payment_id=payment_id,
            amount_minor=amount_minor,
            currency=taken,
            reason=reason[:300],
            gift_card_id=gift_card_id,
            state=RefundState.CREATED,
            hold_id=hold.id,
            ask_again_at=moment,
            created_by=created_by,
            created_at=moment,
        )
    )
    emit("refund.created", {"refund_id": refund_id, "payment_id": payment_id}, merchant_id=merchant_id)
    return refund_id


def send_refund(merchant_id: str, refund_id: str) -> Refund:
    """Call the provider for a refund (or ask how it stands) and record the answer. Safe to call again."""
    refund = db.session.get(Refund, (merchant_id, refund_id))
    if refund is None:
        raise PaymentNotFound
    payment = db.session.get(Payment, (merchant_id, refund.payment_id))
    assert payment is not None
    if refund.state not in (RefundState.CREATED, RefundState.UNKNOWN):
        return refund
    method = registry().find_provider(PaymentMethod, payment.provider_id)
    if method is None:
        outcome = RefundOutcome(RefundState.UNKNOWN, message="provider not installed")
        return record_refund_outcome(merchant_id, refund_id, outcome)
    view = shop_context(merchant_id).view(method.plugin_id)
    request = RefundRequest(
        refund_id=refund_id,
        payment_id=payment.id,
        payment_external_id=payment.external_id,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        reason=refund.reason,
    )
    end_read()
    try:
        outcome = health().ask(
            merchant_id,
            method.plugin_id,
            "refund",
            lambda: method.refund(view, request),
            judged=judged,
            weight="begins",
        )
    except Exception:
        log.exception("payment provider %s raised on refund", method.id)
        outcome = RefundOutcome(RefundState.UNKNOWN)
    return record_refund_outcome(merchant_id, refund_id, outcome)


@transactional
def record_refund_outcome(merchant_id: str, refund_id: str, outcome: RefundOutcome) -> Refund:
    """Act once on a refund's outcome: the held money leaves, or the hold is released. Raises PaymentNotFound."""
    refund = db.session.get(Refund, (merchant_id, refund_id), with_for_update=True)
    if refund is None:
        raise PaymentNotFound
    if refund.state in (RefundState.SUCCEEDED, RefundState.FAILED):
        return refund
    payment = db.session.get(Payment, (merchant_id, refund.payment_id), with_for_update=True)
    assert payment is not None and refund.hold_id is not None
    refund.external_id = outcome.external_id or refund.external_id
    refund.message = outcome.message
    if outcome.state not in (RefundState.SUCCEEDED, RefundState.FAILED):
        refund.state = RefundState.UNKNOWN
        refund.ask_again_at = next_ask(refund.attempts)
        return refund
    succeeded = outcome.state == RefundState.SUCCEEDED
    refund.state = outcome.state
    refund.ask_again_at = None
    refund.settled_at = clock.now()
    if succeeded:
        custody_id = registry().provider(PaymentMethod, payment.provider_id).custody_id
        post_hold(
            refund.hold_id,
            "refund_paid",
            [Posting(AccountRef("custody", custody_id, refund.currency), refund.amount_minor)],
            idempotency_key=f"refund:{refund.id}",
            merchant_id=merchant_id,
        )
    else:
        release_hold(refund.hold_id)
        payment.refunded_minor -= refund.amount_minor
    if payment.accepted:
        db.session.flush()
        registry().payment_subjects[payment.purpose].on_refund_ended(
            merchant_id, payment.subject_id, refund.id, refund.amount_minor, succeeded
        )
    emit("refund.ended", {"refund_id": refund.id, "succeeded": succeeded}, merchant_id=merchant_id)
    return refund


def send_refunds() -> None:
    """Job: send refunds that are waiting, and ask about those whose answer was lost."""
    for merchant_id, refund_id in claim_due(Refund):
        send_refund(merchant_id, refund_id)
