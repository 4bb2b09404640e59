"""Sending goods back: asked for by line with pictures, followed on the order's page."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import redirect, request
from werkzeug.wrappers import Response

from core.base.errors import NotFound, TongbaoError
from core.base.i18n import gettext as _
from core.base.transactions import end_read
from core.catalog.errors import PictureRefused
from core.catalog.pictures import UPLOAD_BYTES_MAX, prepare_picture
from core.orders import goods_returns as service
from core.orders.queries import OrderDetail
from core.orders.return_queries import picture_of, return_detail, returnable, returns_of, variants_beside
from core.orders.return_states import LABELS, REASONS, WISHES, ReturnState
from core.web.formats import money
from core.web.sessions import flash
from core.web.storefront.mine import my_order
from core.web.storefront.shown import Shown
from core.web.storefront.site import blueprint, show
from core.web.tenancy import current_shop

TONES = {"requested": "warn", "approved": "note", "received": "note", "settled": "good"}


def returns_shown(detail: OrderDetail) -> list[Shown]:
    """An order's returns as its buyer sees them."""
    names = {line.id: line.name for line in detail.lines}
    url = f"/orders/{detail.order.code}/returns"
    return [
        {
            "id": one.found.id,
            "title": _("Return %(number)s", number=one.found.number),
            "state_label": LABELS[ReturnState(one.found.state)],
            "tone": TONES.get(one.found.state, ""),
            "items": [f"{line.quantity} × {names[line.order_line_id]}" for line in one.lines],
            "answer": one.found.answer,
            "sent": " ".join(str(one.found.sent.get(key, "")) for key in ("carrier", "number")).strip(),
            "pictures": [f"{url}/pictures/{picture_id}" for picture_id in one.pictures],
            "refunded_text": money(one.found.refunded_minor, detail.order.currency) if one.found.refunded_minor else "",
            "may_send": one.found.state == ReturnState.APPROVED,
            "may_withdraw": one.found.state in (ReturnState.REQUESTED, ReturnState.APPROVED),
            "url": f"{url}/{one.found.id}",
        }
        for one in returns_of(detail.order.merchant_id, detail.order.id)
    ]


@blueprint.get("/orders/<code>/return")
def return_form(code: str) -> Response:
    """What comes back, why, and what the buyer would like."""
    return _form(my_order(code))


def _form(
    detail: OrderDetail, *, status: int = 200, problems: dict[str, object] | None = None, message: object = None
) -> Response:
    left = returnable(detail.order, detail.lines, by_buyer=True)
    products = {line.product_id for line in detail.lines if line.id in left}
    beside = variants_beside(detail.order.merchant_id, products)
    typed = {name: value[:1000] for name, value in request.form.items()}
    return show(
        "return",
        status=status,
        code=detail.order.code,
        lines=[
            {
                "id": line.id,
                "name": line.name,
                "variant_label": line.variant_label,
                "image_url": line.image_url,
                "left": left[line.id],
                "counts": [(str(count), str(count)) for count in range(left[line.id] + 1)],
                "variants": [("", _("Choose"))]
                + [
                    (variant_id, f"{label or line.name} · {money(price_minor, detail.order.currency)}")
                    for variant_id, label, price_minor in beside.get(line.product_id, [])
                ],
            }
            for line in detail.lines
            if line.id in left
        ],
        reasons=list(REASONS.items()),
        wishes=list(WISHES.items()),
        typed=typed,
        problems=problems or {},
        message=message,
    )


@blueprint.post("/orders/<code>/return")
def return_submit(code: str) -> Response:
    """Ask the shop; pictures are made afresh, without what a camera notes in them."""
    detail = my_order(code)
    merchant_id, order_id, order_code = detail.order.merchant_id, detail.order.id, detail.order.code
    given = request.form
    ids = [name.removeprefix("line-") for name in given if name.startswith("line-")]
    counts = {line_id: _count(given.get(f"line-{line_id}", "")) for line_id in ids}
    end_read()
    try:
        pictures = [
            prepare_picture(upload.stream.read(UPLOAD_BYTES_MAX + 1)).large
            for upload in request.files.getlist("pictures")[: service.PICTURES_MAX]
            if upload.filename
        ]
        service.open_return(
            merchant_id,
            order_id,
            lines=counts,
            wish=given.get("wish", "")[:10],
            reason=given.get("reason", "")[:20],
            text=given.get("text", "").replace("\x00", "")[:1000],
            variants={line_id: given.get(f"variant-{line_id}", "")[:40] for line_id in ids},
            pictures=pictures,
        )
    except TongbaoError as refusal:
        problems = dict(refusal.fields)
        if isinstance(refusal, PictureRefused):
            problems["pictures"] = refusal.message
        return _form(my_order(code), status=refusal.status, problems=problems, message=refusal.message)
    flash(_("The shop has been asked and will answer here. Until then the money stays where it is."))
    return redirect(f"/orders/{order_code}#returns", 303)


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _own_return(code: str, return_id: str) -> OrderDetail:
    """The order, when the return is one of it. Raises NotFound."""
    detail = my_order(code)
    if return_detail(detail.order.merchant_id, return_id[:40]).found.order_id != detail.order.id:
        raise NotFound(_("There is no such return."))
    return detail


@blueprint.post("/orders/<code>/returns/<return_id>/<any(sent, withdraw):deed>")
def return_act(code: str, return_id: str, deed: str) -> Response:
    """Tell by which parcel the goods come, or keep them after all."""
    detail = _own_return(code, return_id)
    merchant_id, order_code = current_shop().merchant_id, detail.order.code
    carrier, number = request.form.get("carrier", "")[:80], request.form.get("number", "")[:80]
    try:
        if deed == "sent":
            service.tell_sent(merchant_id, return_id, carrier=carrier, number=number)
            flash(_("Thank you. The shop sees which parcel to look out for."))
        else:
            service.withdraw_return(merchant_id, return_id)
            flash(_("The return is withdrawn."))
    except TongbaoError as refusal:
        flash(refusal.message, "danger")
    return redirect(f"/orders/{order_code}#returns", 303)


@blueprint.get("/orders/<code>/returns/pictures/<picture_id>")
def return_picture(code: str, picture_id: str) -> Response:
    """A picture that this buyer sent."""
    detail = my_order(code)
    content = picture_of(detail.order.merchant_id, detail.order.id, picture_id[:40])
    answer = FlaskResponse(content, mimetype="image/webp")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
