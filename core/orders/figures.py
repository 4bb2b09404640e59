"""Figures of the trade for the merchant's first page: what waits to be done, what was sold."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from core.base.database import db
from core.ledger import kinds
from core.ledger.queries import balances_by_kind
from core.orders.models import Order, RefundRequest

_DAY_SECONDS = 86_400


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
