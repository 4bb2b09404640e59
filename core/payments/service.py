"""Payments: asked for, started outside, and acted on once when their outcome is known.

The order of things is always: record the intent (a transaction), call the provider (no transaction), record the outcome
(a transaction). `record_outcome` is the only door through which a payment's money enters the ledger; it is idempotent,
so notices may come twice, late or out of order.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from markupsafe import Markup
from sqlalchemy import BigInteger, String, bindparam, func, select, update

from core.base import clock
from core.base.database import db, table_of
from core.base.i18n import gettext
from core.base.ids import new_id
from core.base.outbox import emit
from core.base.rows import connection, insert_rows
from core.base.transactions import end_read, transactional
from core.contract.health import Weight
from core.contract.providers import (
    CapturedPayment,
    PaymentMethod,
    PaymentOutcome,
    PaymentRequest,
    PaymentState,
    PaymentSubject,
)
from core.contract.registry import ProviderGone
from core.contract.runtime import health, registry
from core.ledger.service import AccountRef, Posting, post_transfer
from core.payments import refunds
from core.payments.asking import claim_due, judged, next_ask
from core.payments.errors import PaymentNotFound
from core.payments.models import Payment
from core.shops.context import ShopContext
from core.shops.queries import shop_context

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AskedPayment:
    """A payment as it was asked for: what its provider needs to know to begin it."""

    id: str
    provider_id: str
    amount_minor: int
    currency: str
    expires_at: datetime


PAYMENT = table_of(Payment)
_CAPTURE = (
    update(PAYMENT)
    .where(
        PAYMENT.c.merchant_id == bindparam("merchant"),
        PAYMENT.c.id == bindparam("payment"),
        PAYMENT.c.state != PaymentState.CAPTURED,
        PAYMENT.c.amount_minor == func.coalesce(bindparam("received", type_=BigInteger), PAYMENT.c.amount_minor),
        PAYMENT.c.currency == func.coalesce(bindparam("received_currency", type_=String), PAYMENT.c.currency),
    )
    .values(
        state=str(PaymentState.CAPTURED),
        external_id=func.coalesce(bindparam("external", type_=String), PAYMENT.c.external_id),
        received_minor=PAYMENT.c.amount_minor,
        accepted=True,
        captured_at=bindparam("moment"),
        ask_again_at=None,
        message=bindparam("said"),
    )
    .returning(
        PAYMENT.c.purpose, PAYMENT.c.subject_id, PAYMENT.c.provider_id, PAYMENT.c.amount_minor, PAYMENT.c.currency
    )
)
ENDED = frozenset({PaymentState.FAILED, PaymentState.CANCELLED})


def payment_method(provider_id: str) -> PaymentMethod:
    """The payment method of that id, also where the merchant has switched it off since. Raises ProviderGone."""
    return registry().provider(PaymentMethod, provider_id)


def custody_of(payment: Payment | CapturedPayment) -> AccountRef:
    """Where the platform's money of a payment stands at its provider. Raises ProviderGone."""
    return AccountRef("custody", payment_method(payment.provider_id).custody_id, payment.currency)


def get_payment(merchant_id: str, payment_id: str) -> Payment:
    """A payment of this merchant. Raises PaymentNotFound."""
    payment = db.session.get(Payment, (merchant_id, payment_id))
    if payment is None:
        raise PaymentNotFound
    return payment


@transactional
def create_payment(
    merchant_id: str,
    *,
    purpose: str,
    subject_id: str,
    provider_id: str,
    amount_minor: int,
    currency: str,
    expires_at: datetime,
) -> AskedPayment:
    """Record that an amount will be asked of a buyer; nothing is called yet."""
    asked = AskedPayment(new_id("pay"), provider_id, amount_minor, currency, expires_at)
    insert_rows(
        table_of(Payment),
        [
            {
                "merchant_id": merchant_id,
                "id": asked.id,
                "purpose": purpose,
                "subject_id": subject_id,
                "provider_id": provider_id,
                "amount_minor": amount_minor,
                "currency": currency,
                "state": PaymentState.CREATED,
                "received_minor": 0,
                "accepted": False,
                "refunded_minor": 0,
                "instructions": {},
                "message": "",
                "attempts": 0,
                "expires_at": expires_at,
                "ask_again_at": expires_at,
                "created_at": clock.now(),
            }
        ],
    )
    return asked


def _outside(
    merchant_id: str, method: PaymentMethod, name: str, call: Callable[[], PaymentOutcome], *, weight: Weight = "asks"
) -> PaymentOutcome:
    """Call a provider outside any transaction; whatever it raises, the outcome is unknown, never guessed."""
    end_read()
    try:
        return health().ask(merchant_id, method.plugin_id, name, call, judged=judged, weight=weight)
    except Exception:
        log.exception("payment provider %s raised", method.id)
        return PaymentOutcome(PaymentState.UNKNOWN, message=gettext("The other side could not be reached."))


def start_payment(shop: ShopContext, payment_id: str, *, return_url: str, notify_url: str) -> Payment:
    """Open a payment at its provider and record what came of it. Safe to call again. Raises PaymentNotFound."""
    payment = get_payment(shop.merchant_id, payment_id)
    if payment.state not in (PaymentState.CREATED, PaymentState.UNKNOWN):
        return payment
    asked = AskedPayment(payment_id, payment.provider_id, payment.amount_minor, payment.currency, payment.expires_at)
    start_asked(shop, asked, return_url=return_url, notify_url=notify_url)
    return get_payment(shop.merchant_id, payment_id)


def start_asked(shop: ShopContext, payment: AskedPayment, *, return_url: str, notify_url: str) -> None:
    """Open a payment that this very request has asked for, as `start_payment` does, without reading it."""
    method = payment_method(payment.provider_id)
    request = PaymentRequest(
        payment_id=payment.id,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        description=gettext("Order at %(shop)s", shop=shop.name),
        expires_at=payment.expires_at,
        return_url=return_url,
        notify_url=notify_url,
    )
    view = shop.view(method.plugin_id)
    outcome = _outside(shop.merchant_id, method, "start", lambda: method.start(view, request), weight="begins")
    record_outcome(shop.merchant_id, payment.id, outcome)


def check_payment(shop: ShopContext, payment_id: str) -> Payment:
    """Ask the provider now how a payment stands, and act on it. Raises PaymentNotFound."""
    payment = get_payment(shop.merchant_id, payment_id)
    if payment.state in (PaymentState.CAPTURED, PaymentState.CREATED):
        return payment
    method = payment_method(payment.provider_id)
    view, external_id = shop.view(method.plugin_id), payment.external_id
    outcome = _outside(shop.merchant_id, method, "query", lambda: method.query(view, payment_id, external_id))
    record_outcome(shop.merchant_id, payment_id, outcome)
    return get_payment(shop.merchant_id, payment_id)


def close_payment(shop: ShopContext, payment_id: str) -> Payment:
    """Close an unpaid payment at its provider, so that it cannot be paid any more; acts on it if it was paid."""
    payment = get_payment(shop.merchant_id, payment_id)
    if payment.state in (PaymentState.CAPTURED, PaymentState.CANCELLED, PaymentState.FAILED):
        return payment
    if payment.state == PaymentState.CREATED:
        record_outcome(shop.merchant_id, payment_id, PaymentOutcome(PaymentState.CANCELLED))
        return get_payment(shop.merchant_id, payment_id)
    method = payment_method(payment.provider_id)
    view, external_id = shop.view(method.plugin_id), payment.external_id
    outcome = _outside(shop.merchant_id, method, "cancel", lambda: method.cancel(view, payment_id, external_id))
    record_outcome(shop.merchant_id, payment_id, outcome)
    return get_payment(shop.merchant_id, payment_id)


@transactional
def record_outcome(merchant_id: str, payment_id: str, outcome: PaymentOutcome) -> None:
    """Act once on what is known of a payment: the money enters the ledger, its subject moves on.

    A second or wrong amount, or money for something cancelled meanwhile, goes to an account of the buyer's and
    is given back. Raises PaymentNotFound.
    """
    state = outcome.state
    if state == PaymentState.CAPTURED and _captured_as_asked(merchant_id, payment_id, outcome):
        return
    payment = _locked(merchant_id, payment_id)
    if state == PaymentState.CAPTURED:
        _record_odd_capture(payment, outcome)
    elif payment.state == PaymentState.CAPTURED:
        return
    elif state in ENDED:
        _record_end(payment, outcome)
    elif state == PaymentState.REQUIRES_ACTION:
        payment.external_id = outcome.external_id or payment.external_id
        if outcome.instructions:
            payment.instructions = dict(outcome.instructions)
        if payment.state not in ENDED:
            payment.state = PaymentState.REQUIRES_ACTION
            payment.message = outcome.message
            payment.ask_again_at = next_ask(payment.attempts)
    else:
        if payment.state == PaymentState.CREATED:
            payment.state = PaymentState.UNKNOWN
        payment.message = outcome.message
        payment.ask_again_at = next_ask(payment.attempts)


def _locked(merchant_id: str, payment_id: str) -> Payment:
    payment = db.session.get(Payment, (merchant_id, payment_id), with_for_update=True, populate_existing=True)
    if payment is None:
        raise PaymentNotFound
    return payment


def _record_end(payment: Payment, outcome: PaymentOutcome) -> None:
    if payment.state in ENDED:
        return
    payment.state = outcome.state
    payment.message = outcome.message
    payment.ask_again_at = None
    _subject(payment).on_ended(payment.merchant_id, payment.subject_id, payment.id, outcome.state)
    emit("payment.ended", {"payment_id": payment.id, "state": str(outcome.state)}, merchant_id=payment.merchant_id)


def _captured_as_asked(merchant_id: str, payment_id: str, outcome: PaymentOutcome) -> bool:
    """The ordinary case, in one statement: exactly what was asked comes in for a payment that holds nothing yet."""
    db.session.flush()
    row = (
        connection()
        .execute(
            _CAPTURE,
            {
                "merchant": merchant_id,
                "payment": payment_id,
                "received": outcome.amount_minor,
                "received_currency": outcome.currency,
                "external": outcome.external_id,
                "said": outcome.message,
                "moment": clock.now(),
            },
        )
        .one_or_none()
    )
    if row is None:
        return False
    db.session.expire_all()
    purpose, subject_id, provider_id, amount_minor, currency = row
    payment = CapturedPayment(merchant_id, payment_id, subject_id, provider_id, amount_minor, currency)
    if registry().payment_subjects[purpose].on_captured(payment):
        emit("payment.captured", {"payment_id": payment_id, "amount_minor": amount_minor}, merchant_id=merchant_id)
    else:
        _give_back(_locked(merchant_id, payment_id), gettext("no longer wanted"))
    return True


def _record_odd_capture(payment: Payment, outcome: PaymentOutcome) -> None:
    """Money that came a second time, in another currency or in another amount than was asked."""
    received = payment.amount_minor if outcome.amount_minor is None else outcome.amount_minor
    currency = outcome.currency or payment.currency
    if payment.state == PaymentState.CAPTURED:
        if outcome.external_id is not None and outcome.external_id != payment.external_id:
            _record_stray(payment, outcome.external_id, received, currency)
        return
    payment.ask_again_at = None
    if currency != payment.currency:
        payment.state = PaymentState.UNKNOWN
        payment.message = gettext("The other side reports another currency (%(code)s).", code=currency)
        emit(
            "payment.wrong_currency", {"payment_id": payment.id, "currency": currency}, merchant_id=payment.merchant_id
        )
        return
    payment.state = PaymentState.CAPTURED
    payment.external_id = outcome.external_id or payment.external_id
    payment.received_minor = received
    payment.captured_at = clock.now()
    _give_back(payment, gettext("wrong amount"))


def _record_stray(payment: Payment, external_id: str, received_minor: int, currency: str) -> None:
    """Money that came a second time for the same payment: a payment of its own, given back at once."""
    known = db.session.scalar(
        select(Payment.id).where(Payment.provider_id == payment.provider_id, Payment.external_id == external_id)
    )
    if known is not None:
        return
    stray = Payment(
        merchant_id=payment.merchant_id,
        id=new_id("pay"),
        purpose=payment.purpose,
        subject_id=payment.subject_id,
        provider_id=payment.provider_id,
        amount_minor=received_minor,
        currency=currency,
        state=PaymentState.CAPTURED,
        external_id=external_id,
        received_minor=received_minor,
        refunded_minor=0,
        instructions={},
        message=gettext("paid twice"),
        expires_at=payment.expires_at,
        created_at=clock.now(),
        captured_at=clock.now(),
    )
    db.session.add(stray)
    db.session.flush()
    _give_back(stray, stray.message)


def _give_back(payment: Payment, reason: str) -> None:
    """Book money that fits nothing to its buyer's own account and begin its refund."""
    payment.accepted = False
    payment.message = reason
    db.session.flush()
    account = AccountRef("buyer_unallocated", payment.merchant_id, payment.currency, payment.id)
    post_transfer(
        "payment_unallocated",
        [
            Posting(custody_of(payment), -payment.received_minor),
            Posting(account, payment.received_minor),
        ],
        reference=payment.id,
        idempotency_key=f"capture:{payment.id}",
        merchant_id=payment.merchant_id,
        memo=reason,
    )
    refunds.create_refund(
        payment.merchant_id, payment.id, amount_minor=payment.received_minor, source=account, reason=reason
    )
    emit("payment.given_back", {"payment_id": payment.id, "reason": reason}, merchant_id=payment.merchant_id)


def capture_into(payment: CapturedPayment, account: AccountRef) -> None:
    """Post a captured payment's money from custody to an account; for subjects, inside `on_captured`."""
    post_transfer(
        "payment_captured",
        [
            Posting(custody_of(payment), -payment.amount_minor),
            Posting(account, payment.amount_minor),
        ],
        reference=payment.payment_id,
        idempotency_key=f"capture:{payment.payment_id}",
        merchant_id=payment.merchant_id,
    )


def _subject(payment: Payment) -> PaymentSubject:
    return registry().payment_subjects[payment.purpose]


def present(shop: ShopContext, payment: Payment) -> Markup:
    """What the pay page shows for this payment (a QR, an account number)."""
    method = payment_method(payment.provider_id)
    return Markup(method.present(shop.view(method.plugin_id), payment.instructions))  # noqa: S704 - providers return markup


def ask_unknown() -> None:
    """Job: ask the providers about payments whose outcome is not known for good; close those whose time is over."""
    for merchant_id, payment_id in claim_due(Payment):
        try:
            expired = get_payment(merchant_id, payment_id).expires_at <= clock.now()
            (close_payment if expired else check_payment)(shop_context(merchant_id), payment_id)
        except ProviderGone:
            log.warning("payment %s: its provider is not installed", payment_id)
