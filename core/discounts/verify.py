"""What must be true of discounts: each code discount counts as many uses as orders were given it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, select

from core.base.database import db
from core.discounts.models import Discount, DiscountUse


def verify_discounts() -> Iterator[str]:
    """The uses that a discount counts are those that stand with orders."""
    uses = (
        select(DiscountUse.merchant_id, DiscountUse.discount_id, func.count().label("number"))
        .where(DiscountUse.code != "")
        .group_by(DiscountUse.merchant_id, DiscountUse.discount_id)
        .subquery()
    )
    counted = func.coalesce(uses.c.number, 0)
    rows = db.session.execute(
        select(Discount.id, Discount.title, Discount.used, counted)
        .outerjoin(uses, and_(uses.c.merchant_id == Discount.merchant_id, uses.c.discount_id == Discount.id))
        .where(Discount.method == "code", Discount.used != counted)
    )
    for discount_id, title, used, number in rows:
        yield f"discount {discount_id} ({title}): it counts {used} uses, but {number} orders were given it"
