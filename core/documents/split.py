"""What a part of an invoice's money means for its taxes: plain functions without a database.

Parts are taken one after another from what is left: each takes of every rate its share (largest remainder), and of the
rate's tax the same share by the one rounding rule. So parts never add up to more than the invoice, and when all money
has gone back every rate and its tax have gone back to the cent.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from core.base.money import allocate, round_minor
from core.documents.content import PaperTax


class TooMuch(ValueError):
    """More than is left of the invoice."""


def taxes_of(bearers: Sequence[tuple[str, int, int, int]], *, included: bool) -> tuple[PaperTax, ...]:
    """The taxes of what bears them: (name, rate, value after discount, tax); by rate, the highest first.

    `included` says whether the value has its tax within.
    """
    found: dict[tuple[str, int], tuple[int, int]] = {}
    for name, ppm, value, tax in bearers:
        base, before = found.get((name, ppm), (0, 0))
        found[name, ppm] = (base + value - (tax if included else 0), before + tax)
    ordered = sorted(found.items(), key=lambda entry: (-entry[0][1], entry[0][0]))
    return tuple(PaperTax(name, ppm, base, tax) for (name, ppm), (base, tax) in ordered if base or tax)


def left_of(whole: Sequence[PaperTax], gone: Sequence[PaperTax]) -> tuple[PaperTax, ...]:
    """What is left of each rate after parts that have gone back."""
    back: dict[tuple[str, int], tuple[int, int]] = {}
    for part in gone:
        base, tax = back.get((part.name, part.rate_ppm), (0, 0))
        back[part.name, part.rate_ppm] = (base + part.base_minor, tax + part.tax_minor)
    return tuple(
        PaperTax(one.name, one.rate_ppm, one.base_minor - base, one.tax_minor - tax)
        for one in whole
        for base, tax in (back.get((one.name, one.rate_ppm), (0, 0)),)
    )


def share_of(left: Sequence[PaperTax], amount_minor: int) -> tuple[PaperTax, ...]:
    """How an amount that goes back divides over the rates that are left. Raises TooMuch."""
    if amount_minor <= 0 or amount_minor > sum(one.gross_minor for one in left):
        raise TooMuch
    parts = allocate(amount_minor, [one.gross_minor for one in left])
    shares = []
    for one, part in zip(left, parts, strict=True):
        if part:
            tax = round_minor(Decimal(one.tax_minor) * part / one.gross_minor)
            shares.append(PaperTax(one.name, one.rate_ppm, part - tax, tax))
    return tuple(shares)
