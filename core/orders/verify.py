"""What must be true of orders and payments in a live database; each finding is a sentence that names the record."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Select, and_, case, func, literal, select

from core.base.database import db
from core.catalog.models import GIFT_CARD, GOODS
from core.contract.providers import PayoutState, RefundState
from core.giftcards.models import GiftCard, GiftCardUse
from core.inventory.models import Reservation
from core.ledger.models import LedgerAccount, LedgerBalance, LedgerEntry, LedgerHold, LedgerTransfer
from core.orders.models import Order, OrderCharge, OrderLine, Shipment, ShipmentLine
from core.orders.states import OrderState
from core.payments.models import Payment, Payout, Refund

_HOLDING = (OrderState.PAID, OrderState.PACKED, OrderState.PARTLY_SHIPPED, OrderState.SHIPPED)


def verify_order_totals() -> Iterator[str]:
    """The lines and charges of each order add up to its total."""
    lines = (
        select(
            OrderLine.merchant_id,
            OrderLine.order_id,
            func.sum(OrderLine.quantity * OrderLine.unit_price_minor).label("gross"),
        )
        .group_by(OrderLine.merchant_id, OrderLine.order_id)
        .subquery()
    )
    charges = (
        select(OrderCharge.merchant_id, OrderCharge.order_id, func.sum(OrderCharge.amount_minor).label("charged"))
        .group_by(OrderCharge.merchant_id, OrderCharge.order_id)
        .subquery()
    )
    shown = func.coalesce(lines.c.gross, 0) + func.coalesce(charges.c.charged, 0)
    for code, order_id, total, added in db.session.execute(
        select(Order.code, Order.id, Order.total_minor, shown)
        .outerjoin(lines, and_(lines.c.merchant_id == Order.merchant_id, lines.c.order_id == Order.id))
        .outerjoin(charges, and_(charges.c.merchant_id == Order.merchant_id, charges.c.order_id == Order.id))
        .where(shown != Order.total_minor)
    ):
        yield f"order {code} ({order_id}): its lines add up to {added}, but its total is {total}"


def verify_escrow() -> Iterator[str]:
    """Each order's escrow equals its state: all that was paid and not given back, or only what is on its way back."""
    paid_back = (
        select(
            Payment.merchant_id,
            Payment.subject_id,
            func.sum(case((Refund.state == RefundState.SUCCEEDED, Refund.amount_minor), else_=0)).label("amount"),
        )
        .join(Refund, and_(Refund.merchant_id == Payment.merchant_id, Refund.payment_id == Payment.id))
        .where(Payment.purpose == "order", Payment.accepted)
        .group_by(Payment.merchant_id, Payment.subject_id)
        .subquery()
    )
    escrow = (
        select(
            LedgerAccount.owner.label("merchant_id"),
            LedgerAccount.subject.label("order_id"),
            func.sum(LedgerBalance.balance_minor).label("balance"),
            func.sum(LedgerBalance.held_minor).label("held"),
        )
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(LedgerAccount.kind == "order_escrow")
        .group_by(LedgerAccount.owner, LedgerAccount.subject)
        .subquery()
    )
    cards = (
        select(GiftCardUse.merchant_id, GiftCardUse.order_id, GiftCardUse.returned_minor)
        .where(GiftCardUse.state == "spent")
        .subquery()
    )
    balance, held = func.coalesce(escrow.c.balance, 0), func.coalesce(escrow.c.held, 0)
    given_back = func.coalesce(paid_back.c.amount, 0) + func.coalesce(cards.c.returned_minor, 0)
    carded = case((Order.outside_minor == 0, Order.cards_minor - Order.cards_back_minor), else_=0)
    expected = case(
        (Order.state.in_(_HOLDING), Order.total_minor - Order.outside_minor - carded - given_back),
        (Order.state == OrderState.PENDING, literal(0)),
        else_=held,
    )
    for code, order_id, state, found, wanted in db.session.execute(
        select(Order.code, Order.id, Order.state, balance, expected)
        .outerjoin(escrow, and_(escrow.c.merchant_id == Order.merchant_id, escrow.c.order_id == Order.id))
        .outerjoin(paid_back, and_(paid_back.c.merchant_id == Order.merchant_id, paid_back.c.subject_id == Order.id))
        .outerjoin(cards, and_(cards.c.merchant_id == Order.merchant_id, cards.c.order_id == Order.id))
        .where(balance != expected)
    ):
        yield f"order {code} ({order_id}): is {state}, so its escrow should be {wanted}, but it is {found}"


def verify_sold_cards() -> Iterator[str]:
    """Orders that were paid have made the cards that they sold, those that were not have made none."""
    made = (
        select(
            GiftCard.merchant_id,
            GiftCard.order_id,
            func.sum(GiftCard.initial_minor).label("amount"),
            func.sum(GiftCard.returned_minor).label("back"),
        )
        .where(GiftCard.order_id.is_not(None))
        .group_by(GiftCard.merchant_id, GiftCard.order_id)
        .subquery()
    )
    found, back = func.coalesce(made.c.amount, 0), func.coalesce(made.c.back, 0)
    wanted = case((Order.paid_at.is_not(None), Order.cards_minor), else_=0)
    for code, order_id, needed, there, said, gone in db.session.execute(
        select(Order.code, Order.id, wanted, found, Order.cards_back_minor, back)
        .outerjoin(made, and_(made.c.merchant_id == Order.merchant_id, made.c.order_id == Order.id))
        .where((Order.cards_minor > 0) | made.c.order_id.is_not(None))
        .where((wanted != found) | (Order.cards_back_minor != back))
    ):
        if needed != there:
            yield f"order {code} ({order_id}): sold gift cards of {needed}, but cards of {there} were made"
        if said != gone:
            yield f"order {code} ({order_id}): {said} was taken back from its gift cards, but the cards say {gone}"
    lines = (
        select(OrderLine.merchant_id, OrderLine.order_id, func.sum(OrderLine.total_minor).label("amount"))
        .where(OrderLine.kind == GIFT_CARD)
        .group_by(OrderLine.merchant_id, OrderLine.order_id)
        .subquery()
    )
    sold = func.coalesce(lines.c.amount, 0)
    for code, order_id, said, there in db.session.execute(
        select(Order.code, Order.id, Order.cards_minor, sold)
        .outerjoin(lines, and_(lines.c.merchant_id == Order.merchant_id, lines.c.order_id == Order.id))
        .where(Order.cards_minor != sold)
    ):
        yield f"order {code} ({order_id}): says that {said} is put on gift cards, but its lines come to {there}"


def verify_parcels() -> Iterator[str]:
    """What lines say has been shipped lies in parcels that have left; what is left of open orders is reserved."""
    lying = (
        select(
            ShipmentLine.merchant_id,
            ShipmentLine.order_line_id,
            func.sum(ShipmentLine.quantity).label("pieces"),
        )
        .join(
            Shipment,
            and_(Shipment.merchant_id == ShipmentLine.merchant_id, Shipment.id == ShipmentLine.shipment_id),
        )
        .where(Shipment.state == "shipped")
        .group_by(ShipmentLine.merchant_id, ShipmentLine.order_line_id)
        .subquery()
    )
    pieces = func.coalesce(lying.c.pieces, 0)
    for line_id, order_id, said, found in db.session.execute(
        select(OrderLine.id, OrderLine.order_id, OrderLine.shipped_quantity, pieces)
        .outerjoin(lying, and_(lying.c.merchant_id == OrderLine.merchant_id, lying.c.order_line_id == OrderLine.id))
        .where(OrderLine.shipped_quantity != pieces)
    ):
        yield f"line {line_id} of order {order_id}: {said} are said to be shipped, but its parcels hold {found}"
    promised = (
        select(Reservation.merchant_id, Reservation.order_id, func.sum(Reservation.quantity).label("pieces"))
        .where(Reservation.state == "open")
        .group_by(Reservation.merchant_id, Reservation.order_id)
        .subquery()
    )
    left = (
        select(
            OrderLine.merchant_id,
            OrderLine.order_id,
            func.sum(OrderLine.quantity - OrderLine.shipped_quantity - OrderLine.cancelled_quantity).label("pieces"),
        )
        .where(OrderLine.kind == GOODS)
        .group_by(OrderLine.merchant_id, OrderLine.order_id)
        .subquery()
    )
    reserved, wanted = func.coalesce(promised.c.pieces, 0), func.coalesce(left.c.pieces, 0)
    for code, order_id, found, needed in db.session.execute(
        select(Order.code, Order.id, reserved, wanted)
        .outerjoin(left, and_(left.c.merchant_id == Order.merchant_id, left.c.order_id == Order.id))
        .outerjoin(promised, and_(promised.c.merchant_id == Order.merchant_id, promised.c.order_id == Order.id))
        .where(Order.state.in_((OrderState.PENDING, *_HOLDING)), reserved != wanted)
    ):
        yield f"order {code} ({order_id}): {needed} pieces are still to be shipped, but {found} are reserved for it"


def verify_payments() -> Iterator[str]:
    """Each outside payment, refund and payout that moved money meets exactly one transfer of its amount."""
    yield from _meets_one_transfer(
        "payment",
        select(Payment.id.label("id"), (-Payment.received_minor).label("amount")).where(Payment.received_minor > 0),
        ("payment_captured", "payment_unallocated"),
    )
    yield from _meets_one_transfer(
        "refund",
        select(Refund.id.label("id"), Refund.amount_minor.label("amount")).where(Refund.state == RefundState.SUCCEEDED),
        ("refund_paid",),
    )
    yield from _meets_one_transfer(
        "payout",
        select(Payout.id.label("id"), Payout.amount_minor.label("amount")).where(Payout.state == PayoutState.SUCCEEDED),
        ("payout_paid",),
    )
    yield from _refunds_within_payments()
    yield from _holds_meet_what_is_under_way()


def _meets_one_transfer(what: str, rows: Select[str, int], kinds: tuple[str, ...]) -> Iterator[str]:
    outside = rows.subquery()
    inside = (
        select(
            LedgerTransfer.reference.label("id"),
            func.count(func.distinct(LedgerTransfer.id)).label("transfers"),
            func.sum(LedgerEntry.amount_minor).label("amount"),
        )
        .join(LedgerEntry, LedgerEntry.transfer_id == LedgerTransfer.id)
        .join(LedgerAccount, and_(LedgerAccount.id == LedgerEntry.account_id, LedgerAccount.kind == "custody"))
        .where(LedgerTransfer.kind.in_(kinds))
        .group_by(LedgerTransfer.reference)
        .subquery()
    )
    for record, amount, transfers, moved in db.session.execute(
        select(outside.c.id, outside.c.amount, inside.c.transfers, inside.c.amount)
        .outerjoin(inside, inside.c.id == outside.c.id)
        .where((func.coalesce(inside.c.transfers, 0) != 1) | (func.coalesce(inside.c.amount, 0) != outside.c.amount))
    ):
        yield (
            f"{what} {record}: moved {abs(amount)} outside, but meets {transfers or 0} transfers "
            f"of {abs(moved or 0)} in the ledger"
        )
    for (record,) in db.session.execute(
        select(inside.c.id).outerjoin(outside, outside.c.id == inside.c.id).where(outside.c.id.is_(None))
    ):
        yield f"transfer with reference {record}: there is no {what} outside that it belongs to"


def _refunds_within_payments() -> Iterator[str]:
    counted = (
        select(
            Refund.merchant_id,
            Refund.payment_id,
            func.sum(case((Refund.state != RefundState.FAILED, Refund.amount_minor), else_=0)).label("amount"),
        )
        .group_by(Refund.merchant_id, Refund.payment_id)
        .subquery()
    )
    amount = func.coalesce(counted.c.amount, 0)
    for payment_id, kept, found in db.session.execute(
        select(Payment.id, Payment.refunded_minor, amount)
        .outerjoin(counted, and_(counted.c.merchant_id == Payment.merchant_id, counted.c.payment_id == Payment.id))
        .where(Payment.refunded_minor != amount)
    ):
        yield f"payment {payment_id}: says that {kept} is refunded, but its refunds add up to {found}"


def _holds_meet_what_is_under_way() -> Iterator[str]:
    for what, table in (("refund", Refund), ("payout", Payout)):
        under_way = table.state.in_([PayoutState.AWAITING_APPROVAL, PayoutState.CREATED, PayoutState.UNKNOWN])
        for record, state, hold_state in db.session.execute(
            select(table.id, table.state, LedgerHold.state)
            .outerjoin(LedgerHold, LedgerHold.id == table.hold_id)
            .where(
                (under_way & ((LedgerHold.state != "open") | LedgerHold.id.is_(None)))
                | (~under_way & (LedgerHold.state == "open"))
            )
        ):
            yield f"{what} {record}: is {state}, but the money set aside for it is {hold_state or 'missing'}"
