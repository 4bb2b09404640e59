"""Discounts as carts and orders take them: who may use a code, which discounts apply, what is written of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select

from core.base.database import db
from core.base.i18n import lazy_gettext as _
from core.discounts.errors import CouponRefused
from core.discounts.offers import Typed, automatic_offers, typed_offer
from core.discounts.rules import Goods, Offer, reached
from core.discounts.using import claim_code, uses_of_buyer, write_uses
from core.orders.basket import CartItem, discountable
from core.orders.models import Order
from core.orders.pricing import Quote
from core.orders.states import OrderState
from core.parties.models import Customer
from core.shops.context import ShopContext


@dataclass(frozen=True, slots=True)
class CartOffers:
    """What may lower a cart's price: the offers of the shop, and the code that was typed or why it does not hold."""

    automatic: tuple[Offer, ...]
    typed: Typed | None = None
    refusal: CouponRefused | None = None

    @property
    def all(self) -> tuple[Offer, ...]:
        return (*self.automatic, self.typed.offer) if self.typed is not None else self.automatic

    def applies(self, quote: Quote) -> bool:
        """Whether the code is among what lowers this price."""
        return self.typed is not None and any(one.offer.id == self.typed.offer.id for one in quote.grants)


def offers_for(
    shop: ShopContext, items: Sequence[CartItem], code: str | None, *, email: str = "", customer_id: str | None = None
) -> CartOffers:
    """The offers for these items. `email` is the buyer's, as far as it is known."""
    automatic = tuple(automatic_offers(shop))
    if not code:
        return CartOffers(automatic)
    try:
        return CartOffers(automatic, allowed_code(shop.merchant_id, items, code, email=email, customer_id=customer_id))
    except CouponRefused as refusal:
        return CartOffers(automatic, refusal=refusal)


def allowed_code(
    merchant_id: str, items: Sequence[CartItem], code: str, *, email: str = "", customer_id: str | None = None
) -> Typed:
    """What a code gives to this buyer on these items. Raises CouponRefused with the reason."""
    goods = discountable(items)
    typed = typed_offer(merchant_id, code, {line.product_id for line in goods})
    _require_reached(typed.offer, goods)
    if typed.audience != "everyone" or typed.per_buyer_max is not None:
        if not email and customer_id is not None:
            email = (
                db.session.scalar(
                    select(Customer.email).where(Customer.merchant_id == merchant_id, Customer.id == customer_id)
                )
                or ""
            )
        if email:
            _require_allowed(merchant_id, typed, email.strip().lower())
    return typed


def _require_reached(offer: Offer, goods: Sequence[Goods]) -> None:
    if reached(offer, goods):
        return
    if not any(offer.covers(line.product_id) for line in goods):
        raise CouponRefused(_("This code is for other goods than those in the cart."))
    if sum(line.quantity for line in goods if offer.covers(line.product_id)) < offer.minimum_quantity:
        raise CouponRefused(_("This code asks for more pieces than are in the cart."))
    raise CouponRefused(_("The goods in the cart are worth less than this code asks for."))


def _require_allowed(merchant_id: str, typed: Typed, email: str) -> None:
    if typed.audience == "emails" and email not in typed.emails:
        raise CouponRefused(_("This code is for other customers."))
    if typed.audience == "first_order" and db.session.scalar(
        select(
            exists().where(Order.merchant_id == merchant_id, Order.email == email, Order.state != OrderState.CANCELLED)
        )
    ):
        raise CouponRefused(_("This code is for a first order."))
    if typed.per_buyer_max is not None and uses_of_buyer(merchant_id, typed.offer.id, email) >= typed.per_buyer_max:
        raise CouponRefused(_("You have used this code as often as it allows."))


def keep_discounts(merchant_id: str, order_id: str, offers: CartOffers, quote: Quote, email: str) -> None:
    """Count the uses of what lowered an order's price. In the caller's transaction. Raises CouponRefused."""
    if offers.typed is not None and offers.applies(quote):
        claim_code(merchant_id, offers.typed, email)
    write_uses(merchant_id, order_id, quote.grants, email, quote.total_minor)
