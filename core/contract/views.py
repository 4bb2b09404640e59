"""Plain, read-only pictures of the trade that hooks and providers are given. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class ShopView:
    """The shop that a call is about, with the caller's plugin settings for its merchant."""

    merchant_id: str
    slug: str
    name: str
    currency: str
    locale: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    weight_unit: str = "g"
    """The unit in which the merchant weighs: g, kg, oz, lb."""


class ShopViews(dict[str, ShopView]):
    """One shop as each plugin sees it, by plugin id; each view is made on first use.

    `plain` is the shop without any plugin's settings; `settings_of(plugin_id)` gives a plugin's own. Dispatch accepts
    it in the place of a ShopView and hands each plugin the view that holds its settings, and no other's.
    """

    __slots__ = ("_settings_of", "plain")

    def __init__(self, plain: ShopView, settings_of: Callable[[str], Mapping[str, Any]]) -> None:
        super().__init__()
        self.plain = plain
        self._settings_of = settings_of

    def __missing__(self, plugin_id: str) -> ShopView:
        view = self[plugin_id] = replace(self.plain, settings=self._settings_of(plugin_id))
        return view


@dataclass(frozen=True, slots=True)
class AddressView:
    name: str
    phone: str
    country: str
    region: str
    city: str
    line1: str
    line2: str = ""
    postal_code: str = ""
    company: str = ""
    tax_id: str = ""
    """The company's tax number, for the invoice."""


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of a basket or order. `total_minor` is after line discounts."""

    line_id: str
    product_id: str
    variant_id: str
    sku: str
    name: str
    quantity: int
    unit_price_minor: int
    total_minor: int
    weight_grams: int
    requires_shipping: bool


@dataclass(frozen=True, slots=True)
class BasketView:
    """What is about to be bought. `extras` holds what plugins stored with the cart, by plugin id."""

    cart_id: str
    currency: str
    lines: tuple[LineView, ...]
    goods_minor: int
    address: AddressView | None
    extras: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def weight_grams(self) -> int:
        return sum(line.weight_grams * line.quantity for line in self.lines if line.requires_shipping)


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as a notice or slot sees it."""

    order_id: str
    code: str
    state: str
    currency: str
    total_minor: int
    lines: tuple[LineView, ...]
    extras: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FeeLine:
    """A line that a plugin adds to an order's total (wrapping, insurance). Negative amounts are refused.

    `code` is `<plugin>.<what>`; `taxable` says whether the shop's tax applies.
    """

    code: str
    label: str
    amount_minor: int
    taxable: bool = True
