"""The one place where a total comes from: goods, discount, delivery, fees, tax, line by line, to the cent.

Plain functions without a database. Amounts are minor units of one currency; rates are parts per million.

- A discount is computed once on the goods and split over the lines by their value (largest remainder).
- Tax is computed once on everything taxable, rounded by the one rule, and split over what bears it. Where prices
  include tax, it is the part `r / (1 + r)` of them and adds nothing; where they exclude it, it is added as a charge.
- `sum(line.gross) + sum(charge.amount) == total` always.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from core.base.money import PPM, allocate, round_minor, share_ppm
from core.contract.views import FeeLine

ChargeKind = Literal["discount", "delivery", "fee", "tax"]


@dataclass(frozen=True, slots=True)
class PricedItem:
    """One line to be priced: what it is called by, how many, at what unit price, and whether tax applies."""

    key: str
    quantity: int
    unit_price_minor: int
    taxable: bool = True

    @property
    def gross_minor(self) -> int:
        return self.quantity * self.unit_price_minor


@dataclass(frozen=True, slots=True)
class Discount:
    """What a coupon grants: a share of the goods, an amount off the goods, or free delivery."""

    code: str
    label: str
    rate_ppm: int = 0
    amount_minor: int = 0
    free_delivery: bool = False


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of the total that is not goods. Discounts are negative. `tax_minor` is the tax that it bears."""

    kind: ChargeKind
    code: str
    label: str
    amount_minor: int
    tax_minor: int = 0


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A priced line: `total = gross - discount`; `tax` is what it bears of the tax, inside or on top of the total."""

    key: str
    quantity: int
    unit_price_minor: int
    gross_minor: int
    discount_minor: int
    total_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A whole price. `goods` is before discount; `discount` is positive and includes free delivery."""

    currency: str
    lines: tuple[QuoteLine, ...]
    charges: tuple[Charge, ...]
    goods_minor: int
    discount_minor: int
    delivery_minor: int
    fees_minor: int
    tax_minor: int
    total_minor: int
    tax_included: bool


def _tax_on(base_minor: int, tax_ppm: int, included: bool) -> int:
    divisor = PPM + tax_ppm if included else PPM
    return round_minor(Decimal(base_minor) * tax_ppm / divisor)


def _goods_discount(discount: Discount | None, goods_minor: int) -> int:
    if discount is None:
        return 0
    return min(goods_minor, share_ppm(goods_minor, discount.rate_ppm) + discount.amount_minor)


def price(
    currency: str,
    items: Sequence[PricedItem],
    *,
    discount: Discount | None = None,
    delivery: tuple[str, str, int] | None = None,
    fees: Sequence[FeeLine] = (),
    tax_ppm: int = 0,
    tax_included: bool = True,
    tax_label: str = "Tax",
) -> Quote:
    """Price a basket. `delivery` is (code, label, price). Raises ValueError on a negative fee, price or quantity."""
    if any(item.quantity <= 0 or item.unit_price_minor < 0 for item in items):
        raise ValueError("quantities are positive and prices are not negative")
    if any(fee.amount_minor < 0 for fee in fees):
        raise ValueError("a fee line cannot be negative")
    goods = sum(item.gross_minor for item in items)
    off_goods = _goods_discount(discount, goods)
    off_by_line = allocate(off_goods, [item.gross_minor for item in items]) if goods else [0] * len(items)
    delivery_minor = delivery[2] if delivery else 0
    off_delivery = delivery_minor if discount and discount.free_delivery else 0

    taxed = [item.gross_minor - off if item.taxable else 0 for item, off in zip(items, off_by_line, strict=True)]
    taxed.append(delivery_minor - off_delivery)
    taxed.extend(fee.amount_minor if fee.taxable else 0 for fee in fees)
    tax = _tax_on(sum(taxed), tax_ppm, tax_included)
    taxes = allocate(tax, taxed) if sum(taxed) else [0] * len(taxed)
    line_taxes, delivery_tax, fee_taxes = taxes[: len(items)], taxes[len(items)], taxes[len(items) + 1 :]

    charges: list[Charge] = []
    if discount and off_goods:
        charges.append(Charge("discount", discount.code, discount.label, -off_goods))
    if delivery:
        charges.append(Charge("delivery", delivery[0], delivery[1], delivery_minor, delivery_tax))
    if discount and off_delivery:
        charges.append(Charge("discount", discount.code, discount.label, -off_delivery))
    charges.extend(
        Charge("fee", fee.code, fee.label, fee.amount_minor, fee_tax)
        for fee, fee_tax in zip(fees, fee_taxes, strict=True)
    )
    if tax and not tax_included:
        charges.append(Charge("tax", "tax", tax_label, tax))
    lines = tuple(
        QuoteLine(
            key=item.key,
            quantity=item.quantity,
            unit_price_minor=item.unit_price_minor,
            gross_minor=item.gross_minor,
            discount_minor=off,
            total_minor=item.gross_minor - off,
            tax_minor=line_tax,
        )
        for item, off, line_tax in zip(items, off_by_line, line_taxes, strict=True)
    )
    return Quote(
        currency=currency,
        lines=lines,
        charges=tuple(charges),
        goods_minor=goods,
        discount_minor=off_goods + off_delivery,
        delivery_minor=delivery_minor,
        fees_minor=sum(fee.amount_minor for fee in fees),
        tax_minor=tax,
        total_minor=goods + sum(charge.amount_minor for charge in charges),
        tax_included=tax_included,
    )
