"""What buyers, merchants and time can do with an order once it is placed."""

from __future__ import annotations

import logging

from sqlalchemy import select, update

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.i18n import lazy_gettext as _
from core.base.transactions import transactional
from core.contract.providers import PaymentState
from core.discounts.using import give_back
from core.giftcards.spending import release_held
from core.inventory import service as inventory
from core.orders.card_lines import take_all_back
from core.orders.checkout import payment_choices
from core.orders.errors import NoWayToPay
from core.orders.fulfilment import drop_packed
from core.orders.goods_returns import reopen_exchange
from core.orders.models import Order
from core.orders.moves import BUYER, SYSTEM, authorise, lock_order, move
from core.orders.returns import refund_everything, withdraw_open_requests
from core.orders.states import LABELS, OrderState, WrongState
from core.payments.models import Payment
from core.payments.service import create_payment
from core.shops.context import ShopContext

log = logging.getLogger(__name__)

CANCEL_BY_BUYER = frozenset({OrderState.PENDING, OrderState.PAID})
CANCEL_BY_STAFF = CANCEL_BY_BUYER | {OrderState.PACKED}


@transactional
def cancel_order(merchant_id: str, order_id: str, *, actor: str, reason: str = "") -> None:
    """Cancel an order: the stock is free again, and what was paid goes back in full.

    Buyers may until it is packed, staff until it is shipped. Raises OrderNotFound, NotAllowed, WrongState,
    GiftCardSpent when it sold gift cards of which something has been spent.
    """
    authorise(merchant_id, actor, "orders.fulfil")
    order = lock_order(merchant_id, order_id)
    allowed = CANCEL_BY_BUYER if actor == BUYER else CANCEL_BY_STAFF
    if order.state not in allowed:
        raise WrongState(
            _(
                "The order is “%(state)s” by now and cannot be cancelled. Ask for a refund instead.",
                state=LABELS[OrderState(order.state)],
            )
        )
    before = order.state
    if actor not in (BUYER, SYSTEM):
        record("order.cancelled", actor_id=actor, subject=f"order:{order_id}", merchant_id=merchant_id)
    order.cancelled_at = clock.now()
    order.pay_until = None
    if before != OrderState.PENDING:
        take_all_back(order, reason=reason or "cancelled", actor=actor)
    move(order, OrderState.CANCELLED, actor, {"reason": reason[:300]} if reason else None)
    drop_packed(order)
    inventory.release(merchant_id, order_id)
    close_open_payments(order)
    withdraw_open_requests(order)
    reopen_exchange(order)
    if before == OrderState.PENDING:
        give_back(merchant_id, order_id)
        if order.gift_card_minor:
            release_held(merchant_id, order_id)
    else:
        refund_everything(order, reason=reason or "cancelled", actor=actor)


def close_open_payments(order: Order) -> None:
    """Have the worker close what could still be paid; money that comes all the same is given back."""
    db.session.execute(
        update(Payment)
        .where(
            Payment.merchant_id == order.merchant_id,
            Payment.purpose == "order",
            Payment.subject_id == order.id,
            Payment.state.in_([PaymentState.CREATED, PaymentState.REQUIRES_ACTION, PaymentState.UNKNOWN]),
        )
        .values(expires_at=clock.now(), ask_again_at=clock.now())
        .execution_options(synchronize_session=False)
    )


@transactional
def pay_again(shop: ShopContext, order_id: str, provider_id: str) -> str:
    """Another way to pay an order that still awaits payment. Returns the new payment's id.

    Should the first way be paid after all, one of the two is given back. Raises OrderNotFound, WrongState, NoWayToPay.
    """
    order = lock_order(shop.merchant_id, order_id)
    if order.state != OrderState.PENDING or order.pay_until is None or order.pay_until <= clock.now():
        raise WrongState(_("This order does not await payment any more."))
    if provider_id not in {
        choice.provider_id for choice in payment_choices(shop, order.total_minor - order.gift_card_minor)
    }:
        raise NoWayToPay
    close_open_payments(order)
    asked = create_payment(
        shop.merchant_id,
        purpose="order",
        subject_id=order_id,
        provider_id=provider_id,
        amount_minor=order.total_minor - order.gift_card_minor,
        currency=order.currency,
        expires_at=order.pay_until,
    )
    return asked.id


def expire_unpaid(limit: int = 200) -> int:
    """Job: cancel orders whose time to pay is over; the stock is free again. Returns how many."""
    due = db.session.execute(
        select(Order.merchant_id, Order.id)
        .where(Order.state == OrderState.PENDING, Order.pay_until <= clock.now())
        .order_by(Order.pay_until)
        .limit(limit)
    ).all()
    cancelled = 0
    for merchant_id, order_id in due:
        try:
            cancel_order(merchant_id, order_id, actor=SYSTEM, reason="not paid in time")
            cancelled += 1
        except WrongState:
            log.info("order %s was paid or cancelled meanwhile", order_id)
    return cancelled
