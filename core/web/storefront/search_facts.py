"""What search engines are told of a product: its one address, its preview, its facts as schema.org JSON-LD."""

from __future__ import annotations

from typing import Any

from flask import request

from core.catalog.labels import is_ean
from core.catalog.shapes import ProductView, VariantView
from core.catalog.texts import plain_words
from core.web.formats import amount_text
from core.web.storefront.shown import Shown, product_url
from core.web.tenancy import current_shop

DESCRIPTION_CHARS_MAX = 500


def base_url() -> str:
    """Where this shop is found, without a slash at the end: its first domain, whatever name was asked for."""
    port = f":{request.host.rsplit(':', 1)[1]}" if ":" in request.host else ""
    return f"{request.scheme}://{current_shop().primary_host}{port}"


def product_search(product: ProductView, base: str) -> Shown:
    """The facts of a product's page, with whole addresses below `base`."""
    shop = current_shop()
    url = base + product_url(product.slug)
    title = product.seo_title or product.name
    description = product.seo_description or product.summary or plain_words(product.description_html)
    description = description[:DESCRIPTION_CHARS_MAX]
    images = [base + image.url for image in product.images]
    facts: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "url": url,
        "description": description,
        "offers": [_offer(variant, product, url, shop.currency) for variant in product.variants],
    }
    if images:
        facts["image"] = images
    if product.vendor:
        facts["brand"] = {"@type": "Brand", "name": product.vendor}
    if len(product.variants) == 1:
        facts |= _codes(product.variants[0])
    return {
        "type": "product",
        "url": url,
        "title": title,
        "description": description,
        "site": shop.name,
        "image": images[0] if images else "",
        "facts": facts,
        "more": [
            ("product:price:amount", amount_text(product.price_from_minor, shop.currency)),
            ("product:price:currency", shop.currency),
        ],
    }


def _codes(variant: VariantView) -> dict[str, str]:
    found = {"sku": variant.sku} if variant.sku else {}
    return {**found, "gtin13": variant.barcode} if is_ean(variant.barcode) else found


def _offer(variant: VariantView, product: ProductView, url: str, currency: str) -> dict[str, Any]:
    state = "InStock" if variant.available is None or variant.available > 0 else "OutOfStock"
    offer: dict[str, Any] = {
        "@type": "Offer",
        "price": amount_text(variant.price_minor, currency),
        "priceCurrency": currency,
        "availability": f"https://schema.org/{state}",
        "url": url if len(product.variants) == 1 else f"{url}?variant={variant.id}",
    }
    if variant.label:
        offer["name"] = f"{product.name}, {variant.label}"
    return {**offer, **(_codes(variant) if len(product.variants) > 1 else {})}
