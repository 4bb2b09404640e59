"""The testing kit for authors of plugins: fakes of every provider type, contract tests to inherit, ways to begin.

The fixtures (`tongbao_app`, `tongbao_shop`) come by themselves once Tongbao is installed; see pytest_plugin.
"""

from __future__ import annotations

from core.sdk.testing.apps import assert_loaded, make_app, make_shop, plugin_on
from core.sdk.testing.contracts import DeliveryMethodContract, PaymentMethodContract, PayoutRailContract
from core.sdk.testing.fakes import FAKES, FakeDelivery, FakeOutside, FakePaymentMethod, FakePayoutRail, outside

__all__ = [
    "FAKES",
    "DeliveryMethodContract",
    "FakeDelivery",
    "FakeOutside",
    "FakePaymentMethod",
    "FakePayoutRail",
    "PaymentMethodContract",
    "PayoutRailContract",
    "assert_loaded",
    "make_app",
    "make_shop",
    "outside",
    "plugin_on",
]
