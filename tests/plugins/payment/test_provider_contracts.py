"""The bank's providers keep the host's contract, against the real bank process."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from core.base import clock
from core.base.ids import new_id
from core.contract.providers import PaymentMethod, PaymentRequest, PayoutRequest
from core.contract.views import ShopView
from core.sdk.testing import PaymentMethodContract, PayoutRailContract
from plugins.payment.bank_payout import BankPayout
from plugins.payment.bank_qr import BankQr
from tests.plugins.payment.bank_process import BankProcess
from tests.trade import make_shop


@pytest.fixture
def partner(app: Flask, bank: BankProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BankProcess:
    partner = bank.new_partner(tmp_path)
    monkeypatch.setenv("TONGBAO_BANK_CREDENTIALS", str(partner.credentials_file))
    return partner


@pytest.fixture
def shop(partner: BankProcess) -> ShopView:
    return ShopView(make_shop(), "tea", "Tea", "CNY", "en")


class TestBankQr(PaymentMethodContract):
    @pytest.fixture
    def shop(self, shop: ShopView) -> ShopView:
        return shop

    @pytest.fixture
    def method(self, app: Flask, partner: BankProcess) -> PaymentMethod:
        self.partner = partner
        return BankQr()

    def pay(self, method: PaymentMethod, request: PaymentRequest) -> None:
        collection = next(one for one in self.partner.look("collections") if one["reference"] == request.payment_id)
        assert self.partner.scan(str(collection["qr_payload"])).status_code == 200

    def test_what_is_to_be_done_can_be_shown(
        self, app: Flask, method: PaymentMethod, shop: ShopView, request_to_pay: PaymentRequest
    ) -> None:
        with app.test_request_context("/", base_url="http://tea.localhost"):
            super().test_what_is_to_be_done_can_be_shown(method, shop, request_to_pay)


class TestBankPayout(PayoutRailContract):
    @pytest.fixture
    def shop(self, shop: ShopView) -> ShopView:
        return shop

    @pytest.fixture
    def rail(self, partner: BankProcess) -> BankPayout:
        client = partner.client()
        collection = client.create_collection(
            reference="pay_before",
            amount_minor=5000,
            currency="CNY",
            expires_at=clock.now() + timedelta(minutes=5),
            description="x",
        )
        partner.scan(collection.value.qr_payload)
        return BankPayout()

    @pytest.fixture(params=["6217999988887777", "6217999988880000", "6217999988889999"])
    def request_to_pay_out(self, request: pytest.FixtureRequest) -> PayoutRequest:
        return PayoutRequest(
            payout_id=new_id("pyt"),
            amount_minor=12_34,
            currency="CNY",
            account_name="Li Lei",
            account_number=request.param,
            bank_code="",
            reason="contract",
        )
