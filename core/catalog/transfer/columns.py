"""The columns of both exports, under every name that their versions gave them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

Format = Literal["shopify", "woocommerce"]

#: field -> names in Shopify's exports, until 2024 and since
SHOPIFY: Final[dict[str, tuple[str, ...]]] = {
    "handle": ("Handle", "URL handle"),
    "title": ("Title",),
    "description": ("Body (HTML)", "Description"),
    "vendor": ("Vendor",),
    "category": ("Product Category", "Standard Product Type"),
    "type": ("Type", "Custom Product Type"),
    "tags": ("Tags",),
    "published": ("Published", "Published on online store"),
    "status": ("Status",),
    "option1_name": ("Option1 Name",),
    "option1_value": ("Option1 Value",),
    "option2_name": ("Option2 Name",),
    "option2_value": ("Option2 Value",),
    "option3_name": ("Option3 Name",),
    "option3_value": ("Option3 Value",),
    "sku": ("Variant SKU", "SKU"),
    "barcode": ("Variant Barcode", "Barcode"),
    "grams": ("Variant Grams", "Weight value (grams)"),
    "tracker": ("Variant Inventory Tracker", "Inventory tracker"),
    "stock": ("Variant Inventory Qty", "Inventory quantity"),
    "price": ("Variant Price", "Price"),
    "compare_at": ("Variant Compare At Price", "Compare-at price"),
    "cost": ("Cost per item",),
    "requires_shipping": ("Variant Requires Shipping", "Requires shipping"),
    "taxable": ("Variant Taxable", "Charge tax"),
    "image": ("Image Src", "Product image URL"),
    "image_position": ("Image Position",),
    "image_alt": ("Image Alt Text",),
    "variant_image": ("Variant Image", "Variant image URL"),
    "gift_card": ("Gift Card",),
    "seo_title": ("SEO Title",),
    "seo_description": ("SEO Description",),
}

#: field -> names in WooCommerce's exports; the weight's name holds its unit, attributes are numbered
WOOCOMMERCE: Final[dict[str, tuple[str, ...]]] = {
    "id": ("ID",),
    "type": ("Type",),
    "sku": ("SKU",),
    "barcode": ("GTIN, UPC, EAN, or ISBN",),
    "name": ("Name",),
    "published": ("Published",),
    "visibility": ("Visibility in catalog",),
    "short_description": ("Short description",),
    "description": ("Description",),
    "sale_starts": ("Date sale price starts",),
    "sale_ends": ("Date sale price ends",),
    "tax_status": ("Tax status",),
    "in_stock": ("In stock?",),
    "stock": ("Stock",),
    "weight": (),
    "sale_price": ("Sale price",),
    "regular_price": ("Regular price",),
    "categories": ("Categories",),
    "tags": ("Tags",),
    "images": ("Images",),
    "parent": ("Parent",),
    "vendor": ("Brands", "Brand"),
    "cost": ("Cost of goods",),
    "handle": ("Meta: _tongbao_handle", "Slug"),
    "image_alts": ("Meta: _tongbao_image_alts",),
    "seo_title": ("Meta: _yoast_wpseo_title", "Meta: rank_math_title"),
    "seo_description": ("Meta: _yoast_wpseo_metadesc", "Meta: rank_math_description"),
}

REQUIRED: Final[dict[Format, tuple[tuple[str, ...], ...]]] = {
    # each group: one of these fields must be there
    "shopify": (("title",), ("price",)),
    "woocommerce": (("type",), ("name",), ("regular_price",)),
}
_SIGNS: Final[dict[Format, tuple[str, ...]]] = {
    "shopify": ("handle", "price", "option1_name", "image"),
    "woocommerce": ("regular_price", "in_stock", "visibility", "tax_status", "categories"),
}
_ATTRIBUTE = re.compile(r"attribute (\d{1,3}) (name|value\(s\))")
_WEIGHT = re.compile(r"weight \(([^)]+)\)")


def _plain(header: str) -> str:
    return " ".join(header.lower().split())


_NAMES: Final[dict[Format, dict[str, str]]] = {
    "shopify": {_plain(name): field for field, names in SHOPIFY.items() for name in names},
    "woocommerce": {_plain(name): field for field, names in WOOCOMMERCE.items() for name in names},
}


def _field(form: Format, header: str) -> str | None:
    plain = _plain(header)
    if form == "woocommerce":
        if _WEIGHT.fullmatch(plain):
            return "weight"
        if found := _ATTRIBUTE.fullmatch(plain):
            return f"attribute{int(found[1])}_{'name' if found[2] == 'name' else 'value'}"
    return _NAMES[form].get(plain)


def weight_unit_of(header: str) -> str:
    """The unit in a header such as `Weight (kg)`."""
    found = _WEIGHT.fullmatch(_plain(header))
    return found[1] if found else ""


def known(form: Format, headers: tuple[str, ...]) -> dict[str, int]:
    """Where each field of a format stands; of two names for one field the first column counts."""
    places: dict[str, int] = {}
    for position, header in enumerate(headers):
        if field := _field(form, header):
            places.setdefault(field, position)
    return places


def known_count(headers: tuple[str, ...]) -> int:
    """How many headers belong to the better fitting format."""
    return max(len(known("shopify", headers)), len(known("woocommerce", headers)))


def recognise(headers: tuple[str, ...]) -> tuple[Format | None, Mapping[str, int]]:
    """Tell whose export has these headers; None when nobody's."""
    scores = {form: sum(sign in known(form, headers) for sign in _SIGNS[form]) for form in _SIGNS}
    best: Format = "shopify" if scores["shopify"] >= scores["woocommerce"] else "woocommerce"
    if scores[best] < 2:
        return None, {}
    return best, known(best, headers)


def seems_translated(headers: tuple[str, ...]) -> bool:
    """Whether these may be WooCommerce's columns in another language (`ID` and `SKU` are the same in most)."""
    return len(headers) >= 25 and {"id", "sku"} <= {_plain(header) for header in headers}


def missing(form: Format, places: Mapping[str, int]) -> list[str]:
    """Names of the columns without which nothing can be imported."""
    table = SHOPIFY if form == "shopify" else WOOCOMMERCE
    return [table[group[0]][0] for group in REQUIRED[form] if not any(field in places for field in group)]


def given_twice(form: Format, headers: tuple[str, ...]) -> str:
    """The first known column that appears twice under the same name; '' when none does."""
    seen: set[str] = set()
    for header in headers:
        plain = _plain(header)
        if plain in seen and _field(form, header):
            return header
        seen.add(plain)
    return ""
