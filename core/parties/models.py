"""People and their sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, synonym

from core.base.database import ID, Base, Json, TenantRow


class Person(Base):
    """A member of the platform: merchant's staff or the platform's own. Signs in on the platform's host."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    """Lower case."""
    email_proven_at: Mapped[datetime | None]
    phone: Mapped[str | None] = mapped_column(String(20), unique=True)
    """`+` and digits; only a proven one stands here. It signs in as the e-mail address does."""
    phone_proven_at: Mapped[datetime | None]
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(10), default="en")
    staff_role: Mapped[str | None] = mapped_column(String(20))
    """Works for the platform, in a role of `core.parties.staff`."""
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_person_email_begins", "email", postgresql_ops={"email": "varchar_pattern_ops"}),)


class Organisation(Base):
    """Who people act for: a merchant, a funder, a borrower, an investor, an intermediary, or the platform itself.

    A merchant's row is written together with the merchant, under the same id.
    """

    __tablename__ = "organisation"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(120))
    country: Mapped[str] = mapped_column(String(2), default="")
    """Where it is registered (ISO 3166); empty until it is known."""
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(
            "kind IN ('merchant', 'funder', 'borrower', 'investor', 'intermediary', 'platform')", name="kind_known"
        ),
        Index("ix_organisation_kind", "kind", "name"),
    )


class Membership(Base):
    """A person may act for an organisation, in a role: a built-in one (`owner`, `manager` …) or one of its own."""

    __tablename__ = "membership"

    person_id: Mapped[str] = mapped_column(ID, ForeignKey("person.id"), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ID, ForeignKey("organisation.id"), primary_key=True)
    role: Mapped[str] = mapped_column(ID)
    created_at: Mapped[datetime]
    merchant_id: Mapped[str] = synonym("organisation_id")
    """The same id, for what concerns merchants only."""

    __table_args__ = (Index("ix_membership_organisation", "organisation_id"),)


class OrganisationRole(Base):
    """A role that an organisation defined for itself: a name and the permissions that it holds."""

    __tablename__ = "organisation_role"

    organisation_id: Mapped[str] = mapped_column(ID, ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    label: Mapped[str] = mapped_column(String(60))
    permissions: Mapped[list[Any]] = mapped_column(Json)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("organisation_id", "label"),)


class Customer(TenantRow, Base):
    """A buyer with an account in one shop; the same e-mail in another shop is another customer."""

    __tablename__ = "customer"

    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(40), default="")
    password_hash: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(10), default="en")
    address: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """The address used last, to fill in the next checkout."""
    person_id: Mapped[str | None] = mapped_column(ID, ForeignKey("person.id"), index=True)
    """The member of the platform that this customer proved to be."""
    linked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("merchant_id", "email"),
        Index("ix_customer_email", "email", postgresql_ops={"email": "varchar_pattern_ops"}),
    )


class VisitorSession(Base):
    """A browser's session in one shop: found by the hash of its cookie, worthless on any other host."""

    __tablename__ = "visitor_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ID, ForeignKey("merchant.id"))
    customer_id: Mapped[str | None] = mapped_column(ID)
    cart_id: Mapped[str | None] = mapped_column(ID)
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """Flashed messages, orders that a guest may see, a checkout begun."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "customer_id"], ["customer.merchant_id", "customer.id"]),
        Index("ix_visitor_session_customer", "merchant_id", "customer_id"),
        Index("ix_visitor_session_expires", "expires_at"),
    )


class MemberSession(Base):
    """A member's session on the platform's host."""

    __tablename__ = "member_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ID, ForeignKey("person.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ID, ForeignKey("organisation.id"))
    """The organisation that the person acts for now."""
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    device: Mapped[str] = mapped_column(String(120), default="", server_default="")
    """Browser and system, as far as they say so."""
    place: Mapped[str] = mapped_column(String(60), default="", server_default="")
    """The first part of the network address: enough to recognise, too little to find somebody."""
    pending: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The password was right; the second factor is still to be proven."""
    factor_at: Mapped[datetime | None]
    """When the second factor was proven last."""
    seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    merchant_id: Mapped[str | None] = synonym("organisation_id")


class SignInThrottle(Base):
    """Failed sign-ins by account and by address, counted in the database because processes share nothing else."""

    __tablename__ = "sign_in_throttle"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    window_ends_at: Mapped[datetime]
