"""Pieces of pages that plugins bring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, g
from markupsafe import Markup

from core.contract.contributions import SLOT_PLACES, Face, NavItem
from core.contract.registry import Owned
from core.contract.runtime import dispatch, registry
from core.orders.basket import basket_view, load_cart
from core.orders.moves import order_view
from core.orders.queries import order_detail
from core.shops.context import ShopContext
from core.web.storefront.frame import shown_look


def slot(place: str, **context: Any) -> Markup:
    """The pieces of the shop's plugins for a place of this page; a piece that fails shows nothing.

    Pages give an `order_id` or a `cart_id`; plugins are told what SLOT_PLACES promises for the place, and it is read
    only where one of them has a piece.

    Pieces on cached pages (`storefront.product.*`, `storefront.layout.*`) may depend on the shop, the product and the
    plugin's settings. A plugin that shows more there calls `touch_shop` when it changes.
    """
    shop = g.get("shop")
    if shop is None or not registry().slots(place, shop.plugins):
        return Markup()
    told = {name: _told(shop, name, context) for name in SLOT_PLACES[place]}
    pieces = [dispatch().render_slot(place, shop.views(), part, **told) for part in _in_order(shop, place)]
    return Markup("\n").join(piece for piece in pieces if piece)


def _in_order(shop: ShopContext, place: str) -> list[frozenset[str]]:
    """The plugins to ask for a place, one after another where the merchant put them in order or hid some."""
    arranged = (shown_look(shop).get("slots") or {}).get(place) if place.startswith("storefront.") else None
    if not arranged:
        return [shop.plugins]
    order, hidden = list(arranged.get("order") or ()), set(arranged.get("hidden") or ())
    wanted = [plugin_id for plugin_id in order if plugin_id in shop.plugins and plugin_id not in hidden]
    others = shop.plugins - set(order) - hidden
    return [*(frozenset({plugin_id}) for plugin_id in wanted), *([others] if others else [])]


def _told(shop: ShopContext, name: str, context: Mapping[str, Any]) -> Any:
    if name in context:
        return context[name]
    if name == "order":
        return order_view(order_detail(shop.merchant_id, context["order_id"]).order)
    if name == "basket":
        cart = load_cart(shop.merchant_id, context["cart_id"])
        return basket_view(shop, cart, None) if cart is not None else None
    raise KeyError(f"the page does not say {name}")


def plugin_navigation(face: Face) -> tuple[Owned[NavItem], ...]:
    """The links that plugins bring to a face, for the shop of this request."""
    shop = g.get("shop")
    return registry().navigation(face, shop.plugins if shop is not None else frozenset())


def init_app(app: Flask) -> None:
    """Give templates `slot(place, **context)` and `plugin_navigation(face)`."""
    app.jinja_env.globals.update(slot=slot, plugin_navigation=plugin_navigation)
