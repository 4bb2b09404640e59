"""Orders of somebody: handed out as they are; after an erasure they stay for the books, without name and address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update

from core.base.database import db
from core.base.errors import Refused
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.contract.contributions import DataSubject, Kept, PersonalData
from core.giftcards.models import GiftCard
from core.orders.models import Cart, CartLine, DraftOrder, Order, OrderLine, RefundRequest, StaffNote
from core.orders.return_models import GoodsReturn, ReturnPicture
from core.orders.return_states import OPEN as RETURN_OPEN
from core.orders.terms import index_order
from core.parties.models import Customer
from core.parties.personal import erased_address

_ON_THE_WAY = ("pending", "paid", "packed", "partly_shipped", "shipped")
ORDERS_MAX = 20_000


def _mine(subject: DataSubject) -> tuple[Any, ...]:
    return (Order.merchant_id == subject.merchant_id, Order.customer_id == subject.id)


def _collect(subject: DataSubject) -> Any:
    if subject.kind != "customer":
        return None
    orders = db.session.scalars(select(Order).where(*_mine(subject)).order_by(Order.placed_at).limit(ORDERS_MAX)).all()
    lines: dict[str, list[dict[str, Any]]] = {}
    for line in db.session.scalars(
        select(OrderLine)
        .join(Order, (Order.merchant_id == OrderLine.merchant_id) & (Order.id == OrderLine.order_id))
        .where(*_mine(subject))
    ):
        lines.setdefault(line.order_id, []).append(
            {
                "name": line.name,
                "choice": line.variant_label,
                "quantity": line.quantity,
                "total_minor": line.total_minor,
                **({"gift": line.gift} if line.gift else {}),
            }
        )
    notes: dict[str, list[str]] = {}
    for note in db.session.scalars(
        select(StaffNote)
        .join(Order, (Order.merchant_id == StaffNote.merchant_id) & (Order.id == StaffNote.order_id))
        .where(*_mine(subject))
        .order_by(StaffNote.created_at)
    ):
        notes.setdefault(note.order_id, []).append(note.text)
    returned: dict[str, list[dict[str, Any]]] = {}
    for one in db.session.scalars(
        select(GoodsReturn)
        .join(Order, (Order.merchant_id == GoodsReturn.merchant_id) & (Order.id == GoodsReturn.order_id))
        .where(*_mine(subject))
        .order_by(GoodsReturn.id)
    ):
        returned.setdefault(one.order_id, []).append(
            {
                "state": one.state,
                "reason": one.reason,
                "text": one.text,
                "answer": one.answer,
                "sent": one.sent,
                "refunded_minor": one.refunded_minor,
                "created_at": one.created_at,
            }
        )
    return [
        {
            "code": order.code,
            "state": order.state,
            "email": order.email,
            "address": order.address,
            "note": order.note,
            "currency": order.currency,
            "total_minor": order.total_minor,
            "refunded_minor": order.refunded_minor,
            "placed_at": order.placed_at,
            "completed_at": order.completed_at,
            "lines": lines.get(order.id, []),
            "returns": returned.get(order.id, []),
            "tags": order.tags,
            "notes_of_the_shop": notes.get(order.id, []),
        }
        for order in orders
    ]


@transactional
def _erase(subject: DataSubject) -> None:
    if subject.kind != "customer":
        return
    under_way = db.session.scalar(
        select(Order.code).where(*_mine(subject), Order.state.in_(_ON_THE_WAY)).order_by(Order.placed_at).limit(1)
    )
    if under_way is not None:
        raise Refused(_l("Order %(code)s is not finished yet. Wait until it is, or cancel it.", code=under_way))
    coming_back = db.session.scalar(
        select(Order.code)
        .join(GoodsReturn, (GoodsReturn.merchant_id == Order.merchant_id) & (GoodsReturn.order_id == Order.id))
        .where(*_mine(subject), GoodsReturn.state.in_([str(state) for state in RETURN_OPEN]))
        .limit(1)
    )
    if coming_back is not None:
        raise Refused(
            _l("Goods of order %(code)s are on their way back. Wait until that is settled.", code=coming_back)
        )
    ids = select(Order.id).where(*_mine(subject)).scalar_subquery()
    _erase_returns_and_drafts(subject, ids)
    carts = select(Order.cart_id).where(*_mine(subject)).scalar_subquery()
    db.session.execute(
        update(RefundRequest)
        .where(RefundRequest.merchant_id == subject.merchant_id, RefundRequest.order_id.in_(ids))
        .values(reason="—", answer="")
    )
    db.session.execute(
        update(StaffNote)
        .where(StaffNote.merchant_id == subject.merchant_id, StaffNote.order_id.in_(ids))
        .values(text="—")
    )
    db.session.execute(delete(CartLine).where(CartLine.merchant_id == subject.merchant_id, CartLine.cart_id.in_(carts)))
    db.session.execute(
        update(Cart).where(Cart.merchant_id == subject.merchant_id, Cart.id.in_(carts)).values(extras={})
    )
    _erase_presents(subject, ids)
    country = {}
    for order in db.session.scalars(select(Order).where(*_mine(subject))):
        # The country stays: taxes were computed from it.
        country = {"country": (order.address or {}).get("country", "")}
        order.address = {"name": "—", "phone": "", "region": "", "city": "", "line1": "—", **country}
        order.email, order.note, order.extras = erased_address(subject.id), "", {}
    db.session.flush()
    for order_id in db.session.scalars(select(Order.id).where(*_mine(subject))).all():
        index_order(str(subject.merchant_id), order_id)


def _erase_presents(subject: DataSubject, ids: Any) -> None:
    """Whom gift cards were for, and what was written to them; the cards stay their holders' money."""
    db.session.execute(
        update(OrderLine)
        .where(OrderLine.merchant_id == subject.merchant_id, OrderLine.order_id.in_(ids))
        .values(gift={})
    )
    db.session.execute(
        update(GiftCard)
        .where(GiftCard.merchant_id == subject.merchant_id, GiftCard.order_id.in_(ids))
        .values(recipient="", sender="", message="")
    )


def _erase_returns_and_drafts(subject: DataSubject, ids: Any) -> None:
    """What was written and shown about goods that came back, and what staff prepared, goes."""
    mine = (GoodsReturn.merchant_id == subject.merchant_id, GoodsReturn.order_id.in_(ids))
    pictures = select(GoodsReturn.id).where(*mine).scalar_subquery()
    db.session.execute(
        delete(ReturnPicture).where(
            ReturnPicture.merchant_id == subject.merchant_id, ReturnPicture.return_id.in_(pictures)
        )
    )
    db.session.execute(update(GoodsReturn).where(*mine).values(text="—", answer="", sent={}))
    email = db.session.scalar(
        select(Customer.email).where(Customer.merchant_id == subject.merchant_id, Customer.id == subject.id)
    )
    db.session.execute(
        delete(DraftOrder).where(
            DraftOrder.merchant_id == subject.merchant_id,
            DraftOrder.order_id.in_(ids) | (DraftOrder.content["email"].as_string() == (email or "")),
        )
    )


def _kept(subject: DataSubject) -> Sequence[Kept]:
    if subject.kind != "customer":
        return ()
    count = db.session.scalar(select(func.count()).select_from(Order).where(*_mine(subject)))
    if not count:
        return ()
    return (
        Kept(
            _l("What was bought, when and for how much, and the country it went to"),
            _l("The shop has to keep its books for the years that the law says. Your name and address go."),
            count,
        ),
    )


PERSONAL_DATA = PersonalData("orders", _l("Orders"), _collect, _erase, _kept, frozenset({"customer"}))
