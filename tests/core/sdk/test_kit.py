"""The kit for authors of plugins holds for the fakes that come with it."""

from __future__ import annotations

import pytest

from core.contract.providers import PaymentMethod, PaymentRequest, PaymentState, RefundState
from core.sdk.testing import (
    DeliveryMethodContract,
    FakeDelivery,
    FakePaymentMethod,
    FakePayoutRail,
    PaymentMethodContract,
    PayoutRailContract,
    assert_loaded,
    outside,
)


@pytest.fixture(autouse=True)
def empty_book() -> None:
    outside.reset()


class TestFakePaymentMethod(PaymentMethodContract):
    @pytest.fixture
    def method(self) -> FakePaymentMethod:
        return FakePaymentMethod()

    def pay(self, method: PaymentMethod, request: PaymentRequest) -> None:
        outside.pay(request.payment_id, request.amount_minor, request.currency)

    def test_it_can_be_told_to_capture_at_once(self, method, shop, request_to_pay) -> None:
        outside.answer = PaymentState.CAPTURED
        outcome = method.start(shop, request_to_pay)
        assert (outcome.state, outcome.amount_minor) == (PaymentState.CAPTURED, request_to_pay.amount_minor)

    @pytest.mark.parametrize("state", [PaymentState.UNKNOWN, PaymentState.FAILED])
    def test_it_can_be_told_to_know_nothing_or_to_refuse(self, method, shop, request_to_pay, state) -> None:
        outside.answer = state
        assert method.start(shop, request_to_pay).state == state

    def test_it_can_lose_its_answer_after_the_money_moved(self, method, shop, request_to_pay) -> None:
        outside.answer, outside.lose_answers = PaymentState.CAPTURED, True
        with pytest.raises(TimeoutError):
            method.start(shop, request_to_pay)
        outside.lose_answers = False
        assert method.query(shop, request_to_pay.payment_id, None).state == PaymentState.CAPTURED

    def test_it_can_be_told_to_fail_refunds(self, method, shop) -> None:
        outside.refunds_answer = RefundState.FAILED
        assert method.query_refund(shop, "ref_1", None).state == RefundState.FAILED


class TestFakePayoutRail(PayoutRailContract):
    @pytest.fixture
    def rail(self) -> FakePayoutRail:
        return FakePayoutRail()


class TestFakeDelivery(DeliveryMethodContract):
    @pytest.fixture
    def method(self) -> FakeDelivery:
        return FakeDelivery()


def test_the_fixtures_give_an_application_and_a_shop(tongbao_app, tongbao_shop: str) -> None:
    from core.shops.queries import shop_context

    assert shop_context(tongbao_shop).slug == "tea"
    with pytest.raises(AssertionError, match="no entry point nothing"):
        assert_loaded(tongbao_app, "nothing")
