import pytest
from sqlalchemy import select

from core.base.database import db
from core.base.errors import Refused
from core.base.transactions import transactional
from core.contract.contributions import DataSubject
from core.orders.drafts import Draft, open_drafts, save_draft
from core.orders.fulfilment import ship_order
from core.orders.goods_returns import open_return, withdraw_return
from core.orders.models import Order, OrderLine
from core.orders.personal import PERSONAL_DATA
from core.orders.return_models import GoodsReturn, ReturnPicture
from core.orders.settlement import confirm_receipt
from core.parties.service import register_customer
from tests.trade import make_shop, make_variant, owner_of, paid_order


@transactional
def belongs_to(merchant_id, order_id, customer_id):
    db.session.get(Order, (merchant_id, order_id)).customer_id = customer_id


def test_what_an_erased_customer_wrote_and_showed_of_returned_goods_goes_and_so_do_drafts(app):
    tea = make_shop("tea")
    buyer = register_customer(tea, email="li@example.com", name="Li Lei", password="a long password")
    order_id = paid_order(tea, make_variant(tea)).order_id
    belongs_to(tea, order_id, buyer)
    ship_order(tea, order_id, carrier="SF", tracking_number="1", actor=owner_of(tea))
    line = db.session.scalars(select(OrderLine.id).where(OrderLine.order_id == order_id)).one()
    confirm_receipt(tea, order_id, actor="buyer")
    asked = {"lines": {line: 1}, "wish": "refund", "reason": "damaged", "text": "I am Li Lei"}
    return_id = open_return(tea, order_id, **asked, pictures=[b"a face"])
    save_draft(tea, Draft(email="li@example.com"), actor_id=owner_of(tea))
    kept = save_draft(tea, Draft(email="han@example.com"), actor_id=owner_of(tea))
    subject = DataSubject("customer", buyer, tea)
    [collected] = PERSONAL_DATA.collect(subject)
    assert collected["returns"][0]["text"] == "I am Li Lei"
    with pytest.raises(Refused, match="on their way back"):
        PERSONAL_DATA.erase(subject)
    withdraw_return(tea, return_id)
    PERSONAL_DATA.erase(subject)
    db.session.remove()
    assert db.session.scalars(select(ReturnPicture)).all() == []
    assert db.session.get(GoodsReturn, (tea, return_id)).text == "—"
    assert [row.id for row in open_drafts(tea)] == [kept]
