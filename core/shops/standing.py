"""Whether a merchant trades: suspended by the platform's staff at once, taken back in by them. Both with a reason."""

from __future__ import annotations

from sqlalchemy import select

from core.audit import record
from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _l
from core.base.outbox import emit
from core.base.transactions import transactional
from core.parties.staff import require_staff
from core.shops.models import Merchant
from core.shops.service import touch_shop

ACTIVE, SUSPENDED = "active", "suspended"
STANDINGS = {ACTIVE: _l("Active"), SUSPENDED: _l("Suspended")}
REASON_CHARACTERS_MAX = 500


@transactional
def suspend_merchant(merchant_id: str, *, actor_id: str, reason: str) -> None:
    """Stop a merchant's trade: the shop answers no more and nothing is withdrawn; what was sold is still refunded.

    Raises RoleNotEnough, NotFound, Invalid, Refused (is suspended already).
    """
    _change(merchant_id, ACTIVE, SUSPENDED, actor_id, reason)


@transactional
def reinstate_merchant(merchant_id: str, *, actor_id: str, reason: str) -> None:
    """Let a suspended merchant trade again. Raises RoleNotEnough, NotFound, Invalid, Refused (is not suspended)."""
    _change(merchant_id, SUSPENDED, ACTIVE, actor_id, reason)


def require_active(merchant_id: str) -> None:
    """Refuse what a suspended merchant cannot do. Raises Refused."""
    if db.session.scalar(select(Merchant.status).where(Merchant.id == merchant_id)) != ACTIVE:
        raise Refused(
            _l("The platform has suspended this shop. Your money is safe; ask the platform's support what is needed."),
            code="merchant_suspended",
        )


def _change(merchant_id: str, before: str, after: str, actor_id: str, reason: str) -> None:
    require_staff(actor_id, "merchants.suspend")
    reason = reason.replace("\x00", "").strip()[:REASON_CHARACTERS_MAX]
    if not reason:
        raise Invalid(_l("Please say why."), fields={"reason": _l("The merchant reads this.")})
    merchant = db.session.get(Merchant, merchant_id, with_for_update=True)
    if merchant is None:
        raise NotFound(_l("There is no such merchant."))
    if merchant.status != before:
        raise Refused(_l("This has been decided already. Load the page again to see how."))
    merchant.status = after
    touch_shop(merchant_id)
    action = "merchant.suspended" if after == SUSPENDED else "merchant.reinstated"
    details = {"reason": reason}
    record(action, actor_id=actor_id, subject=f"merchant:{merchant_id}", merchant_id=merchant_id, details=details)
    emit(action, {"merchant_id": merchant_id, "reason": reason}, merchant_id=merchant_id)
