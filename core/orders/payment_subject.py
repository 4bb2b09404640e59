"""What a payment means for the order that it is for."""

from __future__ import annotations

from dataclasses import fields

from sqlalchemy import bindparam, select, update

from core.base import clock
from core.base.database import db, table_of
from core.base.rows import connection
from core.base.transactions import transactional
from core.contract.providers import CapturedPayment, PaymentState
from core.giftcards.spending import spend_held
from core.orders.card_lines import hand_over_cards
from core.orders.fees import return_fee
from core.orders.models import Order
from core.orders.moves import SYSTEM, MovedOrder, escrow_of, lock_order, move, moved, write_event
from core.orders.settlement import release_escrow
from core.orders.states import OrderState
from core.payments.models import Refund
from core.payments.service import capture_into

ORDER = table_of(Order)
_PAID = (
    update(ORDER)
    .where(
        ORDER.c.merchant_id == bindparam("merchant"),
        ORDER.c.id == bindparam("order"),
        ORDER.c.state == OrderState.PENDING,
        ORDER.c.total_minor - ORDER.c.gift_card_minor == bindparam("amount"),
    )
    .values(state=str(OrderState.PAID), paid_at=bindparam("moment"), pay_until=None)
    .returning(*(ORDER.c[field.name] for field in fields(MovedOrder)))
)


def _of_goods(merchant_id: str, refund_id: str) -> bool:
    """Whether a refund is of money that a fee was taken from; none is taken when a gift card is sold."""
    of_card = select(Refund.gift_card_id).where(Refund.merchant_id == merchant_id, Refund.id == refund_id)
    return db.session.scalar(of_card) is None


@transactional
def pay_by_card(merchant_id: str, order_id: str) -> None:
    """An order of which a gift card pays everything is paid at once: what was set aside goes into its escrow."""
    order = lock_order(merchant_id, order_id)
    spent = spend_held(merchant_id, order_id, escrow_of(order), memo=order.code)
    order.paid_at, order.pay_until = clock.now(), None
    move(order, OrderState.PAID, SYSTEM, {"amount_minor": spent, "provider_id": "gift_card"})


class OrderPayments:
    """Payments whose purpose is an order; called by core.payments inside its transactions."""

    purpose = "order"

    def on_captured(self, payment: CapturedPayment) -> bool:
        """Put the money into the order's escrow and mark it paid; False when it is not awaited any more."""
        row = (
            connection()
            .execute(
                _PAID,
                {
                    "merchant": payment.merchant_id,
                    "order": payment.subject_id,
                    "amount": payment.amount_minor,
                    "moment": clock.now(),
                },
            )
            .one_or_none()
        )
        told = {"amount_minor": payment.amount_minor}
        if row is None:
            write_event(lock_order(payment.merchant_id, payment.subject_id), "payment_not_needed", SYSTEM, told)
            return False
        order = MovedOrder(*row)
        capture_into(payment, escrow_of(order))
        if order.gift_card_minor:
            spend_held(order.merchant_id, order.id, escrow_of(order), memo=order.code)
        moved(order, OrderState.PENDING, SYSTEM, {**told, "provider_id": payment.provider_id})
        if order.cards_minor:
            hand_over_cards(lock_order(order.merchant_id, order.id), escrow_of(order))
        return True

    def on_ended(self, merchant_id: str, subject_id: str, payment_id: str, state: PaymentState) -> None:
        """Note in the timeline that a payment came to nothing; the order may be paid another way."""
        write_event(lock_order(merchant_id, subject_id), "payment_ended", SYSTEM, {"state": str(state)})

    def on_refund_ended(
        self, merchant_id: str, subject_id: str, refund_id: str, amount_minor: int, succeeded: bool
    ) -> None:
        """Close a refund in the order's books: the platform's fee on it goes back, or the money stays."""
        order = lock_order(merchant_id, subject_id)
        if succeeded:
            write_event(order, "refunded", SYSTEM, {"amount_minor": amount_minor})
            if order.state == OrderState.COMPLETED and _of_goods(merchant_id, refund_id):
                return_fee(order, refund_id, amount_minor)
            return
        order.refunded_minor -= amount_minor
        write_event(order, "refund_failed", SYSTEM, {"amount_minor": amount_minor})
        if order.state == OrderState.COMPLETED:
            release_escrow([order], f"release:{refund_id}")
