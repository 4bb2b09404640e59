"""Orders that are to be wrapped."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import ID, Base, TenantRow, tenant_fk


class WrappedOrder(TenantRow, Base):
    """An order to wrap, with the words for the card and the price that was agreed (minor units)."""

    __tablename__ = "giftwrap_order"

    order_id: Mapped[str] = mapped_column(ID)
    order_code: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(String(500))
    price_minor: Mapped[int]
    created_at: Mapped[datetime]
    wrapped_at: Mapped[datetime | None]
    wrapped_by: Mapped[str | None] = mapped_column(ID)

    __table_args__ = (
        tenant_fk("order_id", "orders"),
        UniqueConstraint("merchant_id", "order_id"),
        Index("ix_giftwrap_order_listed", "merchant_id", "created_at"),
    )
