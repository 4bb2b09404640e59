"""What delivery costs: plain functions of weight and value. Amounts in minor units, weights in grams."""

from __future__ import annotations


def flat_price(price_minor: int, free_over_minor: int, goods_minor: int) -> int:
    """The flat price, or nothing from a value of the goods on (0 means that it never is free)."""
    return 0 if free_over_minor and goods_minor >= free_over_minor else price_minor


def weight_price(grams: int, *, first_grams: int, first_minor: int, step_grams: int, step_minor: int) -> int:
    """The price of a weight: the first weight at its price, then each further step that is begun (首重 + 续重)."""
    further = max(0, grams - first_grams)
    return first_minor + -(-further // step_grams) * step_minor
