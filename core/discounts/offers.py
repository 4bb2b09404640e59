"""Which discounts apply now: those that apply by themselves, and the one whose code was typed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final, cast

from flask import current_app
from sqlalchemy import select

from core.base import clock
from core.base.database import db
from core.base.i18n import gettext
from core.base.i18n import lazy_gettext as _
from core.catalog.lists import stands_on
from core.catalog.models import Product
from core.discounts.errors import CouponRefused
from core.discounts.models import Discount, DiscountCode
from core.discounts.rules import DiscountKind, Offer
from core.shops.context import ShopContext
from core.shops.models import Shop

_KEPT_MAX: Final = 512


@dataclass(frozen=True, slots=True)
class Timed:
    """An offer that applies by itself, and from when to when."""

    offer: Offer
    starts_at: datetime | None
    ends_at: datetime | None

    def runs(self, moment: datetime) -> bool:
        """Whether it applies at that moment."""
        return (self.starts_at is None or self.starts_at <= moment) and (self.ends_at is None or moment < self.ends_at)


class _KeptOffers:
    """Offers by (merchant, shop version): exact, since a change of an offer or of the goods makes a new version."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], tuple[Timed, ...]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, int]) -> tuple[Timed, ...] | None:
        with self._lock:
            return self._kept.get(key)

    def put(self, key: tuple[str, int], offers: tuple[Timed, ...]) -> None:
        with self._lock:
            self._kept[key] = offers
            while len(self._kept) > _KEPT_MAX:
                self._kept.popitem(last=False)


def automatic_offers(shop: ShopContext, moment: datetime | None = None) -> list[Offer]:
    """What applies in this shop now without a code; read once for each version of the shop."""
    moment = moment or clock.now()
    return [timed.offer for timed in _timed(shop) if timed.runs(moment)]


def next_change(shop: ShopContext, moment: datetime) -> datetime | None:
    """When an offer of this shop begins or ends next, by its days alone: until then its pages stay as they are."""
    ends = (when for timed in _timed(shop) for when in (timed.starts_at, timed.ends_at))
    return min((when for when in ends if when is not None and when > moment), default=None)


def _timed(shop: ShopContext) -> tuple[Timed, ...]:
    kept: _KeptOffers = current_app.extensions.setdefault("tongbao.offers", _KeptOffers())
    key = (shop.merchant_id, shop.version)
    found = kept.get(key)
    if found is None:
        # The version is read in the same statement: the shop may have changed since the caller's read.
        rows = db.session.execute(
            select(Shop.version, Discount)
            .outerjoin(
                Discount,
                (Discount.merchant_id == Shop.merchant_id) & (Discount.method == "automatic") & Discount.active,
            )
            .where(Shop.merchant_id == shop.merchant_id)
            .order_by(Discount.id)
        ).all()
        found = tuple(
            Timed(offer_of(row, label=row.title), row.starts_at, row.ends_at)
            for _version, row in rows
            if row is not None
        )
        if rows and rows[0][0] == shop.version:
            kept.put(key, found)
    return found


def offer_of(discount: Discount, *, label: str, code: str = "", among: Collection[str] | None = None) -> Offer:
    """A discount as the rules take it, its products found out; `among` these only, where the basket is known."""
    return Offer(
        id=discount.id,
        label=label,
        kind=cast(DiscountKind, discount.kind),
        code=code,
        rate_ppm=discount.rate_ppm,
        amount_minor=discount.amount_minor,
        products=_products(discount.merchant_id, discount.scope, discount.scope_ids, among),
        gets=_products(discount.merchant_id, discount.get_scope, discount.get_ids, among),
        buy_quantity=discount.buy_quantity,
        get_quantity=discount.get_quantity,
        rounds_max=discount.rounds_max,
        minimum_minor=discount.minimum_minor,
        minimum_quantity=discount.minimum_quantity,
        with_goods=discount.with_goods,
        with_delivery=discount.with_delivery,
    )


def _products(merchant_id: str, scope: str, ids: Sequence[str], among: Collection[str] | None) -> frozenset[str] | None:
    if scope == "all":
        return None
    if scope == "products":
        return frozenset(ids)
    found: set[str] = set()
    for category_id in ids:
        query = select(Product.id).where(Product.merchant_id == merchant_id, stands_on(merchant_id, category_id))
        found.update(db.session.scalars(query.where(Product.id.in_(among)) if among is not None else query))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Typed:
    """The discount of a code, and for whom it is."""

    offer: Offer
    audience: str
    emails: frozenset[str]
    per_buyer_max: int | None
    code_limited: bool


def typed_offer(merchant_id: str, code: str, among: Collection[str]) -> Typed:
    """What a code gives now to a basket with these products. Raises CouponRefused with the reason."""
    moment, code = clock.now(), code.strip().upper()
    found = db.session.execute(
        select(Discount, DiscountCode)
        .join(
            DiscountCode, (DiscountCode.merchant_id == Discount.merchant_id) & (DiscountCode.discount_id == Discount.id)
        )
        .where(DiscountCode.merchant_id == merchant_id, DiscountCode.code == code)
    ).one_or_none()
    discount = found[0] if found else None
    if found is None or discount is None or not discount.active or (discount.starts_at and discount.starts_at > moment):
        raise CouponRefused(_("This code is not known here. Check how it is spelt."))
    if discount.ends_at and discount.ends_at <= moment:
        raise CouponRefused(_("This code has expired."))
    if _used_up(discount.uses_max, discount.used) or _used_up(found[1].uses_max, found[1].used):
        raise CouponRefused(_("This code has been used up."))
    return Typed(
        offer=offer_of(discount, label=gettext("Code %(code)s", code=code), code=code, among=among),
        audience=discount.audience,
        emails=frozenset(discount.emails),
        per_buyer_max=discount.per_buyer_max,
        code_limited=found[1].uses_max is not None,
    )


def _used_up(most: int | None, used: int) -> bool:
    return most is not None and used >= most


def bound_to(offers: Sequence[Offer], product_id: str) -> list[Offer]:
    """The offers that a product's page tells of: those that it can take part in."""
    return [
        offer
        for offer in offers
        if offer.covers(product_id) or (offer.kind == "bxgy" and offer.gets is not None and product_id in offer.gets)
    ]
