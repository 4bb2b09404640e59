"""What every change of the catalogue keeps right: versions that caches go by, and the columns made for lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from core.base import clock
from core.base.database import db
from core.base.i18n import lazy_gettext as _
from core.catalog.errors import ChangedMeanwhile, ProductNotFound
from core.catalog.models import Product, ProductImage, ProductTag, Variant
from core.catalog.pictures import small_media_url
from core.catalog.search import index_text
from core.catalog.texts import plain_words
from core.shops.models import Shop

CHUNK = 500
TAG_CHARS_MAX = 255


def require_product(merchant_id: str, product_id: str) -> None:
    """Raise ProductNotFound unless the merchant has this product; locks it for the rest of the transaction."""
    found = db.session.scalar(
        select(Product.id).where(Product.merchant_id == merchant_id, Product.id == product_id).with_for_update()
    )
    if found is None:
        raise ProductNotFound(_("This product does not exist."))


def claim_version(merchant_id: str, product_id: str, expected_version: int) -> None:
    """Lock a product that still has the version somebody saw. Raises ProductNotFound, ChangedMeanwhile."""
    version = db.session.scalar(
        select(Product.version).where(Product.merchant_id == merchant_id, Product.id == product_id).with_for_update()
    )
    if version is None:
        raise ProductNotFound(_("This product does not exist."))
    if version != expected_version:
        raise ChangedMeanwhile(
            _("Somebody else changed this product while you were editing it. Open it again to see the change.")
        )


def chunks(ids: Sequence[str], size: int = CHUNK) -> Iterator[Sequence[str]]:
    """Ids in bounded pieces, so that no statement grows without limit."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def touch_products(merchant_id: str, product_ids: Collection[str]) -> None:
    """Say that products have changed, and with them the shop's pages. In the caller's transaction."""
    moment = clock.now()
    for part in chunks(sorted(product_ids)):
        db.session.execute(
            update(Product)
            .where(Product.merchant_id == merchant_id, Product.id.in_(part))
            .values(version=Product.version + 1, updated_at=moment)
            .execution_options(synchronize_session=False)
        )
    touch_shop(merchant_id)


def touch_shop(merchant_id: str) -> None:
    """Say that something which any page of the shop could show has changed. In the caller's transaction."""
    db.session.execute(
        update(Shop)
        .where(Shop.merchant_id == merchant_id)
        .values(version=Shop.version + 1)
        .execution_options(synchronize_session=False)
    )


def refresh_products(merchant_id: str, product_ids: Collection[str]) -> None:
    """Make the columns for lists and search anew (lowest price, first picture, terms). In the caller's transaction.

    Does not count as a change: call `touch_products` for what changed.
    """
    for part in chunks(sorted(product_ids)):
        _refresh(merchant_id, part)


def _refresh(merchant_id: str, product_ids: Sequence[str]) -> None:
    db.session.flush()
    variants: dict[str, list[Any]] = defaultdict(list)
    for row in db.session.execute(
        select(Variant.product_id, Variant.price_minor, Variant.sku, Variant.label).where(
            Variant.merchant_id == merchant_id, Variant.product_id.in_(product_ids), Variant.active
        )
    ):
        variants[row.product_id].append(row)
    pictures = _first_pictures(merchant_id, product_ids)
    products = db.session.execute(
        select(
            Product.id, Product.name, Product.summary, Product.vendor, Product.tags, Product.options,
            Product.description_html,
        ).where(Product.merchant_id == merchant_id, Product.id.in_(product_ids))
    ).all()  # fmt: skip
    changes = [
        {
            "key_merchant": merchant_id,
            "key_id": product.id,
            "price": min((row.price_minor for row in variants[product.id]), default=0),
            "picture": small_media_url(pictures[product.id]) if product.id in pictures else "",
            "terms": index_text(product.name, _other_texts(product, variants[product.id])),
        }
        for product in products
    ]
    if not changes:
        return
    db.session.connection().execute(
        update(Product)
        .where(Product.merchant_id == bindparam("key_merchant"), Product.id == bindparam("key_id"))
        .values(price_from_minor=bindparam("price"), image_url=bindparam("picture"), search_text=bindparam("terms")),
        changes,
    )
    _refresh_tags(merchant_id, {product.id: product.tags for product in products})
    db.session.expire_all()


def _refresh_tags(merchant_id: str, tags: Mapping[str, Sequence[Any]]) -> None:
    """Make the rows that lists are narrowed by, where they differ from what the products say."""
    there: dict[str, set[str]] = defaultdict(set)
    for product_id, tag in db.session.execute(
        select(ProductTag.product_id, ProductTag.tag).where(
            ProductTag.merchant_id == merchant_id, ProductTag.product_id.in_(list(tags))
        )
    ):
        there[product_id].add(tag)
    wanted = {product_id: {str(tag)[:TAG_CHARS_MAX] for tag in given} for product_id, given in tags.items()}
    gone = [product_id for product_id in tags if there[product_id] - wanted[product_id]]
    if gone:
        db.session.execute(
            delete(ProductTag).where(ProductTag.merchant_id == merchant_id, ProductTag.product_id.in_(gone))
        )
    rows = [
        {"merchant_id": merchant_id, "product_id": product_id, "tag": tag}
        for product_id, given in wanted.items()
        for tag in sorted(given if product_id in gone else given - there[product_id])
    ]
    if rows:
        db.session.execute(insert(ProductTag), rows)


def _other_texts(product: Any, variants: Iterable[Any]) -> Iterator[str]:
    yield from (row.sku for row in variants if row.sku)
    yield product.vendor
    yield from product.tags
    yield product.summary
    for option in product.options:
        yield from option["values"]
    yield plain_words(product.description_html)


def _first_pictures(merchant_id: str, product_ids: Sequence[str]) -> dict[str, str]:
    ranked = (
        select(
            ProductImage.product_id,
            ProductImage.asset_hash,
            func.row_number()
            .over(partition_by=ProductImage.product_id, order_by=(ProductImage.position, ProductImage.id))
            .label("place"),
        )
        .where(
            ProductImage.merchant_id == merchant_id,
            ProductImage.product_id.in_(product_ids),
            ProductImage.asset_hash.is_not(None),
        )
        .subquery()
    )
    rows = db.session.execute(select(ranked.c.product_id, ranked.c.asset_hash).where(ranked.c.place == 1))
    return {row.product_id: row.asset_hash for row in rows}
