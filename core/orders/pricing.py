"""The one place where a total comes from: goods, discount, delivery, fees, tax, line by line, to the cent.

Plain functions without a database. Amounts are minor units of one currency; rates are parts per million.

- Discounts come from core.discounts.rules, which splits each over the lines that it is for (largest remainder).
- Tax is computed rate by rate: once on all that bears a rate and split over it, or line by line where the shop rounds
  so. Where prices include tax, it is the part `r / (1 + r)` of them and adds nothing; where they exclude it, it is
  added as a charge for each rate. Who is exempt pays prices without tax: what they include comes off as a discount.
- `sum(line.gross) + sum(charge.amount) == total` always.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from core.base.i18n import gettext
from core.base.money import PPM, allocate, round_minor
from core.contract.views import FeeLine
from core.discounts.rules import Goods, Grant, Offer, grant
from core.taxes.rules import NO_TAX, AppliedTax, DeliveryTax, Rounding, heaviest

ChargeKind = Literal["discount", "delivery", "fee", "tax"]
EXEMPT_CODE: Final = "tax.exempt"


@dataclass(frozen=True, slots=True)
class PricedItem:
    """One line to be priced: what it is called by, how many, at what unit price, and whether and how it is taxed."""

    key: str
    quantity: int
    unit_price_minor: int
    taxable: bool = True
    tax: AppliedTax | None = None
    """The rate of its kind of goods; None: the standard rate."""
    product_id: str = ""
    voucher: bool = False
    """A gift card: money for later, so no discount and no tax touches it."""

    @property
    def gross_minor(self) -> int:
        return self.quantity * self.unit_price_minor


@dataclass(frozen=True, slots=True)
class Taxing:
    """How a basket is taxed: the standard rate where it goes, whether prices include it, how it is rounded."""

    standard: AppliedTax = NO_TAX
    included: bool = True
    rounding: Rounding = "total"
    delivery: DeliveryTax = "standard"
    """Delivery bears the standard rate, the rate that most of the goods bear, or none."""
    exempt: str = ""
    """The words of the discount where the buyer owes no tax; empty: the buyer does."""


UNTAXED: Final = Taxing()


@dataclass(frozen=True, slots=True)
class TaxPart:
    """The tax of one rate: what it is computed on (without it) and what it comes to."""

    name: str
    ppm: int
    base_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of the total that is not goods. Discounts are negative. `tax_minor` is the tax that it bears."""

    kind: ChargeKind
    code: str
    label: str
    amount_minor: int
    tax_minor: int = 0
    tax: AppliedTax = NO_TAX


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
    tax: AppliedTax = NO_TAX


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
    taxes: tuple[TaxPart, ...] = ()
    """The tax by rate, the highest first; rates of 0 are left out."""
    grants: tuple[Grant, ...] = ()
    """The discounts that apply, and what each takes off."""
    vouchers_minor: int = 0
    """What of the total is put on gift cards; another gift card cannot pay for it."""


def _tax_on(base_minor: int, tax_ppm: int, included: bool) -> int:
    divisor = PPM + tax_ppm if included else PPM
    return round_minor(Decimal(base_minor) * tax_ppm / divisor)


@dataclass(frozen=True, slots=True)
class _Bearer:
    """Something that bears tax: what it is worth after discounts, at which rate."""

    value_minor: int
    tax: AppliedTax


def _taxes(bearers: Sequence[_Bearer], taxing: Taxing) -> list[int]:
    """What each bears of the tax: by rate on the whole and split, or each by itself."""
    if taxing.rounding == "line":
        return [_tax_on(bearer.value_minor, bearer.tax.ppm, taxing.included) for bearer in bearers]
    borne = [0] * len(bearers)
    for ppm in {bearer.tax.ppm for bearer in bearers} - {0}:
        places = [place for place, bearer in enumerate(bearers) if bearer.tax.ppm == ppm]
        values = [bearers[place].value_minor for place in places]
        if sum(values):
            parts = allocate(_tax_on(sum(values), ppm, taxing.included), values)
            for place, part in zip(places, parts, strict=True):
                borne[place] = part
    return borne


def _by_rate(bearers: Sequence[_Bearer], borne: Sequence[int], included: bool) -> tuple[TaxPart, ...]:
    found: dict[AppliedTax, tuple[int, int]] = {}
    for bearer, tax in zip(bearers, borne, strict=True):
        if bearer.tax.ppm and bearer.value_minor:
            base, before = found.get(bearer.tax, (0, 0))
            found[bearer.tax] = (base + bearer.value_minor - (tax if included else 0), before + tax)
    ordered = sorted(found.items(), key=lambda entry: (-entry[0].ppm, entry[0].name))
    return tuple(TaxPart(tax.name, tax.ppm, base, amount) for tax, (base, amount) in ordered)


def rate_label(tax: AppliedTax | TaxPart) -> str:
    """A rate as people read it: "VAT 7.5%"; one that the shop has not named is called tax, in the reader's language."""
    if not tax.ppm:
        return tax.name
    percent = f"{Decimal(tax.ppm) / 10_000:f}"
    if "." in percent:
        percent = percent.rstrip("0").rstrip(".")
    return f"{tax.name or gettext('Tax')} {percent}%"


def price(
    currency: str,
    items: Sequence[PricedItem],
    *,
    offers: Sequence[Offer] = (),
    delivery: tuple[str, str, int] | None = None,
    fees: Sequence[FeeLine] = (),
    taxing: Taxing = UNTAXED,
) -> Quote:
    """Price a basket. `delivery` is (code, label, price). Raises ValueError on a negative fee, price or quantity."""
    if any(item.quantity <= 0 or item.unit_price_minor < 0 for item in items):
        raise ValueError("quantities are positive and prices are not negative")
    if any(fee.amount_minor < 0 for fee in fees):
        raise ValueError("a fee line cannot be negative")
    goods = sum(item.gross_minor for item in items)
    vouchers = sum(item.gross_minor for item in items if item.voucher)
    delivery_minor = delivery[2] if delivery else 0
    off_by_line, grants = _granted(items, offers, delivery_minor)
    off_goods = sum(off_by_line)
    off_delivery = sum(one.delivery_minor for one in grants)

    bearers = [
        _Bearer(item.gross_minor - off, (item.tax or taxing.standard) if item.taxable and not item.voucher else NO_TAX)
        for item, off in zip(items, off_by_line, strict=True)
    ]
    goods_borne = [bearer for item, bearer in zip(items, bearers, strict=True) if not item.voucher]
    bearers.append(_Bearer(delivery_minor - off_delivery, _delivery_tax(goods_borne, taxing)))
    bearers.extend(_Bearer(fee.amount_minor, taxing.standard if fee.taxable else NO_TAX) for fee in fees)
    borne = _taxes(bearers, taxing)
    relief = [0] * len(borne)
    parts: tuple[TaxPart, ...] = ()
    if taxing.exempt:
        relief, borne = (borne if taxing.included else relief), [0] * len(borne)
        bearers = [_Bearer(bearer.value_minor, NO_TAX) for bearer in bearers]
    else:
        parts = _by_rate(bearers, borne, taxing.included)
    tax = sum(borne)
    place = len(items)

    charges: list[Charge] = []
    charges.extend(_discount(one, one.goods_minor) for one in grants if one.goods_minor)
    if delivery:
        charges.append(Charge("delivery", delivery[0], delivery[1], delivery_minor, borne[place], bearers[place].tax))
    charges.extend(_discount(one, one.delivery_minor) for one in grants if one.delivery_minor)
    charges.extend(
        Charge("fee", fee.code, fee.label, fee.amount_minor, fee_tax, bearer.tax)
        for fee, fee_tax, bearer in zip(fees, borne[place + 1 :], bearers[place + 1 :], strict=True)
    )
    if sum(relief):
        charges.append(Charge("discount", EXEMPT_CODE, taxing.exempt, -sum(relief)))
    if not taxing.included:
        charges.extend(
            Charge("tax", f"tax.{part.ppm}", rate_label(part), part.tax_minor) for part in parts if part.tax_minor
        )
    lines = tuple(
        QuoteLine(
            key=item.key,
            quantity=item.quantity,
            unit_price_minor=item.unit_price_minor,
            gross_minor=item.gross_minor,
            discount_minor=off + freed,
            total_minor=item.gross_minor - off - freed,
            tax_minor=line_tax,
            tax=bearer.tax,
        )
        for item, off, freed, line_tax, bearer in zip(
            items, off_by_line, relief[:place], borne[:place], bearers[:place], strict=True
        )
    )
    return Quote(
        currency=currency,
        lines=lines,
        charges=tuple(charges),
        goods_minor=goods,
        discount_minor=off_goods + off_delivery + sum(relief),
        delivery_minor=delivery_minor,
        fees_minor=sum(fee.amount_minor for fee in fees),
        tax_minor=tax,
        total_minor=goods + sum(charge.amount_minor for charge in charges),
        tax_included=taxing.included,
        taxes=parts,
        grants=grants,
        vouchers_minor=vouchers,
    )


def _granted(
    items: Sequence[PricedItem], offers: Sequence[Offer], delivery_minor: int
) -> tuple[list[int], tuple[Grant, ...]]:
    """What is taken off each line; nothing off gift cards."""
    goods = [item for item in items if not item.voucher]
    found = grant(
        offers, [Goods(item.product_id, item.quantity, item.unit_price_minor) for item in goods], delivery_minor
    )
    off = iter(found.off_lines)
    return [0 if item.voucher else next(off) for item in items], found.grants


def _discount(one: Grant, amount_minor: int) -> Charge:
    return Charge("discount", one.offer.code or one.offer.id, one.offer.label, -amount_minor)


def _delivery_tax(goods: Sequence[_Bearer], taxing: Taxing) -> AppliedTax:
    if taxing.delivery == "none":
        return NO_TAX
    if taxing.delivery == "goods":
        return heaviest([(bearer.tax, bearer.value_minor) for bearer in goods]) or taxing.standard
    return taxing.standard
