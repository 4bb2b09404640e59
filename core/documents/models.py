"""Invoices and credit notes as they were issued. The database refuses to change them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json, TenantRow, table_of, tenant_fk
from core.base.ddl import append_only

PLATFORM = "platform"


class DocumentCounter(Base):
    """The last number given in a series of a year by one issuer (a merchant's id, or `platform`)."""

    __tablename__ = "document_counter"

    issuer: Mapped[str] = mapped_column(ID, primary_key=True)
    series: Mapped[str] = mapped_column(String(12), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Invoice(TenantRow, Base):
    """A paper that was issued. A credit note's amounts are positive: what was given back.

    `series` is `invoice`, `credit_note` (a merchant to a buyer) or `fee` (the platform to a merchant).
    """

    __tablename__ = "invoice"

    issuer: Mapped[str] = mapped_column(ID)
    """The merchant's id, or `platform`."""
    series: Mapped[str] = mapped_column(String(12))
    year: Mapped[int]
    number: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    """What stands on it: `INV-2026-000123`."""
    order_id: Mapped[str | None] = mapped_column(ID)
    order_code: Mapped[str] = mapped_column(String(16), default="")
    corrects_id: Mapped[str | None] = mapped_column(ID)
    """The invoice that a credit note belongs to."""
    refund_id: Mapped[str | None] = mapped_column(ID)
    period: Mapped[str] = mapped_column(String(7), default="")
    """The month of a fee invoice, `2026-11`."""
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int]
    tax_minor: Mapped[int]
    buyer_name: Mapped[str] = mapped_column(String(200), default="")
    country: Mapped[str] = mapped_column(String(2), default="")
    """Where the goods went to."""
    locale: Mapped[str] = mapped_column(String(10))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    """All that is printed, as it was then (core.documents.content)."""
    issued_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("order_id", "orders"),
        tenant_fk("corrects_id", "invoice"),
        UniqueConstraint("merchant_id", "issuer", "series", "year", "number", name="uq_invoice_number"),
        Index(
            "uq_invoice_platform_number",
            *("series", "year", "number"),
            unique=True,
            sqlite_where=text("issuer = 'platform'"),
            postgresql_where=text("issuer = 'platform'"),
        ),
        Index(
            "uq_invoice_order",
            *("merchant_id", "order_id"),
            unique=True,
            sqlite_where=text("series = 'invoice'"),
            postgresql_where=text("series = 'invoice'"),
        ),
        Index("uq_invoice_refund", "merchant_id", "refund_id", unique=True),
        Index(
            "uq_invoice_period",
            *("merchant_id", "period", "currency"),
            unique=True,
            sqlite_where=text("series = 'fee'"),
            postgresql_where=text("series = 'fee'"),
        ),
        Index("ix_invoice_listed", "merchant_id", "issuer", "issued_at", "id"),
        Index("ix_invoice_corrects", "merchant_id", "corrects_id"),
        Index("ix_invoice_code", "merchant_id", "code"),
        CheckConstraint("series IN ('invoice', 'credit_note', 'fee')", name="series_known"),
        CheckConstraint("series = 'fee' OR total_minor > 0", name="total_positive"),
        CheckConstraint("number > 0", name="number_positive"),
    )


class InvoiceTax(Base):
    """The tax of one rate on an issued paper: what it was computed on, and what it came to."""

    __tablename__ = "invoice_tax"

    merchant_id: Mapped[str] = mapped_column(ID, ForeignKey("merchant.id"), primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ID, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(40))
    rate_ppm: Mapped[int]
    base_minor: Mapped[int]
    """Without the tax."""
    tax_minor: Mapped[int]

    __table_args__ = (tenant_fk("invoice_id", "invoice"),)


append_only(table_of(Invoice), "an issued paper never changes: correct it by a credit note")
append_only(table_of(InvoiceTax), "an issued paper never changes: correct it by a credit note")
