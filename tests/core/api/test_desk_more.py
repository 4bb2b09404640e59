from core.contract.runtime import health
from core.orders.queries import order_detail
from tests.trade import paid_order, placed_order


def test_a_product_is_put_away_taken_out_and_copied(program):
    a_product = program.post("/products", {"name": "Longjing", "variants": [{"price_minor": 1000}]}).json["id"]
    away = program.post(f"/products/{a_product}/archive")
    assert (away.status_code, away.json["archived"]) == (200, True)
    out = program.post(f"/products/{a_product}/unarchive")
    assert (out.json["archived"], out.json["published"]) == (False, False)
    copy = program.post(f"/products/{a_product}/duplicate")
    assert copy.status_code == 201 and copy.json["id"] != a_product and not copy.json["published"]
    assert program.post("/products/prd_none/archive").status_code == 404


def test_a_program_reads_how_a_plugin_fares_and_tests_it(program, tea):
    health().note(tea, "logistics", "options", "fault", 0.5, "KeyError: 'zone'")
    health().flush()
    found = program.get("/plugins/logistics/health").json
    assert found["state"] == "closed"
    assert [(one["call"], one["failed"]) for one in found["calls"] if one["call"] == "options"] == [("options", 1)]
    assert "flat rate" in program.post("/plugins/logistics/check").json["found"]
    assert program.post("/plugins/none/check").status_code == 404
    refused = program.post("/plugins/payment/check")
    assert refused.status_code == 409 and "No bank is connected" in refused.json["detail"]


def test_the_audit_trail_is_read_page_by_page_and_is_the_merchants_own(program):
    program.post("/discounts", {"code": "spring", "kind": "shipping"})
    program.post("/discounts", {"code": "summer", "kind": "shipping"})
    first = program.get("/audit?action=discount&limit=1").json
    rest = program.get(f"/audit?action=discount&limit=1&cursor={first['next_cursor']}").json
    assert [entry["action"] for entry in first["data"] + rest["data"]] == ["discount.created"] * 2
    assert first["data"][0]["previous_hash"] == rest["data"][0]["hash"]


def test_an_order_goes_to_another_address_and_the_buyer_is_written_to_again(program, tea, variant):
    order = paid_order(tea, variant)
    address = {
        "name": "Han Mei",
        "phone": "13900000000",
        "country": "CN",
        "region": "Jiangsu",
        "city": "Suzhou",
        "line1": "2",
    }
    moved = program.post(f"/orders/{order.order_id}/address", address)
    assert moved.status_code == 200, moved.json
    assert order_detail(tea, order.order_id).order.address["city"] == "Suzhou"
    other = program.post(f"/orders/{order.order_id}/address", {**address, "country": "FR"})
    assert (other.status_code, list(other.json["fields"])) == (422, ["country"])
    assert program.post(f"/orders/{order.order_id}/confirmation").status_code == 200


def test_an_order_that_was_paid_to_the_shop_itself_is_marked(program, tea, variant):
    order = placed_order(tea, variant)
    assert program.post(f"/orders/{order.order_id}/ask-again").status_code in (200, 409)
    paid = program.post(f"/orders/{order.order_id}/paid-outside", {"how": "cash"})
    assert paid.status_code == 200 and paid.json["state"] == "paid", paid.json


def test_redirects_are_set_changed_and_forgotten(program):
    made = program.post("/redirects", {"path": "old-tea", "target": "/products/tea"})
    assert (made.status_code, made.json["path"]) == (201, "/old-tea")
    program.post("/redirects", {"path": "/old-tea", "target": "/pages/about"})
    assert [(one["path"], one["target"]) for one in program.get("/redirects").json["data"]] == [
        ("/old-tea", "/pages/about")
    ]
    assert program.post("/redirects", {"path": "/x", "target": "javascript:alert(1)"}).status_code == 422
    assert program.send("DELETE", "/api/v1/redirects/old-tea").status_code == 204
    assert program.get("/redirects").json["data"] == []
