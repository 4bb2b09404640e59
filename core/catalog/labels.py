"""Labels with barcodes to print: EAN-13 where the digits are one, else Code 128, as SVG."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import barcode
from barcode.errors import BarcodeError
from barcode.writer import SVGWriter
from sqlalchemy import select

from core.base.database import db
from core.catalog.models import Product, Variant

LABELS_MAX: Final = 300
_OPTIONS: Final = {"module_height": 11.0, "module_width": 0.28, "quiet_zone": 2.5, "write_text": False}


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on a label; `code` is what the bars say, "" when the variant has neither barcode nor SKU."""

    variant_id: str
    name: str
    label: str
    sku: str
    code: str
    price_minor: int


def labels_for(merchant_id: str, *, product_ids: list[str], variant_ids: list[str]) -> list[Label]:
    """The labels of products' variants and of single variants, by name; one statement, bounded."""
    rows = db.session.execute(
        select(Variant.id, Product.name, Variant.label, Variant.sku, Variant.barcode, Variant.price_minor)
        .join(Product, (Product.merchant_id == Variant.merchant_id) & (Product.id == Variant.product_id))
        .where(
            Variant.merchant_id == merchant_id,
            Variant.active,
            Variant.product_id.in_(product_ids[:LABELS_MAX]) | Variant.id.in_(variant_ids[:LABELS_MAX]),
        )
        .order_by(Product.name, Product.id, Variant.position, Variant.id)
        .limit(LABELS_MAX)
    )
    return [
        Label(row.id, row.name, row.label, row.sku or "", row.barcode or row.sku or "", row.price_minor) for row in rows
    ]


def is_ean(code: str) -> bool:
    """Whether a code is an EAN-13 with its right check digit."""
    if len(code) != 13 or not (code.isascii() and code.isdigit()):
        return False
    digits = [int(digit) for digit in code]
    return (sum(digits[0:12:2]) + 3 * sum(digits[1:12:2]) + digits[12]) % 10 == 0


@lru_cache(maxsize=2048)
def barcode_svg(code: str) -> bytes | None:
    """A code as bars; None when its signs cannot be written as bars."""
    if not code or len(code) > 80 or not all(32 <= ord(sign) < 127 for sign in code):
        return None
    try:
        drawn = barcode.get("ean13" if is_ean(code) else "code128", code, writer=SVGWriter())
        out = io.BytesIO()
        drawn.write(out, options=dict(_OPTIONS))
    except (BarcodeError, ValueError, KeyError):
        return None
    return out.getvalue()
