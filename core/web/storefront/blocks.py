"""Blocks of pages and of the first page as their templates show them: goods loaded, empty fields filled by the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.base.i18n import gettext as _
from core.catalog.pictures import media_url
from core.catalog.queries import category_by_slug, list_products
from core.shops.context import ShopContext
from core.web.storefront.shown import Shown, cards, category_url, shelf_links
from core.web.storefront.site import shelves


def blocks_shown(shop: ShopContext, blocks: Sequence[Mapping[str, Any]], *, home: bool = False) -> list[Shown]:
    """Blocks in their order, ready for `storefront/blocks.html`."""
    shown = [_shown(shop, block) for block in blocks]
    if home:
        _fill_hero(shop, shown)
    return [block for block in shown if block is not None]


def _shown(shop: ShopContext, block: Mapping[str, Any]) -> Shown:
    kind = block["kind"]
    values: Shown = dict(block)
    if block.get("picture"):
        values["picture_url"] = media_url(block["picture"])
    if kind == "products":
        slug = block.get("category") or ""
        found = category_by_slug(shop.merchant_id, slug) if slug else None
        page = list_products(
            shop.merchant_id, category_id=found.id if found else None, limit=int(block.get("limit") or 8)
        )
        values["products"] = cards(page.rows)
        values["url"] = category_url(found.slug) if found else "/search"
        values["title"] = block.get("title") or (found.name if found else _("New in the shop"))
    elif kind == "categories":
        values["links"] = shelf_links(shelves())
    elif kind == "contact":
        values["lines"] = {
            name: shop.options.get(name, "") for name in ("legal_name", "legal_address", "phone", "hours")
        }
    return values


def _fill_hero(shop: ShopContext, shown: list[Shown]) -> None:
    """A hero that says nothing shows the shop and the newest thing that has a picture."""
    goods = [card for block in shown for card in block.get("products") or ()]
    featured = next((card for card in goods if card["images"]), None)
    for block in shown:
        if block["kind"] == "hero":
            empty = not block.get("title")
            block["title"] = block.get("title") or shop.tagline or shop.name
            block["first"] = block is shown[0]
            if empty:
                block["text"] = block.get("text") or shop.about[:180]
            if empty and featured is not None:
                block["button"] = block.get("button") or featured["name"]
                block["address"] = block.get("address") or featured["url"]
                if not block.get("picture_url"):
                    picture = featured["images"][0]
                    block["picture_url"], block["picture_alt"] = picture["url"], featured["name"]
