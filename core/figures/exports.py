"""Sales day by day as a list to take away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, String, case, func, literal, select, union_all

from core.base.days import bounds_of
from core.base.i18n import lazy_gettext as _
from core.base.money import Money
from core.contract.exports import ExportList
from core.figures.counting import TOTALS, days_between, days_table
from core.figures.models import DailyVisit
from core.figures.periods import DAYS_MAX
from core.figures.queries import Figures
from core.shops.queries import shop_context


def _query(merchant_id: str, filters: Mapping[str, str]) -> Select[*tuple[Any, ...]]:
    shop = shop_context(merchant_id)
    figures = Figures(shop)
    first, last = bounds_of(filters)
    last = min(last or figures.today, figures.today)
    first = max(first or last - timedelta(days=89), last - timedelta(days=DAYS_MAX - 1))
    days = days_table(days_between(first, last), figures.zone, "shown")
    sold = figures.rows(TOTALS, first, last).subquery("sold")
    visits = select(DailyVisit.kind, DailyVisit.day, DailyVisit.count, literal(0).label("amount_minor")).where(
        DailyVisit.merchant_id == merchant_id,
        DailyVisit.kind.in_(("visit", "cart", "checkout")),
        DailyVisit.day.between(first, last),
    )
    found = union_all(select(sold.c.kind, sold.c.day, sold.c.count, sold.c.amount_minor), visits).subquery("found")

    def number(kind: str, column: Any = found.c.count) -> Any:
        return func.coalesce(func.sum(case((found.c.kind == kind, column), else_=0)), 0).label(f"{kind}_{column.name}")

    amount = found.c.amount_minor
    return (
        select(
            days.c.day,
            *(number("visit"), number("cart"), number("checkout"), number("placed"), number("paid")),
            *(number("paid", amount), number("refunded"), number("refunded", amount)),
            literal(shop.currency, String).label("currency"),
        )
        .select_from(days)
        .outerjoin(found, found.c.day == days.c.day)
        .group_by(days.c.day)
        .order_by(days.c.day)
    )


def _row(found: Any) -> list[object]:
    orders, sales = int(found.paid_count), int(found.paid_amount_minor)
    visits = int(found.visit_count)
    return [
        found.day,
        visits,
        int(found.cart_count),
        int(found.checkout_count),
        int(found.placed_count),
        orders,
        Money(sales, found.currency),
        Money(sales // orders, found.currency) if orders else None,
        Decimal(orders * 10_000 // visits) / 100 if visits else None,
        int(found.refunded_count),
        Money(int(found.refunded_amount_minor), found.currency),
        found.currency,
    ]


DAYS = ExportList(
    name="figures.days",
    label=_("Sales by day"),
    permission="reports.view",
    columns=(
        *(_("Day"), _("Visits"), _("Carts"), _("Checkouts"), _("Orders placed"), _("Orders paid"), _("Sales")),
        *(_("Average order"), _("Conversion in per cent"), _("Refunds"), _("Refunded"), _("Currency")),
    ),
    query=_query,
    row=_row,
    filters=frozenset({"from", "to"}),
    order=5,
)
