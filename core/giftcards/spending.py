"""What orders do with a card: set money aside, spend it, set it free, put some back. Joins the order's use case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from core.base import clock
from core.base.crypto import blind_indexes
from core.base.database import db, table_of
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.outbox import emit
from core.base.rows import insert_rows
from core.giftcards.errors import GiftCardRefused
from core.giftcards.models import GiftCard, GiftCardUse
from core.giftcards.service import ENDED, card_account, plain_code
from core.ledger import kinds
from core.ledger.errors import NotEnoughMoney
from core.ledger.models import LedgerBalance
from core.ledger.service import AccountRef, Posting, place_hold, post_hold, post_transfer, release_hold


@dataclass(frozen=True, slots=True)
class SpendableCard:
    """A card that can pay: `left_minor` is what may be spent of it now, in minor units of `currency`."""

    id: str
    last4: str
    currency: str
    left_minor: int
    expires_at: datetime | None


def card_by_code(merchant_id: str, code: str) -> SpendableCard:
    """The card that a typed code belongs to. Raises GiftCardRefused with the reason; the code itself is never told."""
    found = db.session.scalar(
        select(GiftCard.id).where(
            GiftCard.merchant_id == merchant_id,
            GiftCard.code_index.in_(blind_indexes("gift_card", plain_code(code))),
        )
    )
    if found is None:
        raise GiftCardRefused(_("No gift card of this shop has this code. Check how it is spelt."))
    return spendable_card(merchant_id, found)


def spendable_card(merchant_id: str, card_id: str) -> SpendableCard:
    """A card and what may be spent of it now. Raises GiftCardRefused when it cannot pay anything."""
    card = db.session.execute(
        select(GiftCard.id, GiftCard.last4, GiftCard.currency, GiftCard.state, GiftCard.expires_at).where(
            GiftCard.merchant_id == merchant_id, GiftCard.id == card_id
        )
    ).one_or_none()
    if card is None:
        raise GiftCardRefused(_("No gift card of this shop has this code. Check how it is spelt."))
    if card.state == "returned":
        raise GiftCardRefused(_("This gift card was given back to the shop."))
    if card.state == "expired" or (card.expires_at is not None and card.expires_at <= clock.now()):
        raise GiftCardRefused(_("This gift card has expired."))
    if card.state != "active":
        raise GiftCardRefused(_("This gift card is switched off. Please ask the shop."))
    left = db.session.scalar(
        select(LedgerBalance.balance_minor - LedgerBalance.held_minor).where(
            LedgerBalance.account_id == card_account(merchant_id, card_id, card.currency).id
        )
    )
    if not left:
        raise GiftCardRefused(_("Nothing is left on this gift card."))
    return SpendableCard(card.id, card.last4, card.currency, left, card.expires_at)


def hold_for_order(merchant_id: str, card: SpendableCard, order_id: str, amount_minor: int) -> None:
    """Set an amount of a card aside for an order. Raises GiftCardRefused when it was spent elsewhere meanwhile."""
    account = card_account(merchant_id, card.id, card.currency)
    try:
        hold = place_hold(account, amount_minor, reference=order_id, idempotency_key=f"gift_card:{order_id}")
    except NotEnoughMoney as error:
        raise GiftCardRefused(
            _("The gift card was used elsewhere a moment ago. Nothing was charged; please look at the total again.")
        ) from error
    insert_rows(
        table_of(GiftCardUse),
        [
            {
                "merchant_id": merchant_id,
                "id": new_id("gfu"),
                "card_id": card.id,
                "order_id": order_id,
                "amount_minor": amount_minor,
                "returned_minor": 0,
                "state": "held",
                "hold_id": hold.id,
                "created_at": clock.now(),
            }
        ],
    )


def use_of(merchant_id: str, order_id: str, *, lock: bool = False) -> GiftCardUse | None:
    """What of which card is meant for, or went into, an order."""
    query = select(GiftCardUse).where(GiftCardUse.merchant_id == merchant_id, GiftCardUse.order_id == order_id)
    return db.session.scalar(query.with_for_update() if lock else query)


def spend_held(merchant_id: str, order_id: str, to: AccountRef, *, memo: str) -> int:
    """What was set aside for an order goes into its account; returns how much, in minor units."""
    use = use_of(merchant_id, order_id, lock=True)
    if use is None or use.state != "held":
        return 0
    post_hold(
        use.hold_id,
        kinds.GIFT_CARD_SPENT,
        [Posting(to, use.amount_minor)],
        idempotency_key=f"gift_card_spent:{order_id}",
        merchant_id=merchant_id,
        memo=memo,
    )
    use.state = "spent"
    told = {"gift_card_id": use.card_id, "order_id": order_id, "amount_minor": use.amount_minor}
    emit("gift_card.spent", told, merchant_id=merchant_id)
    return use.amount_minor


def release_held(merchant_id: str, order_id: str) -> None:
    """Set free what was set aside for an order that is not paid any more."""
    use = use_of(merchant_id, order_id, lock=True)
    if use is not None and use.state == "held":
        release_hold(use.hold_id)
        use.state = "released"


def return_to_card(merchant_id: str, order_id: str, amount_minor: int, source: AccountRef, *, memo: str) -> int:
    """Give back onto the card as much of an amount as came from it; returns how much that is, in minor units.

    A card that has ended lives again for it. Raises NotEnoughMoney when the source holds less.
    """
    use = use_of(merchant_id, order_id, lock=True)
    part = min(amount_minor, use.amount_minor - use.returned_minor) if use is not None and use.state == "spent" else 0
    if use is None or not part:
        return 0
    post_transfer(
        kinds.GIFT_CARD_RETURNED,
        [Posting(source, -part), Posting(card_account(merchant_id, use.card_id, source.currency), part)],
        reference=order_id,
        idempotency_key=f"gift_card_returned:{order_id}:{use.returned_minor}",
        merchant_id=merchant_id,
        memo=memo,
    )
    use.returned_minor += part
    db.session.execute(
        update(GiftCard)
        .where(GiftCard.merchant_id == merchant_id, GiftCard.id == use.card_id, GiftCard.state.in_(ENDED))
        .values(state="active", expires_at=None, ended_at=None)
        .execution_options(synchronize_session=False)
    )
    return part
