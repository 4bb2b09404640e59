"""Coupons: made here or from one that was, switched off and on, ended."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base import clock
from core.base.errors import Invalid, Refused
from core.base.i18n import gettext, ngettext
from core.base.i18n import lazy_gettext as _
from core.orders.coupons import (
    COUPON_KINDS,
    coupon_state,
    coupons_page,
    create_coupon,
    end_coupon,
    get_coupon,
    set_coupon_active,
)
from core.orders.models import Coupon
from core.shops.context import ShopContext
from core.shops.zones import local_day, zone_of
from core.web.console.forms import Form
from core.web.console.page import (
    Errors,
    actor_id,
    argument,
    attempt,
    blueprint,
    merchant_id,
    show,
    the_shop,
    words_of,
)
from core.web.formats import amount_text, long_day, money, percent_ppm
from core.web.member import flash_member, require_member

KINDS = {"percent": _("A percentage off"), "amount": _("An amount off"), "shipping": _("Free delivery")}
STATES = {
    "off": (_("Off"), ""),
    "ended": (_("Over"), ""),
    "used_up": (_("Used up"), ""),
    "scheduled": (_("Not yet"), "note"),
    "active": (_("On"), "good"),
}
assert set(KINDS) == set(COUPON_KINDS)


@blueprint.get("/coupons")
@require_member("catalog.edit")
def coupons() -> Response:
    """All coupons, with the form for a new one; `?like=` fills it in from one that was."""
    like = argument("like", 40)
    return _page(values=_as_typed(get_coupon(merchant_id(), like)) if like else {})


def _as_typed(coupon: Coupon) -> dict[str, str]:
    """A coupon as the form holds it, without its code and its days: those of the next one are others."""
    currency = the_shop().currency
    return {
        "kind": coupon.kind,
        "percent": f"{Decimal(coupon.rate_ppm) / 10_000:f}" if coupon.rate_ppm else "",
        "amount": amount_text(coupon.amount_minor, currency) if coupon.amount_minor else "",
        "minimum": amount_text(coupon.minimum_minor, currency) if coupon.minimum_minor else "",
        "uses_max": str(coupon.uses_max or ""),
    }


def sentence(shop: ShopContext, coupon: Coupon) -> str:
    """What a coupon does, in words, its days by the shop's own calendar."""
    parts = [_gives(coupon)]
    if coupon.minimum_minor:
        parts.append(gettext("for goods worth at least %(amount)s", amount=money(coupon.minimum_minor)))
    if coupon.uses_max is not None:
        parts.append(ngettext("once in all", "%(num)d times in all", coupon.uses_max))
    if coupon.starts_at is not None:
        parts.append(gettext("from %(day)s", day=long_day(local_day(shop, coupon.starts_at))))
    if coupon.ends_at is not None:
        parts.append(gettext("until %(day)s", day=long_day(local_day(shop, coupon.ends_at))))
    return gettext(", ").join(parts)


def _gives(coupon: Coupon) -> str:
    if coupon.kind == "percent":
        return gettext("%(rate)s off", rate=percent_ppm(coupon.rate_ppm))
    if coupon.kind == "amount":
        return gettext("%(amount)s off", amount=money(coupon.amount_minor))
    return gettext("Free delivery")


def _page(
    *,
    status: int = 200,
    errors: Errors | None = None,
    message: object = "",
    values: Mapping[str, str] | None = None,
) -> Response:
    rows, next_before = coupons_page(merchant_id(), before=argument("before", 40) or None)
    moment = clock.now()
    return show(
        "coupons",
        status=status,
        coupons=[(row, sentence(the_shop(), row), coupon_state(row, moment)) for row in rows],
        states=STATES,
        next_before=next_before,
        kinds=KINDS,
        errors=errors or {},
        message=message,
        values=request.form if values is None else values,
    )


@blueprint.post("/coupons")
@require_member("catalog.edit")
def new_coupon() -> WerkzeugResponse:
    """Make a coupon."""
    form = Form(request.form, the_shop().currency)
    kind = form.text("kind", most=20)
    code = form.text("code", required=True, most=40)
    rate_ppm = form.percent("percent") if kind == "percent" else 0
    amount_minor = form.amount("amount") if kind == "amount" else None
    minimum_minor = form.amount("minimum")
    uses_max = form.whole("uses_max")
    zone = zone_of(the_shop())
    starts_at, ends_at = form.day("starts_at", zone=zone), form.day("ends_at", end=True, zone=zone)
    try:
        form.check()
        create_coupon(
            merchant_id(),
            code=code,
            kind=kind,
            rate_ppm=rate_ppm,
            amount_minor=amount_minor or 0,
            minimum_minor=minimum_minor or 0,
            uses_max=uses_max,
            starts_at=starts_at,
            ends_at=ends_at,
            actor_id=actor_id(),
        )
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("The coupon can be used now."))
    return redirect(url_for("console.coupons"), 303)


@blueprint.post("/coupons/<coupon_id>")
@require_member("catalog.edit")
def switch_coupon(coupon_id: str) -> WerkzeugResponse:
    """Switch a coupon off, or on again."""
    active = request.form.get("active") == "1"
    return attempt(
        lambda: set_coupon_active(merchant_id(), coupon_id, active, actor_id=actor_id()),
        _("The coupon is on.") if active else _("The coupon is off; carts that hold it lose it."),
        to=url_for("console.coupons"),
    )


@blueprint.post("/coupons/<coupon_id>/end")
@require_member("catalog.edit")
def stop_coupon(coupon_id: str) -> WerkzeugResponse:
    """End a coupon now, for good."""
    return attempt(
        lambda: end_coupon(merchant_id(), coupon_id, actor_id=actor_id()),
        _("The coupon has ended; carts that hold it lose it."),
        to=url_for("console.coupons"),
    )
