"""What a shop says about tax, and who is exempt."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final

from flask import current_app
from sqlalchemy import select

from core.base.database import db
from core.parties.models import Customer
from core.shops.context import ShopContext
from core.shops.models import Shop
from core.taxes.models import TaxCategory, TaxExemption, TaxRate
from core.taxes.rules import (
    DELIVERY_TAXES,
    ROUNDINGS,
    AppliedTax,
    PlaceRate,
    TaxRules,
    postal,
    regions_of,
)

_KEPT_MAX: Final = 2048
Rates = tuple[PlaceRate, ...]


class _KeptRates:
    """Rates by (merchant, shop version): exact, since each change of a rate makes a new version of the shop."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], Rates] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, int]) -> Rates | None:
        with self._lock:
            return self._kept.get(key)

    def put(self, key: tuple[str, int], rates: Rates) -> None:
        with self._lock:
            self._kept[key] = rates
            while len(self._kept) > _KEPT_MAX:
                self._kept.popitem(last=False)


def tax_rules(shop: ShopContext) -> TaxRules:
    """What the shop says about tax; read once for each version of the shop."""
    rounding, delivery = shop.options.get("tax_rounding"), shop.options.get("tax_delivery")
    return TaxRules(
        standard=AppliedTax(str(shop.options.get("tax_name") or ""), shop.tax_ppm),
        rates=_rates(shop),
        included=shop.prices_include_tax,
        rounding=rounding if rounding in ROUNDINGS else "total",
        delivery=delivery if delivery in DELIVERY_TAXES else "standard",
    )


def _rates(shop: ShopContext) -> Rates:
    kept: _KeptRates = current_app.extensions.setdefault("tongbao.tax_rates", _KeptRates())
    key = (shop.merchant_id, shop.version)
    found = kept.get(key)
    if found is None:
        # The version is read in the same statement: the shop may have changed since the caller's read.
        rows = db.session.execute(
            select(Shop.version, TaxRate)
            .outerjoin(TaxRate, TaxRate.merchant_id == Shop.merchant_id)
            .where(Shop.merchant_id == shop.merchant_id)
        ).all()
        found = tuple(_place_rate(rate) for _version, rate in rows if rate is not None)
        if rows and rows[0][0] == shop.version:
            kept.put(key, found)
    return found


def _place_rate(rate: TaxRate) -> PlaceRate:
    return PlaceRate(
        category_id=rate.category_id,
        country=rate.country,
        regions=regions_of(rate.region),
        postal_prefix=postal(rate.postal_prefix),
        tax=AppliedTax(rate.name, rate.rate_ppm),
    )


def rates_of(merchant_id: str) -> Sequence[TaxRate]:
    """All rates of a merchant: by category, then by place."""
    return db.session.scalars(
        select(TaxRate)
        .where(TaxRate.merchant_id == merchant_id)
        .order_by(TaxRate.category_id, TaxRate.country, TaxRate.region, TaxRate.postal_prefix, TaxRate.id)
    ).all()


def categories_of(merchant_id: str) -> Sequence[TaxCategory]:
    """The merchant's tax categories by name."""
    return db.session.scalars(
        select(TaxCategory).where(TaxCategory.merchant_id == merchant_id).order_by(TaxCategory.name)
    ).all()


@dataclass(frozen=True, slots=True)
class ExemptCustomer:
    """Somebody who owes no tax."""

    id: str
    customer_id: str
    name: str
    email: str
    reason: str
    tax_id: str
    created_at: datetime


def exemptions_of(merchant_id: str, limit: int = 200) -> list[ExemptCustomer]:
    """Who is exempt, by name."""
    rows = db.session.execute(
        select(TaxExemption, Customer.name, Customer.email)
        .join(Customer, (Customer.merchant_id == TaxExemption.merchant_id) & (Customer.id == TaxExemption.customer_id))
        .where(TaxExemption.merchant_id == merchant_id)
        .order_by(Customer.name, TaxExemption.id)
        .limit(limit)
    ).all()
    return [
        ExemptCustomer(one.id, one.customer_id, name, email, one.reason, one.tax_id, one.created_at)
        for one, name, email in rows
    ]


def exemption_of(merchant_id: str, customer_id: str | None) -> TaxExemption | None:
    """Why a customer owes no tax; None for those who do, and for guests."""
    if customer_id is None:
        return None
    return db.session.scalars(
        select(TaxExemption).where(TaxExemption.merchant_id == merchant_id, TaxExemption.customer_id == customer_id)
    ).one_or_none()
