"""Escrow becomes the merchant's money, less the platform's fee: on receipt, or when the days are over."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select

from core.base import clock
from core.base.database import db, table_of
from core.base.i18n import lazy_gettext as _
from core.base.money import share_ppm
from core.base.outbox import emit
from core.base.transactions import transactional
from core.ledger.queries import balances
from core.ledger.service import AccountRef, Posting, TransferDraft, post_transfers
from core.orders.errors import RefundRequestOpen
from core.orders.models import Order, OrderEvent
from core.orders.moves import SYSTEM, available_of, escrow_of, lock_order, notify_moved
from core.orders.returns import waits_for_answer
from core.orders.states import OrderState, WrongState, require_move

BATCH = 200


@transactional
def confirm_receipt(merchant_id: str, order_id: str, *, actor: str) -> None:
    """The buyer has the goods: the order is completed and its escrow released.

    Raises OrderNotFound, WrongState, RefundRequestOpen.
    """
    order = lock_order(merchant_id, order_id)
    if order.state != OrderState.SHIPPED:
        raise WrongState(_("Only an order that has been shipped can be received."))
    if waits_for_answer(order):
        raise RefundRequestOpen
    _complete([order], actor)


@transactional
def release_due(limit: int = BATCH) -> int:
    """Job: complete shipped orders whose days are over, a batch in a handful of statements. Returns how many."""
    orders = db.session.scalars(
        select(Order)
        .where(Order.state == OrderState.SHIPPED, Order.release_at <= clock.now())
        .order_by(Order.release_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if orders:
        _complete(orders, SYSTEM)
    return len(orders)


def complete_order(order: Order, actor: str) -> None:
    """Complete a locked order of which nothing is to be sent, and release its escrow. In a use case."""
    require_move(order.state, OrderState.COMPLETED)
    order.pay_until = None
    _complete([order], actor)


def _complete(orders: Sequence[Order], actor: str) -> None:
    moment = clock.now()
    before = {order.id: order.state for order in orders}
    for order in orders:
        order.state = OrderState.COMPLETED
        order.completed_at = moment
        order.release_at = None
    release_escrow(orders, "release")
    db.session.execute(
        insert(table_of(OrderEvent)),
        [
            {
                "merchant_id": order.merchant_id,
                "order_id": order.id,
                "kind": "completed",
                "data": {},
                "actor": actor,
                "created_at": moment,
            }
            for order in orders
        ],
    )
    for order in orders:
        notify_moved(order, before[order.id])
        emit("order.completed", {"order_id": order.id, "code": order.code}, merchant_id=order.merchant_id)


def release_escrow(orders: Sequence[Order], occasion: str) -> None:
    """Post what is free in each order's escrow to its merchant, less the fee agreed when the order was placed.

    What is held for a refund under way stays. `occasion` makes the idempotency key (one release on each occasion).
    """
    accounts = {order.id: escrow_of(order) for order in orders}
    found = balances(list(accounts.values()))
    drafts = []
    for order in orders:
        free = found[accounts[order.id]].available_minor
        if free <= 0:
            continue
        fee = share_ppm(free, order.fee_ppm)
        postings = [Posting(accounts[order.id], -free)]
        if free > fee:
            postings.append(Posting(available_of(order), free - fee))
        if fee:
            postings.append(Posting(AccountRef("platform_fees", "platform", order.currency), fee))
        drafts.append(
            TransferDraft(
                kind="escrow_released",
                postings=tuple(postings),
                reference=order.id,
                idempotency_key=f"{occasion}:{order.id}",
                merchant_id=order.merchant_id,
                memo=order.code,
            )
        )
    if drafts:
        post_transfers(drafts)
