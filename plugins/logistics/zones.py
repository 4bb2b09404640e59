"""Zones: which places cost what. Plain functions of an address and a basket; amounts in minor units, weights in grams.

A line of places is a country (`CN`) or everywhere (`*`), with or without provinces and beginnings of postal codes:
`CN: 浙江, 江苏`, `US: 995*, Alaska`. Of several zones the one that names the place most closely holds: a postal code,
then a province, then a country, then everywhere; among equals the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.sdk import AddressView, BasketView

WEIGHT, AMOUNT, QUANTITY = "weight", "amount", "quantity"
BY = (WEIGHT, AMOUNT, QUANTITY)
PLACES_MAX = 400
_COUNTRY = re.compile(r"([A-Za-z]{2}|\*)\s*(?:[:：]\s*(.*))?\Z")
_PARTS = re.compile(r"[,，、;；]")
_POSTCODE = re.compile(r"[A-Za-z0-9 -]{1,12}\*\Z")


class NotAPlace(ValueError):
    """A line that names no place; its text is the argument."""


@dataclass(frozen=True, slots=True)
class Place:
    """A country or everywhere (`*`), and in it a province or the beginning of postal codes."""

    country: str
    province: str = ""
    postcode: str = ""

    def closeness(self, address: AddressView) -> int:
        """How closely it names an address: 0 not at all, then everywhere, country, province, postal code."""
        if self.country not in ("*", address.country.upper()):
            return 0
        if self.postcode:
            return 1000 + len(self.postcode) if plain_code(address.postal_code).startswith(self.postcode) else 0
        if self.province:
            return 100 if _same_province(self.province, address.region) else 0
        return 1 if self.country == "*" else 10


def plain_code(text: str) -> str:
    """A postal code as it is compared: capital letters, no blanks or hyphens."""
    return re.sub(r"[\s-]+", "", text).upper()


def _same_province(named: str, region: str) -> bool:
    one, other = named.casefold().strip(), region.casefold().strip()
    return bool(other) and (other == one or other.startswith(one) or one.startswith(other))


def places_of(text: str) -> list[Place]:
    """The places in what a merchant wrote, line by line. Raises NotAPlace."""
    found: list[Place] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        match = _COUNTRY.match(line)
        if match is None:
            raise NotAPlace(line[:60])
        country = match[1].upper()
        parts = [part.strip() for part in _PARTS.split(match[2] or "") if part.strip()]
        if not parts:
            found.append(Place(country))
        for part in parts:
            if _POSTCODE.match(part):
                found.append(Place(country, postcode=plain_code(part.rstrip("*"))))
            elif "*" in part or len(part) > 80:
                raise NotAPlace(part[:60])
            else:
                found.append(Place(country, province=part))
        if len(found) > PLACES_MAX:
            raise NotAPlace(line[:60])
    return found


def zone_for(zones: Sequence[Mapping[str, Any]], address: AddressView) -> Mapping[str, Any] | None:
    """The zone that names an address most closely; None where no zone does."""
    best: Mapping[str, Any] | None = None
    closest = 0
    for zone in zones:
        for place in places_of(str(zone["places"])):
            close = place.closeness(address)
            if close > closest:
                best, closest = zone, close
    return best


def measure(by: str, basket: BasketView) -> int:
    """What a rate goes by: grams, the goods' value in minor units, or pieces."""
    if by == WEIGHT:
        return basket.weight_grams
    if by == AMOUNT:
        return basket.goods_minor
    return sum(line.quantity for line in basket.lines if line.requires_shipping)


def rate_price(rate: Mapping[str, Any], basket: BasketView) -> int | None:
    """What a rate costs for a basket: the first band that it fits in; None beyond the last one.

    A band without an upper bound holds whatever is left. From `free_from_minor` of goods on (0: never) it is free,
    within the bands.
    """
    size = measure(str(rate["by"]), basket)
    for band in rate["bands"]:
        if band["up_to"] is None or size <= band["up_to"]:
            free_from = int(rate["free_from_minor"])
            return 0 if free_from and basket.goods_minor >= free_from else int(band["price_minor"])
    return None
