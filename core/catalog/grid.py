"""Variants in a table: prices, SKUs, barcodes and stock of many products, changed side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import literal, select, tuple_, update

from core.audit.service import record
from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _
from core.base.money import MAX_MINOR
from core.base.transactions import transactional
from core.catalog.errors import ChangedMeanwhile
from core.catalog.lists import narrow
from core.catalog.models import Product, Variant
from core.catalog.paging import read_cursor, write_cursor
from core.catalog.shapes import StockFilter
from core.catalog.upkeep import refresh_products, touch_products
from core.inventory.errors import StockPromised
from core.inventory.models import Stock
from core.inventory.service import QUANTITY_MAX, set_stock_many
from core.parties.roles import require_permission

ROWS = 50
CELLS = ("price_minor", "compare_at_minor", "sku", "barcode", "on_hand")


@dataclass(frozen=True, slots=True)
class GridRow:
    """A variant in the table. `on_hand` None: its stock is not counted."""

    variant_id: str
    product_id: str
    name: str
    label: str
    price_minor: int
    compare_at_minor: int | None
    sku: str
    barcode: str
    on_hand: int | None
    reserved: int = 0


@dataclass(frozen=True, slots=True)
class GridPage:
    rows: tuple[GridRow, ...]
    next_cursor: str | None = None


def _select() -> Any:
    return (
        select(
            *(Variant.id, Variant.product_id, Product.name, Variant.label, Variant.price_minor),
            *(Variant.compare_at_minor, Variant.sku, Variant.barcode, Variant.position),
            *(Stock.on_hand, Stock.reserved, Stock.tracked),
        )
        .join(Product, (Product.merchant_id == Variant.merchant_id) & (Product.id == Variant.product_id))
        .outerjoin(Stock, (Stock.merchant_id == Variant.merchant_id) & (Stock.variant_id == Variant.id))
    )


def _row(found: Any) -> GridRow:
    return GridRow(
        variant_id=found.id,
        product_id=found.product_id,
        name=found.name,
        label=found.label,
        price_minor=found.price_minor,
        compare_at_minor=found.compare_at_minor,
        sku=found.sku or "",
        barcode=found.barcode,
        on_hand=None if found.tracked is False else (found.on_hand or 0),
        reserved=found.reserved or 0,
    )


def grid_page(
    merchant_id: str,
    wanted: StockFilter | None = None,
    *,
    product_id: str | None = None,
    cursor: str | None = None,
    limit: int = ROWS,
) -> GridPage:
    """Variants of the products that a filter shows, or of one product, by name; one statement. Raises Invalid."""
    query = _select().where(Variant.merchant_id == merchant_id, Variant.active)
    query = query.where(Product.id == product_id) if product_id else narrow(merchant_id, query, wanted)
    at = read_cursor(cursor, str, str, int, str)
    if at is not None:
        here = tuple_(Product.name, Product.id, Variant.position, Variant.id)
        query = query.where(here > tuple_(*(literal(part) for part in at)))
    query = query.order_by(Product.name, Product.id, Variant.position, Variant.id).limit(limit + 1)
    rows = db.session.execute(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return GridPage(
        tuple(_row(row) for row in rows[:limit]),
        write_cursor(last.name, last.product_id, last.position, last.id) if last is not None else None,
    )


@transactional
def save_grid(
    merchant_id: str,
    before: Mapping[str, GridRow],
    wanted: Mapping[str, GridRow],
    *,
    actor_id: str,
    may_stock: bool = True,
) -> int:
    """Change the rows that differ from what the person saw, all or none; gives how many variants changed.

    Raises Invalid with `fields` named `<variant id>.<cell>`, ChangedMeanwhile, RoleNotEnough.
    """
    require_permission(actor_id, merchant_id, "catalog.edit")
    changed = {key: row for key, row in wanted.items() if key in before and row != before[key]}
    if not changed:
        return 0
    _check(merchant_id, changed)
    now = {
        row.id: _row(row)
        for row in db.session.execute(
            _select()
            .where(Variant.merchant_id == merchant_id, Variant.active, Variant.id.in_(list(changed)))
            .order_by(Variant.id)
            .with_for_update(of=Variant)
        )
    }
    for key in changed:
        if key not in now or _seen(now[key]) != _seen(before[key]):
            raise ChangedMeanwhile(
                _("Somebody else changed these variants while you were editing them. Open the table again.")
            )
    ids = list(changed)
    # SKUs may change places, so all are freed first.
    moved = [key for key in ids if changed[key].sku != now[key].sku]
    if moved:
        db.session.execute(
            update(Variant).where(Variant.merchant_id == merchant_id, Variant.id.in_(moved)).values(sku=None)
        )
    for key, row in changed.items():
        above = row.compare_at_minor
        db.session.execute(
            update(Variant)
            .where(Variant.merchant_id == merchant_id, Variant.id == key)
            .values(
                price_minor=row.price_minor,
                compare_at_minor=above if above and above > row.price_minor else None,
                sku=row.sku or None,
                barcode=row.barcode,
            )
            .execution_options(synchronize_session=False)
        )
    counts = {
        key: row.on_hand
        for key, row in changed.items()
        if may_stock and row.on_hand is not None and now[key].on_hand is not None and row.on_hand != before[key].on_hand
    }
    if counts:
        _count(merchant_id, counts, now, actor_id)
    products = {now[key].product_id for key in ids}
    refresh_products(merchant_id, products)
    touch_products(merchant_id, products)
    record(
        "variants.edited",
        actor_id=actor_id,
        subject=f"variant:{ids[0]}",
        merchant_id=merchant_id,
        details={"variants": len(ids)},
    )
    return len(ids)


def _seen(row: GridRow) -> GridRow:
    """What must not have changed meanwhile: not the stock, which sales change all the time."""
    return replace(row, on_hand=None, reserved=0, name="", label="")


def _count(merchant_id: str, counts: Mapping[str, int], now: Mapping[str, GridRow], actor_id: str) -> None:
    fields: dict[str, object] = {}
    for key, count in counts.items():
        if count < now[key].reserved:
            fields[f"{key}.on_hand"] = StockPromised(now[key].reserved).message
    if fields:
        raise Invalid(_("Please correct the marked fields."), fields=fields)
    set_stock_many(merchant_id, counts, reason="count", actor_id=actor_id)


def _check(merchant_id: str, rows: Mapping[str, GridRow]) -> None:
    fields: dict[str, object] = {}
    skus: dict[str, str] = {}
    for key, row in rows.items():
        for cell, amount in (("price_minor", row.price_minor), ("compare_at_minor", row.compare_at_minor)):
            if amount is not None and not 0 <= amount <= MAX_MINOR:
                fields[f"{key}.{cell}"] = _("An amount is not negative and not absurdly large.")
        if len(row.sku) > 80:
            fields[f"{key}.sku"] = _("At most %(limit)d characters.", limit=80)
        if len(row.barcode) > 40:
            fields[f"{key}.barcode"] = _("At most %(limit)d characters.", limit=40)
        if row.on_hand is not None and not 0 <= row.on_hand <= QUANTITY_MAX:
            fields[f"{key}.on_hand"] = _("A stock is a whole number, not negative.")
        if row.sku and row.sku in skus:
            fields[f"{key}.sku"] = _("This SKU is there twice.")
        skus[row.sku] = key
    taken = db.session.execute(
        select(Variant.sku).where(
            Variant.merchant_id == merchant_id,
            Variant.sku.in_([sku for sku in skus if sku]),
            Variant.id.not_in(list(rows)),
        )
    ).scalars()
    for sku in taken:
        if sku in skus:
            fields[f"{skus[sku]}.sku"] = _("Another variant has this SKU.")
    if fields:
        raise Invalid(_("Please correct the marked fields."), fields=fields)
