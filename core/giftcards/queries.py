"""Gift cards as pages and programs show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from core.base import clock
from core.base.crypto import blind_indexes
from core.base.database import db
from core.giftcards.errors import GiftCardNotFound
from core.giftcards.models import GiftCard, GiftCardUse
from core.giftcards.service import ENDED, card_account, code_index, code_of_token, plain_code, spaced_code
from core.ledger.models import LedgerAccount, LedgerBalance
from core.ledger.queries import balances, statement
from core.ledger.service import StatementRow


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card with what stands on it now, in minor units; `held_minor` is set aside for orders not paid yet."""

    id: str
    last4: str
    currency: str
    state: str
    initial_minor: int
    left_minor: int
    held_minor: int
    email: str
    note: str
    expires_at: datetime | None
    created_at: datetime
    created_by: str | None = None
    order_id: str | None = None
    recipient: str = ""
    sender: str = ""
    message: str = ""
    send_at: datetime | None = None
    delivered_at: datetime | None = None
    returned_minor: int = 0
    """What was left on it and went back to its buyer."""

    @property
    def waits(self) -> bool:
        """Whether it was bought for a day that is still to come, so that nobody knows its code yet."""
        return self.send_at is not None and self.delivered_at is None

    @property
    def ended(self) -> bool:
        """Whether nothing can be done with it any more."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class CardsTogether:
    """All cards of a shop: how many can pay, and what the shop owes on them, in minor units."""

    active: int
    owed_minor: int


def _row(card: GiftCard, posted_minor: int, held_minor: int) -> CardRow:
    over = card.expires_at is not None and card.expires_at <= clock.now()
    state = "expired" if over and card.state not in ENDED else card.state
    if state == "active" and not posted_minor:
        state = "used"
    return CardRow(
        card.id,
        card.last4,
        card.currency,
        state,
        card.initial_minor,
        posted_minor,
        held_minor,
        card.email,
        card.note,
        card.expires_at,
        card.created_at,
        card.created_by,
        card.order_id,
        card.recipient,
        card.sender,
        card.message,
        card.send_at,
        card.delivered_at,
        card.returned_minor,
    )


def cards_page(
    merchant_id: str, *, text: str = "", order_id: str = "", before: str = "", limit: int = 50
) -> tuple[Sequence[CardRow], str | None]:
    """A page of the shop's cards, the newest first, and where the next begins; two statements.

    `text` finds a whole code, its last four characters, or the address that it was sent to; `order_id` those that an
    order sold.
    """
    query = select(GiftCard).where(GiftCard.merchant_id == merchant_id)
    if text.strip():
        typed = plain_code(text)
        query = query.where(
            or_(
                GiftCard.code_index == code_index(text),
                GiftCard.last4 == typed[-4:] if len(typed) == 4 else GiftCard.code_index == "",
                func.lower(GiftCard.email) == text.strip().lower(),
            )
        )
    if order_id:
        query = query.where(GiftCard.order_id == order_id)
    if before:
        query = query.where(GiftCard.id < before)
    cards = db.session.scalars(query.order_by(GiftCard.id.desc()).limit(limit + 1)).all()
    shown = cards[:limit]
    accounts = {card.id: card_account(merchant_id, card.id, card.currency) for card in shown}
    found = balances(list(accounts.values())) if shown else {}
    rows = [_row(card, found[accounts[card.id]].posted_minor, found[accounts[card.id]].held_minor) for card in shown]
    return rows, shown[-1].id if len(cards) > limit else None


def cards_of_order(merchant_id: str, order_id: str) -> Sequence[CardRow]:
    """The cards that an order sold, with what stands on them; two statements, one where it sold none."""
    cards = db.session.scalars(
        select(GiftCard)
        .where(GiftCard.merchant_id == merchant_id, GiftCard.order_id == order_id)
        .order_by(GiftCard.created_at, GiftCard.id)
    ).all()
    accounts = {card.id: card_account(merchant_id, card.id, card.currency) for card in cards}
    found = balances(list(accounts.values())) if cards else {}
    return [_row(card, found[accounts[card.id]].posted_minor, found[accounts[card.id]].held_minor) for card in cards]


def shown_card(merchant_id: str, token: str) -> tuple[CardRow, str]:
    """The card of an address that somebody was sent, and its code. Raises GiftCardNotFound, also after a new code."""
    card_id, code = code_of_token(token)
    card = db.session.get(GiftCard, (merchant_id, card_id))
    if card is None or card.code_index not in blind_indexes("gift_card", code):
        raise GiftCardNotFound
    account = card_account(merchant_id, card_id, card.currency)
    standing = balances([account])[account]
    return _row(card, standing.posted_minor, standing.held_minor), spaced_code(code)


def card_detail(merchant_id: str, card_id: str) -> tuple[CardRow, Sequence[StatementRow], Sequence[GiftCardUse]]:
    """One card, its statement (the newest first) and the orders that it was used for. Raises GiftCardNotFound."""
    card = db.session.get(GiftCard, (merchant_id, card_id))
    if card is None:
        raise GiftCardNotFound
    account = card_account(merchant_id, card_id, card.currency)
    standing = balances([account])[account]
    uses = db.session.scalars(
        select(GiftCardUse)
        .where(GiftCardUse.merchant_id == merchant_id, GiftCardUse.card_id == card_id)
        .order_by(GiftCardUse.created_at.desc())
        .limit(100)
    ).all()
    return _row(card, standing.posted_minor, standing.held_minor), statement(account, limit=100), uses


def cards_together(merchant_id: str, currency: str) -> CardsTogether:
    """How many cards of a shop can pay, and what stands on all of them; one statement."""
    active, owed = db.session.execute(
        select(func.count(), func.coalesce(func.sum(LedgerBalance.balance_minor), 0))
        .select_from(LedgerAccount)
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(
            LedgerAccount.kind == "gift_card",
            LedgerAccount.owner == merchant_id,
            LedgerAccount.currency == currency,
            LedgerBalance.balance_minor > 0,
        )
    ).one()
    return CardsTogether(int(active), int(owed))
