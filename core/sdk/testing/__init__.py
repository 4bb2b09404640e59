"""The testing kit for authors of plugins: fakes of every provider type, contract tests to inherit, ways to begin.

The fixtures (`tongbao_app`, `tongbao_shop`) come by themselves once Tongbao is installed; see pytest_plugin.
"""

from __future__ import annotations

from core.sdk.testing.apps import assert_loaded, make_app, make_shop, plugin_on
from core.sdk.testing.browser import Browser
from core.sdk.testing.contracts import (
    DeliveryMethodContract,
    IdentityCheckContract,
    MessageChannelContract,
    PaymentMethodContract,
    PayoutRailContract,
)
from core.sdk.testing.fakes import (
    FAKES,
    FakeDelivery,
    FakeIdentityCheck,
    FakeMessageChannel,
    FakeOutside,
    FakePaymentMethod,
    FakePayoutRail,
    outside,
)
from core.sdk.testing.trade import ADDRESS, cancel_test_order, make_goods, place_test_order

__all__ = [
    "ADDRESS",
    "FAKES",
    "Browser",
    "DeliveryMethodContract",
    "FakeDelivery",
    "FakeIdentityCheck",
    "FakeMessageChannel",
    "FakeOutside",
    "FakePaymentMethod",
    "FakePayoutRail",
    "IdentityCheckContract",
    "MessageChannelContract",
    "PaymentMethodContract",
    "PayoutRailContract",
    "assert_loaded",
    "cancel_test_order",
    "make_app",
    "make_goods",
    "make_shop",
    "outside",
    "place_test_order",
    "plugin_on",
]
