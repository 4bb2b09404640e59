"""Checkout on one page: who, where to, how delivered, how paid. What was typed is never lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.base.database import db
from core.base.errors import Invalid, TongbaoError
from core.base.i18n import gettext as _
from core.base.transactions import transactional
from core.contract.views import AddressView
from core.inventory.errors import StockGone
from core.orders.basket import DeliveryChoice, load_cart
from core.orders.carts import agree_prices
from core.orders.checkout import CartView, PaymentChoice, delivery_choices, payment_choices, view_cart
from core.orders.errors import CartEmpty, NotForSale, PriceChanged
from core.orders.models import Order
from core.orders.placing import CheckoutDraft, Placed, missing_details, place_order
from core.parties.service import checked_email, customer, remember_address
from core.shops.trading import checkout_rules
from core.web.i18n import current_locale
from core.web.sessions import flash, remember, remember_order, visitor
from core.web.storefront.countries import country_choices, likely_country
from core.web.storefront.pay import begin_payment
from core.web.storefront.schemas import Address, Checkout, load_form
from core.web.storefront.shown import cart_shown, delivery_cards, payment_cards
from core.web.storefront.site import blueprint, show
from core.web.tenancy import current_shop
from core.web.visits import count_step

ADDRESS_FIELDS = ("name", "phone", "country", "region", "city", "line1", "line2", "postal_code", "company", "tax_id")
TYPED_FIELDS = ("email", "note", *ADDRESS_FIELDS, "delivery", "payment", "terms")
TYPED_CHARACTERS_MAX = 500


@dataclass(slots=True)
class CheckoutPage:
    """What the page shows: the cart, what was typed, what can be chosen, what is wrong."""

    cart: CartView
    typed: dict[str, str]
    address: AddressView | None = None
    deliveries: list[DeliveryChoice] = field(default_factory=list)
    payments: list[PaymentChoice] = field(default_factory=list)
    problems: dict[str, object] = field(default_factory=dict)
    message: object = None
    new_total: bool = False
    """A price has changed: the buyer is asked to agree to the new total."""


@blueprint.get("/checkout")
def checkout() -> Response:
    """The page, filled in with what is known of the buyer."""
    try:
        page = _page(_known())
    except CartEmpty as refusal:
        flash(refusal.message, "info")
        return redirect("/cart", 303)
    page.problems = {}
    count_step("checkout", page.cart.cart_id)
    return _show(page)


@blueprint.post("/checkout")
def checkout_submit() -> Response:
    """`action=update`: show the ways to deliver and the total. Otherwise: place the order and go on to pay."""
    typed = {name: request.form.get(name, "")[:TYPED_CHARACTERS_MAX] for name in TYPED_FIELDS}
    if visitor().cart_id is None:
        # The session is over, or its cookie was lost: nothing was ordered, and that is said.
        flash(_("Your session has ended, so the cart is empty here. Nothing was ordered or charged."), "warning")
        return redirect("/cart", 303)
    update = request.form.get("action") == "update"
    # A form with every choice made is placed as it is; one without is completed from the page first.
    draft = _draft(typed) if not update and typed["delivery"] and typed["payment"] else None
    try:
        if draft is None:
            page = _page(typed)
            draft = _draft(page.typed) if not (update or page.problems) and page.cart.can_checkout else None
            if draft is None:
                return _again(page)
        return _placed(draft, _place(draft))
    except CartEmpty as refusal:
        return _already_ordered() or _to_cart(refusal)
    except (StockGone, NotForSale) as refusal:
        return _to_cart(refusal)
    except TongbaoError as refusal:
        refused = refusal
    page = _page(typed)
    page.message, page.problems = refused.message, {**page.problems, **refused.fields}
    page.new_total = isinstance(refused, PriceChanged)
    return _again(page, status=refused.status)


def _known() -> dict[str, str]:
    """What the page begins with: typed before in this session, else the customer's own address."""
    shop, who = current_shop(), visitor()
    typed = {"country": likely_country(shop.currency), "email": who.customer_email, "name": who.customer_name}
    if who.customer_id is not None:
        kept: Mapping[str, Any] = customer(shop.merchant_id, who.customer_id).address or {}
        typed |= {name: str(kept[name]) for name in ADDRESS_FIELDS if kept.get(name)}
    return typed | {key: str(value) for key, value in who.data.get("checkout", {}).items() if value}


def _page(typed: dict[str, str]) -> CheckoutPage:
    """Check what was typed and price the cart with it. Raises CartEmpty."""
    shop, cart_id = current_shop(), visitor().cart_id
    loaded = load_cart(shop.merchant_id, cart_id)
    customer_id = visitor().customer_id
    cart = view_cart(shop, cart_id, customer_id=customer_id, loaded=loaded)
    page = CheckoutPage(cart, {name: typed.get(name, "") for name in TYPED_FIELDS})
    try:
        load_form(Checkout, page.typed | {"delivery": None, "payment": None})
        checked_email(page.typed["email"])
    except Invalid as refusal:
        page.problems |= refusal.fields
    if cart.requires_shipping:
        try:
            page.address = AddressView(**load_form(Address, page.typed))
        except Invalid as refusal:
            page.problems |= refusal.fields
    agreed = page.typed["terms"] == "1"
    rules = checkout_rules(shop.options)
    page.problems |= missing_details(rules, page.address, terms_agreed=agreed)
    if page.address is not None:
        page.deliveries = delivery_choices(shop, cart_id, page.address, loaded=loaded)
        keys = [choice.key for choice in page.deliveries]
        if keys and page.typed["delivery"] not in keys:
            page.typed["delivery"] = keys[0]
        if keys:
            chosen = page.typed["delivery"]
            page.cart = view_cart(
                shop, cart_id, address=page.address, delivery=chosen, customer_id=customer_id, loaded=loaded
            )
        else:
            page.problems.setdefault("delivery", _("This shop does not deliver to this address yet."))
    page.payments = payment_choices(shop, page.cart.to_pay_minor) if page.cart.to_pay_minor else []
    providers = [choice.provider_id for choice in page.payments]
    if page.typed["payment"] not in providers:
        page.typed["payment"] = providers[0] if providers else ""
    return page


def _draft(typed: dict[str, str]) -> CheckoutDraft | None:
    """The order as the buyer sent it, or None where the page must first say what is missing.

    Nothing is read for it: placing the order checks everything against the shop as it is then.
    """
    who = visitor()
    try:
        sent = load_form(Checkout, request.form)
        email = checked_email(sent["email"])
        written = any(typed[name] for name in ("line1", "city", "phone"))
        address = AddressView(**load_form(Address, typed)) if written or typed["delivery"] else None
    except Invalid:
        return None
    if who.cart_id is None:
        return None
    return CheckoutDraft(
        cart_id=who.cart_id,
        email=email,
        address=address,
        delivery_key=typed["delivery"] or None,
        payment_provider_id=typed["payment"] or None,
        agreed_total_minor=sent["agreed_total_minor"],
        agreed_card_minor=sent["agreed_card_minor"],
        locale=current_locale(),
        customer_id=who.customer_id,
        note=sent["note"],
        terms_agreed=typed["terms"] == "1",
    )


@transactional
def _place(draft: CheckoutDraft) -> Placed:
    """Place the order and let this browser see it: both or none."""
    shop, who = current_shop(), visitor()
    placed = place_order(shop, draft)
    if who.customer_id is not None and draft.address is not None:
        remember_address(shop.merchant_id, who.customer_id, draft.address)
    remember_order(placed.order_id, checkout=None)
    return placed


def _placed(draft: CheckoutDraft, placed: Placed) -> Response:
    if placed.payment_id is not None:
        begin_payment(placed.payment_id, str(draft.payment_provider_id), placed.asked)
    if placed.payment_id is None:
        flash(_("Thank you. Your order has been placed."))
        return redirect(f"/orders/{placed.code}", 303)
    return redirect(f"/pay/{placed.payment_id}", 303)


def _again(page: CheckoutPage, *, status: int = 200) -> Response:
    """Show the page once more with all that was typed, and keep it for when the buyer comes back."""
    remember(checkout={name: value for name, value in page.typed.items() if value})
    if page.problems and page.message is None:
        page.message, status = _("Please correct the marked fields."), 422
    if page.new_total:
        agree_prices(current_shop().merchant_id, page.cart.cart_id)
    return _show(page, status=status)


def _show(page: CheckoutPage, *, status: int = 200) -> Response:
    return show(
        "checkout",
        status=status,
        cart=cart_shown(page.cart),
        typed=page.typed,
        problems=page.problems,
        message=page.message,
        countries=country_choices(current_locale()),
        deliveries=delivery_cards(page.deliveries),
        payments=payment_cards(page.payments),
        nothing_to_pay=page.cart.to_pay_minor == 0,
        needs_address=page.cart.requires_shipping,
        new_total=page.new_total,
        rules=checkout_rules(current_shop().options),
    )


def _to_cart(refusal: TongbaoError) -> Response:
    flash(refusal.message, "danger")
    return redirect("/cart", 303)


def _already_ordered() -> Response | None:
    """A cart that became an order already (the button was pressed twice): go to that order."""
    row = db.session.execute(
        select(Order.id, Order.code).where(
            Order.merchant_id == current_shop().merchant_id, Order.cart_id == visitor().cart_id
        )
    ).first()
    if row is None:
        return None
    remember_order(row.id)
    return redirect(f"/orders/{row.code}", 303)
