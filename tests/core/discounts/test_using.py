from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, Refused
from core.discounts.errors import CouponRefused
from core.discounts.queries import figures_of, get_discount, uses_by_day
from core.discounts.service import AUTOMATIC_MAX, Terms, change_discount, create_discount, end_discount, make_codes
from core.discounts.verify import verify_discounts
from core.orders.carts import add_to_cart, set_coupon
from core.orders.checkout import view_cart
from core.orders.placing import place_order
from core.orders.queries import order_detail
from core.orders.service import cancel_order
from core.shops.queries import shop_context
from tests.trade import draft_for, make_shop, make_variant, owner_of, pay


@pytest.fixture
def tea(app):
    return make_shop("tea")


def cart_with(merchant_id, *wanted, code=None):
    cart_id = None
    for variant_id, quantity in wanted:
        cart_id = add_to_cart(merchant_id, cart_id, variant_id, quantity)
    if code:
        set_coupon(merchant_id, cart_id, code)
    return cart_id


def buy(merchant_id, variant_id, *, quantity=1, code=None, **changes):
    shop = shop_context(merchant_id)
    cart_id = cart_with(merchant_id, (variant_id, quantity), code=code)
    return place_order(shop, draft_for(shop, cart_id, **changes))


def test_what_applies_by_itself_lowers_the_cart_the_order_and_names_itself(tea):
    variant_id = make_variant(tea, price_minor=1000)
    terms = Terms(title="Three for two", kind="bxgy", rate_ppm=1_000_000, buy_quantity=2, get_quantity=1)
    discount_id = create_discount(tea, terms, method="automatic", actor_id=owner_of(tea))
    order = order_detail(tea, buy(tea, variant_id, quantity=3).order_id)
    assert [(charge.label, charge.amount_minor) for charge in order.charges if charge.kind == "discount"] == [
        ("Three for two", -1000)
    ]
    figures = figures_of(tea, [discount_id])[discount_id]
    assert (figures.orders, figures.given_minor, figures.sales_minor) == (1, 1000, order.order.total_minor)


def test_a_code_and_what_applies_by_itself_stand_together_where_both_allow_it(tea):
    variant_id = make_variant(tea, price_minor=1000)
    create_discount(
        tea, Terms(title="Ten", rate_ppm=100_000, with_goods=True), method="automatic", actor_id=owner_of(tea)
    )
    create_discount(tea, Terms(kind="amount", amount_minor=100, with_goods=True), code="MORE", actor_id=owner_of(tea))
    create_discount(tea, Terms(kind="amount", amount_minor=300), code="ALONE", actor_id=owner_of(tea))
    shop = shop_context(tea)
    both = view_cart(shop, cart_with(tea, (variant_id, 1), code="more"))
    assert both.quote.discount_minor == 190
    alone = view_cart(shop, cart_with(tea, (variant_id, 1), code="alone"))
    assert [one.offer.code for one in alone.quote.grants] == ["ALONE"]
    assert alone.quote.discount_minor == 300


def test_a_buyer_uses_a_code_as_often_as_it_allows_under_any_spelling_of_the_address(tea):
    variant_id = make_variant(tea)
    create_discount(tea, Terms(rate_ppm=100_000, per_buyer_max=1), code="ONCE", actor_id=owner_of(tea))
    first = buy(tea, variant_id, code="once")
    with pytest.raises(CouponRefused, match="as often as it allows"):
        buy(tea, variant_id, code="once", email=" Buyer@Example.com")
    buy(tea, variant_id, code="once", email="other@example.com")
    cancel_order(tea, first.order_id, actor=owner_of(tea), reason="")
    buy(tea, variant_id, code="once")
    assert list(verify_discounts()) == []


def test_a_code_for_a_first_order_or_for_certain_addresses_is_for_these_alone(tea):
    variant_id = make_variant(tea)
    create_discount(tea, Terms(rate_ppm=100_000, audience="first_order"), code="HELLO", actor_id=owner_of(tea))
    create_discount(
        tea, Terms(rate_ppm=100_000, audience="emails", emails=("VIP@example.com",)), code="VIP", actor_id=owner_of(tea)
    )
    buy(tea, variant_id, code="hello")
    with pytest.raises(CouponRefused, match="first order"):
        buy(tea, variant_id, code="hello")
    with pytest.raises(CouponRefused, match="other customers"):
        buy(tea, variant_id, code="vip")
    buy(tea, variant_id, code="vip", email="vip@example.com")


def test_codes_that_were_handed_out_work_once_each_and_come_back_with_an_order_never_paid(tea):
    variant_id = make_variant(tea)
    discount_id = create_discount(tea, Terms(rate_ppm=100_000), code="VIP", actor_id=owner_of(tea))
    first, second = make_codes(tea, discount_id, 2, prefix="vip", actor_id=owner_of(tea))
    order = buy(tea, variant_id, code=first)
    with pytest.raises(CouponRefused, match="used up"):
        buy(tea, variant_id, code=first)
    buy(tea, variant_id, code=second)
    cancel_order(tea, order.order_id, actor=owner_of(tea), reason="")
    paid = buy(tea, variant_id, code=first)
    pay(tea, paid)
    assert get_discount(tea, discount_id).used == 2
    assert list(verify_discounts()) == []


def test_the_last_use_is_given_to_one_of_many_at_once(bare_app):
    buyers = 8
    with bare_app.app_context():
        tea = make_shop("tea")
        variant_id = make_variant(tea, stock=100)
        discount_id = create_discount(tea, Terms(rate_ppm=100_000, uses_max=3), code="LAST", actor_id=owner_of(tea))
        shop = shop_context(tea)
        carts = [cart_with(tea, (variant_id, 1), code="last") for _buyer in range(buyers)]
        drafts = [draft_for(shop, cart_id, email=f"{cart_id}@example.com") for cart_id in carts]
        db.session.remove()
    barrier = threading.Barrier(buyers)

    def go(draft):
        with bare_app.app_context():
            barrier.wait(30)
            try:
                return place_order(shop, draft)
            except CouponRefused as refusal:
                return refusal
            finally:
                db.session.remove()

    with ThreadPoolExecutor(buyers) as threads:
        results = list(threads.map(go, drafts))
    assert sum(isinstance(result, CouponRefused) for result in results) == buyers - 3
    with bare_app.app_context():
        assert get_discount(tea, discount_id).used == 3
        assert figures_of(tea, [discount_id])[discount_id].orders == 3
        assert list(verify_discounts()) == []


def test_the_same_buyer_cannot_use_a_code_twice_by_ordering_twice_at_once(bare_app):
    with bare_app.app_context():
        tea = make_shop("tea")
        variant_id = make_variant(tea, stock=100)
        create_discount(tea, Terms(rate_ppm=100_000, per_buyer_max=1), code="ONCE", actor_id=owner_of(tea))
        shop = shop_context(tea)
        drafts = [draft_for(shop, cart_with(tea, (variant_id, 1), code="once")) for _order in range(4)]
        db.session.remove()
    barrier = threading.Barrier(4)

    def go(draft):
        with bare_app.app_context():
            barrier.wait(30)
            try:
                place_order(shop, draft)
            except CouponRefused:
                return 0
            else:
                return 1
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(go, drafts)) == 1


def test_an_offer_begins_and_ends_at_its_moment_without_anybody_doing_anything(tea):
    variant_id = make_variant(tea)
    moment = clock.now()
    terms = Terms(
        title="Night", rate_ppm=100_000, starts_at=moment + timedelta(hours=1), ends_at=moment + timedelta(hours=2)
    )
    create_discount(tea, terms, method="automatic", actor_id=owner_of(tea))
    shop = shop_context(tea)
    cart_id = cart_with(tea, (variant_id, 1))
    assert view_cart(shop, cart_id).quote.discount_minor == 0
    with clock.moved(timedelta(minutes=61)):
        assert view_cart(shop, cart_id).quote.discount_minor == 100
    with clock.moved(timedelta(minutes=121)):
        assert view_cart(shop, cart_id).quote.discount_minor == 0


def test_a_price_that_changed_since_the_buyer_agreed_is_told_and_nothing_is_ordered(tea):
    variant_id = make_variant(tea)
    terms = Terms(title="Ten", rate_ppm=100_000)
    discount_id = create_discount(tea, terms, method="automatic", actor_id=owner_of(tea))
    shop = shop_context(tea)
    draft = draft_for(shop, cart_with(tea, (variant_id, 1)))
    end_discount(tea, discount_id, actor_id=owner_of(tea))
    with pytest.raises(Refused) as refused:
        place_order(shop_context(tea), draft)
    assert refused.value.code == "price_changed"


def test_a_discount_can_be_changed_but_not_below_what_was_used(tea):
    variant_id = make_variant(tea)
    discount_id = create_discount(tea, Terms(rate_ppm=100_000, uses_max=5), code="FIVE", actor_id=owner_of(tea))
    for _order in range(2):
        buy(tea, variant_id, code="five")
    with pytest.raises(Invalid) as refused:
        change_discount(tea, discount_id, Terms(rate_ppm=100_000, uses_max=1), actor_id=owner_of(tea))
    assert list(refused.value.fields) == ["uses_max"]
    change_discount(tea, discount_id, Terms(rate_ppm=200_000, uses_max=2), actor_id=owner_of(tea))
    with pytest.raises(CouponRefused, match="used up"):
        buy(tea, variant_id, code="five")


def test_only_so_many_discounts_apply_by_themselves(tea):
    for number in range(AUTOMATIC_MAX):
        create_discount(tea, Terms(title=f"No {number}", kind="shipping"), method="automatic", actor_id=owner_of(tea))
    with pytest.raises(Refused, match="End one first"):
        create_discount(tea, Terms(title="More", kind="shipping"), method="automatic", actor_id=owner_of(tea))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "Asia/Kathmandu", "America/St_Johns"])
def test_uses_are_counted_by_the_days_of_the_shops_time_zone(tea, zone):
    variant_id = make_variant(tea)
    discount_id = create_discount(tea, Terms(rate_ppm=100_000), code="DAYS", actor_id=owner_of(tea))
    shop, expected, began = shop_context(tea), {}, clock.now()
    for hours in (0, 7, 14, 21, 28):
        with clock.moved(timedelta(hours=hours)):
            cart_id = cart_with(tea, (variant_id, 1), code="days")
            place_order(shop, draft_for(shop, cart_id))
            day = clock.now().astimezone(ZoneInfo(zone)).date()
            expected[day] = expected.get(day, 0) + 1
    assert uses_by_day(tea, discount_id, began - timedelta(seconds=1), ZoneInfo(zone)) == expected
