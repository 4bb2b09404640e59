"""Sending money to bank accounts: merchants' withdrawals."""

from __future__ import annotations

from typing import ClassVar

from core.sdk import PayoutOutcome, PayoutRail, PayoutRequest, ShopView, lazy_gettext
from plugins.payment import journal, outcomes
from plugins.payment.bank_qr import CUSTODY
from plugins.payment.models import Kind


class BankPayout(PayoutRail):
    """Bank transfer to any account."""

    id: ClassVar[str] = "payment.bank_payout"
    label = lazy_gettext("Bank transfer")
    custody: ClassVar[str | None] = CUSTODY

    def pay_out(self, shop: ShopView, request: PayoutRequest) -> PayoutOutcome:
        """Send it; the same payout is found again when asked again."""
        client = journal.begin(
            shop,
            kind=Kind.PAYOUT,
            reference=request.payout_id,
            amount_minor=request.amount_minor,
            currency=request.currency,
        ).client()
        result = client.payout(
            reference=request.payout_id,
            account=request.account_number,
            name=request.account_name,
            amount_minor=request.amount_minor,
            currency=request.currency,
        )
        return outcomes.payout_outcome(result)

    def query_payout(self, shop: ShopView, payout_id: str, external_id: str | None) -> PayoutOutcome:
        """Ask the bank what has become of a payout."""
        client = journal.connection_for(shop, payout_id).client()
        return outcomes.payout_outcome(client.query_payout(payout_id))
