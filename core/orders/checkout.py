"""What a checkout shows: the cart priced line by line, the ways to deliver, the ways to pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.base.i18n import gettext
from core.contract.providers import PaymentMethod, PayOffer
from core.contract.runtime import dispatch, health, registry
from core.contract.views import AddressView
from core.giftcards.errors import GiftCardRefused
from core.giftcards.spending import SpendableCard, spendable_card
from core.orders.basket import (
    CartItem,
    DeliveryChoice,
    LoadedCart,
    basket_view,
    delivery_options,
    load_cart,
    plugin_fees,
    quote_items,
)
from core.orders.discounting import CartOffers, offers_for
from core.orders.errors import CartEmpty
from core.orders.pricing import Quote
from core.shops.context import ShopContext
from core.taxes.queries import exemption_of


@dataclass(frozen=True, slots=True)
class CartLineView:
    """A cart's line as its page shows it. `problem`: gone (not for sale), short (less is left), price_changed."""

    item: CartItem
    total_minor: int
    problem: str | None


@dataclass(frozen=True, slots=True)
class CartView:
    """A cart priced line by line. `can_checkout` is false while a line is gone or short."""

    cart_id: str
    lines: tuple[CartLineView, ...]
    quote: Quote
    coupon_code: str | None
    coupon_problem: str | None
    can_checkout: bool
    card: SpendableCard | None
    card_problem: str | None
    extras: Mapping[str, Mapping[str, Any]]

    @property
    def card_minor(self) -> int:
        """What of the total the gift card pays."""
        payable = self.quote.total_minor - self.quote.vouchers_minor
        return min(self.card.left_minor, payable) if self.card is not None else 0

    @property
    def to_pay_minor(self) -> int:
        """What is left to pay."""
        return self.quote.total_minor - self.card_minor

    @property
    def count(self) -> int:
        return sum(line.item.quantity for line in self.lines)

    @property
    def requires_shipping(self) -> bool:
        return any(line.item.requires_shipping for line in self.lines)


@dataclass(frozen=True, slots=True)
class PaymentChoice:
    """One way to pay, as checkout offers it."""

    provider_id: str
    label: str
    detail: str
    icon: str


def _problem(item: CartItem) -> str | None:
    if not item.for_sale:
        return "gone"
    if not item.enough:
        return "short"
    return "price_changed" if item.unit_price_minor != item.seen_price_minor else None


def view_cart(
    shop: ShopContext,
    cart_id: str | None,
    *,
    address: AddressView | None = None,
    delivery: str | None = None,
    customer_id: str | None = None,
    email: str = "",
    loaded: LoadedCart | None = None,
) -> CartView:
    """A cart with everything priced. A code that no longer holds is left out and its reason told. Raises CartEmpty.

    Tax is that of the address, or of the shop's standard rate while there is none; none for a customer who is exempt.
    `loaded` is the cart where the caller has read it already in this request.
    """
    cart = loaded or load_cart(shop.merchant_id, cart_id)
    if cart is None or cart.order_id is not None or not cart.items:
        raise CartEmpty
    items = [item for item in cart.items if item.for_sale]
    basket = basket_view(shop, cart, address)
    offers = offers_for(shop, items, cart.coupon_code, email=email, customer_id=customer_id)
    chosen = None
    if address is not None and delivery is not None and any(item.requires_shipping for item in items):
        chosen = next((c for c in delivery_options(shop, basket, address) if c.key == delivery), None)
    quote = quote_items(
        shop,
        items,
        offers=offers.all,
        delivery=chosen,
        fees=plugin_fees(shop, basket),
        address=address,
        exempt=exemption_of(shop.merchant_id, customer_id) is not None,
    )
    totals = {line.key: line.gross_minor for line in quote.lines}
    card, card_problem = _card(shop, cart)
    lines = tuple(CartLineView(item, totals.get(item.line_id, 0), _problem(item)) for item in cart.items)
    return CartView(
        cart_id=cart.cart_id,
        lines=lines,
        quote=quote,
        coupon_code=cart.coupon_code,
        coupon_problem=_code_problem(offers, quote),
        card=card,
        card_problem=card_problem,
        can_checkout=all(line.problem not in ("gone", "short") for line in lines),
        extras=cart.extras,
    )


def _code_problem(offers: CartOffers, quote: Quote) -> str | None:
    if offers.refusal is not None:
        return str(offers.refusal)
    if offers.typed is not None and not offers.applies(quote):
        return gettext("What the shop gives by itself is worth more than this code, and they do not go together.")
    return None


def _card(shop: ShopContext, cart: LoadedCart) -> tuple[SpendableCard | None, str | None]:
    if not cart.gift_card_id:
        return None, None
    try:
        return spendable_card(shop.merchant_id, cart.gift_card_id), None
    except GiftCardRefused as refusal:
        return None, str(refusal)


def delivery_choices(
    shop: ShopContext, cart_id: str | None, address: AddressView, *, loaded: LoadedCart | None = None
) -> list[DeliveryChoice]:
    """The ways to deliver a cart to an address, the cheapest first; empty when there is none."""
    cart = loaded or load_cart(shop.merchant_id, cart_id)
    if cart is None:
        return []
    return delivery_options(shop, basket_view(shop, cart, address), address)


def payment_choices(shop: ShopContext, amount_minor: int) -> list[PaymentChoice]:
    """The ways to pay an amount in this shop, without those that keep failing while another works."""
    offers = []
    for method in registry().providers(PaymentMethod, shop.plugins):
        try:
            offer = _offer(shop, method, amount_minor)
        except Exception as error:
            dispatch().note_fault(shop.merchant_id, method.plugin_id, "payment", error)
            continue
        if offer is not None:
            offers.append((offer, method))
    works = set(health().willing(shop.merchant_id, [method for _offer, method in offers]))
    kept = sorted((offer.order, method.id, offer) for offer, method in offers if method in works)
    return [PaymentChoice(provider_id, offer.label, offer.detail, offer.icon) for _order, provider_id, offer in kept]


def _offer(shop: ShopContext, method: PaymentMethod, amount_minor: int) -> PayOffer | None:
    view = shop.view(method.plugin_id)
    return health().ask(
        shop.merchant_id,
        method.plugin_id,
        "offer",
        lambda: method.offer(view, amount_minor, shop.currency),
    )
