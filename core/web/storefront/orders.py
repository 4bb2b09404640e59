"""An order as its buyer sees it, and what the buyer can do with it."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, request
from werkzeug.wrappers import Response

from core.base.crypto import same
from core.base.errors import Invalid, NotFound, TongbaoError
from core.base.i18n import gettext as _
from core.base.money import MoneyError, parse_minor
from core.orders import returns, service, settlement
from core.orders.checkout import payment_choices
from core.orders.moves import BUYER
from core.orders.queries import OrderDetail, order_by_code
from core.orders.states import LABELS
from core.parties.throttle import count_try, forget_tries, throttle_keys
from core.web.platform.views import safe_next
from core.web.sessions import flash, remember_order
from core.web.storefront.mine import my_order
from core.web.storefront.pay import WAITING
from core.web.storefront.schemas import FindOrder, RefundWish, load_form
from core.web.storefront.site import blueprint, show
from core.web.tenancy import current_shop


@blueprint.get("/orders/<code>")
def order(code: str) -> Response:
    """One order: what was bought, where it is, where the money is, what can be done."""
    return _order_page(my_order(code))


def _order_page(
    detail: OrderDetail,
    *,
    status: int = 200,
    problems: dict[str, object] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    payments = payment_choices(current_shop(), detail.order.total_minor) if "pay" in detail.buyer_may else []
    open_payment = next((p for p in reversed(detail.payments) if p.state in WAITING), None)
    return show(
        "order",
        status=status,
        detail=detail,
        order=detail.order,
        may=detail.buyer_may,
        labels=LABELS,
        payments=payments,
        open_payment=open_payment,
        problems=problems or {},
        typed=typed or {},
    )


@blueprint.get("/orders/find")
def order_find() -> Response:
    """Find an order by its code and e-mail address, for guests and for sessions that have ended."""
    target = safe_next(request.args.get("next"), "")
    return show("find_order", next=target, typed={"code": request.args.get("code", "")[:16]}, problems={}, message=None)


@blueprint.post("/orders/find")
def order_find_submit() -> Response:
    """Both must fit; which of them does not is never told. Throttled like a sign-in."""
    shop, target = current_shop(), safe_next(request.form.get("next"), "")
    typed = {name: request.form.get(name, "")[:254] for name in ("code", "email")}
    try:
        wanted = load_form(FindOrder, request.form)
        code, email = wanted["code"].upper().replace(" ", ""), wanted["email"].lower()
        keys = throttle_keys(f"order:{shop.merchant_id}", code, request.remote_addr or "")
        count_try(keys)
        found = order_by_code(shop.merchant_id, code)
        if found is None or not same(found.order.email.lower(), email):
            raise NotFound(_("No order has this code and this e-mail address. Look at both once more."))
        order_id, order_code = found.order.id, found.order.code
        forget_tries(keys)
    except TongbaoError as refusal:
        problems = dict(refusal.fields)
        status = 422 if isinstance(refusal, NotFound) else refusal.status
        return show("find_order", status=status, next=target, typed=typed, problems=problems, message=refusal.message)
    remember_order(order_id)
    return redirect(target or f"/orders/{order_code}", 303)


def _act(code: str, action: Callable[[str, str], object], done: str) -> Response:
    detail = my_order(code)
    order_id, order_code = detail.order.id, detail.order.code
    try:
        action(current_shop().merchant_id, order_id)
        flash(done)
    except TongbaoError as refusal:
        flash(refusal.message, "danger")
    return redirect(f"/orders/{order_code}", 303)


@blueprint.post("/orders/<code>/cancel")
def order_cancel(code: str) -> Response:
    """Cancel before it is packed; what was paid goes back in full."""
    return _act(
        code,
        lambda merchant_id, order_id: service.cancel_order(merchant_id, order_id, actor=BUYER),
        _("The order is cancelled. What you paid is on its way back to you."),
    )


@blueprint.post("/orders/<code>/confirm")
def order_confirm(code: str) -> Response:
    """The goods have arrived: the money goes to the shop."""
    return _act(
        code,
        lambda merchant_id, order_id: settlement.confirm_receipt(merchant_id, order_id, actor=BUYER),
        _("Thank you for telling. The shop gets its money now."),
    )


@blueprint.post("/orders/<code>/refund")
def order_refund(code: str) -> Response:
    """Ask for money back; the shop answers."""
    detail = my_order(code)
    order_id, order_code, currency = detail.order.id, detail.order.code, detail.order.currency
    typed = {name: request.form.get(name, "")[:500] for name in ("amount", "reason")}
    try:
        wanted = load_form(RefundWish, request.form)
        amount_minor = _amount(wanted["amount"], currency)
        returns.request_refund(current_shop().merchant_id, order_id, amount_minor=amount_minor, reason=wanted["reason"])
    except TongbaoError as refusal:
        problems = dict(refusal.fields) or {"amount": refusal.message}
        return _order_page(my_order(code), status=refusal.status, problems=problems, typed=typed)
    flash(_("The shop has been asked and will answer here. Until then the money stays where it is."))
    return redirect(f"/orders/{order_code}", 303)


def _amount(text: str, currency: str) -> int:
    try:
        return parse_minor(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text, currency)
    except MoneyError:
        words = _("Write an amount like 12.50.")
        raise Invalid(words, fields={"amount": words}) from None


@blueprint.post("/orders/<code>/refund/withdraw")
def order_refund_withdraw(code: str) -> Response:
    """Take the request back."""
    detail = my_order(code)
    open_request, order_code = detail.open_request, detail.order.code
    if open_request is None:
        flash(_("There is no open request any more."), "info")
        return redirect(f"/orders/{order_code}", 303)
    request_id = open_request.id
    try:
        returns.withdraw_request(current_shop().merchant_id, request_id)
        flash(_("The request is withdrawn."))
    except TongbaoError as refusal:
        flash(refusal.message, "danger")
    return redirect(f"/orders/{order_code}", 303)
