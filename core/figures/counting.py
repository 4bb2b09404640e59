"""The one definition of what a day's figures are, as SQL over the orders: for the worker, the pages and `verify`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from datetime import tzinfo as Zone
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    Select,
    String,
    and_,
    cast,
    column,
    func,
    literal,
    select,
    values,
)

from core.base.database import UtcDateTime
from core.base.days import starts_of_day
from core.catalog.models import GOODS
from core.contract.providers import RefundState
from core.orders.models import Order, OrderLine
from core.payments.models import Payment, Refund

Merchants = Callable[[Any], ColumnElement[bool]]
"""Makes the condition on a column of merchants' ids: whose figures are meant."""
TOTALS = ("placed", "paid", "refunded")
KINDS = (*TOTALS, "product", "country")
COUNTRY_CHARACTERS = 2


def days_between(first: date, last: date) -> list[date]:
    """All days from the first to the last, both included."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def days_table(days: Iterable[date], zone: Zone, name: str = "days") -> CTE:
    """Days with the moments at which they begin and end in a zone, as something to join with."""
    rows = [(day, starts_of_day(day, zone), starts_of_day(day + timedelta(days=1), zone)) for day in days]
    columns = (column("day", Date), column("starts", UtcDateTime), column("ends", UtcDateTime))
    return values(*columns, name=f"{name}_given").data(rows).cte(name)


def figures_of(kind: str, days: CTE, merchants: Merchants) -> Select[Any]:
    """The figures of one kind on these days: merchant_id, kind, day, name, count, amount_minor."""
    return _MADE[kind](days, merchants)


def _rows(kind: str, days: CTE, name: Any, count: Any, amount: Any) -> Select[Any]:
    return select(
        Order.merchant_id.label("merchant_id"),
        literal(kind, String).label("kind"),
        days.c.day.label("day"),
        name.label("name"),
        cast(count, BigInteger).label("count"),
        cast(func.coalesce(amount, 0), BigInteger).label("amount_minor"),
    ).select_from(days)


def _within(moment: Any, days: CTE) -> ColumnElement[bool]:
    return and_(moment >= days.c.starts, moment < days.c.ends)


_SALE = Order.total_minor - Order.cards_minor
"""A gift card that is sold is owed to its holder; it is a sale when it is spent."""
_NOBODY = literal("", String)


def _placed(days: CTE, of: Merchants) -> Select[Any]:
    found = _rows("placed", days, _NOBODY, func.count(), func.sum(_SALE))
    return (
        found.join(Order, _within(Order.placed_at, days))
        .where(of(Order.merchant_id))
        .group_by(Order.merchant_id, days.c.day)
    )


def _paid(days: CTE, of: Merchants) -> Select[Any]:
    found = _rows("paid", days, _NOBODY, func.count(), func.sum(_SALE))
    return (
        found.join(Order, _within(Order.paid_at, days))
        .where(of(Order.merchant_id))
        .group_by(Order.merchant_id, days.c.day)
    )


def _refunded(days: CTE, of: Merchants) -> Select[Any]:
    """Money of orders that reached the buyer again; what never belonged to an order is not among it."""
    found = _rows("refunded", days, _NOBODY, func.count(), func.sum(Refund.amount_minor))
    return (
        found.join(Refund, _within(Refund.settled_at, days))
        .join(Payment, (Payment.merchant_id == Refund.merchant_id) & (Payment.id == Refund.payment_id))
        .join(Order, (Order.merchant_id == Payment.merchant_id) & (Order.id == Payment.subject_id))
        .where(
            of(Order.merchant_id),
            of(Refund.merchant_id),
            Refund.state == RefundState.SUCCEEDED,
            Refund.gift_card_id.is_(None),
            Payment.purpose == "order",
            Payment.accepted,
        )
        .group_by(Order.merchant_id, days.c.day)
    )


def _product(days: CTE, of: Merchants) -> Select[Any]:
    amount = func.sum(OrderLine.total_minor)
    found = _rows("product", days, OrderLine.product_id, func.sum(OrderLine.quantity), amount)
    return (
        found.join(Order, _within(Order.paid_at, days))
        .join(OrderLine, (OrderLine.merchant_id == Order.merchant_id) & (OrderLine.order_id == Order.id))
        .where(of(Order.merchant_id), OrderLine.kind == GOODS)
        .group_by(Order.merchant_id, days.c.day, OrderLine.product_id)
    )


def _country(days: CTE, of: Merchants) -> Select[Any]:
    # The words of JSON are parameters; grouping by the finished column keeps them one expression on PostgreSQL.
    paid = (
        select(
            Order.merchant_id,
            days.c.day,
            func.coalesce(func.substr(Order.address["country"].as_string(), 1, COUNTRY_CHARACTERS), "").label("name"),
            _SALE.label("total_minor"),
        )
        .select_from(days)
        .join(Order, _within(Order.paid_at, days))
        .where(of(Order.merchant_id))
        .subquery()
    )
    return select(
        paid.c.merchant_id.label("merchant_id"),
        literal("country", String).label("kind"),
        paid.c.day.label("day"),
        paid.c.name.label("name"),
        cast(func.count(), BigInteger).label("count"),
        cast(func.sum(paid.c.total_minor), BigInteger).label("amount_minor"),
    ).group_by(paid.c.merchant_id, paid.c.day, paid.c.name)


_MADE = {"placed": _placed, "paid": _paid, "refunded": _refunded, "product": _product, "country": _country}
assert set(_MADE) == set(KINDS)
