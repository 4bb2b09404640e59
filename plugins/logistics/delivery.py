"""Flat, weight-based and zone delivery as choices at checkout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from core.sdk import (
    AddressView,
    BasketView,
    DeliveryMethod,
    DeliveryOption,
    Refused,
    ShopView,
    gettext,
    ngettext,
    weight_text,
)
from core.sdk import lazy_gettext as _
from plugins.logistics.rates import flat_price, weight_price
from plugins.logistics.settings import LogisticsSettings, countries_of
from plugins.logistics.zones import rate_price, zone_for


@cache
def _defaults() -> Mapping[str, Any]:
    loaded: dict[str, Any] = LogisticsSettings().load({})
    return loaded


def settings_of(shop: ShopView) -> Mapping[str, Any]:
    """The merchant's settings, with what was never set at its default."""
    return {**_defaults(), **shop.settings}


def _serves(settings: Mapping[str, Any], address: AddressView) -> bool:
    countries = countries_of(settings["countries"])
    return countries is None or address.country.upper() in countries


class FlatDelivery(DeliveryMethod):
    """One price for every basket, free from a value on."""

    id = "logistics.flat"
    label = _("Flat rate")

    def options(self, shop: ShopView, basket: BasketView, address: AddressView) -> Sequence[DeliveryOption]:
        """The flat rate, where the merchant offers it and delivers there."""
        settings = settings_of(shop)
        if not settings["flat_on"] or not _serves(settings, address):
            return ()
        price = flat_price(settings["flat_minor"], settings["free_over_minor"], basket.goods_minor)
        return (
            DeliveryOption(
                code="standard",
                label=gettext("Standard delivery"),
                price_minor=price,
                days_min=settings["flat_days_min"],
                days_max=settings["flat_days_max"],
            ),
        )


class WeightDelivery(DeliveryMethod):
    """A first price and a price for each further weight."""

    id = "logistics.weight"
    label = _("Rate by weight")

    def options(self, shop: ShopView, basket: BasketView, address: AddressView) -> Sequence[DeliveryOption]:
        """The rate for the basket's weight; nothing where it is too heavy or too far."""
        settings = settings_of(shop)
        grams = basket.weight_grams
        if not settings["weight_on"] or not _serves(settings, address) or grams > settings["max_grams"]:
            return ()
        price = weight_price(
            grams,
            first_grams=settings["first_grams"],
            first_minor=settings["first_minor"],
            step_grams=settings["step_grams"],
            step_minor=settings["step_minor"],
        )
        return (
            DeliveryOption(
                code="express",
                label=gettext("Express delivery"),
                price_minor=price,
                detail=_weight(grams, shop.weight_unit),
                days_min=settings["weight_days_min"],
                days_max=settings["weight_days_max"],
            ),
        )


class ZoneDelivery(DeliveryMethod):
    """The rates of the zone that an address lies in."""

    id = "logistics.zones"
    label = _("Rates by zone")

    def options(self, shop: ShopView, basket: BasketView, address: AddressView) -> Sequence[DeliveryOption]:
        """Each rate of the zone that takes the basket, the cheapest first; nothing outside all zones."""
        zone = zone_for(settings_of(shop)["zones"], address)
        found = []
        for rate in zone["rates"] if zone is not None else ():
            price = rate_price(rate, basket)
            if price is not None:
                found.append(
                    DeliveryOption(
                        code=f"{zone['id']}-{rate['code']}" if zone is not None else rate["code"],
                        label=rate["name"],
                        price_minor=price,
                        days_min=rate["handling_days"] + rate["days_min"],
                        days_max=rate["handling_days"] + rate["days_max"],
                    )
                )
        return sorted(found, key=lambda option: (option.price_minor, option.code))


def check_rates(shop: ShopView) -> str:
    """Say which ways of delivery buyers are offered. Raises Refused when there is none."""
    settings = settings_of(shop)
    ways = [
        words
        for words, is_on in (
            (gettext("a flat rate"), settings["flat_on"]),
            (gettext("rates by weight"), settings["weight_on"]),
            (ngettext("%(num)d zone", "%(num)d zones", len(settings["zones"])), settings["zones"]),
        )
        if is_on
    ]
    if not ways:
        raise Refused(_("No way to deliver is on: nobody can order goods. Switch a rate on or draw a zone."))
    return gettext("Buyers are offered: %(ways)s.", ways=gettext(", ").join(ways))


def _weight(grams: int, unit: str) -> str:
    """A basket's weight in the unit that the shop weighs in; from a kilogram on grams are hard to read."""
    shown = "kg" if unit == "g" and grams >= 1000 else unit
    return f"{weight_text(grams, shown)} {shown}"
