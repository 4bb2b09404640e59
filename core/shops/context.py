"""What a request knows of its shop: plain, frozen, read in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.contract.views import ShopView, ShopViews
from core.shops.trading import weight_unit


@dataclass(frozen=True, slots=True)
class ShopContext:
    """A shop as found by the Host header (or by its merchant's id, for work outside a request)."""

    merchant_id: str
    slug: str
    name: str
    tagline: str
    about: str
    contact_email: str
    currency: str
    locale: str
    theme: Mapping[str, Any]
    version: int
    tax_ppm: int
    prices_include_tax: bool
    auto_release_days: int
    payment_minutes: int
    fee_ppm: int
    open: bool
    host: str
    """The host that was asked for; empty outside a request."""
    primary_host: str
    plugins: frozenset[str] = frozenset()
    """Ids of the plugins that are on for this merchant."""
    plugin_settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    """Further settings, see `core.shops.options`."""

    def view(self, plugin_id: str) -> ShopView:
        """The shop as a plugin sees it, with the merchant's settings of that plugin."""
        return ShopView(
            merchant_id=self.merchant_id,
            slug=self.slug,
            name=self.name,
            currency=self.currency,
            locale=self.locale,
            settings=self.plugin_settings.get(plugin_id, {}),
            weight_unit=weight_unit(self.options),
        )

    def views(self) -> ShopViews:
        """The shop for a dispatch over plugins: each sees its own settings and no other's."""
        return ShopViews(self.view(""), lambda plugin_id: self.plugin_settings.get(plugin_id, {}))
