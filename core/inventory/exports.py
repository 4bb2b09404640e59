"""Stock as lists to take away: what is there, and what moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, and_, func, select

from core.base.days import days_of
from core.base.i18n import lazy_gettext as _
from core.catalog.models import Product, Variant
from core.contract.exports import ExportList
from core.inventory.models import Stock, StockMovement
from core.inventory.words import REASONS
from core.parties.models import Person


def _stock_query(merchant_id: str, filters: Mapping[str, str]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *(Product.name, Variant.label, Variant.sku, Variant.barcode),
            func.coalesce(Stock.on_hand, 0).label("on_hand"),
            func.coalesce(Stock.reserved, 0).label("reserved"),
            func.coalesce(Stock.tracked, True).label("tracked"),
        )
        .join(Product, and_(Product.merchant_id == Variant.merchant_id, Product.id == Variant.product_id))
        .outerjoin(Stock, and_(Stock.merchant_id == Variant.merchant_id, Stock.variant_id == Variant.id))
        .where(Variant.merchant_id == merchant_id, Variant.active)
        .order_by(Product.name, Variant.position, Variant.id)
    )


def _stock_row(found: Any) -> list[object]:
    available = found.on_hand - found.reserved if found.tracked else None
    return [
        found.name,
        found.label,
        found.sku or "",
        found.barcode,
        bool(found.tracked),
        found.on_hand,
        found.reserved,
        available,
    ]


STOCK = ExportList(
    name="inventory.stock",
    label=_("Stock"),
    permission="stock.edit",
    columns=(
        *(_("Product"), _("Variant"), _("SKU"), _("Barcode"), _("Counted"), _("On hand"), _("Promised")),
        _("Available"),
    ),
    query=_stock_query,
    row=_stock_row,
    order=20,
)


def _moves_query(merchant_id: str, filters: Mapping[str, str]) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            *(StockMovement.created_at, Product.name, Variant.label, Variant.sku, StockMovement.delta),
            *(StockMovement.reason, StockMovement.reference, StockMovement.note, Person.name.label("actor")),
        )
        .join(Variant, and_(Variant.merchant_id == StockMovement.merchant_id, Variant.id == StockMovement.variant_id))
        .join(Product, and_(Product.merchant_id == Variant.merchant_id, Product.id == Variant.product_id))
        .outerjoin(Person, Person.id == StockMovement.actor_id)
        .where(StockMovement.merchant_id == merchant_id)
        .order_by(StockMovement.id)
    )
    first, after = days_of(filters)
    if first is not None:
        query = query.where(StockMovement.created_at >= first)
    return query if after is None else query.where(StockMovement.created_at < after)


def _moves_row(found: Any) -> list[object]:
    return [
        found.created_at,
        found.name,
        found.label,
        found.sku or "",
        found.delta,
        str(REASONS.get(found.reason, found.reason)),
        found.reference,
        found.note,
        found.actor or "",
    ]


MOVEMENTS = ExportList(
    name="inventory.movements",
    label=_("Stock movements"),
    permission="stock.edit",
    columns=(
        *(_("When"), _("Product"), _("Variant"), _("SKU"), _("Change"), _("Reason"), _("Reference"), _("Note")),
        _("Who"),
    ),
    query=_moves_query,
    row=_moves_row,
    filters=frozenset({"from", "to"}),
    order=21,
)
