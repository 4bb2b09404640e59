"""Papers and taxes through the API."""

from __future__ import annotations

import pytest

from core.documents.service import issue_invoice
from core.parties.service import register_customer
from tests.trade import make_shop, make_variant, paid_order


def test_papers_are_listed_read_and_fetched(program, tea, variant):
    order = paid_order(tea, variant).order_id
    issue_invoice(tea, order)
    (row,) = program.get("/invoices").json["data"]
    assert (row["order_id"], row["series"], row["total_minor"]) == (order, "invoice", 2000)
    whole = program.get(f"/invoices/{row['id']}").json
    assert whole["lines"][0]["name"] == "Longjing" and whole["seller"]["name"] == "Tea"
    assert sum(tax["base_minor"] + tax["tax_minor"] for tax in whole["taxes"]) == whole["total_minor"]
    file = program.get(f"/invoices/{row['id']}/file")
    assert (file.content_type, file.data[:5]) == ("application/pdf", b"%PDF-")
    assert program.get("/invoices?to=2020-01-01").json["data"] == []
    assert program.get("/invoices?series=fee").json["data"] == []
    assert program.get("/invoices?from=x").status_code == 422


def test_a_list_goes_on_where_it_ended(program, tea):
    variant = make_variant(tea, stock=50)
    issued = {issue_invoice(tea, paid_order(tea, variant).order_id) for _number in range(3)}
    first = program.get("/invoices?limit=2").json
    second = program.get(f"/invoices?limit=2&cursor={first['next_cursor']}").json
    assert {row["id"] for row in first["data"] + second["data"]} == issued and second["next_cursor"] is None


def test_rates_are_made_changed_and_taken_away(program):
    category = program.post("/taxes/categories", {"name": "Food"}).json
    body = {"category_id": category["id"], "country": "CN", "rate_ppm": 90_000, "name": "VAT"}
    made = program.post("/taxes/rates", body)
    assert (made.status_code, made.json["rate_ppm"]) == (201, 90_000)
    path = f"/taxes/rates/{made.json['id']}"
    assert program.change(path, {**body, "rate_ppm": 60_000}, method="PUT").json["rate_ppm"] == 60_000
    assert program.post("/taxes/rates", body).status_code == 422
    assert program.send("DELETE", "/api/v1" + path).status_code == 204
    assert program.get("/taxes/rates").json["data"] == []
    assert program.change(f"/taxes/categories/{category['id']}", {"name": "Tea"}).json["name"] == "Tea"


def test_how_tax_is_computed_is_read_and_set(program):
    body = {"tax_ppm": 190_000, "name": "VAT", "prices_include_tax": False, "rounding": "line", "delivery": "goods"}
    assert program.change("/taxes/settings", body, method="PUT").json == body
    assert program.get("/taxes/settings").json == body


def test_a_customer_is_exempt_until_that_ends(program, tea):
    customer_id = register_customer(tea, email="d@example.com", name="D", password="longenough1", locale="en")
    made = program.post("/taxes/exemptions", {"customer_id": customer_id, "reason": "Dealer", "tax_id": "1"})
    assert (made.status_code, made.json["email"]) == (201, "d@example.com")
    assert [row["reason"] for row in program.get("/taxes/exemptions").json["data"]] == ["Dealer"]
    assert program.send("DELETE", f"/api/v1/taxes/exemptions/{made.json['id']}").status_code == 204
    assert program.get("/taxes/exemptions").json["data"] == []


def test_the_report_adds_up_papers(program, tea, variant):
    program.change("/shop", {"tax_ppm": 130_000})
    issue_invoice(tea, paid_order(tea, variant).order_id)
    (row,) = program.get("/taxes/report?from=2020-01-01&to=2099-12-31").json["data"]
    assert (row["country"], row["rate_ppm"], row["base_minor"] + row["tax_minor"]) == ("CN", 130_000, 2000)
    assert program.get("/taxes/report").status_code == 422


@pytest.mark.parametrize("path", ["/invoices/{}", "/invoices/{}/file"])
def test_papers_of_another_merchant_are_not_there(program, path):
    cups = make_shop("cups")
    invoice_id = issue_invoice(cups, paid_order(cups, make_variant(cups)).order_id)
    assert program.get(path.format(invoice_id)).status_code == 404


def test_a_product_names_how_it_is_taxed(program):
    category = program.post("/taxes/categories", {"name": "Food"}).json["id"]
    made = program.post("/products", {"name": "Cake", "tax_category_id": category, "variants": [{"price_minor": 1}]})
    assert made.json["tax_category_id"] == category
    assert program.send("DELETE", f"/api/v1/taxes/categories/{category}").status_code == 422
    changed = program.change(f"/products/{made.json['id']}", {"tax_category_id": None})
    assert changed.json["tax_category_id"] is None
