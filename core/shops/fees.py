"""The platform's fee on a merchant's sales: changed by two people, for orders placed from then on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _l
from core.base.money import PPM
from core.base.transactions import transactional
from core.contract.decisions import ApprovalKind, Change, Facts
from core.control.approvals import propose
from core.parties.staff import require_staff
from core.shops.models import Merchant
from core.shops.service import touch_shop

KIND = "merchant.fee"
FEE_PPM_MAX = 300_000


@transactional
def propose_fee(merchant_id: str, fee_ppm: int, *, maker_id: str, reason: str) -> str:
    """Propose another fee for a merchant, in parts per million of what is released; gives the proposal's id.

    Raises RoleNotEnough, NotFound, Invalid.
    """
    require_staff(maker_id, "fees.propose")
    before = db.session.scalar(select(Merchant.fee_ppm).where(Merchant.id == merchant_id))
    if before is None:
        raise NotFound(_l("There is no such merchant."))
    fields: dict[str, object] = {}
    if not 0 <= fee_ppm <= FEE_PPM_MAX:
        fields["fee"] = _l("A fee is between 0 and %(most)s %%.", most=_percent(FEE_PPM_MAX))
    if not reason.strip():
        fields["reason"] = _l("Please say why.")
    if fields:
        raise Invalid(_l("Please correct the marked fields."), fields=fields)
    payload = {"before_ppm": before, "fee_ppm": fee_ppm, "merchant_id": merchant_id}
    return propose(KIND, payload, maker_id=maker_id, merchant_id=merchant_id, reason=reason)


def _percent(ppm: int) -> str:
    return f"{(Decimal(ppm) * 100 / PPM).normalize():f}"


def _describe(payload: Mapping[str, Any]) -> Facts:
    return (
        (_l("Now"), f"{_percent(payload['before_ppm'])} %"),
        (_l("From then on"), f"{_percent(payload['fee_ppm'])} %"),
    )


def _apply(change: Change) -> None:
    merchant_id = change.payload["merchant_id"]
    db.session.execute(update(Merchant).where(Merchant.id == merchant_id).values(fee_ppm=change.payload["fee_ppm"]))
    touch_shop(merchant_id)


FEE_CHANGE = ApprovalKind(KIND, _l("Change of the platform's fee"), "fees.approve", _describe, _apply)
