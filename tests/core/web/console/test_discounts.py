import pytest

from core.base import clock
from core.base.database import db
from core.catalog.details import ProductDetails, VariantDetails
from core.catalog.service import create_product
from core.discounts.queries import codes_of, discounts_page
from core.discounts.service import Terms, create_discount, discount_state
from tests.core.web.console.conftest import words
from tests.trade import make_shop

CODE = {"kind": "percent", "method": "code"}


def goods(merchant_id, name):
    return create_product(merchant_id, ProductDetails(name=name), variants=[VariantDetails(price_minor=1000)])


def only(merchant_id):
    db.session.remove()
    ((discount,), _next) = discounts_page(merchant_id)
    return discount


def test_the_ways_to_give_a_discount_are_shown_before_its_form(desk):
    kinds = desk.get("/console/discounts/new").text
    assert "Buy some, get some" in kinds and "kind=bxgy" in kinds.replace("&amp;", "&")
    assert 'name="code"' in desk.get("/console/discounts/new?kind=percent&method=code").text
    assert 'name="code"' not in desk.get("/console/discounts/new?kind=percent&method=automatic").text


def test_a_discount_is_made_and_switched_off_and_on(desk, tea):
    desk.done(
        "/console/discounts/new",
        {**CODE, "code": "spring-10", "percent": "7.5", "uses_max": "3", "ends_at": "2099-01-31"},
    )
    discount = only(tea)
    assert [one.code for one in codes_of(tea, [discount.id])] == ["SPRING-10"]
    assert (discount.rate_ppm, discount.uses_max) == (75_000, 3)
    desk.done(f"/console/discounts/{discount.id}", {"active": "0"})
    assert not only(tea).active
    desk.done(f"/console/discounts/{discount.id}", {"active": "1"})
    assert only(tea).active


def test_a_discount_is_duplicated_without_its_code_and_ended_for_good(desk, tea):
    desk.done("/console/discounts/new", {**CODE, "code": "spring-15", "percent": "7.5", "minimum": "20"})
    discount = only(tea)
    again = desk.get(f"/console/discounts/new?like={discount.id}").text
    assert 'value="7.5"' in again and 'value="20.00"' in again and "SPRING-15" not in again
    assert "7.5% off, for goods worth at least ¥20.00" in desk.get("/console/discounts").text
    desk.done(f"/console/discounts/{discount.id}/end", {})
    assert discount_state(only(tea), clock.now()) == "ended"
    late = desk.post(f"/console/discounts/{discount.id}/edit", {"percent": "9"})
    assert late.status_code == 409 and "Duplicate it" in words(late.text)
    assert only(tea).rate_ppm == 75_000


def test_the_days_of_a_discount_are_those_of_the_shops_time_zone(desk, tea):
    days = {"starts_at": "2030-01-31", "ends_at": "2030-01-31"}
    desk.done("/console/discounts/new", {"kind": "shipping", "method": "code", "code": "ONE-DAY", **days})
    discount = only(tea)
    assert (discount.starts_at.isoformat()[:16], discount.ends_at.isoformat()[:16]) == (
        "2030-01-30T16:00",
        "2030-01-31T15:59",
    )
    assert "from Jan 31, 2030, until Jan 31, 2030" in desk.get("/console/discounts").text
    assert 'value="2030-01-31"' in desk.get(f"/console/discounts/{discount.id}/edit").text


def test_products_are_found_and_chosen_and_the_rest_of_the_form_stays(desk, tea):
    goods(tea, "Oolong")
    form = {"kind": "bxgy", "method": "automatic", "title": "Three for two", "scope": "products", "buy_quantity": "2"}
    found = desk.post("/console/discounts/new", {**form, "find-scope": "oolong", "do": "find-scope"})
    assert found.status_code == 200 and "Oolong" in found.text and 'value="Three for two"' in found.text
    product_id = found.text.split('name="scope-products"')[1].split('value="')[1].split('"')[0]
    desk.done("/console/discounts/new", {**form, "scope-products": product_id, "get_quantity": "1"})
    discount = only(tea)
    assert (discount.scope_ids, discount.buy_quantity, discount.rate_ppm) == ([product_id], 2, 1_000_000)
    assert "Buy 2 of Oolong, get 1 of all goods free" in words(desk.get("/console/discounts").text)


def test_codes_for_one_use_are_made_and_fetched_as_a_file(desk, tea):
    discount_id = create_discount(tea, Terms(rate_ppm=100_000), code="VIP", actor_id=None)
    desk.done(f"/console/discounts/{discount_id}/codes", {"count": "1200", "prefix": "vip"})
    lines = desk.get(f"/console/discounts/{discount_id}/codes.csv").text.split()
    assert len(set(lines)) == 1202 and lines[0] == "code,used,uses_max"
    assert sum(line.startswith("VIP-") and line.endswith(",0,1") for line in lines) == 1200
    refused = desk.post(f"/console/discounts/{discount_id}/codes", {"count": "5001"})
    assert refused.status_code == 422 and 'id="count-error"' in refused.text


@pytest.mark.parametrize(
    ("changes", "marked"),
    [
        ({"code": ""}, "code"),
        ({"code": "a b"}, "code"),
        ({"percent": "101"}, "percent"),
        ({"percent": "NaN"}, "percent"),
        ({"percent": "0"}, "percent"),
        ({"kind": "amount", "amount": "x"}, "amount"),
        ({"kind": "amount", "amount": "0"}, "amount"),
        ({"kind": "bxgy", "buy_quantity": "0"}, "buy_quantity"),
        ({"minimum": "-1"}, "minimum"),
        ({"minimum_quantity": "-1"}, "minimum_quantity"),
        ({"uses_max": "0"}, "uses_max"),
        ({"uses_max": "1" * 30}, "uses_max"),
        ({"per_buyer_max": "0"}, "per_buyer_max"),
        ({"audience": "emails", "emails": "nobody"}, "emails"),
        ({"scope": "products"}, "scope"),
        ({"scope": "products", "scope-products": "prd_none"}, "scope"),
        ({"ends_at": "tomorrow"}, "ends_at"),
        ({"starts_at": "2030-01-02", "ends_at": "2030-01-01"}, "ends_at"),
        ({"method": "automatic", "title": ""}, "title"),
    ],
)
def test_a_discount_that_cannot_be_is_marked_at_its_field(desk, tea, changes, marked):
    answer = desk.post("/console/discounts/new", {**CODE, "code": "GOOD", "percent": "10", **changes})
    assert answer.status_code == 422 and f'id="{marked}-error"' in answer.text
    assert discounts_page(tea)[0] == []


def test_a_discount_of_another_merchant_does_not_exist(desk, sign_in, ceramics):
    other = create_discount(ceramics, Terms(kind="shipping"), code="BOWL", actor_id=None)
    assert desk.get(f"/console/discounts/{other}").status_code == 404
    assert desk.get(f"/console/discounts/new?like={other}").status_code == 404
    for path in ("", "/edit", "/end", "/codes"):
        assert desk.post(f"/console/discounts/{other}{path}", {"active": "0", "count": "1"}).status_code == 404
    assert only(ceramics).active


def test_what_is_bound_to_goods_of_another_merchant_is_refused(desk, tea):
    other = make_shop("silk")
    goods(other, "Silk")
    found = desk.post(
        "/console/discounts/new",
        {**CODE, "code": "GOOD", "scope": "products", "find-scope": "silk", "do": "find-scope"},
    )
    assert 'name="scope-products"' not in found.text
