"""Events that are told after commit: written in the business transaction, delivered by the worker at least once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.base import clock
from core.base.database import ID, Base, Json, table_of
from core.base.rows import insert_rows
from core.base.transactions import at_end_of_transaction

SERIAL = BigInteger().with_variant(Integer(), "sqlite")


class OutboxEvent(Base):
    """Something that happened. Rows are written once and never changed; `fanned_out` is the worker's bookkeeping."""

    __tablename__ = "outbox_event"

    id: Mapped[int] = mapped_column(SERIAL, primary_key=True, autoincrement=True)
    merchant_id: Mapped[str | None] = mapped_column(ID)
    topic: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime]
    fanned_out: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index("ix_outbox_event_waiting", "id", sqlite_where=~fanned_out, postgresql_where=~fanned_out),)


class OutboxDelivery(Base):
    """One event on its way to one subscriber: waiting, done, or dead after too many tries (replayable by hand)."""

    __tablename__ = "outbox_delivery"

    event_id: Mapped[int] = mapped_column(SERIAL, ForeignKey("outbox_event.id"), primary_key=True)
    subscriber: Mapped[str] = mapped_column(String(120), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("ix_outbox_delivery_due", "state", "next_attempt_at"),)


def emit(topic: str, payload: dict[str, Any], *, merchant_id: str | None = None) -> None:
    """Put an event into the outbox, in the caller's transaction; written with its others when the use case ends.

    The payload is plain JSON (ids, not rows). Raises RuntimeError outside a use case.
    """
    at_end_of_transaction(
        _write_events,
        {
            "merchant_id": merchant_id,
            "topic": topic,
            "payload": payload,
            "created_at": clock.now(),
            "fanned_out": False,
        },
    )


def _write_events(rows: list[dict[str, Any]]) -> None:
    insert_rows(table_of(OutboxEvent), rows)
