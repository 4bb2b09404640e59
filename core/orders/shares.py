"""What single pieces of an order are worth: how much goes back when some of them are cancelled or returned.

Plain functions without a database. Amounts are minor units of the order's currency. A line's value is what was paid
for it, discount and tax considered; what was paid beside the goods (delivery, fees, their tax) belongs to the lines by
their value. Pieces are valued one after another: the first k pieces of a line are worth its value split by largest
remainder into k and the rest, so whatever is taken in whatever steps adds up to what was paid, and never to more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.base.money import allocate


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line with what was paid for all of it; of `gone` pieces the money has gone back before."""

    line_id: str
    quantity: int
    value_minor: int
    gone: int = 0


class TooMany(ValueError):
    """More pieces than are left."""


def worth(
    lines: Sequence[PaidLine], wanted: Mapping[str, int], *, beside_minor: int = 0, with_beside: bool = True
) -> int:
    """What so many more pieces of each line are worth; with their share of what was paid beside the goods, or without.

    Raises TooMany, KeyError for a line that is not there.
    """
    beside = dict(zip((line.line_id for line in lines), _split_beside(lines, beside_minor), strict=True))
    by_id = {line.line_id: line for line in lines}
    total = 0
    for line_id, count in wanted.items():
        line = by_id[line_id]
        if count < 0 or line.gone + count > line.quantity:
            raise TooMany
        total += _pieces(line.value_minor, line, count)
        if with_beside:
            total += _pieces(beside[line_id], line, count)
    return total


def _split_beside(lines: Sequence[PaidLine], beside_minor: int) -> list[int]:
    weights = [line.value_minor for line in lines]
    if not sum(weights):
        weights = [line.quantity for line in lines]
    return allocate(beside_minor, weights)


def _pieces(value_minor: int, line: PaidLine, count: int) -> int:
    """The value of the pieces that follow those that are gone."""
    return _first(value_minor, line.gone + count, line.quantity) - _first(value_minor, line.gone, line.quantity)


def _first(value_minor: int, count: int, of: int) -> int:
    return allocate(value_minor, [count, of - count])[0]
