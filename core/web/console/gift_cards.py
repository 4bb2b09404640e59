"""Gift cards: given out here, found again, switched off and on, their codes renewed."""

from __future__ import annotations

from flask import Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.catalog.lists import gift_card_products
from core.giftcards.queries import card_detail, cards_page, cards_together
from core.giftcards.service import issue_card, renew_code, set_card_active
from core.orders.finding import codes_of
from core.shops.zones import zone_of
from core.web.console import words
from core.web.console.forms import Form
from core.web.console.page import Errors, actor_id, argument, attempt, blueprint, merchant_id, show, the_shop, words_of
from core.web.i18n import current_locale
from core.web.member import require_member


@blueprint.get("/gift-cards")
@require_member("orders.refund")
def gift_cards() -> Response:
    """All cards, what is owed on them, and the form for a new one."""
    return _page()


def _page(*, status: int = 200, errors: Errors | None = None, message: object = "", code: str = "") -> Response:
    shop, text = the_shop(), argument("q", 100)
    rows, next_before = cards_page(shop.merchant_id, text=text, before=argument("before", 40))
    return show(
        "gift_cards",
        status=status,
        cards=rows,
        text=text,
        next_before=next_before,
        selling=gift_card_products(shop.merchant_id),
        together=cards_together(shop.merchant_id, shop.currency),
        states=words.CARD_STATES,
        code=code,
        errors=errors or {},
        message=message,
        values={} if code else request.form,
    )


@blueprint.post("/gift-cards")
@require_member("orders.refund")
def new_gift_card() -> WerkzeugResponse:
    """Give a card out; its code is on the page that follows and nowhere else."""
    form = Form(request.form, the_shop().currency)
    amount_minor = form.amount("amount", required=True)
    expires_at = form.day("expires_at", end=True, zone=zone_of(the_shop()))
    try:
        form.check()
        assert amount_minor is not None
        _card_id, code = issue_card(
            merchant_id(),
            amount_minor=amount_minor,
            email=form.text("email", most=254),
            note=form.text("note", most=500),
            expires_at=expires_at,
            actor_id=actor_id(),
            locale=current_locale(),
        )
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error))
    return _page(code=code)


@blueprint.get("/gift-cards/<card_id>")
@require_member("orders.refund")
def gift_card(card_id: str) -> Response:
    """One card: what is on it, what came and went, the orders that it paid for."""
    return _card(card_id)


def _renewed(card_id: str) -> Response:
    try:
        code = renew_code(
            merchant_id(), card_id, actor_id=actor_id(), email=Form(request.form, "").text("email", most=254)
        )
    except (Invalid, Refused) as error:
        return _card(card_id, status=error.status, errors=error.fields, message=words_of(error))
    return _card(card_id, code=code)


def _card(
    card_id: str, *, code: str = "", status: int = 200, errors: Errors | None = None, message: object = ""
) -> Response:
    row, statement, uses = card_detail(merchant_id(), card_id)
    return show(
        "gift_card",
        status=status,
        errors=errors or {},
        message=message,
        values=request.form,
        card=row,
        statement=statement,
        uses=uses,
        order_codes=codes_of(merchant_id(), [use.order_id for use in uses] + ([row.order_id] if row.order_id else [])),
        states=words.CARD_STATES,
        label_of=words.transfer_label,
        code=code,
    )


@blueprint.post("/gift-cards/<card_id>")
@require_member("orders.refund")
def change_gift_card(card_id: str) -> WerkzeugResponse:
    """Switch a card off or on, or give it a new code."""
    if request.form.get("action") == "renew":
        return _renewed(card_id)
    active = request.form.get("action") == "on"
    return attempt(
        lambda: set_card_active(merchant_id(), card_id, active, actor_id=actor_id()),
        _("The card can pay again.") if active else _("The card is off; what is on it stays there."),
        to=url_for("console.gift_card", card_id=card_id),
    )
