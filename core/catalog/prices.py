"""Changing many prices by one rule: exact, rounded once, never below zero. Needs no database."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, get_args

from core.base.money import MAX_MINOR, PPM, minor_digits, round_minor

Mode = Literal["percent", "amount", "set"]
Rounding = Literal["none", "whole", "ninety", "ninety-nine", "tens"]
MODES: Final = get_args(Mode)
ROUNDINGS: Final = get_args(Rounding)


@dataclass(frozen=True, slots=True)
class PriceRule:
    """`rate_ppm` for percent (−100 % to +1000 %), `amount_minor` for amount and set."""

    mode: Mode
    rate_ppm: int = 0
    amount_minor: int = 0
    rounding: Rounding = "none"


def new_price(price_minor: int, rule: PriceRule, currency: str) -> int:
    """A price after the rule, in minor units; between 0 and the largest amount that can be right.

    A percentage is computed exactly and rounded half away from zero. Rounding to an ending (x.90, x.99) or to whole
    units takes the nearest such price, the higher of two as near; a price above zero never becomes free by rounding.
    """
    if rule.mode == "percent":
        exact = Decimal(price_minor) * (PPM + rule.rate_ppm) / PPM
        found = round_minor(exact)
    elif rule.mode == "amount":
        found = price_minor + rule.amount_minor
    else:
        found = rule.amount_minor
    found = max(0, min(found, MAX_MINOR))
    rounded = _rounded(found, rule.rounding, 10 ** minor_digits(currency)) if found else 0
    return rounded if rounded > 0 else found


def _rounded(price_minor: int, rounding: Rounding, unit: int) -> int:
    if rounding == "none" or (unit == 1 and rounding != "tens"):
        return price_minor
    step, ending = unit, 0
    if rounding == "tens":
        step = 10 * unit
    elif rounding == "ninety":
        ending = unit * 9 // 10
    elif rounding == "ninety-nine":
        ending = unit - unit // 100 if unit >= 100 else unit * 9 // 10
    below = (price_minor - ending) // step * step + ending
    above = below + step
    nearest = above if above - price_minor <= price_minor - below else below
    return nearest if nearest >= 0 else above
