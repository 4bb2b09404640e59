"""Pages, and pieces of the host's pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.sdk import (
    BasketView,
    OrderView,
    ShopView,
    TongbaoError,
    current_shop,
    flash,
    gettext,
    keep_with_cart,
    render_page,
    require,
)
from tongbao_giftwrap import PLUGIN
from tongbao_giftwrap.queries import orders_to_wrap
from tongbao_giftwrap.schemas import LETTERS_MAX, WishForm
from tongbao_giftwrap.service import checked_words, mark_wrapped, price_of, wish_of

storefront = Blueprint("giftwrap", __name__)
console = Blueprint("giftwrap_console", __name__)


def cart_form(shop: ShopView, basket: BasketView, **context: Any) -> str:
    """The form in the cart."""
    wish = wish_of(basket.extras)
    return render_template(
        "giftwrap/cart_form.html",
        wish=wish,
        price_minor=price_of(shop),
        currency=shop.currency,
        letters_max=int(shop.settings.get("letters_max", LETTERS_MAX)),
    )


def order_note(shop: ShopView, order: OrderView, **context: Any) -> str:
    """What the buyer asked for, with the order."""
    wish = wish_of(order.extras)
    return render_template("giftwrap/order_note.html", wish=wish) if wish else ""


@storefront.post("/wish")
def keep_wish() -> ResponseReturnValue:
    """Keep the buyer's wish with the cart, or forget it."""
    form = WishForm().load(request.form.to_dict())
    try:
        wish = {"words": checked_words(current_shop(PLUGIN), form["words"])} if form["wrap"] else None
        keep_with_cart(PLUGIN, wish)
    except TongbaoError as refusal:
        flash(refusal.message, "danger")
    else:
        flash(gettext("We will wrap it for you.") if wish else gettext("It will not be wrapped."))
    return redirect("/cart", 303)


@console.get("/")
def list_orders() -> ResponseReturnValue:
    """The merchant's orders with gift wrap."""
    require("giftwrap.view")
    shop = current_shop(PLUGIN)
    return render_page("giftwrap/orders.html", rows=orders_to_wrap(shop.merchant_id))


@console.post("/<wrapped_id>/wrapped")
def finish(wrapped_id: str) -> ResponseReturnValue:
    """The merchant has wrapped one."""
    person_id = require("giftwrap.view")
    mark_wrapped(current_shop(PLUGIN).merchant_id, wrapped_id, actor=person_id)
    flash(gettext("Wrapped."))
    return redirect(url_for("giftwrap_console.list_orders"), 303)
