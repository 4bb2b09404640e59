"""What is written to a merchant about its orders and withdrawals, to the addresses that it chose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from core.base.database import db
from core.base.i18n import gettext as _
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.contract.contributions import Letter, Letterhead, MessageKind
from core.contract.providers import PayoutState
from core.messages.amounts import amount
from core.messages.service import send
from core.orders.models import Order, RefundRequest
from core.payments.models import BankAccount, Payout
from core.shops.letterhead import letterhead
from core.shops.queries import shop_context
from core.shops.trading import addresses_for

TOPICS = ("order.paid", "refund_request.opened", "payout.ended")


def on_event(topic: str, payload: Mapping[str, Any]) -> None:
    """Write to the merchant about what happened (subscription); safe to call again."""
    merchant_id = str(payload["merchant_id"])
    if topic == "order.paid":
        write_paid(merchant_id, payload["order_id"])
    elif topic == "refund_request.opened":
        write_requested(merchant_id, payload["request_id"])
    elif payload.get("state") == PayoutState.FAILED:
        write_failed(merchant_id, payload["payout_id"])


@transactional
def write_paid(merchant_id: str, order_id: str) -> None:
    """An order is paid: it can be packed."""
    order = db.session.get(Order, (merchant_id, order_id))
    if order is not None:
        values = {"code": order.code, "amount_minor": order.total_minor, "currency": order.currency}
        _write("order_paid", merchant_id, values, f"/console/orders/{order_id}", order_id)


@transactional
def write_requested(merchant_id: str, request_id: str) -> None:
    """A buyer asks for money back: it wants an answer."""
    row = db.session.execute(
        select(Order.id, Order.code, Order.currency, RefundRequest.amount_minor, RefundRequest.reason)
        .join(Order, (Order.merchant_id == RefundRequest.merchant_id) & (Order.id == RefundRequest.order_id))
        .where(RefundRequest.merchant_id == merchant_id, RefundRequest.id == request_id)
    ).one_or_none()
    if row is not None:
        values = {
            "code": row.code,
            "amount_minor": row.amount_minor,
            "currency": row.currency,
            "reason": row.reason,
        }
        _write("refund_requested", merchant_id, values, f"/console/orders/{row.id}", request_id)


@transactional
def write_failed(merchant_id: str, payout_id: str) -> None:
    """A withdrawal has failed: the money is in the balance again."""
    row = db.session.execute(
        select(Payout.amount_minor, Payout.currency, Payout.message, BankAccount.masked)
        .join(
            BankAccount,
            (BankAccount.merchant_id == Payout.merchant_id) & (BankAccount.id == Payout.bank_account_id),
        )
        .where(Payout.merchant_id == merchant_id, Payout.id == payout_id)
    ).one_or_none()
    if row is not None:
        values = {
            "amount_minor": row.amount_minor,
            "currency": row.currency,
            "reason": row.message,
            "account": row.masked,
        }
        _write("payout_failed", merchant_id, values, "/console/money/payouts", payout_id)


def _write(notice: str, merchant_id: str, values: Mapping[str, Any], path: str, about: str) -> None:
    shop = shop_context(merchant_id)
    told = {**values, "url": f"{letterhead(None).url}{path}"}
    for address in addresses_for(shop.options, notice):
        key = f"notices.{notice}:{about}:{address}"
        send(f"notices.{notice}", to=address, locale=shop.locale, values=told, merchant_id=merchant_id, key=key)


def _paid(values: Mapping[str, Any], head: Letterhead) -> Letter:
    came = amount(values["amount_minor"], values["currency"])
    return Letter(
        subject=_("New order %(code)s, %(amount)s", code=values["code"], amount=came),
        lines=(_("An order has been paid and can be packed."),),
        facts=((_("Order"), values["code"]), (_("Total"), came)),
        action=(_("Open the order"), values["url"]),
    )


def _requested(values: Mapping[str, Any], head: Letterhead) -> Letter:
    wanted = amount(values["amount_minor"], values["currency"])
    return Letter(
        subject=_("Order %(code)s: the buyer asks for %(amount)s back", code=values["code"], amount=wanted),
        lines=(_("Until you answer, the money of this order stays in escrow."),),
        facts=((_("Order"), values["code"]), (_("Amount"), wanted), (_("Reason"), values["reason"])),
        action=(_("Answer the buyer"), values["url"]),
    )


def _failed(values: Mapping[str, Any], head: Letterhead) -> Letter:
    sent = amount(values["amount_minor"], values["currency"])
    facts = [(_("To"), values["account"]), (_("Amount"), sent)]
    facts += [(_("Reason"), values["reason"])] if values["reason"] else []
    return Letter(
        subject=_("%(name)s: a withdrawal of %(amount)s has failed", name=head.name, amount=sent),
        lines=(_("The money is in your balance again, nothing is lost."),),
        facts=tuple(facts),
        action=(_("See what to do"), values["url"]),
    )


KINDS = (
    MessageKind("notices.order_paid", _l("To you: an order is paid"), _paid),
    MessageKind("notices.refund_requested", _l("To you: a buyer asks for money back"), _requested),
    MessageKind("notices.payout_failed", _l("To you: a withdrawal failed"), _failed),
)
