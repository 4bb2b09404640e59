"""The one surface that plugins import; what is not here is not theirs."""

from __future__ import annotations

from core.base import clock
from core.base.database import ID, Base, Json, TenantRow, UtcDateTime, db, tenant_fk
from core.base.errors import Invalid, NotAllowed, NotFound, OutsideUnknown, Refused, TongbaoError
from core.base.i18n import gettext, lazy_gettext, ngettext, pgettext
from core.base.ids import new_id
from core.base.transactions import end_read, transactional
from core.contract.contributions import (
    AccountKind,
    Check,
    FacePages,
    Job,
    NavItem,
    Slot,
    Subscription,
    TransferKind,
)
from core.contract.hookspecs import hookimpl
from core.contract.manifest import Manifest, Permission
from core.contract.providers import (
    Capability,
    PaymentMethod,
    PaymentOutcome,
    PaymentRequest,
    PaymentState,
    PayOffer,
    PayoutOutcome,
    PayoutRail,
    PayoutRequest,
    PayoutState,
    Provider,
    RefundOutcome,
    RefundRequest,
    RefundState,
)
from core.contract.views import ShopView
from core.payments.payouts import record_payout_outcome
from core.payments.queries import OutsideMovement, known_outside, outside_movements
from core.payments.refunds import record_refund_outcome
from core.payments.service import record_outcome
from core.sdk.surroundings import data_dir, shop_view

__all__ = [
    "ID",
    "AccountKind",
    "Base",
    "Capability",
    "Check",
    "FacePages",
    "Invalid",
    "Job",
    "Json",
    "Manifest",
    "NavItem",
    "NotAllowed",
    "NotFound",
    "OutsideMovement",
    "OutsideUnknown",
    "PayOffer",
    "PaymentMethod",
    "PaymentOutcome",
    "PaymentRequest",
    "PaymentState",
    "PayoutOutcome",
    "PayoutRail",
    "PayoutRequest",
    "PayoutState",
    "Permission",
    "Provider",
    "RefundOutcome",
    "RefundRequest",
    "RefundState",
    "Refused",
    "ShopView",
    "Slot",
    "Subscription",
    "TenantRow",
    "TongbaoError",
    "TransferKind",
    "UtcDateTime",
    "clock",
    "data_dir",
    "db",
    "end_read",
    "gettext",
    "hookimpl",
    "known_outside",
    "lazy_gettext",
    "new_id",
    "ngettext",
    "outside_movements",
    "pgettext",
    "record_outcome",
    "record_payout_outcome",
    "record_refund_outcome",
    "shop_view",
    "tenant_fk",
    "transactional",
]
