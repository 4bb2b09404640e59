"""Gift cards for programs: given out once, found without their code, sold in carts, taken back."""

from __future__ import annotations

from core.base.database import db
from core.orders.placing import Placed
from tests.core.giftcards.test_selling import letters, make_card_product
from tests.core.web.test_gift_cards import earn
from tests.trade import pay


def problem(answer):
    return answer.status_code, answer.get_json()["code"]


def test_a_card_is_given_out_once_found_switched_and_renewed(program, tea):
    earn(tea, 50_000)
    made = program.post("/gift-cards", {"amount_minor": 5000, "email": "a@example.com", "note": "cup"}, key="k1")
    assert made.status_code == 201 and len(made.get_json()["code"]) == 19
    again = program.post("/gift-cards", {"amount_minor": 5000, "email": "a@example.com", "note": "cup"}, key="k1")
    assert again.get_json() == made.get_json() and len(program.get("/gift-cards").get_json()["data"]) == 1
    where = made.headers["Location"].removeprefix("/api/v1")
    shown = program.get(where)
    assert shown.get_json()["left_minor"] == 5000 and made.get_json()["code"] not in shown.text
    assert program.post(f"{where}/disable").get_json()["state"] == "disabled"
    assert program.post(f"{where}/enable").get_json()["state"] == "active"
    new = program.post(f"{where}/renew", {"email": "b@example.com"}).get_json()["code"]
    assert new != made.get_json()["code"] and program.get(where).get_json()["email"] == "b@example.com"
    assert [one["kind"] for one in program.get(f"{where}/entries").get_json()["data"]] == ["gift_card_funded"]
    found = program.get(f"/gift-cards?q={new}&fields=id,state").get_json()["data"]
    assert found == [{"id": made.get_json()["id"], "state": "active"}]


def test_what_cannot_be_given_is_refused_with_its_reason(program, program_with, tea):
    assert problem(program.post("/gift-cards", {"amount_minor": 5000})) == (409, "not_enough_money")
    assert program.post("/gift-cards", {"amount_minor": 0}).status_code == 422
    assert problem(program.send("POST", "/api/v1/gift-cards", {"amount_minor": 1}))[0] == 400
    assert problem(program.get("/gift-cards/gft_none"))[0] == 404
    assert problem(program_with(tea, "orders.read".replace(".", ":")).get("/gift-cards"))[0] == 403


def test_a_program_sells_a_card_for_somebody_and_takes_it_back(program, tea):
    body = {
        "name": "Gift card",
        "kind": "gift_card",
        "gift": {"own_min_minor": 100, "own_max_minor": 9000, "months": 12},
        "options": [{"name": "Amount", "values": ["50"]}],
        "variants": [{"price_minor": 5000, "option_values": ["50"], "taxable": True}],
    }
    product = program.post("/products", body).get_json()
    assert product["kind"] == "gift_card" and product["gift"]["months"] == 12
    assert product["variants"][0]["taxable"] is False and product["variants"][0]["available"] is None
    gift = {"email": "friend@example.com", "recipient": "Han Mei", "message": "Enjoy"}
    wanted = {"variant_id": product["variants"][0]["id"], "quantity": 1}
    refused = program.post("/carts", {**wanted, "gift": {**gift, "send_on": "soon"}})
    assert refused.status_code == 422 and "send_on" in refused.get_json()["fields"]
    cart = program.post("/carts", {**wanted, "gift": gift, "own_amount_minor": 1234}).get_json()
    assert cart["lines"][0]["gift"] == gift and cart["quote"]["total_minor"] == 1234 == cart["to_pay_minor"]
    placed = program.post(
        f"/carts/{cart['id']}/order",
        {"email": "buyer@example.com", "payment_provider_id": "fakepay.qr", "agreed_total_minor": 1234},
    ).get_json()
    pay(tea, Placed(placed["order_id"], placed["code"], placed["payment_id"]))
    db.session.remove()
    order = program.get(f"/orders/{placed['order_id']}?expand=lines").get_json()
    assert order["state"] == "completed" and order["cards_minor"] == 1234
    assert order["lines"][0]["kind"] == "gift_card"
    (card,) = program.get(f"/gift-cards?order_id={placed['order_id']}").get_json()["data"]
    assert card["recipient"] == "Han Mei" and card["left_minor"] == 1234 and card["delivered_at"]
    taken = program.post(f"/gift-cards/{card['id']}/take-back", {"reason": "bought twice"})
    assert taken.get_json() == {"amount_minor": 1234}
    assert problem(program.post(f"/gift-cards/{card['id']}/take-back", {"reason": "again"}))[0] == 409
    assert program.get(f"/gift-cards/{card['id']}").get_json()["state"] == "returned"


def test_a_card_pays_in_a_programs_checkout(program, tea, variant):
    _product, amounts = make_card_product(tea)
    cart = program.post("/carts", {"variant_id": amounts[5000], "quantity": 1}).get_json()
    placed = program.post(
        f"/carts/{cart['id']}/order",
        {"email": "buyer@example.com", "payment_provider_id": "fakepay.qr", "agreed_total_minor": 5000},
    ).get_json()
    pay(tea, Placed(placed["order_id"], placed["code"], placed["payment_id"]))
    code = letters()[0][1]["code"]
    db.session.remove()
    cart = program.post("/carts", {"variant_id": variant, "quantity": 1}).get_json()
    shown = program.send("PUT", f"/api/v1/carts/{cart['id']}/gift-card", {"code": code}).get_json()
    assert shown["card_minor"] == shown["quote"]["total_minor"] and shown["to_pay_minor"] == 0
    assert shown["card_last4"] == code[-4:] and shown["payments"] == []
    wrong = program.send("PUT", f"/api/v1/carts/{cart['id']}/gift-card", {"code": "AAAA"})
    assert problem(wrong) == (409, "gift_card_refused")


def test_made_cards_and_goods_are_not_gift_cards_of_orders(program, tea, variant):
    earn(tea, 5000)
    made = program.post("/gift-cards", {"amount_minor": 500}).get_json()
    assert problem(program.post(f"/gift-cards/{made['id']}/take-back", {"reason": "x"}))[0] == 404
    refused = program.post("/carts", {"variant_id": variant, "quantity": 1, "own_amount_minor": 5})
    assert refused.status_code == 422
