"""Tables of the worker: the lease that lets each job run once, and long tasks with progress."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json


class JobLease(Base):
    """Who runs a job now and when it last ran: taken by one conditional statement, so any number of workers may try."""

    __tablename__ = "job_lease"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(80))
    held_until: Mapped[datetime | None]
    last_started_at: Mapped[datetime | None]
    last_finished_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    runs: Mapped[int] = mapped_column(default=0)


class BackgroundTask(Base):
    """Long work that a person asked for (an import, an export) and watches: kind, parameters, progress, result."""

    __tablename__ = "background_task"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    merchant_id: Mapped[str | None] = mapped_column(ID)
    kind: Mapped[str] = mapped_column(String(60))
    params: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    error: Mapped[str | None] = mapped_column(Text)
    holder: Mapped[str | None] = mapped_column(String(80))
    held_until: Mapped[datetime | None]
    created_by: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_background_task_state", "state", "created_at"),
        Index("ix_background_task_merchant", "merchant_id", "created_at"),
    )
