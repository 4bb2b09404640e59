"""Gift cards: given out, found, switched off and on, their codes renewed, the rest of sold ones given back."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from core.api import gift_card_shapes as shapes
from core.api.operation import Call, operation
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.giftcards import service
from core.giftcards.queries import CardRow, card_detail, cards_page
from core.orders.card_lines import refund_card

blueprint = Blueprint("api_gift_cards", __name__, url_prefix="/api/v1/gift-cards", description="Money of card holders.")
READ, WRITE = "gift_cards:read", "gift_cards:write"


def _card(call: Call, card_id: str) -> CardRow:
    return card_detail(call.merchant_id, card_id)[0]


@operation(blueprint, "GET", "", scope=READ, answer=shapes.GiftCardPageShape, query=shapes.GiftCardQuery, listed=True)
def list_gift_cards(call: Call) -> Any:
    """Cards, the newest first."""
    rows, before = cards_page(
        call.merchant_id,
        text=call.query.get("q", ""),
        order_id=call.query.get("order_id", ""),
        before=call.place() or "",
        limit=call.limit,
    )
    return call.page(rows, before)


@operation(
    blueprint,
    "POST",
    "",
    scope=WRITE,
    answer=shapes.GiftCardCodeShape,
    body=shapes.NewGiftCardBody,
    status=201,
    key_needed=True,
)
def issue_gift_card(call: Call) -> Any:
    """Put an amount of the shop's own balance onto a new card. Its code is in the answer and nowhere else."""
    card_id, code = service.issue_card(call.merchant_id, actor_id=call.actor_id, locale=call.shop.locale, **call.body)
    call.location = f"/api/v1/gift-cards/{card_id}"
    return {"id": card_id, "code": code}


@operation(blueprint, "GET", "/<card_id>", scope=READ, answer=shapes.GiftCardShape, versioned=True)
def get_gift_card(call: Call, card_id: str) -> Any:
    """One card with what is on it."""
    return _card(call, card_id)


@operation(blueprint, "GET", "/<card_id>/entries", scope=READ, answer=shapes.GiftCardEntriesShape)
def list_entries(call: Call, card_id: str) -> Any:
    """What came onto a card and went from it."""
    return {"data": card_detail(call.merchant_id, card_id)[1]}


@operation(blueprint, "POST", "/<card_id>/disable", scope=WRITE, answer=shapes.GiftCardShape)
def disable_gift_card(call: Call, card_id: str) -> Any:
    """Switch a card off; what is on it stays there."""
    service.set_card_active(call.merchant_id, card_id, False, actor_id=call.actor_id)
    return _card(call, card_id)


@operation(blueprint, "POST", "/<card_id>/enable", scope=WRITE, answer=shapes.GiftCardShape)
def enable_gift_card(call: Call, card_id: str) -> Any:
    """Switch a card on again."""
    service.set_card_active(call.merchant_id, card_id, True, actor_id=call.actor_id)
    return _card(call, card_id)


@operation(blueprint, "POST", "/<card_id>/renew", scope=WRITE, answer=shapes.GiftCardCodeShape, body=shapes.RenewBody)
def renew_gift_card(call: Call, card_id: str) -> Any:
    """Give a card a new code, shown this once; the old one is worth nothing any more. One that waits is sent now."""
    code = service.renew_code(call.merchant_id, card_id, actor_id=call.actor_id, email=call.body.get("email", ""))
    return {"id": card_id, "code": code}


@operation(
    blueprint,
    "POST",
    "/<card_id>/take-back",
    scope="refunds:write",
    answer=shapes.TakenBackShape,
    body=shapes.TakeBackBody,
    key_needed=True,
)
def take_gift_card_back(call: Call, card_id: str) -> Any:
    """Give what is left on a card that an order sold back to its buyer; the card ends."""
    order_id = _card(call, card_id).order_id
    if order_id is None:
        raise NotFound(_l("This card was not sold by an order."))
    reason = call.body["reason"]
    return {"amount_minor": refund_card(call.merchant_id, order_id, card_id, reason=reason, actor_id=call.actor_id)}
