"""Orders as pages show them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from core.base.database import db
from core.ledger.queries import balance
from core.orders.errors import OrderNotFound
from core.orders.finding import OrderFilter, find_orders
from core.orders.models import Order, OrderCharge, OrderEvent, OrderLine, RefundRequest, Shipment, ShipmentLine
from core.orders.moves import escrow_of
from core.orders.returns import refundable_of
from core.orders.service import CANCEL_BY_BUYER, CANCEL_BY_STAFF
from core.orders.states import OrderState
from core.payments.models import Payment, Refund

T = TypeVar("T", OrderLine, OrderCharge, OrderEvent, RefundRequest)
NOT_YET_SHIPPED = frozenset({OrderState.PAID, OrderState.PACKED, OrderState.PARTLY_SHIPPED})


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """An order with all that belongs to it."""

    order: Order
    lines: Sequence[OrderLine]
    charges: Sequence[OrderCharge]
    events: Sequence[OrderEvent]
    shipments: Sequence[Shipment]
    contents: Mapping[str, Mapping[str, int]]
    """What lies in each parcel: how many of each line."""
    payments: Sequence[Payment]
    refunds: Sequence[Refund]
    requests: Sequence[RefundRequest]

    @property
    def escrow_minor(self) -> int:
        """What is held in escrow for the order now; asked each time."""
        return balance(escrow_of(self.order)).posted_minor

    @property
    def unpacked(self) -> dict[str, int]:
        """How many of each line are neither packed nor shipped nor taken out."""
        left = {line.id: line.left for line in self.lines}
        for parcel in self.shipments:
            if parcel.state == "packed":
                for line_id, count in self.contents.get(parcel.id, {}).items():
                    left[line_id] -= count
        return {line_id: count for line_id, count in left.items() if count > 0}

    @property
    def packed_parcels(self) -> list[Shipment]:
        """Parcels that wait for their carrier."""
        return [parcel for parcel in self.shipments if parcel.state == "packed"]

    @property
    def open_request(self) -> RefundRequest | None:
        """The refund request that waits for the merchant's answer."""
        return next((request for request in self.requests if request.state == "open"), None)

    @property
    def refundable_minor(self) -> int:
        """What could still be given back."""
        if self.order.state in (OrderState.PENDING, OrderState.CANCELLED):
            return 0
        return refundable_of(self.order)

    @property
    def buyer_may(self) -> frozenset[str]:
        """What the buyer can do now: pay, cancel, confirm, request_refund, withdraw_request."""
        state = self.order.state
        asks = self.open_request is not None
        return frozenset(
            action
            for action, may in (
                ("pay", state == OrderState.PENDING),
                ("cancel", state in CANCEL_BY_BUYER),
                ("confirm", state == OrderState.SHIPPED and not asks),
                (
                    "request_refund",
                    state in NOT_YET_SHIPPED | {OrderState.SHIPPED, OrderState.COMPLETED}
                    and self.refundable_minor > 0
                    and not asks,
                ),
                ("withdraw_request", asks),
            )
            if may
        )

    @property
    def staff_may(self) -> frozenset[str]:
        """What the merchant's staff can do now: cancel, pack, ship, cancel_lines, refund, answer."""
        state = self.order.state
        unpacked = bool(self.unpacked)
        return frozenset(
            action
            for action, may in (
                ("cancel", state in CANCEL_BY_STAFF),
                ("pack", state in NOT_YET_SHIPPED and unpacked),
                ("ship", state in NOT_YET_SHIPPED),
                ("cancel_lines", state in NOT_YET_SHIPPED and unpacked),
                ("refund", self.refundable_minor > 0),
                ("answer", self.open_request is not None),
            )
            if may
        )


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """A page of a list of orders, the newest first; `next_cursor` gets the next one."""

    rows: Sequence[Order]
    next_cursor: str | None


def order_detail(merchant_id: str, order_id: str) -> OrderDetail:
    """An order with all that belongs to it, in seven statements. Raises OrderNotFound."""
    order = db.session.get(Order, (merchant_id, order_id))
    if order is None:
        raise OrderNotFound
    return _detail(order)


def order_by_code(merchant_id: str, code: str) -> OrderDetail | None:
    """An order by the code that people say, or None."""
    order = db.session.scalars(
        select(Order).where(Order.merchant_id == merchant_id, Order.code == code.strip().upper()[:16])
    ).one_or_none()
    return _detail(order) if order is not None else None


def _detail(order: Order) -> OrderDetail:
    payments, refunds = _payments(order)
    shipments, contents = _parcels(order)
    return OrderDetail(
        order=order,
        lines=_of_order(OrderLine, order, OrderLine.position),
        charges=_of_order(OrderCharge, order, OrderCharge.position),
        events=_of_order(OrderEvent, order, OrderEvent.id),
        shipments=shipments,
        contents=contents,
        payments=payments,
        refunds=refunds,
        requests=_of_order(RefundRequest, order, RefundRequest.created_at),
    )


def _of_order(table: type[T], order: Order, position: InstrumentedAttribute[Any]) -> Sequence[T]:
    return db.session.scalars(
        select(table).where(table.merchant_id == order.merchant_id, table.order_id == order.id).order_by(position)
    ).all()


def _payments(order: Order) -> tuple[list[Payment], list[Refund]]:
    rows = db.session.execute(
        select(Payment, Refund)
        .outerjoin(Refund, (Refund.merchant_id == Payment.merchant_id) & (Refund.payment_id == Payment.id))
        .where(Payment.merchant_id == order.merchant_id, Payment.purpose == "order", Payment.subject_id == order.id)
        .order_by(Payment.created_at, Payment.id, Refund.created_at, Refund.id)
    ).all()
    payments = list(dict.fromkeys(row[0] for row in rows))
    refunds = sorted((row[1] for row in rows if row[1] is not None), key=lambda one: (one.created_at, one.id))
    return payments, refunds


def _parcels(order: Order) -> tuple[list[Shipment], dict[str, dict[str, int]]]:
    rows = db.session.execute(
        select(Shipment, ShipmentLine)
        .outerjoin(
            ShipmentLine,
            (ShipmentLine.merchant_id == Shipment.merchant_id) & (ShipmentLine.shipment_id == Shipment.id),
        )
        .where(Shipment.merchant_id == order.merchant_id, Shipment.order_id == order.id)
        .order_by(Shipment.created_at, Shipment.id)
    ).all()
    contents: dict[str, dict[str, int]] = {}
    for parcel, line in rows:
        held = contents.setdefault(parcel.id, {})
        if line is not None:
            held[line.order_line_id] = line.quantity
    return list(dict.fromkeys(row[0] for row in rows)), contents


@dataclass(frozen=True, slots=True)
class OrderWithLines:
    """An order and what was bought, with its parcels' contents, for lists that are printed."""

    order: Order
    lines: Sequence[OrderLine]
    contents: Mapping[str, Mapping[str, int]]


def orders_with_lines(merchant_id: str, order_ids: Sequence[str]) -> list[OrderWithLines]:
    """Orders with what was bought, in the order in which they are named; those that are not there are left out.

    Three statements.
    """
    ids = list(dict.fromkeys(order_ids))
    orders = {
        order.id: order
        for order in db.session.scalars(select(Order).where(Order.merchant_id == merchant_id, Order.id.in_(ids)))
    }
    lines: dict[str, list[OrderLine]] = {}
    for line in db.session.scalars(
        select(OrderLine)
        .where(OrderLine.merchant_id == merchant_id, OrderLine.order_id.in_(list(orders)))
        .order_by(OrderLine.order_id, OrderLine.position)
    ):
        lines.setdefault(line.order_id, []).append(line)
    contents: dict[str, dict[str, dict[str, int]]] = {}
    for order_id, shipment_id, line_id, quantity in db.session.execute(
        select(Shipment.order_id, Shipment.id, ShipmentLine.order_line_id, ShipmentLine.quantity)
        .join(
            ShipmentLine,
            (ShipmentLine.merchant_id == Shipment.merchant_id) & (ShipmentLine.shipment_id == Shipment.id),
        )
        .where(Shipment.merchant_id == merchant_id, Shipment.order_id.in_(list(orders)))
    ):
        contents.setdefault(order_id, {}).setdefault(shipment_id, {})[line_id] = quantity
    return [
        OrderWithLines(orders[order_id], lines.get(order_id, []), contents.get(order_id, {}))
        for order_id in ids
        if order_id in orders
    ]


def orders_of_customer(merchant_id: str, customer_id: str, limit: int = 50) -> Sequence[Order]:
    """A customer's orders, the newest first."""
    return db.session.scalars(
        select(Order)
        .where(Order.merchant_id == merchant_id, Order.customer_id == customer_id)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(limit)
    ).all()


def orders_page(
    merchant_id: str,
    *,
    state: str | None = None,
    text: str = "",
    before: str | None = None,
    limit: int = 50,
    wanted: OrderFilter | None = None,
) -> OrdersPage:
    """A page of the merchant's orders, the newest first; `wanted` (or state and text) says which."""
    wanted = wanted or OrderFilter(state=state or "", text=text[:100])
    found = find_orders(merchant_id, wanted, before=before or "", limit=limit)
    ids = [row.id for row in found.rows]
    rows = db.session.scalars(
        select(Order).where(Order.merchant_id == merchant_id, Order.id.in_(ids)).order_by(Order.id.desc())
    ).all()
    return OrdersPage(rows, found.next_cursor)


def order_counts(merchant_id: str) -> dict[str, int]:
    """How many orders the merchant has in each state."""
    counted = db.session.execute(
        select(Order.state, func.count()).where(Order.merchant_id == merchant_id).group_by(Order.state)
    )
    return {str(state): count for state, count in counted}


def codes_of(merchant_id: str, order_ids: Collection[str]) -> dict[str, str]:
    """The codes that people know orders by; one statement."""
    if not order_ids:
        return {}
    rows = db.session.execute(
        select(Order.id, Order.code).where(Order.merchant_id == merchant_id, Order.id.in_(sorted(order_ids)))
    )
    return {row[0]: row[1] for row in rows}


def ids_by_code(merchant_id: str, codes: Collection[str]) -> dict[str, str]:
    """The ids of orders by the codes that people know; one statement."""
    rows = db.session.execute(
        select(Order.code, Order.id).where(Order.merchant_id == merchant_id, Order.code.in_(sorted(set(codes))))
    )
    return {row[0]: row[1] for row in rows}
