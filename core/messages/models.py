"""Messages on their way, and the log of those that went."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base


class Message(Base):
    """One message to one recipient: `waiting`, `sent`, or `dead` after too many tries or a plain refusal."""

    __tablename__ = "message"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    merchant_id: Mapped[str | None] = mapped_column(ID)
    """The shop in whose name it goes; none for the platform's own."""
    kind: Mapped[str] = mapped_column(String(80))
    medium: Mapped[str] = mapped_column(String(10))
    recipient: Mapped[str] = mapped_column(String(254))
    locale: Mapped[str] = mapped_column(String(10))
    key: Mapped[str | None] = mapped_column(String(160), unique=True)
    """What makes it the same message if it is sent again."""
    sealed: Mapped[str | None] = mapped_column(Text)
    """What it says, encrypted; forgotten once sent (secret kinds) or after some days."""
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    channel_id: Mapped[str | None] = mapped_column(String(80))
    external_id: Mapped[str | None] = mapped_column(String(200))
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_message_due", "state", "next_attempt_at"),
        Index("ix_message_listed", "merchant_id", "created_at", "id"),
        Index("ix_message_created", "created_at"),
    )
