"""Stand-ins for the outside, with a book of their own, that can be told to be slow of word or to lie."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.contract.providers import (
    Capability,
    DeliveryMethod,
    DeliveryOption,
    PaymentMethod,
    PaymentOutcome,
    PaymentState,
    PayOffer,
    PayoutOutcome,
    PayoutRail,
    PayoutState,
    RefundOutcome,
    RefundState,
)
from core.contract.registry import Contributions
from core.sdk.testing import FakeIdentityCheck


@dataclass
class Book:
    """What the outside has really done, and how it answers."""

    start: PaymentState = PaymentState.REQUIRES_ACTION
    refund: RefundState = RefundState.SUCCEEDED
    payout: PayoutState = PayoutState.SUCCEEDED
    lose_answers: bool = False
    offered: bool = True
    cards: bool = False
    paid: dict[str, tuple[str, int]] = field(default_factory=dict)
    refunds: dict[str, int] = field(default_factory=dict)
    payouts: dict[str, int] = field(default_factory=dict)


book = Book()


def fresh_book() -> Book:
    book.__init__()
    return book


class FakePay(PaymentMethod):
    id = "fakepay.qr"
    label = "Fake pay"
    custody = "fakepay.bank"
    capabilities = frozenset({Capability.REFUND, Capability.PARTIAL_REFUND, Capability.QUERY, Capability.CANCEL})

    def offer(self, shop, amount_minor, currency):
        return PayOffer("Fake pay") if book.offered else None

    def start(self, shop, request):
        if book.start == PaymentState.CAPTURED:
            book.paid[request.payment_id] = (f"ext-{request.payment_id}", request.amount_minor)
        if book.lose_answers:
            raise TimeoutError("the answer was lost")
        return self.query(shop, request.payment_id, None)

    def query(self, shop, payment_id, external_id):
        if payment_id in book.paid:
            external, amount = book.paid[payment_id]
            return PaymentOutcome(PaymentState.CAPTURED, external, amount, "CNY")
        return PaymentOutcome(book.start, instructions={"qr": payment_id})

    def cancel(self, shop, payment_id, external_id):
        if payment_id in book.paid:
            return self.query(shop, payment_id, external_id)
        return PaymentOutcome(PaymentState.CANCELLED)

    def refund(self, shop, request):
        if book.refund == RefundState.SUCCEEDED:
            book.refunds[request.refund_id] = request.amount_minor
        if book.lose_answers:
            raise TimeoutError("the answer was lost")
        return RefundOutcome(book.refund, f"ext-{request.refund_id}")

    def present(self, shop, instructions):
        return f"<p>{instructions.get('qr', '')}</p>"


class FakeCards(FakePay):
    """Another way to pay, of another plugin."""

    id = "fakecards.card"
    label = "Fake cards"
    custody = "fakecards.bank"

    def offer(self, shop, amount_minor, currency):
        return PayOffer("Fake cards") if book.cards else None


class FakeRail(PayoutRail):
    id = "fakepay.rail"
    label = "Fake rail"
    custody = "fakepay.bank"

    def pay_out(self, shop, request):
        if book.payout == PayoutState.SUCCEEDED:
            book.payouts[request.payout_id] = request.amount_minor
        if book.lose_answers:
            raise TimeoutError("the answer was lost")
        return PayoutOutcome(book.payout, f"ext-{request.payout_id}")

    def query_payout(self, shop, payout_id, external_id):
        return PayoutOutcome(book.payout, f"ext-{payout_id}")


class FakeDelivery(DeliveryMethod):
    id = "fakeship.flat"
    label = "Fake delivery"

    def options(self, shop, basket, address):
        if address.country == "AQ":
            return []
        return [DeliveryOption("standard", "Standard", 800), DeliveryOption("fast", "Fast", 2000)]


FAKES = Contributions(providers=(FakePay(), FakeCards(), FakeRail(), FakeDelivery(), FakeIdentityCheck()))
