"""Moving an order on: the state, its timeline, the plugins' notice and the event after commit, in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core.base import clock
from core.base.database import db, table_of
from core.base.outbox import emit
from core.base.rows import insert_rows
from core.contract.runtime import dispatch
from core.contract.views import LineView, OrderView
from core.ledger.service import AccountRef
from core.orders.errors import OrderNotFound
from core.orders.models import Order, OrderEvent, OrderLine
from core.orders.states import OrderState, require_move
from core.parties.roles import require_permission
from core.shops.queries import shop_context

BUYER = "buyer"
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class MovedOrder:
    """As much of an order as its escrow, its timeline and the plugins need, where it was moved without being loaded."""

    merchant_id: str
    id: str
    code: str
    state: str
    currency: str
    total_minor: int
    gift_card_minor: int
    cards_minor: int
    extras: dict[str, Any]


def authorise(merchant_id: str, actor: str, permission: str) -> None:
    """The buyer and the system do what their own functions allow; staff need the permission. Raises NotAllowed."""
    if actor not in (BUYER, SYSTEM):
        require_permission(actor, merchant_id, permission)


def lock_order(merchant_id: str, order_id: str) -> Order:
    """The order, locked for this transaction. Raises OrderNotFound."""
    order = db.session.get(Order, (merchant_id, order_id), with_for_update=True, populate_existing=True)
    if order is None:
        raise OrderNotFound
    return order


def escrow_of(order: Order | MovedOrder) -> AccountRef:
    """The ledger account that holds an order's money until it is released or given back."""
    return AccountRef("order_escrow", order.merchant_id, order.currency, order.id)


def available_of(order: Order | MovedOrder) -> AccountRef:
    """The merchant's own money in the order's currency."""
    return AccountRef("merchant_available", order.merchant_id, order.currency)


def write_event(order: Order | MovedOrder, kind: str, actor: str, data: Mapping[str, Any] | None = None) -> None:
    """Write a line into an order's timeline."""
    insert_rows(
        table_of(OrderEvent),
        [
            {
                "merchant_id": order.merchant_id,
                "order_id": order.id,
                "kind": kind,
                "data": dict(data or {}),
                "actor": actor,
                "created_at": clock.now(),
            }
        ],
    )


def move(order: Order, after: OrderState, actor: str, data: Mapping[str, Any] | None = None) -> None:
    """Move a locked order on. Raises WrongState when it may not go there, or a plugin's refusal."""
    require_move(order.state, after)
    before, order.state = order.state, after
    moved(order, before, actor, data)


def moved(order: Order | MovedOrder, before: str, actor: str, data: Mapping[str, Any] | None = None) -> None:
    """Tell of an order that has just moved: its timeline, the plugins, the event after commit."""
    write_event(order, str(order.state), actor, data)
    notify_moved(order, before)
    emit(f"order.{order.state}", {"order_id": order.id, "code": order.code}, merchant_id=order.merchant_id)


def notify_moved(order: Order | MovedOrder, before: str) -> None:
    """Give the merchant's plugins notice that an order has moved, inside the transaction."""
    if not dispatch().implements("order_moved"):
        return
    shop = shop_context(order.merchant_id)
    db.session.flush()
    dispatch().call(
        "order_moved", shop.plugins, shop=shop.views(), order=order_view(order), before=before, after=order.state
    )


def order_view(order: Order | MovedOrder, lines: Sequence[OrderLine] | None = None) -> OrderView:
    """An order as plugins see it; its lines are read where they are not given."""
    if lines is None:
        lines = db.session.scalars(
            select(OrderLine)
            .where(OrderLine.merchant_id == order.merchant_id, OrderLine.order_id == order.id)
            .order_by(OrderLine.position)
        ).all()
    return OrderView(
        order_id=order.id,
        code=order.code,
        state=order.state,
        currency=order.currency,
        total_minor=order.total_minor,
        lines=tuple(
            LineView(
                line_id=line.id,
                product_id=line.product_id,
                variant_id=line.variant_id,
                sku=line.sku,
                name=line.name,
                quantity=line.quantity,
                unit_price_minor=line.unit_price_minor,
                total_minor=line.total_minor,
                weight_grams=line.weight_grams,
                requires_shipping=line.requires_shipping,
            )
            for line in lines
        ),
        extras=order.extras,
    )
