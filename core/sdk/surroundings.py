"""What a plugin may know of where it runs and whom it serves."""

from __future__ import annotations

from pathlib import Path

from flask import current_app

from core.contract.views import OrderView, ShopView
from core.orders.moves import order_view
from core.orders.queries import order_detail
from core.shops.queries import shop_context


def shop_view(merchant_id: str, plugin_id: str) -> ShopView:
    """A merchant's shop with its settings of a plugin, for work outside a page. Raises NotFound."""
    return shop_context(merchant_id).view(plugin_id)


def find_order(merchant_id: str, order_id: str) -> OrderView:
    """An order of this merchant, as hooks see it. Raises NotFound."""
    return order_view(order_detail(merchant_id, order_id).order)


def data_dir() -> Path:
    """The folder in which this installation keeps its files."""
    path: Path = current_app.config["TONGBAO"].data_dir
    return path
