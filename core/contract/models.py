"""What plugins failed to show, how their calls went, and which are left alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json


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


class PluginCalls(Base):
    """How often one call of a plugin was made for a merchant in a quarter of an hour, how it went and how long it took.

    `merchant_id` is empty for calls that belong to no merchant.
    """

    __tablename__ = "plugin_calls"

    merchant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    plugin_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    call: Mapped[str] = mapped_column(String(80), primary_key=True)
    began_at: Mapped[datetime] = mapped_column(primary_key=True)
    ok: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(default=0)
    fault: Mapped[int] = mapped_column(default=0)
    timeout: Mapped[int] = mapped_column(default=0)
    buckets: Mapped[list[Any]] = mapped_column(Json)
    """Calls by how long they took: see core.contract.health.BUCKET_SECONDS."""
    message: Mapped[str] = mapped_column(String(300), default="")
    """What the last fault said."""

    __table_args__ = (
        Index("ix_plugin_calls_plugin", "plugin_id", "began_at"),
        Index("ix_plugin_calls_old", "began_at"),
    )


class PluginCircuit(Base):
    """Whether a plugin was left alone for a merchant, as the process that last saw a change says."""

    __tablename__ = "plugin_circuit"

    merchant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    plugin_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    changed_at: Mapped[datetime]
    opened: Mapped[int] = mapped_column(default=0)
    """How often it has been left alone."""
    message: Mapped[str] = mapped_column(String(300))

    __table_args__ = (Index("ix_plugin_circuit_state", "state", "plugin_id"),)
