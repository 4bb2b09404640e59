"""Categories, products, variants, pictures. Prices are minor units of the merchant's currency."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json, TenantRow, tenant_fk

GOODS: Final = "goods"
GIFT_CARD: Final = "gift_card"


class Category(TenantRow, Base):
    """A shelf of the shop; `path` names it with its parents (`Tea > Green`)."""

    __tablename__ = "category"

    parent_id: Mapped[str | None] = mapped_column(ID)
    slug: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(120))
    path: Mapped[str] = mapped_column(String(400))
    position: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        tenant_fk("parent_id", "category"),
        UniqueConstraint("merchant_id", "slug"),
        UniqueConstraint("merchant_id", "path"),
    )


class Product(TenantRow, Base):
    """Something for sale. `version` grows with each change of the product, its variants or pictures (not its stock)."""

    __tablename__ = "product"

    slug: Mapped[str] = mapped_column(String(160))
    """The handle in imported files; unique in the shop."""
    name: Mapped[str] = mapped_column(String(255))
    summary: Mapped[str] = mapped_column(String(300), default="")
    description_html: Mapped[str] = mapped_column(Text, default="")
    vendor: Mapped[str] = mapped_column(String(120), default="")
    kind: Mapped[str] = mapped_column(String(12), default=GOODS, server_default=GOODS)
    """`goods`, or `gift_card`: money on a card, never sent by a carrier, never taxed when it is sold."""
    gift: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default="{}")
    """For gift cards: between which amounts buyers may choose their own, and how many months a card lasts."""
    tax_category_id: Mapped[str | None] = mapped_column(ID)
    """How it is taxed (core.taxes); None: at the standard rate."""
    tags: Mapped[list[Any]] = mapped_column(Json, default=list)
    options: Mapped[list[Any]] = mapped_column(Json, default=list)
    """`[{"name": "Size", "values": ["100 g", "250 g"]}]`, at most three."""
    published: Mapped[bool] = mapped_column(default=True)
    archived: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Put away: neither in the shop nor in the console's list, but orders still know it. Never published."""
    seo_title: Mapped[str] = mapped_column(String(160), default="")
    seo_description: Mapped[str] = mapped_column(String(320), default="")
    search_text: Mapped[str] = mapped_column(Text, default="")
    """Folded words and Chinese character pairs; see core.catalog.search."""
    price_from_minor: Mapped[int] = mapped_column(default=0)
    """The lowest price of its variants, for lists; kept by the service."""
    image_url: Mapped[str] = mapped_column(String(300), default="")
    """The first picture's small size, for lists; kept by the service."""
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    """Of the draft that was imported last; the same draft again changes nothing."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (
        tenant_fk("tax_category_id", "tax_category"),
        UniqueConstraint("merchant_id", "slug"),
        CheckConstraint("kind IN ('goods', 'gift_card')", name="kind_known"),
        Index("ix_product_name", "name", postgresql_ops={"name": "varchar_pattern_ops"}),
        Index("ix_product_listed", "merchant_id", "published", "created_at", "id"),
    )


class ProductCategory(Base):
    """A product stands on a shelf."""

    __tablename__ = "product_category"

    merchant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    product_id: Mapped[str] = mapped_column(ID, primary_key=True)
    category_id: Mapped[str] = mapped_column(ID, primary_key=True)

    __table_args__ = (
        tenant_fk("product_id", "product"),
        tenant_fk("category_id", "category"),
        Index("ix_product_category_category", "merchant_id", "category_id", "product_id"),
    )


class Variant(TenantRow, Base):
    """What is put into a cart: one choice of each option, with its own price, SKU and weight."""

    __tablename__ = "variant"

    product_id: Mapped[str] = mapped_column(ID)
    sku: Mapped[str | None] = mapped_column(String(80))
    barcode: Mapped[str] = mapped_column(String(40), default="")
    option_values: Mapped[list[Any]] = mapped_column(Json, default=list)
    label: Mapped[str] = mapped_column(String(200), default="")
    """The option values in one line; empty for a product without options."""
    price_minor: Mapped[int]
    compare_at_minor: Mapped[int | None]
    cost_minor: Mapped[int | None]
    weight_grams: Mapped[int] = mapped_column(default=0)
    taxable: Mapped[bool] = mapped_column(default=True)
    requires_shipping: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    """Variants are not deleted: orders refer to them. One that left the catalogue is inactive."""

    __table_args__ = (
        tenant_fk("product_id", "product"),
        UniqueConstraint("merchant_id", "sku"),
        Index("ix_variant_sku", "sku"),
        Index("ix_variant_product", "merchant_id", "product_id", "position"),
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
        CheckConstraint("weight_grams >= 0", name="weight_not_negative"),
    )


class ProductImage(TenantRow, Base):
    """A picture of a product: bytes of ours (in `asset`), or a source address that is still to be fetched."""

    __tablename__ = "product_image"

    product_id: Mapped[str] = mapped_column(ID)
    variant_id: Mapped[str | None] = mapped_column(ID)
    asset_hash: Mapped[str | None] = mapped_column(String(64))
    source_url: Mapped[str] = mapped_column(String(1000), default="")
    alt: Mapped[str] = mapped_column(String(300), default="")
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    focus_x: Mapped[int] = mapped_column(default=50, server_default=text("50"))
    focus_y: Mapped[int] = mapped_column(default=50, server_default=text("50"))
    """What must stay in sight when the picture is cropped, in percent from the left and from the top."""
    fetch_attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    fetch_error: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Why a picture known only by its address has not come yet."""

    __table_args__ = (
        tenant_fk("product_id", "product"),
        tenant_fk("variant_id", "variant"),
        Index("ix_product_image_product", "merchant_id", "product_id", "position"),
        Index(
            "ix_product_image_waiting",
            "fetch_attempts",
            "merchant_id",
            "id",
            sqlite_where=text("asset_hash IS NULL"),
            postgresql_where=text("asset_hash IS NULL"),
        ),
    )


class Asset(Base):
    """A file of a merchant by the hash of its content, served at `/media/<hash>.<ext>` and cacheable for ever."""

    __tablename__ = "asset"

    merchant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(60))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class ProductTag(Base):
    """A tag of a product, for lists and counts; made anew from `Product.tags` with each change."""

    __tablename__ = "product_tag"

    merchant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    product_id: Mapped[str] = mapped_column(ID, primary_key=True)
    tag: Mapped[str] = mapped_column(String(255), primary_key=True)

    __table_args__ = (
        tenant_fk("product_id", "product"),
        Index("ix_product_tag_tag", "merchant_id", "tag", "product_id"),
    )


class ProductRelation(Base):
    """A product that is shown beside another, in the merchant's order."""

    __tablename__ = "product_relation"

    merchant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    product_id: Mapped[str] = mapped_column(ID, primary_key=True)
    related_id: Mapped[str] = mapped_column(ID, primary_key=True)
    position: Mapped[int] = mapped_column(default=0)

    __table_args__ = (tenant_fk("product_id", "product"), tenant_fk("related_id", "product"))


class OldSlug(Base):
    """An address that a product had once; visitors are sent to where it is now."""

    __tablename__ = "old_slug"

    merchant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    slug: Mapped[str] = mapped_column(String(160), primary_key=True)
    product_id: Mapped[str] = mapped_column(ID)
    created_at: Mapped[datetime]

    __table_args__ = (tenant_fk("product_id", "product"), Index("ix_old_slug_product", "merchant_id", "product_id"))


class BulkEdit(TenantRow, Base):
    """One change of many products at once: what was asked for, how far it is, whether it was taken back."""

    __tablename__ = "bulk_edit"

    change: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    """waiting, done, undoing, undone."""
    total: Mapped[int]
    task_id: Mapped[str | None] = mapped_column(ID)
    created_by: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_bulk_edit_listed", "merchant_id", "created_at", "id"),)


class BulkEditRow(Base):
    """A product of a bulk edit, with what it was before."""

    __tablename__ = "bulk_edit_row"

    merchant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    edit_id: Mapped[str] = mapped_column(ID, primary_key=True)
    product_id: Mapped[str] = mapped_column(ID, primary_key=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    """waiting, changed, unchanged, refused, undone, kept (changed again since, so it was not taken back)."""
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    version: Mapped[int] = mapped_column(default=0)
    """The product's version after the change."""
    note: Mapped[str] = mapped_column(String(300), default="")

    __table_args__ = (
        tenant_fk("edit_id", "bulk_edit"),
        tenant_fk("product_id", "product"),
        Index("ix_bulk_edit_row_state", "merchant_id", "edit_id", "state", "product_id"),
    )
