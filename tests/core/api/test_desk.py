"""The shop's settings, money, plugins, domains, team and files through the API."""

from __future__ import annotations

import gzip

from sqlalchemy import select

from core.base.database import db
from core.parties.models import Person
from core.payments.models import Payout
from core.worker.runner import Worker
from tests.core.web.console.conftest import give_post
from tests.trade import paid_order


def test_the_shops_rules_are_read_and_changed(program):
    seen = program.get("/shop")
    assert (seen.status_code, seen.json["slug"], seen.json["currency"]) == (200, "tea", "CNY")
    changed = program.change("/shop", {"tagline": "Quiet", "tax_ppm": 130_000})
    assert (changed.json["tagline"], changed.json["tax_ppm"]) == ("Quiet", 130_000)
    refused = program.change("/shop", {"tax_ppm": 2_000_000})
    assert (refused.status_code, list(refused.json["fields"])) == (422, ["tax_ppm"])


def test_money_is_seen_and_withdrawn_once(program, tea, variant):
    from core.orders.fulfilment import ship_order
    from core.orders.settlement import confirm_receipt

    order = paid_order(tea, variant, 3).order_id
    assert program.get("/money/balance").json["escrow_minor"] > 0
    ship_order(tea, order, carrier="SF", tracking_number="1", actor="system")
    confirm_receipt(tea, order, actor="buyer")
    balance = program.get("/money/balance").json
    assert (balance["escrow_minor"], balance["currency"]) == (0, "CNY")
    lines = program.get("/money/statement").json["data"]
    assert sum(line["amount_minor"] for line in lines) == balance["available_minor"] == lines[0]["balance_minor"]

    account = program.post("/money/bank-accounts", {"holder": "Lin", "bank_name": "ICBC", "number": "6222020202020202"})
    assert (account.status_code, "6222020202020202" in account.text) == (201, False)
    asked = {"bank_account_id": account.json["id"], "amount_minor": 500}
    first, again = (program.post("/money/payouts", asked, key="p1") for _number in range(2))
    assert first.status_code == 201, first.json
    assert again.json["id"] == first.json["id"]
    assert len(db.session.scalars(select(Payout)).all()) == 1
    more = program.post("/money/payouts", {**asked, "amount_minor": 10**9})
    assert more.status_code in {409, 422}
    assert program.get("/money/payouts").json["data"][0]["amount_minor"] == 500


def test_a_manager_sees_money_but_takes_none(program_with, tea):
    program = program_with(tea, person_id=give_post(tea, "manager"))
    assert program.get("/money/balance").status_code == 200
    refused = program.post("/money/payouts", {"bank_account_id": "x", "amount_minor": 1})
    assert (refused.status_code, refused.json["code"]) == (403, "role_not_enough")


def test_plugins_are_listed_switched_and_their_secrets_never_shown(program):
    listed = program.get("/plugins").json["data"]
    assert {"payment", "logistics"} <= {one["id"] for one in listed}
    path = "/plugins/logistics"
    switched = program.change(path, {"enabled": False}, method="PUT")
    assert (switched.status_code, switched.json["enabled"]) == (200, False)


def test_a_domain_is_claimed_and_given_up(program):
    made = program.post("/domains", {"host": "tea.example.com"})
    assert (made.status_code, made.json["proven_at"]) == (201, None)
    assert made.json["proof_txt_value"]
    assert [one["host"] for one in program.get("/domains").json["data"]] == ["tea.example.com"]
    assert program.send("DELETE", f"/api/v1/domains/{made.json['id']}").status_code == 204
    assert program.get(f"/domains/{made.json['id']}").status_code == 404


def test_the_team_is_added_to_and_strangers_are_invited(program, tea):
    invited = program.post("/team", {"email": "new@example.com", "role": "clerk"})
    assert (invited.status_code, invited.json["person_id"]) == (201, None)
    assert "/console/invitation/" in invited.json["invitation_url"]
    known = give_post(tea, "clerk")
    assert db.session.scalar(select(Person.id).where(Person.id == known)) == known
    assert program.send("PUT", f"/api/v1/team/{known}", {"role": "manager"}).status_code == 204
    roles = {one["person_id"]: one["role"] for one in program.get("/team").json["data"]}
    assert roles[known] == "manager"
    assert program.send("DELETE", f"/api/v1/team/{known}").status_code == 204


def test_a_list_is_exported_watched_and_fetched(bare_app, program, variant):
    asked = program.post("/exports", {"list": "catalog.products", "format": "csv"})
    assert asked.status_code == 202, asked.json
    path = f"/exports/{asked.json['id']}"
    assert program.get(path).json["ready"] is False
    assert program.get(path + "/file").status_code == 409
    Worker(bare_app).once()
    assert program.get(path).json["ready"] is True
    assert "Longjing" in program.get(path + "/file").text


def test_a_file_that_is_no_catalogue_is_refused(program):
    answer = program.client.post(
        "/api/v1/imports",
        data=gzip.compress(b"x"),
        headers={"Authorization": f"Bearer {program.token}", "Content-Type": "text/csv"},
        base_url="http://localhost",
    )
    assert answer.status_code == 422, answer.text


def test_days_escrow_and_withdrawals_by_themselves_are_seen_and_set(program, tea, variant):
    paid_order(tea, variant, 2)
    page = program.get("/money/days?limit=5").json
    assert (len(page["data"]), page["data"][0]["orders"], page["data"][1]["orders"]) == (5, 1, 0)
    later = program.get(f"/money/days?limit=5&cursor={page['next_cursor']}").json["data"]
    assert later[0]["day"] < page["data"][-1]["day"]
    assert program.get("/money/days?from=2026-01-02&to=0001-01-01").json["data"] == []
    (held,) = program.get("/money/escrow").json["data"]
    assert held["held_minor"] > 0 and held["release_at"] is None

    assert program.get("/money/payout-schedule").status_code == 404
    numbers = ("6222020202020202", "6222020202029999")
    first, second = (
        program.post("/money/bank-accounts", {"holder": "Lin", "bank_name": "ICBC", "number": number}).json["id"]
        for number in numbers
    )
    assert program.post(f"/money/bank-accounts/{second}/primary").json["is_primary"] is True
    rule = {"bank_account_id": first, "every": "week", "least_minor": 500}
    kept = program.send("PUT", "/api/v1/money/payout-schedule", rule)
    assert (kept.status_code, kept.json["active"], kept.json["keep_minor"]) == (200, True, 0)
    assert program.send("DELETE", f"/api/v1/money/bank-accounts/{first}").status_code == 409
    assert program.send("DELETE", "/api/v1/money/payout-schedule").status_code == 204
    assert program.send("DELETE", f"/api/v1/money/bank-accounts/{first}").status_code == 204
    assert [one["id"] for one in program.get("/money/bank-accounts").json["data"]] == [second]


def test_a_program_sets_what_checkout_asks_days_and_who_hears_what(program, tea):
    assert program.get("/shop").get_json()["return_days"] == 30
    body = {
        "return_days": 14,
        "pay_link_days": 3,
        "order_prefix": "TEA",
        "time_zone": "Asia/Shanghai",
        "weight_unit": "kg",
        "company_asked": "optional",
        "tax_id_asked": True,
        "phone_needed": False,
        "note_asked": False,
        "terms_required": True,
        "terms_link": "/pages/terms",
        "notices": {"order_paid": ["a@example.com", "b@example.com"]},
        "payment_minutes": 45,
    }
    changed = program.change("/shop", body)
    assert changed.status_code == 200, changed.text
    shown = changed.get_json()
    others = {"refund_requested": [], "payout_failed": []}
    assert {name: shown[name] for name in body} == {**body, "notices": {**body["notices"], **others}}
    for wrong in ({"time_zone": "Nowhere"}, {"order_prefix": "-"}, {"notices": {"order_paid": ["x"]}}):
        assert program.change("/shop", wrong).status_code == 422
