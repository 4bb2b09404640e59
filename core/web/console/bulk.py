"""Many products at once: choose the change, look at what it does, do it, take it back."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, cast

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.base.tasks import task_status
from core.catalog import bulk, queries
from core.catalog.bulk import Selection
from core.catalog.bulk_changes import ACTIONS, Action, Change
from core.catalog.prices import MODES, ROUNDINGS, Mode, PriceRule, Rounding
from core.catalog.shapes import filter_of
from core.taxes.queries import categories_of
from core.web.console.forms import Form
from core.web.console.page import (
    Errors,
    actor_id,
    blueprint,
    merchant_id,
    posted,
    show,
    the_member,
    the_shop,
    words_of,
)
from core.web.member import flash_member, require_member

ACTION_LABELS: dict[str, Any] = {
    "publish": _("Show in the shop"),
    "hide": _("Hide from the shop"),
    "price": _("Change prices"),
    "category_add": _("Put into a category"),
    "category_remove": _("Take out of a category"),
    "tag_add": _("Add a tag"),
    "tag_remove": _("Remove a tag"),
    "vendor": _("Set the maker or brand"),
    "tax_category": _("Tax as"),
    "stock_set": _("Set the stock to"),
    "stock_add": _("Add to the stock"),
    "archive": _("Archive"),
    "unarchive": _("Take out of the archive"),
}
MODE_LABELS = {"percent": _("By percent"), "amount": _("By an amount"), "set": _("To this price")}
ROUNDING_LABELS = {
    "none": _("Exactly"),
    "ninety": _("Ending in .90"),
    "ninety-nine": _("Ending in .99"),
    "whole": _("To whole units"),
    "tens": _("To tens"),
}
FILTERS = ("q", "state", "category", "tag", "vendor")
IDS_MAX = 200


def _selection() -> Selection:
    if request.form.get("all") == "1":
        return Selection(everything_in=filter_of({name: posted(name, 255) for name in FILTERS}))
    return Selection(ids=tuple(dict.fromkeys(request.form.getlist("ids")))[:IDS_MAX])


def _percent(form: Form) -> int:
    value = form.text("amount", required=True, most=20).removesuffix("%").strip().replace("−", "-")
    try:
        rate = Decimal(value).scaleb(4) if value else Decimal(0)
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite() or rate != rate.to_integral_value() or not -1_000_000 <= rate <= 10_000_000:
        form.errors.setdefault("amount", _("Write a percentage like -10 or 5.5, not below -100."))
        return 0
    return int(rate)


def _amount(form: Form) -> int:
    text = form.text("amount", required=True, most=40).replace("−", "-")
    sign = -1 if text.startswith("-") else 1
    inner = Form({"amount": text.lstrip("+-")}, form.currency)
    minor = inner.amount("amount", required=True)
    form.errors.update(inner.errors)
    return sign * (minor or 0)


def _change(form: Form) -> Change:
    """The change that the form asks for; what cannot be read is in the form's errors."""
    action = form.text("action", required=True, most=20)
    if action not in ACTIONS:
        form.errors.setdefault("action", _("Choose what to change."))
        return Change("publish")
    price = None
    number = 0
    if action == "price":
        mode = posted("mode", 10) if posted("mode", 10) in MODES else "percent"
        rounding = posted("rounding", 20) if posted("rounding", 20) in ROUNDINGS else "none"
        price = PriceRule(
            cast(Mode, mode),
            rate_ppm=_percent(form) if mode == "percent" else 0,
            amount_minor=_amount(form) if mode != "percent" else 0,
            rounding=cast(Rounding, rounding),
        )
    if action in ("stock_set", "stock_add"):
        number = form.whole("number", required=True, negative=action == "stock_add") or 0
    return Change(
        cast(Action, action),
        text=posted("text", 255),
        category_id=posted("tax_category" if action == "tax_category" else "category_id", 40),
        number=number,
        price=price,
        keep_before=form.flag("keep_before"),
    )


@blueprint.post("/products/bulk")
@require_member("catalog.edit")
def bulk_edit() -> WerkzeugResponse:
    """Three steps on one address: choose what to change, look at it, do it."""
    step = posted("do", 20)
    selection = _selection()
    form = Form(request.form, the_shop().currency)
    if step not in ("preview", "apply"):
        return _choose(selection)
    change = _change(form)
    try:
        form.check()
        if step == "preview":
            return _preview(selection, change)
        edit_id = bulk.start_bulk(merchant_id(), selection, change, actor_id=actor_id())
        if bulk.edit_of(merchant_id(), edit_id).task_id is None:
            bulk.finish_bulk(merchant_id(), edit_id)
    except (Invalid, Refused) as error:
        return _choose(selection, status=error.status, errors=error.fields, message=words_of(error))
    return redirect(url_for("console.bulk_progress", edit_id=edit_id), 303)


def _context(selection: Selection) -> dict[str, Any]:
    everything = selection.everything_in is not None
    return {
        "ids": () if everything else selection.ids,
        "filters": {name: posted(name, 255) for name in FILTERS} if everything else {},
        "everything": everything,
        "back": posted("back", 1000),
        "total": bulk.count_selected(merchant_id(), selection),
        "labels": ACTION_LABELS,
    }


def _choose(selection: Selection, *, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    may_stock = the_member().may("stock.edit")
    return show(
        "bulk",
        status=status,
        actions=[(name, label) for name, label in ACTION_LABELS.items() if may_stock or not name.startswith("stock_")],
        modes=list(MODE_LABELS.items()),
        roundings=list(ROUNDING_LABELS.items()),
        categories=[
            (node.id, node.path)
            for node in queries.flatten(queries.categories_tree(merchant_id(), published_only=False))
        ],
        tax_categories=[(one.id, one.name) for one in categories_of(merchant_id())],
        tags=[tag for tag, _count in queries.tags_of(merchant_id(), limit=200)],
        errors=errors or {},
        message=message,
        values=request.form,
        **_context(selection),
    )


def _preview(selection: Selection, change: Change) -> Response:
    return show(
        "bulk_preview",
        change=change,
        preview=bulk.preview_bulk(merchant_id(), selection, change, the_shop().currency),
        kept={name: posted(name, 255) for name in _KEPT if request.form.get(name)},
        undo_hours=int(bulk.UNDO_FOR.total_seconds() // 3600),
        at_once_max=bulk.AT_ONCE_MAX,
        **_context(selection),
    )


_KEPT = ("action", "mode", "amount", "rounding", "keep_before", "text", "category_id", "tax_category", "number")


@blueprint.get("/products/bulk/<edit_id>")
@require_member("catalog.edit")
def bulk_progress(edit_id: str) -> Response:
    """How far a change is, what it did, and the way to take it back."""
    edit = bulk.edit_of(merchant_id(), edit_id)
    counts = bulk.row_counts(merchant_id(), edit_id)
    task = task_status(merchant_id(), edit.task_id) if edit.task_id else None
    return show(
        "bulk_progress",
        edit=edit,
        change=Change.of(edit.change),
        counts=counts,
        refused=bulk.refused_rows(merchant_id(), edit_id) if counts.get("refused") or counts.get("kept") else (),
        failed=task is not None and task.state == "failed",
        labels=ACTION_LABELS,
        done=edit.total - counts.get("waiting", 0)
        if edit.state == "waiting"
        else edit.total - counts.get("changed", 0),
        may_undo=bulk.may_undo(edit),
        until=edit.created_at + bulk.UNDO_FOR,
    )


@blueprint.post("/products/bulk/<edit_id>/undo")
@require_member("catalog.edit")
def bulk_undo(edit_id: str) -> WerkzeugResponse:
    """Take a change back."""
    try:
        if not bulk.start_undo(merchant_id(), edit_id, actor_id=actor_id()):
            bulk.finish_undo(merchant_id(), edit_id)
    except (Invalid, Refused) as error:
        flash_member(words_of(error), "danger")
    return redirect(url_for("console.bulk_progress", edit_id=edit_id), 303)
