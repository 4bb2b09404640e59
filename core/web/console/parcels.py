"""Parcels: packed, shipped, taken apart; pieces taken out; many orders at once; what is printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.base.i18n import ngettext
from core.orders import desk, fulfilment
from core.orders.queries import order_detail, orders_with_lines
from core.web.console.forms import Form
from core.web.console.orders import checked, do
from core.web.console.page import actor_id, attempt, blueprint, merchant_id, posted, show, the_shop, words_of
from core.web.formats import money
from core.web.member import flash_member, require_member

BULK_MAX = 100
_LINE = "line-"


def _pieces(form: Form) -> dict[str, int] | None:
    """How many of each line were typed; None where the form has no such fields."""
    names = [name for name in form.data if name.startswith(_LINE)]
    if not names:
        return None
    return {name.removeprefix(_LINE): form.whole(name) or 0 for name in names}


def _own_parcel(order_id: str, shipment_id: str) -> None:
    """A parcel of another order does not exist on this one's page. Raises NotFound."""
    if shipment_id not in {parcel.id for parcel in order_detail(merchant_id(), order_id).shipments}:
        raise NotFound(_("There is no such parcel."))


@blueprint.post("/orders/<order_id>/pack")
@require_member("orders.fulfil")
def pack(order_id: str) -> WerkzeugResponse:
    """Goods go into a parcel, or straight to a carrier, as the button says."""
    if posted("do", 10) == "ship":
        return ship(order_id)
    form = Form(request.form)
    lines = _pieces(form)
    place = posted("location", 40) or None

    def action() -> None:
        fulfilment.pack_parcel(merchant_id(), order_id, lines=lines, location_id=place, actor=actor_id())

    return do(order_id, "pack", checked(form, action), _("Marked as packed."))


@blueprint.post("/orders/<order_id>/ship")
@require_member("orders.fulfil")
def ship(order_id: str) -> WerkzeugResponse:
    """The goods go to a carrier: those that were chosen, or all that has not left."""
    form = Form(request.form)
    lines = _pieces(form)
    place = posted("location", 40) or None

    def action() -> None:
        fulfilment.ship_order(
            merchant_id(), order_id, **_tracking(form), lines=lines, location_id=place, actor=actor_id()
        )

    return do(order_id, "ship", checked(form, action), _("Shipped. The buyer can follow the parcel now."))


def _tracking(form: Form) -> dict[str, str]:
    return {
        "carrier": form.text("carrier", most=80),
        "tracking_number": form.text("tracking_number", most=80),
        "tracking_url": form.text("tracking_url", most=300),
    }


@blueprint.post("/orders/<order_id>/parcels/<shipment_id>")
@require_member("orders.fulfil")
def change_parcel(order_id: str, shipment_id: str) -> WerkzeugResponse:
    """Ship a packed parcel, take it apart, or correct the number of one that has left."""
    _own_parcel(order_id, shipment_id)
    deed = posted("do", 10)
    if deed == "unpack":
        return attempt(
            lambda: fulfilment.unpack_parcel(merchant_id(), shipment_id, actor=actor_id()),
            _("The parcel is taken apart."),
            to=url_for("console.order", order_id=order_id),
        )
    form = Form(request.form)
    told = _tracking(form)
    service = fulfilment.correct_tracking if deed == "correct" else fulfilment.ship_parcel

    def action() -> None:
        service(merchant_id(), shipment_id, **told, actor=actor_id())

    done = _("Corrected.") if deed == "correct" else _("Shipped. The buyer can follow the parcel now.")
    return do(order_id, f"parcel-{shipment_id}", checked(form, action), done)


@blueprint.post("/orders/<order_id>/take-out")
@require_member("orders.fulfil")
def take_out(order_id: str) -> WerkzeugResponse:
    """Take pieces out of an order that cannot be sent; what was paid for them goes back."""
    form = Form(request.form)
    lines = _pieces(form) or {}
    reason = form.text("reason", required=True, most=300)
    with_delivery = form.flag("with_delivery")

    def action() -> object:
        amount_minor = fulfilment.cancel_lines(
            merchant_id(), order_id, lines, actor=actor_id(), reason=reason, with_delivery=with_delivery
        )
        return _("Taken out. %(amount)s goes back to the buyer.", amount=money(amount_minor, the_shop().currency))

    return do(order_id, "take_out", checked(form, action))


@blueprint.post("/orders/bulk")
@require_member("orders.view")
def bulk_orders() -> WerkzeugResponse:
    """Do one thing with many orders: pack, ship, print, tag."""
    ids = request.form.getlist("id")[:BULK_MAX]
    back = url_for("console.orders") + (f"?{posted('query', 600)}" if posted("query", 600) else "")
    if not ids:
        flash_member(_("Choose orders first."), "info")
        return redirect(back, 303)
    deed = posted("do", 10)
    if deed in ("slips", "pick"):
        return redirect(url_for("console.print_orders", what=deed, id=ids), 303)
    if deed == "ship":
        return redirect(url_for("console.ship_many", id=ids), 303)
    if deed == "tag":
        return attempt(
            lambda: desk.add_tags(merchant_id(), ids, posted("tags", 500).split(","), actor_id=actor_id()),
            _("The tags are saved."),
            to=back,
        )
    if deed == "pack":
        _tell(_each(ids, lambda order_id: fulfilment.mark_packed(merchant_id(), order_id, actor=actor_id())), _packed)
    return redirect(back, 303)


def _packed(count: int) -> str:
    return ngettext("%(num)d order is packed.", "%(num)d orders are packed.", count)


def _shipped(count: int) -> str:
    return ngettext("%(num)d order is shipped.", "%(num)d orders are shipped.", count)


def _each(ids: Sequence[str], act: Callable[[str], object]) -> tuple[int, dict[str, str]]:
    """Do something with each order by itself: how many times it was done, and why not for the others."""
    done, refused = 0, {}
    for order_id in ids:
        try:
            act(order_id)
        except (Invalid, Refused, NotFound) as error:
            refused[order_id] = words_of(error)
        else:
            done += 1
    return done, refused


def _tell(outcome: tuple[int, Mapping[str, str]], words: Callable[[int], str]) -> None:
    done, refused = outcome
    if done:
        flash_member(words(done))
    if refused:
        told = ngettext("%(num)d order was left as it is", "%(num)d orders were left as they are", len(refused))
        flash_member(f"{told}: {' '.join(sorted(set(refused.values())))}", "danger")


@blueprint.get("/orders/ship")
@require_member("orders.fulfil")
def ship_many() -> Response:
    """Many orders with a field for each tracking number."""
    return _ship_page(request.args.getlist("id")[:BULK_MAX])


def _ship_page(ids: Sequence[str], *, status: int = 200, refused: Mapping[str, str] | None = None) -> Response:
    found = [one for one in orders_with_lines(merchant_id(), ids) if one.order.state in fulfilment.OPEN]
    return show("orders_ship", status=status, found=found, values=request.form, refused=refused or {})


@blueprint.post("/orders/ship")
@require_member("orders.fulfil")
def ship_many_submit() -> WerkzeugResponse:
    """Ship all orders that were given a number; those that are refused stay on the page."""
    ids = request.form.getlist("id")[:BULK_MAX]
    carrier = posted("carrier", 80)
    wanted = [order_id for order_id in ids if posted(f"number-{order_id}", 80)]
    if not carrier or not wanted:
        flash_member(_("Say who carries the parcels, and write down at least one tracking number."), "danger")
        return _ship_page(ids, status=422)

    def act(order_id: str) -> None:
        number = posted(f"number-{order_id}", 80)
        fulfilment.ship_order(merchant_id(), order_id, carrier=carrier, tracking_number=number, actor=actor_id())

    outcome = _each(wanted, act)
    _tell((outcome[0], {}), _shipped)
    if outcome[1]:
        return _ship_page(list(outcome[1]), status=409, refused=outcome[1])
    return redirect(url_for("console.orders"), 303)


@blueprint.get("/orders/print/<any(slips, pick):what>")
@require_member("orders.view")
def print_orders(what: str) -> Response:
    """Packing slips, one page for each order, or one list of what to take for all of them."""
    found = orders_with_lines(merchant_id(), request.args.getlist("id")[:BULK_MAX])
    if not found:
        raise NotFound(_("There is no such order."))
    parcel = request.args.get("parcel", "")[:40]
    if what == "slips":
        return show("print_slips", found=found, parcel=parcel)
    picked: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for one in found:
        for line in one.lines:
            if line.left:
                picked.setdefault((line.name, line.variant_label, line.sku), []).append((one.order.code, line.left))
    return show("print_pick", picked=sorted(picked.items()), codes=[one.order.code for one in found])
