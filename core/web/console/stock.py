"""Stock: the list with counting in place, and one variant with its movements."""

from __future__ import annotations

from typing import cast

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.base.i18n import ngettext
from core.inventory import service
from core.inventory.place_queries import levels_of
from core.inventory.queries import LOW_AT, Only, movements, open_promises, stock_of, stock_page
from core.inventory.words import BY_HAND, REASONS
from core.web.console.forms import Form
from core.web.console.page import (
    Errors,
    actor_id,
    argument,
    attempt,
    blueprint,
    merchant_id,
    number_argument,
    show,
    words_of,
)
from core.web.member import flash_member, require_member

ONLY = ("", "low", "out", "reserved")


@blueprint.get("/stock")
@require_member("stock.edit")
def stock() -> Response:
    """What is there of each variant."""
    return _list_page()


def _list_page(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    only = argument("only")
    only = only if only in ONLY else ""
    text = argument("q", 100)
    page = stock_page(merchant_id(), text=text, only=cast(Only, only), cursor=argument("cursor", 800) or None)
    return show(
        "stock",
        status=status,
        page=page,
        only=only,
        text=text,
        low_at=LOW_AT,
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/stock")
@require_member("stock.edit")
def count_stock() -> WerkzeugResponse:
    """Set what was counted, for every row of the list whose number was changed; all or nothing."""
    form = Form(request.form)
    counts: dict[str, int] = {}
    for name in request.form:
        if not name.startswith("count-"):
            continue
        variant_id = name.removeprefix("count-")
        count = form.whole(name, required=True)
        if count is not None and str(count) != request.form.get(f"before-{variant_id}", ""):
            counts[variant_id] = count
    note = form.text("note", most=200)
    try:
        form.check()
        changed = (
            service.set_stock_many(merchant_id(), counts, reason="count", note=note, actor_id=actor_id())
            if counts
            else 0
        )
    except (Invalid, Refused) as error:
        return _list_page(status=error.status, errors=error.fields, message=words_of(error))
    flash_member(
        ngettext("%(num)d count saved.", "%(num)d counts saved.", changed) if changed else _("No number was changed."),
        "success" if changed else "info",
    )
    return redirect(request.full_path.rstrip("?"), 303)


@blueprint.get("/stock/<variant_id>")
@require_member("stock.edit")
def variant_stock(variant_id: str) -> Response:
    """One variant's stock with its movements."""
    return _variant_page(variant_id)


def _variant_page(
    variant_id: str, *, status: int = 200, errors: Errors | None = None, message: object = ""
) -> Response:
    row = stock_of(merchant_id(), variant_id)
    levels = levels_of(merchant_id(), variant_id)
    rows, next_before = movements(merchant_id(), variant_id, before=number_argument("before"))
    return show(
        "variant_stock",
        status=status,
        row=row,
        movements=rows,
        next_before=next_before,
        promises=open_promises(merchant_id(), variant_id),
        reasons=REASONS,
        reason_choices=[(name, REASONS[name]) for name in BY_HAND],
        levels=levels,
        places=[("", _("In the usual order")), *((place_id, name) for place_id, name, _there, _taken in levels)],
        low_at=LOW_AT,
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/stock/<variant_id>")
@require_member("stock.edit")
def adjust_stock(variant_id: str) -> WerkzeugResponse:
    """Add to the stock, take from it, or set it to what was counted, with the reason."""
    stock_of(merchant_id(), variant_id)
    form = Form(request.form)
    number = form.whole("number", required=True, negative=True)
    note = form.text("note", required=True, most=200)
    place = form.text("location_id", most=40) or None
    reason = form.text("reason", most=20) or "adjust"
    try:
        form.check()
        known = {location_id for location_id, *_rest in levels_of(merchant_id(), variant_id)}
        place = place if place in known else None
        reason = reason if reason in BY_HAND else "adjust"
        if request.form.get("how") == "count":
            service.set_stock(merchant_id(), variant_id, number or 0, note=note, actor_id=actor_id(), location_id=place)
        else:
            service.adjust_stock(
                merchant_id(),
                variant_id,
                number or 0,
                reason=reason,
                note=note,
                actor_id=actor_id(),
                location_id=place,
            )
    except (Invalid, Refused) as error:
        errors = error.fields or {"number": error.message}
        return _variant_page(variant_id, status=error.status, errors=errors, message=words_of(error))
    flash_member(_("The stock is changed."))
    return redirect(url_for("console.variant_stock", variant_id=variant_id), 303)


@blueprint.post("/stock/<variant_id>/tracked")
@require_member("stock.edit")
def track_stock(variant_id: str) -> WerkzeugResponse:
    """Count this variant's stock from now on, or sell it without counting."""
    tracked = request.form.get("tracked") == "1"
    return attempt(
        lambda: service.set_tracked(merchant_id(), variant_id, tracked),
        _("The stock is counted from now on.") if tracked else _("Always available from now on."),
        to=url_for("console.variant_stock", variant_id=variant_id),
    )


@blueprint.post("/stock/<variant_id>/low")
@require_member("stock.edit")
def set_low_stock(variant_id: str) -> WerkzeugResponse:
    """At how many available units to warn."""
    form = Form(request.form)
    low_at = form.whole("low_at")
    try:
        form.check()
        service.set_low_at(merchant_id(), variant_id, low_at)
    except (Invalid, Refused) as error:
        return _variant_page(variant_id, status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("Saved."))
    return redirect(url_for("console.variant_stock", variant_id=variant_id), 303)
