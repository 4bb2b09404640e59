import pytest

from core.base.database import db
from core.inventory.models import Stock
from core.inventory.place_queries import levels_of, locations_of, picking_list
from core.inventory.verify import verify_stock
from core.worker.runner import Worker
from tests.trade import make_variant, paid_order


@pytest.fixture
def two(desk, tea):
    variant = make_variant(tea, stock=9)
    for name in ("Hangzhou", "Suzhou"):
        assert name in desk.done("/console/stock/locations", {"name": name})
    return variant, *(place.id for place in locations_of(tea))


def there(merchant_id, variant_id) -> list[int]:
    db.session.remove()
    found = [row[2] for row in levels_of(merchant_id, variant_id)]
    db.session.remove()
    assert list(verify_stock()) == []
    return found


def test_goods_travel_from_one_place_to_another(desk, tea, two):
    variant, first, second = two
    assert "9" in desk.page(f"/console/stock/transfers/new?from={first}")
    data = {"from_id": first, "to_id": second, f"move-{variant}": "4", "note": "for the fair"}
    page = desk.done("/console/stock/transfers/new", data)
    path = (
        page.split('aria-current="page"')[0]
        and desk.page("/console/stock/transfers").split('href="/console/stock/transfers/trf')[1].split('"')[0]
    )
    path = f"/console/stock/transfers/trf{path}"
    desk.done(path, {"do": "send"})
    assert there(tea, variant) == [5, 0]
    refused = desk.post(path, {"do": "receive", f"received-{variant}": "5"})
    assert refused.status_code == 422 and f"received-{variant}-error" in refused.text
    assert "Goods arrived" in desk.done(path, {"do": "receive", f"received-{variant}": "3"})
    assert there(tea, variant) == [5, 3]


def test_a_count_is_begun_written_and_applied(desk, tea, two):
    variant, _first, _second = two
    page = desk.done("/console/stock/counts", {"name": "November"})
    path = (
        "/console/stock/counts/"
        + page.split(f'name="counted-{variant}"')[0].split("/console/stock/counts/")[1].split("?")[0].split('"')[0]
    )
    assert desk.post(path, {f"counted-{variant}": "many"}).status_code == 422
    desk.done(path, {f"counted-{variant}": "7", "do": "next"})
    assert db.session.get(Stock, (tea, variant)).on_hand == 9
    assert "Applied" in desk.done(path, {"do": "apply"})
    assert there(tea, variant) == [7, 0]


def test_a_paid_order_is_on_the_pick_list_of_its_place(app, desk, tea, two):
    variant, first, _second = two
    paid_order(tea, variant, 2)
    db.session.remove()
    Worker(app).once()
    [(place, _name, goods)] = picking_list(tea)
    assert (place, goods.quantity) == (first, 2)
    assert "Longjing" in desk.page("/console/stock/picking")


def test_stock_is_changed_in_one_place_and_a_warning_is_set(desk, tea, two):
    variant, _first, second = two
    path = f"/console/stock/{variant}"
    data = {"how": "adjust", "number": "2", "note": "from the mill", "location_id": second, "reason": "received"}
    assert "Received from a supplier" in desk.done(path, data)
    assert there(tea, variant) == [9, 2]
    desk.done(f"{path}/low", {"low_at": "20"})
    assert "Longjing" in desk.page("/console/stock?only=low")
    assert desk.post(f"{path}/low", {"low_at": "few"}).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/console/stock",
        "/console/stock/locations",
        "/console/stock/transfers",
        "/console/stock/transfers/new",
        "/console/stock/counts",
        "/console/stock/picking",
        "/console/stock/{variant}",
    ],
)
def test_no_page_of_the_stock_asks_more_than_15_questions(desk, tea, two, count_statements, path):
    path = path.replace("{variant}", two[0])
    desk.page(path)
    assert count_statements(lambda: desk.page(path)) <= 15


def test_places_of_another_shop_are_not_found(desk, sign_in, ceramics, two):
    other = sign_in(ceramics)
    assert other.post(f"/console/stock/locations/{two[1]}", {"name": "Mine"}).status_code == 404
    assert other.get("/console/stock/counts/cnt_x").status_code == 404
    assert other.get("/console/stock/transfers/trf_x").status_code == 404
