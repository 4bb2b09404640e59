"""The states of an order and the moves between them; nothing else may change an order's state."""

from __future__ import annotations

from enum import StrEnum

from core.base.errors import Refused
from core.base.i18n import lazy_gettext as _


class OrderState(StrEnum):
    """Where an order stands."""

    PENDING = "pending"
    PAID = "paid"
    PACKED = "packed"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


# An order is completed straight from paid when nothing of it is to be sent: gift cards go by letter.
MOVES: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PENDING: frozenset({OrderState.PAID, OrderState.CANCELLED}),
    OrderState.PAID: frozenset(
        {
            OrderState.PACKED,
            OrderState.PARTLY_SHIPPED,
            OrderState.SHIPPED,
            OrderState.COMPLETED,
            OrderState.CANCELLED,
        }
    ),
    OrderState.PACKED: frozenset(
        {OrderState.PAID, OrderState.PARTLY_SHIPPED, OrderState.SHIPPED, OrderState.CANCELLED}
    ),
    OrderState.PARTLY_SHIPPED: frozenset({OrderState.SHIPPED}),
    OrderState.SHIPPED: frozenset({OrderState.COMPLETED}),
    OrderState.COMPLETED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}

LABELS = {
    OrderState.PENDING: _("Awaiting payment"),
    OrderState.PAID: _("Paid"),
    OrderState.PACKED: _("Packed"),
    OrderState.PARTLY_SHIPPED: _("Partly shipped"),
    OrderState.SHIPPED: _("Shipped"),
    OrderState.COMPLETED: _("Completed"),
    OrderState.CANCELLED: _("Cancelled"),
}


class WrongState(Refused):
    """The order is not in a state from which this can be done; it may have moved on meanwhile."""

    code = "order_state"


def require_move(before: str, after: OrderState) -> None:
    """Raise WrongState unless an order may go from one state to the other."""
    if after not in MOVES[OrderState(before)]:
        raise WrongState(
            _("The order is “%(state)s” by now, so this cannot be done any more.", state=LABELS[OrderState(before)])
        )
