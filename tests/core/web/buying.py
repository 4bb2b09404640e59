"""What buyers do, through the real pages."""

from __future__ import annotations

import re

from sqlalchemy import select

from core.base.database import db
from core.orders.models import Order

ADDRESS_TYPED = {
    "email": "buyer@example.com",
    "name": "Li Lei",
    "phone": "13800000000",
    "country": "CN",
    "region": "Zhejiang",
    "city": "Hangzhou",
    "line1": "1 West Lake Road",
}


def fill_cart(browser, goods, quantity: int = 1) -> None:
    answer = browser.post("/cart/add", {"variant_id": goods.variant_id, "quantity": str(quantity)})
    assert answer.headers["Location"] == "/cart"


def shown_total(page: bytes) -> str:
    """The total that a checkout page asks the buyer to agree to."""
    return re.search(rb'name="agreed_total_minor"\s+value="(-?\d+)"', page).group(1).decode()


def check_out(browser, **typed):
    """Fill the form in, look at the total, place the order."""
    sent = {**ADDRESS_TYPED, **typed}
    page = browser.post("/checkout", {**sent, "action": "update"})
    return browser.post("/checkout", {"agreed_total_minor": shown_total(page.data), **sent, "action": "place"})


def last_order_code() -> str:
    """The code of the order that was placed last, whoever placed it."""
    return db.session.scalar(select(Order.code).order_by(Order.placed_at.desc()).limit(1))
