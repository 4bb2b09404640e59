"""The bank's page in the console: what was asked, what was booked, and every notice with what became of it."""

from __future__ import annotations

from contextvars import Context

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from core.base.database import db
from core.base.transactions import transactional
from core.parties.models import Membership, Person
from core.parties.passwords import hash_password
from plugins.payment.jobs import read_bank_statements
from tests.plugins.payment.bank_process import BankProcess
from tests.plugins.payment.sale import Sale
from tests.trade import make_shop, owner_of

PASSWORD = "a quiet green hill"
BASE = "http://localhost"


@transactional
def let_in(merchant_id: str, role: str) -> None:
    """Give the shop's owner a password, and a role."""
    person_id = owner_of(merchant_id)
    db.session.execute(update(Person).where(Person.id == person_id).values(password_hash=hash_password(PASSWORD)))
    db.session.execute(update(Membership).where(Membership.person_id == person_id).values(role=role))


def signed_in(app: Flask, merchant_id: str, role: str = "owner") -> FlaskClient:
    let_in(merchant_id, role)
    client = app.test_client()
    form = {"email": f"owner@{merchant_id}.example", "password": PASSWORD}
    headers = {"Sec-Fetch-Site": "same-origin"}
    answer = Context().run(client.post, "/sign-in", base_url=BASE, data=form, headers=headers)
    assert answer.status_code == 303, answer.text
    return client


def page(client: FlaskClient, query: str = "") -> str:
    db.session.remove()
    answer = Context().run(client.get, f"/console/x/payment/{query}", base_url=BASE)
    assert answer.status_code == 200, answer.text
    return answer.text.replace("<wbr>", "")


def test_the_page_shows_what_was_asked_what_was_booked_and_what_was_told(app: Flask, sale: Sale) -> None:
    sale.bank.fault("collection.paid", "wrong_signature")
    sale.scan()
    read_bank_statements()
    client = signed_in(app, sale.merchant_id)
    shown = page(client)
    [payment] = sale.at_the_bank()["payments"]
    assert sale.placed.payment_id in shown and payment["transfer_id"] in shown
    assert "It did not prove to be from the bank" in shown and "It was right and has been recorded" in shown
    assert "bad_signature" in page(client, "?verdict=refused")
    assert "bad_signature" not in page(client, "?verdict=acted")


def test_the_page_of_a_shop_without_a_bank_says_what_to_do(app: Flask) -> None:
    shown = page(signed_in(app, make_shop()))
    assert "No bank is connected" in shown and "No notices yet" in shown


def test_one_merchant_never_sees_the_others_notices(app: Flask, sale: Sale) -> None:
    sale.scan()
    shown = page(signed_in(app, make_shop("ceramics")))
    assert sale.placed.payment_id not in shown and "No notices yet" in shown


def test_a_clerk_may_not_see_it(app: Flask, connected: BankProcess) -> None:
    client = signed_in(app, make_shop(), "clerk")
    answer = Context().run(client.get, "/console/x/payment/", base_url=BASE)
    assert answer.status_code == 403
