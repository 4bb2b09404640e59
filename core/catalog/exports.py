"""The catalogue as a list to take away: a line for each variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, and_, func, select

from core.base.i18n import lazy_gettext as _
from core.base.money import Money
from core.catalog.lists import narrow
from core.catalog.models import Category, Product, ProductCategory, Variant
from core.catalog.shapes import filter_of
from core.contract.exports import ExportList
from core.inventory.models import Stock
from core.shops.models import Merchant


def _query(merchant_id: str, filters: Mapping[str, str]) -> Select[*tuple[Any, ...]]:
    shelves = (
        select(func.aggregate_strings(Category.path, "; "))
        .join(
            ProductCategory,
            and_(ProductCategory.merchant_id == Category.merchant_id, ProductCategory.category_id == Category.id),
        )
        .where(ProductCategory.merchant_id == Product.merchant_id, ProductCategory.product_id == Product.id)
        .correlate(Product)
        .scalar_subquery()
    )
    query = (
        select(
            *(Product.name, Variant.label, Variant.sku, Variant.barcode, Product.slug, Product.vendor, Product.tags),
            shelves.label("shelves"),
            *(Product.published, Variant.price_minor, Variant.compare_at_minor, Variant.cost_minor),
            *(Variant.weight_grams, Variant.taxable, Stock.on_hand, Stock.reserved, Stock.tracked),
            *(Product.created_at, Product.updated_at, Merchant.currency),
        )
        .join(Product, and_(Product.merchant_id == Variant.merchant_id, Product.id == Variant.product_id))
        .join(Merchant, Merchant.id == Variant.merchant_id)
        .outerjoin(Stock, and_(Stock.merchant_id == Variant.merchant_id, Stock.variant_id == Variant.id))
        .where(Variant.merchant_id == merchant_id, Variant.active)
        .order_by(Product.name, Product.id, Variant.position, Variant.id)
    )
    return narrow(merchant_id, query, filter_of(filters))


def _amount(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)


def _row(found: Any) -> list[object]:
    counted = found.tracked is not False
    return [
        found.name,
        found.label,
        found.sku or "",
        found.barcode,
        found.slug,
        found.vendor,
        ", ".join(map(str, found.tags)),
        found.shelves or "",
        found.published,
        _amount(found.price_minor, found.currency),
        _amount(found.compare_at_minor, found.currency),
        _amount(found.cost_minor, found.currency),
        found.currency,
        found.weight_grams,
        found.taxable,
        (found.on_hand or 0) if counted else None,
        (found.on_hand or 0) - (found.reserved or 0) if counted else None,
        found.created_at,
        found.updated_at,
    ]


PRODUCTS = ExportList(
    name="catalog.products",
    label=_("Products"),
    permission="catalog.view",
    columns=(
        *(_("Product"), _("Variant"), _("SKU"), _("Barcode"), _("Address in the shop"), _("Maker or brand")),
        *(_("Tags"), _("Categories"), _("In the shop"), _("Price"), _("Price before"), _("Cost"), _("Currency")),
        *(_("Weight in grams"), _("Taxed"), _("On hand"), _("Available"), _("Created"), _("Changed")),
    ),
    query=_query,
    row=_row,
    filters=frozenset({"q", "state", "category", "tag", "vendor"}),
    order=10,
)
