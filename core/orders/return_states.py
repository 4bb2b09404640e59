"""The states of goods that come back and the moves between them, and the reasons that buyers choose from."""

from __future__ import annotations

from enum import StrEnum

from core.base.i18n import lazy_gettext as _
from core.orders.states import WrongState


class ReturnState(StrEnum):
    """Where a return stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    RECEIVED = "received"
    SETTLED = "settled"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


OPEN = frozenset({ReturnState.REQUESTED, ReturnState.APPROVED, ReturnState.RECEIVED})
"""While a return is open, the order's money is not released on its own."""

MOVES: dict[ReturnState, frozenset[ReturnState]] = {
    ReturnState.REQUESTED: frozenset({ReturnState.APPROVED, ReturnState.DECLINED, ReturnState.WITHDRAWN}),
    ReturnState.APPROVED: frozenset({ReturnState.RECEIVED, ReturnState.WITHDRAWN, ReturnState.CLOSED}),
    ReturnState.RECEIVED: frozenset({ReturnState.SETTLED}),
    ReturnState.SETTLED: frozenset(),
    ReturnState.DECLINED: frozenset(),
    ReturnState.WITHDRAWN: frozenset(),
    ReturnState.CLOSED: frozenset(),
}
"""What people can do. Only a cancelled exchange leads from settled back to received (`reopen_exchange`)."""

LABELS = {
    ReturnState.REQUESTED: _("Asked for"),
    ReturnState.APPROVED: _("On its way back"),
    ReturnState.RECEIVED: _("Arrived"),
    ReturnState.SETTLED: _("Settled"),
    ReturnState.DECLINED: _("Declined"),
    ReturnState.WITHDRAWN: _("Withdrawn"),
    ReturnState.CLOSED: _("Never arrived"),
}

TOPICS = {
    ReturnState.REQUESTED: "return.requested",
    ReturnState.APPROVED: "return.approved",
    ReturnState.RECEIVED: "return.received",
    ReturnState.SETTLED: "return.settled",
    ReturnState.DECLINED: "return.declined",
    ReturnState.WITHDRAWN: "return.withdrawn",
    ReturnState.CLOSED: "return.closed",
}
"""What others are told when a return comes into a state; the audit trail says the same."""

REASONS = {
    "damaged": _("It is broken or damaged"),
    "wrong": _("It is not what I ordered"),
    "different": _("It is not as described"),
    "unfit": _("It does not fit"),
    "mind": _("I changed my mind"),
    "other": _("Something else"),
}

WISHES = {"refund": _("Money back"), "exchange": _("Another variant instead")}


def require_return_move(before: str, after: ReturnState) -> None:
    """Raise WrongState unless a return may go from one state to the other."""
    if after not in MOVES[ReturnState(before)]:
        words = _("The return is “%(state)s” by now, so this cannot be done.", state=LABELS[ReturnState(before)])
        raise WrongState(words)
