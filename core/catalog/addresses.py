"""Addresses that products had once: visitors and search engines are sent to where the product is now."""

from __future__ import annotations

from sqlalchemy import delete, select

from core.base import clock
from core.base.database import db, table_of
from core.base.rows import insert_new_rows
from core.catalog.models import OldSlug, Product


def remember_slug(merchant_id: str, product_id: str, new_slug: str) -> None:
    """Keep the address that a product is about to leave; one that is in use again is forgotten. In a use case."""
    before = db.session.scalar(select(Product.slug).where(Product.merchant_id == merchant_id, Product.id == product_id))
    if before is None or before == new_slug:
        return
    db.session.execute(delete(OldSlug).where(OldSlug.merchant_id == merchant_id, OldSlug.slug.in_([before, new_slug])))
    insert_new_rows(
        table_of(OldSlug),
        [{"merchant_id": merchant_id, "slug": before, "product_id": product_id, "created_at": clock.now()}],
    )


def moved_to(merchant_id: str, slug: str) -> str | None:
    """Where a published product is now that had this address once; one statement."""
    return db.session.scalar(
        select(Product.slug)
        .join(OldSlug, (OldSlug.merchant_id == Product.merchant_id) & (OldSlug.product_id == Product.id))
        .where(OldSlug.merchant_id == merchant_id, OldSlug.slug == slug, Product.published)
    )
