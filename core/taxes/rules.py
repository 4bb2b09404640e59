"""Which rate applies: plain functions without a database.

A rate of the goods' own category goes before the standard rate; among those the more exact place: a longer postal
prefix, then a province, then a country, then everywhere. Where none fits, the shop's own rate applies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from core.contract.views import AddressView

DeliveryTax = Literal["standard", "goods", "none"]
Rounding = Literal["total", "line"]
DELIVERY_TAXES: Final[tuple[DeliveryTax, ...]] = ("standard", "goods", "none")
ROUNDINGS: Final[tuple[Rounding, ...]] = ("total", "line")


@dataclass(frozen=True, slots=True)
class AppliedTax:
    """A rate as it is applied and shown: its name and parts per million."""

    name: str
    ppm: int


NO_TAX: Final = AppliedTax("", 0)


@dataclass(frozen=True, slots=True)
class PlaceRate:
    """One rate with where it applies; empty fields match everything. Regions are lower case."""

    category_id: str | None
    country: str
    regions: tuple[str, ...]
    postal_prefix: str
    tax: AppliedTax

    def fits(self, place: AddressView | None) -> bool:
        """Whether an address lies where the rate applies; without an address only what applies everywhere."""
        if place is None:
            return not (self.country or self.regions or self.postal_prefix)
        return (
            self.country in ("", place.country)
            and (not self.regions or plain(place.region) in self.regions or plain(place.city) in self.regions)
            and postal(place.postal_code).startswith(self.postal_prefix)
        )

    @property
    def exactness(self) -> tuple[int, bool, bool]:
        """How exactly the place is said; the greater goes first."""
        return (len(self.postal_prefix), bool(self.regions), bool(self.country))


@dataclass(frozen=True, slots=True)
class TaxRules:
    """All that a shop says about tax."""

    standard: AppliedTax
    rates: tuple[PlaceRate, ...] = ()
    included: bool = True
    rounding: Rounding = "total"
    delivery: DeliveryTax = "standard"

    def rate_for(self, category_id: str | None, place: AddressView | None) -> AppliedTax:
        """The rate of goods of a category that go to a place."""
        fitting = [rate for rate in self.rates if rate.fits(place)]
        for wanted in (category_id, None) if category_id else (None,):
            found = [rate for rate in fitting if rate.category_id == wanted]
            if found:
                return max(found, key=lambda rate: rate.exactness).tax
        return self.standard


def plain(text: str) -> str:
    """A name of a place as it is compared: lower case, without the Chinese words for its kind."""
    found = " ".join(text.split()).casefold()
    for ending in ("特别行政区", "特別行政區", "省", "市"):
        if found.endswith(ending) and len(found) > len(ending) + 1:
            return found.removesuffix(ending)
    return found


def regions_of(text: str) -> tuple[str, ...]:
    """The names in a list with commas (or Chinese ones) between."""
    for comma in ("，", "、", ";", "；"):
        text = text.replace(comma, ",")
    return tuple(dict.fromkeys(plain(part) for part in text.split(",") if part.strip()))


def postal(text: str) -> str:
    """A postal code as it is compared: upper case, without spaces."""
    return "".join(text.split()).upper()


def heaviest(parts: Sequence[tuple[AppliedTax, int]]) -> AppliedTax | None:
    """The rate that the most value bears (the higher one when two bear the same); None without any value."""
    borne: dict[AppliedTax, int] = {}
    for tax, value in parts:
        borne[tax] = borne.get(tax, 0) + value
    found = [(value, tax.ppm, tax) for tax, value in borne.items() if value > 0]
    return max(found, key=lambda entry: entry[:2])[2] if found else None
