"""Stock by location: places, transfers between them, counting, what to pick where."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.base.i18n import ngettext
from core.catalog import queries as catalog
from core.inventory import counting, locations
from core.inventory.locations import LocationDetails
from core.inventory.place_queries import (
    count_lines,
    count_of,
    counts_of,
    goods_at,
    locations_of,
    picking_list,
    transfer_of,
    transfers_of,
)
from core.orders.queries import codes_of
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
    words_of,
)
from core.web.member import flash_member, require_member

TRANSFER_STATES = {
    "draft": (_("Not sent yet"), ""),
    "sent": (_("Travelling"), "note"),
    "received": (_("Goods arrived"), "good"),
    "cancelled": (_("Called off"), ""),
}
COUNT_STATES = {
    "open": (_("Being counted"), "note"),
    "applied": (_("Applied"), "good"),
    "cancelled": (_("Given up"), ""),
}


@blueprint.get("/stock/locations")
@require_member("stock.edit")
def stock_locations() -> Response:
    """Where goods lie."""
    return _locations()


def _locations(*, status: int = 200, errors: Errors | None = None, message: object = "", editing: str = "") -> Response:
    return show(
        "locations",
        status=status,
        locations=locations_of(merchant_id()),
        editing=editing or argument("edit", 40),
        errors=errors or {},
        message=message,
        values=request.form,
    )


def _details(form: Form, priority: int) -> LocationDetails:
    return LocationDetails(form.text("name"), form.text("address"), priority)


@blueprint.post("/stock/locations")
@require_member("stock.edit")
def create_location() -> WerkzeugResponse:
    """A new place."""
    last = max((row.priority for row in locations_of(merchant_id())), default=-1)
    try:
        details = _details(Form(request.form), min(last + 1, 1000))
        locations.create_location(merchant_id(), details, actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _locations(status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("The location is there now."))
    return redirect(url_for("console.stock_locations"), 303)


@blueprint.post("/stock/locations/<location_id>")
@require_member("stock.edit")
def change_location(location_id: str) -> WerkzeugResponse:
    """Rename a place, serve from it earlier or later, close or open it."""
    do, here = posted("do", 10), url_for("console.stock_locations")
    if do in ("earlier", "later"):
        return attempt(
            lambda: locations.move_priority(merchant_id(), location_id, do == "earlier", actor_id=actor_id()),
            _("Moved."),
            to=here,
        )
    if do in ("close", "open"):
        return attempt(
            lambda: locations.set_location_active(merchant_id(), location_id, do == "open", actor_id=actor_id()),
            _("The location is open.") if do == "open" else _("The location is closed."),
            to=here,
        )
    found = next((row for row in locations_of(merchant_id()) if row.id == location_id), None)
    if found is None:
        raise NotFound(_("There is no such location."))
    try:
        details = _details(Form(request.form), found.priority)
        locations.update_location(merchant_id(), location_id, details, actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _locations(status=error.status, errors=error.fields, message=words_of(error), editing=location_id)
    flash_member(_("Saved."))
    return redirect(here, 303)


@blueprint.get("/stock/transfers")
@require_member("stock.edit")
def stock_transfers() -> Response:
    """Goods on their way between places."""
    return show(
        "transfers",
        transfers=transfers_of(merchant_id()),
        places=locations_of(merchant_id(), active_only=True),
        states=TRANSFER_STATES,
    )


@blueprint.get("/stock/transfers/new")
@require_member("stock.edit")
def new_transfer() -> Response:
    """Choose from where to where, and how many of what."""
    return _new_transfer()


def _new_transfer(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    places = locations_of(merchant_id(), active_only=True)
    known = [place.id for place in places]
    from_id = posted("from_id", 40) or argument("from", 40)
    from_id = from_id if from_id in known else (known[0] if known else "")
    text = argument("q", 100)
    goods, next_cursor = goods_at(merchant_id(), from_id, text=text, cursor=argument("cursor", 800) or None)
    return show(
        "transfer_new",
        status=status,
        choices=[(place.id, place.name) for place in places],
        others=[(place.id, place.name) for place in places if place.id != from_id],
        from_id=from_id,
        goods=goods,
        text=text,
        next_cursor=next_cursor,
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/stock/transfers/new")
@require_member("stock.edit")
def create_transfer() -> WerkzeugResponse:
    """Write the transfer down; it is sent on its own page."""
    form = Form(request.form)
    lines: dict[str, int] = {}
    for name in request.form:
        if name.startswith("move-") and (count := form.whole(name)):
            lines[name.removeprefix("move-")] = count
    try:
        form.check()
        transfer_id = locations.create_transfer(
            merchant_id(),
            posted("from_id", 40),
            posted("to_id", 40),
            lines,
            note=form.text("note", most=200),
            actor_id=actor_id(),
        )
    except (Invalid, Refused) as error:
        return _new_transfer(status=error.status, errors=error.fields, message=words_of(error))
    return redirect(url_for("console.stock_transfer", transfer_id=transfer_id), 303)


@blueprint.get("/stock/transfers/<transfer_id>")
@require_member("stock.edit")
def stock_transfer(transfer_id: str) -> Response:
    """One transfer."""
    return _transfer(transfer_id)


def _transfer(transfer_id: str, *, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    transfer, lines = transfer_of(merchant_id(), transfer_id)
    return show(
        "transfer",
        status=status,
        transfer=transfer,
        lines=lines,
        states=TRANSFER_STATES,
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/stock/transfers/<transfer_id>")
@require_member("stock.edit")
def move_transfer(transfer_id: str) -> WerkzeugResponse:
    """Send it, say what arrived, or call it off."""
    do, form = posted("do", 10), Form(request.form)
    try:
        if do == "send":
            locations.send_transfer(merchant_id(), transfer_id, actor_id=actor_id())
        elif do == "receive":
            received = {
                name.removeprefix("received-"): form.whole(name, required=True) or 0
                for name in request.form
                if name.startswith("received-")
            }
            form.check()
            locations.receive_transfer(merchant_id(), transfer_id, received, actor_id=actor_id())
        elif do == "cancel":
            locations.cancel_transfer(merchant_id(), transfer_id, actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _transfer(transfer_id, status=error.status, errors=error.fields, message=words_of(error))
    return redirect(url_for("console.stock_transfer", transfer_id=transfer_id), 303)


@blueprint.get("/stock/counts")
@require_member("stock.edit")
def stock_counts() -> Response:
    """Counts that are under way and those that have ended."""
    return _counts()


def _counts(*, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    tree = catalog.categories_tree(merchant_id(), published_only=False)
    places = locations_of(merchant_id(), active_only=True)
    return show(
        "counts",
        status=status,
        counts=counts_of(merchant_id()),
        places=places,
        choices=[(place.id, place.name) for place in places],
        categories=[(node.id, node.path) for node in catalog.flatten(tree)],
        states=COUNT_STATES,
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/stock/counts")
@require_member("stock.edit")
def start_count() -> WerkzeugResponse:
    """Begin to count."""
    try:
        count_id = counting.start_count(
            merchant_id(),
            posted("name", 200),
            location_id=posted("location_id", 40) or None,
            category_id=posted("category_id", 40) or None,
            actor_id=actor_id(),
        )
    except (Invalid, Refused) as error:
        return _counts(status=error.status, errors=error.fields, message=words_of(error))
    return redirect(url_for("console.stock_count", count_id=count_id), 303)


@blueprint.get("/stock/counts/<count_id>")
@require_member("stock.edit")
def stock_count(count_id: str) -> Response:
    """The sheet to write numbers on."""
    return _count(count_id)


def _count(count_id: str, *, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    count = count_of(merchant_id(), count_id)
    only = argument("only", 10)
    text = argument("q", 100)
    lines, next_cursor = count_lines(
        merchant_id(), count_id, text=text, only=only, cursor=argument("cursor", 800) or None
    )
    return show(
        "count",
        status=status,
        count=count,
        progress=counting.count_progress(merchant_id(), count_id),
        lines=lines,
        next_cursor=next_cursor,
        only=only,
        text=text,
        states=COUNT_STATES,
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/stock/counts/<count_id>")
@require_member("stock.edit")
def write_count(count_id: str) -> WerkzeugResponse:
    """Keep the numbers, apply the count, or give it up."""
    do, form = posted("do", 10), Form(request.form)
    counted = {name.removeprefix("counted-"): form.whole(name) for name in request.form if name.startswith("counted-")}
    try:
        form.check()
        if counted:
            counting.write_counts(merchant_id(), count_id, counted, actor_id=actor_id())
        if do == "apply":
            corrected = counting.apply_count(merchant_id(), count_id, actor_id=actor_id())
            flash_member(ngettext("%(num)d variant corrected.", "%(num)d variants corrected.", corrected))
        elif do == "cancel":
            counting.cancel_count(merchant_id(), count_id, actor_id=actor_id())
    except (Invalid, Refused) as error:
        return _count(count_id, status=error.status, errors=error.fields, message=words_of(error))
    to = posted("next", 900)
    after = f"?{to}" if do == "next" and to else ""
    return redirect(url_for("console.stock_count", count_id=count_id) + after, 303)


@blueprint.get("/stock/picking")
@require_member("stock.edit")
def picking() -> Response:
    """What to take where for paid orders."""
    rows = picking_list(merchant_id(), argument("location", 40) or None)
    return show(
        "picking",
        rows=rows,
        codes=codes_of(merchant_id(), {goods.order_id for _id, _name, goods in rows}),
        places=locations_of(merchant_id(), active_only=True),
        location=argument("location", 40),
    )
