"""The console's words for what is stored as short names."""

from __future__ import annotations

from core.base.i18n import lazy_gettext as _
from core.contract.providers import PaymentMethod, PaymentState, PayoutState
from core.contract.runtime import registry
from core.ledger import kinds
from core.ledger.errors import UnknownKind
from core.orders.states import LABELS

ORDER_EVENTS = {
    "placed": _("Placed"),
    "pending": _("Placed"),
    "payment_not_needed": _("A payment came in that was not awaited any more; it goes back"),
    "payment_ended": _("A payment came to nothing"),
    "refund_requested": _("Money back asked for"),
    "refund_request_withdrawn": _("Request for money back withdrawn"),
    "refund_declined": _("Request for money back declined"),
    "refund_started": _("Refund on its way"),
    "refunded": _("Refund arrived"),
    "gift_cards_made": _("Gift cards made"),
    "gift_card_taken_back": _("Gift card taken back, its money goes to the buyer"),
    "returned_to_card": _("Given back onto the gift card"),
    "parcel_packed": _("A parcel was packed"),
    "parcel_unpacked": _("A parcel was unpacked again"),
    "parcel_shipped": _("Another parcel left"),
    "tracking_corrected": _("Tracking corrected"),
    "lines_cancelled": _("Pieces taken out"),
    "return_requested": _("Return asked for"),
    "return_approved": _("Return approved"),
    "return_declined": _("Return declined"),
    "return_withdrawn": _("Return withdrawn"),
    "return_closed": _("Return ended, the goods never came"),
    "return_sent": _("Goods sent back"),
    "return_received": _("Returned goods arrived"),
    "return_settled": _("Return settled"),
    "edited": _("The order was edited"),
    "exchange_of": _("Made in exchange for returned goods"),
    "address_changed": _("Address changed"),
    "written_to_buyer": _("Written to the buyer"),
    "refund_failed": _("A refund failed; the money is still here"),
}

PAYMENT_STATES = {
    str(PaymentState.CREATED): _("Being prepared"),
    str(PaymentState.REQUIRES_ACTION): _("Waits for the buyer"),
    str(PaymentState.UNKNOWN): _("Being asked about"),
    str(PaymentState.CAPTURED): _("Received"),
    str(PaymentState.FAILED): _("Failed"),
    str(PaymentState.CANCELLED): _("Cancelled"),
}

OUTWARD_STATES = {
    str(PayoutState.AWAITING_APPROVAL): _("Waits for approval"),
    str(PayoutState.CREATED): _("On its way"),
    str(PayoutState.UNKNOWN): _("Being asked about"),
    str(PayoutState.SUCCEEDED): _("Arrived"),
    str(PayoutState.FAILED): _("Failed; the money is back"),
}

OUTWARD_TONES = {
    str(PayoutState.SUCCEEDED): "good",
    str(PayoutState.FAILED): "bad",
    str(PayoutState.UNKNOWN): "warn",
    str(PayoutState.AWAITING_APPROVAL): "warn",
}


def order_labels() -> dict[str, object]:
    """The words for the states of orders, by their stored names."""
    return {str(state): label for state, label in LABELS.items()}


REASONS = {"not paid in time": _("Not paid in time")}
"""What jobs give as a reason; what people give stands as they wrote it."""


def provider_label(provider_id: str) -> object:
    """The words for a way to pay; its id when its plugin is gone."""
    method = registry().find_provider(PaymentMethod, provider_id)
    return method.label if method is not None else provider_id


def account_label(kind: str) -> object:
    """The words for a kind of account; its name when its plugin is gone."""
    try:
        return kinds.account_kind(kind).label
    except UnknownKind:
        return kind


def transfer_label(kind: str) -> object:
    """The words for a kind of transfer; its name when its plugin is gone."""
    try:
        return kinds.transfer_kind(kind).label
    except UnknownKind:
        return kind


CARD_STATES = {
    "active": (_("Can pay"), "good"),
    "waits": (_("Waits for its day"), "note"),
    "used": (_("Used up"), ""),
    "disabled": (_("Off"), "warn"),
    "expired": (_("Expired"), ""),
    "returned": (_("Taken back"), ""),
}
"""What stands behind a gift card's name: words and colour."""
