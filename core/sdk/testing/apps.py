"""An application on a database of its own, and a shop in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Flask

from core.base import clock
from core.base.config import load_config
from core.base.database import Base, db
from core.base.ids import new_id
from core.base.transactions import transactional
from core.contract.registry import Contributions, Registry
from core.contract.views import ShopView
from core.sdk.testing.fakes import FAKES
from core.shops.models import Merchant, PluginChoice, Shop
from core.shops.queries import shop_context


def make_app(folder: Path, *, extra: Sequence[Contributions] = (FAKES,), **settings: str) -> Flask:
    """The host with every installed plugin, on a new SQLite file in a folder; settings are TONGBAO_* variables."""
    from core.app import create_app

    environ = {
        "TONGBAO_DATABASE_URL": f"sqlite:///{folder / 'tongbao.db'}",
        "TONGBAO_DATA_DIR": str(folder),
        "TONGBAO_PAYOUT_LEVEL": "0",
        **settings,
    }
    app = create_app(load_config(environ), extra=extra)
    app.config["TESTING"] = True
    with app.app_context():
        Base.metadata.create_all(db.engine)
    return app


@transactional
def make_shop(slug: str = "tea", *, currency: str = "CNY", plugins: Sequence[str] = ()) -> str:
    """A merchant with an open shop that has these plugins on; returns the merchant's id."""
    merchant_id, moment = new_id("mer"), clock.now()
    db.session.add(Merchant(id=merchant_id, slug=slug, name=slug.title(), currency=currency, created_at=moment))
    db.session.flush()
    db.session.add(Shop(merchant_id=merchant_id, name=slug.title(), theme={}))
    for plugin_id in plugins:
        db.session.add(
            PluginChoice(merchant_id=merchant_id, plugin_id=plugin_id, enabled=True, settings={}, changed_at=moment)
        )
    return merchant_id


def plugin_on(merchant_id: str, plugin_id: str, settings: Mapping[str, Any] | None = None) -> ShopView:
    """Switch a plugin on for a merchant, with settings as the console would store them; returns the plugin's view."""
    from core.shops.service import set_plugin

    set_plugin(merchant_id, plugin_id, enabled=True, settings=settings, actor_id=None)
    return shop_context(merchant_id).view(plugin_id)


def assert_loaded(app: Flask, plugin_id: str) -> None:
    """The plugin has come in through the door; if not, says the reason why it was left out."""
    registry: Registry = app.extensions["tongbao.registry"]
    reasons = [report.reason for report in app.extensions["tongbao.reports"] if report.id == plugin_id]
    assert plugin_id in registry.plugin_ids, reasons or f"no entry point {plugin_id} in tongbao.plugins"
