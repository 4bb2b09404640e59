import threading

import pytest

from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.contract.runtime import registry
from core.inventory.errors import StockGone, StockPromised
from core.inventory.models import Stock
from core.inventory.service import adjust_stock, available, consume, release, reserve, set_stock, set_tracked
from core.orders.carts import add_to_cart
from core.orders.errors import CartEmpty
from core.orders.placing import place_order
from core.shops.queries import shop_context
from tests.trade import draft_for, make_shop, make_variant


def findings():
    return [sentence for owned in registry().checks for sentence in owned.item.run()]


@pytest.fixture
def tea(app):
    return make_shop("tea")


def test_stock_is_promised_all_of_it_or_none(tea):
    plenty, scarce = make_variant(tea, stock=5), make_variant(tea, stock=1)
    with pytest.raises(StockGone):
        reserve(tea, "ord_1", {plenty: 2, scarce: 2})
    assert available(tea, {plenty, scarce}) == {plenty: 5, scarce: 1}


def test_what_is_released_can_be_sold_again_and_only_once(tea):
    variant = make_variant(tea, stock=5)
    reserve(tea, "ord_1", {variant: 3})
    release(tea, "ord_1")
    release(tea, "ord_1")
    assert available(tea, {variant}) == {variant: 5}
    assert findings() == []


def test_what_is_shipped_leaves_the_stock_once(tea):
    variant = make_variant(tea, stock=5)
    reserve(tea, "ord_1", {variant: 3})
    consume(tea, "ord_1")
    consume(tea, "ord_1")
    assert db.session.get(Stock, (tea, variant)).on_hand == 2
    assert findings() == []


def test_a_count_below_what_is_promised_is_refused(tea):
    variant = make_variant(tea, stock=5)
    reserve(tea, "ord_1", {variant: 3})
    with pytest.raises(StockPromised):
        set_stock(tea, variant, 2)
    set_stock(tea, variant, 3)
    assert available(tea, {variant}) == {variant: 0}


def test_an_adjustment_never_makes_the_stock_negative(tea):
    variant = make_variant(tea, stock=5)
    with pytest.raises(Invalid):
        adjust_stock(tea, variant, -6)
    adjust_stock(tea, variant, -5, note="broken")
    assert available(tea, {variant}) == {variant: 0}
    assert findings() == []


def test_goods_that_are_not_counted_are_always_there(tea):
    variant = make_variant(tea, stock=0)
    set_tracked(tea, variant, False)
    reserve(tea, "ord_1", {variant: 100})
    with pytest.raises(StockPromised):
        set_tracked(tea, variant, True)
    consume(tea, "ord_1")
    assert findings() == []


def test_stock_of_another_shop_cannot_be_touched(tea):
    other = make_shop("ceramics")
    variant = make_variant(tea)
    with pytest.raises(NotFound):
        set_stock(other, variant, 3)
    with pytest.raises(StockGone):
        reserve(other, "ord_1", {variant: 1})


def test_the_last_ten_are_sold_to_ten_of_fifty_buyers(bare_app):
    with bare_app.app_context():
        merchant_id = make_shop("tea")
        shop = shop_context(merchant_id)
        variant = make_variant(merchant_id, stock=10)
        drafts = [draft_for(shop, add_to_cart(merchant_id, None, variant, 1)) for _ in range(50)]
        db.session.remove()
    outcomes: list[str] = []
    together = threading.Barrier(25)

    def buy(some):
        with bare_app.app_context():
            together.wait()
            for draft in some:
                try:
                    place_order(shop, draft)
                    outcomes.append("sold")
                except StockGone:
                    outcomes.append("gone")
                except CartEmpty:
                    outcomes.append("lost")
                finally:
                    db.session.remove()

    threads = [threading.Thread(target=buy, args=(drafts[index::25],)) for index in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["gone"] * 40 + ["sold"] * 10
    with bare_app.app_context():
        assert available(merchant_id, {variant}) == {variant: 0}
        assert findings() == []
        db.session.remove()


def test_orders_of_the_same_goods_in_opposite_order_do_not_block_each_other_for_good(bare_app):
    with bare_app.app_context():
        merchant_id = make_shop("tea")
        first, second = make_variant(merchant_id, stock=1000), make_variant(merchant_id, stock=1000)
        db.session.remove()
    failed: list[BaseException] = []

    def work(name, ids):
        with bare_app.app_context():
            try:
                for number in range(15):
                    reserve(merchant_id, f"ord_{name}_{number}", dict.fromkeys(ids, 1))
            except BaseException as error:
                failed.append(error)
            finally:
                db.session.remove()

    threads = [
        threading.Thread(target=work, args=(name, (first, second) if name % 2 else (second, first)))
        for name in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with bare_app.app_context():
        assert available(merchant_id, {first, second}) == {first: 880, second: 880}
        db.session.remove()
