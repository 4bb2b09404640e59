"""Tables of the ledger. Transfers and entries are written once; triggers refuse every change (see triggers.py)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base
from core.base.outbox import SERIAL
from core.ledger import triggers


class LedgerAccount(Base):
    """An account; its id is a hash of kind, owner, subject and currency (see values.account_id)."""

    __tablename__ = "ledger_account"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    owner: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(3))
    client: Mapped[bool]
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_ledger_account_owner", "owner", "kind", "currency"),)


class LedgerBalance(Base):
    """What a client's account holds. Platform accounts have no such row: every order would queue on it."""

    __tablename__ = "ledger_balance"

    account_id: Mapped[str] = mapped_column(ID, ForeignKey("ledger_account.id"), primary_key=True)
    balance_minor: Mapped[int] = mapped_column(BigInteger)
    held_minor: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("held_minor >= 0", name="held_not_negative"),
        CheckConstraint("balance_minor >= held_minor", name="not_overdrawn"),
    )


class LedgerTransfer(Base):
    """A movement of money; two or more entries that add up to zero in each currency belong to it."""

    __tablename__ = "ledger_transfer"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    merchant_id: Mapped[str | None] = mapped_column(ID)
    reference: Mapped[str] = mapped_column(String(80))
    idempotency_key: Mapped[str] = mapped_column(String(200), unique=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    memo: Mapped[str] = mapped_column(String(200))
    reverses: Mapped[str | None] = mapped_column(ID, ForeignKey("ledger_transfer.id"), unique=True)
    occurred_at: Mapped[datetime]
    created_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_ledger_transfer_merchant", "merchant_id", "id"),
        Index("ix_ledger_transfer_reference", "reference"),
    )


class LedgerEntry(Base):
    """One account's part in a transfer, in minor units: positive, the owner has more."""

    __tablename__ = "ledger_entry"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True, autoincrement=True)
    transfer_id: Mapped[str] = mapped_column(ID, ForeignKey("ledger_transfer.id"))
    account_id: Mapped[str] = mapped_column(ID, ForeignKey("ledger_account.id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    balance_after: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("amount_minor <> 0", name="not_zero"),
        UniqueConstraint("transfer_id", "account_id"),
        Index("ix_ledger_entry_account", "account_id", "id"),
    )


class LedgerHold(Base):
    """Money set aside in a client's account."""

    __tablename__ = "ledger_hold"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    account_id: Mapped[str] = mapped_column(ID, ForeignKey("ledger_account.id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    posted_minor: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10))
    reference: Mapped[str] = mapped_column(String(80))
    idempotency_key: Mapped[str] = mapped_column(String(200), unique=True)
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("posted_minor >= 0 AND posted_minor <= amount_minor", name="posted_within"),
        CheckConstraint("state IN ('open', 'posted', 'released', 'expired')", name="state"),
        Index("ix_ledger_hold_account", "account_id", "state"),
        Index("ix_ledger_hold_due", "state", "expires_at"),
        Index("ix_ledger_hold_reference", "reference"),
    )


class LedgerRollup(Base):
    """What a platform account came to at an entry, so that its balance need not add up all of history."""

    __tablename__ = "ledger_rollup"

    account_id: Mapped[str] = mapped_column(ID, ForeignKey("ledger_account.id"), primary_key=True)
    up_to_entry_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    balance_minor: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]


triggers.attach(Base.metadata.tables)
