"""One order with where its money is, and what staff do with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Response, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.ledger.queries import statement
from core.orders import fulfilment, returns, service
from core.orders.moves import escrow_of, order_view
from core.orders.queries import OrderDetail, order_detail
from core.orders.states import LABELS
from core.parties.models import Person
from core.web.console import words
from core.web.console.forms import Form
from core.web.console.page import Errors, actor_id, attempt, blueprint, merchant_id, show, the_shop, words_of
from core.web.member import flash_member, require_member


@blueprint.get("/orders/<order_id>")
@require_member("orders.view")
def order(order_id: str) -> Response:
    """One order."""
    return _order_page(order_id)


def _order_page(
    order_id: str, *, status: int = 200, errors: Errors | None = None, message: object = "", form: str = ""
) -> Response:
    detail = order_detail(merchant_id(), order_id)
    return show(
        "order",
        status=status,
        detail=detail,
        order=detail.order,
        view=order_view(detail.order),
        labels=LABELS,
        actors=_names(event.actor for event in detail.events),
        ledger=statement(escrow_of(detail.order), limit=100)[::-1],
        label_of=words.transfer_label,
        provider_of=words.provider_label,
        reasons=words.REASONS,
        event_labels=words.ORDER_EVENTS,
        payment_states=words.PAYMENT_STATES,
        refund_states=words.OUTWARD_STATES,
        form=form,
        errors=errors or {},
        message=message,
        values=request.form,
    )


def _names(actors: Iterable[str]) -> dict[str, str]:
    """The names of the people among those who did something."""
    people = {actor for actor in actors if actor not in ("buyer", "system")}
    if not people:
        return {}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))
    return {row.id: row.name for row in rows}


def _do(order_id: str, form: str, action: Callable[[], object], done: object) -> WerkzeugResponse:
    """Do something with an order; when it is refused, show the order again with what was typed and why."""
    try:
        action()
    except (Invalid, Refused) as error:
        return _order_page(order_id, status=error.status, errors=error.fields, message=words_of(error), form=form)
    flash_member(done)
    return redirect(url_for("console.order", order_id=order_id), 303)


@blueprint.post("/orders/<order_id>/pack")
@require_member("orders.fulfil")
def pack(order_id: str) -> WerkzeugResponse:
    """The goods are packed."""
    to = url_for("console.order", order_id=order_id)
    return attempt(
        lambda: fulfilment.mark_packed(merchant_id(), order_id, actor=actor_id()), _("Marked as packed."), to=to
    )


@blueprint.post("/orders/<order_id>/ship")
@require_member("orders.fulfil")
def ship(order_id: str) -> WerkzeugResponse:
    """The goods go to a carrier."""
    form = Form(request.form)

    def action() -> None:
        fulfilment.ship_order(
            merchant_id(),
            order_id,
            carrier=form.text("carrier", most=80),
            tracking_number=form.text("tracking_number", most=80),
            tracking_url=form.text("tracking_url", most=300),
            actor=actor_id(),
        )

    return _do(order_id, "ship", _checked(form, action), _("Shipped. The buyer can follow the parcel now."))


@blueprint.post("/orders/<order_id>/refund")
@require_member("orders.refund")
def refund(order_id: str) -> WerkzeugResponse:
    """Give money back without having been asked."""
    form = Form(request.form, the_shop().currency)
    amount_minor = form.amount("amount", required=True)
    reason = form.text("reason", required=True, most=300)

    def action() -> None:
        returns.refund_order(merchant_id(), order_id, amount_minor=amount_minor or 0, reason=reason, actor=actor_id())

    return _do(order_id, "refund", _checked(form, action), _("The refund is on its way."))


@blueprint.post("/orders/<order_id>/requests/<request_id>")
@require_member("orders.refund")
def answer(order_id: str, request_id: str) -> WerkzeugResponse:
    """Approve a buyer's wish for money back, in full or part, or decline it."""
    _require_request_of(order_detail(merchant_id(), order_id), request_id)
    form = Form(request.form, the_shop().currency)
    approves = request.form.get("decision") == "approve"
    amount_minor = form.amount("amount", required=approves) if approves else None
    said = form.text("answer", most=500)

    def action() -> None:
        returns.answer_request(merchant_id(), request_id, approved_minor=amount_minor, answer=said, actor=actor_id())

    done = _("Approved. The refund is on its way.") if approves else _("Declined. The buyer is told why.")
    return _do(order_id, "answer", _checked(form, action), done)


@blueprint.post("/orders/<order_id>/cancel")
@require_member("orders.fulfil")
def cancel(order_id: str) -> WerkzeugResponse:
    """Cancel an order; what was paid goes back."""
    form = Form(request.form)
    reason = form.text("reason", required=True, most=300)

    def action() -> None:
        service.cancel_order(merchant_id(), order_id, actor=actor_id(), reason=reason)

    return _do(order_id, "cancel", _checked(form, action), _("Cancelled. What was paid goes back to the buyer."))


def _checked(form: Form, action: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        form.check()
        return action()

    return run


def _require_request_of(detail: OrderDetail, request_id: str) -> None:
    """A request of another order does not exist on this one's page. Raises NotFound."""
    if request_id not in {asked.id for asked in detail.requests}:
        raise NotFound(_("There is no such refund request."))
