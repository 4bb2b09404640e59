"""Goods, and a sale: the shortest way to an order, through the same services as the storefront's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.base import clock
from core.base.database import db
from core.base.ids import new_id
from core.base.transactions import transactional
from core.catalog.models import Product, Variant
from core.contract.views import AddressView, OrderView
from core.inventory.service import set_stock_many
from core.orders.carts import add_to_cart, set_extras
from core.orders.checkout import view_cart
from core.orders.moves import BUYER
from core.orders.placing import CheckoutDraft, place_order
from core.orders.service import cancel_order
from core.sdk.surroundings import find_order
from core.shops.queries import shop_context

ADDRESS = AddressView("Li Lei", "13800000000", "CN", "Zhejiang", "Hangzhou", "1 West Lake Road")


@transactional
def make_goods(merchant_id: str, *, price_minor: int = 1000, stock: int = 10, weight_grams: int = 100) -> str:
    """A published product of one variant, with stock; returns the variant's id."""
    product_id, variant_id, moment = new_id("prd"), new_id("var"), clock.now()
    product = Product(
        merchant_id=merchant_id,
        id=product_id,
        slug=product_id.lower(),
        name="Longjing",
        price_from_minor=price_minor,
        created_at=moment,
        updated_at=moment,
    )
    db.session.add(product)
    db.session.flush()
    variant = Variant(
        merchant_id=merchant_id,
        id=variant_id,
        product_id=product_id,
        price_minor=price_minor,
        weight_grams=weight_grams,
    )
    db.session.add(variant)
    db.session.flush()
    set_stock_many(merchant_id, {variant_id: stock}, reason="initial")
    return variant_id


def place_test_order(
    merchant_id: str,
    variant_id: str,
    quantity: int = 1,
    *,
    kept: Mapping[str, Mapping[str, Any]] | None = None,
    delivery: str = "fake.post/standard",
    payment: str = "fake.pay",
) -> OrderView:
    """An order placed with the fakes (or with the given delivery choice and payment method), not yet paid.

    `kept` is what plugins keep with the cart, by plugin id. Raises what placing an order raises.
    """
    shop = shop_context(merchant_id)
    cart_id = add_to_cart(merchant_id, None, variant_id, quantity)
    for plugin_id, data in (kept or {}).items():
        set_extras(merchant_id, cart_id, plugin_id, data)
    seen = view_cart(shop, cart_id, address=ADDRESS, delivery=delivery)
    draft = CheckoutDraft(
        cart_id=cart_id,
        email="buyer@example.com",
        address=ADDRESS,
        delivery_key=delivery,
        payment_provider_id=payment,
        agreed_total_minor=seen.quote.total_minor,
        locale="en",
    )
    return find_order(merchant_id, place_order(shop, draft).order_id)


def cancel_test_order(merchant_id: str, order_id: str) -> OrderView:
    """The buyer cancels an order."""
    cancel_order(merchant_id, order_id, actor=BUYER)
    return find_order(merchant_id, order_id)
