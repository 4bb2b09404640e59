"""Looking around in a shop: words, shelf, price, tag, what is there; and what could be narrowed further."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from core.base.database import db
from core.catalog.lists import found_page, search_page, stands_on
from core.catalog.models import Product, ProductTag, Variant
from core.catalog.search import matches
from core.catalog.shapes import ProductPage, Sort
from core.inventory.models import Stock

TAGS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a buyer looks for; empty fields do not matter. Prices are minor units of the shop's currency."""

    text: str = ""
    category_id: str | None = None
    price_from_minor: int | None = None
    price_to_minor: int | None = None
    tag: str = ""
    available: bool = False


@dataclass(frozen=True, slots=True)
class Facets:
    """What was found, for narrowing it: how many products, from which price to which, with which tags."""

    count: int
    price_from_minor: int
    price_to_minor: int
    tags: Sequence[tuple[str, int]]


def browse(
    merchant_id: str, wanted: Wanted, *, sort: Sort | None = None, cursor: str | None = None, limit: int = 24
) -> ProductPage:
    """Published products that fit; two statements. `sort` None: what is named so first, or the newest.

    Raises Invalid for a cursor that is not of this list.
    """
    conditions = _conditions(merchant_id, wanted)
    if sort is None and matches(wanted.text) is not None:
        return search_page(merchant_id, wanted.text, conditions, cursor, limit)
    return found_page(merchant_id, conditions, sort or "new", cursor, limit)


def facets(merchant_id: str, wanted: Wanted) -> Facets:
    """How what fits could be narrowed further; two statements."""
    conditions = _conditions(merchant_id, wanted)
    row = db.session.execute(
        select(func.count(), func.min(Product.price_from_minor), func.max(Product.price_from_minor)).where(*conditions)
    ).one()
    tags = db.session.execute(
        select(ProductTag.tag, func.count().label("count"))
        .join(Product, and_(Product.merchant_id == ProductTag.merchant_id, Product.id == ProductTag.product_id))
        .where(*conditions)
        .group_by(ProductTag.tag)
        .order_by(func.count().desc(), ProductTag.tag)
        .limit(TAGS_SHOWN)
    ).all()
    return Facets(row[0], row[1] or 0, row[2] or 0, [(tag.tag, tag[1]) for tag in tags])


def _conditions(merchant_id: str, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Product.merchant_id == merchant_id, Product.published.is_(True)]
    words = matches(wanted.text)
    if words is not None:
        conditions.append(words)
    elif wanted.text.strip():
        conditions.append(false())
    if wanted.category_id:
        conditions.append(stands_on(merchant_id, wanted.category_id))
    if wanted.price_from_minor is not None:
        conditions.append(Product.price_from_minor >= wanted.price_from_minor)
    if wanted.price_to_minor is not None:
        conditions.append(Product.price_from_minor <= wanted.price_to_minor)
    if wanted.tag:
        conditions.append(_has_tag(merchant_id, wanted.tag))
    if wanted.available:
        conditions.append(_in_stock(merchant_id))
    return conditions


def _has_tag(merchant_id: str, tag: str) -> ColumnElement[bool]:
    tagged = select(ProductTag.product_id).where(ProductTag.merchant_id == merchant_id, ProductTag.tag == tag)
    return Product.id.in_(tagged.correlate(None))


def _in_stock(merchant_id: str) -> ColumnElement[bool]:
    there: Any = (
        select(Variant.product_id)
        .join(Stock, and_(Stock.merchant_id == Variant.merchant_id, Stock.variant_id == Variant.id))
        .where(
            Variant.merchant_id == merchant_id,
            Variant.active,
            or_(Stock.tracked.is_(False), Stock.on_hand - Stock.reserved > 0),
        )
    )
    return Product.id.in_(there)
