"""The shop's settings: name and words, rules of the trade, its look."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import LOCALES
from core.base.i18n import lazy_gettext as _
from core.shops.service import update_shop
from core.web.console.forms import Form
from core.web.console.page import Errors, actor_id, blueprint, merchant_id, show, the_shop, words_of
from core.web.member import flash_member, require_member


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
