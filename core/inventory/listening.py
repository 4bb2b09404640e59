"""What stock does when it hears of orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from core.base.database import db
from core.base.transactions import end_read
from core.inventory.models import Reservation
from core.inventory.service import allocate


def allocate_when_paid(topic: str, payload: Mapping[str, Any]) -> None:
    """Say from where a paid order's goods are taken. Heard again, nothing happens."""
    order_id = str(payload["order_id"])
    merchant_id = payload.get("merchant_id") or db.session.scalar(
        select(Reservation.merchant_id).where(Reservation.order_id == order_id).limit(1)
    )
    end_read()
    if merchant_id:
        allocate(str(merchant_id), order_id)
