"""Orders that staff prepare: goods at any price, discount, delivery; a link to pay, or paid outside. Edits, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.orders import drafts
from core.orders.drafts import Draft
from core.orders.staff_orders import WantedLine
from core.web.console.forms import Form
from core.web.console.page import (
    Errors,
    actor_id,
    argument,
    attempt,
    blueprint,
    merchant_id,
    posted,
    show,
    the_shop,
    words_of,
)
from core.web.i18n import current_locale
from core.web.member import flash_member, require_member
from core.web.storefront.countries import country_choices

_ADDRESS = ("name", "phone", "country", "region", "city", "line1", "line2", "postal_code")


@blueprint.get("/drafts")
@require_member("orders.fulfil")
def draft_list() -> Response:
    """Drafts that have not become orders."""
    found = [(row, Draft.of(row.content)) for row in drafts.open_drafts(merchant_id())]
    return show("drafts", found=found)


@blueprint.post("/drafts")
@require_member("orders.fulfil")
def new_draft() -> WerkzeugResponse:
    """An empty draft, or one like an order."""
    like, edits = posted("order_id", 40), posted("edits", 1) == "1"
    try:
        if like:
            draft_id = drafts.draft_from_order(merchant_id(), like, edits=edits, actor_id=actor_id())
        else:
            draft_id = drafts.save_draft(merchant_id(), Draft(locale=the_shop().locale), actor_id=actor_id())
    except (Invalid, Refused) as error:
        flash_member(words_of(error), "danger")
        return redirect(url_for("console.order", order_id=like) if like else url_for("console.draft_list"), 303)
    return redirect(url_for("console.draft", draft_id=draft_id), 303)


@blueprint.get("/drafts/<draft_id>")
@require_member("orders.fulfil")
def draft(draft_id: str) -> WerkzeugResponse:
    """One draft, and what it comes to."""
    return _page(draft_id)


def _page(
    draft_id: str,
    *,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
    errors: Errors | None = None,
    message: object = "",
) -> WerkzeugResponse:
    row, kept = drafts.find_draft(merchant_id(), draft_id)
    if row.order_id is not None:
        return redirect(url_for("console.order", order_id=row.order_id), 303)
    prepared, problem = None, ""
    try:
        prepared = drafts.price_draft(the_shop(), kept)
    except (Invalid, Refused) as error:
        problem = words_of(error) if kept.lines or kept.fees else ""
    text = argument("q", 80)
    return show(
        "draft",
        status=status,
        row=row,
        draft=kept,
        address=kept.address or {},
        goods=drafts.variants_with(merchant_id(), [line.variant_id for line in kept.lines]),
        fees=[*kept.fees, ("", None)] if len(kept.fees) < drafts.FEES_MAX else kept.fees,
        quote=prepared.quote if prepared else None,
        problem=problem,
        q=text,
        found=drafts.variants_named(merchant_id(), text) if text else [],
        countries=list(country_choices(current_locale())),
        currency=the_shop().currency,
        percent=f"{kept.rate_ppm / 10_000:g}" if kept.rate_ppm else "",
        errors=errors or {},
        message=message,
        typed=typed or {},
    )


@blueprint.post("/drafts/<draft_id>")
@require_member("orders.fulfil")
def change_draft(draft_id: str) -> WerkzeugResponse:
    """Keep what was typed; then do what the button says: search, add, make the order, forget it."""
    deed = posted("do", 60)
    if deed == "remove":
        return attempt(
            lambda: drafts.remove_draft(merchant_id(), draft_id, actor_id=actor_id()),
            _("The draft is gone."),
            to=url_for("console.draft_list"),
        )
    _row, kept = drafts.find_draft(merchant_id(), draft_id)
    form = Form(request.form, the_shop().currency)
    typed = _typed(form, kept)
    if deed.startswith("add-"):
        typed = _with(typed, deed.removeprefix("add-"))
    try:
        form.check()
        drafts.save_draft(merchant_id(), typed, draft_id=draft_id, actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _page(draft_id, typed=request.form, status=error.status, errors=error.fields, message=words_of(error))
    if deed in ("send", "outside"):
        return _place(draft_id, outside=deed == "outside")
    text = posted("q", 80)
    asked = f"?{urlencode({'q': text})}" if deed == "search" and text else ""
    if not asked and not deed.startswith("add-"):
        flash_member(_("Saved."))
    return redirect(url_for("console.draft", draft_id=draft_id) + asked + ("#goods" if asked else ""), 303)


def _place(draft_id: str, *, outside: bool) -> WerkzeugResponse:
    how = posted("how", 200)
    if outside and not how:
        words = _("Say how it was paid.")
        return _page(draft_id, typed=request.form, status=422, errors={"how": words}, message=words)
    try:
        made = drafts.place_draft(the_shop(), draft_id, outside=how if outside else "", actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _page(draft_id, typed=request.form, status=error.status, errors=error.fields, message=words_of(error))
    if outside or not made.total_minor:
        flash_member(_("Order %(code)s is made and waits to be packed.", code=made.code))
    else:
        flash_member(_("Order %(code)s is made. The buyer is sent a link to pay it.", code=made.code))
    return redirect(url_for("console.order", order_id=made.order_id), 303)


def _typed(form: Form, kept: Draft) -> Draft:
    lines = []
    for line in kept.lines:
        count = form.whole(f"count-{line.variant_id}")
        price_minor = form.amount(f"price-{line.variant_id}")
        if count:
            lines.append(WantedLine(line.variant_id, min(count, 9999), price_minor))
    fees = []
    for place in range(drafts.FEES_MAX):
        label = form.text(f"fee-label-{place}", most=200)
        amount_minor = form.amount(f"fee-amount-{place}", required=bool(label))
        if label and amount_minor is not None:
            fees.append((label, amount_minor))
    given = {name: form.text(f"address-{name}", most=200) for name in _ADDRESS}
    return Draft(
        email=form.text("email", most=254).lower(),
        address=given if given["name"] or given["line1"] or given["city"] else None,
        lines=tuple(lines),
        fees=tuple(fees),
        rate_ppm=form.percent("percent"),
        off_minor=form.amount("off") or 0,
        delivery_label=form.text("delivery_label", most=200),
        delivery_minor=form.amount("delivery") or 0,
        note=form.text("note", most=2000),
        locale=kept.locale,
        edits=kept.edits,
    )


def _with(typed: Draft, variant_id: str) -> Draft:
    if any(line.variant_id == variant_id for line in typed.lines):
        return typed
    values: dict[str, Any] = {name: getattr(typed, name) for name in Draft.__slots__}
    return Draft(**{**values, "lines": (*typed.lines, WantedLine(variant_id[:40], 1))})


@blueprint.post("/orders/<order_id>/paid-outside")
@require_member("orders.refund")
def paid_outside(order_id: str) -> WerkzeugResponse:
    """The buyer paid the shop itself."""
    return _on_order(
        order_id,
        lambda: drafts.mark_paid_outside(merchant_id(), order_id, how=posted("how", 200), actor_id=actor_id()),
        _("Marked as paid. The money never was in escrow; what goes back you give back yourself."),
    )


@blueprint.post("/orders/<order_id>/ask-again")
@require_member("orders.fulfil")
def ask_for_payment(order_id: str) -> WerkzeugResponse:
    """Send the link to pay once more."""
    due = _("The buyer is sent the link once more.")
    return _on_order(order_id, lambda: drafts.ask_again(merchant_id(), order_id, actor_id=actor_id()), due)


def _on_order(order_id: str, action: Callable[[], object], done: object) -> WerkzeugResponse:
    return attempt(action, done, to=url_for("console.order", order_id=order_id))
