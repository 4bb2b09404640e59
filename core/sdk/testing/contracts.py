"""Contract tests: what the host relies on in every provider. A plugin's test class inherits one and says how to begin.

    class TestBankQr(PaymentMethodContract):
        @pytest.fixture
        def method(self):
            return BankQr()

Override `shop` (its settings, its currency) and `pay` where the other side needs to be told something.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.base import clock
from core.base.ids import new_id
from core.contract.providers import (
    Capability,
    DeliveryMethod,
    IdentityCheck,
    IdentityDocument,
    IdentityRequest,
    IdentityState,
    MessageChannel,
    MessageState,
    OutgoingMessage,
    PaymentMethod,
    PaymentOutcome,
    PaymentRequest,
    PaymentState,
    PayoutRail,
    PayoutRequest,
    PayoutState,
    RefundRequest,
    RefundState,
)
from core.contract.providers.identity import IdentitySubject
from core.contract.views import AddressView, BasketView, LineView, ShopView

_OPEN = {PaymentState.CREATED, PaymentState.REQUIRES_ACTION, PaymentState.UNKNOWN}


class _Contract:
    @pytest.fixture
    def shop(self) -> ShopView:
        """The shop on whose behalf the provider is called."""
        return ShopView("mer_contract", "contract", "Contract", "CNY", "en")


class PaymentMethodContract(_Contract):
    """What the host relies on in a payment method. Needs the fixture `method`, and `pay` if it can capture."""

    @pytest.fixture
    def request_to_pay(self) -> PaymentRequest:
        """A payment of a size that the method takes."""
        return PaymentRequest(
            payment_id=new_id("pay"),
            amount_minor=12_34,
            currency="CNY",
            description="Order 7",
            expires_at=clock.now() + timedelta(minutes=30),
            return_url="http://shop.localhost/pay/return",
            notify_url="http://shop.localhost/hooks/notify",
        )

    def pay(self, method: PaymentMethod, request: PaymentRequest) -> None:
        """Make the buyer pay at the other side. Tests that need it are skipped where it is not overridden."""
        pytest.skip("this method cannot be paid in a test")

    def test_it_is_named_after_its_plugin(self, method: PaymentMethod) -> None:
        plugin_id, _, name = method.id.partition(".")
        assert plugin_id
        assert name
        assert str(method.label)

    def test_what_it_offers_can_be_read(self, method: PaymentMethod, shop: ShopView) -> None:
        offer = method.offer(shop, 12_34, "CNY")
        assert offer is None or str(offer.label)

    def test_starting_does_not_yet_mean_that_money_came(
        self, method: PaymentMethod, shop: ShopView, request_to_pay: PaymentRequest
    ) -> None:
        outcome = method.start(shop, request_to_pay)
        assert isinstance(outcome, PaymentOutcome)
        assert outcome.state in {*_OPEN, PaymentState.CAPTURED, PaymentState.FAILED}
        assert (outcome.state == PaymentState.CAPTURED) == (outcome.amount_minor is not None)

    def test_starting_again_is_the_same_payment(
        self, method: PaymentMethod, shop: ShopView, request_to_pay: PaymentRequest
    ) -> None:
        first, again = method.start(shop, request_to_pay), method.start(shop, request_to_pay)
        assert first.external_id == again.external_id
        assert first.state == again.state

    def test_what_is_to_be_done_can_be_shown(
        self, method: PaymentMethod, shop: ShopView, request_to_pay: PaymentRequest
    ) -> None:
        outcome = method.start(shop, request_to_pay)
        if outcome.state == PaymentState.REQUIRES_ACTION:
            shown = method.present(shop, outcome.instructions)
            assert shown
            assert "<script" not in shown.lower()

    def test_a_payment_that_was_made_is_known_with_its_amount(
        self, method: PaymentMethod, shop: ShopView, request_to_pay: PaymentRequest
    ) -> None:
        external_id = method.start(shop, request_to_pay).external_id
        self.pay(method, request_to_pay)
        outcome = method.query(shop, request_to_pay.payment_id, external_id)
        assert outcome.state == PaymentState.CAPTURED
        assert (outcome.amount_minor, outcome.currency) == (request_to_pay.amount_minor, request_to_pay.currency)
        assert outcome.external_id

    def test_a_payment_that_was_made_cannot_be_cancelled(
        self, method: PaymentMethod, shop: ShopView, request_to_pay: PaymentRequest
    ) -> None:
        external_id = method.start(shop, request_to_pay).external_id
        self.pay(method, request_to_pay)
        assert method.cancel(shop, request_to_pay.payment_id, external_id).state == PaymentState.CAPTURED

    def test_a_refund_given_twice_is_one_refund(
        self, method: PaymentMethod, shop: ShopView, request_to_pay: PaymentRequest
    ) -> None:
        if Capability.REFUND not in method.capabilities:
            pytest.skip("this method does not say that it can refund")
        external_id = method.start(shop, request_to_pay).external_id
        self.pay(method, request_to_pay)
        paid = method.query(shop, request_to_pay.payment_id, external_id)
        refund = RefundRequest(
            refund_id=new_id("ref"),
            payment_id=request_to_pay.payment_id,
            payment_external_id=paid.external_id,
            amount_minor=request_to_pay.amount_minor,
            currency=request_to_pay.currency,
            reason="contract",
        )
        first, again = method.refund(shop, refund), method.refund(shop, refund)
        assert first.state != RefundState.FAILED
        assert first.external_id == again.external_id


class PayoutRailContract(_Contract):
    """What the host relies on in a payout rail. Needs the fixture `rail`."""

    @pytest.fixture
    def request_to_pay_out(self) -> PayoutRequest:
        """A payout that the rail can send."""
        return PayoutRequest(
            payout_id=new_id("pyt"),
            amount_minor=12_34,
            currency="CNY",
            account_name="Li Lei",
            account_number="6222020000000000",
            bank_code="TEST",
            reason="contract",
        )

    def test_it_is_named_after_its_plugin(self, rail: PayoutRail) -> None:
        assert all(rail.id.partition(".")[::2])

    def test_sent_twice_is_sent_once(self, rail: PayoutRail, shop: ShopView, request_to_pay_out: PayoutRequest) -> None:
        first, again = rail.pay_out(shop, request_to_pay_out), rail.pay_out(shop, request_to_pay_out)
        assert first.state in set(PayoutState)
        assert first.external_id == again.external_id

    def test_what_was_sent_is_known(self, rail: PayoutRail, shop: ShopView, request_to_pay_out: PayoutRequest) -> None:
        sent = rail.pay_out(shop, request_to_pay_out)
        known = rail.query_payout(shop, request_to_pay_out.payout_id, sent.external_id)
        if sent.state == PayoutState.SUCCEEDED:
            assert known.state == PayoutState.SUCCEEDED


class DeliveryMethodContract(_Contract):
    """What the host relies on in a delivery method. Needs the fixture `method`; override `basket` and `address`."""

    @pytest.fixture
    def basket(self) -> BasketView:
        """A basket that the method delivers."""
        line = LineView("lin_1", "prd_1", "var_1", "SKU", "Tea", 2, 10_00, 20_00, 250, requires_shipping=True)
        return BasketView("car_1", "CNY", (line,), 20_00, None)

    @pytest.fixture
    def address(self) -> AddressView:
        """An address that the method delivers to."""
        return AddressView("Li Lei", "13800000000", "CN", "Zhejiang", "Hangzhou", "1 West Lake Road")

    def test_it_is_named_after_its_plugin(self, method: DeliveryMethod) -> None:
        assert all(method.id.partition(".")[::2])

    def test_the_same_basket_has_the_same_choices(
        self, method: DeliveryMethod, shop: ShopView, basket: BasketView, address: AddressView
    ) -> None:
        basket = replace(basket, address=address)
        assert list(method.options(shop, basket, address)) == list(method.options(shop, basket, address))

    def test_choices_are_priced_and_told_apart(
        self, method: DeliveryMethod, shop: ShopView, basket: BasketView, address: AddressView
    ) -> None:
        options = list(method.options(shop, replace(basket, address=address), address))
        assert all(option.price_minor >= 0 and str(option.label) for option in options)
        assert len({option.code for option in options}) == len(options)

    def test_the_cheapest_choice_comes_first(
        self, method: DeliveryMethod, shop: ShopView, basket: BasketView, address: AddressView
    ) -> None:
        prices = [option.price_minor for option in method.options(shop, replace(basket, address=address), address)]
        assert prices == sorted(prices)


class MessageChannelContract(_Contract):
    """What the host relies on in a channel for messages. Needs the fixture `channel`."""

    @pytest.fixture
    def message(self, channel: MessageChannel) -> OutgoingMessage:
        """A message that the channel can deliver."""
        return OutgoingMessage(
            message_id=new_id("msg"),
            recipient="li.lei@example.com" if channel.medium == "email" else "+8613800000000",
            sender_name="Quiet Tea 静茶",
            reply_to="hello@tea.example",
            subject="Your order 订单",
            text="It is on its way. 已发货。",
            html="<p>It is on its way. 已发货。</p>" if channel.medium == "email" else "",
        )

    def test_it_is_named_after_its_plugin(self, channel: MessageChannel) -> None:
        assert all(channel.id.partition(".")[::2])
        assert channel.medium in {"email", "sms"}
        assert str(channel.label)

    def test_it_says_how_a_try_went(self, channel: MessageChannel, message: OutgoingMessage) -> None:
        assert channel.deliver(message).state in set(MessageState)

    def test_the_same_message_tried_again_is_named_the_same(
        self, channel: MessageChannel, message: OutgoingMessage
    ) -> None:
        first, again = channel.deliver(message), channel.deliver(message)
        assert first.state == again.state
        assert first.external_id == again.external_id


class IdentityCheckContract(_Contract):
    """What the host relies on in a check of identities. Needs the fixture `identity_check`."""

    @pytest.fixture
    def papers(self, identity_check: IdentityCheck) -> IdentityRequest:
        """Papers that the check can tell of."""
        kind = min(identity_check.number_kinds or {"passport"})
        subject: IdentitySubject = "organisation" if kind in {"cn_uscc", "foreign_registration"} else "person"
        number = {"cn_resident_id": "11010519491231002X", "cn_uscc": "91110000600037341L"}.get(kind, "E12345678")
        picture = IdentityDocument("front", "image/png", b"\x89PNG\r\n\x1a\n")
        return IdentityRequest(new_id("idc"), subject, 2, kind, "CN", "Li Lei 李雷", number, (picture,))

    def test_it_is_named_after_its_plugin(self, identity_check: IdentityCheck) -> None:
        assert all(identity_check.id.partition(".")[::2])
        assert str(identity_check.label)

    def test_it_says_what_a_check_came_to(self, identity_check: IdentityCheck, papers: IdentityRequest) -> None:
        outcome = identity_check.check(papers)
        assert outcome.state in set(IdentityState)
        assert bool(outcome.reasons) == (outcome.state == IdentityState.REFUSED)

    def test_asked_again_it_says_the_same(self, identity_check: IdentityCheck, papers: IdentityRequest) -> None:
        assert identity_check.check(papers).state == identity_check.check(papers).state
