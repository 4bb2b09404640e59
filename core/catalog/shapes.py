"""How the catalogue looks to pages: plain, frozen values. Amounts are minor units of the shop's currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, cast, get_args

from core.catalog.gifts import NO_TERMS, GiftTerms
from core.catalog.models import GIFT_CARD

Sort = Literal["new", "price_up", "price_down", "name"]
ProductState = Literal["", "published", "hidden", "sold_out", "low", "archived"]
SORTS: tuple[Sort, ...] = ("new", "price_up", "price_down", "name")


@dataclass(frozen=True, slots=True)
class CategoryView:
    """A shelf; `product_count` counts what stands on it itself, `total_count` with the shelves below."""

    id: str
    slug: str
    name: str
    path: str
    parent_id: str | None
    position: int
    depth: int
    product_count: int = 0
    total_count: int = 0
    children: tuple[CategoryView, ...] = ()


@dataclass(frozen=True, slots=True)
class VariantView:
    """A variant with its stock; `available` None: not counted, always there."""

    id: str
    sku: str
    barcode: str
    label: str
    option_values: tuple[str, ...]
    price_minor: int
    compare_at_minor: int | None
    cost_minor: int | None
    weight_grams: int
    taxable: bool
    requires_shipping: bool
    on_hand: int
    reserved: int
    available: int | None
    stock_version: int

    @property
    def in_stock(self) -> bool:
        return self.available is None or self.available > 0


@dataclass(frozen=True, slots=True)
class ImageView:
    id: str
    url: str
    small_url: str
    alt: str
    width: int
    height: int
    variant_id: str | None
    focus_x: int = 50
    focus_y: int = 50


@dataclass(frozen=True, slots=True)
class CategoryLink:
    id: str
    slug: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product with all that its page shows. Amounts are minor units of the shop's currency."""

    id: str
    slug: str
    name: str
    summary: str
    description_html: str
    vendor: str
    tags: tuple[str, ...]
    options: tuple[tuple[str, tuple[str, ...]], ...]
    published: bool
    archived: bool
    seo_title: str
    seo_description: str
    tax_category_id: str | None
    price_from_minor: int
    version: int
    created_at: datetime
    updated_at: datetime
    variants: tuple[VariantView, ...]
    images: tuple[ImageView, ...]
    images_waiting: int
    """Pictures known only by an address elsewhere, not fetched yet."""
    categories: tuple[CategoryLink, ...]
    kind: str = "goods"
    gift: GiftTerms = NO_TERMS
    """The terms of a gift card."""

    @property
    def is_gift_card(self) -> bool:
        return self.kind == GIFT_CARD

    @property
    def in_stock(self) -> bool:
        return any(variant.in_stock for variant in self.variants)


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product in a list. `available` None: some variant is not counted."""

    id: str
    slug: str
    name: str
    summary: str
    vendor: str
    image_url: str
    published: bool
    archived: bool
    version: int
    updated_at: datetime
    price_from_minor: int
    price_to_minor: int
    compare_at_minor: int | None
    variant_count: int
    only_variant_id: str | None
    """The variant of a product that has just one, to be put into the cart from the list."""
    available: int | None

    @property
    def in_stock(self) -> bool:
        return self.available is None or self.available > 0


@dataclass(frozen=True, slots=True)
class ProductPage:
    rows: tuple[ProductCard, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class StockFilter:
    """What the console's list may be narrowed to; empty means everything."""

    text: str = ""
    state: ProductState = ""
    category_id: str | None = None
    tag: str = ""
    vendor: str = ""
    low_at: int = field(default=5)


def filter_of(given: Mapping[str, str]) -> StockFilter:
    """The filter that an address or a kept request names; what is no state counts as everything."""
    state = given.get("state", "")
    return StockFilter(
        text=given.get("q", "")[:100],
        state=cast(ProductState, state) if state in get_args(ProductState) else "",
        category_id=given.get("category", "")[:40] or None,
        tag=given.get("tag", "")[:255],
        vendor=given.get("vendor", "")[:120],
    )
