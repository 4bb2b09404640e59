"""Webhooks are set up, watched and sent again through the API."""

from __future__ import annotations


def test_a_webhook_is_set_up_changed_tested_and_taken_away(program):
    made = program.post("/webhooks", {"url": "https://example.com/hook", "topics": ["order.paid"]}, key="w1")
    again = program.post("/webhooks", {"url": "https://example.com/hook", "topics": ["order.paid"]}, key="w1")
    assert (made.status_code, again.json) == (201, made.json)
    assert made.json["secret"].startswith("whsec_")
    path = f"/webhooks/{made.json['id']}"
    seen = program.get(path).json
    assert (seen["topics"], seen["active"]) == (["order.paid"], True)
    assert "secret" not in seen
    changed = program.change(path, {"topics": ["*"], "active": False})
    assert (changed.json["topics"], changed.json["active"]) == (["*"], False)
    tested = program.post(path + "/test")
    assert tested.status_code == 202
    assert program.get(path + "/deliveries").json["data"][0]["id"] == tested.json["id"]
    delivery = program.get(f"/webhooks/deliveries/{tested.json['id']}").json
    assert (delivery["state"], delivery["tries"]) == ("waiting", [])
    assert program.post(path + "/rotate-secret", {"overlap_hours": 24}).json["secret"] != made.json["secret"]
    assert program.post(path + "/replay", {"since": "2999-01-01T00:00:00Z"}).json == {"count": 0}
    assert program.send("DELETE", "/api/v1" + path).status_code == 204
    assert program.get(path).status_code == 404


def test_an_address_in_our_own_network_is_refused_at_its_field(program):
    refused = program.post("/webhooks", {"url": "https://192.168.0.1/", "topics": ["*"]})
    assert (refused.status_code, list(refused.json["fields"])) == (422, ["url"])


def test_the_catalogue_of_events_says_what_each_holds(program):
    found = {one["name"]: one["data"] for one in program.get("/webhooks/event-types?limit=100").json["data"]}
    assert found["order.paid"] == ["order_id", "code"]
