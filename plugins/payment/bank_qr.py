"""Paying by a bank transfer: the buyer scans a QR code and confirms in the bank's app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from flask import render_template

from core.sdk import (
    Capability,
    PaymentMethod,
    PaymentOutcome,
    PaymentRequest,
    PayOffer,
    RefundOutcome,
    RefundRequest,
    RefundState,
    ShopView,
    StatementStatus,
    clock,
    end_read,
    gettext,
    lazy_gettext,
)
from plugins.payment import journal, outcomes, qr
from plugins.payment.bank.client import BankClient, Refused, Result
from plugins.payment.bank.messages import Collection
from plugins.payment.connection import Connection, connection_of
from plugins.payment.models import Kind
from plugins.payment.queries import statement_status

CUSTODY = "payment.bank"
DESCRIPTION_LENGTH_MAX = 120


class BankQr(PaymentMethod):
    """Bank transfer by QR code."""

    id: ClassVar[str] = "payment.bank_qr"
    label = lazy_gettext("Bank transfer (QR code)")
    custody: ClassVar[str | None] = CUSTODY
    capabilities = frozenset({Capability.REFUND, Capability.PARTIAL_REFUND, Capability.QUERY, Capability.CANCEL})

    def statements(self) -> Sequence[StatementStatus]:
        """What the banks' statements say that were read so far."""
        return statement_status()

    def offer(self, shop: ShopView, amount_minor: int, currency: str) -> PayOffer | None:
        """Offered where a bank account in this currency is connected."""
        connection = connection_of(shop)
        if connection is None or connection.currency != currency or amount_minor <= 0:
            return None
        return PayOffer(
            label=gettext("Bank transfer"),
            detail=gettext("Scan a QR code with your bank's app. No card needed."),
            icon="qr",
            order=10,
        )

    def start(self, shop: ShopView, request: PaymentRequest) -> PaymentOutcome:
        """Ask the bank to collect; the same collection is found again when asked again."""
        connection = journal.begin(
            shop,
            kind=Kind.COLLECTION,
            reference=request.payment_id,
            amount_minor=request.amount_minor,
            currency=request.currency,
            terms={
                "description": shop.name[:DESCRIPTION_LENGTH_MAX],
                "expires_at": request.expires_at.isoformat(),
                "notify_url": notice_url(request.notify_url, shop.merchant_id),
            },
        )
        return outcomes.start_outcome(self._ask(shop, connection, request.payment_id))

    def query(self, shop: ShopView, payment_id: str, external_id: str | None) -> PaymentOutcome:
        """Ask the bank what has become of the collection; one that never reached the bank is asked for again."""
        reference = (outcomes.parse_external_id(external_id) or (payment_id, ""))[0]
        connection = journal.connection_for(shop, reference)
        end_read()
        result = connection.client().query(reference)
        if isinstance(result, Refused) and result.code == "not_found" and self._still_wanted(shop, reference):
            return outcomes.start_outcome(self._ask(shop, connection, reference))
        return outcomes.query_outcome(result)

    def cancel(self, shop: ShopView, payment_id: str, external_id: str | None) -> PaymentOutcome:
        """Let nobody pay the code any more; if somebody just did, say so."""
        journal.withdraw(shop.merchant_id, payment_id)
        client = self._client(shop, payment_id)
        outcome = outcomes.close_outcome(client.close(payment_id))
        return outcome or outcomes.query_outcome(client.query(payment_id))

    def refund(self, shop: ShopView, request: RefundRequest) -> RefundOutcome:
        """Give one payment back to whoever made it."""
        paid = outcomes.parse_external_id(request.payment_external_id)
        if paid is None:
            return RefundOutcome(RefundState.FAILED, message=gettext("The bank's transfer is not known."))
        reference, transfer_id = paid
        client = journal.begin(
            shop,
            kind=Kind.REFUND,
            reference=request.refund_id,
            amount_minor=request.amount_minor,
            currency=request.currency,
            of_reference=reference,
        ).client()
        result = client.refund(reference, request.refund_id, request.amount_minor, transfer_id=transfer_id)
        return outcomes.refund_outcome(result)

    def query_refund(self, shop: ShopView, refund_id: str, external_id: str | None) -> RefundOutcome:
        """Ask the bank what has become of a refund."""
        return outcomes.refund_outcome(self._client(shop, refund_id).query_refund(refund_id))

    def present(self, shop: ShopView, instructions: Mapping[str, Any]) -> str:
        """The code, a link for whoever is already on the phone, and what to do."""
        if "qr_payload" not in instructions:
            return ""
        return render_template(
            "payment/qr.html",
            svg=qr.svg(instructions["qr_payload"]),
            link=instructions["qr_payload"],
            expires_at=datetime.fromisoformat(instructions["expires_at"]),
        )

    @staticmethod
    def _client(shop: ShopView, reference: str) -> BankClient:
        connection = journal.connection_for(shop, reference)
        end_read()
        return connection.client()

    @staticmethod
    def _ask(shop: ShopView, connection: Connection, reference: str) -> Result[Collection]:
        """Ask for a collection on the terms that were noted first: another wording would be another request."""
        noted = journal.request_of(shop.merchant_id, reference)
        assert noted is not None
        amount_minor, currency, terms = noted.amount_minor, noted.currency, noted.terms
        end_read()
        return connection.client().create_collection(
            reference=reference,
            amount_minor=amount_minor,
            currency=currency,
            expires_at=datetime.fromisoformat(terms["expires_at"]),
            description=terms["description"],
            notify_url=terms["notify_url"],
        )

    @staticmethod
    def _still_wanted(shop: ShopView, reference: str) -> bool:
        noted = journal.request_of(shop.merchant_id, reference)
        return (
            noted is not None
            and not noted.withdrawn
            and bool(noted.terms)
            and clock.now() < datetime.fromisoformat(noted.terms["expires_at"])
        )


def notice_url(base: str, merchant_id: str) -> str:
    """Where the bank tells about this merchant's payments, under the address that the host gives the plugin."""
    return f"{base.rstrip('/')}/bank/notices/{merchant_id}"
