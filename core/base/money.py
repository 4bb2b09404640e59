"""Exact money: whole minor units, one rounding rule, splits that add up.

The rounding rule of the whole product stands here and nowhere else: an exact Decimal becomes minor units by
rounding half away from zero (commercial rounding, 四舍五入), once, at the end of a computation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from babel.numbers import get_currency_precision, list_currencies

MAX_MINOR = 10**15
PPM = 1_000_000


class MoneyError(ValueError):
    """An amount that cannot be: unknown currency, two currencies mixed, too many digits, out of range."""


@lru_cache(maxsize=256)
def minor_digits(currency: str) -> int:
    """Number of digits after the point of an ISO 4217 currency (CNY 2, JPY 0, KWD 3). Raises MoneyError."""
    if currency not in list_currencies():
        raise MoneyError(f"{currency!r} is not an ISO 4217 currency")
    return get_currency_precision(currency)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount of one currency in its minor units (cents, fen; yen has none)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise MoneyError("an amount is a whole number of minor units")
        if abs(self.minor) > MAX_MINOR:
            raise MoneyError("an amount of this size cannot be right")

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise MoneyError(f"{self.currency} and {other.currency} cannot be added")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))


def round_minor(exact: Decimal) -> int:
    """Round an exact amount in minor units by the one rule (half away from zero)."""
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def share_ppm(amount_minor: int, rate_ppm: int) -> int:
    """The part of an amount that a rate in parts per million stands for, rounded by the one rule."""
    return round_minor(Decimal(amount_minor) * rate_ppm / PPM)


def parse_minor(text: str, currency: str) -> int:
    """Read what a person or a file wrote ("12.50") as minor units; refuses more digits than the currency has.

    Raises MoneyError with words for the person.
    """
    cleaned = text.strip()
    try:
        value = Decimal(cleaned)
    except InvalidOperation:
        raise MoneyError(f"{text!r} is not an amount") from None
    if not value.is_finite():
        raise MoneyError(f"{text!r} is not an amount")
    if abs(value) > MAX_MINOR:
        raise MoneyError("an amount of this size cannot be right")
    minor = value.scaleb(minor_digits(currency))
    if minor != minor.to_integral_value():
        raise MoneyError(f"{currency} has {minor_digits(currency)} digits after the point, {text!r} has more")
    return Money(int(minor), currency).minor


def allocate(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Split a whole by weights so that the parts always add up to it (largest remainder, ties to the first).

    Weights are non-negative integers, not all zero unless the total is zero. Works for negative totals.
    """
    if any(weight < 0 for weight in weights):
        raise MoneyError("weights of a split cannot be negative")
    weight_sum = sum(weights)
    if weight_sum == 0:
        if total_minor == 0:
            return [0 for _ in weights]
        raise MoneyError("a split needs at least one part with weight")
    sign, whole = (-1, -total_minor) if total_minor < 0 else (1, total_minor)
    parts = [whole * weight // weight_sum for weight in weights]
    remainders = [whole * weight % weight_sum for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-remainders[index], index))
    for index in by_remainder[: whole - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]
