"""The list of orders: found by words and filters, kept as views."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from urllib.parse import urlencode

from flask import Response, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.database import db
from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.base.money import minor_digits
from core.contract.providers import DeliveryMethod, PaymentMethod
from core.contract.runtime import registry
from core.orders.finding import COUNTED_MAX, OrderFilter, counts_by_state, find_orders
from core.orders.models import Order
from core.orders.states import LABELS, OrderState
from core.orders.terms import AMOUNTS
from core.orders.views import remove_view, save_view, saved_views
from core.web.console.forms import Form
from core.web.console.page import actor_id, argument, attempt, blueprint, merchant_id, posted, show, the_shop, words_of
from core.web.formats import money
from core.web.i18n import current_locale
from core.web.member import flash_member, require_member
from core.web.storefront.countries import country_choices

STATES = tuple(OrderState)
OPEN = tuple(state for state in OrderState if state not in (OrderState.COMPLETED, OrderState.CANCELLED))
FIELDS = ("state", "q", "pay", "by", "at", "in", "tag", "who", "sum", "todo", "note", "since", "until")


def filter_of(given: Mapping[str, str]) -> OrderFilter:
    """The filter that an address says; what cannot be read does not matter."""
    form = Form(given)

    def word(name: str, most: int = 80) -> str:
        return given.get(name, "").strip()[:most]

    return OrderFilter(
        state=word("state") if word("state") in STATES else "",
        text=word("q", 100),
        provider=word("pay"),
        delivery=word("by"),
        region=word("at"),
        country=word("in", 2),
        tag=word("tag"),
        customer=word("who", 40),
        amount=word("sum", 20),
        todo=word("todo", 1) == "1",
        note=word("note", 1) == "1",
        since=form.day("since"),
        until=form.day("until", end=True),
    )


@blueprint.get("/orders")
@require_member("orders.view")
def orders() -> Response:
    """The orders, by state, words and filters."""
    form = Form(request.args)
    kept = {name: argument(name, 100) for name in FIELDS if argument(name, 100)}
    wanted = filter_of(request.args)
    form.day("since"), form.day("until")
    found = find_orders(merchant_id(), wanted, before=argument("before", 40))
    further = urlencode({**kept, "before": found.next_cursor or ""})
    shop = the_shop()
    return show(
        "orders",
        rows=found.rows,
        searched_on=found.searched_on,
        next_url=f"{url_for('console.orders')}?{further}" if found.next_cursor else None,
        counts=counts_by_state(merchant_id(), OPEN),
        counted_max=COUNTED_MAX,
        state=wanted.state,
        kept=kept,
        filtered=bool(kept.keys() - {"state"}),
        states=STATES,
        labels=LABELS,
        state_choices=[("", _("Every state")), *((str(one), LABELS[one]) for one in STATES)],
        providers=[(one.id, one.label) for one in registry().providers(PaymentMethod, shop.plugins)],
        ways=_ways(),
        views=saved_views(merchant_id(), "orders", actor_id()),
        query=urlencode(kept),
        countries=list(country_choices(current_locale())),
        amounts=_amounts(shop.currency),
        errors=form.errors,
    )


def _amounts(currency: str) -> list[tuple[str, object]]:
    """The ranges of totals in words."""

    def whole(amount: int) -> str:
        return money(amount * 10 ** minor_digits(currency), currency)

    return [
        (
            name,
            _("%(least)s and more", least=whole(least))
            if below is None
            else _("%(least)s to %(below)s", least=whole(least), below=whole(below)),
        )
        for name, least, below in AMOUNTS
    ]


def _ways() -> list[tuple[str, str]]:
    """Ways of delivery as the newest orders have them (providers make them up from the merchant's settings)."""
    newest = select(Order.delivery).where(Order.merchant_id == merchant_id()).order_by(Order.id.desc()).limit(50)
    found: dict[str, str] = {}
    for delivery in db.session.scalars(newest):
        key = f"{delivery.get('provider_id', '')}/{delivery.get('code', '')}"
        if key != "/":
            found.setdefault(key, str(delivery.get("label") or key))
    known = {provider.id for provider in registry().providers(DeliveryMethod)}
    return sorted(((key, label) for key, label in found.items() if key.partition("/")[0] in known), key=itemgetter(1))


@blueprint.post("/orders/views")
@require_member("orders.view")
def keep_view() -> WerkzeugResponse:
    """Keep the filter under a name."""
    query = posted("query", 600)
    try:
        save_view(
            merchant_id(),
            "orders",
            name=posted("name", 200),
            query=query,
            shared=posted("shared", 1) == "1",
            actor_id=actor_id(),
        )
    except (Invalid, Refused) as error:
        flash_member(words_of(error), "danger")
    else:
        flash_member(_("Kept. It stands above the list."))
    return redirect(f"{url_for('console.orders')}?{query}" if query else url_for("console.orders"), 303)


@blueprint.post("/orders/views/<view_id>")
@require_member("orders.view")
def forget_view(view_id: str) -> WerkzeugResponse:
    """Forget a view."""
    return attempt(
        lambda: remove_view(merchant_id(), view_id, actor_id=actor_id()), _("Removed."), to=url_for("console.orders")
    )
