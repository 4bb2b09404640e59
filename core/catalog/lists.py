"""Lists of products: a category, a search, the console. Two statements each, paged by cursor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal, or_, select, true, tuple_

from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _
from core.catalog.categories import PATH_SEPARATOR
from core.catalog.models import GIFT_CARD, Category, Product, ProductCategory, ProductTag, Variant
from core.catalog.paging import read_cursor, write_cursor
from core.catalog.search import matches, rank
from core.catalog.shapes import ProductCard, ProductPage, Sort, StockFilter
from core.inventory.models import Stock

LIMIT_MAX = 200
SEARCH_FOUND_MAX = 1_000

_CARD_COLUMNS = (
    Product.id,
    Product.slug,
    Product.name,
    Product.summary,
    Product.vendor,
    Product.image_url,
    Product.published,
    Product.archived,
    Product.version,
    Product.updated_at,
    Product.created_at,
    Product.price_from_minor,
)


def list_products(
    merchant_id: str,
    *,
    category_id: str | None = None,
    sort: Sort = "new",
    cursor: str | None = None,
    limit: int = 24,
) -> ProductPage:
    """Published products, of a category with those below it or of the whole shop; two statements. Raises Invalid."""
    query = select(*_CARD_COLUMNS).where(Product.merchant_id == merchant_id, Product.published)
    if category_id is not None:
        query = query.where(stands_on(merchant_id, category_id))
    return _page(merchant_id, query, sort, cursor, limit)


def search_products(
    merchant_id: str, text: str, *, cursor: str | None = None, limit: int = 24, hidden_too: bool = False
) -> ProductPage:
    """Products that hold every word of a query, those named so first; two statements.

    Raises Invalid for a cursor that is not of this list.
    """
    condition = matches(text)
    if condition is None:
        return ProductPage(())
    return search_page(
        merchant_id, text, [Product.merchant_id == merchant_id, _seen(hidden_too), condition], cursor, limit
    )


def search_page(
    merchant_id: str, text: str, conditions: Sequence[ColumnElement[bool]], cursor: str | None, limit: int
) -> ProductPage:
    """A page of what fits, what is named like the query first. Raises Invalid for a cursor that is not of this list."""
    at = read_cursor(cursor, int)
    start = min(max(int(at[0]), 0), SEARCH_FOUND_MAX) if at else 0
    limit = min(limit, LIMIT_MAX)
    query = (
        select(*_CARD_COLUMNS)
        .where(*conditions)
        .order_by(rank(text).desc(), func.length(Product.name), Product.id)
        .offset(start)
        .limit(limit + 1)
    )
    rows = db.session.execute(query).all()
    more = len(rows) > limit and start + limit < SEARCH_FOUND_MAX
    return ProductPage(_cards(merchant_id, rows[:limit]), write_cursor(start + limit) if more else None)


def found_page(
    merchant_id: str, conditions: Sequence[ColumnElement[bool]], sort: Sort, cursor: str | None, limit: int
) -> ProductPage:
    """A page of what fits, in an order. Raises Invalid for a cursor that is not of this list."""
    return _page(merchant_id, select(*_CARD_COLUMNS).where(*conditions), sort, cursor, limit)


def products_for_console(
    merchant_id: str, wanted: StockFilter | None = None, *, cursor: str | None = None, limit: int = 50
) -> ProductPage:
    """All products of a merchant, newest first, narrowed by words, state, stock and category; two statements."""
    query = narrow(merchant_id, select(*_CARD_COLUMNS).where(Product.merchant_id == merchant_id), wanted)
    return _page(merchant_id, query, "new", cursor, limit)


def narrow(merchant_id: str, query: Select[*tuple[Any, ...]], wanted: StockFilter | None) -> Select[*tuple[Any, ...]]:
    """A query over products, narrowed as the console's list is: by words, state, stock and category."""
    wanted = wanted or StockFilter()
    condition = matches(wanted.text)
    if condition is not None:
        query = query.where(condition)
    elif wanted.text.strip():
        query = query.where(false())
    query = query.where(Product.archived.is_(wanted.state == "archived"))
    if wanted.state in ("published", "hidden"):
        query = query.where(Product.published.is_(wanted.state == "published"))
    elif wanted.state in ("sold_out", "low"):
        most = 0 if wanted.state == "sold_out" else wanted.low_at
        query = query.where(_counted_at_most(merchant_id, most))
    if wanted.category_id:
        query = query.where(stands_on(merchant_id, wanted.category_id))
    if wanted.tag:
        tagged = select(ProductTag.product_id).where(
            ProductTag.merchant_id == merchant_id, ProductTag.tag == wanted.tag
        )
        query = query.where(Product.id.in_(tagged))
    if wanted.vendor:
        query = query.where(Product.vendor == wanted.vendor)
    return query


def products_by_ids(merchant_id: str, product_ids: Sequence[str], *, published_only: bool = True) -> list[ProductCard]:
    """Published products (or all) in the order of the ids given; two statements."""
    rows = db.session.execute(
        select(*_CARD_COLUMNS).where(
            Product.merchant_id == merchant_id, _seen(not published_only), Product.id.in_(list(product_ids))
        )
    ).all()
    cards = {card.id: card for card in _cards(merchant_id, rows)}
    return [cards[product_id] for product_id in product_ids if product_id in cards]


def _seen(hidden_too: bool) -> ColumnElement[bool]:
    return true() if hidden_too else Product.published.is_(True)


def stands_on(merchant_id: str, category_id: str) -> ColumnElement[bool]:
    """The condition that a product stands on a shelf or on one below it."""
    shelf = select(Category.path).where(Category.merchant_id == merchant_id, Category.id == category_id)
    path = shelf.scalar_subquery()
    prefix = path + PATH_SEPARATOR
    shelves = select(Category.id).where(
        Category.merchant_id == merchant_id,
        or_(
            Category.id == category_id,
            func.substr(Category.path, 1, func.length(prefix)) == prefix,
        ),
    )
    standing = select(ProductCategory.product_id).where(
        ProductCategory.merchant_id == merchant_id, ProductCategory.category_id.in_(shelves)
    )
    return Product.id.in_(standing)


def _counted_at_most(merchant_id: str, most: int) -> ColumnElement[bool]:
    """Products with an active, counted variant of which at most so many are available."""
    scarce = (
        select(Variant.product_id)
        .join(Stock, and_(Stock.merchant_id == Variant.merchant_id, Stock.variant_id == Variant.id))
        .where(
            Variant.merchant_id == merchant_id,
            Variant.active,
            Stock.tracked,
            Stock.on_hand - Stock.reserved <= (func.coalesce(Stock.low_at, most) if most else 0),
        )
    )
    return Product.id.in_(scarce)


def _page(merchant_id: str, query: Select[*tuple[Any, ...]], sort: Sort, cursor: str | None, limit: int) -> ProductPage:
    limit = min(max(limit, 1), LIMIT_MAX)
    keys: dict[str, tuple[Any, bool, type[str] | type[int]]] = {
        "new": (Product.created_at, True, str),
        "price_up": (Product.price_from_minor, False, int),
        "price_down": (Product.price_from_minor, True, int),
        "name": (Product.name, False, str),
    }
    column, falling, kind = keys[sort]
    at = read_cursor(cursor, str, kind, str)
    if at is not None and at[0] == sort:
        here = tuple_(literal(_value(sort, at[1]), column.type), literal(at[2]))
        place = tuple_(column, Product.id)
        query = query.where(place < here if falling else place > here)
    order = (column.desc(), Product.id.desc()) if falling else (column, Product.id)
    rows = db.session.execute(query.order_by(*order).limit(limit + 1)).all()
    next_cursor = None
    if len(rows) > limit:
        last = rows[limit - 1]
        value = last.created_at.isoformat() if sort == "new" else getattr(last, column.key)
        next_cursor = write_cursor(sort, value, last.id)
    return ProductPage(_cards(merchant_id, rows[:limit]), next_cursor)


def _value(sort: Sort, written: str | int) -> object:
    if sort != "new":
        return written
    try:
        return datetime.fromisoformat(str(written)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(_("This page of the list does not exist."), code="cursor_invalid") from None


def _cards(merchant_id: str, rows: Sequence[Any]) -> tuple[ProductCard, ...]:
    if not rows:
        return ()
    counted = case((Stock.tracked.is_(False), 0), else_=func.coalesce(Stock.on_hand - Stock.reserved, 0))
    sums = {
        row.product_id: row
        for row in db.session.execute(
            select(
                Variant.product_id,
                func.max(Variant.price_minor).label("price_to"),
                func.max(Variant.compare_at_minor).label("compare_at"),
                func.count().label("variants"),
                func.min(Variant.id).label("first_id"),
                func.sum(case((Stock.tracked.is_(False), 1), else_=0)).label("uncounted"),
                func.sum(counted).label("available"),
            )
            .outerjoin(Stock, and_(Stock.merchant_id == Variant.merchant_id, Stock.variant_id == Variant.id))
            .where(Variant.merchant_id == merchant_id, Variant.active, Variant.product_id.in_([row.id for row in rows]))
            .group_by(Variant.product_id)
        )
    }
    return tuple(_card(row, sums.get(row.id)) for row in rows)


def _card(row: Any, sums: Any) -> ProductCard:
    return ProductCard(
        id=row.id,
        slug=row.slug,
        name=row.name,
        summary=row.summary,
        vendor=row.vendor,
        image_url=row.image_url,
        published=row.published,
        archived=row.archived,
        version=row.version,
        updated_at=row.updated_at,
        price_from_minor=row.price_from_minor,
        price_to_minor=sums.price_to if sums else row.price_from_minor,
        compare_at_minor=sums.compare_at if sums else None,
        variant_count=sums.variants if sums else 0,
        only_variant_id=sums.first_id if sums and sums.variants == 1 else None,
        available=0 if sums is None else None if sums.uncounted else int(sums.available),
    )


def gift_card_products(merchant_id: str) -> Sequence[Product]:
    """The products that are gift cards, by name; one statement."""
    return db.session.scalars(
        select(Product)
        .where(Product.merchant_id == merchant_id, Product.kind == GIFT_CARD, Product.archived.is_(False))
        .order_by(Product.name)
        .limit(50)
    ).all()
