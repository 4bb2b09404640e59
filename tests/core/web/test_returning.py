import io
import re

import pytest
from PIL import Image
from sqlalchemy import select

from core.base.database import db
from core.messages.models import Message
from core.orders.fulfilment import ship_order
from core.orders.goods_returns import approve_return
from core.orders.letters import on_event
from core.orders.models import Order
from core.orders.return_models import GoodsReturn
from tests.core.web.buying import check_out, fill_cart, last_order_code
from tests.core.web.test_buying import pay_at_the_bank, payment_of


def a_picture(kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, kind)
    return out.getvalue()


@pytest.fixture
def got(tea, goods, shops):
    """The code of an order that this browser bought and that was shipped; and its line."""
    fill_cart(tea, goods, 2)
    answer = check_out(tea)
    code = last_order_code()
    pay_at_the_bank(payment_of(code))
    tea.post(f"{answer.headers['Location']}/check")
    order_id = db.session.scalar(select(Order.id).where(Order.code == code))
    db.session.close()
    ship_order(shops.tea, order_id, carrier="SF", tracking_number="SF1", actor=shops.tea_owner)
    line = re.search(rb'name="line-(oln_\w+)"', tea.get(f"/orders/{code}/return").data).group(1).decode()
    db.session.close()
    return code, line


def the_return() -> GoodsReturn:
    db.session.close()
    return db.session.scalars(select(GoodsReturn)).one()


def test_a_buyer_sends_goods_back_with_a_picture_and_follows_the_return(tea, got, shops):
    code, line = got
    assert b"Send something back" in tea.get(f"/orders/{code}").data
    typed = {f"line-{line}": "1", "reason": "damaged", "wish": "refund", "text": "A <b>crack</b>"}
    page = tea.post(
        f"/orders/{code}/return", {**typed, "pictures": (io.BytesIO(a_picture()), "crack.png")}, follow_redirects=True
    )
    assert b"has been asked" in page.data and b"Asked for" in page.data
    picture = re.search(rb'href="(/orders/\w+/returns/pictures/\w+)"', page.data).group(1).decode()
    shown = tea.get(picture)
    assert shown.mimetype == "image/webp" and shown.headers["Cache-Control"] == "private, no-store"
    found = the_return()
    return_id = found.id
    db.session.close()
    approve_return(shops.tea, return_id, instructions="Send it to 1 West Lake Road", actor=shops.tea_owner)
    assert b"Send it to 1 West Lake Road" in tea.get(f"/orders/{code}").data
    at = f"/orders/{code}/returns/{return_id}"
    assert b"BACK-7" in tea.post(f"{at}/sent", {"carrier": "SF", "number": "BACK-7"}, follow_redirects=True).data
    assert b"return is withdrawn" in tea.post(f"{at}/withdraw", follow_redirects=True).data


def test_a_return_that_says_too_little_keeps_what_was_typed_and_says_where(tea, got):
    code, line = got
    answer = tea.post(f"/orders/{code}/return", {f"line-{line}": "0", "reason": "mind", "wish": "refund", "text": "Hm"})
    assert answer.status_code == 422 and b'id="lines-error"' in answer.data and b"Hm" in answer.data
    answer = tea.post(f"/orders/{code}/return", {f"line-{line}": "1", "reason": "other", "wish": "refund"})
    assert answer.status_code == 422 and b'id="text-error"' in answer.data


def test_what_is_no_picture_is_refused(tea, got):
    code, line = got
    typed = {f"line-{line}": "1", "reason": "damaged", "wish": "refund"}
    answer = tea.post(f"/orders/{code}/return", {**typed, "pictures": (io.BytesIO(b"<svg/>"), "crack.png")})
    assert answer.status_code in (409, 422) and b'role="alert"' in answer.data
    assert db.session.scalars(select(GoodsReturn)).all() == []


def test_nobody_else_sees_or_opens_a_return(app, tea, ceramics, got):
    code, line = got
    typed = {f"line-{line}": "1", "reason": "damaged", "wish": "refund"}
    tea.post(f"/orders/{code}/return", {**typed, "pictures": (io.BytesIO(a_picture()), "crack.png")})
    return_id = the_return().id
    picture = (
        re.search(rb'href="(/orders/\w+/returns/pictures/\w+)"', tea.get(f"/orders/{code}").data).group(1).decode()
    )
    stranger = type(tea)(app.test_client(), "http://tea.localhost")
    for browser in (stranger, ceramics):
        assert browser.get(f"/orders/{code}/return").status_code in (302, 303, 404)
        assert browser.get(picture).status_code in (302, 303, 404)
        assert browser.post(f"/orders/{code}/returns/{return_id}/withdraw").status_code in (302, 303, 404)
    assert the_return().state == "requested"


def test_the_buyer_is_written_to_when_the_shop_has_answered(tea, got, shops):
    code, line = got
    tea.post(f"/orders/{code}/return", {f"line-{line}": "1", "reason": "mind", "wish": "refund"})
    return_id = the_return().id
    db.session.close()
    approve_return(shops.tea, return_id, instructions="1 West Lake Road", actor=shops.tea_owner)
    for _again in range(2):
        on_event("return.approved", {"merchant_id": shops.tea, "return_id": return_id})
    assert len(db.session.scalars(select(Message).where(Message.kind == "orders.return_answered")).all()) == 1
