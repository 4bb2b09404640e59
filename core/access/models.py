"""Clients, tokens, how much each asks, and the answers kept under idempotency keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, TenantRow, tenant_fk


class ApiClient(TenantRow, Base):
    """A program that fetches short-lived tokens with its secret (OAuth2 client credentials)."""

    __tablename__ = "api_client"

    name: Mapped[str] = mapped_column(String(80))
    scopes: Mapped[list[Any]]
    secret_hash: Mapped[str] = mapped_column(String(64))
    secret_shown: Mapped[str] = mapped_column(String(20))
    """The first characters of the secret, by which people recognise it."""
    former_hash: Mapped[str | None] = mapped_column(String(64))
    former_until: Mapped[datetime | None]
    """Until when the secret before the last rotation works, too."""
    person_id: Mapped[str] = mapped_column(ID, ForeignKey("person.id"))
    """For whom it acts; it can never do more than that person."""
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_api_client_id", "id", unique=True),)


class ApiToken(TenantRow, Base):
    """A bearer token, kept as a hash: made by a person, or fetched by a client for an hour."""

    __tablename__ = "api_token"

    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    shown: Mapped[str] = mapped_column(String(20))
    scopes: Mapped[list[Any]]
    person_id: Mapped[str] = mapped_column(ID, ForeignKey("person.id"))
    client_id: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    rotated: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    """Replaced by a newer one; works until it expires."""

    __table_args__ = (
        tenant_fk("client_id", "api_client"),
        Index("ix_api_token_listed", "merchant_id", "client_id", "created_at"),
        Index("ix_api_token_expires", "expires_at"),
    )


class ApiUsage(Base):
    """How much one key (or one address without a key) has asked in the running minute: one row, one statement."""

    __tablename__ = "api_usage"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    minute: Mapped[int]
    """Whole minutes since 1970."""
    used: Mapped[int]
    last_used_at: Mapped[datetime]


class ApiAnswer(Base):
    """What was answered under an idempotency key; written in the transaction of what it answers for."""

    __tablename__ = "api_answer"

    merchant_id: Mapped[str] = mapped_column(ID, ForeignKey("merchant.id"), primary_key=True)
    owner: Mapped[str] = mapped_column(ID, primary_key=True)
    """The client or token that sent it."""
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    holder: Mapped[str] = mapped_column(String(40))
    held_until: Mapped[datetime]
    status: Mapped[int | None]
    """Empty while the request is under way."""
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Headers and body, encrypted: an answer may hold a secret that is shown once."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (Index("ix_api_answer_expires", "expires_at"),)
