from __future__ import annotations

import pytest

from core.sdk.testing import make_goods, plugin_on


@pytest.fixture
def shop(tongbao_app, tongbao_shop: str) -> str:
    """A merchant with gift wrap on, for 8.00."""
    plugin_on(tongbao_shop, "giftwrap", {"price_minor": 800, "letters_max": 20})
    return tongbao_shop


@pytest.fixture
def tea(shop: str) -> str:
    return make_goods(shop, price_minor=5000)
