"""Discounts, the codes that they are asked for with, and their uses. Amounts are minor units of the shop's currency."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json, TenantRow, tenant_fk


class Discount(TenantRow, Base):
    """What lowers a price, for whoever types one of its codes, or by itself. Never deleted: orders name it."""

    __tablename__ = "discount"

    method: Mapped[str] = mapped_column(String(10))
    """`code` or `automatic`."""
    title: Mapped[str] = mapped_column(String(80))
    """What buyers read where it applies by itself; for the merchant otherwise."""
    kind: Mapped[str] = mapped_column(String(10))
    """See core.discounts.rules.KINDS."""
    rate_ppm: Mapped[int] = mapped_column(default=0)
    amount_minor: Mapped[int] = mapped_column(default=0)
    scope: Mapped[str] = mapped_column(String(12), default="all", server_default="all")
    """What it is bound to (for "buy some": what to buy): `all`, `products`, `categories`."""
    scope_ids: Mapped[list[Any]] = mapped_column(Json, default=list, server_default="[]")
    get_scope: Mapped[str] = mapped_column(String(12), default="all", server_default="all")
    get_ids: Mapped[list[Any]] = mapped_column(Json, default=list, server_default="[]")
    buy_quantity: Mapped[int] = mapped_column(default=1, server_default="1")
    get_quantity: Mapped[int] = mapped_column(default=1, server_default="1")
    rounds_max: Mapped[int | None]
    """How often in one order "buy some, get some" counts."""
    minimum_minor: Mapped[int] = mapped_column(default=0)
    minimum_quantity: Mapped[int] = mapped_column(default=0, server_default="0")
    audience: Mapped[str] = mapped_column(String(12), default="everyone", server_default="everyone")
    """Who may use a code: `everyone`, `first_order`, `emails`."""
    emails: Mapped[list[Any]] = mapped_column(Json, default=list, server_default="[]")
    with_goods: Mapped[bool] = mapped_column(default=False, server_default="false")
    with_delivery: Mapped[bool] = mapped_column(default=False, server_default="false")
    uses_max: Mapped[int | None]
    per_buyer_max: Mapped[int | None]
    used: Mapped[int] = mapped_column(default=0)
    """Uses of its codes; those of an automatic discount are counted where they are written."""
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("uses_max IS NULL OR used <= uses_max", name="used_within_max"),
        Index("ix_discount_method", "merchant_id", "method", "active"),
    )


class DiscountCode(TenantRow, Base):
    """A code of a discount. One that many people know has no limit of its own; a handed-out one is for one use."""

    __tablename__ = "discount_code"

    discount_id: Mapped[str] = mapped_column(ID)
    code: Mapped[str] = mapped_column(String(40))
    """Upper case."""
    uses_max: Mapped[int | None]
    used: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("discount_id", "discount"),
        UniqueConstraint("merchant_id", "code"),
        Index("ix_discount_code_discount", "merchant_id", "discount_id", "id"),
        CheckConstraint("uses_max IS NULL OR used <= uses_max", name="used_within_max"),
    )


class DiscountUse(TenantRow, Base):
    """A discount that an order was given. Taken back when the order is never paid."""

    __tablename__ = "discount_use"

    discount_id: Mapped[str] = mapped_column(ID)
    order_id: Mapped[str] = mapped_column(ID)
    code: Mapped[str] = mapped_column(String(40))
    """What was typed; empty where it applied by itself."""
    buyer_hash: Mapped[str] = mapped_column(String(64))
    """Keyed hash of the buyer's e-mail address, for "so often per customer"."""
    amount_minor: Mapped[int]
    order_minor: Mapped[int]
    """What the order came to."""
    created_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("discount_id", "discount"),
        tenant_fk("order_id", "orders"),
        UniqueConstraint("merchant_id", "order_id", "discount_id"),
        Index("ix_discount_use_discount", "merchant_id", "discount_id", "created_at"),
        Index("ix_discount_use_buyer", "merchant_id", "discount_id", "buyer_hash"),
    )
