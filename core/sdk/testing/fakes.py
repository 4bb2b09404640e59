"""Stand-ins for the outside, with a book of their own, that can be told to be slow of word, to fail or to lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from core.contract.providers import (
    Capability,
    DeliveryMethod,
    DeliveryOption,
    IdentityCheck,
    IdentityOutcome,
    IdentityRequest,
    IdentityState,
    MessageChannel,
    MessageOutcome,
    MessageState,
    OutgoingMessage,
    PaymentMethod,
    PaymentOutcome,
    PaymentRequest,
    PaymentState,
    PayOffer,
    PayoutOutcome,
    PayoutRail,
    PayoutRequest,
    PayoutState,
    RefundOutcome,
    RefundRequest,
    RefundState,
)
from core.contract.registry import Contributions
from core.contract.views import AddressView, BasketView, ShopView


@dataclass
class FakeOutside:
    """What the other side has really done (`paid`, `refunded`, `paid_out`, by our ids), and how it answers.

    `answer` is what a new payment comes to at once: CAPTURED pays it, FAILED refuses it, REQUIRES_ACTION waits for
    `pay`, UNKNOWN says nothing. With `lose_answers` things happen but every answer is lost on the way.
    """

    answer: PaymentState = PaymentState.REQUIRES_ACTION
    refunds_answer: RefundState = RefundState.SUCCEEDED
    payouts_answer: PayoutState = PayoutState.SUCCEEDED
    identity_answer: IdentityState = IdentityState.CONFIRMED
    lose_answers: bool = False
    paid: dict[str, tuple[int, str]] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    refunded: dict[str, int] = field(default_factory=dict)
    paid_out: dict[str, int] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    messages_answer: MessageState = MessageState.SENT
    messages: dict[str, OutgoingMessage] = field(default_factory=dict)

    def pay(self, payment_id: str, amount_minor: int, currency: str) -> None:
        """The buyer pays, perhaps another amount than was asked."""
        self.paid[payment_id] = (amount_minor, currency)

    def reset(self) -> None:
        """Begin a new book, answering as at first."""
        fresh = FakeOutside()
        for name in vars(self):
            setattr(self, name, getattr(fresh, name))

    def called(self, what: str) -> None:
        self.calls.append(what)

    def said(self) -> None:
        if self.lose_answers:
            raise TimeoutError("the answer was lost on the way")


outside = FakeOutside()
"""The one outside that the fakes of this process share; `tongbao_app` begins each test with an empty book."""


class FakePaymentMethod(PaymentMethod):
    """A way to pay whose other side is `outside`."""

    id = "fake.pay"
    label = "Fake payment"
    custody = "fake.bank"
    capabilities = frozenset({Capability.REFUND, Capability.PARTIAL_REFUND, Capability.QUERY, Capability.CANCEL})

    def offer(self, shop: ShopView, amount_minor: int, currency: str) -> PayOffer | None:
        return PayOffer("Fake payment", "No money moves") if amount_minor > 0 else None

    def start(self, shop: ShopView, request: PaymentRequest) -> PaymentOutcome:
        outside.called(f"start {request.payment_id}")
        if outside.answer == PaymentState.CAPTURED and request.payment_id not in outside.paid:
            outside.pay(request.payment_id, request.amount_minor, request.currency)
        outside.said()
        return self._known(request.payment_id)

    def query(self, shop: ShopView, payment_id: str, external_id: str | None) -> PaymentOutcome:
        outside.called(f"query {payment_id}")
        outside.said()
        return self._known(payment_id)

    def cancel(self, shop: ShopView, payment_id: str, external_id: str | None) -> PaymentOutcome:
        outside.called(f"cancel {payment_id}")
        if payment_id not in outside.paid:
            outside.cancelled.add(payment_id)
        outside.said()
        return self._known(payment_id)

    def refund(self, shop: ShopView, request: RefundRequest) -> RefundOutcome:
        outside.called(f"refund {request.refund_id}")
        if outside.refunds_answer == RefundState.SUCCEEDED:
            outside.refunded[request.refund_id] = request.amount_minor
        outside.said()
        return self.query_refund(shop, request.refund_id, None)

    def query_refund(self, shop: ShopView, refund_id: str, external_id: str | None) -> RefundOutcome:
        outside.said()
        if refund_id in outside.refunded:
            return RefundOutcome(RefundState.SUCCEEDED, f"ext-{refund_id}")
        return RefundOutcome(outside.refunds_answer, f"ext-{refund_id}")

    def present(self, shop: ShopView, instructions: Mapping[str, Any]) -> str:
        return Markup("<p>{}</p>").format(instructions.get("say", ""))

    def _known(self, payment_id: str) -> PaymentOutcome:
        external_id = f"ext-{payment_id}"
        if payment_id in outside.paid:
            amount_minor, currency = outside.paid[payment_id]
            return PaymentOutcome(PaymentState.CAPTURED, external_id, amount_minor, currency)
        if payment_id in outside.cancelled:
            return PaymentOutcome(PaymentState.CANCELLED, external_id)
        return PaymentOutcome(outside.answer, external_id, instructions={"say": f"Pay {payment_id}"})


class FakePayoutRail(PayoutRail):
    """A way out for money whose other side is `outside`."""

    id = "fake.rail"
    label = "Fake bank"
    custody = "fake.bank"

    def pay_out(self, shop: ShopView, request: PayoutRequest) -> PayoutOutcome:
        outside.called(f"pay_out {request.payout_id}")
        if outside.payouts_answer == PayoutState.SUCCEEDED:
            outside.paid_out[request.payout_id] = request.amount_minor
        outside.said()
        return self._known(request.payout_id)

    def query_payout(self, shop: ShopView, payout_id: str, external_id: str | None) -> PayoutOutcome:
        outside.said()
        return self._known(payout_id)

    def _known(self, payout_id: str) -> PayoutOutcome:
        state = PayoutState.SUCCEEDED if payout_id in outside.paid_out else outside.payouts_answer
        return PayoutOutcome(state, f"ext-{payout_id}")


class FakeDelivery(DeliveryMethod):
    """Delivers anywhere but to Antarctica, at two speeds; prices are fixed."""

    id = "fake.post"
    label = "Fake post"

    def options(self, shop: ShopView, basket: BasketView, address: AddressView) -> Sequence[DeliveryOption]:
        if address.country == "AQ":
            return []
        return [DeliveryOption("standard", "Standard", 800), DeliveryOption("fast", "Fast", 2000)]


class FakeMessageChannel(MessageChannel):
    """Messages for phones, kept by `outside`."""

    id = "fake.sms"
    label = "Fake text messages"
    medium = "sms"

    def deliver(self, message: OutgoingMessage) -> MessageOutcome:
        outside.called(f"deliver {message.message_id}")
        if outside.messages_answer == MessageState.SENT:
            outside.messages[message.message_id] = message
        outside.said()
        return MessageOutcome(outside.messages_answer, f"ext-{message.message_id}")


class FakeIdentityCheck(IdentityCheck):
    """Tells of passports alone, what `outside` is told to answer."""

    id = "fake.identity"
    label = "Fake identity check"
    number_kinds = frozenset({"passport"})

    def check(self, request: IdentityRequest) -> IdentityOutcome:
        outside.called(f"identity {request.case_id}")
        outside.said()
        reasons = ("number_wrong",) if outside.identity_answer == IdentityState.REFUSED else ()
        return IdentityOutcome(outside.identity_answer, reasons, f"ext-{request.case_id}")


FAKES = Contributions(
    providers=(FakePaymentMethod(), FakePayoutRail(), FakeDelivery(), FakeMessageChannel(), FakeIdentityCheck())
)
"""Hand them to make_app; a shop has them on when `fake` is among its plugins (see plugin_on)."""
