"""The cart: put in, change, take out, use a code."""

from __future__ import annotations

from contextlib import suppress

from flask import redirect, request
from werkzeug.wrappers import Response

from core.base.errors import Invalid, NotFound, TongbaoError
from core.base.i18n import gettext as _
from core.discounts.offers import typed_offer
from core.giftcards.spending import card_by_code
from core.orders import carts
from core.orders.checkout import CartView, view_cart
from core.orders.errors import CartEmpty
from core.parties.throttle import count_try, forget_tries, throttle_keys
from core.web.formats import date, money
from core.web.platform.views import safe_next
from core.web.sessions import flash, remember, visitor
from core.web.storefront.schemas import AddToCart, CouponCode, GiftCardCode, LineQuantity, load_form
from core.web.storefront.shown import cart_shown
from core.web.storefront.site import blueprint, show
from core.web.tenancy import current_shop
from core.web.visits import count_step

CODE_WAITS = "discount"
"""Under this name a code waits in the session until there is a cart."""
LINE_FIELD = "quantity-"
LINES_MAX = 100


def the_cart() -> CartView | None:
    """The visitor's cart, priced; None while there is nothing in it."""
    cart_id = visitor().cart_id
    if cart_id is None:
        return None
    try:
        return view_cart(current_shop(), cart_id, customer_id=visitor().customer_id)
    except CartEmpty:
        return None


@blueprint.get("/cart")
def cart_page() -> Response:
    """What is in the cart, priced line by line."""
    cart = the_cart()
    changed = cart is not None and any(line.problem == "price_changed" for line in cart.lines)
    return show("cart", cart=cart_shown(cart) if cart else None, needs_agreement=changed)


@blueprint.post("/cart/add")
def cart_add() -> Response:
    """Put goods into the cart and show it."""
    back = safe_next(request.form.get("back"), "/cart")
    try:
        wanted = load_form(AddToCart, request.form)
        cart_id = carts.add_to_cart(
            current_shop().merchant_id, visitor().cart_id, wanted["variant_id"], wanted["quantity"]
        )
    except TongbaoError as refusal:
        flash(_words(refusal), "danger")
        return redirect(back, 303)
    code = visitor().data.get(CODE_WAITS)
    if cart_id != visitor().cart_id:
        remember(cart_id=cart_id, **({CODE_WAITS: None} if code else {}))
        count_step("cart", cart_id)
    if code:
        with suppress(TongbaoError):
            carts.remember_code(current_shop().merchant_id, cart_id, code)
    return redirect("/cart", 303)


@blueprint.post("/cart/update")
def cart_update() -> Response:
    """Set the quantities of all lines that were sent; `remove` takes one line out."""
    merchant_id, cart_id = current_shop().merchant_id, visitor().cart_id
    wanted: dict[str, int] = {}
    try:
        for name, value in list(request.form.items())[: LINES_MAX * 2]:
            if name.startswith(LINE_FIELD):
                wanted[name.removeprefix(LINE_FIELD)[:40]] = load_form(LineQuantity, {"quantity": value})["quantity"]
        removed = request.form.get("remove")
        if removed:
            wanted = {removed[:40]: 0}
        for line_id, quantity in wanted.items():
            _set_quantity(merchant_id, cart_id, line_id, quantity)
    except TongbaoError as refusal:
        flash(_words(refusal), "danger")
    return redirect("/cart", 303)


def _set_quantity(merchant_id: str, cart_id: str | None, line_id: str, quantity: int) -> None:
    try:
        carts.set_quantity(merchant_id, cart_id, line_id, quantity)
    except NotFound:
        # Taken out meanwhile in another window: that is what a zero asks for, too.
        if quantity:
            raise


@blueprint.post("/cart/coupon")
def cart_coupon() -> Response:
    """Use a code, or none."""
    merchant_id, cart_id = current_shop().merchant_id, visitor().cart_id
    try:
        code = "" if request.form.get("remove") else load_form(CouponCode, request.form)["code"]
        carts.set_coupon(merchant_id, cart_id, code or None)
        if code:
            flash(_("The code is used on this cart."))
    except TongbaoError as refusal:
        flash(_words(refusal), "danger")
    return redirect("/cart", 303)


@blueprint.get("/discount/<code>")
def use_discount(code: str) -> Response:
    """The link of a code: it is used on the cart, or waits for one."""
    merchant_id, cart_id = current_shop().merchant_id, visitor().cart_id
    try:
        offer = typed_offer(merchant_id, code[:40], ()).offer
        if cart_id is None:
            remember(**{CODE_WAITS: offer.code})
        else:
            carts.remember_code(merchant_id, cart_id, offer.code)
        flash(_("The code %(code)s stands in your cart; what it asks for is said there.", code=offer.code))
    except TongbaoError as refusal:
        flash(_words(refusal), "danger")
    return redirect(safe_next(request.args.get("next"), "/"), 303)


@blueprint.post("/cart/gift-card")
def cart_gift_card() -> Response:
    """Have a gift card pay, or none. Tries are counted by address, so that nobody guesses codes."""
    merchant_id, cart_id = current_shop().merchant_id, visitor().cart_id
    keys = {key: most for key, most in _tries(merchant_id).items() if key.startswith("address:")}
    try:
        code = "" if request.form.get("remove") else load_form(GiftCardCode, request.form)["gift_card"]
        if code:
            count_try(keys)
        carts.set_gift_card(merchant_id, cart_id, code or None)
        if code:
            forget_tries(keys)
            flash(_("The gift card pays for this cart as far as it goes."))
    except TongbaoError as refusal:
        flash(_words(refusal), "danger")
    return redirect(safe_next(request.form.get("next"), "/cart"), 303)


@blueprint.route("/gift-card", methods=["GET", "POST"])
def gift_card() -> Response:
    """What is left on a gift card, for whoever has its code."""
    card, problem, merchant_id = None, None, current_shop().merchant_id
    keys = {key: most for key, most in _tries(merchant_id).items() if key.startswith("address:")}
    if request.method == "POST":
        try:
            code = load_form(GiftCardCode, request.form)["gift_card"]
            count_try(keys)
            card = card_by_code(merchant_id, code)
            forget_tries(keys)
        except TongbaoError as refusal:
            problem = _words(refusal)
    return show(
        "gift_card",
        status=422 if problem else 200,
        card={
            "last4": card.last4,
            "left_text": money(card.left_minor, card.currency),
            "until_text": date(card.expires_at) if card.expires_at else "",
        }
        if card
        else None,
        problem=problem,
    )


def _tries(merchant_id: str) -> dict[str, int]:
    return throttle_keys(f"gift_card:{merchant_id}", "", request.remote_addr or "")


@blueprint.post("/cart/agree")
def cart_agree() -> Response:
    """The buyer has seen the new prices."""
    try:
        carts.agree_prices(current_shop().merchant_id, visitor().cart_id)
    except TongbaoError as refusal:
        flash(_words(refusal), "danger")
    return redirect(safe_next(request.form.get("next"), "/cart"), 303)


def _words(refusal: TongbaoError) -> str:
    """The words of the first field at fault say more than "correct the marked fields" where no field is marked."""
    if isinstance(refusal, Invalid) and refusal.fields:
        return str(next(iter(refusal.fields.values())))
    return str(refusal.message)
