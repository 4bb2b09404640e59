"""What was done, in chains: each entry carries the hash of the one before it, so nothing can be changed unseen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json, table_of
from core.base.ddl import append_only


class AuditChain(Base):
    """The end of one chain: a merchant's, or the platform's own. Locked while entries are added to it."""

    __tablename__ = "audit_chain"

    chain: Mapped[str] = mapped_column(ID, primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class AuditEntry(Base):
    """One thing that somebody did. Never changed, never deleted: triggers refuse it."""

    __tablename__ = "audit_entry"

    chain: Mapped[str] = mapped_column(ID, primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3 … without a gap within a chain."""
    at: Mapped[datetime]
    actor_id: Mapped[str | None] = mapped_column(ID)
    """A person; empty when the system did it by itself."""
    on_behalf_of: Mapped[str | None] = mapped_column(ID)
    """Whose post a member of the platform's staff was looking from, where they had signed in as somebody."""
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(120))
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        Index("ix_audit_entry_at", "at"),
        Index("ix_audit_entry_actor", "actor_id", "at"),
        Index("ix_audit_entry_subject", "subject", "at"),
        Index("ix_audit_entry_action", "chain", "action", "sequence"),
    )


append_only(table_of(AuditEntry), "the audit trail never changes")
