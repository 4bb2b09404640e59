from __future__ import annotations

import pytest
from marshmallow import ValidationError
from sqlalchemy import text
from tongbao_giftwrap import service
from tongbao_giftwrap.letters import WRAPPED
from tongbao_giftwrap.queries import orders_to_wrap
from tongbao_giftwrap.schemas import Settings
from tongbao_giftwrap.views import cart_form, order_note

from core.sdk import BasketView, Invalid, Letterhead, NotFound, ShopView, db, shop_view
from core.sdk.testing import assert_loaded, cancel_test_order, make_shop, place_test_order, plugin_on

WISH = {"giftwrap": {"words": "Happy birthday"}}


def basket(extras=None) -> BasketView:
    return BasketView("car_1", "CNY", (), 0, None, extras or {})


def test_it_comes_in_through_the_door(tongbao_app) -> None:
    assert_loaded(tongbao_app, "giftwrap")


def test_a_wish_adds_one_line_at_the_merchants_price(shop: str) -> None:
    view = shop_view(shop, "giftwrap")
    (line,) = service.fee_lines(view, basket(WISH))
    assert (line.code, line.amount_minor) == ("giftwrap.wrapping", 800)
    assert service.fee_lines(view, basket()) == []


def test_an_order_with_a_wish_costs_more_and_is_listed_for_wrapping(shop: str, tea: str) -> None:
    plain = place_test_order(shop, tea)
    wrapped = place_test_order(shop, tea, kept=WISH)
    assert wrapped.total_minor - plain.total_minor == 800
    (row,) = orders_to_wrap(shop)
    assert (row.order_code, row.words, row.price_minor) == (wrapped.code, "Happy birthday", 800)
    assert list(service.verify_wishes()) == []


def test_a_wish_means_nothing_where_gift_wrap_is_off(tongbao_app) -> None:
    from core.sdk.testing import make_goods

    other = make_shop("plain")
    goods = make_goods(other)
    assert place_test_order(other, goods, kept=WISH).total_minor == place_test_order(other, goods).total_minor
    assert orders_to_wrap(other) == []


def test_an_order_is_wrapped_once_and_only_by_its_own_merchant(shop: str, tea: str) -> None:
    place_test_order(shop, tea, kept=WISH)
    (row,) = orders_to_wrap(shop)
    other = make_shop("other")
    with pytest.raises(NotFound):
        service.mark_wrapped(other, row.id, actor="per_2")
    service.mark_wrapped(shop, row.id, actor="per_1")
    service.mark_wrapped(shop, row.id, actor="per_2")
    db.session.expire_all()
    (row,) = orders_to_wrap(shop)
    assert row.wrapped_by == "per_1"


def test_whoever_ships_is_told_once_when_an_order_is_wrapped(shop: str, tea: str) -> None:
    plugin_on(shop, "giftwrap", {"tell": "table@tea.example"})
    placed = place_test_order(shop, tea, kept=WISH)
    (row,) = orders_to_wrap(shop)
    for _again in range(2):
        service.mark_wrapped(shop, row.id, actor="per_1")
    (told,) = db.session.execute(text("SELECT kind, recipient, merchant_id FROM message")).all()
    assert tuple(told) == ("giftwrap.wrapped", "table@tea.example", shop)
    assert placed.code in WRAPPED.compose({"code": placed.code}, Letterhead("Tea", "http://x")).subject


def test_nothing_is_wrapped_for_an_order_that_was_cancelled(tongbao_app, shop: str, tea: str) -> None:
    order = place_test_order(shop, tea, kept=WISH)
    cancel_test_order(shop, order.order_id)
    assert orders_to_wrap(shop) == []


def test_the_card_holds_what_the_merchant_allows(shop: str) -> None:
    view = shop_view(shop, "giftwrap")
    assert service.checked_words(view, "  a  \n b ") == "a\nb"
    with pytest.raises(Invalid, match="holds 20 letters; these are 21"):
        service.checked_words(view, "x" * 21)


def test_the_form_in_the_cart_shows_the_price_and_escapes_the_words(tongbao_app, shop: str) -> None:
    view = shop_view(shop, "giftwrap")
    shown = cart_form(view, basket=basket({"giftwrap": {"words": "<b>"}}))
    assert "8.00" in shown
    assert "&lt;b&gt;" in shown
    assert " checked" in shown
    assert " checked" not in cart_form(view, basket=basket())


def test_the_buyer_sees_the_words_with_the_order(shop: str, tea: str) -> None:
    view = shop_view(shop, "giftwrap")
    assert "Happy birthday" in order_note(view, order=place_test_order(shop, tea, kept=WISH))
    assert order_note(view, order=place_test_order(shop, tea)) == ""


@pytest.mark.parametrize(("field", "value"), [("price_minor", -1), ("price_minor", "12.345"), ("letters_max", 0)])
def test_settings_that_make_no_sense_are_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings().load({field: value})
    assert field in caught.value.messages


def test_a_merchant_changes_the_price(shop: str) -> None:
    view = plugin_on(shop, "giftwrap", {"price_minor": 1200, "letters_max": 20})
    assert service.price_of(view) == 1200
    assert service.price_of(ShopView("m", "s", "S", "CNY", "en")) == 1000
