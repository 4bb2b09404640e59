"""Customers with an account: the list, and one customer with what was bought."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, url_for

from core.orders.customers import Bought, bought_by, find_customers
from core.orders.queries import orders_of_customer
from core.orders.states import LABELS
from core.parties.service import customer
from core.web.console.page import argument, blueprint, merchant_id, show, the_shop
from core.web.member import require_member

ORDERS_SHOWN = 20


@blueprint.get("/customers")
@require_member("orders.view")
def customers() -> Response:
    """The customers, the newest account first, by words."""
    text = argument("q", 100)
    found = find_customers(merchant_id(), text=text, before=argument("before", 40))
    further = urlencode({"q": text, "before": found.next_cursor or ""})
    return show(
        "customers",
        rows=found.rows,
        text=text,
        currency=the_shop().currency,
        next_url=f"{url_for('console.customers')}?{further}" if found.next_cursor else None,
    )


@blueprint.get("/customers/<customer_id>")
@require_member("orders.view")
def one_customer(customer_id: str) -> Response:
    """One customer with its figures, its last orders and the address used last."""
    found = customer(merchant_id(), customer_id)
    return show(
        "customer",
        found=found,
        bought=bought_by(merchant_id(), [found.id]).get(found.id, Bought()),
        orders=orders_of_customer(merchant_id(), found.id, ORDERS_SHOWN),
        orders_shown=ORDERS_SHOWN,
        labels=LABELS,
        currency=the_shop().currency,
    )
