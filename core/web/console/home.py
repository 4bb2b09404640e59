"""The first page: what needs doing today, where the money is, what was sold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.figures.queries import Figures, compared, grouped
from core.figures.waiting import waiting
from core.inventory.queries import LOW_AT
from core.orders.figures import money_now, orders_with_open_requests
from core.payments.payouts import paid_out_minor
from core.shops.onboarding import ask_for_opening, opening_of
from core.shops.zones import day_began
from core.web.console.figures_shown import (
    country_name,
    funnel,
    main_figures,
    picker,
    product_url,
    ranked,
    referrer_name,
)
from core.web.console.page import attempt, blueprint, merchant_id, show, the_member, the_shop
from core.web.member import require_member

WEEKS_FROM_DAYS = 62


@blueprint.get("")
def start() -> WerkzeugResponse:
    """The address without its slash."""
    return redirect(url_for("console.home"))


@blueprint.get("/")
@require_member()
def home() -> Response:
    """The console's first page."""
    member, merchant, shop = the_member(), merchant_id(), the_shop()
    figures = Figures(shop)
    chosen = picker(figures.today, "console.home")
    sees_figures = member.may("reports.view")
    todo = waiting(merchant)
    context: dict[str, Any] = {"todo": todo, "low_at": LOW_AT, "today": figures.today, "picker": chosen}
    context["level_needed"] = current_app.config["TONGBAO"].payout_level
    if todo.requests and member.may("orders.view"):
        context["requests"] = orders_with_open_requests(merchant)
    if member.may("money.view"):
        context["money_now"] = money_now(merchant, shop.currency)
        first, after = day_began(shop, chosen.period.first), day_began(shop, chosen.period.last + timedelta(days=1))
        context["paid_out_minor"] = paid_out_minor(merchant, first, after)
    if sees_figures:
        found = compared(figures, chosen.period)
        period = chosen.period
        step = "day" if period.length <= WEEKS_FROM_DAYS else "week"
        context |= {
            "step": step,
            "figures": main_figures(found, grouped(found.days, step), step),
            "found": found,
            "funnel": funnel(found.now),
            "products": ranked(figures.top_products(period.first, period.last), lambda top: top.name, product_url),
            "countries": ranked(figures.top_countries(period.first, period.last), country_name),
            "referrers": ranked(figures.top_referrers(period.first, period.last), referrer_name),
        }
    context["unreviewed"] = bool(shop.options.get("unreviewed"))
    context["opening"] = opening_of(merchant) if context["unreviewed"] else None
    return show("home", sees_figures=sees_figures, **context)


@blueprint.post("/opening")
@require_member("shop.edit")
def ask_opening() -> WerkzeugResponse:
    """Ask for the first opening of a new shop."""
    return attempt(
        lambda: ask_for_opening(merchant_id(), actor_id=the_member().person_id),
        _("Asked. We write to you when your shop may open."),
        to=url_for("console.home"),
    )


STEPS = ("day", "week", "month")


@blueprint.get("/reports")
@require_member("reports.view")
def reports() -> Response:
    """Figures by day, week or month, side by side, and to take away."""
    figures = Figures(the_shop())
    step = request.args.get("step", "day")
    if step not in STEPS:
        raise NotFound(_("This page does not exist."))
    chosen = picker(figures.today, "console.reports", {"step": step})
    found = compared(figures, chosen.period)
    days = grouped(found.days, step)
    return show(
        "reports",
        picker=chosen,
        step=step,
        figures=main_figures(found, days, step),
        found=found,
        rows=days[::-1],
    )
