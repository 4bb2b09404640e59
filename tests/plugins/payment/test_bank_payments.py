"""Orders paid at the real bank process, on both databases: whatever the bank says, money moves once and rightly."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from core.base import clock
from core.contract.providers import PaymentOutcome, PaymentState
from core.orders.checkout import payment_choices
from core.payments.service import ask_unknown, check_payment, close_payment, present, record_outcome, start_payment
from core.shops.queries import shop_context
from core.shops.service import update_shop
from plugins.payment import notices
from plugins.payment.bank_qr import BankQr
from plugins.payment.jobs import handle_open_notices, read_bank_statements
from plugins.payment.models import Verdict
from tests.plugins.payment.bank_process import BankProcess
from tests.plugins.payment.sale import PRICE_MINOR, Sale, assert_paid_once, begin_sale, wrong_things
from tests.trade import make_shop


def test_the_buyer_scans_and_the_order_is_paid(sale: Sale) -> None:
    sale.scan()
    assert sale.verdicts() == [Verdict.ACTED]
    assert_paid_once(sale)


def test_the_pay_page_shows_the_code_and_a_link_for_the_phone(app: Flask, sale: Sale) -> None:
    with app.test_request_context("/", base_url="http://tea.localhost"):
        markup = present(sale.shop, sale.payment)
    assert "<svg" in markup and "script" not in markup and "style=" not in markup
    assert f'href="{sale.qr_payload}"' in markup


def test_checkout_offers_no_bank_transfer_where_no_bank_is_set_up(app: Flask) -> None:
    shop = shop_context(make_shop())
    assert "payment.bank_qr" not in [choice.provider_id for choice in payment_choices(shop, 100)]


def test_checkout_offers_bank_transfer_only_in_the_accounts_currency(app: Flask, connected: BankProcess) -> None:
    shop = shop_context(make_shop())
    assert "payment.bank_qr" in [choice.provider_id for choice in payment_choices(shop, 100)]
    assert BankQr().offer(shop.view("payment"), 100, "EUR") is None


@pytest.mark.parametrize("kind", ["twice", "replay"])
def test_a_notice_that_comes_twice_pays_once(sale: Sale, kind: str) -> None:
    sale.bank.fault("collection.paid", kind)
    sale.scan()
    verdicts = sale.verdicts()
    assert verdicts.count(Verdict.ACTED) == 1
    assert verdicts.count(Verdict.REFUSED) == (1 if kind == "replay" else 0)
    assert sum(notice.deliveries for notice in sale.notices()) == 2
    assert_paid_once(sale)


def test_a_notice_that_comes_after_the_buyer_asked_changes_nothing(sale: Sale) -> None:
    sale.bank.fault("collection.paid", "hold")
    sale.scan()
    assert sale.order_state() == "pending"
    check_payment(sale.shop, sale.placed.payment_id)
    sale.bank.admin("notices/release")
    sale.bank.settle()
    assert sale.verdicts() == [Verdict.ACTED]
    assert_paid_once(sale)


@pytest.mark.parametrize(("kind", "code"), [("wrong_signature", "bad_signature"), ("stale", "expired")])
def test_a_forged_or_stale_notice_is_refused_and_the_true_one_is_taken(sale: Sale, kind: str, code: str) -> None:
    sale.bank.fault("collection.paid", kind)
    sale.scan()
    assert sorted(sale.verdicts()) == [Verdict.ACTED, Verdict.REFUSED]
    assert [notice.message for notice in sale.notices() if notice.verdict == Verdict.REFUSED] == [code]
    assert_paid_once(sale)


@pytest.mark.parametrize(
    ("kind", "lie"), [("lying_amount", "1"), ("lying_amount", "999999"), ("lying_currency", "USD")]
)
def test_a_notice_that_lies_makes_us_ask_the_bank_and_believe_its_answer(sale: Sale, kind: str, lie: str) -> None:
    sale.bank.fault("collection.paid", kind, lie)
    sale.scan()
    assert sale.verdicts() == [Verdict.CORRECTED]
    assert "was asked for" in sale.notices()[0].message
    assert_paid_once(sale)


def test_a_lying_notice_moves_nothing_while_the_bank_gives_no_answer(sale: Sale) -> None:
    sale.bank.fault("collection.paid", "lying_amount", "1")
    sale.bank.fault("query", "drop_answer")
    sale.scan()
    assert sale.verdicts() == [Verdict.ASKING]
    assert sale.order_state() == "pending"
    handle_open_notices()
    assert sale.verdicts() == [Verdict.CORRECTED]
    assert_paid_once(sale)


@pytest.mark.parametrize("kind", ["drop_answer", "drop_request", "wrong_signature", "error"])
def test_when_the_bank_gives_no_answer_the_same_code_is_asked_for_again(
    app: Flask, connected: BankProcess, notify_url: str, kind: str
) -> None:
    connected.fault("create_collection", kind)
    sale = begin_sale(connected, notify_url)
    assert sale.payment.state == PaymentState.UNKNOWN
    sale.payment = start_payment(sale.shop, sale.placed.payment_id, return_url="http://x/", notify_url=notify_url)
    assert sale.payment.state == PaymentState.REQUIRES_ACTION
    assert len(connected.look("collections")) == 1
    sale.scan()
    assert_paid_once(sale)


def test_the_worker_finds_out_by_itself_that_the_buyer_has_paid(sale: Sale) -> None:
    sale.bank.fault("collection.paid", "hold")
    sale.scan()
    ask_unknown()
    assert sale.order_state() == "pending", "it was asked for a moment ago"
    with clock.moved(timedelta(seconds=30)):
        ask_unknown()
    assert_paid_once(sale)


def test_verify_names_a_payment_about_which_the_bank_contradicts_itself(sale: Sale) -> None:
    sale.bank.fault("collection.paid", "lying_amount", PRICE_MINOR)
    sale.scan("wrong_amount", amount_minor=PRICE_MINOR - 1)
    read_bank_statements()
    assert [words for words in wrong_things() if f"the bank says {PRICE_MINOR - 1} CNY" in words]


@pytest.mark.parametrize("kind", ["drop_answer", "drop_request"])
def test_the_worker_finds_the_code_that_the_buyer_never_got(
    app: Flask, connected: BankProcess, notify_url: str, kind: str
) -> None:
    connected.fault("create_collection", kind)
    sale = begin_sale(connected, notify_url)
    sale.payment = check_payment(sale.shop, sale.placed.payment_id)
    assert sale.payment.state == PaymentState.REQUIRES_ACTION
    sale.scan()
    assert_paid_once(sale)


def test_a_cancelled_payment_is_never_asked_for_again(app: Flask, connected: BankProcess, notify_url: str) -> None:
    connected.fault("create_collection", "drop_request")
    sale = begin_sale(connected, notify_url)
    assert close_payment(sale.shop, sale.placed.payment_id).state == PaymentState.CANCELLED
    check_payment(sale.shop, sale.placed.payment_id)
    assert connected.look("collections") == []


def test_a_shop_that_is_renamed_meanwhile_still_finds_its_code(
    app: Flask, connected: BankProcess, notify_url: str
) -> None:
    connected.fault("create_collection", "drop_answer")
    sale = begin_sale(connected, notify_url)
    update_shop(sale.merchant_id, name="Another name", actor_id=None)
    sale.payment = start_payment(sale.shop, sale.placed.payment_id, return_url="http://x/", notify_url=notify_url)
    assert sale.payment.state == PaymentState.REQUIRES_ACTION
    sale.scan()
    assert_paid_once(sale)


def test_a_payment_that_no_notice_told_of_is_found_in_the_statement(sale: Sale) -> None:
    sale.bank.fault("collection.paid", "hold")
    sale.scan()
    read_bank_statements()
    read_bank_statements()
    assert_paid_once(sale)


def test_verify_names_money_at_the_bank_that_nobody_asked_for(sale: Sale) -> None:
    stray = sale.bank.client().create_collection(
        reference="pay_of_nobody", amount_minor=100, currency="CNY", expires_at=sale.payment.expires_at, description="x"
    )
    sale.bank.scan(stray.value.qr_payload)
    read_bank_statements()
    assert [words for words in wrong_things() if "nobody here asked for pay_of_nobody" in words]


def test_verify_names_a_payment_that_the_bank_never_booked(sale: Sale) -> None:
    record_outcome(
        sale.merchant_id,
        sale.placed.payment_id,
        PaymentOutcome(
            PaymentState.CAPTURED, f"{sale.placed.payment_id}/TRINVENTED", amount_minor=PRICE_MINOR, currency="CNY"
        ),
    )
    sale.bank.admin("clock", offset_seconds=3600)
    try:
        with clock.moved(timedelta(hours=1)):
            read_bank_statements()
    finally:
        sale.bank.admin("clock", offset_seconds=0)
    assert [words for words in wrong_things() if "is not in the bank's statement" in words]


def test_a_notice_that_could_not_be_acted_on_is_acted_on_later(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("the database is down")

    with monkeypatch.context() as patch:
        patch.setattr(notices, "record_outcome", broken)
        sale.scan()
    assert sale.verdicts() == [Verdict.WAITING]
    assert sale.bank.look("notices")[0]["state"] == "acknowledged"
    handle_open_notices()
    assert sale.verdicts() == [Verdict.ACTED]
    assert_paid_once(sale)
