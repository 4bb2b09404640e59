"""Programs keep the catalogue and the stock."""

from __future__ import annotations

TEA = {
    "name": "Longjing",
    "tags": ["green"],
    "options": [{"name": "Size", "values": ["50 g", "100 g"]}],
    "variants": [
        {"option_values": ["50 g"], "price_minor": 1200, "sku": "LJ-50", "on_hand": 4},
        {"option_values": ["100 g"], "price_minor": 2200, "sku": "LJ-100"},
    ],
}


def test_a_product_is_made_read_changed_and_listed(program):
    made = program.post("/products", TEA)
    assert made.status_code == 201, made.json
    assert made.headers["Location"] == f"/api/v1/products/{made.json['id']}"
    assert [one["price_minor"] for one in made.json["variants"]] == [1200, 2200]

    path = f"/products/{made.json['id']}"
    changed = program.change(path, {"summary": "Spring", "published": False})
    assert (changed.status_code, changed.json["summary"], changed.json["name"]) == (200, "Spring", "Longjing")
    assert program.get("/products?state=hidden").json["data"][0]["id"] == made.json["id"]
    assert program.get("/products?state=published").json == {"data": [], "next_cursor": None}


def test_a_change_of_what_somebody_else_changed_is_refused(program):
    made = program.post("/products", TEA).json
    path = f"/api/v1/products/{made['id']}"
    seen = program.send("GET", path).headers["ETag"]
    assert program.send("PATCH", path, {"name": "First"}, match=seen).status_code == 200
    late = program.send("PATCH", path, {"name": "Second"}, match=seen)
    assert (late.status_code, late.json["code"]) == (412, "changed_meanwhile")
    blind = program.send("PATCH", path, {"name": "Third"})
    assert (blind.status_code, blind.json["code"]) == (428, "if_match_missing")
    assert program.send("GET", path).json["name"] == "First"


def test_what_was_not_changed_is_not_sent_again(program):
    made = program.post("/products", TEA).json
    etag = program.get(f"/products/{made['id']}").headers["ETag"]
    again = program.get(f"/products/{made['id']}", If_None_Match=etag)
    assert (again.status_code, again.data) == (304, b"")


def test_a_list_is_read_page_by_page_and_only_with_its_own_cursor(program):
    for number in range(5):
        program.post("/products", {"name": f"Tea {number}", "variants": [{"price_minor": 100}]})
    seen, cursor = [], ""
    while cursor is not None:
        page = program.get(f"/products?limit=2{'&cursor=' + cursor if cursor else ''}").json
        seen += [one["name"] for one in page["data"]]
        cursor = page["next_cursor"]
    assert seen == [f"Tea {number}" for number in reversed(range(5))]

    first = program.get("/products?limit=2").json["next_cursor"]
    other = program.get(f"/products?limit=2&state=hidden&cursor={first}")
    assert (other.status_code, other.json["code"]) == (422, "cursor_invalid")
    forged = program.get("/products?cursor=bmV3.0000")
    assert forged.json["code"] == "cursor_invalid"


def test_only_the_fields_asked_for_are_sent(program):
    program.post("/products", TEA)
    page = program.get("/products?fields=id,name").json
    assert set(page) == {"data", "next_cursor"}
    assert set(page["data"][0]) == {"id", "name"}
    wrong = program.get("/products?fields=id,colour")
    assert (wrong.status_code, list(wrong.json["fields"])) == (422, ["fields.1"])


def test_each_field_that_is_wrong_is_named(program):
    refused = program.post("/products", {"nme": "x", "variants": [{"price_minor": "12.50"}]})
    assert refused.status_code == 422
    assert refused.mimetype == "application/problem+json"
    assert set(refused.json["fields"]) == {"name", "nme", "variants.0.price_minor"}


def test_stock_is_counted_and_corrected(program, variant):
    counted = program.change(f"/stock/{variant}", {"on_hand": 7}, method="PUT")
    assert (counted.status_code, counted.json["available"]) == (200, 7)
    corrected = program.post(f"/stock/{variant}/adjust", {"delta": -2, "note": "broken"})
    assert corrected.json["on_hand"] == 5
    moves = program.get(f"/stock/{variant}/movements").json["data"]
    assert [(one["delta"], one["reason"]) for one in moves] == [(-2, "adjust"), (-3, "count"), (10, "initial")]


def test_categories_are_made_moved_and_taken_away(program):
    tea = program.post("/categories", {"name": "Tea"}).json
    green = program.post("/categories", {"name": "Green", "parent_id": tea["id"]}).json
    assert green["path"] == "Tea > Green"
    moved = program.change(f"/categories/{green['id']}", {"name": "Green tea"}, method="PUT")
    assert (moved.json["path"], moved.json["parent_id"]) == ("Green tea", None)
    assert program.send("DELETE", f"/api/v1/categories/{tea['id']}").status_code == 204
    assert [one["name"] for one in program.get("/categories").json["data"]] == ["Green tea"]
