"""Gift cards and what of them went into which order. What a card is worth stands on the ledger, nowhere else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, TenantRow, tenant_fk


class GiftCard(TenantRow, Base):
    """A card. Its code is kept as a keyed hash only: whoever knows the code may spend what is on it."""

    __tablename__ = "gift_card"

    code_index: Mapped[str] = mapped_column(String(64))
    last4: Mapped[str] = mapped_column(String(4))
    currency: Mapped[str] = mapped_column(String(3))
    initial_minor: Mapped[int]
    """What was put on it when it was issued."""
    state: Mapped[str] = mapped_column(String(10))
    """active, disabled (by the shop), expired (what was left became the shop's), returned (it went to its buyer)."""
    expires_at: Mapped[datetime | None]
    email: Mapped[str] = mapped_column(String(254), default="")
    """Who it was sent to; empty where it was handed over."""
    note: Mapped[str] = mapped_column(Text, default="")
    """Why the shop gave it, for staff."""
    order_id: Mapped[str | None] = mapped_column(ID)
    """The order that sold it; None where the shop gave it out."""
    order_line_id: Mapped[str | None] = mapped_column(ID)
    piece: Mapped[int] = mapped_column(default=0, server_default="0")
    """Which of the line's pieces it is: a line never makes more cards than it has pieces."""
    recipient: Mapped[str] = mapped_column(String(120), default="", server_default="")
    sender: Mapped[str] = mapped_column(String(120), default="", server_default="")
    message: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Whom it is for, from whom, and what the giver wrote."""
    locale: Mapped[str] = mapped_column(String(10), default="en", server_default="en")
    send_at: Mapped[datetime | None]
    """When its code is made and sent; None for one whose code was told when it was issued."""
    delivered_at: Mapped[datetime | None]
    returned_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    """What was left on it and went back to whoever bought it."""
    created_by: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("merchant_id", "code_index"),
        UniqueConstraint("merchant_id", "order_line_id", "piece"),
        Index("ix_gift_card_order", "merchant_id", "order_id"),
        Index(
            "ix_gift_card_waiting",
            "send_at",
            sqlite_where=text("delivered_at IS NULL"),
            postgresql_where=text("delivered_at IS NULL"),
        ),
        CheckConstraint("returned_minor >= 0 AND returned_minor <= initial_minor", name="returned_within_initial"),
        Index("ix_gift_card_expires_at", "state", "expires_at"),
        Index("ix_gift_card_last4", "merchant_id", "last4"),
        CheckConstraint("initial_minor > 0", name="initial_positive"),
        CheckConstraint("state IN ('active', 'disabled', 'expired', 'returned')", name="state_known"),
    )


class GiftCardUse(TenantRow, Base):
    """What of a card is meant for an order (held), went into it (spent) or was set free again (released)."""

    __tablename__ = "gift_card_use"

    card_id: Mapped[str] = mapped_column(ID)
    order_id: Mapped[str] = mapped_column(ID)
    amount_minor: Mapped[int]
    returned_minor: Mapped[int] = mapped_column(default=0)
    """What of it was given back onto the card since."""
    state: Mapped[str] = mapped_column(String(10))
    hold_id: Mapped[str] = mapped_column(ID)
    created_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("card_id", "gift_card"),
        UniqueConstraint("merchant_id", "order_id"),
        Index("ix_gift_card_use_card", "merchant_id", "card_id", "created_at"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("returned_minor >= 0 AND returned_minor <= amount_minor", name="returned_within_amount"),
        CheckConstraint("state IN ('held', 'spent', 'released')", name="state_known"),
    )
