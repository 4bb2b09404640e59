"""Endpoints of merchants, what is sent to them, and each try."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json, TenantRow, tenant_fk
from core.base.outbox import SERIAL


class WebhookEndpoint(TenantRow, Base):
    """Where a merchant wants to be told of what happens."""

    __tablename__ = "webhook_endpoint"

    url: Mapped[str] = mapped_column(String(1000))
    description: Mapped[str] = mapped_column(String(200), default="")
    topics: Mapped[list[Any]]
    """Names of events; `*` is all of them."""
    secret_sealed: Mapped[str] = mapped_column(Text)
    former_sealed: Mapped[str | None] = mapped_column(Text)
    former_until: Mapped[datetime | None]
    """Until when messages carry a signature by the former secret, too."""
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    switched_off_because: Mapped[str] = mapped_column(String(40), default="")
    failing_since: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime]


class WebhookDelivery(TenantRow, Base):
    """One event on its way to one endpoint: waiting, done, failed (given up) or stopped (endpoint switched off)."""

    __tablename__ = "webhook_delivery"

    endpoint_id: Mapped[str] = mapped_column(ID)
    event_id: Mapped[str] = mapped_column(String(40))
    """The same for every try and every endpoint: receivers know by it what they have had already."""
    topic: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    happened_at: Mapped[datetime]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_fk("endpoint_id", "webhook_endpoint"),
        UniqueConstraint("merchant_id", "endpoint_id", "event_id"),
        Index("ix_webhook_delivery_due", "state", "next_attempt_at"),
        Index("ix_webhook_delivery_listed", "merchant_id", "endpoint_id", "id"),
        Index("ix_webhook_delivery_created", "created_at"),
    )


class WebhookAttempt(Base):
    """One try: what came back. Response bodies are cut."""

    __tablename__ = "webhook_attempt"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True, autoincrement=True)
    merchant_id: Mapped[str] = mapped_column(ID)
    delivery_id: Mapped[str] = mapped_column(ID)
    at: Mapped[datetime]
    status: Mapped[int | None]
    milliseconds: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(Text, default="")
    error: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (
        tenant_fk("delivery_id", "webhook_delivery"),
        Index("ix_webhook_attempt_delivery", "merchant_id", "delivery_id", "id"),
    )
