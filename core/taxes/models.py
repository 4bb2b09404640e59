"""Tax categories, rates by place, and customers who are exempt. Rates are parts per million."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, TenantRow, tenant_fk


class TaxCategory(TenantRow, Base):
    """Goods that are taxed alike: food, books. Goods without a category are taxed at the standard rate."""

    __tablename__ = "tax_category"

    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("merchant_id", "name"),)


class TaxRate(TenantRow, Base):
    """The rate of one category (None: of everything else) where goods go to: a country, a province, a postal prefix."""

    __tablename__ = "tax_rate"

    category_id: Mapped[str | None] = mapped_column(ID)
    country: Mapped[str] = mapped_column(String(2), default="")
    """ISO 3166; empty: every country."""
    region: Mapped[str] = mapped_column(String(200), default="")
    """A province or state, with the ways in which buyers write it, commas between; empty: the whole country."""
    postal_prefix: Mapped[str] = mapped_column(String(12), default="")
    rate_ppm: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))
    """What buyers and invoices call it: VAT."""
    created_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("category_id", "tax_category"),
        Index(
            "uq_tax_rate_category_place",
            *("merchant_id", "category_id", "country", "region", "postal_prefix"),
            unique=True,
            sqlite_where=text("category_id IS NOT NULL"),
            postgresql_where=text("category_id IS NOT NULL"),
        ),
        Index(
            "uq_tax_rate_place",
            *("merchant_id", "country", "region", "postal_prefix"),
            unique=True,
            sqlite_where=text("category_id IS NULL"),
            postgresql_where=text("category_id IS NULL"),
        ),
        CheckConstraint("rate_ppm >= 0 AND rate_ppm <= 1000000", name="rate_range"),
    )


class TaxExemption(TenantRow, Base):
    """A customer who owes no tax, why, and the number that proves it."""

    __tablename__ = "tax_exemption"

    customer_id: Mapped[str] = mapped_column(ID)
    reason: Mapped[str] = mapped_column(String(200))
    tax_id: Mapped[str] = mapped_column(String(60), default="", server_default="")
    created_by: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime]

    __table_args__ = (tenant_fk("customer_id", "customer"), UniqueConstraint("merchant_id", "customer_id"))
