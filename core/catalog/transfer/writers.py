"""Writing a catalogue as CSV, as Shopify and as WooCommerce would export it: a product at a time, nothing held.

Texts that a spreadsheet would run as a formula get an apostrophe, which the readers take off again.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TextIO

from . import cells
from .cells import guarded, price_text
from .drafts import OPTIONS_MAX, ProductDraft, VariantDraft

SHOPIFY_HEADERS: Final = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags", "Published",
    "Option1 Name", "Option1 Value", "Option2 Name", "Option2 Value", "Option3 Name", "Option3 Value",
    "Variant SKU", "Variant Grams", "Variant Inventory Tracker", "Variant Inventory Qty", "Variant Inventory Policy",
    "Variant Fulfillment Service", "Variant Price", "Variant Compare At Price", "Variant Requires Shipping",
    "Variant Taxable", "Variant Barcode", "Image Src", "Image Position", "Image Alt Text", "Gift Card",
    "SEO Title", "SEO Description", "Variant Image", "Variant Weight Unit", "Cost per item", "Status",
)  # fmt: skip
WOOCOMMERCE_HEADERS: Final = (
    "ID", "Type", "SKU", "GTIN, UPC, EAN, or ISBN", "Name", "Published", "Is featured?", "Visibility in catalog",
    "Short description", "Description", "Date sale price starts", "Date sale price ends", "Tax status", "Tax class",
    "In stock?", "Stock", "Backorders allowed?", "Sold individually?", "Weight (kg)", "Allow customer reviews?",
    "Sale price", "Regular price", "Categories", "Tags", "Images", "Parent", "Position", "Brands", "Cost of goods",
    *(
        f"Attribute {number} {part}"
        for number in range(1, OPTIONS_MAX + 1)
        for part in ("name", "value(s)", "visible", "global")
    ),
    "Meta: _tongbao_handle", "Meta: _tongbao_image_alts", "Meta: _yoast_wpseo_title", "Meta: _yoast_wpseo_metadesc",
)  # fmt: skip
_LISTED_LINE_END = re.compile(r"\r\n|\r|\n")


def write_shopify(products: Iterable[ProductDraft], out: TextIO, decimals: int) -> int:
    """Write products to a text opened with `newline=""` in Shopify's columns; gives how many were written."""
    return _write(products, out, SHOPIFY_HEADERS, lambda product, _: _shopify_rows(product, decimals))


def write_woocommerce(products: Iterable[ProductDraft], out: TextIO, decimals: int) -> int:
    """Write products to a text opened with `newline=""` in WooCommerce's columns; gives how many were written.

    Handle and texts of pictures, for which WooCommerce has no column, travel in two `Meta:` columns.
    """
    next_id = iter(range(1, 10**9))
    return _write(products, out, WOOCOMMERCE_HEADERS, lambda product, _: _woocommerce_rows(product, decimals, next_id))


def _write(
    products: Iterable[ProductDraft],
    out: TextIO,
    headers: tuple[str, ...],
    rows_of: Callable[[ProductDraft, int], Iterator[dict[str, str]]],
) -> int:
    writer = csv.DictWriter(out, headers, restval="", lineterminator="\r\n")
    writer.writeheader()
    written = 0
    for written, product in enumerate(products, start=1):
        writer.writerows(rows_of(product, written))
    return written


def _bool(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _price(amount: int | None, decimals: int) -> str:
    return "" if amount is None else price_text(amount, decimals)


def _shopify_rows(product: ProductDraft, decimals: int) -> Iterator[dict[str, str]]:
    for number in range(max(len(product.variants), len(product.images))):
        row = {"Handle": guarded(product.handle)}
        if number == 0:
            row |= {
                "Title": guarded(product.title),
                "Body (HTML)": guarded(product.description_html),
                "Vendor": guarded(product.vendor),
                "Type": guarded(cells.path_text(max(product.category_paths, key=len, default=()))),
                "Tags": guarded(", ".join(product.tags)),
                "Published": _bool(product.published),
                "Gift Card": "FALSE",
                "SEO Title": guarded(product.seo_title),
                "SEO Description": guarded(product.seo_description),
                "Status": "active" if product.published else "draft",
            }
            for place, name in enumerate(product.options or ("Title",), start=1):
                row[f"Option{place} Name"] = guarded(name)
        if number < len(product.variants):
            row |= _shopify_variant(product.variants[number], decimals)
        if number < len(product.images):
            image = product.images[number]
            row |= {
                "Image Src": image.url,
                "Image Position": str(image.position),
                "Image Alt Text": guarded(image.alt),
            }
        yield row


def _shopify_variant(variant: VariantDraft, decimals: int) -> dict[str, str]:
    row = {
        "Variant SKU": guarded(variant.sku),
        "Variant Grams": str(variant.weight_grams),
        "Variant Inventory Tracker": "shopify" if variant.counted else "",
        "Variant Inventory Qty": "" if variant.stock is None else str(variant.stock),
        "Variant Inventory Policy": "deny",
        "Variant Fulfillment Service": "manual",
        "Variant Price": price_text(variant.price_minor, decimals),
        "Variant Compare At Price": _price(variant.compare_at_minor, decimals),
        "Variant Requires Shipping": _bool(variant.requires_shipping),
        "Variant Taxable": _bool(variant.taxable),
        "Variant Barcode": guarded(variant.barcode),
        "Variant Image": variant.image_url or "",
        "Variant Weight Unit": "g",
        "Cost per item": _price(variant.cost_minor, decimals),
    }
    for place, value in enumerate(variant.option_values or ("Default Title",), start=1):
        row[f"Option{place} Value"] = guarded(value)
    return row


def _joined(values: Iterable[str]) -> str:
    return guarded(", ".join(value.replace(",", "\\,") for value in values))


def _prose(html: str) -> str:
    """Line breaks become `\\n`, as WooCommerce has it; a backslash of the text's own becomes an entity."""
    return guarded(_LISTED_LINE_END.sub(r"\\n", html.replace("\\", "&#92;")))


def _woocommerce_rows(product: ProductDraft, decimals: int, ids: Iterator[int]) -> Iterator[dict[str, str]]:
    parent_id = next(ids)
    alts = [image.alt for image in product.images]
    row = {
        "ID": str(parent_id),
        "Name": guarded(product.title),
        "Published": "1" if product.published else "-1",
        "Is featured?": "0",
        "Visibility in catalog": "visible",
        "Description": _prose(product.description_html),
        "Categories": _joined(cells.path_text(path) for path in product.category_paths),
        "Tags": _joined(product.tags),
        "Images": _joined(image.url for image in product.images),
        "Allow customer reviews?": "1",
        "Position": "0",
        "Brands": _joined([product.vendor] if product.vendor else []),
        "Meta: _tongbao_handle": guarded(product.handle),
        "Meta: _tongbao_image_alts": json.dumps(alts, ensure_ascii=False) if any(alts) else "",
        "Meta: _yoast_wpseo_title": guarded(product.seo_title),
        "Meta: _yoast_wpseo_metadesc": guarded(product.seo_description),
    }
    if not product.options:
        only = product.variants[0]
        yield row | {"Type": _kind("simple", only)} | _woocommerce_variant(only, decimals)
        return
    for place, name in enumerate(product.options, start=1):
        values = dict.fromkeys(variant.option_values[place - 1] for variant in product.variants)
        row |= _attribute(place, name, _joined(values), "1")
    yield row | {"Type": "variable", "Tax status": "taxable", "In stock?": "1"}
    for position, variant in enumerate(product.variants, start=1):
        child = _woocommerce_variant(variant, decimals)
        for place, name in enumerate(product.options, start=1):
            child |= _attribute(place, name, _joined([variant.option_values[place - 1]]), "")
        yield child | {
            "ID": str(next(ids)),
            "Type": _kind("variation", variant),
            "Name": guarded(f"{product.title} - {', '.join(variant.option_values)}"),
            "Published": "1",
            "Visibility in catalog": "visible",
            "Images": _joined([variant.image_url] if variant.image_url else []),
            "Parent": f"id:{parent_id}",
            "Position": str(position),
        }


def _kind(kind: str, variant: VariantDraft) -> str:
    return kind if variant.requires_shipping else f"{kind}, virtual"


def _attribute(place: int, name: str, value: str, visible: str) -> dict[str, str]:
    return {
        f"Attribute {place} name": guarded(name),
        f"Attribute {place} value(s)": value,
        f"Attribute {place} visible": visible,
        f"Attribute {place} global": "0",
    }


def _woocommerce_variant(variant: VariantDraft, decimals: int) -> dict[str, str]:
    stock = "" if variant.stock is None else str(variant.stock)
    if variant.counted and variant.stock is None:
        stock = "parent"  # counted, but not known here
    reduced = variant.compare_at_minor is not None
    return {
        "SKU": guarded(variant.sku),
        "GTIN, UPC, EAN, or ISBN": guarded(variant.barcode),
        "Tax status": "taxable" if variant.taxable else "none",
        "In stock?": "0" if variant.stock == 0 else "1",
        "Stock": stock,
        "Backorders allowed?": "0",
        "Sold individually?": "0",
        "Weight (kg)": cells.kilograms_text(variant.weight_grams),
        "Sale price": price_text(variant.price_minor, decimals) if reduced else "",
        "Regular price": _price(variant.compare_at_minor if reduced else variant.price_minor, decimals),
        "Cost of goods": _price(variant.cost_minor, decimals),
    }
