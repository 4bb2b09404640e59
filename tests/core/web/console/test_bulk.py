import pytest

from core.base.database import db
from core.catalog import bulk, queries, service
from core.catalog.details import ProductDetails, VariantDetails
from core.worker.tasks import run_waiting_task


def make(merchant_id, name="Longjing", **details) -> str:
    return service.create_product(merchant_id, ProductDetails(name=name, **details), variants=[VariantDetails(6800)])


def price_of(merchant_id, product_id) -> int:
    db.session.remove()
    return queries.product_by_id(merchant_id, product_id).variants[0].price_minor


PRICE = {"action": "price", "mode": "percent", "amount": "-10", "rounding": "ninety"}


def test_prices_are_chosen_looked_at_changed_and_taken_back(desk, tea):
    product_id = make(tea)
    choose = desk.post("/console/products/bulk", {"ids": product_id})
    assert choose.status_code == 200 and "1 product is chosen" in choose.text
    preview = desk.post("/console/products/bulk", {"ids": product_id, "do": "preview", **PRICE})
    assert "68.00" in preview.text and "60.90" in preview.text and price_of(tea, product_id) == 6800
    done = desk.done("/console/products/bulk", {"ids": product_id, "do": "apply", **PRICE})
    assert "Take it back" in done and price_of(tea, product_id) == 6090
    path = "/console/products/bulk/" + done.split('action="/console/products/bulk/', 1)[1].split('"', 1)[0]
    assert "Taken back" in desk.done(path) and price_of(tea, product_id) == 6800


def test_all_that_the_filter_shows_can_be_changed_in_the_background(desk, tea, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE_MAX", 1)
    green, other = make(tea, "A", tags=("green",)), make(tea, "B")
    also = make(tea, "C", tags=("green",))
    data = {"all": "1", "tag": "green", "do": "apply", "action": "vendor", "text": "Lin"}
    page = desk.done("/console/products/bulk", data)
    assert "data-poll" in page
    run_waiting_task("test")
    db.session.remove()
    assert [queries.product_by_id(tea, key).vendor for key in (green, also, other)] == ["Lin", "Lin", ""]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({**PRICE, "amount": "-101"}, "amount"),
        ({**PRICE, "amount": "cheap"}, "amount"),
        ({**PRICE, "mode": "set", "amount": "9.999"}, "amount"),
        ({"action": "tag_add", "text": " "}, "text"),
        ({"action": "stock_set", "number": "-1"}, "number"),
        ({"action": "category_add", "category_id": "x"}, "category_id"),
        ({"action": "explode"}, "action"),
    ],
)
def test_what_cannot_be_read_is_marked_at_its_field(desk, tea, data, field):
    answer = desk.post("/console/products/bulk", {"ids": make(tea), "do": "preview", **data})
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text


def test_nothing_chosen_says_what_to_do(desk):
    assert "Tick products" in desk.post("/console/products/bulk", {}).text


def test_variants_are_edited_in_a_table(desk, tea):
    product_id = make(tea)
    page = desk.page("/console/products/table")
    variant = queries.product_by_id(tea, product_id).variants[0].id
    was = {
        f"was.{variant}.product": product_id,
        f"was.{variant}.price_minor": "68.00",
        f"was.{variant}.compare_at_minor": "",
        f"was.{variant}.sku": "",
        f"was.{variant}.barcode": "",
        f"was.{variant}.on_hand": "0",
    }
    assert f'name="{variant}.price_minor" value="68.00"' in page
    now = {
        f"{variant}.price_minor": "12.50",
        f"{variant}.compare_at_minor": "",
        f"{variant}.sku": "LJ",
        f"{variant}.barcode": "690",
        f"{variant}.on_hand": "4",
    }
    assert "1 variant saved" in desk.done("/console/products/table", {"variant": variant, **was, **now})
    assert price_of(tea, product_id) == 1250
    refused = desk.post("/console/products/table", {"variant": variant, **was, **now, f"{variant}.price_minor": "x"})
    assert refused.status_code == 422 and f'id="{variant}.price_minor-error"' in refused.text


def test_a_product_is_copied_put_away_and_related(desk, tea):
    product_id, cup = make(tea), make(tea, "Cup")
    assert "Longjing (copy)" in desk.done(f"/console/products/{product_id}/duplicate")
    assert "Cup" in desk.done(f"/console/products/{product_id}/related", {"do": "add", "other": cup})
    assert "Archived" in desk.done(f"/console/products/{product_id}/archive", {"archived": "1"})
    assert f'href="/console/products/{product_id}"' in desk.page("/console/products?state=archived")


def test_labels_have_bars_that_can_be_fetched(desk, tea):
    product_id = service.create_product(
        tea, ProductDetails(name="Longjing"), variants=[VariantDetails(6800, barcode="6901234567892")]
    )
    page = desk.page(f"/console/products/labels?product={product_id}&copies=3")
    assert page.count('alt="6901234567892"') == 3
    bars = desk.get("/console/products/labels/bars.svg?code=6901234567892")
    assert bars.mimetype == "image/svg+xml" and "sandbox" in bars.headers["Content-Security-Policy"]
    assert desk.get("/console/products/labels/bars.svg?code=%E8%8C%B6").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/console/products",
        "/console/products?tag=x&vendor=y&state=archived",
        "/console/products/table",
        "/console/products/tags",
        "/console/products/labels",
        "/console/products/{id}",
        "/console/products/{id}/related",
    ],
)
def test_no_page_of_the_catalogue_asks_more_than_15_questions(desk, tea, count_statements, path):
    path = path.replace("{id}", make(tea))
    desk.page(path)
    assert count_statements(lambda: desk.page(path)) <= 15


def test_a_clerk_sees_products_but_cannot_change_many(sign_in, tea):
    clerk = sign_in(tea, "clerk")
    assert clerk.post("/console/products/bulk", {"all": "1"}).status_code == 403
    assert clerk.get("/console/products/table").status_code == 403
