"""What pages read of the catalogue: plain values, in few statements, never a row that could be changed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from core.base.database import db
from core.base.i18n import lazy_gettext as _
from core.catalog.errors import ProductNotFound
from core.catalog.gifts import GiftTerms
from core.catalog.lists import list_products, products_by_ids, products_for_console, search_products
from core.catalog.models import Category, Product, ProductCategory, ProductImage, ProductRelation, ProductTag, Variant
from core.catalog.pictures import media_url, small_media_url
from core.catalog.shapes import CategoryLink, CategoryView, ImageView, ProductCard, ProductView, VariantView
from core.inventory.models import Stock

__all__ = [
    "categories_tree",
    "category_by_slug",
    "flatten",
    "list_products",
    "product_by_id",
    "product_by_slug",
    "products_by_ids",
    "products_for_console",
    "related_products",
    "search_products",
    "tags_of",
]


def product_by_slug(merchant_id: str, slug: str, *, hidden_too: bool = False) -> ProductView | None:
    """The product at an address of the shop, or None; three statements."""
    condition = Product.slug == slug
    return _product(merchant_id, condition if hidden_too else and_(condition, Product.published))


def product_by_id(merchant_id: str, product_id: str) -> ProductView:
    """A product of the merchant, shown or hidden; three statements. Raises ProductNotFound."""
    found = _product(merchant_id, Product.id == product_id)
    if found is None:
        raise ProductNotFound(_("This product does not exist."))
    return found


def category_by_slug(merchant_id: str, slug: str) -> CategoryLink | None:
    """The shelf at an address of the shop."""
    row = db.session.execute(
        select(Category.id, Category.slug, Category.name, Category.path).where(
            Category.merchant_id == merchant_id, Category.slug == slug
        )
    ).first()
    return CategoryLink(*row) if row else None


def categories_tree(merchant_id: str, *, published_only: bool = True) -> tuple[CategoryView, ...]:
    """The shelves at the top, each with those below it and how many products stand there; one statement."""
    counted = Product.published if published_only else Product.id.is_not(None)
    rows = db.session.execute(
        select(
            Category.id,
            Category.slug,
            Category.name,
            Category.path,
            Category.parent_id,
            Category.position,
            func.count(Product.id).label("count"),
        )
        .outerjoin(
            ProductCategory,
            and_(ProductCategory.merchant_id == Category.merchant_id, ProductCategory.category_id == Category.id),
        )
        .outerjoin(
            Product,
            and_(Product.merchant_id == ProductCategory.merchant_id, Product.id == ProductCategory.product_id, counted),
        )
        .where(Category.merchant_id == merchant_id)
        .group_by(Category.id, Category.slug, Category.name, Category.path, Category.parent_id, Category.position)
        .order_by(Category.position, Category.name)
    ).all()
    below: dict[str | None, list[Any]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row)
    return _branch(below, None, 0)


def tags_of(merchant_id: str, limit: int = 500) -> list[tuple[str, int]]:
    """The shop's tags with how many products have each, the most used first; one statement."""
    count = func.count()
    rows = db.session.execute(
        select(ProductTag.tag, count)
        .where(ProductTag.merchant_id == merchant_id)
        .group_by(ProductTag.tag)
        .order_by(count.desc(), ProductTag.tag)
        .limit(limit)
    )
    return [(tag, number) for tag, number in rows]


def related_products(merchant_id: str, product_id: str, *, published_only: bool = True) -> list[ProductCard]:
    """The products shown beside one, in the merchant's order; two statements."""
    ids = list(
        db.session.scalars(
            select(ProductRelation.related_id)
            .where(ProductRelation.merchant_id == merchant_id, ProductRelation.product_id == product_id)
            .order_by(ProductRelation.position, ProductRelation.related_id)
        )
    )
    return products_by_ids(merchant_id, ids, published_only=published_only) if ids else []


def flatten(tree: Collection[CategoryView]) -> list[CategoryView]:
    """A tree of shelves as one list, parents before children."""
    flat: list[CategoryView] = []
    for node in tree:
        flat.append(node)
        flat.extend(flatten(node.children))
    return flat


def _branch(below: dict[str | None, list[Any]], parent_id: str | None, depth: int) -> tuple[CategoryView, ...]:
    nodes = []
    for row in below.get(parent_id, ()):
        children = _branch(below, row.id, depth + 1)
        nodes.append(
            CategoryView(
                id=row.id,
                slug=row.slug,
                name=row.name,
                path=row.path,
                parent_id=row.parent_id,
                position=row.position,
                depth=depth,
                product_count=row.count,
                total_count=row.count + sum(child.total_count for child in children),
                children=children,
            )
        )
    return tuple(nodes)


def _product(merchant_id: str, condition: ColumnElement[bool]) -> ProductView | None:
    rows = db.session.execute(
        select(Product, Category.id, Category.slug, Category.name, Category.path)
        .outerjoin(
            ProductCategory,
            and_(ProductCategory.merchant_id == Product.merchant_id, ProductCategory.product_id == Product.id),
        )
        .outerjoin(
            Category,
            and_(Category.merchant_id == ProductCategory.merchant_id, Category.id == ProductCategory.category_id),
        )
        .where(Product.merchant_id == merchant_id, condition)
        .order_by(Category.path)
    ).all()
    if not rows:
        return None
    product: Product = rows[0][0]
    images = db.session.execute(
        select(ProductImage)
        .where(ProductImage.merchant_id == merchant_id, ProductImage.product_id == product.id)
        .order_by(ProductImage.position, ProductImage.id)
    ).scalars()
    shown, waiting = [], 0
    for image in images:
        if image.asset_hash is None:
            waiting += 1
            continue
        shown.append(
            ImageView(
                id=image.id,
                url=media_url(image.asset_hash),
                small_url=small_media_url(image.asset_hash),
                alt=image.alt,
                width=image.width,
                height=image.height,
                variant_id=image.variant_id,
                focus_x=image.focus_x,
                focus_y=image.focus_y,
            )
        )
    return ProductView(
        id=product.id,
        slug=product.slug,
        name=product.name,
        summary=product.summary,
        description_html=product.description_html,
        vendor=product.vendor,
        tags=tuple(product.tags),
        options=tuple((option["name"], tuple(option["values"])) for option in product.options),
        published=product.published,
        archived=product.archived,
        seo_title=product.seo_title,
        seo_description=product.seo_description,
        tax_category_id=product.tax_category_id,
        price_from_minor=product.price_from_minor,
        version=product.version,
        created_at=product.created_at,
        updated_at=product.updated_at,
        variants=_variants(merchant_id, product.id),
        images=tuple(shown),
        images_waiting=waiting,
        categories=tuple(CategoryLink(*row[1:]) for row in rows if row[1] is not None),
        kind=product.kind,
        gift=GiftTerms.of(product.gift),
    )


def _variants(merchant_id: str, product_id: str) -> tuple[VariantView, ...]:
    rows = db.session.execute(
        select(Variant, Stock)
        .outerjoin(Stock, and_(Stock.merchant_id == Variant.merchant_id, Stock.variant_id == Variant.id))
        .where(Variant.merchant_id == merchant_id, Variant.product_id == product_id, Variant.active)
        .order_by(Variant.position, Variant.id)
    ).all()
    return tuple(_variant(variant, stock) for variant, stock in rows)


def _variant(variant: Variant, stock: Stock | None) -> VariantView:
    on_hand, reserved = (stock.on_hand, stock.reserved) if stock else (0, 0)
    uncounted = stock is not None and not stock.tracked
    return VariantView(
        id=variant.id,
        sku=variant.sku or "",
        barcode=variant.barcode,
        label=variant.label,
        option_values=tuple(variant.option_values),
        price_minor=variant.price_minor,
        compare_at_minor=variant.compare_at_minor,
        cost_minor=variant.cost_minor,
        weight_grams=variant.weight_grams,
        taxable=variant.taxable,
        requires_shipping=variant.requires_shipping,
        on_hand=on_hand,
        reserved=reserved,
        available=None if uncounted else on_hand - reserved,
        stock_version=stock.version if stock else 0,
    )
