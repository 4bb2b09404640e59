"""What a merchant sets about returns, links to pay and tax numbers, and what buyers then meet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.base import clock
from core.base.database import db
from core.base.transactions import end_read
from core.documents.models import Invoice
from core.documents.service import issue_invoice
from core.messages.models import Message
from core.orders.fulfilment import ship_order
from core.orders.goods_returns import Arrived, open_return, receive_return
from core.orders.letters import on_event
from core.orders.models import Order, OrderLine
from core.orders.placing import Placed
from core.orders.queries import order_detail
from core.orders.return_queries import returnable
from core.parties.sessions import open_member_session
from core.payments.models import Payment
from core.shops.options import change_options
from core.shops.queries import shop_context
from core.shops.trading import pay_link_days, return_days
from tests.core.web.buying import check_out, fill_cart
from tests.core.web.console.conftest import Desk, words
from tests.trade import make_shop, make_variant, owner_of, paid_order, pay


@pytest.fixture
def desk(app, shops) -> Desk:
    token = open_member_session(shops.tea_owner, merchant_id=shops.tea)
    client = app.test_client()
    client.set_cookie("tb_s", token, domain="localhost")
    db.session.remove()
    return Desk(client, shops.tea, shops.tea_owner)


def test_the_merchant_sets_days_and_wrong_ones_are_refused(desk, shops):
    page = desk.page("/console/settings")
    assert 'name="return_days" type="text" value="30"' in page and 'value="7"' in page
    sent = {"return_days": "14", "pay_link_days": "3", "company_asked": "optional", "tax_id_asked": "1"}
    desk.done("/console/settings/checkout", sent)
    end_read()
    options = shop_context(shops.tea).options
    assert (return_days(options), pay_link_days(options), options["tax_id_asked"]) == (14, 3, True)
    for wrong in ({"return_days": "366"}, {"return_days": "soon"}, {"pay_link_days": "0"}, {"pay_link_days": ""}):
        answer = desk.post("/console/settings/checkout", {**sent, **wrong})
        assert answer.status_code == 422 and 'aria-invalid="true"' in answer.text


def test_buyers_ask_within_the_days_that_the_shop_says(app):
    tea = make_shop("tea")
    placed = paid_order(tea, make_variant(tea))
    ship_order(tea, placed.order_id, carrier="SF", tracking_number="1", actor=owner_of(tea))

    def may(by_buyer):
        end_read()
        detail = order_detail(tea, placed.order_id)
        return bool(returnable(detail.order, detail.lines, by_buyer=by_buyer))

    with clock.moved(timedelta(days=20)):
        assert may(by_buyer=True)
        change_options(tea, actor_id=None, return_days=14)
        assert not may(by_buyer=True) and may(by_buyer=False)
    assert may(by_buyer=True)
    change_options(tea, actor_id=None, return_days=0)
    assert not may(by_buyer=True)


def test_the_buyer_hears_when_returned_goods_have_arrived(app):
    tea = make_shop("tea")
    placed = paid_order(tea, make_variant(tea), 2)
    ship_order(tea, placed.order_id, carrier="SF", tracking_number="1", actor=owner_of(tea))
    line_id = db.session.scalar(select(OrderLine.id))
    end_read()
    owner = owner_of(tea)
    return_id = open_return(tea, placed.order_id, lines={line_id: 2}, wish="refund", reason="mind", actor=owner)
    receive_return(tea, return_id, {line_id: Arrived(1, 1)}, actor=owner)
    for _turn in range(2):
        on_event("return.received", {"merchant_id": tea, "return_id": return_id})
    end_read()
    (letter,) = db.session.scalars(select(Message).where(Message.kind == "orders.return_received")).all()
    assert letter.recipient == "buyer@example.com"


def test_a_companys_tax_number_is_checked_and_stands_on_its_invoice(shops, tea, goods):
    fill_cart(tea, goods)
    assert 'name="tax_id"' not in tea.get("/checkout").text
    change_options(shops.tea, actor_id=None, company_asked="optional", tax_id_asked=True)
    db.session.remove()
    assert 'name="tax_id"' in tea.get("/checkout").text
    refused = check_out(tea, company="Tea House Ltd", tax_id="91110000600037342L")
    assert refused.status_code == 422 and "unified social credit code" in words(refused.text)
    assert db.session.scalar(select(Order)) is None
    check_out(tea, company="Tea House Ltd", tax_id="91110000600037341L")
    end_read()
    order = db.session.scalar(select(Order))
    assert order.address["tax_id"] == "91110000600037341L"
    order_id, code = order.id, order.code
    pay(shops.tea, Placed(order_id, code, db.session.scalar(select(Payment.id))))
    issue_invoice(shops.tea, order_id)
    end_read()
    buyer = db.session.scalar(select(Invoice.content))["buyer"]
    assert buyer["name"] == "Tea House Ltd" and buyer["tax_id"] == "91110000600037341L"
    assert "Li Lei" in buyer["lines"] and any("91110000600037341L" in line for line in buyer["lines"])
