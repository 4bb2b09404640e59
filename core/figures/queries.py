"""What a period came to: days that are counted from their table, later ones from the orders. Always exact."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, Subquery, func, select, union_all

from core.base import clock
from core.base.database import db
from core.catalog.models import Product
from core.figures.counting import TOTALS, days_between, days_table, figures_of
from core.figures.models import DailyFigure, DailyVisit, FigureMark
from core.figures.periods import Period
from core.shops.context import ShopContext
from core.shops.zones import zone_named

TOP = 8


@dataclass(frozen=True, slots=True)
class Day:
    """What one day (or several) came to, in minor units of the shop's currency."""

    day: date
    """The (first) day."""
    placed: int = 0
    orders: int = 0
    """Paid for on this day."""
    sales_minor: int = 0
    refunds: int = 0
    refunded_minor: int = 0
    visits: int = 0
    carts: int = 0
    checkouts: int = 0

    @property
    def average_minor(self) -> int | None:
        """What a paid order comes to on average, rounded down; None without orders."""
        return self.sales_minor // self.orders if self.orders else None

    @property
    def conversion_ppm(self) -> int | None:
        """Paid orders of all visits, in parts per million; None without visits."""
        return self.orders * 1_000_000 // self.visits if self.visits else None

    def plus(self, other: Day) -> Day:
        """Both together, under the day of this one."""
        return Day(
            self.day,
            *(getattr(self, name) + getattr(other, name) for name in _NUMBERS),
        )


_NUMBERS = ("placed", "orders", "sales_minor", "refunds", "refunded_minor", "visits", "carts", "checkouts")


@dataclass(frozen=True, slots=True)
class Top:
    """One of the first in a list: what it is called, how many, what it came to (None where money is not the point)."""

    name: str
    count: int
    amount_minor: int | None = None
    key: str = ""


class Figures:
    """The figures of one shop; its days begin and end in its own time zone."""

    def __init__(self, shop: ShopContext) -> None:
        self.merchant_id = shop.merchant_id
        self.zone_name = zone_named(shop.options, shop.currency)
        self.zone = ZoneInfo(self.zone_name)
        self.today = clock.now().astimezone(self.zone).date()
        mark = db.session.execute(
            select(FigureMark.time_zone, FigureMark.since, FigureMark.until).where(
                FigureMark.merchant_id == self.merchant_id
            )
        ).one_or_none()
        valid = mark is not None and mark.time_zone == self.zone_name
        self._since: date = mark.since if mark is not None and valid else date.max
        self._until: date = mark.until if mark is not None and valid else date.min

    def by_day(self, first: date, last: date) -> list[Day]:
        """Each day from the first to the last, those without anything, too. Two statements."""
        found: dict[date, dict[str, int]] = defaultdict(dict)
        for row in db.session.execute(self.rows(TOTALS, first, last)):
            counts, amounts = _PLACES[row.kind]
            found[row.day][counts] = int(row._mapping["count"])
            if amounts is not None:
                found[row.day][amounts] = int(row.amount_minor)
        visits = select(DailyVisit.kind, DailyVisit.day, DailyVisit.count).where(
            DailyVisit.merchant_id == self.merchant_id,
            DailyVisit.kind.in_(("visit", "cart", "checkout")),
            DailyVisit.day.between(first, last),
            DailyVisit.name == "",
        )
        for kind, day, count in db.session.execute(visits):
            found[day][f"{kind}s"] = int(count)
        return [Day(day, **found.get(day, {})) for day in days_between(first, last)]

    def top_products(self, first: date, last: date, limit: int = TOP) -> list[Top]:
        """The products that brought the most, by what was paid for them."""
        sums = self._sums("product", first, last)
        rows = db.session.execute(
            select(Product.name, sums.c.count, sums.c.amount_minor, sums.c.name.label("id"))
            .join(Product, (Product.merchant_id == self.merchant_id) & (Product.id == sums.c.name))
            .order_by(sums.c.amount_minor.desc(), sums.c.name)
            .limit(limit)
        )
        return [Top(name, int(count), int(amount), product_id) for name, count, amount, product_id in rows]

    def top_countries(self, first: date, last: date, limit: int = TOP) -> list[Top]:
        """Where paid orders go: codes of countries (empty: nothing was delivered), by their number."""
        sums = self._sums("country", first, last)
        rows = db.session.execute(
            select(sums.c.name, sums.c.count, sums.c.amount_minor)
            .order_by(sums.c.count.desc(), sums.c.name)
            .limit(limit)
        )
        return [Top(name, int(count), int(amount), name) for name, count, amount in rows]

    def top_referrers(self, first: date, last: date, limit: int = TOP) -> list[Top]:
        """The hosts that visitors came from (empty: from nowhere that is known), by their number."""
        count = func.sum(DailyVisit.count)
        rows = db.session.execute(
            select(DailyVisit.name, count)
            .where(
                DailyVisit.merchant_id == self.merchant_id,
                DailyVisit.kind == "referrer",
                DailyVisit.day.between(first, last),
            )
            .group_by(DailyVisit.name)
            .order_by(count.desc(), DailyVisit.name)
            .limit(limit)
        )
        return [Top(name, int(number)) for name, number in rows]

    def _sums(self, kind: str, first: date, last: date) -> Subquery:
        found = self.rows((kind,), first, last).subquery()
        return (
            select(
                found.c.name,
                func.sum(found.c.count).label("count"),
                func.sum(found.c.amount_minor).label("amount_minor"),
            )
            .group_by(found.c.name)
            .subquery()
        )

    def rows(self, kinds: tuple[str, ...], first: date, last: date) -> Select[Any]:
        """Rows of kind, day, name, count, amount_minor: kept ones, and those of days that are not counted yet."""
        kept = select(
            DailyFigure.kind, DailyFigure.day, DailyFigure.name, DailyFigure.count, DailyFigure.amount_minor
        ).where(
            DailyFigure.merchant_id == self.merchant_id,
            DailyFigure.kind.in_(kinds),
            DailyFigure.day.between(first, last),
            DailyFigure.day >= self._since,
            DailyFigure.day < self._until,
        )
        # Before the first counted day there was no order.
        live = [day for day in days_between(first, last) if self._until <= day <= self.today]
        if not live:
            return select(kept.subquery("figures"))
        days = days_table(live, self.zone)
        parts = []
        for kind in kinds:
            fresh = figures_of(kind, days, lambda column: column == self.merchant_id).subquery()
            parts.append(select(fresh.c.kind, fresh.c.day, fresh.c.name, fresh.c.count, fresh.c.amount_minor))
        together = union_all(kept, *parts).subquery("figures")
        return select(together)


_PLACES: dict[str, tuple[str, str | None]] = {
    "placed": ("placed", None),
    "paid": ("orders", "sales_minor"),
    "refunded": ("refunds", "refunded_minor"),
}


def total(days: list[Day], first: date) -> Day:
    """All of these days together."""
    found = Day(first)
    for day in days:
        found = found.plus(day)
    return found


def grouped(days: list[Day], step: str) -> list[Day]:
    """Days put together by `week` (from Monday) or `month`; `day` leaves them as they are."""
    if step == "day":
        return days
    found: dict[date, Day] = {}
    for day in days:
        start = day.day.replace(day=1) if step == "month" else day.day - timedelta(days=day.day.weekday())
        found[start] = found.get(start, Day(start)).plus(day)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Compared:
    """A period day by day, and the one of the same length before it."""

    period: Period
    days: list[Day]
    now: Day
    before: Day


def compared(figures: Figures, period: Period) -> Compared:
    """A period beside the one before it; both are read together."""
    days = figures.by_day(period.before_first, period.last)
    split = (period.first - period.before_first).days
    earlier, these = days[:split], days[split:]
    return Compared(period, these, total(these, period.first), total(earlier, period.before_first))
