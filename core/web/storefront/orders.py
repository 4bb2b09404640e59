"""An order as its buyer sees it, and what the buyer can do with it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from flask import Response as FileResponse
from flask import redirect, request
from werkzeug.wrappers import Response

from core.base import clock
from core.base.crypto import same
from core.base.errors import Invalid, NotFound, TongbaoError
from core.base.i18n import gettext as _
from core.base.money import MoneyError, parse_minor
from core.base.transactions import end_read
from core.documents.drawing.invoice import invoice_pdf
from core.documents.queries import file_name, paper_of_order, papers_of_order
from core.orders import returns, service, settlement
from core.orders.checkout import payment_choices
from core.orders.letters import open_key
from core.orders.moves import BUYER
from core.orders.queries import OrderDetail, order_by_code
from core.orders.return_queries import returnable
from core.parties.throttle import count_try, forget_tries, throttle_keys
from core.web.formats import money
from core.web.platform.views import safe_next
from core.web.sessions import flash, remember_order
from core.web.storefront.goods_returns import returns_shown
from core.web.storefront.mine import my_order
from core.web.storefront.pay import WAITING
from core.web.storefront.schemas import FindOrder, RefundWish, load_form
from core.web.storefront.shown import Shown, order_shown, payment_cards
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
    may = detail.buyer_may
    payments = payment_choices(current_shop(), detail.order.total_minor) if "pay" in may else []
    waiting = [payment for payment in detail.payments if payment.state in WAITING and payment.expires_at > clock.now()]
    return show(
        "order",
        status=status,
        order=order_shown(detail) | {"actions": _actions(detail.order.code, may)},
        may=may,
        pay_url=f"/pay/{waiting[-1].id}" if waiting and "pay" in may else None,
        payments=payment_cards(payments),
        request_text=_request_text(detail),
        goods_returns=returns_shown(detail),
        may_return=bool(returnable(detail.order, detail.lines, by_buyer=True)),
        papers=_papers(detail),
        problems=problems or {},
        typed=typed or {},
    )


def _papers(detail: OrderDetail) -> list[Shown]:
    order = detail.order
    return [
        {
            "label": _("Credit note %(number)s", number=row.code)
            if row.series == "credit_note"
            else _("Invoice %(number)s", number=row.code),
            "url": f"/orders/{order.code}/invoice"
            + (f"?number={quote(row.code)}" if row.series == "credit_note" else ""),
        }
        for row in papers_of_order(order.merchant_id, order.id)
    ]


def _actions(code: str, may: frozenset[str]) -> list[Shown]:
    """The buttons of an order; what needs words of the buyer has a form of its own."""
    known: list[tuple[str, str, str, str | None, str]] = [
        ("confirm", _("I have the goods"), "good", _("Is everything here? The shop gets its money then."), "confirm"),
        ("withdraw_request", _("Withdraw the request for money back"), "", None, "refund/withdraw"),
        ("cancel", _("Cancel the order"), "bad", _("Cancel this order?"), "cancel"),
    ]
    return [
        {"name": name, "label": label, "tone": tone, "confirm": confirm, "url": f"/orders/{code}/{path}"}
        for name, label, tone, confirm, path in known
        if name in may
    ]


def _request_text(detail: OrderDetail) -> str | None:
    wish = detail.open_request
    if wish is None:
        return None
    asked = money(wish.amount_minor, detail.order.currency)
    return _("You asked for %(amount)s back. The shop will answer here.", amount=asked)


@blueprint.get("/orders/<code>/open/<key>")
def order_open(code: str, key: str) -> Response:
    """The link of an order that the shop sent: whoever has it sees the order, and may pay it."""
    found = order_by_code(current_shop().merchant_id, code)
    if found is None or not same(open_key(found.order), key):
        raise NotFound(_("There is no such order here. If it is yours, find it by its code and your e-mail address."))
    order_id, order_code = found.order.id, found.order.code
    remember_order(order_id)
    return redirect(f"/orders/{order_code}", 303)


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


@blueprint.get("/orders/<code>/invoice")
def order_invoice(code: str) -> Response:
    """The order's invoice as PDF; `number` asks for a credit note. Whoever is not known here proves the order first."""
    number = request.args.get("number", "")[:40]
    try:
        detail = my_order(code)
    except NotFound:
        target = quote(f"/orders/{code[:16]}/invoice", safe="")
        return redirect(f"/orders/find?code={quote(code[:16])}&next={target}", 303)
    order = detail.order
    found = paper_of_order(order.merchant_id, order.id, number)
    if found is None:
        flash(_("The invoice is issued when the order is paid, a moment later. Please look again then."), "info")
        return redirect(f"/orders/{order.code}", 303)
    end_read()
    response = FileResponse(invoice_pdf(found), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{file_name(found.code)}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


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
