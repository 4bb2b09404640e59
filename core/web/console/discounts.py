"""Discounts: made for a code or by themselves, changed, switched, ended, with what became of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from flask import Response, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base import clock
from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import gettext
from core.base.i18n import lazy_gettext as _
from core.catalog.lists import products_by_ids, search_products
from core.catalog.queries import categories_tree, flatten
from core.discounts import queries, service
from core.discounts.models import Discount
from core.discounts.rules import KINDS as KNOWN_KINDS
from core.discounts.service import PERMISSION, Terms
from core.shops.zones import local_day, zone_of
from core.web import discount_words as words
from core.web.charts import chart
from core.web.console.discount_form import as_typed, chosen_ids, read_terms
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
from core.web.formats import number, short_day
from core.web.member import flash_member, require_member
from core.web.qr import qr_svg

FOUND_MAX = 20
CODES_SHOWN = 10
CODES_PAGE = 1000
CHART_DAYS = 30


@blueprint.get("/discounts")
@require_member(PERMISSION)
def discounts() -> Response:
    """All discounts, the newest first, with what became of them."""
    shop, method = the_shop(), argument("method", 10)
    rows, next_before = queries.discounts_page(shop.merchant_id, method=method, before=argument("before", 40) or None)
    ids, moment = [row.id for row in rows], clock.now()
    codes = queries.first_codes(shop.merchant_id, ids)
    figures = queries.figures_of(shop.merchant_id, ids)
    names = queries.names_of(shop.merchant_id, rows)
    return show(
        "discounts",
        discounts=[
            {
                "row": row,
                "name": codes[row.id][0] if row.id in codes else row.title,
                "codes": codes.get(row.id, ("", 0))[1],
                "sentence": words.sentence(shop, row, names),
                "state": words.STATES[service.discount_state(row, moment)],
                "figures": figures.get(row.id, queries.UseFigures()),
            }
            for row in rows
        ],
        method=method,
        methods=words.METHODS,
        next_before=next_before,
    )


@blueprint.get("/discounts/new")
@require_member(PERMISSION)
def new_discount() -> Response:
    """The form for a new discount: first what it gives, then its terms; `?like=` copies one that was."""
    like = argument("like", 40)
    if like:
        row = queries.get_discount(merchant_id(), like)
        terms = Terms.of(row)
        if terms.title in {one.code for one in queries.codes_of(row.merchant_id, [row.id], limit=1)}:
            terms = replace(terms, title="")
        return _form(row.method, row.kind, values=as_typed(the_shop(), terms, with_days=False), terms=terms)
    kind, method = argument("kind", 10), argument("method", 10)
    if kind not in KNOWN_KINDS or method not in service.METHODS:
        return show("discount_kinds", kinds=words.KINDS)
    return _form(method, kind, values={"buy_quantity": "2", "get_quantity": "1", "with_goods": ""})


@blueprint.post("/discounts/new")
@require_member(PERMISSION)
def make_discount() -> WerkzeugResponse:
    """Make a discount, or look for products that it is for."""
    kind, method = posted("kind", 10), posted("method", 10)
    if kind not in KNOWN_KINDS or method not in service.METHODS:
        raise NotFound(gettext("There is no such discount."))
    if request.form.get("do", "").startswith("find"):
        return _form(method, kind, values=request.form)
    form = Form(request.form, the_shop().currency)
    code = form.text("code", required=method == "code", most=40)
    terms = read_terms(the_shop(), kind, request.form, form)
    try:
        form.check()
        made = service.create_discount(merchant_id(), terms, method=method, code=code, actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _form(
            method, kind, values=request.form, status=error.status, errors=error.fields, message=words_of(error)
        )
    flash_member(_("The discount is made."))
    return redirect(url_for("console.discount", discount_id=made), 303)


@blueprint.get("/discounts/<discount_id>/edit")
@require_member(PERMISSION)
def edit_discount(discount_id: str) -> Response:
    """The form of a discount as it is."""
    row = queries.get_discount(merchant_id(), discount_id)
    terms = Terms.of(row)
    return _form(row.method, row.kind, values=as_typed(the_shop(), terms, with_days=True), terms=terms, row=row)


@blueprint.post("/discounts/<discount_id>/edit")
@require_member(PERMISSION)
def change_discount(discount_id: str) -> WerkzeugResponse:
    """Change what a discount gives from now on, or look for products that it is for."""
    row = queries.get_discount(merchant_id(), discount_id)
    if request.form.get("do", "").startswith("find"):
        return _form(row.method, row.kind, values=request.form, row=row)
    form = Form(request.form, the_shop().currency)
    terms = read_terms(the_shop(), row.kind, request.form, form)
    try:
        form.check()
        service.change_discount(merchant_id(), discount_id, terms, actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _form(
            row.method,
            row.kind,
            values=request.form,
            row=row,
            status=error.status,
            errors=error.fields,
            message=words_of(error),
        )
    flash_member(_("Saved. Orders keep what they were given."))
    return redirect(url_for("console.discount", discount_id=discount_id), 303)


def _form(
    method: str,
    kind: str,
    *,
    values: Mapping[str, str],
    terms: Terms | None = None,
    row: Discount | None = None,
    status: int = 200,
    errors: Errors | None = None,
    message: object = "",
) -> Response:
    shop = the_shop()
    data = values if isinstance(values, MultiDict) else MultiDict(values)
    chosen = {field: chosen_ids(data, terms, field) for field in ("scope", "get_scope")}
    wanted = {one for field in chosen.values() for one in field["products"]}
    products = {one.id: one for one in products_by_ids(shop.merchant_id, sorted(wanted), published_only=False)}
    sought = {field: posted(f"find-{field}", 80) for field in chosen}
    found = {
        field: search_products(shop.merchant_id, text, hidden_too=True, limit=FOUND_MAX).rows
        if text and request.form.get("do") == f"find-{field}"
        else ()
        for field, text in sought.items()
    }
    return show(
        "discount_form",
        status=status,
        row=row,
        method=method,
        kind=kind,
        kinds=words.KINDS,
        scopes=words.SCOPES,
        audiences=words.AUDIENCES,
        values=values,
        chosen=chosen,
        products=products,
        sought=sought,
        found=found,
        categories=flatten(categories_tree(shop.merchant_id, published_only=False)),
        errors=errors or {},
        message=message,
    )


@blueprint.get("/discounts/<discount_id>")
@require_member(PERMISSION)
def discount(discount_id: str) -> Response:
    """One discount: what it does, what became of it, its codes."""
    return _discount(discount_id)


def _discount(discount_id: str, *, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    shop, moment = the_shop(), clock.now()
    row = queries.get_discount(shop.merchant_id, discount_id)
    today = local_day(shop, moment)
    days = [today - timedelta(days=back) for back in range(CHART_DAYS - 1, -1, -1)]
    uses = queries.uses_by_day(shop.merchant_id, discount_id, moment - timedelta(days=CHART_DAYS), zone_of(shop))
    bars = [(short_day(day), uses.get(day, 0), number(uses.get(day, 0))) for day in days]
    codes = queries.codes_of(shop.merchant_id, [discount_id], limit=CODES_SHOWN + 1)
    link = f"{request.scheme}://{shop.primary_host}{_port()}/discount/{codes[0].code}" if codes else ""
    return show(
        "discount",
        status=status,
        row=row,
        name=codes[0].code if codes else row.title,
        sentence=words.sentence(shop, row, queries.names_of(shop.merchant_id, [row])),
        kind=words.KINDS[row.kind],
        state=service.discount_state(row, moment),
        states=words.STATES,
        figures=queries.figures_of(shop.merchant_id, [discount_id]).get(discount_id, queries.UseFigures()),
        drawn=chart(bars) if uses else None,
        codes=codes[:CODES_SHOWN],
        more_codes=len(codes) > CODES_SHOWN,
        link=link,
        qr=qr_svg(link, label=gettext("The link as a QR code")) if link else "",
        errors=errors or {},
        message=message,
    )


def _port() -> str:
    return f":{request.host.rsplit(':', 1)[1]}" if ":" in request.host else ""


@blueprint.post("/discounts/<discount_id>")
@require_member(PERMISSION)
def switch_discount(discount_id: str) -> WerkzeugResponse:
    """Switch a discount off, or on again."""
    active = request.form.get("active") == "1"
    return attempt(
        lambda: service.set_discount_active(merchant_id(), discount_id, active, actor_id=actor_id()),
        _("The discount is on.") if active else _("The discount is off; carts that hold it lose it."),
        to=url_for("console.discount", discount_id=discount_id),
    )


@blueprint.post("/discounts/<discount_id>/end")
@require_member(PERMISSION)
def stop_discount(discount_id: str) -> WerkzeugResponse:
    """End a discount now, for good."""
    return attempt(
        lambda: service.end_discount(merchant_id(), discount_id, actor_id=actor_id()),
        _("The discount has ended; carts that hold it lose it."),
        to=url_for("console.discount", discount_id=discount_id),
    )


@blueprint.post("/discounts/<discount_id>/codes")
@require_member(PERMISSION)
def new_codes(discount_id: str) -> WerkzeugResponse:
    """Make codes for one use each."""
    form = Form(request.form)
    count = form.whole("count", required=True)
    try:
        form.check()
        made = service.make_codes(
            merchant_id(), discount_id, count or 0, prefix=form.text("prefix", most=20), actor_id=actor_id()
        )
    except (Invalid, Refused) as error:
        return _discount(discount_id, status=error.status, errors=error.fields, message=words_of(error))
    flash_member(gettext("%(count)s codes are made. Fetch them as a file.", count=number(len(made))))
    return redirect(url_for("console.discount", discount_id=discount_id) + "#codes", 303)


@blueprint.get("/discounts/<discount_id>/codes.csv")
@require_member(PERMISSION)
def codes_file(discount_id: str) -> Response:
    """All codes of a discount, and whether they have been used."""
    row = queries.get_discount(merchant_id(), discount_id)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(("code", "used", "uses_max"))
    after: str | None = None
    while codes := queries.codes_of(row.merchant_id, [row.id], after=after, limit=CODES_PAGE):
        writer.writerows((one.code, one.used, "" if one.uses_max is None else one.uses_max) for one in codes)
        after = codes[-1].id
    return Response(
        written.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="codes-{row.id}.csv"'},
    )
