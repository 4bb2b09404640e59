from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from core.base import clock
from core.base.database import db
from core.base.transactions import transactional
from core.catalog.models import Product
from core.discounts.service import Terms, create_discount
from core.inventory.service import set_stock
from core.shops.service import change_theme, touch_shop, update_shop
from core.web.pagecache import KeptPages
from core.web.pages import Page, page_from_html
from tests.core.web.buying import check_out, fill_cart
from tests.core.web.test_buying import set_price


@pytest.fixture
def path(goods):
    return f"/products/{goods.slug}"


def test_a_page_is_kept_and_served_with_one_statement(tea, path, count_sql):
    first = tea.get(path)
    count_sql.clear()
    second = tea.get(path)
    assert second.data == first.data
    assert len(count_sql) == 1


def test_a_product_page_with_a_cart_costs_two_statements(tea, goods, path, count_sql):
    fill_cart(tea, goods, 3)
    tea.get(path)
    count_sql.clear()
    page = tea.get(path)
    assert b">3<" in page.data
    assert len(count_sql) == 2


def test_a_product_page_that_is_not_kept_yet_costs_at_most_six_statements_more(tea, goods, path, count_sql):
    fill_cart(tea, goods)
    tea.get("/cart")
    count_sql.clear()
    tea.get(path)
    assert len(count_sql) <= 8


def test_kept_and_fresh_pages_have_the_same_headers_but_for_their_order(tea, path):
    fresh, kept = tea.get(path), tea.get(path)
    own = {"Date", "X-Request-Id"}
    assert {k: v for k, v in fresh.headers if k not in own} == {k: v for k, v in kept.headers if k not in own}


def test_a_new_stock_is_on_the_next_page(tea, goods, path):
    assert b"10 left" in tea.get(path).data
    set_stock(goods.merchant_id, goods.variant_id, 3)
    assert b"3 left" in tea.get(path).data


def test_a_sale_is_on_the_next_page(tea, ceramics, goods, path):
    assert b"10 left" in tea.get(path).data
    fill_cart(tea, goods, 4)
    check_out(tea)
    assert b"6 left" in tea.get(path).data
    assert b"6 left" in ceramics.at("http://tea.localhost").get(path).data


def test_a_new_price_is_on_the_next_page(tea, goods, path):
    assert "12.00" in tea.get(path).text
    set_price(goods.variant_id, 1550)
    bump_product(goods)
    assert "15.50" in tea.get(path).text


@transactional
def bump_product(goods):
    db.session.execute(
        update(Product)
        .where(Product.merchant_id == goods.merchant_id, Product.slug == goods.slug)
        .values(version=Product.version + 1)
    )


def test_a_hidden_product_is_gone_at_once(tea, goods, path, shops):
    assert tea.get(path).status_code == 200

    @transactional
    def hide():
        db.session.execute(update(Product).where(Product.merchant_id == goods.merchant_id).values(published=False))

    hide()
    assert tea.get(path).status_code == 404


@pytest.mark.parametrize("where", ["home", "product"])
def test_a_new_name_and_look_of_the_shop_is_on_the_next_page(tea, goods, path, where):
    page = {"home": "/", "product": path}[where]
    assert b"Quiet Tea" in tea.get(page).data
    update_shop(goods.merchant_id, name="Loud Coffee", actor_id=None)
    assert b"Loud Coffee" in tea.get(page).data
    change_theme(goods.merchant_id, {"accent": "#aa3322"}, actor_id=None)
    assert b"#aa3322" in tea.get("/theme.css").data


def test_a_change_of_the_catalogue_is_on_the_first_page(tea, goods):
    assert b"Longjing" in tea.get("/").data

    @transactional
    def rename():
        db.session.execute(update(Product).where(Product.merchant_id == goods.merchant_id).values(name="Biluochun"))
        touch_shop(goods.merchant_id)

    rename()
    assert b"Biluochun" in tea.get("/").data


def test_each_language_has_its_own_page(tea, path):
    english = tea.get(path, headers={"Accept-Language": "en"}).data
    chinese = tea.get(path, headers={"Accept-Language": "zh-TW,zh;q=0.8"}).data
    assert b'lang="en"' in english
    assert b'lang="zh-Hant"' in chinese
    assert b'lang="en"' in tea.get(path, headers={"Accept-Language": "en"}).data


def test_two_shops_with_the_same_address_have_their_own_pages(tea, ceramics):
    assert b"Quiet Tea" in tea.get("/").data
    assert b"Quiet Tea" not in ceramics.get("/").data
    assert b"Quiet Tea" in tea.get("/").data


def test_a_kept_page_shows_each_visitor_their_own_cart_name_and_form_token(tea, goods, path, app):
    tea.get(path)
    tea.post("/account/register", {"email": "li@example.com", "name": "Li Lei", "password": "a long walk home"})
    fill_cart(tea, goods, 2)
    tea.get("/cart")
    mine = tea.get(path).data
    assert b"Li Lei" in mine
    assert b">2<" in mine
    stranger = type(tea)(app.test_client(), tea.base_url).get(path).data
    assert b"Li Lei" not in stranger
    assert b">2<" not in stranger


def test_a_visitor_without_a_session_gets_304_for_what_is_known(tea, path):
    etag = tea.get(path).headers["ETag"]
    for _ in range(2):
        answer = tea.get(path, headers={"If-None-Match": etag})
        assert (answer.status_code, answer.data) == (304, b"")
    assert tea.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_page_with_a_cart_has_no_etag(tea, goods, path):
    fill_cart(tea, goods)
    tea.get("/cart")
    for _ in range(2):
        assert "ETag" not in tea.get(path).headers


def test_a_waiting_message_is_shown_once_on_a_kept_page(tea, goods, path):
    tea.get(path)
    tea.post("/cart/add", {"variant_id": goods.variant_id, "quantity": "999", "back": path})
    assert b"have just been sold" in tea.get(path).data
    assert b"have just been sold" not in tea.get(path).data


def test_a_merchants_text_cannot_pose_as_a_personal_piece(tea, goods, path, shops):
    update_shop(shops.tea, tagline="\x1acsrf\x1a \x1a0:csrf\x1a {{ personal('csrf') }}", actor_id=None)
    assert tea.get("/").status_code == 200
    assert b'name="csrf_token"' not in tea.get("/").data


def test_kept_pages_are_bounded(app):
    kept = KeptPages(bytes_max=10_000)
    for number in range(100):
        kept.put((number,), Page((b"x" * 1000,), (), b"x" * 1000, "e"))
    assert 1 <= len(kept) <= 10
    assert kept.get((99,)) is not None
    assert kept.get((0,)) is None


def test_putting_a_page_again_does_not_count_it_twice(app):
    kept = KeptPages(bytes_max=10_000)
    for _ in range(100):
        kept.put(("same",), Page((b"x" * 1000,), (), b"x" * 1000, "e"))
    kept.put(("other",), Page((b"x" * 1000,), (), b"x" * 1000, "e"))
    assert len(kept) == 2


def test_a_page_without_personal_pieces_is_one_piece(app):
    assert page_from_html("<p>plain</p>").fixed == (b"<p>plain</p>",)


def test_the_cart_count_follows_the_cart(tea, goods, path):
    fill_cart(tea, goods, 1)
    assert b">1<" in tea.get(path).data
    fill_cart(tea, goods, 2)
    assert b">3<" in tea.get(path).data
    check_out(tea)
    assert b">3<" not in tea.get(path).data


def test_a_database_that_does_not_answer_the_short_way_is_asked_the_ordinary_way(tea, path, monkeypatch):
    tea.get(path)

    def fail(*_args):
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr("core.web.pagecache.PlainStatement.first", fail)
    assert b"Longjing" in tea.get(path).data


def test_an_offer_is_on_the_next_page_and_leaves_it_at_its_last_moment(tea, goods, path, count_sql):
    assert "Spring sale" not in tea.get(path).text
    ends_at = clock.now() + timedelta(hours=1)
    create_discount(
        goods.merchant_id,
        Terms(title="Spring sale", rate_ppm=100_000, ends_at=ends_at),
        method="automatic",
        actor_id=None,
    )
    assert "Spring sale" in tea.get(path).text
    count_sql.clear()
    assert "Spring sale" in tea.get(path).text
    assert len(count_sql) == 1
    with clock.moved(timedelta(minutes=61)):
        assert "Spring sale" not in tea.get(path).text
