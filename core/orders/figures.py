"""Where a merchant's money stands, and which buyers ask for theirs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, union_all

from core.base.database import db
from core.base.money import share_ppm
from core.ledger import kinds
from core.ledger.queries import balances, balances_by_kind
from core.ledger.service import AccountRef
from core.orders.models import Order, RefundRequest
from core.orders.states import OrderState


@dataclass(frozen=True, slots=True)
class MoneyNow:
    """Where a merchant's money stands, in minor units of its currency."""

    escrow_minor: int
    available_minor: int
    on_its_way_minor: int
    """Set aside for withdrawals and refunds that are under way."""


def open_refund_requests(merchant_id: str) -> int:
    """How many refund requests wait for the merchant's answer."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(RefundRequest)
            .where(RefundRequest.merchant_id == merchant_id, RefundRequest.state == "open")
        )
        or 0
    )


def orders_with_open_requests(merchant_id: str, limit: int = 20) -> list[tuple[str, str, int]]:
    """Orders whose buyers ask for money back, the longest waiting first: (order id, code, amount)."""
    rows = db.session.execute(
        select(Order.id, Order.code, RefundRequest.amount_minor)
        .join(Order, (Order.merchant_id == RefundRequest.merchant_id) & (Order.id == RefundRequest.order_id))
        .where(RefundRequest.merchant_id == merchant_id, RefundRequest.state == "open")
        .order_by(RefundRequest.created_at)
        .limit(limit)
    )
    return [(order_id, code, amount_minor) for order_id, code, amount_minor in rows]


def money_now(merchant_id: str, currency: str) -> MoneyNow:
    """What is in escrow, what may be withdrawn, and what is on its way out; two statements."""
    found = balances_by_kind(merchant_id)
    escrow = found.get((kinds.ORDER_ESCROW, currency))
    available = found.get((kinds.MERCHANT_AVAILABLE, currency))
    return MoneyNow(
        escrow_minor=escrow.posted_minor if escrow else 0,
        available_minor=available.available_minor if available else 0,
        on_its_way_minor=available.held_minor if available else 0,
    )


OPEN = (OrderState.PAID, OrderState.PACKED, OrderState.PARTLY_SHIPPED, OrderState.SHIPPED)
"""States in which an order's money is still in escrow."""


@dataclass(frozen=True, slots=True)
class InEscrow:
    """An order whose money is held. `release_at` None: a request is open, or it has not been shipped."""

    order_id: str
    code: str
    state: str
    held_minor: int
    fee_minor: int
    """What the platform keeps when all of it is released."""
    release_at: datetime | None
    asked_back: bool


def escrow_page(merchant_id: str, currency: str, *, before: str = "", limit: int = 30) -> list[InEscrow]:
    """Open orders with what stands in their escrow, the newest first, from below an order's id on. Two statements."""
    asked = (
        select(RefundRequest.id)
        .where(
            RefundRequest.merchant_id == Order.merchant_id,
            RefundRequest.order_id == Order.id,
            RefundRequest.state == "open",
        )
        .exists()
    )
    pages = []
    for state in OPEN:
        one = select(Order.id, Order.code, Order.state, Order.release_at, Order.fee_ppm, asked.label("asked")).where(
            Order.merchant_id == merchant_id, Order.state == state
        )
        if before:
            one = one.where(Order.id < before)
        pages.append(select(one.order_by(Order.id.desc()).limit(limit).subquery()))
    rows = union_all(*pages).subquery()
    orders = db.session.execute(select(rows).order_by(rows.c.id.desc()).limit(limit)).all()
    accounts = {row.id: AccountRef(kinds.ORDER_ESCROW, merchant_id, currency, row.id) for row in orders}
    held = balances(accounts.values()) if accounts else {}
    return [
        InEscrow(
            row.id,
            row.code,
            row.state,
            held[accounts[row.id]].posted_minor,
            share_ppm(held[accounts[row.id]].posted_minor, row.fee_ppm),
            row.release_at,
            bool(row.asked),
        )
        for row in orders
    ]


def codes_of(merchant_id: str, order_ids: Collection[str]) -> dict[str, str]:
    """What these orders are called, by id."""
    if not order_ids:
        return {}
    found = select(Order.id, Order.code).where(Order.merchant_id == merchant_id, Order.id.in_(order_ids))
    return {row.id: row.code for row in db.session.execute(found)}
