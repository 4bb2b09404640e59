"""Discounts as lists show them: pages, codes, and what became of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final

from sqlalchemy import BigInteger, cast, func, select

from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.catalog.models import Category, Product
from core.discounts.models import Discount, DiscountCode, DiscountUse

_QUARTER: Final = 900


@dataclass(frozen=True, slots=True)
class UseFigures:
    """What became of a discount: orders, what they were given, what they came to. Minor units."""

    orders: int = 0
    given_minor: int = 0
    sales_minor: int = 0


def get_discount(merchant_id: str, discount_id: str) -> Discount:
    """One discount. Raises NotFound."""
    found = db.session.get(Discount, (merchant_id, discount_id), populate_existing=True)
    if found is None:
        raise NotFound(_("There is no such discount."))
    return found


def discounts_page(
    merchant_id: str, *, method: str = "", before: str | None = None, limit: int = 50
) -> tuple[Sequence[Discount], str | None]:
    """The merchant's discounts, the newest first, and where the next page begins."""
    query = select(Discount).where(Discount.merchant_id == merchant_id)
    if method:
        query = query.where(Discount.method == method)
    if before:
        query = query.where(Discount.id < before)
    rows = db.session.scalars(query.order_by(Discount.id.desc()).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def figures_of(merchant_id: str, discount_ids: Collection[str]) -> dict[str, UseFigures]:
    """What became of several discounts, by id; one that was never used is left out."""
    rows = db.session.execute(
        select(
            DiscountUse.discount_id,
            func.count(),
            func.sum(DiscountUse.amount_minor),
            func.sum(DiscountUse.order_minor),
        )
        .where(DiscountUse.merchant_id == merchant_id, DiscountUse.discount_id.in_(discount_ids))
        .group_by(DiscountUse.discount_id)
    ).all()
    return {row[0]: UseFigures(row[1], int(row[2]), int(row[3])) for row in rows}


def uses_by_day(merchant_id: str, discount_id: str, since: datetime, zone: tzinfo) -> dict[date, int]:
    """How many orders were given a discount since a moment, by the days of a time zone."""
    # All time zones differ from UTC by whole quarters of an hour: a quarter lies in one day everywhere.
    seconds = (
        cast(func.strftime("%s", DiscountUse.created_at), BigInteger)
        if db.engine.dialect.name == "sqlite"
        else func.floor(func.extract("epoch", DiscountUse.created_at))
    )
    quarter = func.floor(seconds / _QUARTER)
    rows = db.session.execute(
        select(quarter, func.count())
        .where(
            DiscountUse.merchant_id == merchant_id,
            DiscountUse.discount_id == discount_id,
            DiscountUse.created_at >= since,
        )
        .group_by(quarter)
    )
    found: dict[date, int] = {}
    for number, count in rows:
        day = datetime.fromtimestamp(int(number) * _QUARTER, zone).date()
        found[day] = found.get(day, 0) + count
    return found


def codes_of(
    merchant_id: str, discount_ids: Collection[str], *, after: str | None = None, limit: int = 50
) -> Sequence[DiscountCode]:
    """Codes of discounts, the oldest first."""
    query = select(DiscountCode).where(
        DiscountCode.merchant_id == merchant_id, DiscountCode.discount_id.in_(discount_ids)
    )
    if after:
        query = query.where(DiscountCode.id > after)
    return db.session.scalars(query.order_by(DiscountCode.id).limit(limit)).all()


def first_codes(merchant_id: str, discount_ids: Collection[str]) -> dict[str, tuple[str, int]]:
    """The first code of each discount, and how many it has."""
    rows = db.session.execute(
        select(DiscountCode.discount_id, func.min(DiscountCode.id), func.count())
        .where(DiscountCode.merchant_id == merchant_id, DiscountCode.discount_id.in_(discount_ids))
        .group_by(DiscountCode.discount_id)
        .subquery()
        .select()
    ).all()
    counts = {row[1]: (row[0], row[2]) for row in rows}
    codes = db.session.execute(
        select(DiscountCode.id, DiscountCode.code).where(
            DiscountCode.merchant_id == merchant_id, DiscountCode.id.in_(counts)
        )
    )
    return {counts[row.id][0]: (row.code, counts[row.id][1]) for row in codes}


def names_of(merchant_id: str, discounts: Collection[Discount]) -> dict[str, str]:
    """The names of the products and shelves that discounts are bound to, by id."""
    products: set[str] = set()
    shelves: set[str] = set()
    for one in discounts:
        for scope, ids in ((one.scope, one.scope_ids), (one.get_scope, one.get_ids)):
            (products if scope == "products" else shelves if scope == "categories" else set()).update(ids)
    found: dict[str, str] = {}
    if products:
        query = select(Product.id, Product.name).where(Product.merchant_id == merchant_id, Product.id.in_(products))
        found.update({row.id: row.name for row in db.session.execute(query)})
    if shelves:
        query = select(Category.id, Category.path).where(Category.merchant_id == merchant_id, Category.id.in_(shelves))
        found.update({row.id: row.path for row in db.session.execute(query)})
    return found
