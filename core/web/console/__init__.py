"""The merchant's console, on the platform's host under `/console/`."""

from __future__ import annotations

from flask import Flask

from core.web.console.page import blueprint


def init_app(app: Flask) -> None:
    """Bring the console's pages into the application."""
    from core.web.console import (  # noqa: F401 - each room adds its pages to the blueprint
        api,
        audit,
        bulk,
        categories,
        customers,
        discounts,
        domains,
        drafts,
        exports,
        gift_cards,
        goods_returns,
        home,
        invoices,
        messages,
        money,
        money_pages,
        order_list,
        order_notes,
        orders,
        papers,
        parcels,
        pictures,
        plugins,
        product_more,
        products,
        roles,
        settings,
        site_look,
        site_menus,
        site_pages,
        stock,
        stock_places,
        taxes,
        team,
        tracking,
        transfer,
        webhooks,
    )

    app.register_blueprint(blueprint)
