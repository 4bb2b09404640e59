"""Reading the products of a catalogue file, whichever format it has."""

from __future__ import annotations

from .detect import CatalogFile
from .drafts import ReadOptions
from .shopify import ShopifyReading
from .woocommerce import WooCommerceReading

Reading = ShopifyReading | WooCommerceReading


def read_products(file: CatalogFile, options: ReadOptions) -> Reading:
    """Start reading a file's products, a product at a time: `ProductDraft` or `RefusedProduct`, in the file's order.

    `rows_total` is known at once, `rows_done` grows while iterating. Iterate once.
    """
    return ShopifyReading(file, options) if file.format == "shopify" else WooCommerceReading(file, options)
