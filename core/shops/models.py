"""Merchants, storefronts, domains, plugin choices.

A merchant is the tenant: everything of its trade carries `merchant_id`. It has one shop; whoever wants a second shop
opens a second merchant account, and one person may act for both.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    event,
    insert,
    text,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from core.base.database import ID, Base, Json, table_of
from core.parties.models import Organisation


class Merchant(Base):
    """Who sells: the legal and financial side. Amounts of its trade are in its one currency."""

    __tablename__ = "merchant"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    """Also the shop's name below the platform's host: `<slug>.localhost`."""
    name: Mapped[str] = mapped_column(String(120))
    currency: Mapped[str] = mapped_column(String(3))
    fee_ppm: Mapped[int] = mapped_column(default=6000)
    """The platform's fee on what is released from escrow, in parts per million."""
    status: Mapped[str] = mapped_column(String(20), default="active")
    created_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("fee_ppm >= 0 AND fee_ppm <= 1000000", name="fee_range"),)


@event.listens_for(Merchant, "before_insert")
def _is_an_organisation(_mapper: Mapper[Merchant], connection: Connection, merchant: Merchant) -> None:
    """Every merchant is an organisation under the same id, however its row comes to be."""
    connection.execute(
        insert(table_of(Organisation)).values(
            id=merchant.id, kind="merchant", name=merchant.name, country="", created_at=merchant.created_at
        )
    )


class Shop(Base):
    """What buyers see. `version` grows with every change that any page of the shop could show."""

    __tablename__ = "shop"

    merchant_id: Mapped[str] = mapped_column(ID, ForeignKey("merchant.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    tagline: Mapped[str] = mapped_column(String(200), default="")
    about: Mapped[str] = mapped_column(Text, default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    locale: Mapped[str] = mapped_column(String(10), default="en")
    theme: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    tax_ppm: Mapped[int] = mapped_column(default=0)
    prices_include_tax: Mapped[bool] = mapped_column(default=True)
    auto_release_days: Mapped[int] = mapped_column(default=10)
    """Days after shipping on which escrow is released without the buyer's word."""
    payment_minutes: Mapped[int] = mapped_column(default=30)
    """How long an unpaid order keeps its stock."""
    open: Mapped[bool] = mapped_column(default=True)
    options: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default="{}")
    """Further settings by name, as `core.shops.options` checks them."""


class Domain(Base):
    """A host name that a merchant claims. It serves only once it is proven; a proven name belongs to one merchant."""

    __tablename__ = "domain"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ID, ForeignKey("merchant.id"), index=True)
    host: Mapped[str] = mapped_column(String(253))
    """Lower case, IDNA (`xn--…`), without a port."""
    token: Mapped[str] = mapped_column(String(64))
    proven_at: Mapped[datetime | None]
    proven_by: Mapped[str | None] = mapped_column(String(10))
    is_primary: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("merchant_id", "host"),
        Index(
            "uq_domain_proven_host",
            "host",
            unique=True,
            sqlite_where=text("proven_at IS NOT NULL"),
            postgresql_where=text("proven_at IS NOT NULL"),
        ),
        Index(
            "uq_domain_primary",
            "merchant_id",
            unique=True,
            sqlite_where=text("is_primary"),
            postgresql_where=text("is_primary"),
        ),
    )


class PluginChoice(Base):
    """A merchant's word on a plugin: on or off, and its settings (secrets encrypted). No row: the plugin's default."""

    __tablename__ = "plugin_choice"

    merchant_id: Mapped[str] = mapped_column(ID, ForeignKey("merchant.id"), primary_key=True)
    plugin_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    enabled: Mapped[bool]
    settings: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    changed_at: Mapped[datetime]
