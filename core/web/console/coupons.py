"""Coupons: made here, switched off and on."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base import clock
from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.orders.coupons import COUPON_KINDS, coupons_page, create_coupon, set_coupon_active
from core.web.console.forms import Form
from core.web.console.page import Errors, actor_id, argument, attempt, blueprint, merchant_id, show, the_shop, words_of
from core.web.member import flash_member, require_member

KINDS = {"percent": _("A percentage off"), "amount": _("An amount off"), "shipping": _("Free delivery")}
assert set(KINDS) == set(COUPON_KINDS)


@blueprint.get("/coupons")
@require_member("catalog.edit")
def coupons() -> Response:
    """All coupons, with the form for a new one."""
    return _page()


def _page(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    rows, next_before = coupons_page(merchant_id(), before=argument("before", 40) or None)
    return show(
        "coupons",
        status=status,
        coupons=rows,
        next_before=next_before,
        kinds=KINDS,
        now=clock.now(),
        errors=errors or {},
        message=message,
        values=request.form,
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
    starts_at, ends_at = form.day("starts_at"), form.day("ends_at", end=True)
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
