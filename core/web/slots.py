"""Pieces of pages that plugins bring."""

from __future__ import annotations

from typing import Any

from flask import Flask, g
from markupsafe import Markup

from core.contract.contributions import Face, NavItem
from core.contract.registry import Owned
from core.contract.runtime import dispatch, registry


def slot(place: str, **context: Any) -> Markup:
    """The pieces of the shop's plugins for a place of this page; a piece that fails shows nothing.

    Pieces on cached pages (`storefront.product.*`, `storefront.layout.*`) may depend on the shop, the product and the
    plugin's settings. A plugin that shows more there calls `touch_shop` when it changes.
    """
    shop = g.get("shop")
    if shop is None:
        return Markup()
    return dispatch().render_slot(place, shop.views(), shop.plugins, **context)


def plugin_navigation(face: Face) -> tuple[Owned[NavItem], ...]:
    """The links that plugins bring to a face, for the shop of this request."""
    shop = g.get("shop")
    return registry().navigation(face, shop.plugins if shop is not None else frozenset())


def init_app(app: Flask) -> None:
    """Give templates `slot(place, **context)` and `plugin_navigation(face)`."""
    app.jinja_env.globals.update(slot=slot, plugin_navigation=plugin_navigation)
