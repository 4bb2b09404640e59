"""What a merchant sets: where to, at what price, how long it takes."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.sdk import lazy_gettext as _
from plugins.logistics.zones import BY, NotAPlace, places_of

_COUNTRIES = re.compile(r"(\s*[A-Za-z]{2}(\s*[,，、\s]\s*[A-Za-z]{2})*\s*|\s*\*\s*)\Z")
MONEY = {"money": True}
GRAMS_MAX = 1_000_000
PRICE_MAX = 10**9


def countries_of(text: str) -> frozenset[str] | None:
    """The country codes in what the merchant wrote; None for `*`, everywhere."""
    if text.strip() == "*":
        return None
    return frozenset(code.upper() for code in re.findall(r"[A-Za-z]{2}", text))


ZONES_MAX, RATES_MAX, BANDS_MAX = 40, 4, 8


def _places(text: str) -> None:
    try:
        found = places_of(text)
    except NotAPlace as error:
        words = _("“%(text)s” names no place. Write lines like CN, or US: Alaska, 995*.", text=str(error))
        raise ValidationError([words]) from None
    if not found:
        raise ValidationError([_("Name at least one place.")])


class Band(Schema):
    """Up to a weight, value or number (none: whatever is more), at a price."""

    up_to = fields.Integer(required=True, allow_none=True, validate=validate.Range(1, 10**12))
    price_minor = fields.Integer(required=True, validate=validate.Range(0, PRICE_MAX))


class Rate(Schema):
    """One way to deliver to a zone."""

    code = fields.String(required=True, validate=validate.Regexp(r"[a-z0-9]{1,12}\Z"))
    name = fields.String(required=True, validate=validate.Length(1, 60))
    by = fields.String(required=True, validate=validate.OneOf(BY))
    bands = fields.List(fields.Nested(Band), required=True, validate=validate.Length(1, BANDS_MAX))
    free_from_minor = fields.Integer(load_default=0, validate=validate.Range(0, PRICE_MAX))
    handling_days = fields.Integer(load_default=0, validate=validate.Range(0, 90))
    days_min = fields.Integer(load_default=1, validate=validate.Range(0, 90))
    days_max = fields.Integer(load_default=3, validate=validate.Range(0, 90))

    @validates_schema
    def in_order(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Bands rise, only the last may be without a bound; at least comes before at most."""
        bounds = [band["up_to"] for band in data.get("bands", ())]
        if any(bound is None for bound in bounds[:-1]) or any(
            later is not None and later <= earlier for earlier, later in pairwise(bounds) if earlier is not None
        ):
            raise ValidationError({"bands": [_("Each line must reach further than the one before.")]})
        if data.get("days_min", 0) > data.get("days_max", 90):
            raise ValidationError({"days_max": [_("At most cannot be less than at least.")]})


class Zone(Schema):
    """Places, and the ways to deliver there."""

    id = fields.String(required=True, validate=validate.Regexp(r"[a-z0-9]{1,12}\Z"))
    name = fields.String(required=True, validate=validate.Length(1, 60, error=_("Give the zone a name.")))
    places = fields.String(required=True, validate=[validate.Length(max=8000), _places])
    rates = fields.List(fields.Nested(Rate), required=True, validate=validate.Length(0, RATES_MAX))


class LogisticsSettings(Schema):
    """Flat and weight-based rates, and zones. Prices in minor units of the shop's currency, before any discount."""

    zones = fields.List(
        fields.Nested(Zone),
        load_default=list,
        validate=validate.Length(max=ZONES_MAX),
        metadata={"elsewhere": True, "label": _("Zones")},
    )

    countries = fields.String(
        load_default="CN",
        validate=validate.Regexp(_COUNTRIES, error=_("Write country codes like CN, HK, TW, or * for everywhere.")),
        metadata={
            "label": _("Countries you deliver to"),
            "help": _("Two-letter codes, separated by commas; * for everywhere."),
        },
    )
    flat_on = fields.Boolean(load_default=True, metadata={"label": _("Offer a flat rate")})
    flat_minor = fields.Integer(
        load_default=800,
        validate=validate.Range(0, PRICE_MAX),
        metadata={"label": _("Flat price"), **MONEY},
    )
    free_over_minor = fields.Integer(
        load_default=0,
        validate=validate.Range(0, PRICE_MAX),
        metadata={
            "label": _("Free from goods worth"),
            "help": _("The flat rate costs nothing from this value on; 0 means never."),
            **MONEY,
        },
    )
    flat_days_min = fields.Integer(
        load_default=2, validate=validate.Range(0, 90), metadata={"label": _("Flat rate: days, at least")}
    )
    flat_days_max = fields.Integer(
        load_default=4, validate=validate.Range(0, 90), metadata={"label": _("Flat rate: days, at most")}
    )
    weight_on = fields.Boolean(load_default=False, metadata={"label": _("Offer a rate by weight")})
    first_grams = fields.Integer(
        load_default=1000,
        validate=validate.Range(1, GRAMS_MAX),
        metadata={"label": _("First weight, in grams"), "help": _("What the first price covers (首重).")},
    )
    first_minor = fields.Integer(
        load_default=1200, validate=validate.Range(0, PRICE_MAX), metadata={"label": _("First price"), **MONEY}
    )
    step_grams = fields.Integer(
        load_default=500,
        validate=validate.Range(1, GRAMS_MAX),
        metadata={"label": _("Each further weight, in grams"), "help": _("Begun weights count in full (续重).")},
    )
    step_minor = fields.Integer(
        load_default=300,
        validate=validate.Range(0, PRICE_MAX),
        metadata={"label": _("Price of each further weight"), **MONEY},
    )
    max_grams = fields.Integer(
        load_default=30_000,
        validate=validate.Range(1, GRAMS_MAX),
        metadata={"label": _("Heaviest parcel, in grams"), "help": _("Heavier baskets are not offered this rate.")},
    )
    weight_days_min = fields.Integer(
        load_default=1, validate=validate.Range(0, 90), metadata={"label": _("Rate by weight: days, at least")}
    )
    weight_days_max = fields.Integer(
        load_default=2, validate=validate.Range(0, 90), metadata={"label": _("Rate by weight: days, at most")}
    )

    @validates_schema
    def days_in_order(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """At least comes before at most."""
        for rate in ("flat", "weight"):
            if data.get(f"{rate}_days_min", 0) > data.get(f"{rate}_days_max", 90):
                raise ValidationError({f"{rate}_days_max": [_("At most cannot be less than at least.")]})
