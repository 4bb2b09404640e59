"""What a payment means for the order that it is for."""

from __future__ import annotations

from dataclasses import fields

from sqlalchemy import bindparam, update

from core.base import clock
from core.base.database import table_of
from core.base.money import share_ppm
from core.base.rows import connection
from core.contract.providers import CapturedPayment, PaymentState
from core.ledger.service import AccountRef, Posting, post_transfer
from core.orders.models import Order
from core.orders.moves import SYSTEM, MovedOrder, available_of, escrow_of, lock_order, moved, write_event
from core.orders.settlement import release_escrow
from core.orders.states import OrderState
from core.payments.service import capture_into

ORDER = table_of(Order)
_PAID = (
    update(ORDER)
    .where(
        ORDER.c.merchant_id == bindparam("merchant"),
        ORDER.c.id == bindparam("order"),
        ORDER.c.state == OrderState.PENDING,
        ORDER.c.total_minor == bindparam("amount"),
    )
    .values(state=str(OrderState.PAID), paid_at=bindparam("moment"), pay_until=None)
    .returning(*(ORDER.c[field.name] for field in fields(MovedOrder)))
)


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
        moved(order, OrderState.PENDING, SYSTEM, {**told, "provider_id": payment.provider_id})
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
            if order.state == OrderState.COMPLETED:
                _return_fee(order, refund_id, amount_minor)
            return
        order.refunded_minor -= amount_minor
        write_event(order, "refund_failed", SYSTEM, {"amount_minor": amount_minor})
        if order.state == OrderState.COMPLETED:
            release_escrow([order], f"release:{refund_id}")


def _return_fee(order: Order, refund_id: str, amount_minor: int) -> None:
    """The platform earns nothing on money that went back: its fee on a refund after release returns to the merchant."""
    fee = share_ppm(amount_minor, order.fee_ppm)
    if fee:
        post_transfer(
            "fee_returned",
            [
                Posting(AccountRef("platform_fees", "platform", order.currency), -fee),
                Posting(available_of(order), fee),
            ],
            reference=order.id,
            idempotency_key=f"fee:{refund_id}",
            merchant_id=order.merchant_id,
            memo=order.code,
        )
