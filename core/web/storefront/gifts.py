"""Gift cards for visitors: chosen and addressed on the product's page, seen and printed by whoever was sent one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from core.base.errors import Invalid, NotFound, TongbaoError
from core.base.i18n import gettext as _
from core.base.money import MoneyError, parse_minor
from core.catalog.queries import product_by_slug
from core.catalog.shapes import ProductView
from core.giftcards.queries import CardRow, shown_card
from core.orders import carts
from core.orders.gifts import Gift
from core.web.formats import date, money
from core.web.qr import qr_svg
from core.web.sessions import flash, remember, visitor
from core.web.storefront.catalog import product_page
from core.web.storefront.schemas import GiftCardWish, load_form
from core.web.storefront.search_facts import base_url
from core.web.storefront.shown import Shown
from core.web.storefront.site import blueprint, show
from core.web.tenancy import current_shop
from core.web.visits import count_step

OWN = "own"
"""What the form sends in place of a variant where the buyer writes the amount."""
FIELDS = {"email": "gift_email", "recipient": "gift_recipient", "sender": "gift_sender", "message": "gift_message"}
FIELDS |= {"send_on": "gift_send_on"}
TYPED_CHARACTERS_MAX = 600


@blueprint.post("/products/<slug>/gift-card")
def add_gift_card(slug: str) -> Response:
    """Put a gift card for somebody into the cart; what is wrong is said at its field, and nothing typed is lost."""
    merchant_id = current_shop().merchant_id
    found = product_by_slug(merchant_id, slug[:160])
    if found is None or not found.is_gift_card or not found.variants:
        raise NotFound(_("This product is not in the shop any more."))
    try:
        variant_id, own_minor, quantity, gift = _wanted(found, request.form)
        cart_id = carts.add_to_cart(
            merchant_id, visitor().cart_id, variant_id, quantity, gift=gift, own_minor=own_minor
        )
    except Invalid as refusal:
        typed = {name: value[:TYPED_CHARACTERS_MAX] for name, value in request.form.items()}
        problems = {FIELDS.get(name, name): words for name, words in refusal.fields.items()}
        problems = problems or {"variant_id": refusal.message}
        return product_page(found, typed.get("variant_id"), typed=typed, problems=problems, status=422)
    if cart_id != visitor().cart_id:
        remember(cart_id=cart_id)
        count_step("cart", cart_id)
    return redirect("/cart", 303)


def _wanted(product: ProductView, form: Mapping[str, str]) -> tuple[str, int | None, int, Gift]:
    own = form.get("variant_id") == OWN
    sent = load_form(GiftCardWish, {**form, "variant_id": product.variants[0].id} if own else form)
    own_minor = None
    if own:
        try:
            own_minor = parse_minor(sent["own_amount"], current_shop().currency)
        except MoneyError:
            words = _("Write the amount, like 50.")
            raise Invalid(words, fields={"own_amount": words}) from None
    gift = Gift(**{name: sent[field] for name, field in FIELDS.items()})
    return sent["variant_id"], own_minor, sent["quantity"], gift


@blueprint.get("/gift-card/<token>")
def gift_card_shown(token: str) -> Response:
    """A card as its holder sees it: its code, what is left, a picture to print or to show in the shop."""
    card, code = shown_card(current_shop().merchant_id, token)
    page = show("gift_card_shown", card=_shown(card, code, token))
    page.headers["Referrer-Policy"] = "no-referrer"
    page.headers["Cache-Control"] = "no-store"
    return page


def _shown(card: CardRow, code: str, token: str) -> Shown:
    shown: dict[str, Any] = {
        "code": code,
        "left_text": money(card.left_minor, card.currency),
        "worth_text": money(card.initial_minor, card.currency),
        "whole": card.left_minor == card.initial_minor,
        "until_text": date(card.expires_at) if card.expires_at else "",
        "recipient": card.recipient,
        "sender": card.sender,
        "message": card.message,
        "can_pay": card.state == "active" and card.left_minor > card.held_minor,
        "problem": {
            "used": _("Everything on this card has been spent."),
            "disabled": _("This gift card is switched off. Please ask the shop."),
            "expired": _("This gift card has expired."),
            "returned": _("This gift card was given back to the shop."),
        }.get(card.state, ""),
        "url": f"/gift-card/{token}",
        "qr": qr_svg(f"{base_url()}/gift-card/{token}", label=_("Code of the gift card, to be scanned")),
    }
    return shown


@blueprint.post("/gift-card/<token>")
def use_gift_card(token: str) -> Response:
    """Have the card pay for what is in this visitor's cart."""
    merchant_id = current_shop().merchant_id
    _card, code = shown_card(merchant_id, token)
    try:
        carts.set_gift_card(merchant_id, visitor().cart_id, code)
        flash(_("The gift card pays for this cart as far as it goes."))
    except NotFound:
        flash(_("Put something into the cart first: then the card can pay for it."), "info")
        return redirect("/", 303)
    except TongbaoError as refusal:
        flash(refusal.message, "danger")
        return redirect(f"/gift-card/{token}", 303)
    return redirect("/cart", 303)
