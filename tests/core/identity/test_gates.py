from __future__ import annotations

from dataclasses import replace

import pytest

from core.base.config import ConfigError, load_config
from core.identity.errors import VerificationNeeded
from core.identity.levels import lower_level, raise_level
from core.ledger.errors import NotEnoughMoney
from core.payments.accounts import add_bank_account
from core.payments.payouts import request_payout
from tests.trade import make_shop, owner_of


@pytest.fixture
def strict(app):
    before = app.config["TONGBAO"]
    app.config["TONGBAO"] = replace(before, payout_level=2)
    yield
    app.config["TONGBAO"] = before


def test_only_a_verified_merchant_withdraws(app, strict):
    merchant = make_shop("tea")
    owner = owner_of(merchant)
    account = add_bank_account(
        merchant, holder="Tea", bank_name="Bank", bank_code="1", number="6222020200112345", actor_id=owner
    )
    for level in (0, 1):
        raise_level("organisation", merchant, level)
        with pytest.raises(VerificationNeeded):
            request_payout(merchant, account, 100, actor_id=owner)
    raise_level("organisation", merchant, 2)
    with pytest.raises(NotEnoughMoney):
        request_payout(merchant, account, 100, actor_id=owner)
    lower_level("organisation", merchant, 1)
    with pytest.raises(VerificationNeeded):
        request_payout(merchant, account, 100, actor_id=owner)


def test_the_gate_is_a_setting_that_production_cannot_open():
    assert load_config({}).payout_level == 2
    assert load_config({"TONGBAO_PAYOUT_LEVEL": "3"}).payout_level == 3
    with pytest.raises(ConfigError):
        load_config({"TONGBAO_PAYOUT_LEVEL": "high"})
    with pytest.raises(ConfigError):
        load_config({"TONGBAO_ENV": "production", "TONGBAO_SECRET_KEY": "x" * 40, "TONGBAO_PAYOUT_LEVEL": "0"})
