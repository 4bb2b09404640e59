"""The pay page: how to pay, whether it has arrived, and another way if it did not work."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response as FlaskResponse
from flask import jsonify, redirect, request
from werkzeug.wrappers import Response

from core.base import clock
from core.base.errors import TongbaoError
from core.base.i18n import gettext as _
from core.contract.providers import PaymentState
from core.orders.checkout import payment_choices
from core.orders.models import Order
from core.orders.service import pay_again
from core.orders.states import OrderState
from core.payments.models import Payment
from core.payments.service import AskedPayment, check_payment, present, start_asked, start_payment
from core.web.formats import datetime_text, money
from core.web.sessions import flash
from core.web.storefront.mine import is_mine, my_order, payment_with_order
from core.web.storefront.schemas import ChosenPayment, load_form
from core.web.storefront.shown import order_row, payment_cards
from core.web.storefront.site import blueprint, show
from core.web.tenancy import current_shop, the_config

WAITING = frozenset({PaymentState.CREATED, PaymentState.REQUIRES_ACTION, PaymentState.UNKNOWN})


def notice_base(plugin_id: str) -> str:
    """Where the outside tells a plugin about payments: on the platform's own host, whichever shop it is about."""
    _name, colon, port = request.host.partition(":")
    return f"{request.scheme}://{the_config().platform_host}{colon}{port}/hooks/{plugin_id}"


def begin_payment(payment_id: str, provider_id: str, asked: AskedPayment | None = None) -> None:
    """Ask the provider for the payment; what goes wrong is shown on the pay page, where it can be tried again.

    `asked` is the payment where this very request has asked for it.
    """
    urls = {
        "return_url": f"{request.host_url}pay/{payment_id}",
        "notify_url": notice_base(provider_id.partition(".")[0]),
    }
    try:
        if asked is not None:
            start_asked(current_shop(), asked, **urls)
        else:
            start_payment(current_shop(), payment_id, **urls)
    except TongbaoError as refusal:
        flash(refusal.message, "warning")


def _mine_or_lookup(payment_id: str) -> tuple[Payment, Order] | Response:
    """The payment when it is this visitor's; else the way to prove it (the session may have ended meanwhile)."""
    payment, order = payment_with_order(payment_id)
    if is_mine(order):
        return payment, order
    flash(
        _(
            "Your session has ended, but your order is safe and nothing is lost. "
            "Enter its code and your e-mail address to go on paying."
        ),
        "info",
    )
    return redirect("/orders/find?next=" + quote(f"/pay/{payment_id}", safe="/"), 303)


@blueprint.get("/pay/<payment_id>")
def pay(payment_id: str) -> Response:
    """What to do to pay, until when, and where it stands."""
    found = _mine_or_lookup(payment_id)
    if isinstance(found, Response):
        return found
    payment, order = found
    shop = current_shop()
    if payment.state == PaymentState.CAPTURED or order.state != OrderState.PENDING:
        return redirect(f"/orders/{order.code}", 303)
    waiting = payment.state in WAITING and payment.expires_at > clock.now()
    shown = None
    if waiting and payment.state == PaymentState.REQUIRES_ACTION:
        try:
            shown = present(shop, payment)
        except TongbaoError as refusal:
            flash(refusal.message, "warning")
    others = [
        c
        for c in payment_choices(shop, payment.amount_minor)
        if waiting is False or c.provider_id != payment.provider_id
    ]
    return show(
        "pay",
        payment={
            "id": payment.id,
            "state": payment.state,
            "amount_text": money(payment.amount_minor, payment.currency),
            "expires_text": datetime_text(payment.expires_at),
        },
        order=order_row(order),
        presented=shown,
        waiting=waiting,
        message=_state_message(payment, waiting=waiting),
        others=payment_cards(others),
    )


def _state_message(payment: Payment, *, waiting: bool) -> str | None:
    if payment.state == PaymentState.UNKNOWN:
        return _("We do not know yet whether the payment worked. We keep asking; do not pay twice.")
    if payment.state == PaymentState.CREATED and waiting:
        return _("The payment could not be opened yet. Press the button to try again.")
    if not waiting:
        return _("This payment came to nothing or its time is over. Nothing was charged; choose how to go on.")
    return None


@blueprint.get("/pay/<payment_id>/state")
def pay_state(payment_id: str) -> FlaskResponse:
    """Where a payment stands, for a page that waits: `{"state": "requires_action"}`."""
    payment, order = payment_with_order(payment_id)
    state = payment.state if is_mine(order) else "unknown"
    return jsonify({"state": str(state), "order": str(order.state) if is_mine(order) else ""})


@blueprint.post("/pay/<payment_id>/check")
def pay_check(payment_id: str) -> Response:
    """ "I have paid": ask the provider now (or start it, where that did not work before)."""
    found = _mine_or_lookup(payment_id)
    if isinstance(found, Response):
        return found
    payment, order = found
    code, pending = order.code, order.state == OrderState.PENDING
    if payment.state == PaymentState.CREATED and pending:
        begin_payment(payment_id, payment.provider_id)
        return redirect(f"/pay/{payment_id}", 303)
    try:
        payment = check_payment(current_shop(), payment_id)
    except TongbaoError as refusal:
        flash(refusal.message, "warning")
        return redirect(f"/pay/{payment_id}", 303)
    if payment.state == PaymentState.CAPTURED:
        flash(_("Thank you. Your payment has arrived."))
        return redirect(f"/orders/{code}", 303)
    if payment.state == PaymentState.UNKNOWN:
        flash(_("We do not know yet whether the payment worked. We keep asking; do not pay twice."), "warning")
    elif payment.state in WAITING:
        flash(_("The payment has not arrived yet. It can take a minute after you have paid."), "info")
    return redirect(f"/pay/{payment_id}", 303)


@blueprint.post("/orders/<code>/pay")
def order_pay(code: str) -> Response:
    """Pay an order that still awaits payment in another way."""
    detail = my_order(code)
    order_id = detail.order.id
    try:
        chosen = load_form(ChosenPayment, request.form)
        payment_id = pay_again(current_shop(), order_id, chosen["payment"])
    except TongbaoError as refusal:
        flash(refusal.message, "danger")
        return redirect(f"/orders/{detail.order.code}", 303)
    begin_payment(payment_id, chosen["payment"])
    return redirect(f"/pay/{payment_id}", 303)
