"""Goods that come back: asked for, approved, received and looked at, paid back or exchanged."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, Refused
from core.base.i18n import lazy_gettext as _
from core.inventory.place_queries import locations_of
from core.orders import goods_returns as service
from core.orders.queries import order_detail
from core.orders.return_queries import (
    list_returns,
    owed,
    picture_of,
    return_detail,
    returnable,
    variants_beside,
)
from core.orders.return_states import LABELS, REASONS, WISHES, ReturnState
from core.orders.returns import refundable_of
from core.web.console.forms import Form
from core.web.console.orders import checked
from core.web.console.page import Errors, actor_id, argument, blueprint, merchant_id, posted, show, the_shop, words_of
from core.web.formats import money
from core.web.member import flash_member, require_member

STATES = tuple(ReturnState)


@blueprint.get("/returns")
@require_member("orders.view")
def goods_returns() -> Response:
    """All returns, the open ones first of all."""
    state = argument("state", 20) or "open"
    state = state if state in ("open", "all", *STATES) else "open"
    rows, after = list_returns(merchant_id(), state="" if state == "all" else state, before=argument("before", 40))
    more = urlencode({"state": state, "before": after or ""})
    return show(
        "returns",
        rows=rows,
        state=state,
        choices=[("open", _("Open")), *((str(one), LABELS[one]) for one in STATES), ("all", _("All"))],
        labels=LABELS,
        reasons=REASONS,
        wishes=WISHES,
        next_url=f"{url_for('console.goods_returns')}?{more}" if after else None,
    )


@blueprint.get("/returns/<return_id>")
@require_member("orders.view")
def goods_return(return_id: str) -> Response:
    """One return with what is to be done next."""
    return _page(return_id)


def _page(
    return_id: str, *, status: int = 200, errors: Errors | None = None, message: object = "", form: str = ""
) -> Response:
    detail = return_detail(merchant_id(), return_id)
    order = order_detail(merchant_id(), detail.found.order_id)
    lines = {line.id: line for line in order.lines}
    received = detail.found.state == ReturnState.RECEIVED
    codes = {}
    if detail.found.exchange_order_id:
        codes[detail.found.exchange_order_id] = order_detail(merchant_id(), detail.found.exchange_order_id).order.code
    return show(
        "return",
        status=status,
        detail=detail,
        found=detail.found,
        order=order.order,
        line_of=lines,
        labels=LABELS,
        reasons=REASONS,
        wishes=WISHES,
        codes=codes,
        places=[(one.id, one.name) for one in locations_of(merchant_id(), active_only=True)],
        variants=variants_beside(merchant_id(), {line.product_id for line in order.lines}),
        owed_minor=min(owed(detail.found, False), refundable_of(order.order)) if received else 0,
        owed_all_minor=min(owed(detail.found, True), refundable_of(order.order)) if received else 0,
        refundable_minor=refundable_of(order.order),
        errors=errors or {},
        message=message,
        values=request.form,
        form=form,
    )


@blueprint.get("/orders/<order_id>/returns/pictures/<picture_id>")
@require_member("orders.view")
def return_picture(order_id: str, picture_id: str) -> Response:
    """A picture that the buyer sent."""
    answer = Response(picture_of(merchant_id(), order_id, picture_id), mimetype="image/webp")
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def _do(return_id: str, form: str, action: Callable[[], object], done: object = None) -> WerkzeugResponse:
    try:
        said = action()
    except (Invalid, Refused) as error:
        return _page(return_id, status=error.status, errors=error.fields, message=words_of(error), form=form)
    flash_member(said if done is None else done)
    return redirect(url_for("console.goods_return", return_id=return_id), 303)


@blueprint.post("/returns/<return_id>/answer")
@require_member("orders.fulfil")
def answer_return(return_id: str) -> WerkzeugResponse:
    """Approve with instructions, decline with a reason, or end what never came."""
    deed, text = posted("do", 10), posted("answer", 2000)
    if deed == "close":
        return _do(
            return_id,
            "close",
            lambda: service.close_return(merchant_id(), return_id, actor=actor_id()),
            _("The return is ended; the order goes on."),
        )
    if deed == "approve":
        return _do(
            return_id,
            "answer",
            lambda: service.approve_return(merchant_id(), return_id, instructions=text, actor=actor_id()),
            _("Approved. The buyer is told where to send the goods."),
        )
    return _do(
        return_id,
        "answer",
        lambda: service.decline_return(merchant_id(), return_id, answer=text, actor=actor_id()),
        _("Declined. The buyer is told why."),
    )


@blueprint.post("/returns/<return_id>/receive")
@require_member("orders.fulfil")
def receive_goods(return_id: str) -> WerkzeugResponse:
    """The goods are here."""
    form = Form(request.form)
    ids = [line.order_line_id for line in return_detail(merchant_id(), return_id).lines]
    arrived = {
        line_id: service.Arrived(form.whole(f"received-{line_id}") or 0, form.whole(f"restocked-{line_id}") or 0)
        for line_id in ids
    }
    place = posted("location", 40) or None

    def action() -> None:
        service.receive_return(merchant_id(), return_id, arrived, location_id=place, actor=actor_id())

    return _do(return_id, "receive", checked(form, action), _("The goods are here. Now settle the return."))


@blueprint.post("/returns/<return_id>/refund")
@require_member("orders.refund")
def refund_return(return_id: str) -> WerkzeugResponse:
    """Pay back what the goods were worth, or another amount."""
    form = Form(request.form, the_shop().currency)
    amount_minor = form.amount("amount", required=True)

    def action() -> object:
        paid = service.settle_with_money(merchant_id(), return_id, amount_minor=amount_minor, actor=actor_id())
        return _("Settled. %(amount)s goes back to the buyer.", amount=money(paid, the_shop().currency))

    return _do(return_id, "refund", checked(form, action))


@blueprint.post("/returns/<return_id>/exchange")
@require_member("orders.refund")
def exchange_return(return_id: str) -> WerkzeugResponse:
    """Send other variants instead."""
    variants = {
        name.removeprefix("variant-"): value[:40]
        for name, value in request.form.items()
        if name.startswith("variant-") and value
    }

    def action() -> object:
        made = service.settle_with_exchange(merchant_id(), return_id, variants=variants, actor=actor_id())
        if made.total_minor:
            due = money(made.total_minor, the_shop().currency)
            return _("Order %(code)s is made. The buyer has %(amount)s to pay.", code=made.code, amount=due)
        return _("Order %(code)s is made and waits to be packed.", code=made.code)

    return _do(return_id, "exchange", action)


@blueprint.get("/orders/<order_id>/return")
@require_member("orders.fulfil")
def new_return(order_id: str) -> Response:
    """A form for staff who take goods back."""
    return _new(order_id)


def _new(order_id: str, *, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    detail = order_detail(merchant_id(), order_id)
    left = returnable(detail.order, detail.lines, by_buyer=False)
    return show(
        "return_new",
        status=status,
        order=detail.order,
        lines=[line for line in detail.lines if line.id in left],
        left=left,
        variants=variants_beside(merchant_id(), {line.product_id for line in detail.lines}),
        reasons=list(REASONS.items()),
        wishes=list(WISHES.items()),
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/orders/<order_id>/return")
@require_member("orders.fulfil")
def open_return(order_id: str) -> WerkzeugResponse:
    """Take goods back for a buyer who called or stands at the counter."""
    form = Form(request.form)
    lines = {name.removeprefix("line-"): form.whole(name) or 0 for name in request.form if name.startswith("line-")}
    variants = {line_id: posted(f"variant-{line_id}", 40) for line_id in lines}
    try:
        form.check()
        return_id = service.open_return(
            merchant_id(),
            order_id,
            lines=lines,
            wish=posted("wish", 10),
            reason=posted("reason", 20),
            text=posted("text", 1000),
            variants=variants,
            actor=actor_id(),
        )
    except (Invalid, Refused) as error:
        return _new(order_id, status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("The return is open. Receive the goods when they are here."))
    return redirect(url_for("console.goods_return", return_id=return_id), 303)
