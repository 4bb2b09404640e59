"""What a plugin may know of where it runs."""

from __future__ import annotations

from pathlib import Path

from flask import current_app

from core.contract.views import ShopView
from core.shops.queries import shop_context


def shop_view(merchant_id: str, plugin_id: str) -> ShopView:
    """A merchant's shop with its settings of a plugin, for work outside a page. Raises NotFound."""
    return shop_context(merchant_id).view(plugin_id)


def data_dir() -> Path:
    """The folder in which this installation keeps its files."""
    path: Path = current_app.config["TONGBAO"].data_dir
    return path
