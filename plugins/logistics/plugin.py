"""Delivery rates: everything that this plugin does to a shop, in one list."""

from __future__ import annotations

from collections.abc import Sequence

from core.sdk import Manifest, Provider, hookimpl
from core.sdk import lazy_gettext as _
from plugins.logistics.delivery import FlatDelivery, WeightDelivery
from plugins.logistics.settings import LogisticsSettings


class LogisticsPlugin:
    """Flat and weight-based delivery, priced from the merchant's settings."""

    manifest = Manifest(
        id="logistics",
        name=_("Delivery rates"),
        summary=_("Delivery at a flat price or by weight, free from a value on."),
        version="0.1.0",
        core=">=0.1,<0.2",
        package="plugins.logistics",
        settings=LogisticsSettings,
        on_by_default=True,
    )

    @hookimpl
    def register_providers(self) -> Sequence[Provider]:
        """Two ways to price delivery."""
        return (FlatDelivery(), WeightDelivery())


plugin = LogisticsPlugin()
