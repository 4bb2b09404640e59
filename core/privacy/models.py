"""Packages of somebody's data, and what was erased for whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json


class DataPackage(Base):
    """A ZIP of all that is known of somebody, for its subject alone and for a few days."""

    __tablename__ = "data_package"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[str] = mapped_column(ID)
    merchant_id: Mapped[str | None] = mapped_column(ID)
    """The shop whose customer it is; empty for a member of the platform."""
    state: Mapped[str] = mapped_column(String(10), default="making")
    size_bytes: Mapped[int] = mapped_column(default=0)
    content_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    requested_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("state IN ('making', 'ready', 'failed')", name="state_known"),
        Index("ix_data_package_subject", "subject_id", "requested_at"),
        Index("ix_data_package_expires", "expires_at"),
    )


class Erasure(Base):
    """Somebody's data was erased; kept so that it can be done again after a backup was restored."""

    __tablename__ = "erasure"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[str] = mapped_column(ID)
    merchant_id: Mapped[str | None] = mapped_column(ID)
    parts: Mapped[list[Any]] = mapped_column(Json)
    erased_at: Mapped[datetime]

    __table_args__ = (Index("ix_erasure_subject", "subject_id"),)
