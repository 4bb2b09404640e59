"""One order with where its money is, and what staff do with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.contract.runtime import registry
from core.giftcards.queries import cards_of_order
from core.inventory.place_queries import locations_of
from core.ledger.queries import statement
from core.orders import card_lines, returns, service
from core.orders.desk import notes_of
from core.orders.finding import neighbour
from core.orders.letters import pay_path
from core.orders.moves import BUYER, SYSTEM, escrow_of, order_view
from core.orders.queries import OrderDetail, order_detail
from core.orders.return_queries import brief_returns
from core.orders.return_states import LABELS as RETURN_LABELS
from core.orders.states import LABELS
from core.parties.team import names_of
from core.web.console import words
from core.web.console.forms import Form
from core.web.console.order_list import FIELDS as FILTERS
from core.web.console.order_list import filter_of
from core.web.console.page import Errors, actor_id, argument, blueprint, merchant_id, show, the_shop, words_of
from core.web.member import flash_member, require_member


@blueprint.get("/orders/<order_id>")
@require_member("orders.view")
def order(order_id: str) -> Response:
    """One order."""
    return order_page(order_id)


def order_page(
    order_id: str, *, status: int = 200, errors: Errors | None = None, message: object = "", form: str = ""
) -> Response:
    """The page of an order; `form` names the form that was refused, whose fields then say why."""
    detail = order_detail(merchant_id(), order_id)
    notes = notes_of(merchant_id(), order_id)
    happened: list[Any] = sorted([*detail.events, *notes], key=lambda one: one.created_at, reverse=True)
    return show(
        "order",
        status=status,
        detail=detail,
        order=detail.order,
        line_of={line.id: line for line in detail.lines},
        view=order_view(detail.order, detail.lines),
        labels=LABELS,
        happened=happened,
        notes={note.id for note in notes},
        actors=names_of(sorted({event.actor for event in detail.events} - {BUYER, SYSTEM})),
        places=[(one.id, one.name) for one in locations_of(merchant_id(), active_only=True)] if detail.unpacked else [],
        cards=cards_of_order(merchant_id(), order_id) if detail.order.cards_minor else [],
        card_states=words.CARD_STATES,
        ledger=statement(escrow_of(detail.order), limit=100)[::-1],
        label_of=words.transfer_label,
        provider_of=words.provider_label,
        reasons=words.REASONS,
        event_labels=words.ORDER_EVENTS,
        payment_states=words.PAYMENT_STATES,
        refund_states=words.OUTWARD_STATES,
        message_kinds=registry().message_kinds,
        list_query=list_query(),
        pay_path=pay_path(detail.order),
        returned=brief_returns(merchant_id(), order_id),
        return_labels=RETURN_LABELS,
        form=form,
        errors=errors or {},
        message=message,
        values=request.form,
    )


def list_query() -> str:
    """The filter of the list that somebody came from, as its address has it; only what the list knows."""
    kept = [(name, argument(name, 100)) for name in FILTERS]
    return urlencode([(name, value) for name, value in kept if value])


@blueprint.get("/orders/<order_id>/<any(newer, older):way>")
@require_member("orders.view")
def order_beside(order_id: str, way: str) -> WerkzeugResponse:
    """The order beside this one in the list that somebody came from."""
    found = neighbour(merchant_id(), filter_of(request.args), order_id, newer=way == "newer")
    if found is None:
        flash_member(_("This is the end of the list."), "info")
    query = list_query()
    return redirect(url_for("console.order", order_id=found or order_id) + (f"?{query}" if query else ""), 303)


def do(order_id: str, form: str, action: Callable[[], object], done: object = None) -> WerkzeugResponse:
    """Do something with an order and say so (in the words that the action gives, where `done` is left away).

    When it is refused, show the order again with what was typed and why.
    """
    try:
        said = action()
    except (Invalid, Refused) as error:
        return order_page(order_id, status=error.status, errors=error.fields, message=words_of(error), form=form)
    flash_member(said if done is None else done)
    return redirect(url_for("console.order", order_id=order_id), 303)


@blueprint.post("/orders/<order_id>/refund")
@require_member("orders.refund")
def refund(order_id: str) -> WerkzeugResponse:
    """Give money back without having been asked."""
    form = Form(request.form, the_shop().currency)
    amount_minor = form.amount("amount", required=True)
    reason = form.text("reason", required=True, most=300)

    def action() -> None:
        returns.refund_order(merchant_id(), order_id, amount_minor=amount_minor or 0, reason=reason, actor=actor_id())

    return do(order_id, "refund", checked(form, action), _("The refund is on its way."))


@blueprint.post("/orders/<order_id>/card")
@require_member("orders.refund")
def refund_card(order_id: str) -> WerkzeugResponse:
    """Give what is left on a gift card that the order sold back to its buyer."""
    form = Form(request.form, the_shop().currency)
    card_id, reason = form.text("card_id", required=True, most=40), form.text("reason", required=True, most=300)

    def action() -> None:
        card_lines.refund_card(merchant_id(), order_id, card_id, reason=reason, actor_id=actor_id())

    return do(order_id, "card", checked(form, action), _("The card has ended, and its money is on its way back."))


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
    return do(order_id, "answer", checked(form, action), done)


@blueprint.post("/orders/<order_id>/cancel")
@require_member("orders.fulfil")
def cancel(order_id: str) -> WerkzeugResponse:
    """Cancel an order; what was paid goes back."""
    form = Form(request.form)
    reason = form.text("reason", required=True, most=300)

    def action() -> None:
        service.cancel_order(merchant_id(), order_id, actor=actor_id(), reason=reason)

    return do(order_id, "cancel", checked(form, action), _("Cancelled. What was paid goes back to the buyer."))


def checked(form: Form, action: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        form.check()
        return action()

    return run


def _require_request_of(detail: OrderDetail, request_id: str) -> None:
    """A request of another order does not exist on this one's page. Raises NotFound."""
    if request_id not in {asked.id for asked in detail.requests}:
        raise NotFound(_("There is no such refund request."))
