"""Customers with an account as their merchant sees them: found by words, with what they bought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from core.base.database import db
from core.orders.models import Order
from core.parties.models import Customer

WORDS_CHARACTERS_MAX = 100


@dataclass(frozen=True, slots=True)
class Bought:
    """What a customer bought so far. `spent_minor` counts paid orders without what was given back."""

    orders: int = 0
    spent_minor: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedCustomer:
    """A customer as a list shows it."""

    id: str
    name: str
    email: str
    phone: str
    created_at: datetime
    bought: Bought


@dataclass(frozen=True, slots=True)
class CustomersFound:
    """A page of customers, the newest account first; `next_cursor` is where the next one begins."""

    rows: Sequence[ListedCustomer]
    next_cursor: str | None


def find_customers(merchant_id: str, *, text: str = "", before: str = "", limit: int = 50) -> CustomersFound:
    """A page of the customers whose name, e-mail address or phone holds the text; two statements."""
    query = select(Customer.id, Customer.name, Customer.email, Customer.phone, Customer.created_at)
    query = query.where(Customer.merchant_id == merchant_id)
    text = text.replace("\x00", "").strip()[:WORDS_CHARACTERS_MAX]
    if text:
        fields = (Customer.name, Customer.email, Customer.phone)
        query = query.where(or_(*(field.icontains(text, autoescape=True) for field in fields)))
    if before:
        query = query.where(Customer.id < before)
    rows = db.session.execute(query.order_by(Customer.id.desc()).limit(limit + 1)).all()
    shown = rows[:limit]
    bought = bought_by(merchant_id, [row.id for row in shown])
    return CustomersFound(
        [ListedCustomer(*row, bought=bought.get(row.id, Bought())) for row in shown],
        shown[-1].id if len(rows) > limit else None,
    )


def bought_by(merchant_id: str, customer_ids: Sequence[str]) -> dict[str, Bought]:
    """What each of these customers bought, in one statement; those without an order are left out."""
    if not customer_ids:
        return {}
    spent = func.sum(Order.total_minor - Order.refunded_minor).filter(Order.paid_at.is_not(None))
    rows = db.session.execute(
        select(Order.customer_id, func.count(), func.coalesce(spent, 0), func.max(Order.placed_at))
        .where(Order.merchant_id == merchant_id, Order.customer_id.in_(customer_ids))
        .group_by(Order.customer_id)
    )
    return {str(who): Bought(count, int(minor), last) for who, count, minor, last in rows}
