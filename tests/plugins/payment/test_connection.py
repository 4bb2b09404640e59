"""Which bank and which keys: the merchant's own, the platform's, or none."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from marshmallow import ValidationError

from core.contract.views import ShopView
from core.shops.queries import shop_context
from core.shops.service import set_plugin
from plugins.payment.bank.client import Done
from plugins.payment.bank.protocol import SigningKey
from plugins.payment.connection import connection_of
from plugins.payment.settings import PaymentSettings
from tests.plugins.payment.bank_process import BankProcess
from tests.trade import make_shop


def own_settings(bank: BankProcess) -> dict[str, str]:
    return {
        "bank_url": bank.url,
        "account_number": bank.credentials["account"],
        "account_name": bank.credentials["name"],
        "key_id": bank.credentials["key_id"],
        "private_key": bank.credentials["private_key"],
        "bank_keys": "\n".join(f"{key['key_id']} {key['public_key']}" for key in bank.credentials["bank_keys"]),
    }


def shop_with(settings: dict[str, str]) -> ShopView:
    return ShopView("mer_1", "tea", "Tea", "CNY", "en", settings)


def test_nothing_set_means_the_platforms_bank(app: Flask, bank: BankProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGBAO_BANK_CREDENTIALS", str(bank.credentials_file))
    connection = connection_of(shop_with({}))
    assert connection is not None
    assert (connection.id, connection.base_url) == ("platform", bank.url)
    assert isinstance(connection.client().balance(), Done)


def test_no_bank_anywhere_is_no_connection(app: Flask) -> None:
    assert connection_of(shop_with({})) is None


def test_a_broken_credentials_file_is_no_connection(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "bank.json"
    broken.write_text('{"base_url": "http://bank"}', "utf-8")
    monkeypatch.setenv("TONGBAO_BANK_CREDENTIALS", str(broken))
    assert connection_of(shop_with({})) is None


def test_a_merchants_own_connection_is_stored_sealed_and_works(app: Flask, bank: BankProcess, tmp_path: Path) -> None:
    partner = bank.new_partner(tmp_path)
    merchant_id = make_shop()
    set_plugin(merchant_id, "payment", enabled=True, settings=own_settings(partner), actor_id=None)
    connection = connection_of(shop_context(merchant_id).view("payment"))
    assert connection is not None and connection.id == merchant_id
    balance = connection.client().balance()
    assert isinstance(balance, Done) and balance.value.account == partner.credentials["account"]


@pytest.mark.parametrize(
    "missing", ["account_number", "account_name", "key_id", "private_key", "bank_keys", "bank_url"]
)
def test_half_a_connection_is_refused_with_the_field_to_fill_in(bank: BankProcess, missing: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PaymentSettings().load(own_settings(bank) | {missing: ""})
    assert list(refused.value.normalized_messages()) == [missing]


@pytest.mark.parametrize(
    ("field", "value"),
    [("private_key", "not a key"), ("bank_keys", "one-word"), ("bank_keys", "bank-1 AAAA"), ("bank_url", "ftp://x")],
)
def test_keys_and_addresses_that_cannot_work_are_refused(bank: BankProcess, field: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PaymentSettings().load(own_settings(bank) | {field: value})
    assert list(refused.value.normalized_messages()) == [field]


def test_an_empty_form_is_fine_and_keys_survive_the_form() -> None:
    assert PaymentSettings().load({})["bank_url"] == ""
    key = SigningKey.generate("k")
    assert SigningKey.from_text("k", f" {key.private_text}\n").public_text == key.public_text


def test_a_merchant_can_go_back_to_the_platforms_bank(app: Flask, bank: BankProcess) -> None:
    merchant_id = make_shop()
    set_plugin(merchant_id, "payment", enabled=True, settings=own_settings(bank), actor_id=None)
    set_plugin(merchant_id, "payment", enabled=True, settings=dict.fromkeys(own_settings(bank), ""), actor_id=None)
    settings = shop_context(merchant_id).view("payment").settings
    assert (settings["bank_url"], settings["private_key"]) == ("", "")
