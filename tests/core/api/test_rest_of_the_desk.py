"""Menus, look, stock counts, tokens and saved views for programs."""

from __future__ import annotations


def test_a_menu_is_set_as_it_was_read(program):
    items = [{"label": {"en": "Home"}, "kind": "home", "children": [{"kind": "search", "label": {"en": "Find"}}]}]
    changed = program.change("/menus/header", {"items": items}, method="PUT")
    assert changed.status_code == 200, changed.text
    shown = program.get("/menus/header").get_json()["items"]
    assert shown[0]["label"] == {"en": "Home"} and shown[0]["children"][0]["kind"] == "search"
    assert program.get("/menus/nowhere").status_code == 404
    wrong = program.change("/menus/footer", {"items": [{"kind": "address", "target": "javascript:x"}]}, method="PUT")
    assert wrong.status_code == 422


def test_a_look_is_drafted_and_published(program):
    changed = program.change("/look", {"theme": [{"name": "accent", "value": "#225544"}]})
    assert changed.status_code == 200, changed.text
    assert program.get("/shop").get_json()["theme"] == {}
    assert program.post("/look/publish").get_json()["theme"]["accent"] == "#225544"
    assert program.get("/shop").get_json()["theme"]["accent"] == "#225544"
    assert program.change("/look", {"theme": [{"name": "accent", "value": "red; }"}]}).status_code == 422


def test_stock_is_counted_and_corrected_at_once(program, variant):
    made = program.post("/stock-counts", {"name": "Year's end"})
    where = made.headers["Location"].removeprefix("/api/v1")
    assert made.status_code == 201 and made.get_json()["total"] == 1
    told = program.post(f"{where}/lines", {"lines": [{"variant_id": variant, "counted": 7}]}).get_json()
    assert (told["counted"], told["different"]) == (1, 1)
    (line,) = program.get(f"{where}/lines?only=different").get_json()["data"]
    assert (line["counted"], line["expected"]) == (7, 10)
    assert program.post(f"{where}/apply").get_json()["state"] == "applied"
    assert program.post(f"{where}/cancel").status_code == 409
    assert program.get("/stock").get_json()["data"][0]["on_hand"] == 7
    assert [one["state"] for one in program.get("/stock-counts").get_json()["data"]] == ["applied"]


def test_a_program_gives_no_more_than_it_has_and_ends_what_it_made(program, program_with, tea):
    made = program.post("/tokens", {"name": "till", "scopes": ["orders:read"], "days": 30})
    assert made.status_code == 201 and made.get_json()["secret"].startswith("tb")
    where = f"/tokens/{made.get_json()['id']}"
    assert program.get(where).get_json()["scopes"] == ["orders:read"]
    assert made.get_json()["secret"] not in program.get("/tokens").text
    small = program_with(tea, "tokens:write", "tokens:read")
    assert small.post("/tokens", {"name": "more", "scopes": ["money:write"]}).status_code == 403
    assert small.post(f"{where}/rotate", {"overlap_hours": 0}).status_code == 403
    rotated = program.post(f"{where}/rotate", {"overlap_hours": 0})
    assert rotated.status_code == 201 and rotated.get_json()["id"] != made.get_json()["id"]
    assert program.send("DELETE", f"/api/v1/tokens/{rotated.get_json()['id']}").status_code == 204
    assert program.get(f"/tokens/{rotated.get_json()['id']}").get_json()["works"] is False
    assert program.post("/tokens", {"name": "x", "scopes": ["no:such"]}).status_code == 422
    assert program.get("/tokens/apt_none").status_code == 404


def test_a_filter_is_kept_for_the_team_and_forgotten(program):
    made = program.post("/saved-views", {"name": "To pack", "query": "state=paid", "shared": True})
    assert made.status_code == 201, made.text
    (view,) = program.get("/saved-views").get_json()["data"]
    assert view["name"] == "To pack" and view["shared"] is True and view["list"] == "orders"
    assert program.send("DELETE", f"/api/v1/saved-views/{view['id']}").status_code == 204
    assert program.get("/saved-views").get_json()["data"] == []
