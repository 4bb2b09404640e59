"""Money back: buyers ask, merchants answer, and refunds leave from where the order's money stands."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.outbox import emit
from core.base.transactions import transactional
from core.control.limits import Doing, count_against_limits
from core.giftcards.spending import return_to_card
from core.ledger.service import AccountRef
from core.orders.fees import return_fee
from core.orders.models import Order, RefundRequest
from core.orders.moves import BUYER, SYSTEM, authorise, available_of, escrow_of, lock_order, write_event
from core.orders.return_models import GoodsReturn
from core.orders.return_states import OPEN as RETURN_OPEN
from core.orders.states import OrderState, WrongState
from core.parties.roles import require_permission
from core.payments.errors import RefundTooMuch
from core.payments.models import Payment
from core.payments.refunds import create_refund
from core.shops.queries import shop_context
from core.shops.zones import local_day

REFUNDABLE = frozenset(
    {
        OrderState.PAID,
        OrderState.PACKED,
        OrderState.PARTLY_SHIPPED,
        OrderState.SHIPPED,
        OrderState.COMPLETED,
    }
)


def _require_refundable(order: Order, amount_minor: int) -> None:
    if order.state not in REFUNDABLE:
        raise WrongState(_("This order has no money to give back."))
    if amount_minor <= 0:
        raise Invalid(_("The amount must be more than zero."), fields={"amount": _("More than zero, please.")})
    if amount_minor > refundable_of(order):
        raise RefundTooMuch


def refundable_of(order: Order) -> int:
    """What was paid through the platform for goods and has not gone back.

    What the merchant took itself it gives back itself; what was put on gift cards goes back from the cards.
    """
    return order.total_minor - order.outside_minor - order.carded_minor - order.refunded_minor


@transactional
def request_refund(merchant_id: str, order_id: str, *, amount_minor: int, reason: str) -> str:
    """A buyer asks for money back. While the request is open, escrow is not released. Returns the request's id.

    Raises OrderNotFound, WrongState, RefundTooMuch, Invalid; one request can be open at a time.
    """
    order = lock_order(merchant_id, order_id)
    _require_refundable(order, amount_minor)
    if not reason.strip():
        raise Invalid(_("Please say why."), fields={"reason": _("The shop needs to know what is wrong.")})
    if _open_request(order) is not None:
        raise WrongState(_("A refund request is open already; the shop will answer it."))
    request = RefundRequest(
        merchant_id=merchant_id,
        id=new_id("rrq"),
        order_id=order_id,
        amount_minor=amount_minor,
        reason=reason.strip()[:500],
        state="open",
        created_at=clock.now(),
    )
    db.session.add(request)
    order.release_at = None
    write_event(order, "refund_requested", BUYER, {"amount_minor": amount_minor, "reason": request.reason})
    emit("refund_request.opened", {"order_id": order_id, "request_id": request.id}, merchant_id=merchant_id)
    return request.id


def _open_request(order: Order) -> RefundRequest | None:
    return db.session.scalars(
        select(RefundRequest).where(
            RefundRequest.merchant_id == order.merchant_id,
            RefundRequest.order_id == order.id,
            RefundRequest.state == "open",
        )
    ).one_or_none()


def waits_for_answer(order: Order) -> bool:
    """Whether the buyer waits for the merchant: a request or a return is open, so that escrow is not released."""
    if _open_request(order) is not None:
        return True
    returning = select(GoodsReturn.id).where(
        GoodsReturn.merchant_id == order.merchant_id,
        GoodsReturn.order_id == order.id,
        GoodsReturn.state.in_(RETURN_OPEN),
    )
    return db.session.scalar(returning.limit(1)) is not None


def resume_release(order: Order) -> None:
    """The days until escrow is released count again, from when they would have ended, but never in the past.

    Nothing happens while the buyer still waits for something.
    """
    db.session.flush()
    if order.state == OrderState.SHIPPED and order.shipped_at is not None and not waits_for_answer(order):
        days = shop_context(order.merchant_id).auto_release_days
        order.release_at = max(clock.now(), order.shipped_at + timedelta(days=days))


def _locked_request(merchant_id: str, request_id: str) -> tuple[Order, RefundRequest]:
    order_id = db.session.scalar(
        select(RefundRequest.order_id).where(RefundRequest.merchant_id == merchant_id, RefundRequest.id == request_id)
    )
    if order_id is None:
        raise NotFound(_("There is no such refund request."))
    order = lock_order(merchant_id, order_id)
    request = db.session.get(RefundRequest, (merchant_id, request_id), populate_existing=True)
    assert request is not None
    if request.state != "open":
        raise WrongState(_("This request has been answered already."))
    return order, request


@transactional
def withdraw_request(merchant_id: str, request_id: str) -> None:
    """The buyer takes a refund request back. Raises NotFound, WrongState."""
    order, request = _locked_request(merchant_id, request_id)
    request.state = "withdrawn"
    request.answered_at = clock.now()
    resume_release(order)
    write_event(order, "refund_request_withdrawn", BUYER)


def withdraw_open_requests(order: Order) -> None:
    """Close an order's open request because the order is cancelled and everything goes back anyway."""
    db.session.execute(
        update(RefundRequest)
        .where(
            RefundRequest.merchant_id == order.merchant_id,
            RefundRequest.order_id == order.id,
            RefundRequest.state == "open",
        )
        .values(state="withdrawn", answered_at=clock.now())
        .execution_options(synchronize_session=False)
    )


@transactional
def answer_request(merchant_id: str, request_id: str, *, approved_minor: int | None, answer: str, actor: str) -> None:
    """The merchant approves a request (in full or part) or declines it (`approved_minor=None`, with a reason).

    Raises NotFound, NotAllowed, WrongState, RefundTooMuch, NotEnoughMoney, Invalid.
    """
    authorise(merchant_id, actor, "orders.refund")
    order, request = _locked_request(merchant_id, request_id)
    if approved_minor is None and not answer.strip():
        raise Invalid(_("Please say why."), fields={"answer": _("The buyer reads this.")})
    request.state = "declined" if approved_minor is None else "approved"
    request.answer = answer.strip()[:500]
    request.answered_at = clock.now()
    request.answered_by = actor
    resume_release(order)
    if approved_minor is None:
        write_event(order, "refund_declined", actor, {"answer": request.answer})
        emit("refund_request.declined", {"order_id": order.id}, merchant_id=merchant_id)
        return
    refund_order(merchant_id, order.id, amount_minor=approved_minor, reason=request.reason, actor=actor)


@transactional
def refund_order(merchant_id: str, order_id: str, *, amount_minor: int, reason: str, actor: str) -> list[str]:
    """Give an amount of an order back, from its escrow or, once that is released, from the merchant's own money.

    Returns the refunds' ids. Raises OrderNotFound, NotAllowed, WrongState, RefundTooMuch, NotEnoughMoney, LimitReached.
    """
    authorise(merchant_id, actor, "orders.refund")
    order = lock_order(merchant_id, order_id)
    _require_refundable(order, amount_minor)
    if actor not in (BUYER, SYSTEM):
        role = require_permission(actor, merchant_id, "orders.refund")
        today = local_day(shop_context(merchant_id), clock.now())
        count_against_limits(Doing("refund", merchant_id, actor, role, amount_minor, order.currency, today))
    return give_back(order, amount_minor, reason, actor)


def refund_everything(order: Order, *, reason: str, actor: str) -> None:
    """Give back all that is left of a cancelled order's money, from its escrow."""
    left = refundable_of(order)
    if left:
        give_back(order, left, reason, actor)


def give_back(order: Order, amount_minor: int, reason: str, actor: str) -> list[str]:
    """Begin refunds of an amount of a locked order, to where it came from; their ids. In a use case.

    What a gift card paid goes back onto it first, at once; the rest goes back through the payments, the last one first.

    Raises RefundTooMuch, NotEnoughMoney.
    """
    source = available_of(order) if order.state == OrderState.COMPLETED else escrow_of(order)
    onto_card = _onto_card(order, amount_minor, source, reason, actor)
    refund_ids = refund_from_payments(order, amount_minor - onto_card, source, reason, actor)
    order.refunded_minor += amount_minor
    if actor not in (BUYER, SYSTEM):
        record(
            "order.refunded",
            actor_id=actor,
            subject=f"order:{order.id}",
            merchant_id=order.merchant_id,
            details={"amount_minor": amount_minor, "currency": order.currency, "refund_ids": refund_ids},
        )
    write_event(order, "refund_started", actor, {"amount_minor": amount_minor, "reason": reason[:300]})
    return refund_ids


def refund_from_payments(
    order: Order, amount_minor: int, source: AccountRef, reason: str, actor: str, *, gift_card_id: str | None = None
) -> list[str]:
    """Begin refunds through an order's payments, the last one first; their ids. In a use case.

    Raises RefundTooMuch, NotEnoughMoney.
    """
    payments = db.session.execute(
        select(Payment.id, Payment.received_minor - Payment.refunded_minor)
        .where(
            Payment.merchant_id == order.merchant_id,
            Payment.purpose == "order",
            Payment.subject_id == order.id,
            Payment.accepted,
            Payment.received_minor > Payment.refunded_minor,
        )
        .order_by(Payment.captured_at.desc(), Payment.id)
        .with_for_update()
    ).all()
    left, refund_ids = amount_minor, []
    for payment_id, refundable in payments:
        part = min(left, refundable)
        if part:
            refund_ids.append(
                create_refund(
                    order.merchant_id,
                    payment_id,
                    amount_minor=part,
                    source=source,
                    reason=reason,
                    created_by=actor,
                    gift_card_id=gift_card_id,
                )
            )
            left -= part
    if left:
        raise RefundTooMuch
    return refund_ids


def _onto_card(order: Order, amount_minor: int, source: AccountRef, reason: str, actor: str) -> int:
    if not order.gift_card_minor:
        return 0
    part = return_to_card(order.merchant_id, order.id, amount_minor, source, memo=order.code)
    if part:
        return_id = new_id("gfr")
        write_event(order, "returned_to_card", actor, {"amount_minor": part})
        if order.state == OrderState.COMPLETED:
            return_fee(order, return_id, part)
        told = {"order_id": order.id, "return_id": return_id, "amount_minor": part, "reason": reason[:300]}
        emit("gift_card.returned", told, merchant_id=order.merchant_id)
    return part
