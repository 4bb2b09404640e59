"""Coupons: made by the merchant, switched on and off, never deleted (orders name them)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import insert, select, update

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.money import MAX_MINOR, PPM
from core.base.transactions import transactional
from core.orders.models import Coupon
from core.parties.roles import authorise

CouponKind = Literal["percent", "amount", "shipping"]
COUPON_KINDS: tuple[CouponKind, ...] = ("percent", "amount", "shipping")
CouponState = Literal["off", "ended", "used_up", "scheduled", "active"]
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,38}[A-Z0-9]")


@transactional
def create_coupon(
    merchant_id: str,
    *,
    code: str,
    kind: str,
    actor_id: str | None,
    rate_ppm: int = 0,
    amount_minor: int = 0,
    minimum_minor: int = 0,
    uses_max: int | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> str:
    """Make a code that lowers the price: a percentage, an amount or free delivery; gives back its id.

    Raises RoleNotEnough, Invalid with `fields`.
    """
    authorise(actor_id, merchant_id, "catalog.edit")
    code = code.strip().upper()
    fields: dict[str, object] = {}
    if not _CODE.fullmatch(code):
        fields["code"] = _("Use 3 to 40 letters A-Z, digits and hyphens.")
    elif db.session.scalar(select(Coupon.id).where(Coupon.merchant_id == merchant_id, Coupon.code == code)):
        fields["code"] = _("There is a coupon with this code already.")
    if kind not in COUPON_KINDS:
        fields["kind"] = _("Choose what the coupon gives.")
    if kind == "percent" and not 0 < rate_ppm <= PPM:
        fields["percent"] = _("A percentage is more than 0 and at most 100.")
    if kind == "amount" and not 0 < amount_minor <= MAX_MINOR:
        fields["amount"] = _("The amount must be more than zero.")
    if not 0 <= minimum_minor <= MAX_MINOR:
        fields["minimum"] = _("An amount cannot be negative.")
    if uses_max is not None and not 0 < uses_max <= 1_000_000_000:
        fields["uses_max"] = _("Write a whole number above zero, or leave it empty.")
    if starts_at and ends_at and ends_at <= starts_at:
        fields["ends_at"] = _("It would end before it begins.")
    if fields:
        raise Invalid(_("Please correct the marked fields."), fields=fields)
    coupon_id = new_id("cpn")
    db.session.execute(
        insert(Coupon).values(
            merchant_id=merchant_id,
            id=coupon_id,
            code=code,
            kind=kind,
            rate_ppm=rate_ppm if kind == "percent" else 0,
            amount_minor=amount_minor if kind == "amount" else 0,
            minimum_minor=minimum_minor,
            uses_max=uses_max,
            used=0,
            starts_at=starts_at,
            ends_at=ends_at,
            active=True,
            created_at=clock.now(),
        )
    )
    details = {"code": code, "kind": kind, "rate_ppm": rate_ppm, "amount_minor": amount_minor}
    record("coupon.created", actor_id=actor_id, subject=f"coupon:{coupon_id}", merchant_id=merchant_id, details=details)
    return coupon_id


@transactional
def set_coupon_active(merchant_id: str, coupon_id: str, active: bool, *, actor_id: str | None) -> None:
    """Switch a coupon off, or on again. Raises RoleNotEnough, NotFound."""
    authorise(actor_id, merchant_id, "catalog.edit")
    changed = db.session.execute(
        update(Coupon)
        .where(Coupon.merchant_id == merchant_id, Coupon.id == coupon_id)
        .values(active=active)
        .returning(Coupon.id)
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise NotFound(_("There is no such coupon."))
    action = "coupon.switched_on" if active else "coupon.switched_off"
    record(action, actor_id=actor_id, subject=f"coupon:{coupon_id}", merchant_id=merchant_id)


@transactional
def end_coupon(merchant_id: str, coupon_id: str, *, actor_id: str | None) -> None:
    """End a coupon now, for good; orders that used it keep what it gave. Raises RoleNotEnough, NotFound, Refused."""
    authorise(actor_id, merchant_id, "catalog.edit")
    moment = clock.now()
    coupon = db.session.get(Coupon, (merchant_id, coupon_id), with_for_update=True)
    if coupon is None:
        raise NotFound(_("There is no such coupon."))
    if coupon.ends_at is not None and coupon.ends_at <= moment:
        raise Refused(_("This coupon has ended already."))
    coupon.ends_at = moment
    record("coupon.ended", actor_id=actor_id, subject=f"coupon:{coupon_id}", merchant_id=merchant_id)


def coupon_state(coupon: Coupon, moment: datetime) -> CouponState:
    """Where a coupon stands: off, ended, used_up, scheduled (it has not begun) or active."""
    if not coupon.active:
        return "off"
    if coupon.ends_at is not None and coupon.ends_at <= moment:
        return "ended"
    if coupon.uses_max is not None and coupon.used >= coupon.uses_max:
        return "used_up"
    return "scheduled" if coupon.starts_at is not None and coupon.starts_at > moment else "active"


def get_coupon(merchant_id: str, coupon_id: str) -> Coupon:
    """One coupon. Raises NotFound."""
    coupon = db.session.get(Coupon, (merchant_id, coupon_id))
    if coupon is None:
        raise NotFound(_("There is no such coupon."))
    return coupon


def coupons_page(
    merchant_id: str, *, before: str | None = None, limit: int = 50
) -> tuple[Sequence[Coupon], str | None]:
    """The merchant's coupons, the newest first, and where the next page begins."""
    query = select(Coupon).where(Coupon.merchant_id == merchant_id)
    if before:
        query = query.where(Coupon.id < before)
    rows = db.session.scalars(query.order_by(Coupon.id.desc()).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None
