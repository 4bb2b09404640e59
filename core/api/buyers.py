"""Customers and coupons."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from sqlalchemy import select

from core.api import trade_shapes as shapes
from core.api.operation import Call, operation
from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.orders.coupons import coupons_page, create_coupon, set_coupon_active
from core.orders.models import Coupon
from core.orders.queries import orders_of_customer
from core.parties.models import Customer

customers = Blueprint("api_customers", __name__, url_prefix="/api/v1/customers", description="Buyers with an account.")
coupons = Blueprint("api_coupons", __name__, url_prefix="/api/v1/coupons", description="Codes that lower the price.")
ORDERS_MAX = 100


def _customer(call: Call, customer_id: str) -> Customer:
    found = db.session.get(Customer, (call.merchant_id, customer_id))
    if found is None:
        raise NotFound(_l("There is no such customer."))
    return found


@operation(
    customers,
    "GET",
    "",
    scope="customers:read",
    answer=shapes.CustomerPageShape,
    query=shapes.CustomerQuery,
    listed=True,
)
def list_customers(call: Call) -> Any:
    """Customers, the newest first."""
    query = select(Customer).where(Customer.merchant_id == call.merchant_id)
    if "email" in call.query:
        query = query.where(Customer.email == call.query["email"].strip().lower())
    place = call.place()
    if place is not None:
        query = query.where(Customer.id < place)
    rows = db.session.scalars(query.order_by(Customer.id.desc()).limit(call.limit + 1)).all()
    return call.page(rows[: call.limit], rows[call.limit - 1].id if len(rows) > call.limit else None)


@operation(customers, "GET", "/<customer_id>", scope="customers:read", answer=shapes.CustomerShape, versioned=True)
def get_customer(call: Call, customer_id: str) -> Any:
    """One customer."""
    return _customer(call, customer_id)


@operation(
    customers, "GET", "/<customer_id>/orders", scope="orders:read", answer=shapes.BriefOrderPageShape, listed=True
)
def list_orders_of_customer(call: Call, customer_id: str) -> Any:
    """A customer's latest orders (at most 100), the newest first."""
    _customer(call, customer_id)
    found = orders_of_customer(call.merchant_id, customer_id, ORDERS_MAX)
    start = int(call.place() or 0)
    after = start + call.limit
    return call.page(found[start:after], after if after < len(found) else None)


def _coupon(call: Call, coupon_id: str) -> Coupon:
    found = db.session.get(Coupon, (call.merchant_id, coupon_id), populate_existing=True)
    if found is None:
        raise NotFound(_l("There is no such coupon."))
    return found


@operation(coupons, "GET", "", scope="coupons:read", answer=shapes.CouponPageShape, listed=True)
def list_coupons(call: Call) -> Any:
    """Coupons, the newest first."""
    rows, before = coupons_page(call.merchant_id, before=call.place(), limit=call.limit)
    return call.page(rows, before)


@operation(
    coupons,
    "POST",
    "",
    scope="coupons:write",
    answer=shapes.CouponShape,
    body=shapes.CouponBody,
    status=201,
    versioned=True,
)
def make_coupon(call: Call) -> Any:
    """Make a coupon."""
    coupon_id = create_coupon(call.merchant_id, **call.body, actor_id=call.actor_id)
    call.location = f"/api/v1/coupons/{coupon_id}"
    return _coupon(call, coupon_id)


@operation(coupons, "GET", "/<coupon_id>", scope="coupons:read", answer=shapes.CouponShape, versioned=True)
def get_coupon(call: Call, coupon_id: str) -> Any:
    """One coupon."""
    return _coupon(call, coupon_id)


@operation(
    coupons,
    "PATCH",
    "/<coupon_id>",
    scope="coupons:write",
    answer=shapes.CouponShape,
    body=shapes.ActiveBody,
    versioned=True,
    current=_coupon,
)
def switch_coupon(call: Call, coupon_id: str) -> Any:
    """Switch a coupon off, or on again."""
    set_coupon_active(call.merchant_id, coupon_id, call.body["active"], actor_id=call.actor_id)
    return _coupon(call, coupon_id)
