"""Orders paid at the real bank process, on both databases: whatever the bank says, money moves once and rightly."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.serving import make_server

from core.base import clock
from core.base.database import db
from core.base.transactions import transactional
from core.contract.providers import PaymentOutcome, PaymentState, PayoutState, RefundState
from core.contract.runtime import registry
from core.ledger.models import LedgerAccount, LedgerEntry, LedgerTransfer
from core.orders.carts import add_to_cart
from core.orders.checkout import payment_choices
from core.orders.placing import Placed, place_order
from core.orders.queries import order_detail
from core.orders.returns import refund_order
from core.orders.service import cancel_order, mark_packed, ship_order
from core.orders.settlement import confirm_receipt
from core.payments.models import Payment, Payout, Refund
from core.payments.payouts import add_bank_account, request_payout, send_payout
from core.payments.refunds import send_refund
from core.payments.service import check_payment, close_payment, present, record_outcome, start_payment
from core.shops.context import ShopContext
from core.shops.queries import shop_context
from core.shops.service import update_shop
from plugins.payment import notices
from plugins.payment.bank.protocol import SigningKey, sign_request
from plugins.payment.jobs import handle_open_notices, read_bank_statements
from plugins.payment.models import BankLine, BankNonce, BankNotice, Verdict
from tests.plugins.payment.bank_process import SECOND_PAYER, BankProcess
from tests.trade import draft_for, make_shop, make_variant, owner_of

PRICE_MINOR = 6000


@dataclass
class Sale:
    """A shop with one order that waits for a bank transfer, and hands to what happens next."""

    merchant_id: str
    placed: Placed
    payment: Payment
    bank: BankProcess
    notify_url: str

    @property
    def shop(self) -> ShopContext:
        return shop_context(self.merchant_id)

    @property
    def qr_payload(self) -> str:
        return str(self.payment.instructions["qr_payload"])

    def scan(self, action: str = "pay", **form: object) -> None:
        assert self.bank.scan(self.qr_payload, action, **form).status_code == 200
        self.bank.settle()
        db.session.remove()

    def order_state(self) -> str:
        return order_detail(self.merchant_id, self.placed.order_id).order.state

    def payments(self) -> list[Payment]:
        return list(db.session.scalars(select(Payment).order_by(Payment.created_at, Payment.id)))

    def refunds(self) -> list[Refund]:
        return list(db.session.scalars(select(Refund).order_by(Refund.id)))

    def notices(self) -> list[BankNotice]:
        return list(db.session.scalars(select(BankNotice).order_by(BankNotice.received_at, BankNotice.id)))

    def verdicts(self) -> list[str]:
        return [notice.verdict for notice in self.notices()]

    def send_refunds(self) -> None:
        for refund in self.refunds():
            send_refund(self.merchant_id, refund.id)

    def at_the_bank(self) -> dict[str, object]:
        return next(one for one in self.bank.look("collections") if one["reference"] == self.placed.payment_id)


def transfers(kind: str) -> int:
    return db.session.scalar(select(func.count()).select_from(LedgerTransfer).where(LedgerTransfer.kind == kind)) or 0


def wrong_things() -> list[str]:
    db.session.remove()
    return [words for owned in registry().checks for words in owned.item.run()]


@pytest.fixture
def notify_url(bare_app: Flask) -> Iterator[str]:
    """The application served over HTTP, for the bank's notices."""
    server = make_server("127.0.0.1", 0, bare_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hooks/payment"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def connected(bank: BankProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BankProcess:
    """A bank at which the platform has a fresh account."""
    partner = bank.new_partner(tmp_path)
    monkeypatch.setenv("TONGBAO_BANK_CREDENTIALS", str(partner.credentials_file))
    return partner


def begin_sale(bank: BankProcess, notify_url: str, slug: str = "tea") -> Sale:
    merchant_id = make_shop(slug)
    variant_id = make_variant(merchant_id, price_minor=PRICE_MINOR - 800)
    shop = shop_context(merchant_id)
    cart_id = add_to_cart(merchant_id, None, variant_id, 1)
    placed = place_order(shop, draft_for(shop, cart_id, payment_provider_id="payment.bank_qr"))
    payment = start_payment(shop, placed.payment_id, return_url="http://tea.localhost/", notify_url=notify_url)
    return Sale(merchant_id, placed, payment, bank, notify_url)


@pytest.fixture
def sale(app: Flask, connected: BankProcess, notify_url: str) -> Sale:
    found = begin_sale(connected, notify_url)
    assert found.payment.state == PaymentState.REQUIRES_ACTION
    return found


def assert_paid_once(sale: Sale) -> None:
    assert sale.order_state() == "paid"
    assert transfers("payment_captured") == 1
    assert [(one.state, one.received_minor) for one in sale.payments()] == [("captured", PRICE_MINOR)]
    assert wrong_things() == []


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


@pytest.mark.parametrize("lie", ["NO-SUCH-REFERENCE", "pay_00000000000000000000000000"])
def test_a_notice_about_an_unknown_payment_moves_nothing(sale: Sale, lie: str) -> None:
    sale.bank.fault("collection.paid", "lying_reference", lie)
    sale.scan()
    assert sale.verdicts() == [Verdict.UNKNOWN_REFERENCE]
    assert sale.order_state() == "pending"
    check_payment(sale.shop, sale.placed.payment_id)
    assert_paid_once(sale)


def test_a_notice_about_another_order_pays_neither_with_the_others_money(sale: Sale) -> None:
    other = begin_sale(sale.bank, sale.notify_url, "ceramics")
    sale.bank.fault("collection.paid", "lying_reference", other.placed.payment_id)
    sale.scan()
    assert sale.verdicts() == [Verdict.UNKNOWN_REFERENCE]
    assert (sale.order_state(), other.order_state()) == ("pending", "pending")


def test_a_notice_sent_to_another_merchant_moves_nothing_there(sale: Sale) -> None:
    other = make_shop("ceramics")
    db.session.remove()
    collection = sale.bank.client().create_collection(
        reference="pay_of_another", amount_minor=100, currency="CNY", expires_at=sale.payment.expires_at,
        description="x", notify_url=f"{sale.notify_url}/bank/notices/{other}",
    )  # fmt: skip
    sale.bank.scan(collection.value.qr_payload)
    sale.bank.settle()
    notice = db.session.scalars(select(BankNotice)).one()
    assert (notice.merchant_id, notice.verdict) == (other, Verdict.UNKNOWN_REFERENCE)
    assert transfers("payment_captured") == 0


def test_a_wrong_amount_is_given_back_and_the_order_stays_unpaid(sale: Sale) -> None:
    sale.scan("wrong_amount", amount_minor=PRICE_MINOR - 1)
    assert sale.verdicts() == [Verdict.CORRECTED]
    assert sale.order_state() == "pending"
    sale.send_refunds()
    assert [(one.state, one.amount_minor) for one in sale.refunds()] == [(RefundState.SUCCEEDED, PRICE_MINOR - 1)]
    assert sale.at_the_bank()["refunded_minor"] == PRICE_MINOR - 1
    assert wrong_things() == []


def test_a_second_payment_of_the_same_code_is_given_back_to_whoever_made_it(sale: Sale) -> None:
    sale.scan()
    sale.scan("late", account=SECOND_PAYER)
    sale.send_refunds()
    assert sale.order_state() == "paid"
    assert [(one.state, one.amount_minor) for one in sale.refunds()] == [(RefundState.SUCCEEDED, PRICE_MINOR)]
    read_bank_statements()
    lines = db.session.scalars(select(BankLine).order_by(BankLine.line)).all()
    assert [line.amount_minor for line in lines] == [PRICE_MINOR, PRICE_MINOR, -PRICE_MINOR]
    assert lines[2].counter_account == lines[1].counter_account != lines[0].counter_account
    assert wrong_things() == []


def test_money_for_a_cancelled_order_is_given_back_by_itself(sale: Sale) -> None:
    cancel_order(sale.merchant_id, sale.placed.order_id, actor="buyer")
    close_payment(sale.shop, sale.placed.payment_id)
    assert sale.at_the_bank()["state"] == "closed"
    sale.scan("late")
    assert sale.order_state() == "cancelled"
    sale.send_refunds()
    assert [one.state for one in sale.refunds()] == [RefundState.SUCCEEDED]
    assert sale.at_the_bank()["refunded_minor"] == PRICE_MINOR
    assert wrong_things() == []


def test_an_order_cancelled_while_the_notice_is_on_its_way_is_refunded(sale: Sale) -> None:
    sale.bank.fault("collection.paid", "hold")
    sale.scan()
    cancel_order(sale.merchant_id, sale.placed.order_id, actor="buyer")
    close_payment(sale.shop, sale.placed.payment_id)
    sale.bank.admin("notices/release")
    sale.bank.settle()
    db.session.remove()
    sale.send_refunds()
    assert [one.state for one in sale.refunds()] == [RefundState.SUCCEEDED]
    assert sale.order_state() == "cancelled"
    assert wrong_things() == []


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
    update_shop(sale.merchant_id, name="Another name")
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


def test_a_refund_reaches_the_buyer_once_though_the_answer_is_lost(sale: Sale) -> None:
    sale.scan()
    [refund_id] = refund_order(
        sale.merchant_id, sale.placed.order_id, amount_minor=1000, reason="broken cup", actor=owner_of(sale.merchant_id)
    )
    sale.bank.fault("notices", "hold", times=9)
    sale.bank.fault("refund", "drop_answer")
    assert send_refund(sale.merchant_id, refund_id).state == RefundState.UNKNOWN
    assert send_refund(sale.merchant_id, refund_id).state == RefundState.SUCCEEDED
    assert sale.at_the_bank()["refunded_minor"] == 1000
    read_bank_statements()
    assert wrong_things() == []


def test_a_refund_is_also_known_from_the_banks_notice(sale: Sale) -> None:
    sale.scan()
    [refund_id] = refund_order(
        sale.merchant_id, sale.placed.order_id, amount_minor=1000, reason="", actor=owner_of(sale.merchant_id)
    )
    sale.bank.fault("refund", "drop_answer")
    send_refund(sale.merchant_id, refund_id)
    sale.bank.settle()
    db.session.remove()
    assert [(one.state, one.amount_minor) for one in sale.refunds()] == [(RefundState.SUCCEEDED, 1000)]
    assert sale.verdicts() == [Verdict.ACTED, Verdict.ACTED]
    assert wrong_things() == []


def withdraw(sale: Sale, number: str, amount_minor: int = 2000) -> str:
    actor = owner_of(sale.merchant_id)
    sale.scan()
    mark_packed(sale.merchant_id, sale.placed.order_id, actor=actor)
    ship_order(sale.merchant_id, sale.placed.order_id, actor=actor, carrier="SF", tracking_number="1")
    confirm_receipt(sale.merchant_id, sale.placed.order_id, actor="buyer")
    account_id = add_bank_account(
        sale.merchant_id, holder="Tea Shop", bank_name="Harbour Bank", bank_code="", number=number, actor_id=actor
    )
    payout_id = request_payout(sale.merchant_id, account_id, amount_minor, actor_id=actor)
    send_through_the_bank(payout_id)
    return payout_id


@transactional
def send_through_the_bank(payout_id: str) -> None:
    """The tests' fake rail comes first; this withdrawal takes the real one."""
    db.session.execute(update(Payout).where(Payout.id == payout_id).values(provider_id="payment.bank_payout"))


def only_payout(sale: Sale) -> Payout:
    db.session.remove()
    return db.session.scalars(select(Payout)).one()


def test_a_withdrawal_arrives_once_though_the_answer_is_lost(sale: Sale) -> None:
    payout_id = withdraw(sale, "6217999988887777")
    sale.bank.fault("payout", "drop_answer")
    assert send_payout(sale.merchant_id, payout_id).state == PayoutState.UNKNOWN
    assert send_payout(sale.merchant_id, payout_id).state == PayoutState.SUCCEEDED
    read_bank_statements()
    paid_out = [line for line in db.session.scalars(select(BankLine)) if line.kind == "payout"]
    assert [line.amount_minor for line in paid_out] == [-2000]
    assert wrong_things() == []


def test_a_withdrawal_to_a_wrong_account_comes_back(sale: Sale) -> None:
    payout_id = withdraw(sale, "6217999988880000")
    failed = send_payout(sale.merchant_id, payout_id)
    assert (failed.state, failed.message) == (PayoutState.FAILED, "account_unknown")
    assert transfers("payout_paid") == 0
    assert wrong_things() == []


def test_a_slow_withdrawal_is_asked_about_until_it_is_known(sale: Sale) -> None:
    payout_id = withdraw(sale, "6217999988889999")
    assert send_payout(sale.merchant_id, payout_id).state == PayoutState.UNKNOWN
    sale.bank.admin(f"payouts/{payout_id}/settle")
    assert send_payout(sale.merchant_id, payout_id).state == PayoutState.SUCCEEDED
    assert only_payout(sale).state == PayoutState.SUCCEEDED
    assert wrong_things() == []


def test_the_platforms_money_at_the_bank_equals_its_books(sale: Sale) -> None:
    withdraw_id = withdraw(sale, "6217999988887777", 1500)
    send_payout(sale.merchant_id, withdraw_id)
    custody = db.session.scalar(
        select(func.sum(LedgerEntry.amount_minor))
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(LedgerAccount.kind == "custody")
    )
    assert -custody == sale.bank.client().balance().value.amount_minor == PRICE_MINOR - 1500


def tell(url: str, body: bytes, key: SigningKey, timestamp: int) -> requests.Response:
    target = url[url.index("/hooks") :]
    headers = sign_request(key, method="POST", target=target, body=body, timestamp=timestamp)
    return requests.post(url, data=body, headers=headers, timeout=10)


def test_strangers_are_turned_away_and_cannot_fill_the_table(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "REFUSED_PER_HOUR_MAX", 3)
    url = f"{sale.notify_url}/bank/notices/{sale.merchant_id}"
    stranger = SigningKey.generate("stranger")
    now = int(sale.payment.created_at.timestamp())
    answers = [tell(url, b'{"a": 1}\x00', stranger, now).status_code for _ in range(5)]
    assert answers == [401] * 5
    assert sale.verdicts() == [Verdict.REFUSED] * 3
    assert requests.post(f"{sale.notify_url}/bank/notices/nobody", data=b"{}", timeout=5).status_code == 404
    assert db.session.scalar(select(func.count()).select_from(BankNonce)) == 0


def test_a_huge_body_is_turned_away(sale: Sale) -> None:
    url = f"{sale.notify_url}/bank/notices/{sale.merchant_id}"
    assert requests.post(url, data=b"x" * 70_000, timeout=5).status_code == 413


def notice_with(text: bytes) -> bytes:
    return (
        b'{"notice_id": "A", "type": "x", "sequence": 1, "partner_id": "x", "occurred_at": "2026-11-23T00:00:00Z",'
        b'"data": {"a": %s}}' % text
    )


NONSENSE = (
    b"not json", b"[]", b'{"notice_id": 5}', b'{"notice_id": "A", "type": "x"}', b"\xff\x00",
    notice_with(b'"\\u0000"'), notice_with(b"NaN"), notice_with(b'"\\ud800"'),
)  # fmt: skip


@pytest.mark.parametrize("body", NONSENSE)
def test_nonsense_from_the_bank_itself_is_kept_for_people_to_see(sale: Sale, body: bytes) -> None:
    key = bank_key_of(sale.bank)
    url = f"{sale.notify_url}/bank/notices/{sale.merchant_id}"
    answer = tell(url, body, key, int(sale.payment.created_at.timestamp()))
    assert answer.status_code == 400
    assert sale.verdicts() == [Verdict.NOT_UNDERSTOOD]


def test_a_signed_notice_with_nonsense_in_it_moves_nothing(sale: Sale) -> None:
    body = json.dumps(
        {
            "notice_id": "NO1", "type": "collection.paid", "sequence": 1, "partner_id": "x",
            "occurred_at": "2026-11-23T00:00:00+00:00",
            "data": {"reference": sale.placed.payment_id, "amount_minor": 12.5},
        }
    ).encode()  # fmt: skip
    url = f"{sale.notify_url}/bank/notices/{sale.merchant_id}"
    answer = tell(url, body, bank_key_of(sale.bank), int(sale.payment.created_at.timestamp()))
    assert answer.json() == {"received": "NO1"}
    assert sale.verdicts() == [Verdict.NOT_UNDERSTOOD]
    assert sale.order_state() == "pending"


def bank_key_of(bank: BankProcess) -> SigningKey:
    """The bank's own key, read from its book as only its operator could."""
    with sqlite3.connect(bank.book) as book:
        key_id, private = book.execute("SELECT key_id, private_key FROM bank_keys").fetchone()
    return SigningKey.from_text(key_id, private)
