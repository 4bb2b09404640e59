"""What a catalogue file says, free of the file's format: products ready to be compared with the shop.

Every draft is in one normal form (texts trimmed, image positions 1..n, a variant's picture among the product's), so
that two drafts are equal exactly when the shop would look the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from .words import worded

OPTIONS_MAX: Final = 3
VARIANTS_MAX: Final = 300
IMAGES_MAX: Final = 250
TAGS_MAX: Final = 250
# what fits the tables of the catalogue
HANDLE_CHARS_MAX: Final = 160
TITLE_CHARS_MAX: Final = 255
NAME_CHARS_MAX: Final = 120
OPTION_CHARS_MAX: Final = 60
SKU_CHARS_MAX: Final = 80
BARCODE_CHARS_MAX: Final = 40
SEO_TITLE_CHARS_MAX: Final = 160
SEO_DESCRIPTION_CHARS_MAX: Final = 320
ALT_CHARS_MAX: Final = 300
URL_CHARS_MAX: Final = 1_000
DESCRIPTION_CHARS_MAX: Final = 100_000
CATEGORY_CHARS_MAX: Final = 400
CATEGORY_DEPTH_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong (or worth knowing) in the file: where, what, and in which words."""

    line: int
    column: str
    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The problem in words, in the language of whoever asks."""
        return worded(self.code, self.values)


@dataclass(frozen=True, slots=True)
class ImageDraft:
    """A picture by its address elsewhere; nothing is downloaded."""

    url: str
    alt: str = ""
    position: int = 1


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """One thing that can be bought, amounts in minor units.

    `counted` false: there is always more. `stock` None: the file does not say how many.
    """

    price_minor: int
    sku: str = ""
    barcode: str = ""
    option_values: tuple[str, ...] = ()
    compare_at_minor: int | None = None
    cost_minor: int | None = None
    weight_grams: int = 0
    stock: int | None = None
    counted: bool = True
    taxable: bool = True
    requires_shipping: bool = True
    image_url: str | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """A product as one file describes it. Its place in the file and notes do not count when comparing."""

    handle: str
    title: str
    variants: tuple[VariantDraft, ...]
    description_html: str = ""
    vendor: str = ""
    category_paths: tuple[tuple[str, ...], ...] = ()
    """Sorted; each names a shelf with its parents."""
    tags: tuple[str, ...] = ()
    published: bool = True
    options: tuple[str, ...] = ()
    images: tuple[ImageDraft, ...] = ()
    seo_title: str = ""
    seo_description: str = ""
    one_category: bool = field(default=False, compare=False)
    """Whether the format can hold no more than one category (then others that the shop has are no contradiction)."""
    source_lines: tuple[int, int] = field(default=(0, 0), compare=False)
    notes: tuple[RowProblem, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class RefusedProduct:
    """A product (or a row that belongs to none) that cannot be imported, and every reason. Nothing of it is used."""

    handle: str
    title: str
    source_lines: tuple[int, int]
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the reader must know of the shop: digits after the point in its currency, and today (sale prices end)."""

    decimals: int
    today: date
