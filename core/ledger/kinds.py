"""Kinds of accounts and transfers that the ledger accepts: core's own, and those that plugins register at start."""

from __future__ import annotations

from collections.abc import Iterable

from core.base.i18n import lazy_gettext as _
from core.contract.contributions import AccountKind, TransferKind
from core.ledger.errors import UnknownKind

ORDER_ESCROW = "order_escrow"
"""Money of one order until it is released. Owner: merchant id; subject: order id. Client."""
MERCHANT_AVAILABLE = "merchant_available"
"""What a merchant may withdraw. Owner: merchant id. Client."""
BUYER_UNALLOCATED = "buyer_unallocated"
"""Money that came in but fits no open order. Owner: merchant id; subject: payment id. Client."""
GIFT_CARD = "gift_card"
"""What is on a gift card. Owner: merchant id; subject: card id. Client."""
CUSTODY = "custody"
"""Money at a bank or payment provider (negative here). Owner: id of the payment provider. Platform."""
PLATFORM_FEES = "platform_fees"
"""What the platform has earned. Owner: `platform`. Platform."""
PROVIDER_FEES = "provider_fees"
"""What payment providers keep (negative: a cost). Owner: id of the payment provider. Platform."""

PAYMENT_CAPTURED = "payment_captured"
PAYMENT_UNALLOCATED = "payment_unallocated"
ESCROW_RELEASED = "escrow_released"
REFUND_PAID = "refund_paid"
PAYOUT_PAID = "payout_paid"
FEE_RETURNED = "fee_returned"
GIFT_CARD_FUNDED = "gift_card_funded"
GIFT_CARD_SOLD = "gift_card_sold"
GIFT_CARD_TAKEN_BACK = "gift_card_taken_back"
GIFT_CARD_SPENT = "gift_card_spent"
GIFT_CARD_RETURNED = "gift_card_returned"
GIFT_CARD_EXPIRED = "gift_card_expired"
REVERSAL = "reversal"
ADJUSTMENT = "adjustment"

_CORE: tuple[AccountKind | TransferKind, ...] = (
    AccountKind(ORDER_ESCROW, _("Held for an order"), client=True),
    AccountKind(MERCHANT_AVAILABLE, _("Available balance"), client=True),
    AccountKind(BUYER_UNALLOCATED, _("Received, not yet matched to an order"), client=True),
    AccountKind(GIFT_CARD, _("On a gift card"), client=True),
    AccountKind(CUSTODY, _("Held at banks and payment providers"), client=False),
    AccountKind(PLATFORM_FEES, _("Platform fees"), client=False),
    AccountKind(PROVIDER_FEES, _("Payment provider fees"), client=False),
    TransferKind(PAYMENT_CAPTURED, _("Payment received")),
    TransferKind(PAYMENT_UNALLOCATED, _("Payment received without an open order")),
    TransferKind(ESCROW_RELEASED, _("Released to the merchant")),
    TransferKind(REFUND_PAID, _("Refund paid")),
    TransferKind(PAYOUT_PAID, _("Withdrawal paid")),
    TransferKind(FEE_RETURNED, _("Platform fee returned")),
    TransferKind(GIFT_CARD_FUNDED, _("Put on a gift card")),
    TransferKind(GIFT_CARD_SOLD, _("Put on a gift card that was bought")),
    TransferKind(GIFT_CARD_TAKEN_BACK, _("Taken back from a gift card, for its buyer")),
    TransferKind(GIFT_CARD_SPENT, _("Paid with a gift card")),
    TransferKind(GIFT_CARD_RETURNED, _("Given back onto a gift card")),
    TransferKind(GIFT_CARD_EXPIRED, _("Left on a gift card that expired")),
    TransferKind(REVERSAL, _("Correction")),
    TransferKind(ADJUSTMENT, _("Correction by the platform")),
)

_accounts: dict[str, AccountKind] = {}
_transfers: dict[str, TransferKind] = {}


def register(kinds: Iterable[AccountKind | TransferKind]) -> None:
    """Make kinds known, once at start. Naming a kind again is fine as long as it keeps its side (client or platform).

    Raises ValueError when a known kind of account would change sides: money already stands in such accounts.
    """
    for kind in kinds:
        if isinstance(kind, TransferKind):
            _transfers[kind.name] = kind
            continue
        known = _accounts.get(kind.name)
        if known is not None and known.client != kind.client:
            raise ValueError(f"ledger account kind {kind.name!r} is already registered on the other side")
        _accounts[kind.name] = kind


def account_kind(name: str) -> AccountKind:
    """The registered kind of account of this name. Raises UnknownKind."""
    try:
        return _accounts[name]
    except KeyError:
        raise UnknownKind(name) from None


def transfer_kind(name: str) -> TransferKind:
    """The registered kind of transfer of this name. Raises UnknownKind."""
    try:
        return _transfers[name]
    except KeyError:
        raise UnknownKind(name) from None


def account_kinds() -> list[AccountKind]:
    """All registered kinds of accounts."""
    return list(_accounts.values())


def transfer_kinds() -> list[TransferKind]:
    """All registered kinds of transfers."""
    return list(_transfers.values())


register(_CORE)
