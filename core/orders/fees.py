"""The platform's fee on an order goes back with the money that it was taken from."""

from __future__ import annotations

from core.base.money import share_ppm
from core.ledger.service import AccountRef, Posting, post_transfer
from core.orders.models import Order
from core.orders.moves import available_of


def return_fee(order: Order, occasion: str, amount_minor: int) -> None:
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
            idempotency_key=f"fee:{occasion}",
            merchant_id=order.merchant_id,
            memo=order.code,
        )
