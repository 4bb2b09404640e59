"""Stock rows, reservations and the movement journal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
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
    low_at: Mapped[int | None]
    """Available units at which it counts as low; None: as the shop's other goods do. 0 and below: never."""

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
    """One of core.inventory.words.REASONS."""
    reference: Mapped[str] = mapped_column(String(80), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    actor_id: Mapped[str | None] = mapped_column(ID)
    location_id: Mapped[str | None] = mapped_column(ID)
    """Where it happened; None: before the merchant had locations, or goods that are not counted."""
    created_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("variant_id", "variant"),
        tenant_fk("location_id", "location"),
        Index("ix_stock_movement_variant", "merchant_id", "variant_id", "id"),
    )


class Location(TenantRow, Base):
    """A place where goods lie. A merchant has none (all goods lie in one place that needs no name) or at least one."""

    __tablename__ = "location"

    name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(300), default="")
    priority: Mapped[int] = mapped_column(default=0)
    """Orders are served from the lowest number that has the goods."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("merchant_id", "name"),)


class StockLevel(Base):
    """How much of a variant lies in one place; together it is `Stock.on_hand`. Changed under the stock's lock."""

    __tablename__ = "stock_level"

    merchant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    variant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    location_id: Mapped[str] = mapped_column(ID, primary_key=True)
    on_hand: Mapped[int] = mapped_column(default=0)
    allocated: Mapped[int] = mapped_column(default=0)
    """Of these, so many are to be taken for orders."""

    __table_args__ = (
        tenant_fk("variant_id", "variant"),
        tenant_fk("location_id", "location"),
        Index("ix_stock_level_location", "merchant_id", "location_id", "variant_id"),
        CheckConstraint("allocated >= 0", name="allocated_not_negative"),
        CheckConstraint("on_hand >= allocated", name="not_overallocated"),
    )


class StockAllocation(TenantRow, Base):
    """From where the goods of an order are taken: open, then consumed (shipped) or released."""

    __tablename__ = "stock_allocation"

    order_id: Mapped[str] = mapped_column(ID)
    variant_id: Mapped[str] = mapped_column(ID)
    location_id: Mapped[str] = mapped_column(ID)
    quantity: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="open")
    created_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("variant_id", "variant"),
        tenant_fk("location_id", "location"),
        Index("ix_stock_allocation_order", "merchant_id", "order_id"),
        Index("ix_stock_allocation_location", "merchant_id", "location_id", "state", "created_at"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )


class StockTransfer(TenantRow, Base):
    """Goods on their way from one place to another: draft, sent, received or cancelled."""

    __tablename__ = "stock_transfer"

    from_id: Mapped[str] = mapped_column(ID)
    to_id: Mapped[str] = mapped_column(ID)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    note: Mapped[str] = mapped_column(String(200), default="")
    created_by: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("from_id", "location"),
        tenant_fk("to_id", "location"),
        Index("ix_stock_transfer_listed", "merchant_id", "created_at", "id"),
        CheckConstraint("from_id <> to_id", name="two_places"),
    )


class StockTransferLine(Base):
    """A variant of a transfer; `received` is what arrived."""

    __tablename__ = "stock_transfer_line"

    merchant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    transfer_id: Mapped[str] = mapped_column(ID, primary_key=True)
    variant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    quantity: Mapped[int]
    received: Mapped[int | None]

    __table_args__ = (
        tenant_fk("transfer_id", "stock_transfer"),
        tenant_fk("variant_id", "variant"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )


class StockCount(TenantRow, Base):
    """Counting what lies there: open, then applied or cancelled."""

    __tablename__ = "stock_count"

    name: Mapped[str] = mapped_column(String(80))
    location_id: Mapped[str | None] = mapped_column(ID)
    state: Mapped[str] = mapped_column(String(10), default="open")
    created_by: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("location_id", "location"),
        Index("ix_stock_count_listed", "merchant_id", "created_at", "id"),
    )


class StockCountLine(Base):
    """A variant to be counted: what was there when its number was written down, and the number."""

    __tablename__ = "stock_count_line"

    merchant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    count_id: Mapped[str] = mapped_column(ID, primary_key=True)
    variant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    expected: Mapped[int | None]
    counted: Mapped[int | None]

    __table_args__ = (tenant_fk("count_id", "stock_count"), tenant_fk("variant_id", "variant"))
