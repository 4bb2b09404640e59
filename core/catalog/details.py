"""What a person says of a product, free of any form: the services' plain input. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

OPTIONS_MAX: Final = 3
OPTION_VALUES_MAX: Final = 100
VARIANTS_MAX: Final = 300
IMAGES_MAX: Final = 30
COMBINATION_SEPARATOR: Final = " / "


@dataclass(frozen=True, slots=True)
class ProductDetails:
    """The words of a product. An empty slug is made from the name."""

    name: str
    slug: str = ""
    summary: str = ""
    description_html: str = ""
    vendor: str = ""
    tags: tuple[str, ...] = ()
    published: bool = True
    seo_title: str = ""
    seo_description: str = ""
    tax_category_id: str | None = None
    """How it is taxed; empty: at the standard rate; None: as it was."""
    kind: str = "goods"
    """`goods` or `gift_card`; only said when the product is made."""
    gift: Mapping[str, Any] | None = None
    """For a gift card: its terms, as `core.catalog.gifts.GiftTerms` writes itself; None: as they were."""


@dataclass(frozen=True, slots=True)
class OptionDetails:
    """Something to choose: `Size` with its values in the order they are shown."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VariantDetails:
    """One choice of each option. `id` names a variant that is there already.

    `on_hand` is the first count of a new variant (later counts belong to the stock page); `tracked` false means made
    to order, always available.
    """

    price_minor: int
    option_values: tuple[str, ...] = ()
    id: str | None = None
    sku: str = ""
    barcode: str = ""
    compare_at_minor: int | None = None
    cost_minor: int | None = None
    weight_grams: int = 0
    taxable: bool = True
    requires_shipping: bool = True
    on_hand: int = 0
    tracked: bool = True
