"""The shop's settings: name and words, rules of the trade, the company behind it, what visitors are told."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import LOCALES
from core.base.i18n import lazy_gettext as _
from core.shops.options import change_options, set_door_password
from core.shops.service import update_shop
from core.shops.trading import NOTICES, pay_link_days, return_days
from core.shops.zones import zone_named, zone_names
from core.web.console.forms import Form
from core.web.console.page import Errors, actor_id, blueprint, merchant_id, show, the_shop, words_of
from core.web.member import flash_member, require_member

COMPANY = ("legal_name", "legal_id", "legal_address", "phone", "hours")
WEIGHT_LABELS = (("g", _("Grams (g)")), ("kg", _("Kilograms (kg)")), ("oz", _("Ounces (oz)")), ("lb", _("Pounds (lb)")))
COMPANY_LABELS = (("", _("Do not ask")), ("optional", _("Ask, it may be left empty")), ("required", _("Needed")))
TOLD = ("announcement", "announcement_link", "cookie_note")


@blueprint.get("/settings")
@require_member("shop.edit")
def settings() -> Response:
    """All settings."""
    return _page()


def _page(*, status: int = 200, errors: Errors | None = None, message: object = "", form: str = "") -> Response:
    return show(
        "settings",
        status=status,
        tax_percent=f"{Decimal(the_shop().tax_ppm) / 10_000:f}",
        languages=LOCALES,
        zones=zone_names(),
        zone=zone_named(the_shop().options, the_shop().currency),
        units=WEIGHT_LABELS,
        companies=COMPANY_LABELS,
        return_days=return_days(the_shop().options),
        pay_link_days=pay_link_days(the_shop().options),
        notices=NOTICES,
        form=form,
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/settings/shop")
@require_member("shop.edit")
def save_shop() -> WerkzeugResponse:
    """Name, words and language."""
    form = Form(request.form)
    changes = {
        "name": form.text("name", required=True),
        "tagline": form.text("tagline"),
        "about": form.text("about", most=5000),
        "contact_email": form.text("contact_email"),
        "locale": form.text("locale", most=10),
        "open": form.flag("open"),
    }
    return _save("shop", form, changes)


@blueprint.post("/settings/trade")
@require_member("shop.edit")
def save_trade() -> WerkzeugResponse:
    """Tax, days until escrow is released, minutes to pay."""
    form = Form(request.form)
    changes = {
        "tax_ppm": form.percent("tax_ppm"),
        "prices_include_tax": form.flag("prices_include_tax"),
        "auto_release_days": form.whole("auto_release_days", required=True),
        "payment_minutes": form.whole("payment_minutes", required=True),
    }
    return _save("trade", form, changes)


def _save(name: str, form: Form, changes: dict[str, Any]) -> WerkzeugResponse:
    try:
        form.check()
        update_shop(merchant_id(), **changes, actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error), form=name)
    flash_member(_("Saved. The shop shows it at once."))
    return redirect(url_for("console.settings") + f"#{name}", 303)


@blueprint.post("/settings/company")
@require_member("shop.edit")
def save_company() -> WerkzeugResponse:
    """Who runs the shop, where and when it is reached."""
    form = Form(request.form)
    return _save_options("company", form, {name: form.text(name, most=600) for name in COMPANY})


@blueprint.post("/settings/visitors")
@require_member("shop.edit")
def save_visitors() -> WerkzeugResponse:
    """What visitors are told, and which languages they may choose."""
    form = Form(request.form)
    changes: dict[str, Any] = {name: form.text(name, most=600) for name in TOLD}
    changes |= {"privacy_shown": form.flag("privacy_shown"), "languages": request.form.getlist("languages")}
    return _save_options("visitors", form, changes)


@blueprint.post("/settings/door")
@require_member("shop.edit")
def save_door() -> WerkzeugResponse:
    """Maintenance, and a password for the whole shop."""
    form = Form(request.form)
    changes: dict[str, Any] = {name: form.text(name, most=600) for name in ("maintenance_note", "door_note")}
    changes["maintenance"] = form.flag("maintenance")
    password, shut = request.form.get("door_password", "")[:200], form.flag("shut")

    def door() -> None:
        if not shut:
            set_door_password(merchant_id(), None, actor_id=actor_id())
        elif password or not the_shop().options.get("door"):
            set_door_password(merchant_id(), password, actor_id=actor_id())

    return _save_options("door", form, changes, also=door)


@blueprint.post("/settings/checkout")
@require_member("shop.edit")
def save_checkout() -> WerkzeugResponse:
    """What buyers are asked at checkout."""
    form = Form(request.form)
    changes: dict[str, Any] = {
        "phone_optional": not form.flag("phone_needed"),
        "note_hidden": not form.flag("note_asked"),
        "terms_required": form.flag("terms_required"),
        "company_asked": form.text("company_asked", most=20),
        "tax_id_asked": form.flag("tax_id_asked"),
        "return_days": form.whole("return_days", required=True),
        "pay_link_days": form.whole("pay_link_days", required=True),
        "terms_link": form.text("terms_link", most=400),
    }
    return _save_options("checkout", form, changes)


@blueprint.post("/settings/numbers")
@require_member("shop.edit")
def save_numbers() -> WerkzeugResponse:
    """The time zone, the unit of weight, what the codes of orders begin with."""
    form = Form(request.form)
    names = (("time_zone", 64), ("weight_unit", 10), ("order_prefix", 20))
    return _save_options("numbers", form, {name: form.text(name, most=most) for name, most in names})


@blueprint.post("/settings/notices")
@require_member("shop.edit")
def save_notices() -> WerkzeugResponse:
    """Who hears what."""
    form = Form(request.form)
    return _save_options("notices", form, {"notices": {name: form.text(name, most=3000) for name in NOTICES}})


def _save_options(
    name: str, form: Form, changes: dict[str, Any], *, also: Callable[[], None] | None = None
) -> WerkzeugResponse:
    try:
        form.check()
        if also is not None:
            also()
        change_options(merchant_id(), actor_id=actor_id(), **changes)
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error), form=name)
    flash_member(_("Saved. The shop shows it at once."))
    return redirect(url_for("console.settings") + f"#{name}", 303)
