"""Puts the API onto the application."""

from __future__ import annotations

from flask import Flask
from werkzeug.exceptions import UnprocessableEntity

from core import __version__
from core.api import (
    audit,
    buyers,
    checkout,
    counts,
    desk,
    discounts,
    documents,
    doors,
    files,
    gift_cards,
    hooks,
    keys,
    looks,
    money,
    oauth,
    pages,
    papers,
    parcels,
    places,
    problems,
    products,
    redirects,
    returns,
    shelves,
    site,
)

BLUEPRINTS = (
    products.blueprint,
    shelves.categories,
    shelves.stock,
    counts.blueprint,
    places.locations,
    places.transfers,
    parcels.blueprint,
    returns.blueprint,
    checkout.carts,
    checkout.payments,
    buyers.customers,
    discounts.blueprint,
    gift_cards.blueprint,
    money.blueprint,
    papers.invoices,
    papers.taxes,
    desk.shop,
    desk.domains,
    desk.plugins,
    audit.audit,
    desk.team,
    keys.tokens,
    keys.views,
    files.imports,
    files.out,
    site.pages,
    redirects.redirects,
    looks.menus,
    looks.look,
    site.messages,
    site.verification,
    hooks.blueprint,
)


def init_api(app: Flask) -> None:
    """Give the application its API, its document and the page that shows it."""
    app.config.update(
        API_TITLE="Tongbao",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {"description": documents.DESCRIPTION, "x-tongbao-version": __version__},
        },
    )
    doors.init_app(app)
    app.register_error_handler(UnprocessableEntity, problems.on_unreadable)
    api = documents.TongbaoApi(app)
    documents.describe(api)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.extensions["tongbao.api"] = api
    app.register_blueprint(pages.blueprint)
    oauth.init_app(app)
