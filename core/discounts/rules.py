"""What discounts come to, to the cent. Plain functions without a database; amounts are minor units of one currency.

Discounts on goods work one after another on what the earlier ones left: first "buy some, get some", then what is
bound to products, then what is for everything. A line never falls below zero. Of those that may not stand together,
the set that is worth most to the buyer applies; the same basket always gives the same set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from core.base.money import PPM, allocate, share_ppm

DiscountKind = Literal["percent", "amount", "shipping", "bxgy"]
KINDS: Final[tuple[DiscountKind, ...]] = ("percent", "amount", "shipping", "bxgy")


@dataclass(frozen=True, slots=True)
class Offer:
    """A discount that may apply to a basket: a share or an amount off goods, free delivery, or "buy some, get some".

    `products` are those that it is bound to (for "buy some": those to buy), None for all; `gets` those that are then
    lowered by `rate_ppm`. The least value and the least number count what it is bound to.
    """

    id: str
    label: str
    kind: DiscountKind
    code: str = ""
    """What the buyer typed; empty where it applies by itself."""
    rate_ppm: int = 0
    amount_minor: int = 0
    products: frozenset[str] | None = None
    gets: frozenset[str] | None = None
    buy_quantity: int = 1
    get_quantity: int = 1
    rounds_max: int | None = None
    minimum_minor: int = 0
    minimum_quantity: int = 0
    with_goods: bool = False
    """May stand together with discounts on goods."""
    with_delivery: bool = False
    """May stand together with free delivery."""

    @property
    def on_delivery(self) -> bool:
        return self.kind == "shipping"

    def covers(self, product_id: str) -> bool:
        """Whether a product is among those that it is bound to."""
        return self.products is None or product_id in self.products


@dataclass(frozen=True, slots=True)
class Goods:
    """A line of goods as discounts see it."""

    product_id: str
    quantity: int
    unit_minor: int

    @property
    def gross_minor(self) -> int:
        return self.quantity * self.unit_minor


@dataclass(frozen=True, slots=True)
class Grant:
    """A discount that applies, and what it takes off the goods and off the delivery."""

    offer: Offer
    goods_minor: int
    delivery_minor: int

    @property
    def total_minor(self) -> int:
        return self.goods_minor + self.delivery_minor


@dataclass(frozen=True, slots=True)
class Granted:
    """The discounts of a basket: what is taken off each line in all, and which discount takes how much."""

    off_lines: tuple[int, ...]
    grants: tuple[Grant, ...]

    @property
    def total_minor(self) -> int:
        return sum(grant.total_minor for grant in self.grants)


def grant(offers: Sequence[Offer], goods: Sequence[Goods], delivery_minor: int = 0) -> Granted:
    """The best set of these offers for a basket whose delivery costs so much."""
    fitting = [offer for offer in offers if reached(offer, goods)]
    sets = _sets(sorted(fitting, key=_order))
    return max(
        (_together(chosen, goods, delivery_minor) for chosen in sets),
        key=lambda made: (made.total_minor, len(made.grants), any(one.offer.code for one in made.grants)),
    )


def _sets(offers: Sequence[Offer]) -> list[list[Offer]]:
    """The sets that may stand together and to which nothing can be added: the best one is among them.

    Adding an offer never makes the rest dearer, so smaller sets need no look.
    """
    on_goods = [offer for offer in offers if not offer.on_delivery]
    found: list[list[Offer]] = []
    for delivery in (None, *(offer for offer in offers if offer.on_delivery)):
        beside = [offer for offer in on_goods if delivery is None or _combine(offer, delivery)]
        kept = [delivery] if delivery else []
        found.append([*(offer for offer in beside if offer.with_goods), *kept])
        found.extend([offer, *kept] for offer in beside if not offer.with_goods)
    return found


def reached(offer: Offer, goods: Sequence[Goods]) -> bool:
    """Whether the basket has what the offer asks for at least."""
    bound = [line for line in goods if offer.covers(line.product_id)]
    return (
        bool(bound)
        and sum(line.gross_minor for line in bound) >= offer.minimum_minor
        and sum(line.quantity for line in bound) >= offer.minimum_quantity
    )


def _combine(on_goods: Offer, on_delivery: Offer) -> bool:
    return on_goods.with_delivery and on_delivery.with_goods


def _order(offer: Offer) -> tuple[int, bool, str]:
    turn = 0 if offer.kind == "bxgy" else 1 if offer.products is not None else 2
    return turn, not offer.code, offer.id


def _together(offers: Sequence[Offer], goods: Sequence[Goods], delivery_minor: int) -> Granted:
    left = [line.gross_minor for line in goods]
    grants = []
    for offer in sorted(offers, key=_order):
        if offer.on_delivery:
            grants.append(Grant(offer, 0, delivery_minor))
            continue
        off = _some_free(offer, goods, left) if offer.kind == "bxgy" else _lowered(offer, goods, left)
        left = [before - part for before, part in zip(left, off, strict=True)]
        grants.append(Grant(offer, sum(off), 0))
    return Granted(tuple(line.gross_minor - rest for line, rest in zip(goods, left, strict=True)), tuple(grants))


def _lowered(offer: Offer, goods: Sequence[Goods], left: Sequence[int]) -> list[int]:
    values = [rest if offer.covers(line.product_id) else 0 for line, rest in zip(goods, left, strict=True)]
    whole = sum(values)
    off = share_ppm(whole, offer.rate_ppm) if offer.kind == "percent" else min(whole, offer.amount_minor)
    return allocate(off, values) if off else [0] * len(values)


def _some_free(offer: Offer, goods: Sequence[Goods], left: Sequence[int]) -> list[int]:
    """ "Buy some, get some": the cheapest of what may be got are lowered; what is got does not count as bought."""
    gets = offer.gets
    places = [
        place
        for place, line in enumerate(goods)
        if (gets is None or line.product_id in gets) and line.unit_minor and left[place]
    ]
    places.sort(key=lambda place: (goods[place].unit_minor, offer.covers(goods[place].product_id), place))
    bought = sum(line.quantity for line in goods if offer.covers(line.product_id))
    most = sum(goods[place].quantity for place in places)
    if offer.rounds_max is not None:
        most = min(most, offer.rounds_max * offer.get_quantity)

    def possible(got: int) -> bool:
        rounds = -(-got // offer.get_quantity)
        return bought - _bought_among(offer, goods, places, got) >= rounds * offer.buy_quantity

    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if possible(middle) else (low, middle - 1)
    off = [0] * len(goods)
    for place in places:
        pieces = min(low, goods[place].quantity)
        low -= pieces
        off[place] = min(left[place], share_ppm(pieces * goods[place].unit_minor, offer.rate_ppm or PPM))
    return off


def _bought_among(offer: Offer, goods: Sequence[Goods], places: Sequence[int], got: int) -> int:
    """How many of the first pieces that are got would otherwise count as bought."""
    counted = 0
    for place in places:
        pieces = min(got, goods[place].quantity)
        got -= pieces
        if offer.covers(goods[place].product_id):
            counted += pieces
    return counted
