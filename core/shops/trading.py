"""How a shop trades, as its merchant sets it: what checkout asks, how orders are numbered, who hears what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from core.base.i18n import lazy_gettext as _l

COMPANY: Final = ("", "optional", "required")
GRAMS: Mapping[str, Decimal] = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "oz": Decimal("28.349523125"),
    "lb": Decimal("453.59237"),
}
"""How many grams each unit of weight is."""
NOTICES: Mapping[str, Any] = {
    "order_paid": _l("An order is paid"),
    "refund_requested": _l("A buyer asks for money back"),
    "payout_failed": _l("A withdrawal fails"),
}
"""What a merchant can have written to addresses of theirs."""
ADDRESSES_MAX: Final = 10
RETURN_DAYS: Final = 30
PAY_LINK_DAYS: Final = 7
"""Somebody who is sent a link needs longer than somebody who stands at the checkout."""
DAYS: Final[Mapping[str, tuple[int, int]]] = {"return_days": (0, 365), "pay_link_days": (1, 90)}
"""Numbers of days that a merchant sets, with their bounds."""
_PREFIX = re.compile(r"[A-Z0-9]{0,4}")
_ADDRESS = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_DECIMALS: Mapping[str, int] = {"g": 0, "kg": 3, "oz": 2, "lb": 3}


@dataclass(frozen=True, slots=True)
class CheckoutRules:
    """What checkout asks of a buyer."""

    phone_needed: bool
    company: str
    """Empty: not asked for; `optional`; `required`."""
    note_asked: bool
    terms_needed: bool
    terms_link: str
    tax_id_asked: bool = False
    """Companies may write their tax number."""


def checkout_rules(options: Mapping[str, Any]) -> CheckoutRules:
    """What a shop's checkout asks, from its settings."""
    return CheckoutRules(
        phone_needed=not options.get("phone_optional"),
        company=str(options.get("company_asked") or ""),
        note_asked=not options.get("note_hidden"),
        terms_needed=bool(options.get("terms_required")),
        terms_link=str(options.get("terms_link") or ""),
        tax_id_asked=bool(options.get("company_asked") and options.get("tax_id_asked")),
    )


def order_prefix(options: Mapping[str, Any]) -> str:
    """What the codes of orders begin with: `TEA-`, or nothing."""
    prefix = str(options.get("order_prefix") or "")
    return f"{prefix}-" if prefix else ""


def return_days(options: Mapping[str, Any]) -> int:
    """So many days after the last parcel left a buyer may ask to send goods back; 0: only staff open returns."""
    return int(options.get("return_days", RETURN_DAYS))


def pay_link_days(options: Mapping[str, Any]) -> int:
    """So many days somebody may pay an order that staff made."""
    return int(options.get("pay_link_days", PAY_LINK_DAYS))


def weight_unit(options: Mapping[str, Any]) -> str:
    """The unit in which a merchant weighs."""
    unit = str(options.get("weight_unit") or "g")
    return unit if unit in GRAMS else "g"


def weight_text(grams: int, unit: str) -> str:
    """A weight as a form holds it, in a unit; read again by `read_weight` it is the same to the gram."""
    exact = (Decimal(grams) / GRAMS[unit]).quantize(Decimal(1).scaleb(-_DECIMALS[unit]), ROUND_HALF_UP)
    return f"{exact.normalize():f}"


def read_weight(text: str, unit: str) -> int | None:
    """What somebody wrote in a unit, in whole grams; None where it is no weight."""
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 <= value <= 10**9:
        return None
    return int((value * GRAMS[unit]).quantize(Decimal(1), ROUND_HALF_UP))


def addresses_for(options: Mapping[str, Any], notice: str) -> list[str]:
    """To whom a notice is written."""
    return [str(one) for one in (options.get("notices") or {}).get(notice, ())]


def check_trading(name: str, value: Any) -> tuple[Any, object | None]:
    """A setting of trade as it is stored, and what is wrong with it. Raises KeyError for what is none."""
    if name == "order_prefix":
        text = str(value or "").strip().upper()
        fits = _PREFIX.fullmatch(text) is not None
        return text, None if fits else _l("Up to four letters A-Z and digits.")
    if name == "company_asked":
        return value, None if value in COMPANY else _l("Choose one of these.")
    if name == "weight_unit":
        return value, None if value in GRAMS else _l("Choose one of these.")
    if name == "terms_link":
        text = str(value or "").replace("\x00", "").strip()
        fits = not text or (text.startswith(("/", "https://")) and not text.startswith("//") and len(text) <= 300)
        return text, None if fits else _l("Write an address like /pages/terms or https://example.com.")
    if name in DAYS:
        least, most = DAYS[name]
        fits = isinstance(value, int) and least <= value <= most
        return value, None if fits else _l("Write a number from %(least)s to %(most)s.", least=least, most=most)
    if name == "notices":
        return _notices(value)
    raise KeyError(name)


def _notices(value: Mapping[str, str]) -> tuple[dict[str, list[str]], object | None]:
    found: dict[str, list[str]] = {}
    for notice in NOTICES:
        given = [one for one in re.split(r"[\s,;]+", str(value.get(notice, ""))) if one]
        found[notice] = list(dict.fromkeys(given))
        wrong = next((one for one in given if not _ADDRESS.fullmatch(one) or len(one) > 254), None)
        if wrong is not None:
            return found, _l("%(address)s is not an e-mail address.", address=wrong[:80])
        if len(found[notice]) > ADDRESSES_MAX:
            return found, _l("At most %(count)d addresses for each.", count=ADDRESSES_MAX)
    return found, None
