"""The table of what plugins failed to show."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base


class PluginFault(Base):
    """A plugin failed at a place where the host went on without it: what it said last, when, and how often in all."""

    __tablename__ = "plugin_fault"

    merchant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    plugin_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    place: Mapped[str] = mapped_column(String(80), primary_key=True)
    message: Mapped[str] = mapped_column(String(300))
    happened_at: Mapped[datetime]
    count: Mapped[int]

    __table_args__ = (Index("ix_plugin_fault_recent", "merchant_id", "happened_at"),)
