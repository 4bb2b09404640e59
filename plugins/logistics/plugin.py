"""Delivery rates: everything that this plugin does to a shop, in one list."""

from __future__ import annotations

from collections.abc import Sequence

from core.sdk import FacePages, Manifest, NavItem, Provider, ShopView, hookimpl
from core.sdk import lazy_gettext as _
from plugins.logistics.delivery import FlatDelivery, WeightDelivery, ZoneDelivery, check_rates
from plugins.logistics.settings import LogisticsSettings
from plugins.logistics.views import console


class LogisticsPlugin:
    """Flat, weight-based and zone delivery, priced from the merchant's settings."""

    manifest = Manifest(
        id="logistics",
        name=_("Delivery rates"),
        summary=_("Delivery at a flat price, by weight or by zone, free from a value on."),
        version="0.1.0",
        core=">=0.1,<0.2",
        package="plugins.logistics",
        settings=LogisticsSettings,
        on_by_default=True,
    )

    @hookimpl
    def register_providers(self) -> Sequence[Provider]:
        """Three ways to price delivery."""
        return (FlatDelivery(), WeightDelivery(), ZoneDelivery())

    @hookimpl
    def register_pages(self) -> Sequence[FacePages]:
        """Where the merchant draws zones and tries addresses."""
        return (FacePages("console", console),)

    @hookimpl
    def check_setup(self, shop: ShopView) -> str:
        """Says which of the ways to price delivery are on."""
        return check_rates(shop)

    @hookimpl
    def register_navigation(self) -> Sequence[NavItem]:
        """The zones in the console."""
        return (
            NavItem("console", 40, _("Delivery zones"), "logistics_console.zones", "truck", "plugins.edit", "settings"),
        )


plugin = LogisticsPlugin()
