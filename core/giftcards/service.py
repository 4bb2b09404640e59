"""What a shop does with gift cards: give them out, switch them off and on, renew a lost code, let them expire.

Every card is backed by money from its first moment: what is put on it leaves the shop's own balance and stands in the
card's account, a client's, until it pays for an order, comes back, or expires.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from core.audit import record
from core.base import clock
from core.base.crypto import CannotDecrypt, blind_index, decrypt, encrypt
from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_code, new_id
from core.base.money import MAX_MINOR
from core.base.outbox import emit
from core.base.transactions import transactional
from core.control.limits import Doing, count_against_limits
from core.giftcards.errors import GiftCardClosed, GiftCardNotFound
from core.giftcards.models import GiftCard
from core.ledger import kinds
from core.ledger.queries import balances
from core.ledger.service import AccountRef, Posting, TransferDraft, post_transfer, post_transfers
from core.messages.service import send
from core.parties.factors import require_recent_factor
from core.parties.roles import authorise, require_permission
from core.parties.service import checked_email
from core.shops.queries import shop_context
from core.shops.standing import require_active
from core.shops.zones import local_day

PERMISSION = "orders.refund"
"""Giving a card is giving money to a customer, as a refund is."""
CODE_CHARACTERS = 16
NOTE_CHARACTERS_MAX = 500
ENDED = frozenset({"expired", "returned"})
_PURPOSE = "gift_card"


def card_account(merchant_id: str, card_id: str, currency: str) -> AccountRef:
    """The ledger account that holds what is on a card."""
    return AccountRef(kinds.GIFT_CARD, merchant_id, currency, card_id)


def plain_code(code: str) -> str:
    """A code as it was typed, without the gaps that people write it with."""
    return "".join(character for character in code.upper() if character.isalnum())


def spaced_code(code: str) -> str:
    """A code as people read it: ABCD-EFGH-JKLM-NPQR."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def code_index(code: str) -> str:
    """The keyed hash under which a card is found by its code."""
    return blind_index(_PURPOSE, plain_code(code))


@transactional
def issue_card(
    merchant_id: str,
    *,
    amount_minor: int,
    actor_id: str,
    email: str = "",
    note: str = "",
    expires_at: datetime | None = None,
    locale: str = "en",
) -> tuple[str, str]:
    """Put an amount of the shop's own balance onto a new card; with an address, its code is sent there.

    Returns the card's id and its code, which is shown this once. Raises RoleNotEnough, FactorNeeded, FactorMissing,
    Invalid with `fields`, LimitReached, NotEnoughMoney (the shop's balance does not hold so much).
    """
    role = require_permission(actor_id, merchant_id, PERMISSION)
    require_recent_factor(actor_id)
    require_active(merchant_id)
    moment = clock.now()
    fields: dict[str, object] = {}
    if not 0 < amount_minor <= MAX_MINOR:
        fields["amount"] = _("The amount must be more than zero.")
    if expires_at is not None and expires_at <= moment:
        fields["expires_at"] = _("Choose a day that is still to come.")
    if len(note) > NOTE_CHARACTERS_MAX:
        fields["note"] = _("At most %(most)s characters, please.", most=NOTE_CHARACTERS_MAX)
    try:
        email = checked_email(email) if email.strip() else ""
    except Invalid as refusal:
        fields |= refusal.fields
    if fields:
        raise Invalid(_("Please correct the marked fields."), fields=fields)
    shop = shop_context(merchant_id)
    count_against_limits(
        Doing("gift_card", merchant_id, actor_id, role, amount_minor, shop.currency, local_day(shop, moment))
    )
    card_id, code = new_id("gft"), new_code(CODE_CHARACTERS)
    card = GiftCard(
        merchant_id=merchant_id,
        id=card_id,
        code_index=code_index(code),
        last4=code[-4:],
        currency=shop.currency,
        initial_minor=amount_minor,
        state="active",
        expires_at=expires_at,
        email=email,
        note=note.strip(),
        locale=locale,
        created_by=actor_id,
        created_at=moment,
    )
    db.session.add(card)
    db.session.flush()
    post_transfer(
        kinds.GIFT_CARD_FUNDED,
        [
            Posting(AccountRef(kinds.MERCHANT_AVAILABLE, merchant_id, shop.currency), -amount_minor),
            Posting(card_account(merchant_id, card_id, shop.currency), amount_minor),
        ],
        reference=card_id,
        idempotency_key=f"gift_card:{card_id}",
        merchant_id=merchant_id,
        memo=code[-4:],
    )
    details = {"amount_minor": amount_minor, "currency": shop.currency, "last4": code[-4:]}
    record(
        "gift_card.issued", actor_id=actor_id, subject=f"gift_card:{card_id}", merchant_id=merchant_id, details=details
    )
    if email:
        write_code(card, code, amount_minor)
    emit("gift_card.issued", {"gift_card_id": card_id, "amount_minor": amount_minor}, merchant_id=merchant_id)
    return card_id, spaced_code(code)


def write_code(card: GiftCard, code: str, left_minor: int) -> None:
    """Send a card's code, and a link to the page on which it can be seen and printed, to whom it is for."""
    values = {
        "code": spaced_code(code),
        "amount_minor": left_minor,
        "currency": card.currency,
        "expires_at": card.expires_at.isoformat() if card.expires_at else "",
        "path": f"/gift-card/{card_token(card.id, code)}",
        "recipient": card.recipient,
        "sender": card.sender,
        "message": card.message,
    }
    send(
        "gift_card.code",
        to=card.email,
        locale=card.locale,
        values=values,
        merchant_id=card.merchant_id,
        key=f"gift_card.code:{card.id}:{card.code_index[:16]}",
    )


def card_token(card_id: str, code: str) -> str:
    """What stands in the address of a card's own page: whoever has it can read the code, as from the letter."""
    return encrypt(f"{card_id}:{plain_code(code)}")


def code_of_token(token: str) -> tuple[str, str]:
    """The card's id and code that `card_token` was given. Raises GiftCardNotFound."""
    try:
        card_id, _colon, code = decrypt(token).partition(":")
    except (CannotDecrypt, ValueError):
        raise GiftCardNotFound from None
    return card_id, code


def _locked(merchant_id: str, card_id: str) -> GiftCard:
    card = db.session.get(GiftCard, (merchant_id, card_id), with_for_update=True, populate_existing=True)
    if card is None:
        raise GiftCardNotFound
    if card.state in ENDED:
        raise GiftCardClosed
    return card


@transactional
def set_card_active(merchant_id: str, card_id: str, active: bool, *, actor_id: str) -> None:
    """Switch a card off (what is on it stays there), or on again. Raises what `renew_code` does."""
    authorise(actor_id, merchant_id, PERMISSION)
    card = _locked(merchant_id, card_id)
    card.state = "active" if active else "disabled"
    action = "gift_card.switched_on" if active else "gift_card.switched_off"
    record(action, actor_id=actor_id, subject=f"gift_card:{card_id}", merchant_id=merchant_id)
    emit("gift_card.enabled" if active else "gift_card.disabled", {"gift_card_id": card_id}, merchant_id=merchant_id)


@transactional
def renew_code(merchant_id: str, card_id: str, *, actor_id: str, email: str = "") -> str:
    """Give a card a new code because the old one was lost or seen by others; the old one is worth nothing any more.

    Sends it to where the card was sent, or from now on to `email`, and returns it, to be shown this once. One that
    waits for its day is sent now. Raises RoleNotEnough, FactorNeeded, FactorMissing, GiftCardNotFound, GiftCardClosed,
    Invalid (`fields.email`).
    """
    authorise(actor_id, merchant_id, PERMISSION)
    require_recent_factor(actor_id)
    card = _locked(merchant_id, card_id)
    if email.strip():
        card.email = checked_email(email)
    code = give_code(card)
    record("gift_card.code_renewed", actor_id=actor_id, subject=f"gift_card:{card_id}", merchant_id=merchant_id)
    return spaced_code(code)


def give_code(card: GiftCard) -> str:
    """Make a new code for a locked card and send it to whom the card is for; gives it back. In a use case."""
    code = new_code(CODE_CHARACTERS)
    card.code_index, card.last4 = code_index(code), code[-4:]
    if card.send_at is not None and card.delivered_at is None:
        card.delivered_at = clock.now()
    if card.email:
        account = card_account(card.merchant_id, card.id, card.currency)
        write_code(card, code, balances([account])[account].posted_minor)
    return code


@transactional
def expire_cards(limit: int = 200) -> int:
    """Job: what is left on cards whose day is over becomes the shop's, and the cards are closed. Returns how many.

    A card of which a part is set aside for an order that is not paid yet waits until that has ended.
    """
    moment = clock.now()
    cards = db.session.scalars(
        select(GiftCard)
        .where(GiftCard.state.in_(("active", "disabled")), GiftCard.expires_at <= moment)
        .order_by(GiftCard.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    accounts = {card.id: card_account(card.merchant_id, card.id, card.currency) for card in cards}
    found = balances(list(accounts.values())) if cards else {}
    ended = [card for card in cards if not found[accounts[card.id]].held_minor]
    drafts = [
        TransferDraft(
            kind=kinds.GIFT_CARD_EXPIRED,
            postings=(
                Posting(accounts[card.id], -found[accounts[card.id]].posted_minor),
                Posting(
                    AccountRef(kinds.MERCHANT_AVAILABLE, card.merchant_id, card.currency),
                    found[accounts[card.id]].posted_minor,
                ),
            ),
            reference=card.id,
            idempotency_key=f"gift_card_expired:{card.id}",
            merchant_id=card.merchant_id,
            memo=card.last4,
        )
        for card in ended
        if found[accounts[card.id]].posted_minor
    ]
    if drafts:
        post_transfers(drafts)
    if ended:
        db.session.execute(
            update(GiftCard)
            .where(GiftCard.id.in_([card.id for card in ended]))
            .values(state="expired", ended_at=moment)
            .execution_options(synchronize_session=False)
        )
    for card in ended:
        emit("gift_card.expired", {"gift_card_id": card.id}, merchant_id=card.merchant_id)
    return len(ended)
