"""Gift cards that an order sells: handed over when it is paid, taken back when their money goes back to the buyer.

A card that was sold is its holder's money from that moment. What is left on it can go back to whoever bought it, and
ends it; what has been spent cannot. An order is cancelled only while nothing of its cards has been spent.
"""

from __future__ import annotations

from sqlalchemy import func, select

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.base.transactions import transactional
from core.catalog.gifts import GiftTerms
from core.catalog.models import GIFT_CARD, GOODS, Product
from core.control.limits import Doing, count_against_limits
from core.giftcards.models import GiftCard
from core.giftcards.selling import SoldCard, sell_cards, take_back
from core.giftcards.service import ENDED
from core.ledger.service import AccountRef
from core.orders.gifts import Gift, last_moment
from core.orders.models import Order, OrderLine
from core.orders.moves import SYSTEM, available_of, escrow_of, lock_order, write_event
from core.orders.returns import REFUNDABLE, refund_from_payments
from core.orders.settlement import complete_order
from core.orders.states import OrderState, WrongState
from core.parties.roles import require_permission
from core.shops.queries import shop_context
from core.shops.zones import local_day

PERMISSION = "orders.refund"


def hand_over_cards(order: Order, source: AccountRef) -> None:
    """Make the cards of an order that has just been paid, out of `source`; an order of nothing else is completed.

    In the use case that marks it paid. Raises NotEnoughMoney where the shop was paid elsewhere and has no balance.
    """
    shop, moment = shop_context(order.merchant_id), clock.now()
    rows = db.session.execute(
        select(OrderLine, Product.gift)
        .join(Product, (Product.merchant_id == OrderLine.merchant_id) & (Product.id == OrderLine.product_id))
        .where(OrderLine.merchant_id == order.merchant_id, OrderLine.order_id == order.id, OrderLine.kind == GIFT_CARD)
        .order_by(OrderLine.position)
    ).all()
    sold: list[SoldCard] = []
    for line, terms in rows:
        gift = Gift.of(line.gift)
        send_at = gift.send_at(shop, moment)
        expires_at = last_moment(shop, send_at or moment, GiftTerms.of(terms).months)
        sold += [
            SoldCard(
                order_line_id=line.id,
                piece=piece,
                amount_minor=line.unit_price_minor,
                email=gift.email or order.email,
                locale=order.locale,
                recipient=gift.recipient,
                sender=gift.sender,
                message=gift.message,
                send_at=send_at,
                expires_at=expires_at,
            )
            for piece in range(line.quantity)
        ]
    sell_cards(order.merchant_id, order.id, sold, source, memo=order.code)
    write_event(order, "gift_cards_made", SYSTEM, {"amount_minor": order.cards_minor, "cards": len(sold)})
    complete_if_only_cards(order)


def complete_if_only_cards(order: Order) -> None:
    """An order of which nothing is to be sent is completed, and what else was paid for it released. In a use case."""
    if order.state not in (OrderState.PAID, OrderState.PACKED):
        return
    left = db.session.scalar(
        select(func.count())
        .select_from(OrderLine)
        .where(
            OrderLine.merchant_id == order.merchant_id,
            OrderLine.order_id == order.id,
            OrderLine.kind == GOODS,
            OrderLine.quantity > OrderLine.cancelled_quantity,
        )
    )
    if not left:
        complete_order(order, SYSTEM)


@transactional
def refund_card(merchant_id: str, order_id: str, card_id: str, *, reason: str, actor_id: str) -> int:
    """Give what is left on a card that an order sold back to whoever bought it; the card ends. Returns how much.

    Where the shop was paid elsewhere, the money comes into its balance, and it pays the buyer itself.
    Raises OrderNotFound, RoleNotEnough, NotFound, WrongState, GiftCardSpent, LimitReached.
    """
    role = require_permission(actor_id, merchant_id, PERMISSION)
    order = lock_order(merchant_id, order_id)
    if order.state not in REFUNDABLE:
        raise WrongState(_("This order has no money to give back."))
    belongs = db.session.scalar(
        select(GiftCard.id).where(
            GiftCard.merchant_id == merchant_id, GiftCard.order_id == order_id, GiftCard.id == card_id
        )
    )
    if belongs is None:
        raise NotFound(_("There is no such gift card."))
    amount_minor = _take(order, card_id)
    today = local_day(shop_context(merchant_id), clock.now())
    count_against_limits(Doing("refund", merchant_id, actor_id, role, amount_minor, order.currency, today))
    if not order.outside_minor:
        _pay_back(order, card_id, amount_minor, reason, actor_id)
    record(
        "gift_card.taken_back",
        actor_id=actor_id,
        subject=f"order:{order_id}",
        merchant_id=merchant_id,
        details={"amount_minor": amount_minor, "currency": order.currency, "gift_card_id": card_id},
    )
    told = {"amount_minor": amount_minor, **({"reason": reason.strip()[:300]} if reason.strip() else {})}
    write_event(order, "gift_card_taken_back", actor_id, told)
    return amount_minor


def take_all_back(order: Order, *, reason: str, actor: str) -> None:
    """Take the cards of an order that is being cancelled back, and give their money back. In a use case.

    Raises GiftCardSpent when anything of them has been spent: nothing is done then.
    """
    if not order.cards_minor:
        return
    cards = db.session.scalars(
        select(GiftCard.id)
        .where(
            GiftCard.merchant_id == order.merchant_id,
            GiftCard.order_id == order.id,
            GiftCard.state.not_in(ENDED) | (GiftCard.returned_minor < GiftCard.initial_minor),
        )
        .order_by(GiftCard.id)
    ).all()
    for card_id in cards:
        amount_minor = _take(order, card_id, whole=True)
        if not order.outside_minor:
            _pay_back(order, card_id, amount_minor, reason, actor)


def _take(order: Order, card_id: str, *, whole: bool = False) -> int:
    to = available_of(order) if order.outside_minor else escrow_of(order)
    amount_minor = take_back(order.merchant_id, card_id, to, memo=order.code, whole=whole)
    order.cards_back_minor += amount_minor
    db.session.flush()
    return amount_minor


def _pay_back(order: Order, card_id: str, amount_minor: int, reason: str, actor: str) -> None:
    words = reason.strip()[:300] or "gift card"
    refund_from_payments(order, amount_minor, escrow_of(order), words, actor, gift_card_id=card_id)
    order.refunded_minor += amount_minor
    db.session.flush()
