"""What waits for a merchant today, by count: one statement for most of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ScalarSelect, func, select

from core.base import clock
from core.base.database import db
from core.contract.models import PluginFault
from core.contract.providers import PayoutState
from core.identity.models import IdentityLevel
from core.inventory.queries import low_stock_count
from core.orders.models import Order, RefundRequest
from core.orders.return_models import GoodsReturn
from core.orders.return_states import ReturnState
from core.orders.states import OrderState
from core.payments.models import BankAccount, Payout
from core.webhooks.models import WebhookEndpoint

COUNTED_MAX = 1000
"""Nobody works off more in a day; beyond it, counting would only cost time."""
FAILED_SHOWN = timedelta(days=14)
UNPAID_SOON = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits, by count (at most COUNTED_MAX each)."""

    to_pack: int
    to_ship: int
    partly_shipped: int
    requests: int
    returns: int
    """Pieces that buyers want to send back, not yet answered; or that have come back and wait to be looked at."""
    unpaid: int
    low_stock: int
    payouts_failed: int
    payouts_held: int
    webhooks: int
    faults: int
    level: int
    """How far the organisation is verified."""
    bank_accounts: int
    any_order: bool

    @property
    def nothing(self) -> bool:
        """Whether nobody needs to do anything now."""
        urgent = (
            self.to_pack,
            self.to_ship,
            self.partly_shipped,
            self.requests,
            self.returns,
            self.payouts_failed,
            self.webhooks,
        )
        return not (any(urgent) or self.faults or self.low_stock)


def waiting(merchant_id: str) -> Waiting:
    """Count what waits in a merchant's shop. Two statements, however many orders there are."""
    moment = clock.now()
    counts = {
        "to_pack": _orders(merchant_id, OrderState.PAID),
        "to_ship": _orders(merchant_id, OrderState.PACKED),
        "partly_shipped": _orders(merchant_id, OrderState.PARTLY_SHIPPED),
        "unpaid": _orders(merchant_id, OrderState.PENDING),
        "requests": _number(RefundRequest, RefundRequest.merchant_id == merchant_id, RefundRequest.state == "open"),
        "returns": _number(
            GoodsReturn,
            GoodsReturn.merchant_id == merchant_id,
            GoodsReturn.state.in_((ReturnState.REQUESTED, ReturnState.RECEIVED)),
        ),
        "payouts_failed": _number(
            Payout,
            Payout.merchant_id == merchant_id,
            Payout.created_at > moment - FAILED_SHOWN,
            Payout.state == PayoutState.FAILED,
        ),
        "payouts_held": _number(
            Payout, Payout.merchant_id == merchant_id, Payout.state == PayoutState.AWAITING_APPROVAL
        ),
        "webhooks": _number(
            WebhookEndpoint,
            WebhookEndpoint.merchant_id == merchant_id,
            WebhookEndpoint.failing_since.is_not(None) | (WebhookEndpoint.switched_off_because != ""),
        ),
        "faults": _number(PluginFault, PluginFault.merchant_id == merchant_id),
        "bank_accounts": _number(BankAccount, BankAccount.merchant_id == merchant_id, BankAccount.active),
        "level": select(IdentityLevel.level)
        .where(IdentityLevel.subject_kind == "organisation", IdentityLevel.subject_id == merchant_id)
        .scalar_subquery(),
        "any_order": select(Order.id).where(Order.merchant_id == merchant_id).limit(1).scalar_subquery(),
    }
    row = db.session.execute(select(*(column.label(name) for name, column in counts.items()))).one()
    found = dict(row._mapping)
    return Waiting(
        **{name: int(value or 0) for name, value in found.items() if name != "any_order"},
        any_order=found["any_order"] is not None,
        low_stock=low_stock_count(merchant_id),
    )


def _orders(merchant_id: str, state: OrderState) -> ScalarSelect[Any]:
    return _number(Order, Order.merchant_id == merchant_id, Order.state == state)


def _number(model: Any, *conditions: Any) -> ScalarSelect[Any]:
    some = select(model.merchant_id).where(*conditions).limit(COUNTED_MAX).subquery()
    return select(func.count()).select_from(some).scalar_subquery()
