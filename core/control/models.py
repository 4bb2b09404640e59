"""Proposals that wait for a second person, limits and what was used of them, and queues of things to review."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json


class Approval(Base):
    """A change that one person proposed. The database itself refuses that the same person decides on it."""

    __tablename__ = "approval"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    merchant_id: Mapped[str | None] = mapped_column(ID, ForeignKey("merchant.id"))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    amount_minor: Mapped[int | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    maker_id: Mapped[str] = mapped_column(ID, ForeignKey("person.id"))
    checker_id: Mapped[str | None] = mapped_column(ID, ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    """What the second person said."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name="two_people"),
        CheckConstraint(
            "state IN ('waiting', 'approved', 'rejected', 'withdrawn', 'expired') "
            "AND (state IN ('approved', 'rejected')) = (checker_id IS NOT NULL) "
            "AND (state = 'waiting') = (decided_at IS NULL)",
            name="decided_whole",
        ),
        Index("ix_approval_state", "state", "created_at"),
        Index("ix_approval_merchant", "merchant_id", "created_at"),
        Index("ix_approval_expires", "expires_at", postgresql_where=text("state = 'waiting'")),
    )


class LimitRule(Base):
    """How much of one thing (`payout`, `refund`) may be done: at once, and in a day.

    `scope` says whose it is: `merchant` or `person` (with the id as `holder`), `role` (a role's name: each person who
    has it), `everyone` (each merchant that has no rule of its own). Amounts in minor units; empty means no limit.
    """

    __tablename__ = "limit_rule"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    scope: Mapped[str] = mapped_column(String(12))
    holder: Mapped[str] = mapped_column(ID, default="")
    currency: Mapped[str] = mapped_column(String(3))
    single_minor: Mapped[int | None]
    day_minor: Mapped[int | None]
    day_count: Mapped[int | None]
    changed_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("name", "scope", "holder", "currency"),
        CheckConstraint("scope IN ('merchant', 'person', 'role', 'everyone')", name="scope_known"),
        CheckConstraint("(scope = 'everyone') = (holder = '')", name="holder_named"),
        CheckConstraint(
            "(single_minor IS NULL OR single_minor >= 0) AND (day_minor IS NULL OR day_minor >= 0) "
            "AND (day_count IS NULL OR day_count >= 0)",
            name="not_negative",
        ),
    )


class LimitUse(Base):
    """What a merchant or a person has done of one thing in one day (of the merchant's calendar)."""

    __tablename__ = "limit_use"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    scope: Mapped[str] = mapped_column(String(12), primary_key=True)
    holder: Mapped[str] = mapped_column(ID, primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    amount_minor: Mapped[int]
    count: Mapped[int]


class Review(Base):
    """Something put before the staff: it waits, somebody takes it, it is accepted or refused with reasons."""

    __tablename__ = "review"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120))
    merchant_id: Mapped[str | None] = mapped_column(ID, ForeignKey("merchant.id"))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    submitted_by: Mapped[str | None] = mapped_column(ID, ForeignKey("person.id"))
    taken_by: Mapped[str | None] = mapped_column(ID, ForeignKey("person.id"))
    taken_until: Mapped[datetime | None]
    reviewer_id: Mapped[str | None] = mapped_column(ID, ForeignKey("person.id"))
    reasons: Mapped[list[Any]] = mapped_column(Json, default=list)
    note: Mapped[str] = mapped_column(Text, default="")
    round: Mapped[int] = mapped_column(default=1)
    """1 for the first submission of a subject, 2 for the second after a refusal, and so on."""
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "reviewer_id IS NULL OR submitted_by IS NULL OR reviewer_id <> submitted_by", name="two_people"
        ),
        CheckConstraint(
            "state IN ('waiting', 'accepted', 'refused', 'withdrawn') AND (state = 'waiting') = (decided_at IS NULL)",
            name="decided_whole",
        ),
        Index("ix_review_state", "state", "kind", "created_at"),
        Index("ix_review_subject", "subject", "created_at"),
        Index(
            "uq_review_open",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )
