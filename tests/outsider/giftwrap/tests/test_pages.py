"""Gift wrap from the buyer's cart to the merchant's list, through the real pages."""

from __future__ import annotations

import pytest
from tongbao_giftwrap.queries import orders_to_wrap

from core.sdk.testing import Browser, make_shop


@pytest.fixture
def buyer(tongbao_app, shop: str, tea: str) -> Browser:
    """A buyer with one tea in the cart."""
    browser = Browser(tongbao_app, "tea.localhost")
    browser.post("/cart/add", {"variant_id": tea, "quantity": "1"})
    return browser


def test_a_buyer_asks_for_gift_wrap_and_the_order_has_a_line_for_it(buyer: Browser, shop: str) -> None:
    assert "Wrap my order for ¥8.00" in buyer.get("/cart").text
    answer = buyer.post("/x/giftwrap/wish", {"wrap": "1", "words": "For <Mei>"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/cart")
    cart = buyer.get("/cart").text
    assert "We will wrap it for you." in cart
    assert "For &lt;Mei&gt;</textarea>" in cart
    assert "58.00" in cart
    assert buyer.check_out().status_code == 303
    (row,) = orders_to_wrap(shop)
    assert (row.words, row.price_minor) == ("For <Mei>", 800)
    order = buyer.get(f"/orders/{row.order_code}").text
    assert "For &lt;Mei&gt;" in order
    assert "66.00" in order


def test_a_buyer_changes_their_mind(buyer: Browser) -> None:
    buyer.post("/x/giftwrap/wish", {"wrap": "1", "words": "x"})
    buyer.post("/x/giftwrap/wish", {"words": "x"})
    cart = buyer.get("/cart").text
    assert "It will not be wrapped." in cart
    assert " checked" not in cart


def test_words_that_do_not_fit_on_the_card_are_refused_with_words(buyer: Browser) -> None:
    buyer.post("/x/giftwrap/wish", {"wrap": "1", "words": "x" * 21})
    assert "The card holds 20 letters; these are 21." in buyer.get("/cart").text


def test_a_form_from_another_site_changes_nothing(buyer: Browser) -> None:
    answer = buyer.post("/x/giftwrap/wish", {"wrap": "1"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert " checked" not in buyer.get("/cart").text


def test_a_shop_without_gift_wrap_has_none_of_its_pages(tongbao_app, shop: str) -> None:
    make_shop("plain")
    visitor = Browser(tongbao_app, "plain.localhost")
    assert visitor.post("/x/giftwrap/wish", {"wrap": "1"}).status_code == 404


def test_the_merchant_sees_what_to_wrap_and_says_that_it_is_done(tongbao_app, buyer: Browser, shop: str) -> None:
    buyer.post("/x/giftwrap/wish", {"wrap": "1", "words": "For Mei"})
    buyer.check_out()
    staff = Browser(tongbao_app, "localhost")
    staff.sign_in(shop)
    page = staff.get("/console/x/giftwrap/")
    assert page.status_code == 200
    assert "For Mei" in page.text
    (row,) = orders_to_wrap(shop)
    staff.post(f"/console/x/giftwrap/{row.id}/wrapped")
    assert "Wrapped." in staff.get("/console/x/giftwrap/").text


def test_a_clerk_without_the_permission_and_a_stranger_see_nothing(tongbao_app, buyer: Browser, shop: str) -> None:
    clerk = Browser(tongbao_app, "localhost")
    clerk.sign_in(shop, "clerk")
    assert clerk.get("/console/x/giftwrap/").status_code == 403
    stranger = Browser(tongbao_app, "localhost")
    assert stranger.get("/console/x/giftwrap/").status_code == 302


def test_it_speaks_chinese(buyer: Browser) -> None:
    assert "礼品包装" in buyer.get("/cart?lang=zh-CN").text
    assert "禮品包裝" in buyer.get("/cart?lang=zh-TW").text
