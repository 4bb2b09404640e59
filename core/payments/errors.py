"""Refusals about payments, refunds and payouts."""

from __future__ import annotations

from core.base.errors import NotFound, Refused
from core.base.i18n import lazy_gettext as _


class PaymentNotFound(NotFound):
    code = "payment_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such payment."))


class RefundTooMuch(Refused):
    code = "refund_too_much"

    def __init__(self) -> None:
        super().__init__(_("More cannot be given back than was paid and not yet refunded."))


class NoPayoutRail(Refused):
    code = "no_payout_rail"

    def __init__(self) -> None:
        super().__init__(_("No plugin that can send money to bank accounts is switched on. Switch one on first."))
