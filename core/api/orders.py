"""Orders, their parcels and money back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_smorest import Blueprint
from sqlalchemy import select

from core.api import trade_shapes as shapes
from core.api.operation import Call, operation
from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.contract.views import AddressView
from core.orders import desk, drafts, fulfilment, returns, service
from core.orders.models import Order, OrderLine
from core.orders.queries import OrderDetail, order_detail, orders_page
from core.payments.models import Refund

blueprint = Blueprint("api_orders", __name__, url_prefix="/api/v1/orders", description="Sales, parcels, money back.")
_COLUMNS = tuple(column.key for column in Order.__table__.columns)


def shown(detail: OrderDetail) -> dict[str, Any]:
    """An order with all that belongs to it."""
    return {
        **_columns(detail.order),
        "lines": detail.lines,
        "charges": detail.charges,
        "events": detail.events,
        "shipments": detail.shipments,
        "payments": detail.payments,
        "refunds": detail.refunds,
        "refund_requests": detail.requests,
    }


def _columns(order: Order) -> dict[str, Any]:
    return {name: getattr(order, name) for name in _COLUMNS}


def _order(call: Call, order_id: str, **_more: str) -> dict[str, Any]:
    return shown(order_detail(call.merchant_id, order_id))


@operation(
    blueprint,
    "GET",
    "",
    scope="orders:read",
    answer=shapes.OrderPageShape,
    query=shapes.OrderQuery,
    listed=True,
    expands=("lines",),
)
def list_orders(call: Call) -> Any:
    """Orders, the newest first. `expand=lines` brings what was bought."""
    found = orders_page(
        call.merchant_id,
        state=call.query.get("state"),
        text=call.query.get("q", ""),
        before=call.place(),
        limit=call.limit,
    )
    rows = [_columns(order) for order in found.rows]
    if "lines" in call.expand:
        lines = _lines_of(call.merchant_id, [order.id for order in found.rows])
        rows = [{**row, "lines": lines.get(row["id"], [])} for row in rows]
    return call.page(rows, found.next_cursor)


def _lines_of(merchant_id: str, order_ids: Sequence[str]) -> dict[str, list[OrderLine]]:
    found: Iterable[OrderLine] = db.session.scalars(
        select(OrderLine)
        .where(OrderLine.merchant_id == merchant_id, OrderLine.order_id.in_(order_ids))
        .order_by(OrderLine.order_id, OrderLine.position)
    )
    lines: dict[str, list[OrderLine]] = {}
    for line in found:
        lines.setdefault(line.order_id, []).append(line)
    return lines


@operation(
    blueprint,
    "GET",
    "/<order_id>",
    scope="orders:read",
    answer=shapes.OrderShape,
    expands=shapes.ORDER_EXPANDS,
    versioned=True,
)
def get_order(call: Call, order_id: str) -> Any:
    """One order; `expand` brings lines, charges, events, shipments, payments, refunds and refund_requests."""
    return _order(call, order_id)


def _moves(path: str, **more: Any) -> Any:
    """An operation that moves an order on: done twice under one key it is done once."""
    return operation(
        blueprint,
        "POST",
        f"/<order_id>/{path}",
        scope=more.pop("scope", "orders:write"),
        answer=shapes.OrderShape,
        expands=shapes.ORDER_EXPANDS,
        **more,
    )


@_moves("pack")
def pack_order(call: Call, order_id: str) -> Any:
    """The goods are packed."""
    fulfilment.mark_packed(call.merchant_id, order_id, actor=call.actor_id)
    return _order(call, order_id)


@_moves("ship", body=shapes.ShipBody)
def ship_order(call: Call, order_id: str) -> Any:
    """The goods go to a carrier: the stock leaves, and the days until the money is free begin to count."""
    fulfilment.ship_order(
        call.merchant_id,
        order_id,
        carrier=call.body["carrier"],
        tracking_number=call.body["tracking_number"],
        tracking_url=call.body.get("tracking_url", ""),
        actor=call.actor_id,
    )
    return _order(call, order_id)


@_moves("address", body=shapes.AddressBody)
def change_address(call: Call, order_id: str) -> Any:
    """Send what has not left to another address; the country stays, for delivery and taxes were priced for it."""
    desk.change_address(call.merchant_id, order_id, AddressView(**call.body), actor_id=call.actor_id)
    return _order(call, order_id)


@_moves("confirmation")
def send_confirmation_again(call: Call, order_id: str) -> Any:
    """Write the confirmation to the buyer once more."""
    desk.resend_confirmation(call.merchant_id, order_id, actor_id=call.actor_id)
    return _order(call, order_id)


@_moves("ask-again")
def ask_for_payment_again(call: Call, order_id: str) -> Any:
    """Send the buyer the link to pay once more."""
    drafts.ask_again(call.merchant_id, order_id, actor_id=call.actor_id)
    return _order(call, order_id)


@_moves("paid-outside", scope="refunds:write", body=shapes.PaidOutsideBody)
def mark_paid_outside(call: Call, order_id: str) -> Any:
    """The buyer paid the shop itself: the money never is in escrow, and what goes back the shop gives back."""
    drafts.mark_paid_outside(call.merchant_id, order_id, how=call.body["how"], actor_id=call.actor_id)
    return _order(call, order_id)


@_moves("cancel", body=shapes.ReasonBody)
def cancel_order(call: Call, order_id: str) -> Any:
    """Cancel an order that is not shipped: the stock is free again, what was paid goes back."""
    service.cancel_order(call.merchant_id, order_id, actor=call.actor_id, reason=call.body.get("reason", ""))
    return _order(call, order_id)


@operation(
    blueprint,
    "POST",
    "/<order_id>/refunds",
    scope="refunds:write",
    answer=shapes.RefundsShape,
    body=shapes.RefundBody,
    status=201,
    key_needed=True,
)
def refund_order(call: Call, order_id: str) -> Any:
    """Give an amount of an order back, to where it came from."""
    refund_ids = returns.refund_order(
        call.merchant_id,
        order_id,
        amount_minor=call.body["amount_minor"],
        reason=call.body["reason"],
        actor=call.actor_id,
    )
    db.session.flush()
    found = db.session.scalars(
        select(Refund).where(Refund.merchant_id == call.merchant_id, Refund.id.in_(refund_ids)).order_by(Refund.id)
    )
    return {"data": list(found)}


@_moves(
    "refund-requests/<request_id>/answer",
    scope="refunds:write",
    body=shapes.AnswerBody,
    key_needed=True,
)
def answer_refund_request(call: Call, order_id: str, request_id: str) -> Any:
    """Approve a buyer's wish for money back, in full or part, or decline it."""
    if request_id not in {asked.id for asked in order_detail(call.merchant_id, order_id).requests}:
        raise NotFound(_l("There is no such refund request."))
    returns.answer_request(
        call.merchant_id,
        request_id,
        approved_minor=call.body["approved_minor"],
        answer=call.body.get("answer", ""),
        actor=call.actor_id,
    )
    return _order(call, order_id)
