"""Carts, checkout and payments, for shops whose face is somewhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import request
from flask_smorest import Blueprint

from core.api import trade_shapes as shapes
from core.api.operation import Call, operation
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _l
from core.contract.views import AddressView
from core.orders import carts as service
from core.orders.basket import load_cart
from core.orders.checkout import delivery_choices, payment_choices, view_cart
from core.orders.gifts import Gift
from core.orders.placing import CheckoutDraft, place_order
from core.orders.queries import order_detail
from core.orders.service import pay_again
from core.payments.service import check_payment, get_payment, start_payment
from core.web.storefront.pay import notice_base

carts = Blueprint("api_carts", __name__, url_prefix="/api/v1/carts", description="What a buyer means to buy.")
payments = Blueprint("api_payments", __name__, url_prefix="/api/v1/payments", description="How it is paid.")
SCOPE = "checkout:write"
_OF_CART = (
    *("lines", "quote", "coupon_code", "coupon_problem", "can_checkout"),
    *("card_minor", "card_problem", "to_pay_minor"),
)


def _cart(call: Call, cart_id: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    loaded = load_cart(call.merchant_id, cart_id)
    if loaded is None or loaded.order_id is not None:
        raise NotFound(_l("This cart is gone. Start a new one."))
    if not loaded.items:
        empty: dict[str, Any] = {"quote": None, "coupon_problem": None, "can_checkout": False, "card_minor": 0}
        return {"id": cart_id, "lines": [], "coupon_code": loaded.coupon_code, "requires_shipping": False, **empty}
    address = _address((given or {}).get("address"))
    view = view_cart(call.shop, cart_id, address=address, delivery=(given or {}).get("delivery"), loaded=loaded)
    found = {name: getattr(view, name) for name in _OF_CART}
    return {
        "id": cart_id,
        **found,
        "requires_shipping": view.requires_shipping,
        "deliveries": delivery_choices(call.shop, cart_id, address, loaded=loaded) if address else [],
        "card_last4": view.card.last4 if view.card is not None else None,
        "payments": payment_choices(call.shop, view.to_pay_minor) if view.to_pay_minor else [],
    }


def _add(call: Call, cart_id: str | None) -> str:
    gift = call.body.get("gift")
    return service.add_to_cart(
        call.merchant_id,
        cart_id,
        call.body["variant_id"],
        call.body["quantity"],
        gift=Gift.of(gift) if gift is not None else None,
        own_minor=call.body.get("own_amount_minor"),
    )


def _address(given: Mapping[str, Any] | None) -> AddressView | None:
    return AddressView(**given) if given else None


@operation(carts, "POST", "", scope=SCOPE, answer=shapes.CartShape, body=shapes.NewCartBody, status=201)
def create_cart(call: Call) -> Any:
    """Begin a cart with the first thing in it."""
    cart_id = _add(call, None)
    call.location = f"/api/v1/carts/{cart_id}"
    return _cart(call, cart_id)


@operation(carts, "GET", "/<cart_id>", scope=SCOPE, answer=shapes.CartShape)
def get_cart(call: Call, cart_id: str) -> Any:
    """A cart, priced as of now."""
    return _cart(call, cart_id)


@operation(carts, "POST", "/<cart_id>/lines", scope=SCOPE, answer=shapes.CartShape, body=shapes.NewCartBody)
def add_line(call: Call, cart_id: str) -> Any:
    """Put something more into a cart."""
    _require_cart(call, cart_id)
    _add(call, cart_id)
    return _cart(call, cart_id)


@operation(carts, "PUT", "/<cart_id>/lines/<line_id>", scope=SCOPE, answer=shapes.CartShape, body=shapes.CartLineBody)
def set_line(call: Call, cart_id: str, line_id: str) -> Any:
    """Change how many of a line are wanted; 0 takes it out."""
    service.set_quantity(call.merchant_id, cart_id, line_id, call.body["quantity"])
    return _cart(call, cart_id)


@operation(carts, "PUT", "/<cart_id>/coupon", scope=SCOPE, answer=shapes.CartShape, body=shapes.CouponCodeBody)
def set_coupon(call: Call, cart_id: str) -> Any:
    """Use a code on the cart, or none."""
    service.set_coupon(call.merchant_id, cart_id, call.body["code"])
    return _cart(call, cart_id)


@operation(carts, "PUT", "/<cart_id>/gift-card", scope=SCOPE, answer=shapes.CartShape, body=shapes.CardCodeBody)
def set_gift_card(call: Call, cart_id: str) -> Any:
    """Have a gift card pay for the cart as far as it goes, or none. Agree to its part in `agreed_card_minor`."""
    service.set_gift_card(call.merchant_id, cart_id, call.body["code"])
    return _cart(call, cart_id)


@operation(carts, "POST", "/<cart_id>/quote", scope=SCOPE, answer=shapes.CartShape, body=shapes.QuoteBody)
def quote_cart(call: Call, cart_id: str) -> Any:
    """The whole price, with the ways to deliver to an address; the buyer has seen the present prices then."""
    service.agree_prices(call.merchant_id, cart_id)
    return _cart(call, cart_id, call.body)


@operation(
    carts,
    "POST",
    "/<cart_id>/order",
    scope=SCOPE,
    answer=shapes.PlacedShape,
    body=shapes.PlaceBody,
    status=201,
    key_needed=True,
)
def place(call: Call, cart_id: str) -> Any:
    """Place the order: everything is checked again, the stock reserved, the prices fixed. Then start its payment."""
    _require_cart(call, cart_id, open_only=False)
    placed = place_order(
        call.shop,
        CheckoutDraft(
            cart_id=cart_id,
            email=call.body["email"].lower(),
            address=_address(call.body.get("address")),
            delivery_key=call.body.get("delivery"),
            payment_provider_id=call.body.get("payment_provider_id"),
            agreed_total_minor=call.body["agreed_total_minor"],
            agreed_card_minor=call.body.get("agreed_card_minor", 0),
            locale=call.body.get("locale", call.shop.locale),
            note=call.body.get("note", ""),
            terms_agreed=call.body.get("terms_agreed", False),
        ),
    )
    call.location = f"/api/v1/orders/{placed.order_id}"
    return {name: value for name, value in asdict(placed).items() if name != "asked"}


def _require_cart(call: Call, cart_id: str, *, open_only: bool = True) -> None:
    cart = load_cart(call.merchant_id, cart_id)
    if cart is None or (open_only and cart.order_id is not None):
        raise NotFound(_l("This cart is gone. Start a new one."))


@operation(payments, "GET", "/<payment_id>", scope=SCOPE, answer=shapes.PaymentShape)
def show_payment(call: Call, payment_id: str) -> Any:
    """How a payment stands, and how it is paid."""
    return get_payment(call.merchant_id, payment_id)


@operation(
    payments,
    "POST",
    "/<payment_id>/start",
    scope=SCOPE,
    answer=shapes.PaymentShape,
    body=shapes.StartBody,
    outside=True,
)
def begin_payment(call: Call, payment_id: str) -> Any:
    """Open a payment at its provider: the answer's `instructions` say how it is paid."""
    payment = get_payment(call.merchant_id, payment_id)
    path = call.body.get("return_path", f"/pay/{payment_id}")
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        words = _l("A path of the shop, such as /thanks.")
        raise Invalid(words, fields={"return_path": words})
    port = f":{request.host.rsplit(':', 1)[1]}" if ":" in request.host else ""
    return start_payment(
        call.shop,
        payment_id,
        return_url=f"{request.scheme}://{call.shop.primary_host}{port}{path}",
        notify_url=notice_base(payment.provider_id.partition(".")[0]),
    )


@operation(payments, "POST", "/<payment_id>/check", scope=SCOPE, answer=shapes.PaymentShape, outside=True)
def ask_about_payment(call: Call, payment_id: str) -> Any:
    """Ask the provider now how a payment stands."""
    return check_payment(call.shop, payment_id)


@operation(
    payments,
    "POST",
    "/of-order/<order_id>",
    scope=SCOPE,
    answer=shapes.PaymentShape,
    body=shapes.PayAgainBody,
    status=201,
    key_needed=True,
)
def pay_another_way(call: Call, order_id: str) -> Any:
    """Another way to pay an order that still awaits payment."""
    order_detail(call.merchant_id, order_id)
    payment_id = pay_again(call.shop, order_id, call.body["provider_id"])
    call.location = f"/api/v1/payments/{payment_id}"
    return get_payment(call.merchant_id, payment_id)
