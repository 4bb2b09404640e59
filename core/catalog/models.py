"""Categories, products, variants, pictures. Prices are minor units of the merchant's currency."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.base.database import ID, Base, Json, TenantRow, tenant_fk


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
    tags: Mapped[list[Any]] = mapped_column(Json, default=list)
    options: Mapped[list[Any]] = mapped_column(Json, default=list)
    """`[{"name": "Size", "values": ["100 g", "250 g"]}]`, at most three."""
    published: Mapped[bool] = mapped_column(default=True)
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
        UniqueConstraint("merchant_id", "slug"),
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

    __table_args__ = (
        tenant_fk("product_id", "product"),
        tenant_fk("variant_id", "variant"),
        Index("ix_product_image_product", "merchant_id", "product_id", "position"),
    )


class Asset(Base):
    """A file of a merchant by the hash of its content, served at `/media/<hash>.<ext>` and cacheable for ever."""

    __tablename__ = "asset"

    merchant_id: Mapped[str] = mapped_column(ID, primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(60))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
