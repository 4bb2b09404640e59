"""Discounts that orders are given: counted at the last use exactly, and given back by orders that are never paid."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, or_, select, update

from core.base import clock
from core.base.crypto import blind_indexes
from core.base.database import db, table_of
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.rows import insert_rows
from core.discounts.errors import CouponRefused
from core.discounts.models import Discount, DiscountCode, DiscountUse
from core.discounts.offers import Typed
from core.discounts.rules import Grant

_PURPOSE = "buyer"


def claim_code(merchant_id: str, typed: Typed, email: str) -> None:
    """Count one use of a code for this buyer; the discount's row stays locked until the transaction ends.

    In the caller's transaction. Raises CouponRefused when it, or the buyer's share of it, has been used up.
    """
    used = db.session.execute(
        update(Discount)
        .where(
            Discount.merchant_id == merchant_id,
            Discount.id == typed.offer.id,
            or_(Discount.uses_max.is_(None), Discount.used < Discount.uses_max),
        )
        .values(used=Discount.used + 1)
        .returning(Discount.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if used is not None and typed.code_limited:
        used = db.session.execute(
            update(DiscountCode)
            .where(
                DiscountCode.merchant_id == merchant_id,
                DiscountCode.code == typed.offer.code,
                DiscountCode.used < DiscountCode.uses_max,
            )
            .values(used=DiscountCode.used + 1)
            .returning(DiscountCode.id)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
    if used is None:
        raise CouponRefused(_("This code has been used up."))
    if typed.per_buyer_max is not None and uses_of_buyer(merchant_id, typed.offer.id, email) >= typed.per_buyer_max:
        raise CouponRefused(_("You have used this code as often as it allows."))


def uses_of_buyer(merchant_id: str, discount_id: str, email: str) -> int:
    """How often the buyer with this address has used a discount."""
    hashes = blind_indexes(_PURPOSE, email.strip().lower())
    return (
        db.session.scalar(
            select(func.count())
            .select_from(DiscountUse)
            .where(
                DiscountUse.merchant_id == merchant_id,
                DiscountUse.discount_id == discount_id,
                DiscountUse.buyer_hash.in_(hashes),
            )
        )
        or 0
    )


def write_uses(merchant_id: str, order_id: str, grants: Sequence[Grant], email: str, order_minor: int) -> None:
    """Write which discounts an order was given. In the caller's transaction."""
    given = [one for one in grants if one.total_minor or one.offer.code]
    if given:
        buyer = blind_indexes(_PURPOSE, email.strip().lower())[0]
        insert_rows(
            table_of(DiscountUse),
            [
                {
                    "merchant_id": merchant_id,
                    "id": new_id("dsu"),
                    "discount_id": one.offer.id,
                    "order_id": order_id,
                    "code": one.offer.code,
                    "buyer_hash": buyer,
                    "amount_minor": one.total_minor,
                    "order_minor": order_minor,
                    "created_at": clock.now(),
                }
                for one in given
            ],
        )


def give_back(merchant_id: str, order_id: str) -> None:
    """An order was never paid: what it was given may be used again. In the caller's transaction."""
    gone = db.session.execute(
        delete(DiscountUse)
        .where(DiscountUse.merchant_id == merchant_id, DiscountUse.order_id == order_id)
        .returning(DiscountUse.discount_id, DiscountUse.code)
        .execution_options(synchronize_session=False)
    ).all()
    for discount_id, code in gone:
        if code:
            db.session.execute(
                update(Discount)
                .where(Discount.merchant_id == merchant_id, Discount.id == discount_id, Discount.used > 0)
                .values(used=Discount.used - 1)
                .execution_options(synchronize_session=False)
            )
            db.session.execute(
                update(DiscountCode)
                .where(
                    DiscountCode.merchant_id == merchant_id,
                    DiscountCode.code == code,
                    DiscountCode.uses_max.is_not(None),
                    DiscountCode.used > 0,
                )
                .values(used=DiscountCode.used - 1)
                .execution_options(synchronize_session=False)
            )
