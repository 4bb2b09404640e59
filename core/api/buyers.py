"""Customers."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from sqlalchemy import select

from core.api import trade_shapes as shapes
from core.api.operation import Call, operation
from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.orders.queries import orders_of_customer
from core.parties.models import Customer

customers = Blueprint("api_customers", __name__, url_prefix="/api/v1/customers", description="Buyers with an account.")
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
