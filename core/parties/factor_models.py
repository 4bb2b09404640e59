"""What people prove themselves with beside a password, and what was sent to them to prove an address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json


class TotpFactor(Base):
    """An app that shows a new code every half minute; counts once it was confirmed by a code."""

    __tablename__ = "totp_factor"

    person_id: Mapped[str] = mapped_column(ID, ForeignKey("person.id"), primary_key=True)
    secret_encrypted: Mapped[str] = mapped_column(Text)
    last_step: Mapped[int] = mapped_column(default=0)
    """The half minute whose code was used last: that one, and those before, are worth nothing any more."""
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class Passkey(Base):
    """A key that lives in a phone, a computer or a stick; only its public half is here."""

    __tablename__ = "passkey"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    person_id: Mapped[str] = mapped_column(ID, ForeignKey("person.id"), index=True)
    credential_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Credentials' own ids may be long; this finds them."""
    credential_id: Mapped[str] = mapped_column(Text)
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int]
    transports: Mapped[list[Any]] = mapped_column(Json, default=list)
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that opens an account once when every other factor is lost; only its hash is here."""

    __tablename__ = "recovery_code"

    person_id: Mapped[str] = mapped_column(ID, ForeignKey("person.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ProofToken(Base):
    """Something secret and single-use that was sent out, found by its hash: a link to an address, a challenge."""

    __tablename__ = "proof_token"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(30))
    subject: Mapped[str] = mapped_column(String(100))
    """Whom it is about: `person:…`, `customer:<merchant>:…`."""
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_proof_token_subject", "subject", "purpose"),
        Index("ix_proof_token_expires", "expires_at"),
    )


class KnownDevice(Base):
    """A browser in which a person has signed in before; a sign-in from any other is told by message."""

    __tablename__ = "known_device"

    person_id: Mapped[str] = mapped_column(ID, ForeignKey("person.id"), primary_key=True)
    device_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
