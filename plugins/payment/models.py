"""What the plugin remembers: what it asked the bank for, what the bank told, and what the bank booked."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import ID, Base, Json, TenantRow

REFERENCE = String(64)


class Kind(StrEnum):
    """What was asked of the bank; also the kinds of lines in its statement."""

    COLLECTION = "collection"
    REFUND = "refund"
    PAYOUT = "payout"


class Verdict(StrEnum):
    """What became of a notice."""

    WAITING = "waiting"
    """Stored; not acted on yet."""
    ASKING = "asking"
    """It says something unexpected; the bank is asked what is true."""
    ACTED = "acted"
    """It was right, and what it tells is recorded."""
    CORRECTED = "corrected"
    """It was not as expected; what the bank answered when asked is recorded instead."""
    UNKNOWN_REFERENCE = "unknown_reference"
    """It is about something that this merchant never asked for; nothing moved."""
    NOT_UNDERSTOOD = "not_understood"
    """Its signature is good, its content is not; nothing moved."""
    REFUSED = "refused"
    """Its signature is missing, wrong, stale or used before; nothing moved."""


class BankRequest(TenantRow, Base):
    """Something that the bank was asked for, noted before it was asked. `id` is the reference: our payment's id."""

    __tablename__ = "payment_bank_request"

    connection: Mapped[str] = mapped_column(ID)
    kind: Mapped[str] = mapped_column(String(12))
    of_reference: Mapped[str | None] = mapped_column(REFERENCE)
    """For a refund: the reference of the collection that is given back."""
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    terms: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """For a collection: description, expires_at and notify_url, so that the very same can be asked for again."""
    withdrawn: Mapped[bool] = mapped_column(default=False)
    """Nobody wants it any more: it is not asked for again."""
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("connection", "id"),
        Index("ix_payment_bank_request_listed", "merchant_id", "created_at"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )


class BankNotice(TenantRow, Base):
    """A notice as it came in, stored before it is acted on. `id` is the bank's; a refused one gets an id of ours."""

    __tablename__ = "payment_bank_notice"

    type: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str | None] = mapped_column(REFERENCE)
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    key_id: Mapped[str] = mapped_column(String(80), default="")
    verdict: Mapped[str] = mapped_column(String(20))
    message: Mapped[str] = mapped_column(Text, default="")
    deliveries: Mapped[int] = mapped_column(default=1)
    attempts: Mapped[int] = mapped_column(default=0)
    try_again_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_payment_bank_notice_listed", "merchant_id", "received_at"),
        Index("ix_payment_bank_notice_due", "try_again_at"),
    )


class BankNonce(Base):
    """A nonce that a bank used, kept for as long as it could be used again."""

    __tablename__ = "payment_bank_nonce"

    key_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime]

    __table_args__ = (Index("ix_payment_bank_nonce_until", "until"),)


class BankLine(Base):
    """A line of a bank statement. `merchant_id` is empty when nobody here asked for what it refers to."""

    __tablename__ = "payment_bank_line"

    connection: Mapped[str] = mapped_column(ID, primary_key=True)
    transfer_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    merchant_id: Mapped[str | None] = mapped_column(ID)
    line: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(200))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    """Positive when money came in."""
    currency: Mapped[str] = mapped_column(String(3))
    counter_account: Mapped[str] = mapped_column(String(200))
    counter_name: Mapped[str] = mapped_column(String(200))
    booked_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("connection", "line"),
        Index("ix_payment_bank_line_merchant", "merchant_id", "booked_at"),
        Index("ix_payment_bank_line_reference", "merchant_id", "reference"),
    )


class BankStatement(Base):
    """How far a connection's statement has been read: up to this line, of this day, at that moment."""

    __tablename__ = "payment_bank_statement"

    connection: Mapped[str] = mapped_column(ID, primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    line: Mapped[int] = mapped_column(BigInteger)
    read_at: Mapped[datetime]
    """Everything booked before this moment has been read."""
