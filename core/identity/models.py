"""Papers handed in, the level that was reached, codes on their way to a contact."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json


class IdentityLevel(Base):
    """How far a person or an organisation is verified. No row: level 0."""

    __tablename__ = "identity_level"

    subject_kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    subject_id: Mapped[str] = mapped_column(ID, primary_key=True)
    level: Mapped[int]
    changed_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("level >= 0 AND level <= 3", name="level_range"),)


class IdentityCase(Base):
    """Papers for one level: gathered, handed in, accepted or rejected. After a rejection a new case begins."""

    __tablename__ = "identity_case"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(12))
    subject_id: Mapped[str] = mapped_column(ID)
    level: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default="draft")
    number_kind: Mapped[str] = mapped_column(String(30), default="")
    country: Mapped[str] = mapped_column(String(2), default="")
    name_encrypted: Mapped[str] = mapped_column(Text, default="")
    number_encrypted: Mapped[str] = mapped_column(Text, default="")
    number_index: Mapped[str] = mapped_column(String(64), default="")
    """A keyed hash: the number is found by itself, and by nothing less."""
    number_masked: Mapped[str] = mapped_column(String(40), default="")
    provider_id: Mapped[str] = mapped_column(String(80), default="")
    external_id: Mapped[str] = mapped_column(String(120), default="")
    asks: Mapped[int] = mapped_column(default=0)
    ask_at: Mapped[datetime | None]
    reasons: Mapped[list[Any]] = mapped_column(Json, default=list)
    note: Mapped[str] = mapped_column(Text, default="")
    begun_by: Mapped[str] = mapped_column(ID, ForeignKey("person.id"))
    begun_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'checking', 'waiting', 'accepted', 'rejected', 'withdrawn')", name="state_known"
        ),
        CheckConstraint("level = 2 OR level = 3", name="level_known"),
        Index(
            "uq_identity_case_open",
            "subject_kind",
            "subject_id",
            "level",
            unique=True,
            sqlite_where=text("state IN ('draft', 'checking', 'waiting')"),
            postgresql_where=text("state IN ('draft', 'checking', 'waiting')"),
        ),
        Index("ix_identity_case_subject", "subject_kind", "subject_id", "begun_at"),
        Index("ix_identity_case_number", "number_index"),
        Index("ix_identity_case_ask", "state", "ask_at"),
    )


class IdentityPaper(Base):
    """A document of a case. The file is encrypted; it leaves only to its owner and to reviewers."""

    __tablename__ = "identity_paper"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ID, ForeignKey("identity_case.id"))
    kind: Mapped[str] = mapped_column(String(30))
    media_type: Mapped[str] = mapped_column(String(40))
    size_bytes: Mapped[int]
    content_encrypted: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    added_at: Mapped[datetime]

    __table_args__ = (Index("uq_identity_paper_kind", "case_id", "kind", unique=True),)


class ContactCode(Base):
    """A code on its way to an e-mail address or a phone. One for each person and medium."""

    __tablename__ = "contact_code"

    person_id: Mapped[str] = mapped_column(ID, ForeignKey("person.id"), primary_key=True)
    medium: Mapped[str] = mapped_column(String(5), primary_key=True)
    address: Mapped[str] = mapped_column(String(254))
    code_hash: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime]
