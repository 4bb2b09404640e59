"""Goods that come back: what the buyer wishes, what arrived, what became of it. Amounts are minor units."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json, TenantRow, tenant_fk


class GoodsReturn(TenantRow, Base):
    """Some pieces of an order come back. States: see core.orders.return_states."""

    __tablename__ = "goods_return"

    order_id: Mapped[str] = mapped_column(ID)
    number: Mapped[int]
    """The first of an order is 1."""
    state: Mapped[str] = mapped_column(String(12))
    wish: Mapped[str] = mapped_column(String(10))
    """`refund` or `exchange`."""
    reason: Mapped[str] = mapped_column(String(20))
    """One of core.orders.return_states.REASONS."""
    text: Mapped[str] = mapped_column(String(1000), default="")
    answer: Mapped[str] = mapped_column(String(1000), default="")
    """Where to send the goods and how, or why the shop declines: the buyer reads it."""
    sent: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """The parcel by which the buyer sent them: `{"carrier", "number"}`."""
    value_minor: Mapped[int] = mapped_column(default=0)
    """What was paid for the pieces that arrived, discount and tax considered."""
    beside_minor: Mapped[int] = mapped_column(default=0)
    """Their share of what was paid beside the goods (delivery, fees)."""
    refunded_minor: Mapped[int] = mapped_column(default=0)
    exchange_order_id: Mapped[str | None] = mapped_column(ID)
    opened_by: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("order_id", "orders"),
        tenant_fk("exchange_order_id", "orders"),
        UniqueConstraint("merchant_id", "order_id", "number"),
        Index("ix_goods_return_state", "merchant_id", "state", "id"),
        Index("ix_goods_return_exchange", "merchant_id", "exchange_order_id"),
        CheckConstraint("value_minor >= 0 AND refunded_minor >= 0", name="amounts_not_negative"),
    )


class GoodsReturnLine(Base):
    """How many pieces of an order's line come back, and how many of them could be sold again."""

    __tablename__ = "goods_return_line"

    merchant_id: Mapped[str] = mapped_column(ID, ForeignKey("merchant.id"), primary_key=True)
    return_id: Mapped[str] = mapped_column(ID, primary_key=True)
    order_line_id: Mapped[str] = mapped_column(ID, primary_key=True)
    quantity: Mapped[int]
    received_quantity: Mapped[int] = mapped_column(default=0)
    restocked_quantity: Mapped[int] = mapped_column(default=0)
    location_id: Mapped[str | None] = mapped_column(ID)
    exchange_variant_id: Mapped[str | None] = mapped_column(ID)

    __table_args__ = (
        tenant_fk("return_id", "goods_return"),
        tenant_fk("order_line_id", "order_line"),
        tenant_fk("location_id", "location"),
        tenant_fk("exchange_variant_id", "variant"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint(
            "restocked_quantity >= 0 AND restocked_quantity <= received_quantity AND received_quantity <= quantity",
            name="received_within_sent",
        ),
    )


class ReturnPicture(TenantRow, Base):
    """What a buyer shows of the goods; seen by the buyer and the shop's team only."""

    __tablename__ = "goods_return_picture"

    return_id: Mapped[str] = mapped_column(ID)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    position: Mapped[int]

    __table_args__ = (
        tenant_fk("return_id", "goods_return"),
        Index("ix_goods_return_picture", "merchant_id", "return_id", "position"),
    )
