"""A gift card from the merchant's console to the buyer's cart, through the real pages."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from core.base.database import db
from core.base.transactions import transactional
from core.giftcards.service import issue_card
from core.ledger.service import AccountRef, Posting, post_transfer
from core.orders.models import Order
from core.parties.sessions import open_member_session
from tests.core.web.buying import ADDRESS_TYPED, check_out, fill_cart, last_order_code, shown_total
from tests.core.web.console.conftest import Desk, words


@transactional
def earn(merchant_id: str, amount_minor: int) -> None:
    """The shop has a balance, from a correction of the platform."""
    post_transfer(
        "adjustment",
        [
            Posting(AccountRef("platform_fees", "platform", "CNY"), -amount_minor),
            Posting(AccountRef("merchant_available", merchant_id, "CNY"), amount_minor),
        ],
        reference="test",
        idempotency_key="test",
    )


def card_of(shops, amount_minor: int) -> str:
    earn(shops.tea, amount_minor)
    return issue_card(shops.tea, amount_minor=amount_minor, actor_id=shops.tea_owner)[1]


@pytest.fixture
def desk(app, shops) -> Desk:
    earn(shops.tea, 50_000)
    token = open_member_session(shops.tea_owner, merchant_id=shops.tea)
    client = app.test_client()
    client.set_cookie("tb_s", token, domain="localhost")
    db.session.remove()
    return Desk(client, shops.tea, shops.tea_owner)


def test_a_card_is_given_out_shown_once_found_again_and_switched_off(desk):
    assert "No gift cards yet" in desk.page("/console/gift-cards")
    answer = desk.post("/console/gift-cards", {"amount": "50.00", "email": "friend@example.com", "note": "cup"})
    code = re.search(r"[A-Z0-9]{4}(-[A-Z0-9]{4}){3}", words(answer.text)).group(0)
    assert answer.status_code == 200
    listed = desk.page("/console/gift-cards")
    assert code not in listed and code[-4:] in listed and "friend@example.com" in listed
    assert code[-4:] in words(desk.page(f"/console/gift-cards?q={code.lower()}"))
    assert "No card fits" in desk.page("/console/gift-cards?q=ABCD-EFGH-JKLM-NPQR")
    where = re.search(r'href="(/console/gift-cards/gft_[^"]+)"', listed).group(1)
    assert "Put on a gift card" in words(desk.page(where))
    assert "Off" in words(desk.done(where, {"action": "off"}))
    new = re.search(r"[A-Z0-9]{4}(-[A-Z0-9]{4}){3}", words(desk.post(where, {"action": "renew"}).text)).group(0)
    assert new != code


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": ""}, "This is needed."),
        ({"amount": "much"}, "Write an amount like 12.50"),
        ({"amount": "0"}, "more than zero"),
        ({"amount": "10", "email": "nobody"}, "e-mail"),
        ({"amount": "10", "expires_at": "2001-01-01"}, "still to come"),
        ({"amount": "99999999"}, ""),
    ],
)
def test_a_form_that_is_wrong_says_so_and_keeps_what_was_typed(desk, typed, said):
    answer = desk.post("/console/gift-cards", {"note": "kept words", **typed})
    assert answer.status_code in (409, 422) and said in words(answer.text)
    assert "kept words" in answer.text
    assert "No gift cards yet" in desk.page("/console/gift-cards")


def test_a_buyer_pays_with_a_card_as_far_as_it_goes(shops, tea, goods):
    code = card_of(shops, 100)
    fill_cart(tea, goods)
    tea.post("/cart/gift-card", {"gift_card": code})
    page = tea.get("/cart").text
    assert f"Gift card …{code[-4:]}" in page and "Left to pay" in page
    sent = {**ADDRESS_TYPED}
    page = tea.post("/checkout", {**sent, "action": "update"})
    assert 'name="agreed_card_minor" value="100"' in page.text
    answer = tea.post(
        "/checkout",
        {"agreed_total_minor": shown_total(page.data), "agreed_card_minor": "100", **sent, "action": "place"},
    )
    assert answer.headers["Location"].startswith("/pay/")
    order = db.session.scalar(select(Order))
    assert order.gift_card_minor == 100
    assert "By other means" in tea.get(f"/orders/{order.code}").text


def test_a_card_that_pays_everything_needs_no_other_way_to_pay(shops, tea, goods):
    code = card_of(shops, 900_000)
    fill_cart(tea, goods)
    tea.post("/cart/gift-card", {"gift_card": code})
    page = tea.post("/checkout", {**ADDRESS_TYPED, "action": "update"})
    total = shown_total(page.data)
    assert "There is nothing to pay." in page.text
    answer = tea.post(
        "/checkout", {**ADDRESS_TYPED, "agreed_total_minor": total, "agreed_card_minor": total, "action": "place"}
    )
    assert answer.headers["Location"] == f"/orders/{last_order_code()}"
    assert db.session.scalar(select(Order.state)) == "paid"


def test_a_total_with_a_card_that_was_not_agreed_to_is_shown_again(shops, tea, goods):
    code = card_of(shops, 100)
    fill_cart(tea, goods)
    tea.post("/cart/gift-card", {"gift_card": code})
    answer = check_out(tea)
    assert answer.status_code == 409 and 'name="agreed_card_minor" value="100"' in answer.text
    assert db.session.scalar(select(Order)) is None


def test_codes_cannot_be_guessed_and_a_holder_sees_what_is_left(shops, tea, goods):
    code = card_of(shops, 1234)
    assert "12.34" in tea.post("/gift-card", {"gift_card": code}).text
    assert tea.post("/gift-card", {"gift_card": ""}).status_code == 422
    answers = [tea.post("/gift-card", {"gift_card": f"AAAA-AAAA-AAAA-{n:04d}"}).text for n in range(45)]
    assert "No gift card of this shop" in answers[0] and "Too many tries" in answers[-1]
    assert "Too many tries" in tea.post("/gift-card", {"gift_card": code}).text
