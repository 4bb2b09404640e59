"""A gift card from the merchant's form through the shop to the friend's page, and back, through the real pages."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select

from core.base.crypto import decrypt
from core.base.database import db
from core.base.transactions import end_read
from core.catalog.models import Product
from core.giftcards.models import GiftCard
from core.messages.models import Message
from core.orders.models import CartLine, Order
from core.orders.placing import Placed
from core.parties.sessions import open_member_session
from core.payments.models import Payment
from tests.core.web.buying import check_out, fill_cart
from tests.core.web.console.conftest import Desk, words
from tests.trade import pay

NEW = {
    "kind": "gift_card",
    "name": "A card for tea",
    "published": "1",
    "amounts": "50, 100,50.00",
    "own_min": "10",
    "own_max": "500",
    "months": "24",
    "do": "save",
}


@pytest.fixture
def desk(app, shops) -> Desk:
    token = open_member_session(shops.tea_owner, merchant_id=shops.tea)
    client = app.test_client()
    client.set_cookie("tb_s", token, domain="localhost")
    db.session.remove()
    return Desk(client, shops.tea, shops.tea_owner)


@pytest.fixture
def card_page(desk, shops) -> str:
    """The address of the gift card's page in the shop."""
    desk.done("/console/products/new", NEW)
    end_read()
    return f"/products/{db.session.scalar(select(Product.slug).where(Product.kind == 'gift_card'))}"


def chosen(page: str) -> str:
    """The first amount's variant."""
    return re.search(r'name="variant_id" value="(var_[^"]+)"', page).group(1)


def bought(tea, shops, card_page, **gift) -> Order:
    """Somebody buys the first amount and pays it."""
    tea.post(f"{card_page}/gift-card", {"variant_id": chosen(tea.get(card_page).text), **gift})
    assert check_out(tea, line1="", city="", phone="").headers["Location"].startswith("/pay/")
    end_read()
    order = db.session.scalar(select(Order))
    payment_id = db.session.scalar(select(Payment.id))
    pay(shops.tea, Placed(order.id, order.code, payment_id))
    end_read()
    return db.session.scalar(select(Order).execution_options(populate_existing=True))


def letter() -> dict:
    end_read()
    sealed = db.session.scalar(select(Message.sealed).where(Message.kind == "gift_card.code"))
    return json.loads(decrypt(sealed))


def test_the_merchant_writes_amounts_in_one_line_and_finds_them_again(desk, card_page):
    end_read()
    product_id = db.session.scalar(select(Product.id).where(Product.kind == "gift_card"))
    where = f"/console/products/{product_id}"
    page = desk.page(where)
    assert 'value="50.00, 100.00"' in page and 'value="500.00"' in page and 'value="24"' in page
    assert "Weight" not in words(page) and "A card for tea" in words(desk.page("/console/gift-cards"))
    version = re.search(r'name="version" value="(\d+)"', page).group(1)
    changed = {**NEW, "version": version, "amounts": "100, 200", "own_min": "", "own_max": "", "kind": "goods"}
    page = desk.done(where, changed)
    assert 'value="100.00, 200.00"' in page and 'name="kind" value="gift_card"' in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amounts": ""}, "Write amounts like"),
        ({"amounts": "0"}, "Write amounts like"),
        ({"amounts": "much"}, "Write amounts like"),
        ({"amounts": ",".join(str(n) for n in range(1, 120))}, "At most 100 amounts"),
        ({"own_max": ""}, "Say up to which amount"),
        ({"own_max": "5"}, "less than the least"),
        ({"own_min": "x"}, "Write an amount"),
        ({"months": "some"}, "whole number"),
        ({"months": "0"}, "number of months"),
        ({"name": ""}, "needed"),
    ],
)
def test_a_wrong_form_says_so_at_the_field_and_makes_nothing(desk, typed, said):
    answer = desk.post("/console/products/new", {**NEW, **typed})
    assert answer.status_code == 422 and said in words(answer.text)
    assert db.session.scalar(select(Product).where(Product.kind == "gift_card")) is None


def test_a_present_is_chosen_addressed_bought_and_seen_by_the_friend(shops, tea, goods, card_page):
    page = tea.get(card_page).text
    assert "Whom is it for?" in page and "Another amount" in page and "Valid for 24 months." in page
    order = bought(
        tea, shops, card_page, gift_recipient="Han Mei", gift_email="Han@Example.com", gift_message="Enjoy <b>it</b>"
    )
    assert order.state == "completed" and order.address is None
    values = letter()
    card = tea.get(values["path"])
    assert card.headers["Referrer-Policy"] == "no-referrer" and card.headers["Cache-Control"] == "no-store"
    assert values["code"] in card.text and "Enjoy &lt;b&gt;it&lt;/b&gt;" in card.text and "<svg" in card.text
    assert tea.get("/gift-card/gAAAA").status_code == 404
    assert tea.post(values["path"]).headers["Location"] == "/", "there is nothing in the cart yet"
    fill_cart(tea, goods)
    assert tea.post(values["path"]).headers["Location"] == "/cart"
    assert f"Gift card …{values['code'][-4:]}" in tea.get("/cart").text
    assert "For Han Mei" in tea.get(f"/orders/{order.code}").text


def test_an_amount_of_ones_own_is_put_into_the_cart(tea, goods, card_page):
    answer = tea.post(f"{card_page}/gift-card", {"variant_id": "own", "own_amount": "12.50"})
    assert answer.headers["Location"] == "/cart"
    assert db.session.scalar(select(CartLine.own_price_minor)) == 1250
    page = tea.get("/cart").text
    assert "12.50" in page and "Sent to your own e-mail address" in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"variant_id": "own", "own_amount": ""}, "own_amount"),
        ({"variant_id": "own", "own_amount": "9.99"}, "own_amount"),
        ({"variant_id": "own", "own_amount": "1e9"}, "own_amount"),
        ({"variant_id": ""}, "variant_id"),
        ({"gift_email": "nobody"}, "gift_email"),
        ({"gift_send_on": "1999-01-01", "gift_email": "a@example.com"}, "gift_send_on"),
        ({"gift_message": "x" * 501}, "gift_message"),
        ({"quantity": "51"}, "quantity"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(tea, goods, card_page, typed, field):
    sent = {"variant_id": chosen(tea.get(card_page).text), "gift_recipient": "kept words", **typed}
    answer = tea.post(f"{card_page}/gift-card", sent)
    assert answer.status_code == 422 and f'href="#{field}"' in answer.text and "kept words" in answer.text
    assert db.session.scalar(select(CartLine)) is None


def test_goods_have_no_form_for_presents(tea, goods):
    end_read()
    slug = db.session.scalar(select(Product.slug))
    assert tea.post(f"/products/{slug}/gift-card", {"variant_id": goods.variant_id}).status_code == 404


def test_staff_see_the_cards_of_an_order_and_give_the_rest_back(desk, shops, tea, goods, card_page):
    order = bought(tea, shops, card_page, gift_recipient="Han Mei", gift_email="han@example.com")
    where = f"/console/orders/{order.id}"
    page = words(desk.page(where))
    assert "Han Mei" in page and "no sale until they are spent" in page
    card_id = db.session.scalar(select(GiftCard.id))
    assert desk.post(f"{where}/card", {"card_id": card_id, "reason": ""}).status_code == 422
    page = words(desk.done(f"{where}/card", {"card_id": card_id, "reason": "bought twice"}))
    assert "Taken back" in page and "bought twice" in page
    assert desk.post(f"{where}/card", {"card_id": card_id, "reason": "again"}).status_code == 409
    page = words(desk.page(f"/console/gift-cards/{card_id}"))
    assert "Given back to its buyer" in page and order.code in page
