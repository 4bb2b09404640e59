"""Tables of what a merchant writes and arranges: versions of content, pages, redirects, subscribers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json, TenantRow


class SiteVersion(Base):
    """One version of a page (subject: its id), of the menus (`menus`) or of the look (`look`).

    A draft has no `published_at` and is changed in place; a published version never changes. One is live.
    """

    __tablename__ = "site_version"

    merchant_id: Mapped[str] = mapped_column(ID, ForeignKey("merchant.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    live: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str | None] = mapped_column(ID)
    published_at: Mapped[datetime | None]
    publish_at: Mapped[datetime | None]
    """When a draft goes live by itself."""

    __table_args__ = (
        Index(
            "uq_site_version_live",
            "merchant_id",
            "subject",
            unique=True,
            sqlite_where=text("live"),
            postgresql_where=text("live"),
        ),
        Index(
            "uq_site_version_draft",
            "merchant_id",
            "subject",
            unique=True,
            sqlite_where=text("published_at IS NULL"),
            postgresql_where=text("published_at IS NULL"),
        ),
        Index(
            "ix_site_version_due",
            "publish_at",
            sqlite_where=text("publish_at IS NOT NULL"),
            postgresql_where=text("publish_at IS NOT NULL"),
        ),
    )


class SitePage(TenantRow, Base):
    """A page of the shop. What it says stands in its versions; `titles` are those of the live one, by language."""

    __tablename__ = "site_page"

    slug: Mapped[str] = mapped_column(String(120))
    titles: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    shown: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("merchant_id", "slug"),)


class SiteRedirect(Base):
    """An address of the shop that has moved."""

    __tablename__ = "site_redirect"

    merchant_id: Mapped[str] = mapped_column(ID, ForeignKey("merchant.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(300), primary_key=True)
    target: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]


class SiteSubscriber(TenantRow, Base):
    """Somebody who asked for the shop's news; with the words that were agreed to."""

    __tablename__ = "site_subscriber"

    email: Mapped[str] = mapped_column(String(254))
    locale: Mapped[str] = mapped_column(String(10))
    agreed_to: Mapped[str] = mapped_column(String(300))
    agreed_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("merchant_id", "email"),)
