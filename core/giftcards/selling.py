"""Gift cards that orders sell: money of the order becomes the holder's, its code is sent, its rest goes back.

What orders do joins their use case; `deliver_cards` is a job.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.base import clock
from core.base.database import db, table_of
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.outbox import emit
from core.base.rows import insert_rows
from core.base.transactions import transactional
from core.giftcards.errors import GiftCardNotFound, GiftCardSpent
from core.giftcards.models import GiftCard
from core.giftcards.service import ENDED, card_account, give_code
from core.ledger import kinds
from core.ledger.errors import NotEnoughMoney
from core.ledger.queries import balances
from core.ledger.service import AccountRef, Posting, TransferDraft, post_transfer, post_transfers


@dataclass(frozen=True, slots=True)
class SoldCard:
    """A card as an order sells it. `send_at` empty: as soon as the order is paid."""

    order_line_id: str
    piece: int
    amount_minor: int
    email: str
    locale: str
    recipient: str = ""
    sender: str = ""
    message: str = ""
    send_at: datetime | None = None
    expires_at: datetime | None = None


def sell_cards(
    merchant_id: str, order_id: str, sold: Sequence[SoldCard], source: AccountRef, *, memo: str
) -> list[str]:
    """Put what was paid for these cards onto them, out of `source`; those that are due are sent. Returns their ids.

    A line's piece makes one card, whoever asks again (the database refuses another). Raises NotEnoughMoney.
    """
    moment = clock.now()
    ids = [new_id("gft") for _one in sold]
    insert_rows(
        table_of(GiftCard),
        [
            {
                "merchant_id": merchant_id,
                "id": card_id,
                "code_index": f"waiting:{card_id}",
                "last4": "",
                "currency": source.currency,
                "initial_minor": one.amount_minor,
                "state": "active",
                "expires_at": one.expires_at,
                "email": one.email,
                "note": "",
                "order_id": order_id,
                "order_line_id": one.order_line_id,
                "piece": one.piece,
                "recipient": one.recipient,
                "sender": one.sender,
                "message": one.message,
                "locale": one.locale,
                "send_at": one.send_at or moment,
                "delivered_at": None,
                "returned_minor": 0,
                "created_by": None,
                "created_at": moment,
                "ended_at": None,
            }
            for card_id, one in zip(ids, sold, strict=True)
        ],
    )
    post_transfers(
        [
            TransferDraft(
                kind=kinds.GIFT_CARD_SOLD,
                postings=(
                    Posting(source, -one.amount_minor),
                    Posting(card_account(merchant_id, card_id, source.currency), one.amount_minor),
                ),
                reference=card_id,
                idempotency_key=f"gift_card:{card_id}",
                merchant_id=merchant_id,
                memo=memo,
            )
            for card_id, one in zip(ids, sold, strict=True)
        ]
    )
    for card_id, one in zip(ids, sold, strict=True):
        told = {"gift_card_id": card_id, "order_id": order_id, "amount_minor": one.amount_minor}
        emit("gift_card.issued", told, merchant_id=merchant_id)
        if one.send_at is None or one.send_at <= moment:
            deliver_card(merchant_id, card_id)
    return ids


@transactional
def deliver_card(merchant_id: str, card_id: str) -> bool:
    """Make the code of a card whose day has come and send it; False where that was done, or the card is off."""
    card = db.session.get(GiftCard, (merchant_id, card_id), with_for_update=True, populate_existing=True)
    if card is None or card.delivered_at is not None or card.send_at is None or card.state != "active":
        return False
    if card.send_at > clock.now():
        return False
    give_code(card)
    return True


def deliver_cards(limit: int = 200) -> int:
    """Job: send the cards whose day has come. Returns how many."""
    due = db.session.execute(
        select(GiftCard.merchant_id, GiftCard.id)
        .where(GiftCard.delivered_at.is_(None), GiftCard.send_at <= clock.now(), GiftCard.state == "active")
        .order_by(GiftCard.send_at)
        .limit(limit)
    ).all()
    return sum(deliver_card(merchant_id, card_id) for merchant_id, card_id in due)


def take_back(merchant_id: str, card_id: str, to: AccountRef, *, memo: str, whole: bool = False) -> int:
    """End a card and take what is left on it into another account; returns how much, in minor units.

    With `whole` only a card of which nothing has been spent. Raises GiftCardNotFound, GiftCardSpent (why).
    """
    card = db.session.get(GiftCard, (merchant_id, card_id), with_for_update=True, populate_existing=True)
    if card is None:
        raise GiftCardNotFound
    account = card_account(merchant_id, card_id, card.currency)
    standing = balances([account])[account]
    if card.state in ENDED:
        raise GiftCardSpent(_("This gift card has ended; nothing is left on it."))
    if standing.held_minor:
        raise GiftCardSpent(
            _("A part of this gift card is set aside for an order that is not paid yet. Try again when it has ended.")
        )
    if not standing.posted_minor or (whole and standing.posted_minor < card.initial_minor):
        raise GiftCardSpent(_("This gift card has been spent, so its money cannot go back."))
    try:
        post_transfer(
            kinds.GIFT_CARD_TAKEN_BACK,
            [Posting(account, -standing.posted_minor), Posting(to, standing.posted_minor)],
            reference=card_id,
            idempotency_key=f"gift_card_taken_back:{card_id}:{card.returned_minor}",
            merchant_id=merchant_id,
            memo=memo,
        )
    except NotEnoughMoney as error:
        raise GiftCardSpent(_("This gift card was used a moment ago. Look at it again.")) from error
    card.state, card.ended_at = "returned", clock.now()
    card.returned_minor += standing.posted_minor
    told = {"gift_card_id": card_id, "amount_minor": standing.posted_minor}
    emit("gift_card.taken_back", told, merchant_id=merchant_id)
    return standing.posted_minor
