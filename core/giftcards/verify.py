"""What must be true of gift cards: on each stands what was put on it, less what orders took and did not give back."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, case, func, select

from core.base.database import db
from core.giftcards.models import GiftCard, GiftCardUse
from core.ledger.models import LedgerAccount, LedgerBalance, LedgerEntry, LedgerTransfer


def verify_gift_cards() -> Iterator[str]:
    """Each card's account equals its history, what is set aside equals its orders, and each account has a card."""
    spent = func.sum(
        case((GiftCardUse.state == "spent", GiftCardUse.amount_minor - GiftCardUse.returned_minor), else_=0)
    )
    uses = (
        select(
            GiftCardUse.merchant_id,
            GiftCardUse.card_id,
            spent.label("spent"),
            func.sum(case((GiftCardUse.state == "held", GiftCardUse.amount_minor), else_=0)).label("held"),
        )
        .group_by(GiftCardUse.merchant_id, GiftCardUse.card_id)
        .subquery()
    )
    expired = (
        select(LedgerTransfer.reference, (-func.sum(LedgerEntry.amount_minor)).label("amount"))
        .join(LedgerEntry, LedgerEntry.transfer_id == LedgerTransfer.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(LedgerTransfer.kind == "gift_card_expired", LedgerAccount.kind == "gift_card")
        .group_by(LedgerTransfer.reference)
        .subquery()
    )
    accounts = (
        select(
            LedgerAccount.owner,
            LedgerAccount.subject,
            LedgerBalance.balance_minor,
            LedgerBalance.held_minor,
        )
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(LedgerAccount.kind == "gift_card")
        .subquery()
    )
    balance, held = func.coalesce(accounts.c.balance_minor, 0), func.coalesce(accounts.c.held_minor, 0)
    expected = GiftCard.initial_minor - func.coalesce(uses.c.spent, 0) - func.coalesce(expired.c.amount, 0)
    expected -= GiftCard.returned_minor
    promised = func.coalesce(uses.c.held, 0)
    rows = (
        select(GiftCard.id, GiftCard.last4, balance, expected, held, promised)
        .outerjoin(accounts, and_(accounts.c.owner == GiftCard.merchant_id, accounts.c.subject == GiftCard.id))
        .outerjoin(uses, and_(uses.c.merchant_id == GiftCard.merchant_id, uses.c.card_id == GiftCard.id))
        .outerjoin(expired, expired.c.reference == GiftCard.id)
        .where((balance != expected) | (held != promised))
    )
    for card_id, last4, found, wanted, set_aside, meant in db.session.execute(rows):
        if found != wanted:
            yield f"gift card {card_id} (…{last4}): its history comes to {wanted}, but {found} stands on it"
        if set_aside != meant:
            yield f"gift card {card_id} (…{last4}): {meant} is meant for orders, but {set_aside} is set aside"
    orphans = (
        select(LedgerAccount.id)
        .outerjoin(GiftCard, and_(GiftCard.merchant_id == LedgerAccount.owner, GiftCard.id == LedgerAccount.subject))
        .where(LedgerAccount.kind == "gift_card", GiftCard.id.is_(None))
    )
    for account_id in db.session.scalars(orphans):
        yield f"account {account_id} holds money of a gift card that does not exist"
