"""Payments, refunds, payouts and bank accounts. Amounts are minor units."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json, TenantRow, tenant_fk


class Payment(TenantRow, Base):
    """An amount asked of a buyer through one provider, for one subject (an order). States: PaymentState."""

    __tablename__ = "payment"

    purpose: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(ID)
    provider_id: Mapped[str] = mapped_column(String(80))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(20), default="created")
    external_id: Mapped[str | None] = mapped_column(String(120))
    received_minor: Mapped[int] = mapped_column(default=0)
    """What really came in; differs from the amount only when the outside paid wrongly."""
    accepted: Mapped[bool] = mapped_column(default=False)
    """Whether the subject took the money; what it did not take stands in `buyer_unallocated` and is given back."""
    refunded_minor: Mapped[int] = mapped_column(default=0)
    """Refunds created, unknown or succeeded; never more than received."""
    instructions: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    message: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[int] = mapped_column(default=0)
    ask_again_at: Mapped[datetime | None]
    """When the worker asks the provider how it stands; empty once that is known for good."""
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
    captured_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("provider_id", "external_id"),
        Index("ix_payment_external", "external_id"),
        Index("ix_payment_subject", "merchant_id", "purpose", "subject_id"),
        Index("ix_payment_ask", "ask_again_at"),
        Index("ix_payment_listed", "merchant_id", "created_at"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("refunded_minor >= 0 AND refunded_minor <= received_minor", name="refund_within_received"),
    )


class Refund(TenantRow, Base):
    """Money on its way back to a buyer, held in the ledger until the answer is known. States: RefundState."""

    __tablename__ = "refund"

    payment_id: Mapped[str] = mapped_column(ID)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[str] = mapped_column(String(20), default="created")
    gift_card_id: Mapped[str | None] = mapped_column(ID)
    """The gift card whose rest goes back to who bought it; None for money paid for goods."""
    hold_id: Mapped[str | None] = mapped_column(ID)
    external_id: Mapped[str | None] = mapped_column(String(120))
    message: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[int] = mapped_column(default=0)
    ask_again_at: Mapped[datetime | None]
    created_by: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("payment_id", "payment"),
        Index("ix_refund_payment", "merchant_id", "payment_id"),
        Index("ix_refund_settled", "merchant_id", "settled_at"),
        Index("ix_refund_ask", "ask_again_at"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )


class BankAccount(TenantRow, Base):
    """Where a merchant's withdrawals go. The number is encrypted; `masked` is what people see."""

    __tablename__ = "bank_account"

    holder: Mapped[str] = mapped_column(String(120))
    bank_name: Mapped[str] = mapped_column(String(120))
    bank_code: Mapped[str] = mapped_column(String(40), default="")
    number_encrypted: Mapped[str] = mapped_column(Text)
    masked: Mapped[str] = mapped_column(String(40))
    active: Mapped[bool] = mapped_column(default=True)
    is_primary: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """The one that is offered first; at most one of a merchant's."""
    created_at: Mapped[datetime]

    __table_args__ = (
        Index(
            "uq_bank_account_primary",
            "merchant_id",
            unique=True,
            sqlite_where=text("is_primary"),
            postgresql_where=text("is_primary"),
        ),
    )


class PayoutSchedule(Base):
    """Withdrawals that are made without being asked for each time; times are those of the shop's time zone."""

    __tablename__ = "payout_schedule"

    merchant_id: Mapped[str] = mapped_column(ID, ForeignKey("merchant.id"), primary_key=True)
    bank_account_id: Mapped[str] = mapped_column(ID)
    every: Mapped[str] = mapped_column(String(10))
    """`day`, or `week` (on Mondays)."""
    least_minor: Mapped[int]
    """Nothing is withdrawn below this amount."""
    keep_minor: Mapped[int]
    """So much stays in the balance."""
    active: Mapped[bool] = mapped_column(default=True)
    stopped_because: Mapped[str] = mapped_column(String(300), default="")
    next_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(ID, ForeignKey("person.id"))
    """In whose name it withdraws: their role must allow it each time."""
    changed_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("bank_account_id", "bank_account"),
        Index("ix_payout_schedule_due", "active", "next_at"),
        CheckConstraint("least_minor > 0 AND keep_minor >= 0", name="amounts"),
    )


class Payout(TenantRow, Base):
    """A withdrawal to a bank account: held in the ledger, sent outside, posted when known. States: PayoutState."""

    __tablename__ = "payout"

    bank_account_id: Mapped[str] = mapped_column(ID)
    provider_id: Mapped[str] = mapped_column(String(80))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(20), default="created")
    hold_id: Mapped[str | None] = mapped_column(ID)
    external_id: Mapped[str | None] = mapped_column(String(120))
    message: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[int] = mapped_column(default=0)
    ask_again_at: Mapped[datetime | None]
    created_by: Mapped[str | None] = mapped_column(ID, ForeignKey("person.id"))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("bank_account_id", "bank_account"),
        UniqueConstraint("provider_id", "external_id"),
        Index("ix_payout_external", "external_id"),
        Index("ix_payout_listed", "merchant_id", "created_at"),
        Index("ix_payout_ask", "ask_again_at"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )
