"""Exporting a shop's catalogue, a batch of products at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TextIO

from sqlalchemy import select

from core.base.database import db
from core.base.money import minor_digits
from core.base.transactions import end_read
from core.catalog.models import Product

from .detect import Format
from .drafts import ProductDraft
from .stored import load_by_id
from .writers import write_shopify, write_woocommerce

BATCH_PRODUCTS: Final = 200


def export_catalog(merchant_id: str, out: TextIO, form: Format, currency: str, *, base_url: str) -> int:
    """Write all products of a shop to a text (opened with `newline=""`, UTF-8); gives how many.

    `base_url` is where the shop's own pictures can be fetched, such as `https://tea.example`. Stock is what is on hand.
    Reads in short transactions of its own.
    """
    write = write_shopify if form == "shopify" else write_woocommerce
    return write(_products(merchant_id, base_url), out, minor_digits(currency))


def _products(merchant_id: str, base_url: str) -> Iterator[ProductDraft]:
    last = ""
    while ids := _ids_after(merchant_id, last):
        last = ids[-1]
        yield from _batch(merchant_id, ids, base_url)


def _ids_after(merchant_id: str, last: str) -> list[str]:
    found = (
        select(Product.id)
        .where(Product.merchant_id == merchant_id, Product.id > last)
        .order_by(Product.id)
        .limit(BATCH_PRODUCTS)
    )
    return list(db.session.scalars(found))


def _batch(merchant_id: str, ids: list[str], base_url: str) -> Iterator[ProductDraft]:
    products = load_by_id(merchant_id, ids, base_url=base_url.rstrip("/"))
    end_read()
    yield from (product.draft for product in products if product.draft.variants)
