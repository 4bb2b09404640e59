"""The time zone in which a shop's days begin and end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from core.base.days import starts_of_day
from core.shops.context import ShopContext

OPTION: Final = "time_zone"
_BY_CURRENCY: Mapping[str, str] = {
    "CNY": "Asia/Shanghai",
    "HKD": "Asia/Hong_Kong",
    "MOP": "Asia/Macau",
    "TWD": "Asia/Taipei",
    "SGD": "Asia/Singapore",
    "MYR": "Asia/Kuala_Lumpur",
    "THB": "Asia/Bangkok",
    "JPY": "Asia/Tokyo",
    "KRW": "Asia/Seoul",
    "GBP": "Europe/London",
    "CHF": "Europe/Zurich",
    "NZD": "Pacific/Auckland",
}
"""Where one currency means one zone; every other shop begins in UTC."""


@cache
def zone_names() -> tuple[str, ...]:
    """The zones that a merchant may choose, by name: places, and UTC."""
    places = (name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return ("UTC", *sorted(places))


def zone_named(options: Mapping[str, Any] | None, currency: str) -> str:
    """The name of a shop's zone: as its merchant has set it, else what its currency suggests."""
    chosen = str((options or {}).get(OPTION, ""))
    return chosen if chosen in zone_names() else _BY_CURRENCY.get(currency, "UTC")


def zone_of(shop: ShopContext) -> ZoneInfo:
    """A shop's time zone."""
    return ZoneInfo(zone_named(shop.options, shop.currency))


def local_day(shop: ShopContext, moment: datetime) -> date:
    """The day in the shop's time zone on which something happens: what limits and figures of a day go by."""
    return moment.astimezone(zone_of(shop)).date()


def day_began(shop: ShopContext, day: date) -> datetime:
    """The moment (UTC) at which a day begins for the shop."""
    return starts_of_day(day, zone_of(shop))
