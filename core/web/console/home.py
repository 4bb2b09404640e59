"""The first page: what needs doing today, where the money is, what was sold."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.contract.faults import recent_faults
from core.inventory.queries import LOW_AT, low_stock_count
from core.orders.figures import money_now, orders_with_open_requests, sales_by_day
from core.orders.queries import order_counts
from core.orders.states import OrderState
from core.web.console.page import blueprint, merchant_id, show, the_member, the_shop
from core.web.formats import money, short_day
from core.web.member import require_member

DAYS_SHOWN = 14


@dataclass(frozen=True, slots=True)
class Todo:
    """What waits to be done, by count."""

    unpaid: int
    to_pack: int
    to_ship: int
    refund_requests: int
    low_stock: int

    @property
    def nothing(self) -> bool:
        return not (self.to_pack or self.to_ship or self.refund_requests)


@blueprint.get("")
def start() -> WerkzeugResponse:
    """The address without its slash."""
    return redirect(url_for("console.home"))


@blueprint.get("/")
@require_member()
def home() -> Response:
    """The console's first page."""
    member, merchant = the_member(), merchant_id()
    counts = order_counts(merchant)
    requests = orders_with_open_requests(merchant)
    todo = Todo(
        unpaid=counts.get(OrderState.PENDING, 0),
        to_pack=counts.get(OrderState.PAID, 0),
        to_ship=counts.get(OrderState.PACKED, 0),
        refund_requests=len(requests),
        low_stock=low_stock_count(merchant),
    )
    sales = sales_by_day(merchant, DAYS_SHOWN) if member.may("reports.view") else []
    return show(
        "home",
        todo=todo,
        requests=requests,
        low_at=LOW_AT,
        any_order=bool(counts),
        money_now=money_now(merchant, the_shop().currency) if member.may("money.view") else None,
        sales=sales,
        bars=[(short_day(day.day), day.sales_minor, money(day.sales_minor)) for day in sales],
        faults=recent_faults(merchant, limit=5) if member.may("plugins.edit") else (),
    )
