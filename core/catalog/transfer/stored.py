"""The shop's products as drafts, so that what a file says and what the shop has can be laid side by side."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, select

from core.base.database import db
from core.base.richtext import clean_html
from core.catalog.models import Category, Product, ProductCategory, ProductImage, Variant
from core.inventory.models import Stock

from . import cells
from .drafts import ImageDraft, ProductDraft, VariantDraft

_MEDIA = re.compile(r"(?:https?://[^/]+)?/media/([0-9a-f]{16,64})\.[a-z]{3,4}", re.ASCII)
PATH_SEPARATOR: Final = " > "


@dataclass(frozen=True, slots=True)
class StoredVariant:
    """A variant of the shop. `stocked` false: no stock was ever set."""

    id: str
    draft: VariantDraft
    active: bool
    stocked: bool
    on_hand: int
    reserved: int
    tracked: bool


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A picture of the shop. `key` tells which picture it is, whatever its address; `uploaded`: from no file."""

    id: str
    key: str
    alt: str
    variant_id: str | None
    asset_hash: str | None
    uploaded: bool


@dataclass(frozen=True, slots=True)
class StoredProduct:
    """A product of the shop; `draft` is how a file would describe it, with the active variants in their order."""

    id: str
    draft: ProductDraft
    variants: tuple[StoredVariant, ...]
    images: tuple[StoredImage, ...]
    options: tuple[dict[str, Any], ...]
    content_hash: str

    @property
    def active(self) -> tuple[StoredVariant, ...]:
        """The variants that are for sale, in their order."""
        return tuple(variant for variant in self.variants if variant.active)


def image_key(url: str) -> str:
    """What tells one picture from another: the content of those the shop keeps, the address of all others."""
    found = _MEDIA.fullmatch(url)
    return f"asset:{found[1]}" if found else url


def load_by_handle(merchant_id: str, handles: Sequence[str], *, lock: bool = False) -> dict[str, StoredProduct]:
    """The products with these handles, by handle; four statements however many they are."""
    found = _load(merchant_id, Product.slug.in_(handles), base_url="", lock=lock)
    return {product.draft.handle: product for product in found}


def load_by_id(merchant_id: str, ids: Sequence[str], *, base_url: str) -> list[StoredProduct]:
    """Products by their ids, in the order of the ids; the shop's own pictures get addresses below `base_url`."""
    found = {product.id: product for product in _load(merchant_id, Product.id.in_(ids), base_url=base_url)}
    return [found[product_id] for product_id in ids if product_id in found]


def _load(merchant_id: str, which: ColumnElement[bool], *, base_url: str, lock: bool = False) -> list[StoredProduct]:
    query = (
        select(
            *(Product.id, Product.slug, Product.name, Product.description_html, Product.vendor, Product.tags),
            *(Product.options, Product.published, Product.seo_title, Product.seo_description, Product.content_hash),
        )
        .where(Product.merchant_id == merchant_id, which)
        .order_by(Product.id)
    )
    rows = db.session.execute(query.with_for_update() if lock else query).all()
    ids = [row.id for row in rows]
    if not ids:
        return []
    variants = _variants(merchant_id, ids)
    images = _images(merchant_id, ids)
    shelves: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for product_id, path in db.session.execute(
        select(ProductCategory.product_id, Category.path)
        .join(
            Category,
            (Category.merchant_id == ProductCategory.merchant_id) & (Category.id == ProductCategory.category_id),
        )
        .where(ProductCategory.merchant_id == merchant_id, ProductCategory.product_id.in_(ids))
    ):
        shelves[product_id].append(tuple(path.split(PATH_SEPARATOR)))
    return [_product(row, variants[row.id], images[row.id], shelves[row.id], base_url) for row in rows]


def _variants(merchant_id: str, ids: Sequence[str]) -> dict[str, list[StoredVariant]]:
    found: dict[str, list[StoredVariant]] = defaultdict(list)
    rows = db.session.execute(
        select(
            *(Variant.id, Variant.product_id, Variant.sku, Variant.barcode, Variant.option_values, Variant.active),
            *(Variant.price_minor, Variant.compare_at_minor, Variant.cost_minor, Variant.weight_grams),
            *(Variant.taxable, Variant.requires_shipping),
            *(Stock.on_hand, Stock.reserved, Stock.tracked),
        )
        .outerjoin(Stock, (Stock.merchant_id == Variant.merchant_id) & (Stock.variant_id == Variant.id))
        .where(Variant.merchant_id == merchant_id, Variant.product_id.in_(ids))
        .order_by(Variant.product_id, Variant.position, Variant.id)
    )
    for row in rows:
        above = row.compare_at_minor
        draft = VariantDraft(
            price_minor=row.price_minor,
            sku=row.sku or "",
            barcode=row.barcode,
            option_values=tuple(row.option_values),
            compare_at_minor=above if above is not None and above > row.price_minor else None,
            cost_minor=row.cost_minor,
            weight_grams=row.weight_grams,
            stock=row.on_hand if row.tracked else None,
            counted=row.tracked is not False,
            taxable=row.taxable,
            requires_shipping=row.requires_shipping,
        )
        stocked = row.on_hand is not None
        found[row.product_id].append(
            StoredVariant(
                row.id, draft, row.active, stocked, row.on_hand or 0, row.reserved or 0, row.tracked is not False
            )
        )
    return found


def _images(merchant_id: str, ids: Sequence[str]) -> dict[str, list[tuple[StoredImage, str]]]:
    found: dict[str, list[tuple[StoredImage, str]]] = defaultdict(list)
    rows = db.session.execute(
        select(
            *(ProductImage.id, ProductImage.product_id, ProductImage.variant_id, ProductImage.asset_hash),
            *(ProductImage.source_url, ProductImage.alt),
        )
        .where(ProductImage.merchant_id == merchant_id, ProductImage.product_id.in_(ids))
        .order_by(ProductImage.product_id, ProductImage.position, ProductImage.id)
    )
    for row in rows:
        key = image_key(row.source_url) if row.source_url else f"asset:{row.asset_hash}"
        image = StoredImage(row.id, key, row.alt, row.variant_id, row.asset_hash, not row.source_url)
        found[row.product_id].append((image, row.source_url))
    return found


def _product(
    row: Any,
    variants: list[StoredVariant],
    images: list[tuple[StoredImage, str]],
    shelves: list[tuple[str, ...]],
    base_url: str,
) -> StoredProduct:
    pictures: dict[str, ImageDraft] = {}
    by_variant: dict[str, str] = {}
    for image, source_url in images:
        url = source_url or f"{base_url}/media/{image.asset_hash}.webp"
        pictures.setdefault(url, ImageDraft(url, image.alt, len(pictures) + 1))
        if image.variant_id:
            by_variant.setdefault(image.variant_id, url)
    draft = ProductDraft(
        handle=row.slug,
        title=" ".join(row.name.split()),
        variants=tuple(_with_picture(variant, by_variant.get(variant.id)) for variant in variants if variant.active),
        description_html=clean_html(row.description_html),
        vendor=row.vendor,
        category_paths=tuple(sorted(shelves)),
        tags=cells.tidy_tags(str(tag) for tag in row.tags),
        published=row.published,
        options=tuple(option["name"] for option in row.options),
        images=tuple(pictures.values()),
        seo_title=row.seo_title,
        seo_description=row.seo_description,
    )
    return StoredProduct(
        row.id, draft, tuple(variants), tuple(image for image, _ in images), tuple(row.options), row.content_hash
    )


def _with_picture(variant: StoredVariant, url: str | None) -> VariantDraft:
    return replace(variant.draft, image_url=url if variant.draft.option_values else None)
