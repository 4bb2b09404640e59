"""A zone as a form of a page, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.sdk import Invalid, Money, MoneyError, ShopView, parse_minor, read_weight, weight_text
from core.sdk import lazy_gettext as _
from plugins.logistics.settings import BANDS_MAX, RATES_MAX
from plugins.logistics.zones import AMOUNT, BY, WEIGHT

NEW_BANDS = 3
DIGITS_MAX = 9
BY_LABELS = {"weight": _("Weight"), "amount": _("Value of the goods"), "quantity": _("Number of pieces")}
RATE_TEXTS = ("name", "by", "free", "handling", "days_min", "days_max")


def shown_zone(zone: Mapping[str, Any] | None, shop: ShopView) -> dict[str, Any]:
    """What the form holds for a zone (None: a new one); one empty way to deliver at the end, while there is room."""
    rates = [_shown_rate(rate, shop) for rate in (zone or {}).get("rates", ())]
    return {
        "name": (zone or {}).get("name", ""),
        "places": (zone or {}).get("places", ""),
        "rates": with_room(rates),
    }


def with_room(rates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Empty places for what may be added."""
    empty = {
        "code": "",
        "name": "",
        "by": WEIGHT,
        "free": "",
        "handling": "",
        "days_min": "",
        "days_max": "",
        "bands": [],
    }
    wanted = [*rates, empty][:RATES_MAX]
    return [
        {**rate, "bands": [*rate["bands"], *([{"up_to": "", "price": ""}] * NEW_BANDS)][:BANDS_MAX]} for rate in wanted
    ]


def _shown_rate(rate: Mapping[str, Any], shop: ShopView) -> dict[str, Any]:
    free = int(rate["free_from_minor"])
    return {
        "code": rate["code"],
        "name": rate["name"],
        "by": rate["by"],
        "free": _amount(free, shop) if free else "",
        "handling": str(rate["handling_days"]),
        "days_min": str(rate["days_min"]),
        "days_max": str(rate["days_max"]),
        "bands": [
            {"up_to": size_text(band["up_to"], rate["by"], shop), "price": _amount(band["price_minor"], shop)}
            for band in rate["bands"]
        ],
    }


def _amount(minor: int, shop: ShopView) -> str:
    return str(Money(int(minor), shop.currency).decimal)


def size_text(size: int | None, by: str, shop: ShopView) -> str:
    """The upper bound of a band as it is written; empty: no bound."""
    if size is None:
        return ""
    if by == WEIGHT:
        return weight_text(size, shop.weight_unit)
    return _amount(size, shop) if by == AMOUNT else str(size)


def typed_zone(form: Mapping[str, str]) -> dict[str, Any]:
    """What somebody typed, as the form shows it again."""
    rates = []
    for at in range(RATES_MAX):
        bands = [
            {
                "up_to": form.get(f"rate-{at}-up-{row}", "").strip()[:20],
                "price": form.get(f"rate-{at}-price-{row}", "").strip()[:20],
            }
            for row in range(BANDS_MAX)
        ]
        rate: dict[str, Any] = {name: form.get(f"rate-{at}-{name}", "").strip()[:60] for name in ("code", *RATE_TEXTS)}
        rate["bands"] = [band for band in bands if band["up_to"] or band["price"]]
        if rate["name"] or rate["bands"]:
            rates.append(rate)
    return {"name": form.get("name", "").strip()[:60], "places": form.get("places", "").strip()[:8000], "rates": rates}


def read_zone(typed: Mapping[str, Any], zone_id: str, shop: ShopView) -> dict[str, Any]:
    """What was typed, as the settings keep it. Raises Invalid with `fields`."""
    problems: dict[str, object] = {}
    codes = {rate["code"] for rate in typed["rates"]}
    rates = []
    for at, rate in enumerate(typed["rates"]):
        code = rate["code"] or next(f"r{number}" for number in range(1, 99) if f"r{number}" not in codes)
        codes.add(code)
        rates.append(_read_rate(rate, code, f"rate-{at}-", shop, problems))
    if not typed["name"]:
        problems["name"] = _("Give the zone a name.")
    if problems:
        raise Invalid(_("Please correct the marked fields."), fields=problems)
    return {"id": zone_id, "name": typed["name"], "places": typed["places"], "rates": rates}


def _read_rate(
    rate: Mapping[str, Any], code: str, prefix: str, shop: ShopView, problems: dict[str, object]
) -> dict[str, Any]:
    def whole(name: str, default: int) -> int:
        text = rate[name]
        if text and not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX):
            problems[f"{prefix}{name}"] = _("Write a whole number.")
            return default
        return int(text) if text else default

    by = rate["by"] if rate["by"] in BY else WEIGHT
    if not rate["name"]:
        problems[f"{prefix}name"] = _("What do buyers read?")
    bands = []
    for row in rate["bands"]:
        up_to = _read_size(row["up_to"], by, shop) if row["up_to"] else None
        price = _read_amount(row["price"], shop)
        if (row["up_to"] and not up_to) or price is None:
            problems[f"{prefix}bands"] = _("Each line needs a price like 12.50, and a bound or none.")
        bands.append({"up_to": up_to, "price_minor": price or 0})
    if not bands:
        problems.setdefault(f"{prefix}bands", _("Write at least one price."))
    free = _read_amount(rate["free"], shop) if rate["free"] else 0
    if free is None:
        problems[f"{prefix}free"] = _("Write an amount such as 12.50.")
    return {
        "code": code,
        "name": rate["name"],
        "by": by,
        "bands": bands,
        "free_from_minor": free or 0,
        "handling_days": whole("handling", 0),
        "days_min": whole("days_min", 1),
        "days_max": whole("days_max", 3),
    }


def _read_amount(text: str, shop: ShopView) -> int | None:
    try:
        minor = parse_minor(text, shop.currency)
    except MoneyError:
        return None
    return minor if minor >= 0 else None


def _read_size(text: str, by: str, shop: ShopView) -> int | None:
    if by == WEIGHT:
        return read_weight(text, shop.weight_unit)
    if by == AMOUNT:
        return _read_amount(text, shop)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX else None


def first_problem(found: Mapping[str, Any]) -> object:
    """The first words in what the settings' schema found wrong with a zone."""
    for value in found.values():
        if isinstance(value, Mapping):
            return first_problem(value)
        if isinstance(value, (list, tuple)) and value:
            return value[0]
        return value
    return ""
