"""What stock does when it hears of orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.inventory.service import allocate


def allocate_when_paid(topic: str, payload: Mapping[str, Any]) -> None:
    """Say from where a paid order's goods are taken. Heard again, nothing happens."""
    allocate(str(payload["merchant_id"]), str(payload["order_id"]))
