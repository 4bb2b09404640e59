"""Stock rows, reservations and the movement journal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, TenantRow, tenant_fk
from core.base.outbox import SERIAL


class Stock(Base):
    """How much of a variant is there. Available = on_hand - reserved. Changed by conditional statements only.

    `tracked` false means that the variant is always available (made to order). `version` grows with each change.
    """

    __tablename__ = "stock"

    merchant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    variant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    product_id: Mapped[str] = mapped_column(ID)
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    tracked: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        tenant_fk("variant_id", "variant"),
        Index("ix_stock_product", "merchant_id", "product_id"),
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        CheckConstraint("NOT tracked OR on_hand >= reserved", name="not_oversold"),
    )


class Reservation(TenantRow, Base):
    """Stock promised to an order: open, then consumed (shipped) or released (cancelled, expired)."""

    __tablename__ = "reservation"

    variant_id: Mapped[str] = mapped_column(ID)
    order_id: Mapped[str] = mapped_column(ID)
    quantity: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="open")
    created_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("variant_id", "variant"),
        Index("ix_reservation_order", "merchant_id", "order_id"),
        Index("ix_reservation_variant", "merchant_id", "variant_id", "state"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )


class StockMovement(Base):
    """One change of what is on hand, never altered. The sum of a variant's movements is its stock on hand."""

    __tablename__ = "stock_movement"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True, autoincrement=True)
    merchant_id: Mapped[str] = mapped_column(ID)
    variant_id: Mapped[str] = mapped_column(ID)
    delta: Mapped[int]
    reason: Mapped[str] = mapped_column(String(20))
    """initial, import, count, adjust, ship, return."""
    reference: Mapped[str] = mapped_column(String(80), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    actor_id: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("variant_id", "variant"),
        Index("ix_stock_movement_variant", "merchant_id", "variant_id", "id"),
    )
