"""Strangers, forgers and nonsense at the door where the bank tells us things: nothing moves wrongly."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from sqlalchemy import func, select

from core.base.database import db
from core.payments.service import check_payment
from plugins.payment import notices
from plugins.payment.bank.protocol import SigningKey, sign_request
from plugins.payment.models import BankNonce, BankNotice, Verdict
from tests.plugins.payment.bank_process import BankProcess
from tests.plugins.payment.sale import Sale, assert_paid_once, begin_sale, transfers
from tests.trade import make_shop


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


def test_the_same_notice_from_eight_connections_at_once_pays_once(sale: Sale) -> None:
    sale.bank.fault("collection.paid", "hold")
    sale.scan()
    [held] = sale.bank.look("notices")
    [payment] = sale.at_the_bank()["payments"]
    body = json.dumps(
        {
            "notice_id": held["notice_id"], "type": "collection.paid", "sequence": 1, "partner_id": "x",
            "occurred_at": "2026-11-23T00:00:00+00:00", "data": held["data"] | {"payment": payment},
        }
    ).encode()  # fmt: skip
    url = f"{sale.notify_url}/bank/notices/{sale.merchant_id}"
    key, now = bank_key_of(sale.bank), int(sale.payment.created_at.timestamp())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: tell(url, body, key, now), range(8)))
    assert [answer.json() for answer in answers] == [{"received": held["notice_id"]}] * 8
    assert [(notice.verdict, notice.deliveries) for notice in sale.notices()] == [(Verdict.ACTED, 8)]
    assert_paid_once(sale)
